r"""Between occasions and growth coefficients: residual precisions, and what children receive.

With `s` the stretches and `w` the weight of an occasion, scaled residuals :math:`f = s \circ
(e - \Phi\theta)` of the informants `o` who rated are :math:`N(0, S_{oo} / w)`, so that

.. math:: W = w\, s s' \circ \Omega_o, \qquad \Omega_o = (S_{oo})^{-1}, \qquad
          A = \sum_t \phi_t \phi_t' \otimes W_t, \qquad b = \sum_t \phi_t \otimes W_t e_t,

and, downward, from :math:`F = E[f f']` (Fisher's identity)

.. math:: \partial/\partial e = -W (e - \Phi E[\theta]), \quad
          \partial/\partial S = \tfrac12 \sum_t (w\, \Omega F \Omega - \Omega), \quad
          \partial/\partial w = -\tfrac12 \mathrm{tr}(\Omega F), \quad
          \partial/\partial s_a = -w (\Omega F)_{aa} / s_a .

The last two leave out the Jacobian of the scaling, :math:`\sum_t (n_t \log w_t / 2 + \sum_a \log
s_{ta})`: whoever sets weights and stretches knows it in closed form. Absent informants have rows
and columns of zeros in `W`, so what stands in their place among the residuals is of no matter.
"""

import math

from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Eight,
    Eights,
    Given,
    Seats,
    Work,
)
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes, zero
from bayes_alliance.collapsed.kernel.single import LOG_2_PI, add_own_squares, own_precision


@njit(**COMPILED)
def residual_precisions(cov: Floats, seats: Seats, omega: Floats, small: Floats) -> float:
    """`Omega_o` of every set of informants; returns `sum_t log|2 pi S_o(t)|`.

    NaN if the covariance is not positive definite.
    """
    n_informants = len(cov)
    factor, inverse = small[0], small[1]
    total = 0.0
    for s in range(len(seats.sets)):
        present = seats.sets[s]
        n_present, log_det = 0, 0.0
        # Absent informants get unit variance and no covariance, which alters nothing for others.
        for i in range(n_informants):
            n_present += present[i]
            for j in range(i + 1):
                element = cov[i, j] if present[i] and present[j] else 0.0
                if i == j and not present[i]:
                    element = 1.0
                for k in range(j):
                    element -= factor[i, k] * factor[j, k]
                if i > j:
                    factor[i, j] = element / factor[j, j]
                elif element > 0.0:
                    factor[i, i] = math.sqrt(element)
                    log_det += math.log(element)
                else:
                    return math.nan
        for j in range(n_informants):
            for i in range(j, n_informants):
                element = 1.0 if i == j else 0.0
                for k in range(j, i):
                    element -= factor[i, k] * inverse[k, j]
                inverse[i, j] = element / factor[i, i]
        for i in range(n_informants):
            for j in range(i + 1):
                element = 0.0
                if present[i] and present[j]:
                    for k in range(i, n_informants):
                        element += inverse[k, i] * inverse[k, j]
                omega[s, i, j] = element
                omega[s, j, i] = element
        total += seats.n_occasions[s] * (log_det + n_present * LOG_2_PI)
    return total


@njit(**COMPILED)
def coefficient_precision(
    chunk: int, first: int, a: Eights, seats: Seats, given: Given, work: Work
) -> None:
    """`W = w s s' Omega_o` of a chunk's cells and `A = sum_t phi phi' (x) W`.

    `first` is where the chunk's cells start in the workspace. Where single ratings add to the
    covariance, `Omega_o` is the cell's own, and its determinant the lane's.
    """
    basis, weight, stretch = lanes(seats.basis), lanes(given.weight), lanes(given.stretch)
    precisions = lanes(work.cell_precision)
    n_informants, n_coefficients = stretch.shape[1], basis.shape[1]
    for i in range(n_informants * n_coefficients):
        for j in range(n_informants * n_coefficients):
            a[i, j] = zero()
    start = seats.cell_start[chunk]
    work.log_det[:] = 0.0
    for t in range(seats.cell_start[chunk + 1] - start):
        cell, place = start + t, first + t
        if len(given.variance):
            own_precision(cell, place, seats, given, work)
        else:
            for lane in range(LANES):
                omega = work.omega[seats.informant_set[cell, lane]]
                for k in range(n_informants):
                    for j in range(k + 1):
                        work.cell_precision[place, k, j, lane] = omega[k, j]
        w = precisions[place]
        for k in range(n_informants):
            for j in range(k + 1):
                w[k, j] = w[k, j] * (weight[cell] * stretch[cell, k] * stretch[cell, j])
                w[j, k] = w[k, j]
        for c in range(n_coefficients):
            for d in range(c + 1):
                both = basis[cell, c] * basis[cell, d]
                for k in range(n_informants):
                    # Of `A` the lower triangle, which its upper one mirrors.
                    for j in range(k + 1 if c == d else n_informants):
                        a[c * n_informants + k, d * n_informants + j] += both * w[k, j]
    for i in range(n_informants * n_coefficients):
        for j in range(i):
            a[j, i] = a[i, j]


@njit(**COMPILED)
def information(
    chunk: int, first: int, turn: int, b: Eights, seats: Seats, given: Given, work: Work
) -> Eight:
    """`b = sum_t phi (x) W e` of a round's children; returns `sum_t e' W e`."""
    error, basis, w = lanes(given.error), lanes(seats.basis), lanes(work.cell_precision)
    n_informants, n_coefficients = error.shape[1], basis.shape[1]
    for i in range(n_informants * n_coefficients):
        b[i] = zero()
    square, start = zero(), seats.cell_start[chunk]
    for t in range(seats.cell_start[chunk + 1] - start):
        slot = seats.slot_start[turn] + t
        for k in range(n_informants):
            total = zero()
            for j in range(n_informants):
                total += w[first + t, k, j] * error[slot, j]
            square += total * error[slot, k]
            for c in range(n_coefficients):
                b[c * n_informants + k] += basis[start + t, c] * total
    return square


@njit(**COMPILED)
def add_residuals(
    chunk: int,
    first: int,
    turn: int,
    mean: Eights,
    seats: Seats,
    given: Given,
    by: Given,
    work: Work,
) -> None:
    """`r = e - Phi E[theta]`; writes `-W r`, the derivative by `e`, and adds `r r'` by cell.

    Both are weighted (`assumed`).
    """
    error, by_error, basis = lanes(given.error), lanes(by.error), lanes(seats.basis)
    w, square, residual = lanes(work.cell_precision), lanes(work.square), lanes(work.vectors[3])
    chance = lanes(work.chance)[turn]
    n_informants, n_coefficients = error.shape[1], basis.shape[1]
    start = seats.cell_start[chunk]
    for t in range(seats.cell_start[chunk + 1] - start):
        slot = seats.slot_start[turn] + t
        for k in range(n_informants):
            own = error[slot, k]
            for c in range(n_coefficients):
                own -= basis[start + t, c] * mean[c * n_informants + k]
            residual[k] = own
            weighted = chance * own
            for j in range(k + 1):
                square[t, k, j] += weighted * residual[j]
        for k in range(n_informants):
            total = zero()
            for j in range(n_informants):
                total -= w[first + t, k, j] * residual[j]
            by_error[slot, k] = chance * total


@njit(**COMPILED)
def add_squares(
    chunk: int, first: int, cov: Eights, seats: Seats, given: Given, by: Given, work: Work
) -> None:
    """`E[r r']` by cell, and from it the derivatives by weights and stretches and `F` by set.

    `cov` is the sum over a pattern's children of the posterior covariance of the coefficients.
    """
    basis, weight, stretch = lanes(seats.basis), lanes(given.weight), lanes(given.stretch)
    by_weight, by_stretch = lanes(by.weight), lanes(by.stretch)
    w, squares = lanes(work.cell_precision), lanes(work.square)
    n_informants, n_coefficients = stretch.shape[1], basis.shape[1]
    start = seats.cell_start[chunk]
    for t in range(seats.cell_start[chunk + 1] - start):
        cell, square = start + t, squares[t]
        for c in range(n_coefficients):
            for d in range(n_coefficients):
                both = basis[cell, c] * basis[cell, d]
                for k in range(n_informants):
                    for j in range(k + 1):
                        square[k, j] += both * cov[c * n_informants + k, d * n_informants + j]
        for k in range(n_informants):
            for j in range(k):
                square[j, k] = square[k, j]
        trace = zero()
        for k in range(n_informants):
            total = zero()
            for j in range(n_informants):
                total += w[first + t, k, j] * square[k, j]
            by_stretch[cell, k] = 0.0 - total / stretch[cell, k]
            trace += total
        by_weight[cell] = -0.5 * trace / weight[cell]
        for k in range(n_informants):
            for j in range(k + 1):
                square[k, j] = square[k, j] * (weight[cell] * stretch[cell, k] * stretch[cell, j])
        if len(given.variance):
            add_own_squares(chunk, cell, w[first + t], square, seats, given, by, work)
        else:
            for lane in range(LANES):
                of_set = work.square_of_set[seats.informant_set[cell, lane]]
                for k in range(n_informants):
                    for j in range(k + 1):
                        of_set[k, j] += work.square[t, k, j, lane]


@njit(**COMPILED)
def write_by_covariance(seats: Seats, work: Work, out: Floats) -> None:
    """`1/2 sum_o (Omega_o F Omega_o - n_o Omega_o)`, the derivative by the residual covariance."""
    n_informants = len(out)
    product = work.small[0]
    out[:] = 0.0
    for s in range(len(seats.sets)):
        omega, square = work.omega[s], work.square_of_set[s]
        for k in range(n_informants):
            for i in range(k):
                square[i, k] = square[k, i]
        for k in range(n_informants):
            for i in range(n_informants):
                total = 0.0
                for j in range(n_informants):
                    total += omega[k, j] * square[j, i]
                product[k, i] = total
        for k in range(n_informants):
            for i in range(n_informants):
                total = -seats.n_occasions[s] * omega[k, i]
                for j in range(n_informants):
                    total += product[k, j] * omega[j, i]
                out[k, i] += 0.5 * total
