"""What the kernel leaves behind for every child, therapist and clinic, by unit instead of by lane.

After an evaluation the workspace holds, for every unit of every level, the message it sent upward
and how its own random effects spread. `over_draws` evaluates the likelihood at draws of the named
moments, in parallel, and collects them into ordinary arrays, one row per draw and unit, for
everything that is done after sampling (`recover`, `contributions`, `single_ratings`).
"""

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.blocks import Block
from bayes_alliance.collapsed.constants import Constants, encode
from bayes_alliance.collapsed.evaluation import Evaluation
from bayes_alliance.collapsed.given import (
    alone,
    autocorrelation,
    errors,
    evaluated,
    in_rows,
    roots,
    scales,
)
from bayes_alliance.collapsed.kernel.arrays import Work
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.design import Design

# Draws are handed over in blocks whose workspaces take no more doubles than this.
MOST_IN_BLOCK = 2**21
MOST_DRAWS_IN_BLOCK = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Units:
    """Messages and spread of all units of one level at some draws of the parameters.

    Parameters
    ----------
    block : Block
        The level's terms; `dim` of them, of which `e` matter above.
    root : array, shape (n_draws, dim, m)
        Square root `L` of the covariance of the level's effects.
    parent : array of int, shape (n_units,)
        Unit of the level above; empty at the top.
    precision : array, shape (n_draws, n_units, dim, dim)
        `R A`.
    information : array, shape (n_draws, n_units, dim)
        `g0`.
    spread : array, shape (n_draws, n_units, dim, m)
        `V`: square root of the covariance of the unit's own effects, given those above it.
    weight : array, shape (n_draws, n_units)
        Log weight of the unit's own step; of a child with `-1/2 sum_t e_t' Omega e_t`.
    mean, cov : array, shape (n_draws, n_units, dim) and (n_draws, n_units, dim, dim)
        Posterior moments of the sum of the unit's effects and those above it; no units for
        children.
    """

    block: Block
    root: Floats
    parent: Integers
    precision: Floats
    information: Floats
    spread: Floats
    weight: Floats
    mean: Floats
    cov: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Occasions at some draws of the parameters.

    Parameters
    ----------
    error : array, shape (n_draws, R, K)
        Residuals without random effects.
    scale : array, shape (n_draws, R, K), or None
        What they are multiplied by to have the residual covariance.
    rho : array, shape (n_draws,), or None
        Correlation of residuals one unit of scaled time apart; None: occasions are unrelated.
    """

    error: Floats
    scale: Floats | None
    rho: Floats | None


def over_draws(
    design: Design,
    moments: Mapping[str, ArrayLike],
    use: Callable[[slice, Rows, tuple[Units, ...]], None],
) -> None:
    """Hand the units of every draw, block by block of draws, to a function.

    Parameters
    ----------
    moments : mapping
        Named moments with one leading dim, the draws; see `moments.log_likelihood`. With what
        completes the ratings in that draw; given this, they are normal.
    use : callable
        Called with the draws of a block, the rows of occasions, and the units, children first; from
        several threads at the same time.

    Raises
    ------
    ValueError
        If the residual covariance of a draw is singular.
    """
    given, _ = in_rows(moments)
    related = autocorrelation(given) is not None
    constants = encode(
        design, dense_roots=True, keep=True, alone=alone(design, given), related=related
    )
    n_draws, own = len(given["residual_cov"]), threading.local()
    n_work = sum(array.size for array in Evaluation.of(constants).work)
    size = int(np.clip(MOST_IN_BLOCK // max(n_work, 1), 1, MOST_DRAWS_IN_BLOCK))

    def one_block(first: int) -> None:
        if not hasattr(own, "evaluation"):
            own.evaluation = Evaluation.of(constants)
        draws = slice(first, min(first + size, n_draws))
        here = {name: values[draws] for name, values in given.items()}
        error, level_roots = errors(design, here), roots(constants.blocks, here)
        scale = scales(design, here)
        rho, cov = autocorrelation(here), here["residual_cov"]
        values = evaluated(own.evaluation, error, level_roots, cov, scale, rho)
        by_draw = []
        for row, value in enumerate(values):
            if not np.isfinite(value):
                raise ValueError(f"draw {first + row} has a singular residual covariance")
            by_draw.append(_results(constants, own.evaluation.work))
        use(
            draws,
            Rows(error=error, scale=scale, rho=rho),
            _units(design, constants, level_roots, by_draw),
        )

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for _ in threads.map(one_block, range(0, n_draws, size)):
            pass


def _units(
    design: Design,
    constants: Constants,
    level_roots: list[Floats],
    by_draw: list[list[dict[str, Floats]]],
) -> tuple[Units, ...]:
    parents = [*(level.parent for level in design.levels), np.zeros(0, dtype=np.int64)]
    return tuple(
        Units(
            block=block,
            root=level_roots[level],
            parent=parents[level],
            **{name: np.stack([one[level][name] for one in by_draw]) for name in by_draw[0][level]},
        )
        for level, block in enumerate(constants.blocks)
    )


def _results(constants: Constants, work: Work) -> list[dict[str, Floats]]:
    """Copies of what the workspace holds, by level and unit."""
    seating, tree = constants.seating, constants.tree
    chunk, round_, lane = seating.chunk, seating.round, seating.lane
    q = int(tree.n_terms[0])
    by_level = [
        {
            "precision": work.precision[chunk, :, :, lane],
            "information": work.information[round_, :, lane],
            "spread": work.spread[chunk, :, :, lane],
            "weight": 0.5 * work.log_weight[round_, lane],
            "mean": np.zeros((0, q)),
            "cov": np.zeros((0, q, q)),
        }
    ]
    for level in range(1, len(tree.n_terms)):
        dim, m = int(tree.n_terms[level]), int(tree.n_columns[level])
        units = slice(tree.unit_start[level], tree.unit_start[level + 1])
        chunk, lane = np.divmod(np.arange(units.stop - units.start), LANES)
        chunk = chunk + tree.chunk_start[level]
        lower = np.tril(work.box[units, :dim, :dim])
        by_level.append(
            {
                "precision": work.unit_precision[chunk, :dim, :dim, lane],
                "information": work.unit_information[chunk, :dim, lane],
                "spread": work.unit_spread[chunk, :dim, :m, lane],
                "weight": 0.5 * work.unit_log_weight[chunk, lane],
                "mean": work.note[units, :dim].copy(),
                "cov": lower + np.swapaxes(np.tril(lower, -1), -1, -2),
            }
        )
    return by_level
