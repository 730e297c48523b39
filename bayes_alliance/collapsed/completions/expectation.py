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
from bayes_alliance.collapsed.completions.completion import Completion, Named, Places
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
from bayes_alliance.collapsed.priors import Coordinate, of_number, placed_normal
from bayes_alliance.collapsed.seating import Seating, in_lanes
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers, of_shrinkage


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
    n_informants, n_coefficients = y.shape[1], basis.shape[1]
    q = n_coefficients * n_informants
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
    n_informants, n_coefficients = own.y.shape[1], basis.shape[1]
    q = n_coefficients * n_informants
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
    shrinks = of_shrinkage(spec.priors.get("covariate")) is not None
    for one in effects(design):
        if shrinks:
            yield placed_normal(one.label, "covariate")
        else:
            prior = of_numbers(spec.priors["covariate"])
            yield of_number(one.label, "covariate", prior, factor=one.unit)


class Column(NamedTuple):
    """A column of covariates, and what it acts on.

    Parameters
    ----------
    name : str
        Of its effects: ``"level_on"``, ``"rating_on"``.
    number : int
        Among columns of ``design.x``, or of ``design.z`` if it acts on the rating.
    coefficient : int
        The growth coefficient; -1: the rating.
    sd : float
        What the prior of its effects is per.
    """

    name: str
    column: str
    number: int
    coefficient: int
    sd: float
    is_shared: bool


class Effect(NamedTuple):
    """An effect that is sampled: a column's on one informant, or on all who share it.

    Parameters
    ----------
    informant : int
        Its number; of a shared effect their count.
    who : str
        The informant, or ``"shared"``.
    unit : float
        Of its prior, in points, or of a shared one in spreads, per unit of the column.
    """

    of: Column
    informant: int
    who: str
    unit: float

    @property
    def label(self) -> str:
        """``"level_on[anxiety,child]"``, ``"level_on_shared[anxiety]"``."""
        name, column, is_shared = self.of.name, self.of.column, self.of.is_shared
        return f"{name}_shared[{column}]" if is_shared else f"{name}[{column},{self.who}]"


def columns(design: Design) -> Iterator[Column]:
    """All columns by what they act on, as their effects stand."""
    for p, c in np.argwhere(design.covariate_on).tolist():
        yield Column(
            name=f"{design.coefficients[c]}_on",
            column=design.covariates[p],
            number=p,
            coefficient=c,
            sd=float(design.covariate_sd[p]),
            is_shared=design.covariates[p] in design.shared_effects,
        )
    for q, column in enumerate(design.occasion_covariates):
        yield Column(
            name="rating_on",
            column=column,
            number=q,
            coefficient=-1,
            sd=float(design.occasion_covariate_sd[q]),
            is_shared=column in design.shared_effects,
        )


def effects(design: Design) -> Iterator[Effect]:
    """All effects, as they stand among coordinates."""
    for column in columns(design):
        if column.is_shared:
            yield Effect(
                of=column, informant=len(design.informants), who="shared", unit=1.0 / column.sd
            )
            continue
        for k, informant in enumerate(design.informants):
            unit = float(design.spread[k]) / column.sd
            yield Effect(of=column, informant=k, who=informant, unit=unit)


def sources(design: Design) -> tuple[Integers, Floats]:
    """Number, among all coordinates, of what each coefficient is a multiple of; and the factors.

    These coordinates come first. An effect that informants share is one of them, in spreads.
    """
    n_informants = len(design.informants)
    source = [np.arange(len(design.terms))]
    factor = [np.ones(len(design.terms))]
    n = len(design.terms)
    for column in columns(design):
        source.append(n + np.arange(n_informants) * (not column.is_shared))
        factor.append(design.spread if column.is_shared else np.ones(n_informants))
        n += 1 if column.is_shared else n_informants
    return np.concatenate(source), np.concatenate(factor)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Expectation:
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
