r"""The density of a child's ratings when what is left goes on from one occasion to the next.

Residuals of informants `k` and `l` at two occasions `d` units of scaled time apart have covariance
:math:`S_{kl} \rho^{d}`: the Kronecker product of the residual covariance and a first-order
autocorrelation, positive definite for every `S` and :math:`0 < \rho < 1`, whatever the gaps. The
ratings of a child that exist are jointly normal; missing ones drop out of the block, which is exact
(Jones and Boadi-Boateng 1991 on such models with gaps). With their residuals `e` and
:math:`\Omega = C^{-1}`, `C` the covariance of the block,

.. math::
   \ell = -\tfrac12 (n \log 2\pi + \log|C| + e' \Omega e), \quad
   \frac{\partial \ell}{\partial e} = -\Omega e, \quad
   \frac{\partial \ell}{\partial C} = \tfrac12 (\Omega e e' \Omega - \Omega).

Children with the same gaps and the same ratings missing share one `C`.
"""

import numba
import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.pymc_model.response import LOG_2_PI, inverted


@numba.njit(cache=True)
def block(cov, rho, informant, when):  # type: ignore[no-untyped-def]
    """Covariance of a child's ratings whose residuals go on.

    Parameters
    ----------
    cov : array, shape (K, K)
    rho : float
    informant : array of int, shape (n,)
    when : array, shape (n,)
        Scaled times.

    Returns
    -------
    array, shape (n, n)
    """
    n = len(informant)
    out = np.empty((n, n))
    for a in range(n):
        for b in range(n):
            out[a, b] = cov[informant[a], informant[b]] * rho ** abs(when[a] - when[b])
    return out


@numba.njit(cache=True)
def _log_density(error, cov, rho, cells, when, bounds, members):  # type: ignore[no-untyped-def]
    out = np.zeros(len(error))
    for p in range(len(bounds)):
        first, last = bounds[p, 0], bounds[p, 1]
        row, informant = cells[first:last, 0], cells[first:last, 1]
        omega, log_det = inverted(block(cov, rho, informant, when[first:last]))
        n = last - first
        for member in range(bounds[p, 2], bounds[p, 3]):
            start = members[member]
            total = log_det + n * LOG_2_PI
            for a in range(n):
                weighted = 0.0
                for b in range(n):
                    weighted += omega[a, b] * error[start + row[b], informant[b]]
                total += error[start + row[a], informant[a]] * weighted
            out[start] = -0.5 * total
    return out


@numba.njit(cache=True)
def _log_density_gradient(error, cov, rho, weight, cells, when, bounds, members):  # type: ignore[no-untyped-def]
    by_error, by_cov, by_rho = np.zeros(error.shape), np.zeros(cov.shape), 0.0
    for p in range(len(bounds)):
        first, last = bounds[p, 0], bounds[p, 1]
        row, informant, time = cells[first:last, 0], cells[first:last, 1], when[first:last]
        omega, _ = inverted(block(cov, rho, informant, time))
        n = last - first
        by_block = np.zeros((n, n))
        weighted = np.empty(n)
        for member in range(bounds[p, 2], bounds[p, 3]):
            start = members[member]
            for a in range(n):
                total = 0.0
                for b in range(n):
                    total += omega[a, b] * error[start + row[b], informant[b]]
                weighted[a] = total
                by_error[start + row[a], informant[a]] -= weight[start] * total
            for a in range(n):
                for b in range(n):
                    both = weighted[a] * weighted[b] - omega[a, b]
                    by_block[a, b] += 0.5 * weight[start] * both
        for a in range(n):
            for b in range(n):
                gap = abs(time[a] - time[b])
                by_cov[informant[a], informant[b]] += by_block[a, b] * rho**gap
                if gap > 0.0:
                    slope = cov[informant[a], informant[b]] * gap * rho ** (gap - 1.0)
                    by_rho += by_block[a, b] * slope
    return by_error, by_cov, np.asarray(by_rho)


class ObservedAutoregression(Op):
    """Log density of each child's existing ratings, at the child's first occasion.

    Inputs are the residuals (R, K), the residual covariance (K, K), the autocorrelation and the
    four arrays of `blocks`; the output has shape (R,), 0 at a child's other occasions.
    """

    __props__ = ()

    def make_node(self, error: Variable, cov: Variable, rho: Variable, *blocks: Variable) -> Apply:
        """Check nothing but types: shapes are the caller's."""
        inputs = [pt.as_tensor(value) for value in (error, cov, rho, *blocks)]
        return Apply(self, inputs, [pt.vector(dtype="float64", shape=(inputs[0].type.shape[0],))])

    def perform(self, node: Apply, inputs: list, output_storage: list) -> None:
        """Evaluate outside compiled graphs (PyMC's other backends)."""
        error, cov, rho, *blocks = inputs
        output_storage[0][0] = _log_density(error, cov, float(rho), *blocks)

    def infer_shape(self, node: Apply, input_shapes: list) -> list:
        """One value per occasion."""
        return [(input_shapes[0][0],)]

    def pullback(self, inputs: list, outputs: list, cotangents: list) -> list:
        """Closed-form gradient of the module's formula; the blocks are constants."""
        error, cov, rho, *blocks = inputs
        found = ObservedAutoregressionGradient()(error, cov, rho, cotangents[0], *blocks)
        return [*found, *(pt.zeros_like(value, dtype="float64") for value in blocks)]


class ObservedAutoregressionGradient(Op):
    """Gradient of the weighted sum of `ObservedAutoregression`."""

    __props__ = ()

    def make_node(
        self, error: Variable, cov: Variable, rho: Variable, weight: Variable, *blocks: Variable
    ) -> Apply:
        """Check nothing but types: shapes are the caller's."""
        inputs = [pt.as_tensor(value) for value in (error, cov, rho, weight, *blocks)]
        return Apply(self, inputs, [value.type() for value in inputs[:3]])

    def perform(self, node: Apply, inputs: list, output_storage: list) -> None:
        """Evaluate outside compiled graphs (PyMC's other backends)."""
        error, cov, rho, *rest = inputs
        found = _log_density_gradient(error, cov, float(rho), *rest)
        for storage, value in zip(output_storage, found, strict=True):
            storage[0] = value

    def infer_shape(self, node: Apply, input_shapes: list) -> list:
        """As the residuals, the covariance and the autocorrelation."""
        return list(input_shapes[:3])


@numba.njit(cache=True)
def _compiled_density(error, cov, rho, cells, when, bounds, members):  # type: ignore[no-untyped-def]
    return _log_density(error, cov, rho.item(), cells, when, bounds, members)


@numba.njit(cache=True)
def _compiled_gradient(error, cov, rho, weight, cells, when, bounds, members):  # type: ignore[no-untyped-def]
    return _log_density_gradient(error, cov, rho.item(), weight, cells, when, bounds, members)


@register_funcify_default_op_cache_key(ObservedAutoregression)
def _compile_density(op: ObservedAutoregression, node: Apply, **_: object) -> object:
    return _compiled_density


@register_funcify_default_op_cache_key(ObservedAutoregressionGradient)
def _compile_gradient(op: ObservedAutoregressionGradient, node: Apply, **_: object) -> object:
    return _compiled_gradient


def blocks(
    present: NDArray[np.bool_], child: NDArray[np.int64], when: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Which ratings of a child exist and when, children with the same pattern together.

    Parameters
    ----------
    present : array of bool, shape (R, K)
    child : array of int, shape (R,)
        Never decreasing.
    when : array, shape (R,)
        Scaled times.

    Returns
    -------
    cells : array of int, shape (n_cells, 2)
        Occasion within the child and informant of every rating of every pattern.
    when : array, shape (n_cells,)
        Scaled time of each.
    bounds : array of int, shape (n_patterns, 4)
        First and one after the last cell; first and one after the last member.
    members : array of int, shape (n_children,)
        First occasion of each child, pattern by pattern.
    """
    patterns: dict[tuple, list[int]] = {}
    for one in np.unique(child):
        own = np.flatnonzero(child == one)
        since = when[own] - when[own[0]]
        key = tuple((*at, float(since[at[0]])) for at in np.argwhere(present[own]).tolist())
        patterns.setdefault(key, []).append(int(own[0]))
    cells = np.array([cell for key in patterns for cell in key])
    sizes = np.array([(len(key), len(children)) for key, children in patterns.items()])
    ends = np.cumsum(sizes, axis=0)
    starts = ends - sizes
    bounds = np.stack([starts[:, 0], ends[:, 0], starts[:, 1], ends[:, 1]], axis=1)
    members = np.array([first for children in patterns.values() for first in children])
    return (
        cells[:, :2].astype(np.int64),
        np.ascontiguousarray(cells[:, 2]),
        bounds.astype(np.int64),
        members.astype(np.int64),
    )


def log_density_of_blocks(
    error: TensorVariable,
    cov: TensorVariable,
    rho: TensorVariable,
    *,
    found: tuple[NDArray, ...],
) -> TensorVariable:
    """Log density of the ratings that exist, child by child.

    Parameters
    ----------
    error : tensor, shape (R, K)
        Ratings minus their expectation (any number where absent).
    cov : tensor, shape (K, K)
        Residual covariance of one occasion.
    rho : tensor, scalar
        Correlation of residuals one unit of scaled time apart.
    found : tuple of array
        As from `blocks`.

    Returns
    -------
    tensor, shape (R,)
        At each child's first occasion; 0 at the others.
    """
    return ObservedAutoregression()(error, cov, rho, *(pt.constant(value) for value in found))
