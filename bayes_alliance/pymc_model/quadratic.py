r"""What the ratings of a child say about its effects, and back.

With residuals `e` (ratings minus what is expected before any effect), design rows
:math:`\phi \otimes` informant, stretch `s` (one over what a covariate multiplies the residual
standard deviation by) and weight `w` (of an occasion with heavy tails), the scaled residuals

.. math:: f = s \circ (e - Zt) \sim N(0, C / w)

have the log density :math:`c + b't - \tfrac12 t'At` of `tree`. `C` is the residual covariance of
the informants who rated. With :math:`F = E[ff']` given all ratings, :math:`\Omega = C^{-1}` and `n`
ratings,

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

from bayes_alliance.pymc_model.response import LOG_2_PI, precisions
from bayes_alliance.pymc_model.tree import FAST


class Residuals(NamedTuple):
    """Residuals before any effect `e` (R, K), their covariance (K, K) and stretch `s` (R, K)."""

    error: NDArray[np.float64]
    cov: NDArray[np.float64]
    stretch: NDArray[np.float64]


class Occasions(NamedTuple):
    """Growth basis (R, T) and child (R,) of occasions, and who rated at each.

    The last two are as from `response.occasion_sets`.
    """

    basis: NDArray[np.float64]
    child: NDArray[np.int64]
    sets: NDArray[np.bool_]
    set_index: NDArray[np.int64]


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
