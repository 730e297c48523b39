r"""What is expected of ratings without random effects, and ratings beyond an end of their scale.

.. math:: e_t = y_t - \sum_c \phi_{tc} (\gamma_c + \sum_p x_p \beta_{pc}) - z_t \delta .

A rating at the ceiling says "this much or more". What it would be on a scale without ends,

.. math:: y = \mathrm{end} \pm \mathrm{excess}, \qquad \mathrm{excess} > 0,

is a coordinate of the sampler's vector. Given all of these the ratings are normal, so every random
effect integrates out as before; both are completions that change the residuals only.

Coefficients stand in the order `gamma` (T, K), `beta` (n_on, K), `delta` (Q, K).
"""

from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Point, Ratings, Seats
from bayes_alliance.collapsed.kernel.lanes import lanes, summed, zero


@njit(**COMPILED)
def write_errors(
    coefficients: Floats,
    excess: Floats,
    seats: Seats,
    ratings: Ratings,
    error: Floats,
    point: Point,
) -> None:
    """`e = y - Phi (gamma + x beta) - z delta`, 0 where no child sits; `y` beyond the ends."""
    y, x, z, errors = lanes(ratings.y), lanes(ratings.x), lanes(ratings.z), lanes(error)
    basis, seated, theta = lanes(seats.basis), lanes(seats.seated), lanes(point.expected)
    n_informants, n_coefficients, q = y.shape[1], basis.shape[1], len(point.expected)
    first_delta = q + len(ratings.on_covariate) * n_informants
    for chunk in range(len(seats.n_children)):
        for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
            for i in range(q):
                theta[i] = seated[turn] * coefficients[i]
            for pair in range(len(ratings.on_covariate)):
                value = x[turn, ratings.on_covariate[pair]]
                first = ratings.on_coefficient[pair] * n_informants
                for k in range(n_informants):
                    theta[first + k] += value * coefficients[q + pair * n_informants + k]
            slot = seats.slot_start[turn]
            for cell in range(seats.cell_start[chunk], seats.cell_start[chunk + 1]):
                for k in range(n_informants):
                    total = y[slot, k]
                    for c in range(n_coefficients):
                        total -= basis[cell, c] * theta[c * n_informants + k]
                    for p in range(z.shape[1]):
                        total -= z[slot, p] * coefficients[first_delta + p * n_informants + k]
                    errors[slot, k] = total
                slot += 1
    for i in range(len(excess)):
        beyond = ratings.beyond_direction[i] * excess[i]
        slot, k, lane = ratings.beyond_slot[i], ratings.beyond_informant[i], ratings.beyond_lane[i]
        error[slot, k, lane] += beyond


@njit(**COMPILED)
def add_by_coefficients(
    by_error: Floats,
    seats: Seats,
    ratings: Ratings,
    numbers: Floats,
    gradient: Floats,
    point: Point,
) -> None:
    """`d/d theta = -sum_t phi d/d e`, `d/d beta = x d/d theta`, `d/d delta = -sum_t z d/d e`.

    They are added to the gradient by the coordinates, `coefficient = location + unit * x`.
    """
    by_errors, x, z = lanes(by_error), lanes(ratings.x), lanes(ratings.z)
    basis, by_theta, out = lanes(seats.basis), lanes(point.expected), lanes(point.by_coefficient)
    n_informants, n_coefficients, q = by_errors.shape[1], basis.shape[1], len(point.expected)
    first_delta = q + len(ratings.on_covariate) * n_informants
    for i in range(len(point.by_coefficient)):
        out[i] = zero()
    for chunk in range(len(seats.n_children)):
        for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
            for i in range(q):
                by_theta[i] = zero()
            slot = seats.slot_start[turn]
            for cell in range(seats.cell_start[chunk], seats.cell_start[chunk + 1]):
                for k in range(n_informants):
                    for c in range(n_coefficients):
                        by_theta[c * n_informants + k] -= basis[cell, c] * by_errors[slot, k]
                    for p in range(z.shape[1]):
                        out[first_delta + p * n_informants + k] -= z[slot, p] * by_errors[slot, k]
                slot += 1
            for i in range(q):
                out[i] += by_theta[i]
            for pair in range(len(ratings.on_covariate)):
                value = x[turn, ratings.on_covariate[pair]]
                first = ratings.on_coefficient[pair] * n_informants
                for k in range(n_informants):
                    out[q + pair * n_informants + k] += value * by_theta[first + k]
    for i in range(len(point.by_coefficient)):
        gradient[i] += numbers[i, 3] * summed(out[i])


@njit(**COMPILED)
def by_excess(by_error: Floats, ratings: Ratings, i: int) -> float:
    """Derivative by how far a censored rating lies beyond the end: `+-d/d e` of its residual."""
    slot, k, lane = ratings.beyond_slot[i], ratings.beyond_informant[i], ratings.beyond_lane[i]
    return ratings.beyond_direction[i] * by_error[slot, k, lane]
