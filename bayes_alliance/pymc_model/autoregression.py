r"""The density of a child's ratings with autocorrelated residuals.

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
from numpy.typing import NDArray

from bayes_alliance.pymc_model.compiled import Compiled
from bayes_alliance.pymc_model.response import LOG_2_PI, inverted


@numba.njit(cache=True)
def block(cov, rho, informant, when):  # type: ignore[no-untyped-def]
    """Covariance of a child's ratings whose residuals are autocorrelated.

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
    out, at = np.zeros(len(error)), rho.item()
    for p in range(len(bounds)):
        first, last = bounds[p, 0], bounds[p, 1]
        row, informant = cells[first:last, 0], cells[first:last, 1]
        omega, log_det = inverted(block(cov, at, informant, when[first:last]))
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
    at = rho.item()
    for p in range(len(bounds)):
        first, last = bounds[p, 0], bounds[p, 1]
        row, informant, time = cells[first:last, 0], cells[first:last, 1], when[first:last]
        omega, _ = inverted(block(cov, at, informant, time))
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
                by_cov[informant[a], informant[b]] += by_block[a, b] * at**gap
                # Without a gap there is no power of rho, and rho^-1 would be infinite at 0.
                if gap > 0.0:
                    slope = cov[informant[a], informant[b]] * gap * at ** (gap - 1.0)
                    by_rho += by_block[a, b] * slope
    return by_error, by_cov, np.asarray(by_rho)


# Inputs are the residuals (R, K), the residual covariance (K, K), the autocorrelation () and the
# four arrays of `blocks`.
OBSERVED_AUTOREGRESSION = Compiled(
    "observed_autoregression",
    _log_density,
    like=("rows",),
    gradient=Compiled("observed_autoregression_gradient", _log_density_gradient, like=(0, 1, 2)),
)


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
        # Only gaps matter: children rated at the same distances share a matrix, whenever they
        # began.
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
