r"""What is expected of ratings without random effects.

.. math:: e_t = y_t - \sum_c \phi_{tc} (\gamma_c + \sum_p x_p \beta_{pc}) - z_t \delta .

Coefficients stand in the order `gamma` (T, K), `beta` (n_on, K), `delta` (Q, K). Each is a multiple
of one sampled number: its own, or that of an effect which informants share.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions.completion import Completion, Named
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Floats3,
    Given,
    Integers1,
    Point,
    Seats,
)
from bayes_alliance.collapsed.kernel.lanes import lanes, summed, zero
from bayes_alliance.collapsed.priors import Coordinate, of_number
from bayes_alliance.collapsed.seating import Seating, in_lanes
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers


class Expectation(NamedTuple):
    """What ratings are, and what their expectation depends on; constant."""

    source: Integers1  # (coefficients,) whose value each is, among all coordinates
    factor: Floats1  # (coefficients,) what the value is multiplied by
    y: Floats3  # (slots, K, 8) ratings; 0 where there is none
    z: Floats3  # (slots, occasion covariates, 8)
    on_covariate: Integers1  # (n_on,) column of `x` of each effect of a covariate
    on_coefficient: Integers1  # (n_on,) growth coefficient it acts on


@njit(**COMPILED)
def complete(own: Expectation, seats: Seats, given: Given, point: Point) -> float:
    """`e = y - Phi (gamma + x beta) - z delta`, 0 where no child sits."""
    y, x, z, errors = lanes(own.y), lanes(point.x), lanes(own.z), lanes(given.error)
    basis, seated, theta = lanes(seats.basis), lanes(seats.seated), lanes(point.expected)
    n_informants, n_coefficients, q = y.shape[1], basis.shape[1], len(point.expected)
    first_delta = q + len(own.on_covariate) * n_informants
    coefficients = point.coefficients
    for i in range(len(own.source)):
        coefficients[i] = own.factor[i] * point.values[own.source[i]]
    for chunk in range(len(seats.n_children)):
        for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
            for i in range(q):
                theta[i] = seated[turn] * coefficients[i]
            for pair in range(len(own.on_covariate)):
                value = x[turn, own.on_covariate[pair]]
                first = own.on_coefficient[pair] * n_informants
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
    return 0.0


@njit(**COMPILED)
def differentiate(own: Expectation, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """`d/d theta = -sum_t phi d/d e`, `d/d beta = x d/d theta`, `d/d delta = -sum_t z d/d e`."""
    by_errors, x, z = lanes(by.error), lanes(point.x), lanes(own.z)
    basis, by_theta, out = lanes(seats.basis), lanes(point.expected), lanes(point.by_coefficient)
    n_informants, n_coefficients, q = by_errors.shape[1], basis.shape[1], len(point.expected)
    first_delta = q + len(own.on_covariate) * n_informants
    for i in range(len(own.source)):
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
            for pair in range(len(own.on_covariate)):
                value = x[turn, own.on_covariate[pair]]
                first = own.on_coefficient[pair] * n_informants
                for k in range(n_informants):
                    out[q + pair * n_informants + k] += value * by_theta[first + k]
    for i in range(len(own.source)):
        point.by_values[own.source[i]] += own.factor[i] * summed(out[i])


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Averages of growth coefficients, then effects of covariates."""
    for name in design.coefficients:
        shift, factor = design.coefficient_scale(name)
        for k, informant in enumerate(design.informants):
            yield of_number(
                f"{name}[{informant}]",
                name,
                of_numbers(spec.priors[name]),
                factor=float(factor[k]),
                shift=float(shift[k]),
            )
    for label, column, sd in _effects(design):
        shared = column in design.shared_effects
        for k, informant in enumerate(design.informants[: 1 if shared else None]):
            yield of_number(
                f"{label}_shared[{column}]" if shared else f"{label}[{column},{informant}]",
                "covariate",
                of_numbers(spec.priors["covariate"]),
                factor=float(1.0 / sd if shared else design.spread[k] / sd),
            )


def _effects(design: Design) -> Iterator[tuple[str, str, float]]:
    """What each covariate acts on, its column, and the unit of this column's prior."""
    for p, c in np.argwhere(design.covariate_on):
        yield f"{design.coefficients[c]}_on", design.covariates[p], design.covariate_sd[p]
    units = zip(design.occasion_covariates, design.occasion_covariate_sd, strict=True)
    for column, sd in units:
        yield "rating_on", column, sd


def sources(design: Design) -> tuple[Integers, Floats]:
    """Number, among all coordinates, of what each coefficient is a multiple of; and the factors.

    These coordinates come first. An effect that informants share is one of them, in spreads.
    """
    n_informants = len(design.informants)
    source = [np.arange(len(design.terms))]
    factor = [np.ones(len(design.terms))]
    n = len(design.terms)
    for _, column, _ in _effects(design):
        shared = column in design.shared_effects
        source.append(n + np.arange(n_informants) * (not shared))
        factor.append(design.spread if shared else np.ones(n_informants))
        n += design.n_effects(column)
    return np.concatenate(source), np.concatenate(factor)


def arrays(design: Design, seating: Seating, place: Integers) -> Expectation:
    """Ratings and covariates where their children sit, zero elsewhere."""
    n_slots = int(seating.seats.slot_start[-1])
    y = np.where(design.present, design.y, 0.0)
    source, factor = sources(design)
    on_covariate, on_coefficient = np.nonzero(design.covariate_on)
    # What `nonzero` returns are columns of one array; the kernel takes contiguous arrays.
    return Expectation(
        source=source,
        factor=factor,
        y=in_lanes(y, seating.slot, seating.row_lane, n_slots),
        z=in_lanes(design.z, seating.slot, seating.row_lane, n_slots),
        on_covariate=on_covariate.copy(),
        on_coefficient=on_coefficient.copy(),
    )


def moments(design: Design, values: Floats) -> Named:
    """Averages of growth coefficients, and effects of covariates, zero where these do not act."""
    n_informants, front = len(design.informants), values.shape[:-1]
    source, factor = sources(design)
    by_informant = (factor * values[..., source]).reshape(*front, -1, n_informants)
    out: Named = {}
    for c, name in enumerate(design.coefficients):
        out[name] = ("informant",), by_informant[..., c, :].copy()
    position, pairs = len(design.coefficients), np.argwhere(design.covariate_on)
    for c, name in enumerate(design.coefficients):
        if design.covariate_on[:, c].any():
            effects = np.zeros((*front, len(design.covariates), n_informants))
            for pair in np.flatnonzero(pairs[:, 1] == c):
                effects[..., pairs[pair, 0], :] = by_informant[..., position + pair, :]
            out[f"{name}_on"] = ("covariate", "informant"), effects
    if design.occasion_covariates:
        effects = by_informant[..., position + len(pairs) :, :].copy()
        out["rating_on"] = ("occasion_covariate", "informant"), effects
    return out


EXPECTATION = Completion(
    own=Expectation,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    moments=moments,
)
