r"""The density of the ratings of one occasion when some informants did not rate.

A single PyTensor Op gives, for every occasion, the normal log density of the ratings that exist:
an informant who is missing drops out of that occasion alone, adds no parameter, and costs no graph
node. With residual :math:`e_r`, present informants :math:`o(r)` and
:math:`\Omega_o = (S_{oo})^{-1}` padded with zeros,

.. math::
   \ell_r = -\tfrac12 \left( |o| \log 2\pi + \log|S_{oo}| + e_r' \Omega_o e_r \right), \quad
   \frac{\partial \ell_r}{\partial e_r} = -\Omega_o e_r, \quad
   \frac{\partial \ell_r}{\partial S} = \tfrac12 (\Omega_o e_r e_r' \Omega_o - \Omega_o).

Only the occurring sets of informants (at most :math:`2^K - 1`) are inverted. See Little and Rubin
(2002, ch. 11) for the observed-data likelihood.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from bayes_alliance.pymc_model.compiled import Compiled

LOG_2_PI = float(np.log(2.0 * np.pi))


@numba.njit(cache=True)
def inverted(matrix):  # type: ignore[no-untyped-def]
    """Inverse and log determinant by Cholesky; NaN where not positive definite."""
    n = len(matrix)
    chol = np.zeros((n, n))
    inverse = np.zeros((n, n))
    out = np.zeros((n, n))
    log_det = 0.0
    for i in range(n):
        for j in range(i + 1):
            total = matrix[i, j]
            for h in range(j):
                total -= chol[i, h] * chol[j, h]
            if i == j:
                # Not an exception: the sampler turns away from a point whose density is not a
                # number.
                chol[i, i] = np.sqrt(total) if total > 0.0 else np.nan
                log_det += 2.0 * np.log(chol[i, i])
            else:
                chol[i, j] = total / chol[j, j]
    for column in range(n):
        for i in range(column, n):
            total = 1.0 if i == column else 0.0
            for h in range(column, i):
                total -= chol[i, h] * inverse[h, column]
            inverse[i, column] = total / chol[i, i]
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for h in range(i, n):
                total += inverse[h, i] * inverse[h, j]
            out[i, j] = total
            out[j, i] = total
    return out, log_det


@numba.njit(cache=True)
def precisions(cov, sets):  # type: ignore[no-untyped-def]
    """Zero-padded inverse and log determinant of a covariance restricted to each set.

    Parameters
    ----------
    cov : array, shape (K, K)
    sets : array of bool, shape (n_sets, K)

    Returns
    -------
    omega : array, shape (n_sets, K, K)
    log_det : array, shape (n_sets,)
    """
    n_sets, n = sets.shape
    omega = np.zeros((n_sets, n, n))
    log_det = np.zeros(n_sets)
    for s in range(n_sets):
        index = np.flatnonzero(sets[s])
        m = len(index)
        restricted = np.empty((m, m))
        for i in range(m):
            for j in range(m):
                restricted[i, j] = cov[index[i], index[j]]
        inverse, log_det[s] = inverted(restricted)
        for i in range(m):
            for j in range(m):
                omega[s, index[i], index[j]] = inverse[i, j]
    return omega, log_det


@numba.njit(cache=True)
def _log_density(error, cov, sets, set_index):  # type: ignore[no-untyped-def]
    n_rows, n = error.shape
    omega, log_det = precisions(cov, sets)
    out = np.empty(n_rows)
    for r in range(n_rows):
        s = set_index[r]
        total = log_det[s]
        for k in range(n):
            if sets[s, k]:
                total += LOG_2_PI
                weighted = 0.0
                for j in range(n):
                    weighted += omega[s, k, j] * error[r, j]
                total += error[r, k] * weighted
        out[r] = -0.5 * total
    return out


@numba.njit(cache=True)
def _log_density_gradient(error, cov, weight, sets, set_index):  # type: ignore[no-untyped-def]
    n_rows, n = error.shape
    omega, _ = precisions(cov, sets)
    by_error = np.zeros((n_rows, n))
    by_cov = np.zeros((n, n))
    weighted = np.zeros(n)
    total_weight = np.zeros(sets.shape[0])
    for r in range(n_rows):
        s = set_index[r]
        total_weight[s] += weight[r]
        for k in range(n):
            total = 0.0
            for j in range(n):
                total += omega[s, k, j] * error[r, j]
            weighted[k] = total
            by_error[r, k] = -weight[r] * total
        for k in range(n):
            for j in range(n):
                by_cov[k, j] += 0.5 * weight[r] * weighted[k] * weighted[j]
    # The log determinant is the same for all occasions of a set: once for each.
    for s in range(sets.shape[0]):
        for k in range(n):
            for j in range(n):
                by_cov[k, j] -= 0.5 * total_weight[s] * omega[s, k, j]
    return by_error, by_cov


# Inputs are the residuals (R, K), the residual covariance (K, K), the sets of present informants
# (n_sets, K) and each occasion's set (R,).
OBSERVED_NORMAL = Compiled(
    "observed_normal",
    _log_density,
    like=("rows",),
    gradient=Compiled("observed_normal_gradient", _log_density_gradient, like=(0, 1)),
)


def occasion_sets(
    present: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Sets of informants that occur together, and the set of each occasion.

    Parameters
    ----------
    present : array of bool, shape (R, K)

    Returns
    -------
    sets : array of bool, shape (n_sets, K)
    set_index : array of int, shape (R,)
    """
    sets, set_index = np.unique(present, axis=0, return_inverse=True)
    return sets, set_index.reshape(-1).astype(np.int64)
