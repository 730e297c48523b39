"""The density of all ratings with the effects of children, therapists and clinics integrated out.

Where everything but the effects is given, ratings and effects are jointly normal, so that the
effects need not be sampled: a posterior of some two thousand dimensions becomes one of a hundred.
One PyTensor Op returns the log density together with its gradient by everything that is sampled;
value and gradient are needed together at every step of the sampler, and share all the work.
"""

from collections.abc import Mapping

import numba
import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model.autoregression import blocks
from bayes_alliance.pymc_model.covariates import Beside
from bayes_alliance.pymc_model.quadratic import (
    back_to_blocks,
    back_to_occasions,
    of_blocks,
    of_occasions,
)
from bayes_alliance.pymc_model.residual import Residual
from bayes_alliance.pymc_model.response import occasion_sets
from bayes_alliance.pymc_model.tree import over_effects

SAMPLED = 5  # inputs of the Op that are not constants


@numba.njit(cache=True)
def _unrelated(  # type: ignore[no-untyped-def]
    error, cov, stretch, weight, roots, basis, ranks, level, parent, child, sets, set_index
):
    information, score, constant = of_occasions(
        error, cov, stretch, weight, basis, sets, set_index, child, len(level)
    )
    value, by_roots, mean, spread = over_effects(information, score, roots, ranks, level, parent)
    by_error, by_cov, by_stretch, by_weight = back_to_occasions(
        error, cov, stretch, weight, basis, sets, set_index, child, mean, spread
    )
    return np.asarray(value + constant), by_error, by_cov, by_stretch, by_weight, by_roots


@numba.njit(cache=True)
def _going_on(  # type: ignore[no-untyped-def]
    error,
    cov,
    stretch,
    rho,
    roots,
    basis,
    ranks,
    level,
    parent,
    child,
    cells,
    when,
    bounds,
    members,
):
    at = rho.item()
    information, score, constant = of_blocks(
        error, cov, stretch, at, basis, cells, when, bounds, members, child, len(level)
    )
    value, by_roots, mean, spread = over_effects(information, score, roots, ranks, level, parent)
    by_error, by_cov, by_stretch, by_rho = back_to_blocks(
        error, cov, stretch, at, basis, cells, when, bounds, members, child, mean, spread
    )
    return (
        np.asarray(value + constant),
        by_error,
        by_cov,
        by_stretch,
        np.asarray(by_rho),
        by_roots,
    )


class Integrated(Op):
    """Log density of all ratings, and its gradient by what is sampled.

    Inputs are the residuals (R, K), the residual covariance (K, K), the stretch (R, K), the weights
    (R,) of unrelated occasions or the autocorrelation (), the roots (n_levels, q, m), and what
    `constants` returns. Outputs are the log density and the gradient by the first five.
    """

    __props__ = ("going_on",)

    def __init__(self, *, going_on: bool) -> None:
        self.going_on = going_on

    def make_node(self, *inputs: Variable) -> Apply:
        """Check nothing but types: shapes are the caller's."""
        given = [pt.as_tensor(value) for value in inputs]
        return Apply(self, given, [pt.dscalar(), *(value.type() for value in given[:SAMPLED])])

    def perform(self, node: Apply, inputs: list, output_storage: list) -> None:
        """Evaluate outside compiled graphs (PyMC's other backends)."""
        function = _going_on if self.going_on else _unrelated
        for storage, value in zip(output_storage, function(*inputs), strict=True):
            storage[0] = value

    def infer_shape(self, node: Apply, input_shapes: list) -> list:
        """A number, then as the inputs."""
        return [(), *input_shapes[:SAMPLED]]

    def pullback(self, inputs: list, outputs: list, cotangents: list) -> list:
        """Scale the gradient, which is there already; only the log density is differentiated."""
        by_sampled = [cotangents[0] * value for value in outputs[1:]]
        return [*by_sampled, *(pt.zeros_like(x, dtype="float64") for x in inputs[SAMPLED:])]


@register_funcify_default_op_cache_key(Integrated)
def _compile(op: Integrated, node: Apply, **_: object) -> object:
    return _going_on if op.going_on else _unrelated


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


def log_density(
    residual: Residual,
    arrays: Design,
    error: TensorVariable,
    *,
    roots: Mapping[str, TensorVariable],
    ranks: Mapping[str, int],
    weight: TensorVariable | None = None,
    beside: Beside | None = None,
) -> TensorVariable:
    """Log density of all ratings that exist, effects integrated out.

    Parameters
    ----------
    residual : Residual
        Its tail is `weight`.
    error : tensor, shape (R, K)
        Ratings minus what is expected before any effect (any number where absent).
    roots : mapping of str to tensor, shape (q, m)
        By level, a square root of the covariance of its effects over all terms.
    ranks : mapping of str to int
        By level, `m`.
    weight : tensor, shape (R,), optional
        Of occasions, which divides the residual covariance; 1 if not given.
    beside : Beside, optional
        Covariates that are outcomes too, at every occasion; not where residuals go on.

    Returns
    -------
    tensor, scalar
    """
    present, cov = arrays.present, residual.cov
    n_rows, n_informants = present.shape
    stretch = pt.ones((n_rows, n_informants))
    if residual.log_factor is not None:
        stretch = pt.exp(-residual.log_factor)
    if beside is not None:
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
    found: tuple[NDArray, ...]
    if residual.rho is not None:
        last, found = residual.rho, blocks(present, arrays.occasion_child, arrays.scaled_time)
    else:
        last = pt.ones(n_rows) if weight is None else weight
        found = occasion_sets(present)
    constants = (
        np.ascontiguousarray(arrays.basis),
        np.array(columns, dtype=np.int64),
        level,
        parent,
        arrays.occasion_child.astype(np.int64),
        *found,
    )
    return Integrated(going_on=residual.rho is not None)(
        error, cov, stretch, last, pt.stack(padded), *(pt.constant(x) for x in constants)
    )[0]


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
