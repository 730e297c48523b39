r"""Responses to the items behind a rating: cumulative probit given the rating's latent value.

Item `j` of informant `k` is answered above its step `c` with probability

.. math:: P(x_{j} > c) = \Phi\big(\lambda_{jk} (z - \tau_{jkc})\big), \qquad c = 1, ..., C - 1

(Samejima 1969; the loading :math:`\lambda` is one over the standard deviation of what the item
adds of its own), `z` the value behind the rating (`latent`). What the scale is, its zero and its
unit, is fixed by the steps alone, as in Liddell and Kruschke (2018): over the items of an informant
the first steps lie half a point above the lowest response on average, the last half a point below
the highest, in units of the scale at :math:`\mp a`. So

.. math::
   \tau_{j1} = m_j - w_j / 2, \quad \tau_{j,c+1} = \tau_{jc} + g_{jc}, \quad w_j = \sum_c g_{jc},
   \quad m_j = r_j - \bar r, \quad g_{jc} = 2 a J \frac{e^{b_{jc}}}{\sum_{il} e^{b_{il}}},

with independent normal `r` and `b`. Their averages change nothing: without these they are normal
difficulties and spacings that add up to zero. What is sampled are contrasts, as many as there are
differences (`helmert`), with the same independent normal distributions: an average of which nothing
but its prior is known would vary a dozen times as much as what ratings tell.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.linalg import helmert
from scipy.special import log_ndtr

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions.completion import (
    Completion,
    Moments,
    Named,
    OfRatings,
    Places,
)
from bayes_alliance.collapsed.completions.latent import by_child
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Floats2,
    Given,
    Integers1,
    Integers2,
    Point,
    Seats,
)
from bayes_alliance.collapsed.priors import Coordinate, of_number
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers

DIFFICULTY, SPACING = "item_difficulty", "item_spacing"
ROOT_HALF = math.sqrt(0.5)
DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
FAR = -25.0  # below, probabilities of a normal variable are taken by their first asymptotic term
ENDLESS = 1e100  # beyond every step, and finite, because its derivatives are 0 times this


class Items(NamedTuple):
    """Responses by informant, item and response; constant."""

    difficulty: Integers2  # (K, J - 1) place of contrasts of `r` among all coordinates
    spacing: Integers2  # (K, J (C - 2) - 1) of contrasts of `b`
    of_item: Floats2  # (J, J - 1) what contrasts add to each item's `r`
    of_gap: Floats2  # (J (C - 2), J (C - 2) - 1) to each gap's `b`, item by item
    span: Floats1  # (1,) what the gaps of an informant's items add up to
    start: Integers1  # (K J C + 1,) responses of this value, item and informant
    rating: Integers1  # (responses,) number of the rating among those with a latent value
    # Scratch, of one informant: what contrasts add up to, and derivatives by it.
    middle: Floats2  # (2, J)
    gap: Floats2  # (2, J (C - 2))


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
def complete(own: Items, seats: Seats, given: Given, point: Point) -> float:
    """Log density of all responses; its derivatives need the same probabilities."""
    total = 0.0
    n_informants, n_items = len(own.difficulty), len(own.of_item)
    n_gaps = len(own.of_gap) // max(n_items, 1)
    middle, by_middle, gap, by_gap = own.middle[0], own.middle[1], own.gap[0], own.gap[1]
    for k in range(n_informants):
        _add_up(own.difficulty[k], own.of_item, point, middle)
        _add_up(own.spacing[k], own.of_gap, point, gap)
        whole, inside = 0.0, 0.0
        for i in range(n_items * n_gaps):
            gap[i] = math.exp(gap[i])
            whole += gap[i]
        for i in range(n_items * n_gaps):
            gap[i] *= own.span[0] / whole
        for j in range(n_items):
            width = 0.0
            for i in range(j * n_gaps, (j + 1) * n_gaps):
                width += gap[i]
            loading, by_loading = point.loading[k, j], 0.0
            low, high = -ENDLESS, middle[j] - 0.5 * width
            # By the step that is now the upper one, and by all steps before it.
            by_step, by_steps = 0.0, 0.0
            for x in range(n_gaps + 2):
                group, by_upper = (k * n_items + j) * (n_gaps + 2) + x, 0.0
                for m in range(own.start[group], own.start[group + 1]):
                    z = point.latent[own.rating[m]]
                    log_p, by_low, by_high = between(loading * (low - z), loading * (high - z))
                    total += log_p
                    point.by_latent[own.rating[m]] -= loading * (by_low + by_high)
                    by_loading += by_low * (low - z) + by_high * (high - z)
                    by_step += loading * by_low
                    by_upper += loading * by_high
                by_steps += by_step
                by_step, low = by_upper, high
                if 0 < x <= n_gaps:
                    by_gap[j * n_gaps + x - 1] = -by_steps
                high = high + gap[j * n_gaps + x] if x < n_gaps else ENDLESS
            point.by_loading[k, j] += by_loading
            by_middle[j] = by_steps
            for i in range(j * n_gaps, (j + 1) * n_gaps):
                # A gap moves the steps above it, and all steps of the item by half of it.
                by_gap[i] += 0.5 * by_steps
                inside += gap[i] / own.span[0] * by_gap[i]
        for i in range(n_items * n_gaps):
            by_gap[i] = gap[i] * (by_gap[i] - inside)
        _add_back(own.difficulty[k], own.of_item, by_middle, point)
        _add_back(own.spacing[k], own.of_gap, by_gap, point)
    return total


@njit(**COMPILED)
def _add_up(places: Integers, matrix: Floats, point: Point, out: Floats) -> None:
    """What contrasts at their places add to each item or gap."""
    for i in range(len(matrix)):
        total = 0.0
        for c in range(len(places)):
            total += matrix[i, c] * point.values[places[c]]
        out[i] = total


@njit(**COMPILED)
def _add_back(places: Integers, matrix: Floats, by: Floats, point: Point) -> None:
    """Derivatives by contrasts, given those by what they add up to."""
    for c in range(len(places)):
        total = 0.0
        for i in range(len(matrix)):
            total += matrix[i, c] * by[i]
        point.by_values[places[c]] = total


@njit(**COMPILED)
def differentiate(own: Items, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """Nothing is left to do."""


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Contrasts of difficulties, then of spacings, each of all informants."""
    if (items := design.items) is None:
        return
    n_items = len(items.names)
    for key, n in ((DIFFICULTY, n_items), (SPACING, n_items * (len(items.steps) - 1))):
        prior = of_numbers(spec.priors[key])
        for contrast in range(1, n):
            for informant in design.informants:
                yield of_number(f"{key}[{contrast},{informant}]", key, prior, factor=1.0)


def _parted[T: (np.int64, np.float64)](
    design: Design, numbers: NDArray[T]
) -> tuple[NDArray[T], NDArray[T]]:
    """Contrasts of difficulties (..., J - 1, K) and of spacings (..., J (C - 2) - 1, K)."""
    items, n_informants = design.items, len(design.informants)
    n = 0 if items is None else (len(items.names) - 1) * n_informants
    shape = (*numbers.shape[:-1], -1, n_informants)
    return numbers[..., :n].reshape(shape), numbers[..., n:].reshape(shape)


def contrasts(n: int) -> Floats:
    """Orthonormal columns, shape (n, n - 1), that each add up to zero."""
    return np.ascontiguousarray(helmert(n).T) if n else np.zeros((0, 0))


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Items:
    """Responses in the order in which their steps are gone through."""
    difficulty, spacing = (part.T.copy() for part in _parted(design, places.own))
    span, start = np.zeros(0), np.zeros(1, dtype=np.int64)
    rating, n_items, n_gaps = np.zeros(0, dtype=np.int64), 0, 0
    if (items := design.items) is not None:
        n_items, n_values = len(items.names), len(items.steps) + 1
        n_gaps = n_items * (n_values - 2)
        span = np.array([2.0 * items.outermost * n_items])
        number = np.empty(design.present.shape, dtype=np.int64)
        number[by_child(design)] = np.arange(design.n_ratings)
        row, informant, item, response = items.answered()
        group = (informant * n_items + item) * n_values + response
        counts = np.bincount(group, minlength=len(design.informants) * n_items * n_values)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rating = number[row, informant][np.argsort(group, kind="stable")]
    return Items(
        difficulty=difficulty,
        spacing=spacing,
        of_item=contrasts(n_items),
        of_gap=contrasts(n_gaps),
        span=span,
        start=start,
        rating=rating,
        middle=np.zeros((2, n_items)),
        gap=np.zeros((2, n_gaps)),
    )


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


def moments(design: Design, values: Floats) -> Named:
    """Steps of all items, in points of an item."""
    if (items := design.items) is None:
        return {}
    difficulty, spacing = _parted(design, values)
    n_items = len(items.names)
    middle = contrasts(n_items) @ difficulty
    weight = np.exp(contrasts(n_items * (len(items.steps) - 1)) @ spacing)
    gap = 2.0 * items.outermost * n_items * weight / weight.sum(axis=-2, keepdims=True)
    gap = gap.reshape(*gap.shape[:-2], n_items, -1, gap.shape[-1])
    first = middle[..., None, :] - 0.5 * gap.sum(axis=-2, keepdims=True)
    step = np.concatenate([first, first + np.cumsum(gap, axis=-2)], axis=-2)
    return {"item_threshold": (("item", "step", "informant"), items.middle + items.half * step)}


ITEMS = Completion(
    own=Items,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    scratch=("middle", "gap"),
    moments=moments,
    of_ratings=of_ratings,
    observes=True,
)
