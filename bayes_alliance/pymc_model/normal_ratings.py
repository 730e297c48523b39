"""Ratings that are normal given everything else, or heavier in their tails: seen, or integrated.

With effects in the graph the ratings of every occasion are observed; with the effects of children,
therapists and clinics integrated out one potential holds the density of all of them.

Where everything but the effects is given, ratings and effects are jointly normal, so that the
effects need not be sampled: a posterior of some two thousand dimensions becomes one of a hundred.
One node returns the log density together with its gradient by everything that is sampled;
value and gradient are needed together at every step of the sampler, and share all the work.
"""

from collections.abc import Mapping

import numba
import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import residual
from bayes_alliance.pymc_model.compiled import Compiled
from bayes_alliance.pymc_model.covariates import Beside
from bayes_alliance.pymc_model.expected import Expected, Over
from bayes_alliance.pymc_model.quadratic import (
    Occasions,
    Residuals,
    back_to_occasions,
    of_occasions,
)
from bayes_alliance.pymc_model.residual import Residual
from bayes_alliance.pymc_model.response import occasion_sets
from bayes_alliance.pymc_model.tree import over_effects


@numba.njit(cache=True)
def _integrated(  # type: ignore[no-untyped-def]
    error, cov, stretch, weight, roots, ranks, level, parent, *constants
):
    residuals, occasions = Residuals(error, cov, stretch), Occasions(*constants)
    information, score, constant = of_occasions(residuals, weight, occasions, len(level))
    value, by_roots, mean, spread = over_effects(information, score, roots, ranks, level, parent)
    by_error, by_cov, by_stretch, by_weight = back_to_occasions(
        residuals, weight, occasions, mean, spread
    )
    return np.asarray(value + constant), by_error, by_cov, by_stretch, by_weight, by_roots


# Inputs are the residuals (R, K), the residual covariance (K, K), the stretch (R, K), the weights
# (R,) and the roots (n_levels, q, m); constants are the columns of each root that count, level and
# parent of all units, and how ratings lie.
INTEGRATED = Compiled("integrated", _integrated, like=("number", *range(5)))


def registered(arrays: Design, of: Residual, expected: Expected) -> None:
    """Register the ratings.

    Parameters
    ----------
    of : Residual
        What makes those of one occasion differ.
    """
    if expected.over is not None:
        integrate(arrays, of, arrays.y - expected.mean, expected.over)
        return

    def given_all(y: TensorVariable, mean: TensorVariable, occasion: NDArray) -> TensorVariable:
        return residual.log_density(of, arrays, y, mean, occasion)

    residual.ratings(of, arrays, expected.of_occasions(arrays))
    expected.sum_over_categories(arrays, given_all)


def units(arrays: Design) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Level and parent of every unit, children first.

    Returns
    -------
    level, parent : array of int, shape (n_units,)
        Parents by number among all units; -1 at the top.
    """
    n_children = len(arrays.children)
    level, parent = [np.zeros(n_children, dtype=np.int64)], []
    start, own = 0, np.arange(n_children)
    for above in arrays.levels:
        start += len(own)
        parent.append(start + above.parent)
        own = np.arange(len(above.labels))
        level.append(np.full(len(own), len(level), dtype=np.int64))
    parent.append(np.full(len(own), -1))
    return np.concatenate(level), np.concatenate(parent).astype(np.int64)


def integrate(arrays: Design, of: Residual, error: TensorVariable, over: Over) -> None:
    """Register the density of all ratings that exist, effects integrated out.

    Parameters
    ----------
    error : tensor, shape (R, K)
        Ratings minus what is expected before any effect (any number where absent).
    """
    roots = {name: root.embedded(len(arrays.terms)) for name, root in over.roots.items()}
    ranks = {name: root.rank for name, root in over.roots.items()}
    # Divides the residual covariance of each occasion.
    weight = None if of.tail is None else of.tail.weights(of.tail.parameter)
    present, cov = arrays.present, of.cov
    n_rows, n_informants = present.shape
    stretch = pt.ones((n_rows, n_informants))
    if of.log_factor is not None:
        stretch = pt.exp(-of.log_factor)
    if (beside := over.beside) is not None:
        n_beside = beside.n
        present = np.hstack([present, np.ones((n_rows, n_beside), dtype=bool)])
        error = pt.concatenate([error, beside.error], axis=1)
        cov = pt.linalg.block_diag(cov, pt.diag(beside.sd**2))
        # A weight divides all residual variances; these are to stay.
        kept = pt.ones(n_rows) if weight is None else weight**-0.5
        stretch = pt.concatenate([stretch, pt.outer(kept, pt.ones(n_beside))], axis=1)
        roots, ranks = _with_beside(arrays, roots, ranks, beside)
    q = present.shape[1] * len(arrays.coefficients)
    names = ("child", *(level.name for level in arrays.levels))
    level, parent = units(arrays)
    columns = [ranks.get(name, 0) for name in names]
    most = max(1, *columns)
    padded = []
    for name, rank in zip(names, columns, strict=True):
        parts = [roots[name]] if rank else []
        parts += [pt.zeros((q, most - rank))] if rank < most else []
        padded.append(pt.concatenate(parts, axis=1) if len(parts) > 1 else parts[0])
    basis, child = np.ascontiguousarray(arrays.basis), arrays.occasion_child.astype(np.int64)
    counts = np.array(columns, dtype=np.int64)
    constants: tuple[NDArray, ...] = (counts, level, parent, basis, child)
    constants += occasion_sets(present)
    weight = pt.ones(n_rows) if weight is None else weight
    density = INTEGRATED(error, cov, stretch, weight, pt.stack(padded), *constants)[0]
    pm.Potential("ratings", density)


def _with_beside(
    arrays: Design,
    roots: Mapping[str, TensorVariable],
    ranks: Mapping[str, int],
    beside: Beside,
) -> tuple[dict[str, TensorVariable], dict[str, int]]:
    """Roots over the terms of ratings and covariates; the means are effects of the child."""
    n, n_beside = len(arrays.informants), beside.n
    n_coefficients = len(arrays.coefficients)
    wider, more = {}, dict(ranks)
    for name, root in roots.items():
        parted = root.reshape((n_coefficients, n, ranks[name]))
        none = pt.zeros((n_coefficients, n_beside, ranks[name]))
        joined = pt.concatenate([parted, none], axis=1)
        wider[name] = joined.reshape((n_coefficients * (n + n_beside), ranks[name]))
    # The level is the first coefficient.
    on_level = pt.concatenate([beside.on_level, pt.diag(beside.own)], axis=0)
    others = pt.zeros(((n_coefficients - 1) * (n + n_beside), n_beside))
    means = pt.concatenate([on_level, others], axis=0)
    own = [wider["child"], means] if "child" in wider else [means]
    wider["child"] = pt.concatenate(own, axis=1)
    more["child"] = ranks.get("child", 0) + n_beside
    return wider, more
