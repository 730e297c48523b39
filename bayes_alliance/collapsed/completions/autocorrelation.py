r"""Residuals that are autocorrelated over occasions.

Their correlation one unit of scaled time apart is all that is sampled; `kernel.blocks` does the
rest.
"""

from collections.abc import Iterator
from typing import NamedTuple

from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions.completion import Completion, Moments, Named, Places
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Given, Integers1, Point, Seats
from bayes_alliance.collapsed.priors import Coordinate, of_number
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers

PRIOR = "residual_autoregression"


class Autocorrelation(NamedTuple):
    """Where it is sampled; constant."""

    place: Integers1  # (1,) among all coordinates


@njit(**COMPILED)
def complete(own: Autocorrelation, seats: Seats, given: Given, point: Point) -> float:
    """Write the autocorrelation."""
    if len(own.place):
        given.rho[0] = point.values[own.place[0]]
    return 0.0


@njit(**COMPILED)
def differentiate(
    own: Autocorrelation, seats: Seats, given: Given, by: Given, point: Point
) -> None:
    """By the autocorrelation."""
    if len(own.place):
        point.by_values[own.place[0]] += by.rho[0]


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """One number, where a model has it."""
    if PRIOR in spec.priors:
        yield of_number(PRIOR, PRIOR, of_numbers(spec.priors[PRIOR]), factor=1.0)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Autocorrelation:
    """Where it is sampled."""
    return Autocorrelation(place=places.own)


def moments(design: Design, values: Floats) -> Named:
    """The autocorrelation."""
    return {PRIOR: ((), values[..., 0])} if values.shape[-1] else {}


def autocorrelation(moments: Moments) -> Floats | None:
    """Of every draw, where a model has it."""
    return moments.get(PRIOR)


AUTOCORRELATION = Completion(
    own=Autocorrelation,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    moments=moments,
    autocorrelation=autocorrelation,
    relates_occasions=True,
)
