r"""Ratings beyond an end of their scale.

A rating at the ceiling says "this much or more". What it would be on a scale without ends,

.. math:: y = \mathrm{end} \pm \mathrm{excess}, \qquad \mathrm{excess} > 0,

completes it. The density of the excess is flat: given everything else, the rating is normal, cut
off at the end of the scale (Tobin 1958).
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions.completion import (
    Completion,
    Moments,
    Named,
    OfRatings,
    Places,
    without_ends,
)
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Given,
    Integers1,
    Point,
    Seats,
)
from bayes_alliance.collapsed.kernel.coordinates import POSITIVE
from bayes_alliance.collapsed.priors import Coordinate
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec


class Beyond(NamedTuple):
    """Where the censored ratings are; constant."""

    place: Integers1  # (n_censored,) of the excess among all coordinates; that of copies is one
    slot: Integers1  # (n_censored,)
    informant: Integers1  # (n_censored,)
    lane: Integers1  # (n_censored,)
    direction: Floats1  # (n_censored,) 1 beyond the ceiling, -1 below the floor


@njit(**COMPILED)
def complete(own: Beyond, seats: Seats, given: Given, point: Point) -> float:
    """Move residuals of censored ratings beyond the end."""
    for i in range(len(own.place)):
        beyond = own.direction[i] * point.values[own.place[i]]
        given.error[own.slot[i], own.informant[i], own.lane[i]] += beyond
    return 0.0


@njit(**COMPILED)
def differentiate(own: Beyond, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """`d/d excess = +-d/d e`."""
    for i in range(len(own.place)):
        by_error = by.error[own.slot[i], own.informant[i], own.lane[i]]
        point.by_values[own.place[i]] += own.direction[i] * by_error


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """How far each censored rating lies beyond the end of its scale."""
    for label, informant in zip(design.censored_labels, design.censored[1], strict=True):
        # A fifth of half the range of the scale, which matters to the sampler only.
        unit = float(design.spread[informant]) / 5.0
        yield Coordinate(
            label=f"excess[{label}]",
            prior="excess",
            kind=POSITIVE,
            constant=math.log(unit),
            unit=unit,
        )


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Beyond:
    """Where the censored ratings sit."""
    row, informant, direction = design.censored
    number, n_own = np.zeros(design.present.shape, dtype=np.int64), len(places.own)
    number[row[:n_own], informant[:n_own]] = np.arange(n_own)
    # What `nonzero` returns are columns of one array; the kernel takes contiguous arrays.
    return Beyond(
        place=places.own[number[places.row[row], informant]],
        slot=seating.slot[row],
        informant=informant.copy(),
        lane=seating.row_lane[row],
        direction=direction,
    )


def moments(design: Design, values: Floats) -> Named:
    """How far each lies beyond the end, kept with a fit of which any rating is censored."""
    return {"excess": (("censored",), values)} if values.shape[-1] else {}


def add_to_errors(design: Design, moments: Moments, error: Floats) -> None:
    """Complete the censored ratings, where it is known how far they lie beyond the end."""
    if "excess" in moments:
        row, informant, direction = design.censored
        error[:, row, informant] += direction * moments["excess"]


def of_ratings(design: Design, moments: Moments) -> OfRatings | None:
    """How far censored ratings lie beyond the end."""
    if "excess" not in moments:
        return None
    row, informant, _ = design.censored
    unit = design.spread[informant] / 5.0
    values, log_slope = without_ends(moments["excess"] / unit)
    return OfRatings(
        name="excess",
        row=row,
        informant=informant,
        values=values,
        log_density=log_slope + np.log(unit),
        to_moment=lambda at: unit * np.logaddexp(0.0, at),
    )


BEYOND = Completion(
    own=Beyond,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    moments=moments,
    add_to_errors=add_to_errors,
    of_ratings=of_ratings,
)
