"""What makes ratings normal at draws of the named moments, as the recursion takes it.

Residuals without random effects, a square root of each level's covariance and the covariance of the
residuals: everything that is done after sampling feeds these to the kernel directly, whatever made
the draws.
"""

import functools
import math
import operator
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.blocks import Block
from bayes_alliance.collapsed.completions import COMPLETIONS
from bayes_alliance.collapsed.evaluation import Evaluation
from bayes_alliance.design import Design

type Moments = Mapping[str, Floats]


def in_rows(moments: Mapping[str, ArrayLike]) -> tuple[dict[str, Floats], tuple[int, ...]]:
    """Moments with one leading dim, the draws, and the leading dims they had."""
    given = {name: np.asarray(values, dtype=np.float64) for name, values in moments.items()}
    front = given["residual_cov"].shape[:-2]
    n_rows, depth = math.prod(front), len(front)
    rows = {name: values.reshape(n_rows, *values.shape[depth:]) for name, values in given.items()}
    return rows, front


def errors(design: Design, moments: Moments) -> Floats:
    """Ratings less what is expected of them without random effects.

    Parameters
    ----------
    moments : mapping
        With one leading dim, the draws; see `moments.log_likelihood`. With what completes the
        ratings, residuals are those of completed ratings.

    Returns
    -------
    array, shape (n_draws, R, K)
    """
    error = design.y[None] - np.zeros((len(moments["residual_cov"]), 1, 1))
    for c, name in enumerate(design.coefficients):
        coefficient = moments[name][:, None]
        if f"{name}_on" in moments:
            of_child = np.nan_to_num(design.x) @ moments[f"{name}_on"]
            coefficient = coefficient + of_child[:, design.occasion_child]
        error -= design.basis[:, c, None] * coefficient
    if design.occasion_covariates:
        error -= design.z @ moments["rating_on"]
    for completion in COMPLETIONS:
        completion.add_to_errors(design, moments, error)
    return error


def scales(design: Design, moments: Moments) -> Floats | None:
    """What residuals are multiplied by to have the residual covariance, whatever the occasion.

    Returns
    -------
    array, shape (n_draws, R, K), or None
        None: 1.
    """
    parts = [completion.scale(design, moments) for completion in COMPLETIONS]
    there = [part for part in parts if part is not None]
    return functools.reduce(operator.mul, there) if there else None


def log_scales(design: Design, scale: Floats | None) -> Floats:
    """Sum of the logarithms of the scales of the ratings of every occasion, shape (n_draws, R).

    The Jacobian of the scaling.
    """
    if scale is None:
        return np.zeros((1, len(design.y)))
    return (np.log(scale) * design.present).sum(axis=-1)


def autocorrelation(moments: Moments) -> Floats | None:
    """Correlation of residuals one unit of scaled time apart, shape (n_draws,); None: unrelated."""
    parts = (completion.autocorrelation(moments) for completion in COMPLETIONS)
    return next((part for part in parts if part is not None), None)


def alone(design: Design, moments: Moments) -> bool:
    """Whether children of the same pattern have scales of their own."""
    first = {name: values[:1] for name, values in moments.items()}
    return any(one.alone and one.scale(design, first) is not None for one in COMPLETIONS)


def roots(blocks: tuple[Block, ...], moments: Moments) -> list[Floats]:
    """Square root `L` of each level's covariance, shape (n_draws, dim, n_varying), child first."""
    made = []
    for block in blocks:
        root = np.zeros((len(moments["residual_cov"]), len(block.terms), len(block.varying)))
        if len(block.varying):
            terms = block.terms[block.varying]
            cov = moments[f"{block.name}_cov"][:, terms[:, None], terms]
            root[:, block.varying] = covariance.root((cov + np.swapaxes(cov, -1, -2)) / 2.0)
        made.append(root)
    return made


def evaluated(
    evaluation: Evaluation,
    error: Floats,
    level_roots: list[Floats],
    cov: Floats,
    scale: Floats | None,
    rho: Floats | None,
) -> Iterator[float]:
    """Log density of the ratings, draw by draw; the evaluation holds the results of the last.

    Parameters
    ----------
    evaluation : Evaluation
        Of constants with dense roots.
    error, level_roots, cov, scale, rho
        As from `errors`, `roots`, `scales` and `autocorrelation`, and the residual covariance
        (n_draws, K, K).

    Yields
    ------
    float
        But for the Jacobian of the scales, `log_scales`.
    """
    seating, given = evaluation.constants.seating, evaluation.given
    function, nothing = evaluation.function(), np.zeros(0)
    for draw in range(len(cov)):
        given.error[seating.slot, :, seating.row_lane] = error[draw]
        given.cov[:] = cov[draw]
        if scale is not None:
            given.stretch[seating.cell, :, seating.row_lane] = scale[draw]
        if rho is not None:
            given.rho[0] = rho[draw]
        for level, root in enumerate(level_roots):
            given.root[level, : root.shape[1], : root.shape[2]] = root[draw]
        yield function(nothing)[0]
