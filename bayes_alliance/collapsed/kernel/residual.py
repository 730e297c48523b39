r"""The residual covariance between informants, restricted to each set that rated together.

For every set `o` of informants that occurs, :math:`\Omega_o = (S_{oo})^{-1}`, at most
:math:`2^K - 1` small inverses. With `r_t` the ratings less the effects of occasion covariates,

.. math:: -\tfrac12 \sum_t \left( r_t' \Omega_{o(t)} r_t + \log|2 \pi S_{o(t) o(t)}| \right)

is the part of the log likelihood that involves no growth coefficients.
"""

import math

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED, informants_of
from bayes_alliance.collapsed.kernel.header import (
    D_OMEGA,
    D_Z,
    N_SETS,
    N_Z,
    OMEGA,
    SET_ROWS,
    SMALL,
    YY,
    ZY,
    ZZ,
    K,
)
from bayes_alliance.collapsed.kernel.lanes import LANES

LOG_2_PI = math.log(2.0 * math.pi)


@njit(**COMPILED)
def precisions(cov, delta, index, data, work):  # type: ignore[no-untyped-def]
    """Write the precision of each set; return the part of the log likelihood above.

    Parameters
    ----------
    cov : array, shape (K * K,)
        Residual covariance between informants.
    delta : array, shape (n_z * K,)
        Effects of occasion covariates.
    index, data, work : array

    Returns
    -------
    float
        NaN if the covariance is not positive definite.
    """
    n = index[K]
    total = 0.0
    for s in range(index[N_SETS]):
        members = informants_of(index, s)
        omega = index[OMEGA] + s * n * n
        log_det = _inverse(cov, members, n, work, omega, index[SMALL])
        total -= 0.5 * data[index[SET_ROWS] + s] * (log_det + len(members) * LOG_2_PI)
        cross = index[SMALL]
        _cross_products(s, members, delta, index, data, work, cross)
        for i in range(len(members)):
            for j in range(len(members)):
                total -= 0.5 * work[omega + i * n + j] * work[cross + i * n + j]
    return total


@njit(**COMPILED)
def _inverse(cov, members, n, work, omega, factor):  # type: ignore[no-untyped-def]
    """Inverse of the covariance of some informants; returns its log determinant."""
    m = len(members)
    inverse = factor + n * n
    log_det = 0.0
    for i in range(m):
        for j in range(i + 1):
            total = cov[members[i] * n + members[j]]
            for h in range(j):
                total -= work[factor + i * n + h] * work[factor + j * n + h]
            if i == j:
                if not total > 0.0:
                    return math.nan
                work[factor + i * n + i] = math.sqrt(total)
                log_det += math.log(total)
            else:
                work[factor + i * n + j] = total / work[factor + j * n + j]
    for column in range(m):
        for i in range(column, m):
            total = 1.0 if i == column else 0.0
            for h in range(column, i):
                total -= work[factor + i * n + h] * work[inverse + h * n + column]
            work[inverse + i * n + column] = total / work[factor + i * n + i]
    for i in range(m):
        for j in range(i + 1):
            total = 0.0
            for h in range(i, m):
                total += work[inverse + h * n + i] * work[inverse + h * n + j]
            work[omega + i * n + j] = total
            work[omega + j * n + i] = total
    return log_det


@njit(**COMPILED)
def _cross_products(s, members, delta, index, data, work, out):  # type: ignore[no-untyped-def]
    """`sum_t r_t r_t'` of a set."""
    n, n_z = index[K], index[N_Z]
    for i in range(len(members)):
        for j in range(len(members)):
            a, b = members[i], members[j]
            total = data[index[YY] + (s * n + a) * n + b]
            for p in range(n_z):
                total -= delta[p * n + a] * data[index[ZY] + (s * n_z + p) * n + b]
                total -= delta[p * n + b] * data[index[ZY] + (s * n_z + p) * n + a]
                for o in range(n_z):
                    total += (
                        delta[p * n + a]
                        * delta[o * n + b]
                        * data[index[ZZ] + (s * n_z + p) * n_z + o]
                    )
            work[out + i * n + j] = total


@njit(**COMPILED)
def precision_gradients(delta, d_delta, d_cov, index, data, work):  # type: ignore[no-untyped-def]
    """Chain derivatives by the precisions to the residual covariance and occasion covariates.

    Parameters
    ----------
    delta, d_delta : array, shape (n_z * K,)
        Effects of occasion covariates and where their derivatives are written.
    d_cov : array, shape (K * K,)
        Where the derivatives by the residual covariance are written, symmetric.
    index, data, work : array
    """
    n, n_z = index[K], index[N_Z]
    d_cov[:] = 0.0
    d_delta[:] = 0.0
    for s in range(index[N_SETS]):
        members = informants_of(index, s)
        m = len(members)
        omega = index[OMEGA] + s * n * n
        d_omega = index[SMALL]
        _cross_products(s, members, delta, index, data, work, d_omega)
        for i in range(m):
            for j in range(i + 1):
                place = index[D_OMEGA] + ((s * n + i) * n + j) * LANES
                total = -work[d_omega + i * n + j]
                for lane in range(LANES):
                    total += work[place + lane]
                work[d_omega + i * n + j] = 0.5 * total
                work[d_omega + j * n + i] = 0.5 * total
        product = d_omega + n * n
        for i in range(m):
            for j in range(m):
                total = 0.0
                for h in range(m):
                    total += work[omega + i * n + h] * work[d_omega + h * n + j]
                work[product + i * n + j] = total
        for i in range(m):
            for j in range(m):
                total = 0.5 * data[index[SET_ROWS] + s] * work[omega + i * n + j]
                for h in range(m):
                    total += work[product + i * n + h] * work[omega + h * n + j]
                d_cov[members[i] * n + members[j]] -= total
        for p in range(n_z):
            _occasion_covariate_gradient(s, p, members, delta, d_delta, index, data, work)


@njit(**COMPILED)
def _occasion_covariate_gradient(s, p, members, delta, d_delta, index, data, work):  # type: ignore[no-untyped-def]
    """Add a set's derivative by the effects of one occasion covariate: `z_t' Omega_o e_t`."""
    n, n_z = index[K], index[N_Z]
    omega = index[OMEGA] + s * n * n
    for i in range(len(members)):
        informant = members[i]
        total = data[index[ZY] + (s * n_z + p) * n + informant]
        for o in range(n_z):
            total -= data[index[ZZ] + (s * n_z + p) * n_z + o] * delta[o * n + informant]
        place = index[D_Z] + ((s * n_z + p) * n + i) * LANES
        for lane in range(LANES):
            total -= work[place + lane]
        for j in range(len(members)):
            d_delta[p * n + members[j]] += work[omega + i * n + j] * total
