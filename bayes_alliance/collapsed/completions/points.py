r"""Points counted on a bounded scale: a binomial number of them given the latent value.

A rating is :math:`y = lower + x` with `x` of :math:`n = upper - lower` points and

.. math:: x \sim \mathrm{Binomial}(n, p), \qquad \mathrm{logit}\, p = 2 z,

`z` the value behind the rating in units of the scale (`latent`).
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.special import gammaln

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions.by_child import by_child
from bayes_alliance.collapsed.completions.completion import (
    Completion,
    Moments,
    OfRatings,
    Places,
)
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Floats1, Given, Point, Seats
from bayes_alliance.collapsed.priors import Coordinate
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec


class Points(NamedTuple):
    """Points of the ratings, in the order of their latent values; constant."""

    x: Floats1  # (N,)
    most: Floats1  # (N,) points of the informant's scale
    constant: Floats1  # (N,) log binomial coefficients


@njit(**COMPILED)
def complete(own: Points, seats: Seats, given: Given, point: Point) -> float:
    """`x log p + (n - x) log(1 - p)` of all ratings, and its derivatives by latent values."""
    total = 0.0
    for i in range(len(own.x)):
        logit = 2.0 * point.latent[i]
        small = math.exp(-abs(logit))
        total += own.constant[i] + own.x[i] * logit
        total -= own.most[i] * (max(logit, 0.0) + math.log1p(small))
        p = (1.0 if logit > 0.0 else small) / (1.0 + small)
        point.by_latent[i] += 2.0 * (own.x[i] - own.most[i] * p)
    return total


@njit(**COMPILED)
def differentiate(own: Points, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """Nothing is left to do."""


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Nothing but the latent values is sampled."""
    yield from ()


def of_ratings(design: Design, moments: Moments) -> OfRatings | None:
    """Latent values, with the density of the points given them."""
    if not len(design.points) or "latent" not in moments:
        return None
    row, informant = np.nonzero(design.present)
    logit = 2.0 * (moments["latent"] - design.center[informant]) / design.spread[informant]
    x, most, constant = _counted(design, row, informant)
    return OfRatings(
        name="latent",
        row=row,
        informant=informant,
        values=moments["latent"],
        log_density=constant + x * logit - most * np.logaddexp(0.0, logit),
        to_moment=np.asarray,
    )


def _counted(design: Design, row: Integers, informant: Integers) -> tuple[Floats, Floats, Floats]:
    """Points, those of the scale, and logarithms of binomial coefficients, of some ratings."""
    x = np.round(design.y[row, informant] - design.ends[0][informant])
    most = design.points[informant].astype(np.float64)
    return x, most, gammaln(most + 1.0) - gammaln(x + 1.0) - gammaln(most - x + 1.0)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Points:
    """Points above the lower end, of ratings that are counted."""
    if not len(design.points):
        return Points(x=np.zeros(0), most=np.zeros(0), constant=np.zeros(0))
    x, most, constant = _counted(design, *by_child(design))
    return Points(x=x, most=most, constant=constant)


POINTS = Completion(
    own=Points,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    of_ratings=of_ratings,
    observes=True,
)
