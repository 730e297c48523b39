r"""Responses to the items behind a rating: cumulative probit given the rating's latent value.

Item `j` of informant `k` is answered above its step `c` with probability

.. math:: P(x_{j} > c) = \Phi\big(\lambda_{jk} (z - \tau_{jkc})\big), \qquad c = 1, ..., C - 1

(Samejima 1969; the loading :math:`\lambda` is one over the standard deviation of what the item
adds of its own), `z` the value behind the rating (`latent`). Loadings and steps come from
`item_parameters`.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.special import log_ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions.by_child import responses
from bayes_alliance.collapsed.completions.completion import (
    Completion,
    Moments,
    OfRatings,
    Places,
)
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Given,
    Integers1,
    Point,
    Seats,
)
from bayes_alliance.collapsed.priors import Coordinate
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec

ROOT_HALF = math.sqrt(0.5)
DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
FAR = -25.0  # below, probabilities of a normal variable are taken by their first asymptotic term


class Items(NamedTuple):
    """Responses by informant, item and response; constant."""

    start: Integers1  # (K J C + 1,) responses of this value, item and informant
    rating: Integers1  # (responses,) number of the rating among those with a latent value


@njit(**COMPILED)
def between(a: float, b: float) -> tuple[float, float, float]:
    """Logarithm of the normal probability between two points, and its derivatives by both."""
    # On the left of 0 no digits of small probabilities are lost.
    turned = a + b > 0.0
    low, high = (-b, -a) if turned else (a, b)
    if high > FAR:
        p = 0.5 * (math.erfc(-high * ROOT_HALF) - math.erfc(-low * ROOT_HALF))
        log_p = math.log(p)
        by_high = DENSITY * math.exp(-0.5 * high * high) / p
        by_low = -DENSITY * math.exp(-0.5 * low * low) / p
    else:
        ratio = math.exp(0.5 * (high * high - low * low))
        inside = 1.0 / -high - ratio / -low
        log_p = -0.5 * high * high + math.log(DENSITY * inside)
        by_high, by_low = 1.0 / inside, -ratio / inside
    if turned:
        return log_p, -by_high, -by_low
    return log_p, by_low, by_high


@njit(**COMPILED)
def below(a: float) -> tuple[float, float]:
    """Logarithm of the normal probability below a point, and its derivative."""
    if a > FAR:
        p = 0.5 * math.erfc(-a * ROOT_HALF)
        return math.log(p), DENSITY * math.exp(-0.5 * a * a) / p
    return -0.5 * a * a + math.log(DENSITY / -a), -a


@njit(**COMPILED)
def complete(own: Items, seats: Seats, given: Given, point: Point) -> float:
    """Log density of all responses; its derivatives need the same probabilities."""
    total = 0.0
    n_informants, n_items, n_steps = point.step.shape
    for k in range(n_informants):
        for j in range(n_items):
            loading, by_loading = point.loading[k, j], 0.0
            for x in range(n_steps + 1):
                group, by_lower, by_upper = (k * n_items + j) * (n_steps + 1) + x, 0.0, 0.0
                low = point.step[k, j, x - 1] if x > 0 else 0.0
                high = point.step[k, j, x] if x < n_steps else 0.0
                for m in range(own.start[group], own.start[group + 1]):
                    z, by_low, by_high = point.latent[own.rating[m]], 0.0, 0.0
                    # Half of what is computed between two steps is spared where there is one.
                    if x == 0:
                        log_p, by_high = below(loading * (high - z))
                    elif x == n_steps:
                        log_p, by_low = below(loading * (z - low))
                        by_low = -by_low
                    else:
                        log_p, by_low, by_high = between(loading * (low - z), loading * (high - z))
                    total += log_p
                    point.by_latent[own.rating[m]] -= loading * (by_low + by_high)
                    by_loading += by_low * (low - z) + by_high * (high - z)
                    by_lower += loading * by_low
                    by_upper += loading * by_high
                if x > 0:
                    point.by_step[k, j, x - 1] += by_lower
                if x < n_steps:
                    point.by_step[k, j, x] += by_upper
            point.by_loading[k, j] += by_loading
    return total


@njit(**COMPILED)
def differentiate(own: Items, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """Nothing is left to do."""


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Nothing: loadings and steps are sampled elsewhere."""
    yield from ()


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Items:
    """Responses in the order in which their steps are gone through."""
    if design.items is None:
        return Items(start=np.zeros(1, dtype=np.int64), rating=np.zeros(0, dtype=np.int64))
    start, rating, _ = responses(design)
    return Items(start=start, rating=rating)


def of_ratings(design: Design, moments: Moments) -> OfRatings | None:
    """Latent values, with the density of the responses given them."""
    if (items := design.items) is None or "latent" not in moments:
        return None
    row, informant = np.nonzero(design.present)
    z = (moments["latent"] - design.center[informant]) / design.spread[informant]
    steps = (moments["item_threshold"] - items.middle) / items.half
    ends = np.full((len(steps), len(items.names), 1, steps.shape[-1]), np.inf)
    edges = np.concatenate([-ends, steps, ends], axis=2)
    log_density = np.zeros(z.shape)
    for j in range(len(items.names)):
        response = items.values[row, informant, j]
        own = np.flatnonzero(response >= 0)
        x, k = response[own], informant[own]
        loading = moments["item_loading"][:, j, k]
        low, high = (loading * (edges[:, j, edge, k] - z[:, own]) for edge in (x, x + 1))
        log_density[:, own] += log_between(low, high)
    return OfRatings(
        name="latent",
        row=row,
        informant=informant,
        values=moments["latent"],
        log_density=log_density,
        to_moment=np.asarray,
    )


def log_between(low: Floats, high: Floats) -> Floats:
    """Logarithm of the normal probability between two points, either of which may be infinite."""
    turned = low + high > 0.0
    near = log_ndtr(np.where(turned, -low, high))
    return near + np.log1p(-np.exp(log_ndtr(np.where(turned, -high, low)) - near))


ITEMS = Completion(
    own=Items,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    of_ratings=of_ratings,
    observes=True,
)
