r"""Residual precisions where single ratings add to the covariance: one for each occasion.

With `D` the diagonal that the ratings of an occasion add, and `S`, `o`, `s`, `w` as in `occasions`,

.. math:: \Omega = (S_{oo} + D)^{-1}, \qquad
          G = \tfrac12 (w\, \Omega F \Omega - n\, \Omega), \qquad
          \partial/\partial S = \sum_t G_t, \quad \partial/\partial D = \mathrm{diag}(G),

`n` the number of children who share the cell. Nothing is shared between occasions but `S`, so that
what `occasions` does for a set of informants is done here for every cell, eight at a time.
"""

import math

from numba import njit

from bayes_alliance.collapsed.kernel.arrays import COMPILED, Eights, Given, Seats, Work
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes, square_root, summed, zero

LOG_2_PI = math.log(2.0 * math.pi)


@njit(**COMPILED)
def own_precision(cell: int, place: int, seats: Seats, given: Given, work: Work) -> None:
    """`Omega` of a cell, lower triangle; `log|2 pi (S_oo + D)|` is added to that of the lanes.

    Lanes are NaN where the covariance is not positive definite.
    """
    n_informants, cov = len(given.cov), given.cov
    omega, rated = lanes(work.cell_precision[place]), lanes(seats.rated)[cell]
    factor, inverse = lanes(work.cell_small[0]), lanes(work.cell_small[1])
    added = lanes(given.variance)[cell]
    # Absent informants get unit variance and no covariance, which alters nothing for others.
    for i in range(n_informants):
        for j in range(i):
            factor[i, j] = rated[i] * rated[j] * cov[i, j]
        factor[i, i] = rated[i] * (cov[i, i] + added[i]) + (1.0 - rated[i])
    for i in range(n_informants):
        for j in range(i + 1):
            total = factor[i, j]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            factor[i, j] = 1.0 / square_root(total) if i == j else total * factor[j, j]
    for lane in range(LANES):
        product = 1.0
        for i in range(n_informants):
            product *= work.cell_small[0, i, i, lane]
            work.log_det[lane] += seats.rated[cell, i, lane] * LOG_2_PI
        work.log_det[lane] -= 2.0 * math.log(product)
    for j in range(n_informants):
        for i in range(j, n_informants):
            total = zero() + (1.0 if i == j else 0.0)
            for k in range(j, i):
                total -= factor[i, k] * inverse[k, j]
            inverse[i, j] = total * factor[i, i]
    for i in range(n_informants):
        for j in range(i + 1):
            total = zero()
            for k in range(i, n_informants):
                total += inverse[k, i] * inverse[k, j]
            omega[i, j] = rated[i] * total


@njit(**COMPILED)
def add_own_squares(
    chunk: int,
    cell: int,
    w: Eights,
    square: Eights,
    seats: Seats,
    given: Given,
    by: Given,
    work: Work,
) -> None:
    """`G` of a cell, given `W` and `w s s' F`: added to the derivative by `S`, and that by `D`."""
    weight, stretch = lanes(given.weight)[cell], lanes(given.stretch)[cell]
    by_variance, n_children = lanes(by.variance)[cell], lanes(work.pattern_chance)[chunk]
    omega, product = lanes(work.cell_small[0]), lanes(work.cell_small[1])
    n_informants = len(given.cov)
    for i in range(n_informants):
        for j in range(n_informants):
            omega[i, j] = w[i, j] / (weight * stretch[i] * stretch[j])
    for i in range(n_informants):
        for j in range(n_informants):
            total = zero()
            for k in range(n_informants):
                total += omega[i, k] * square[max(k, j), min(k, j)]
            product[i, j] = total
    for i in range(n_informants):
        for j in range(i + 1):
            total = 0.0 - n_children * omega[i, j]
            for k in range(n_informants):
                total += product[i, k] * omega[k, j]
            total = 0.5 * total
            if i == j:
                by_variance[i] = total
                by.cov[i, i] += summed(total)
            else:
                by_pair = summed(total)
                by.cov[i, j] += by_pair
                by.cov[j, i] += by_pair
