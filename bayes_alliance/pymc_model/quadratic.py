r"""What the ratings of a child say about its effects, and back.

With residuals `e` (ratings minus what is expected before any effect), design rows
:math:`\phi \otimes` informant, stretch `s` (one over what a covariate multiplies the residual
standard deviation by) and weight `w` (of an occasion with heavy tails), the scaled residuals

.. math:: f = s \circ (e - Zt) \sim N(0, C / w)

have the log density :math:`c + b't - \tfrac12 t'At` of `tree`. Occasions are unrelated and
`C` is the residual covariance of the informants who rated, or `C` is the covariance of all ratings
of the child, which falls with the time in between (see `autoregression`). With
:math:`F = E[ff']` given all ratings, :math:`\Omega = C^{-1}` and `n` ratings,

.. math::
   \frac{\partial \ell}{\partial C} = \tfrac12 (w \Omega F \Omega - \Omega), \quad
   \frac{\partial \ell}{\partial w} = \frac{n}{2w} - \tfrac12 \mathrm{tr}(\Omega F), \quad
   \frac{\partial \ell}{\partial s_a} = \frac{1 - w (\Omega F)_{aa}}{s_a}, \quad
   \frac{\partial \ell}{\partial e_a} = -w s_a (\Omega \hat f)_a

(Fisher's identity: the gradient of an integrated density is the expected gradient).
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from bayes_alliance.pymc_model.autoregression import block
from bayes_alliance.pymc_model.response import LOG_2_PI, inverted, precisions
from bayes_alliance.pymc_model.tree import FAST


class Residuals(NamedTuple):
    """Residuals before any effect `e` (R, K), their covariance (K, K) and stretch `s` (R, K)."""

    error: NDArray[np.float64]
    cov: NDArray[np.float64]
    stretch: NDArray[np.float64]


class Occasions(NamedTuple):
    """Growth basis (R, T) and child (R,) of unrelated occasions, and who rated at each.

    The last two are as from `response.occasion_sets`.
    """

    basis: NDArray[np.float64]
    child: NDArray[np.int64]
    sets: NDArray[np.bool_]
    set_index: NDArray[np.int64]


class Blocks(NamedTuple):
    """Growth basis (R, T) and child (R,) of occasions, and what `autoregression.blocks` returns."""

    basis: NDArray[np.float64]
    child: NDArray[np.int64]
    cells: NDArray[np.int64]
    when: NDArray[np.float64]
    bounds: NDArray[np.int64]
    members: NDArray[np.int64]


@numba.njit(cache=True, fastmath=FAST)
def of_occasions(residuals, weight, occasions, n_units):  # type: ignore[no-untyped-def]
    """Add up the occasions of each child: `A`, `b` and the sum of the constants."""
    error, cov, stretch = residuals
    basis, child, sets, set_index = occasions
    n_rows, n = error.shape
    n_basis = basis.shape[1]
    q = n * n_basis
    omega, log_det = precisions(cov, sets)
    information, score = np.zeros((n_units, q, q)), np.zeros((n_units, q))
    constant = 0.0
    w = np.empty((n, n))
    for r in range(n_rows):
        s, unit = set_index[r], child[r]
        constant -= 0.5 * log_det[s]
        for k in range(n):
            if sets[s, k]:
                constant += 0.5 * (np.log(weight[r]) - LOG_2_PI) + np.log(stretch[r, k])
            for j in range(n):
                w[k, j] = weight[r] * stretch[r, k] * stretch[r, j] * omega[s, k, j]
        for k in range(n):
            total = 0.0
            for j in range(n):
                total += w[k, j] * error[r, j]
            constant -= 0.5 * total * error[r, k]
            for c in range(n_basis):
                score[unit, c * n + k] += basis[r, c] * total
        for c in range(n_basis):
            for d in range(n_basis):
                both = basis[r, c] * basis[r, d]
                # Where time is at its origin only the level's column is not 0: much work is saved.
                if both != 0.0:
                    for k in range(n):
                        for j in range(n):
                            information[unit, c * n + k, d * n + j] += both * w[k, j]
    return information, score, constant


@numba.njit(cache=True, fastmath=FAST)
def back_to_occasions(residuals, weight, occasions, mean, spread):  # type: ignore[no-untyped-def]
    """Gradients by residuals, covariance, stretch and weight."""
    error, cov, stretch = residuals
    basis, child, sets, set_index = occasions
    n_rows, n = error.shape
    n_basis = basis.shape[1]
    omega, _ = precisions(cov, sets)
    by_error, by_stretch = np.zeros(error.shape), np.zeros(error.shape)
    by_cov, by_weight = np.zeros((n, n)), np.zeros(n_rows)
    summed = np.zeros((len(sets), n, n))
    counted = np.zeros(len(sets))
    f, square, product = np.zeros(n), np.zeros((n, n)), np.zeros((n, n))
    for r in range(n_rows):
        s, unit = set_index[r], child[r]
        counted[s] += 1.0
        for k in range(n):
            rest = error[r, k]
            for c in range(n_basis):
                rest -= basis[r, c] * mean[unit, c * n + k]
            f[k] = stretch[r, k] * rest
        for k in range(n):
            for j in range(n):
                total = 0.0
                for c in range(n_basis):
                    for d in range(n_basis):
                        total += basis[r, c] * basis[r, d] * spread[unit, c * n + k, d * n + j]
                square[k, j] = f[k] * f[j] + stretch[r, k] * stretch[r, j] * total
                summed[s, k, j] += weight[r] * square[k, j]
        trace, n_rated = 0.0, 0.0
        for k in range(n):
            if sets[s, k]:
                n_rated += 1.0
                own, slope = 0.0, 0.0
                for j in range(n):
                    own += omega[s, k, j] * square[k, j]
                    slope += omega[s, k, j] * f[j]
                trace += own
                by_error[r, k] = -weight[r] * stretch[r, k] * slope
                by_stretch[r, k] = (1.0 - weight[r] * own) / stretch[r, k]
        by_weight[r] = 0.5 * (n_rated / weight[r] - trace)
    for s in range(len(sets)):
        product[:] = 0.0
        for k in range(n):
            for j in range(n):
                for i in range(n):
                    product[k, i] += omega[s, k, j] * summed[s, j, i]
        for k in range(n):
            for i in range(n):
                total = -counted[s] * omega[s, k, i]
                for j in range(n):
                    total += product[k, j] * omega[s, j, i]
                by_cov[k, i] += 0.5 * total
    return by_error, by_cov, by_stretch, by_weight


@numba.njit(cache=True, fastmath=FAST)
def of_blocks(residuals, rho, blocks, n_units):  # type: ignore[no-untyped-def]
    """Take each child's ratings together: `A`, `b` and the sum of the constants."""
    error, cov, stretch = residuals
    basis, child, cells, when, bounds, members = blocks
    n, n_basis = error.shape[1], basis.shape[1]
    q = n * n_basis
    information, score = np.zeros((n_units, q, q)), np.zeros((n_units, q))
    line = np.empty(q)
    constant = 0.0
    for p in range(len(bounds)):
        first, last = bounds[p, 0], bounds[p, 1]
        row, informant = cells[first:last, 0], cells[first:last, 1]
        omega, log_det = inverted(block(cov, rho, informant, when[first:last]))
        size = last - first
        for member in range(bounds[p, 2], bounds[p, 3]):
            start = members[member]
            unit = child[start]
            constant -= 0.5 * (log_det + size * LOG_2_PI)
            for a in range(size):
                at, k = start + row[a], informant[a]
                constant += np.log(stretch[at, k])
                total = 0.0
                line[:] = 0.0
                for e in range(size):
                    there, j = start + row[e], informant[e]
                    w = stretch[at, k] * stretch[there, j] * omega[a, e]
                    total += w * error[there, j]
                    for d in range(n_basis):
                        line[d * n + j] += w * basis[there, d]
                constant -= 0.5 * total * error[at, k]
                for c in range(n_basis):
                    score[unit, c * n + k] += basis[at, c] * total
                    for i in range(q):
                        information[unit, c * n + k, i] += basis[at, c] * line[i]
    return information, score, constant


@numba.njit(cache=True, fastmath=FAST)
def back_to_blocks(residuals, rho, blocks, mean, spread):  # type: ignore[no-untyped-def]
    """Gradients by residuals, covariance, stretch and autocorrelation."""
    error, cov, stretch = residuals
    basis, child, cells, when, bounds, members = blocks
    n, n_basis = error.shape[1], basis.shape[1]
    by_error, by_stretch = np.zeros(error.shape), np.zeros(error.shape)
    by_cov, by_rho = np.zeros((n, n)), 0.0
    q = n * n_basis
    line = np.empty(q)
    for p in range(len(bounds)):
        first, last = bounds[p, 0], bounds[p, 1]
        row, informant, time = cells[first:last, 0], cells[first:last, 1], when[first:last]
        omega, _ = inverted(block(cov, rho, informant, time))
        size = last - first
        f, square = np.empty(size), np.empty((size, size))
        summed, n_members = np.zeros((size, size)), bounds[p, 3] - bounds[p, 2]
        for member in range(bounds[p, 2], bounds[p, 3]):
            start = members[member]
            unit = child[start]
            for a in range(size):
                at, k = start + row[a], informant[a]
                rest = error[at, k]
                for c in range(n_basis):
                    rest -= basis[at, c] * mean[unit, c * n + k]
                f[a] = stretch[at, k] * rest
            for a in range(size):
                at, k = start + row[a], informant[a]
                line[:] = 0.0
                for c in range(n_basis):
                    for i in range(q):
                        line[i] += basis[at, c] * spread[unit, c * n + k, i]
                for e in range(size):
                    there, j = start + row[e], informant[e]
                    total = 0.0
                    for d in range(n_basis):
                        total += basis[there, d] * line[d * n + j]
                    square[a, e] = f[a] * f[e] + stretch[at, k] * stretch[there, j] * total
                    summed[a, e] += square[a, e]
            for a in range(size):
                at, k = start + row[a], informant[a]
                own, slope = 0.0, 0.0
                for e in range(size):
                    own += omega[a, e] * square[a, e]
                    slope += omega[a, e] * f[e]
                by_error[at, k] = -stretch[at, k] * slope
                by_stretch[at, k] = (1.0 - own) / stretch[at, k]
        by_block = 0.5 * (omega @ summed @ omega - n_members * omega)
        for a in range(size):
            for e in range(size):
                gap = abs(time[a] - time[e])
                by_cov[informant[a], informant[e]] += by_block[a, e] * rho**gap
                if gap > 0.0:
                    slope = cov[informant[a], informant[e]] * gap * rho ** (gap - 1.0)
                    by_rho += by_block[a, e] * slope
    return by_error, by_cov, by_stretch, by_rho
