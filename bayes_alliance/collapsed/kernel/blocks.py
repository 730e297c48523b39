r"""Autocorrelated residuals: one block for all occasions of a child, instead of one for each.

Residuals of informants `k` and `l` at occasions `t` and `u`, unstretched, have covariance

.. math:: C_{tk,ul} = S_{kl}\, \rho^{|t - u|},

positive definite for every `S` and :math:`0 < \rho < 1`, whatever the gaps; missing ratings drop
out of the block, which is exact (Jones and Boadi-Boateng 1991). With stretches `s` and
:math:`\Omega = C^{-1}`,

.. math:: W = s s' \circ \Omega, \qquad A = \sum_{tu} \phi_t \phi_u' \otimes W_{tu}, \qquad
          b = \sum_t \phi_t \otimes (W e)_t,

and, downward, from :math:`F = E[f f']` of stretched residuals

.. math:: \partial/\partial e = -W (e - \Phi E[\theta]), \quad
          \partial/\partial C = \tfrac12 (\Omega F \Omega - n \Omega), \quad
          \partial/\partial s_a = -(\Omega F)_{aa} / s_a .

Children of a pattern share one block: what `occasions` does for residuals of unrelated occasions.
A row of a block is an occasion and an informant; rows of absent ones are zero in `W`.
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
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes, square_root, zero
from bayes_alliance.collapsed.kernel.occasions import LOG_2_PI


@njit(**COMPILED)
def _write_covariance(chunk: int, seats: Seats, given: Given, out: Floats) -> None:
    """`C` of every lane; absent rows get unit variance, which alters nothing for others."""
    start, n_informants = seats.cell_start[chunk], len(given.cov)
    n_cells, log_rho = seats.cell_start[chunk + 1] - start, math.log(given.rho[0])
    for lane in range(LANES):
        for t in range(n_cells):
            here = seats.sets[seats.informant_set[start + t, lane]]
            for u in range(t + 1):
                there = seats.sets[seats.informant_set[start + u, lane]]
                gap = abs(seats.when[start + t, lane] - seats.when[start + u, lane])
                kept = math.exp(gap * log_rho)
                for k in range(n_informants):
                    for j in range(n_informants):
                        row, column = t * n_informants + k, u * n_informants + j
                        value = given.cov[k, j] * kept if here[k] and there[j] else 0.0
                        if row == column and not here[k]:
                            value = 1.0
                        out[row, column, lane] = value


@njit(**COMPILED)
def block_precision(
    chunk: int, place: int, a: Eights, seats: Seats, given: Given, work: Work
) -> None:
    """`W` and `A` of a chunk's patterns, and `log|2 pi C|` of each lane."""
    basis, stretch = lanes(seats.basis), lanes(given.stretch)
    start, n_informants = seats.cell_start[chunk], stretch.shape[1]
    n_cells, n_coefficients = seats.cell_start[chunk + 1] - start, basis.shape[1]
    n = n_cells * n_informants
    _write_covariance(chunk, seats, given, work.block[place])
    w, factor, inverse = (
        lanes(work.block[place]),
        lanes(work.block_small[0]),
        lanes(work.block_small[1]),
    )
    for i in range(n):
        for j in range(i + 1):
            total = w[i, j]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            factor[i, j] = 1.0 / square_root(total) if i == j else total * factor[j, j]
    for lane in range(LANES):
        log_det = 0.0
        for i in range(n):
            log_det -= 2.0 * math.log(work.block_small[0, i, i, lane])
            if _is_here(start, i, lane, n_informants, seats):
                log_det += LOG_2_PI
        work.log_det[lane] = log_det
    for j in range(n):
        for i in range(j, n):
            total = zero() + (1.0 if i == j else 0.0)
            for k in range(j, i):
                total -= factor[i, k] * inverse[k, j]
            inverse[i, j] = total * factor[i, i]
    for i in range(n):
        for j in range(i + 1):
            total = zero()
            for k in range(i, n):
                total += inverse[k, i] * inverse[k, j]
            cell, other = start + i // n_informants, start + j // n_informants
            total *= stretch[cell, i % n_informants] * stretch[other, j % n_informants]
            w[i, j] = total
    for i in range(n):
        for lane in range(LANES):
            if not _is_here(start, i, lane, n_informants, seats):
                work.block[place, i, i, lane] = 0.0
        for j in range(i):
            w[j, i] = w[i, j]
    for i in range(n_informants * n_coefficients):
        for j in range(n_informants * n_coefficients):
            a[i, j] = zero()
    for t in range(n_cells):
        for u in range(n_cells):
            for c in range(n_coefficients):
                for d in range(n_coefficients):
                    both = basis[start + t, c] * basis[start + u, d]
                    for k in range(n_informants):
                        for j in range(n_informants):
                            element = w[t * n_informants + k, u * n_informants + j]
                            a[c * n_informants + k, d * n_informants + j] += both * element


@njit(**COMPILED)
def _is_here(start: int, row: int, lane: int, n_informants: int, seats: Seats) -> bool:
    """Whether a row of a block stands for a rating."""
    cell = start + row // n_informants
    return seats.sets[seats.informant_set[cell, lane], row % n_informants] > 0


@njit(**COMPILED)
def block_information(
    chunk: int, place: int, turn: int, b: Eights, seats: Seats, given: Given, work: Work
) -> Eight:
    """`b = sum_t phi (x) (W e)_t` of a round's children; returns `e' W e`."""
    error, basis, w = lanes(given.error), lanes(seats.basis), lanes(work.block[place])
    n_informants, n_coefficients = error.shape[1], basis.shape[1]
    start, slot = seats.cell_start[chunk], seats.slot_start[turn]
    n_cells = seats.cell_start[chunk + 1] - start
    for i in range(n_informants * n_coefficients):
        b[i] = zero()
    square = zero()
    for t in range(n_cells):
        for k in range(n_informants):
            total = zero()
            for u in range(n_cells):
                for j in range(n_informants):
                    element = w[t * n_informants + k, u * n_informants + j]
                    total += element * error[slot + u, j]
            square += total * error[slot + t, k]
            for c in range(n_coefficients):
                b[c * n_informants + k] += basis[start + t, c] * total
    return square


@njit(**COMPILED)
def add_block_residuals(
    chunk: int,
    place: int,
    turn: int,
    mean: Eights,
    seats: Seats,
    given: Given,
    by: Given,
    work: Work,
) -> None:
    """`r = e - Phi E[theta]`; writes `-W r`, the derivative by `e`, and adds `r r'`, weighted."""
    error, by_error, basis = lanes(given.error), lanes(by.error), lanes(seats.basis)
    w, square, residual = (
        lanes(work.block[place]),
        lanes(work.block_square),
        lanes(work.block_residual),
    )
    n_informants, n_coefficients = error.shape[1], basis.shape[1]
    start, slot = seats.cell_start[chunk], seats.slot_start[turn]
    n, chance = (seats.cell_start[chunk + 1] - start) * n_informants, lanes(work.chance)[turn]
    for i in range(n):
        t, k = i // n_informants, i % n_informants
        own = error[slot + t, k]
        for c in range(n_coefficients):
            own -= basis[start + t, c] * mean[c * n_informants + k]
        residual[i] = own
        weighted = chance * own
        for j in range(i + 1):
            square[i, j] += weighted * residual[j]
    for i in range(n):
        total = zero()
        for j in range(n):
            total -= w[i, j] * residual[j]
        by_error[slot + i // n_informants, i % n_informants] = chance * total


@njit(**COMPILED)
def add_block_squares(
    chunk: int, place: int, cov: Eights, seats: Seats, given: Given, by: Given, work: Work
) -> None:
    """`E[r r']` of a chunk's patterns; from it the derivatives by stretch, `S` and `rho`.

    `cov` is the sum over a pattern's children of the posterior covariance of the coefficients.
    """
    basis, stretch, by_stretch = lanes(seats.basis), lanes(given.stretch), lanes(by.stretch)
    w, square = lanes(work.block[place]), lanes(work.block_square)
    product, by_block = lanes(work.block_small[0]), lanes(work.block_small[1])
    n_children = lanes(work.pattern_chance)[chunk]
    start, n_informants = seats.cell_start[chunk], stretch.shape[1]
    n_cells, n_coefficients = seats.cell_start[chunk + 1] - start, basis.shape[1]
    n = n_cells * n_informants
    for i in range(n):
        t, k = start + i // n_informants, i % n_informants
        for j in range(i + 1):
            u, other = start + j // n_informants, j % n_informants
            total = square[i, j]
            for c in range(n_coefficients):
                for d in range(n_coefficients):
                    both = basis[t, c] * basis[u, d]
                    total += both * cov[c * n_informants + k, d * n_informants + other]
            square[i, j] = total
            square[j, i] = total
    for i in range(n):
        cell, k = start + i // n_informants, i % n_informants
        for j in range(n):
            total = zero()
            for m in range(n):
                total += w[i, m] * square[m, j]
            product[i, j] = total
        by_stretch[cell, k] = 0.0 - product[i, i] / stretch[cell, k]
    for i in range(n):
        for j in range(n):
            total = 0.0 - n_children * w[i, j]
            for m in range(n):
                total += product[i, m] * w[m, j]
            # Of the precision of unstretched residuals.
            cell, other = start + i // n_informants, start + j // n_informants
            scale = stretch[cell, i % n_informants] * stretch[other, j % n_informants]
            by_block[i, j] = 0.5 * total / scale
    log_rho = math.log(given.rho[0])
    for lane in range(LANES):
        if seats.n_children[chunk, lane] == 0.0:
            continue
        for t in range(n_cells):
            for u in range(t + 1):
                gap = abs(seats.when[start + t, lane] - seats.when[start + u, lane])
                kept = math.exp(gap * log_rho)
                slope = gap * kept / given.rho[0]
                # The block is symmetric: elements beside its diagonal count twice.
                share = 0.5 if t == u else 1.0
                for k in range(n_informants):
                    for j in range(n_informants):
                        row, column = t * n_informants + k, u * n_informants + j
                        by_element = share * work.block_small[1, row, column, lane]
                        by.cov[k, j] += by_element * kept
                        by.cov[j, k] += by_element * kept
                        by.rho[0] += 2.0 * by_element * given.cov[k, j] * slope
