r"""A value behind every rating, of which the rating itself tells with scatter of its own.

Ratings that are totals of items, or points counted on a scale, are not normal. Behind each stands a
value `z`, in units of the informant's scale, which is normal as other ratings are, and given which
the rating has a law of its own (`items`, `points`). Sampled is `v`,

.. math:: z = \bar z_k + v f_k, \qquad e \mathrel{+}= center_k + spread_k z - y,

around the informant's average rating :math:`\bar z_k`, where `y` is what `expectation` took for
the rating, and `f` is one over the geometric mean of the loadings of the informant's items, or 1.
Times these loadings, a value is what responses tell: how long a unit of the scale is they tell less
well where few of them lie at an end, and all values of an informant would have to stretch together.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions.completion import (
    Completion,
    Moments,
    Named,
    Places,
)
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Given,
    Integers1,
    Integers2,
    Point,
    Seats,
)
from bayes_alliance.collapsed.kernel.coordinates import FREE
from bayes_alliance.collapsed.priors import Coordinate, of_number
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers

LOADING = "item_loading"
TYPICAL = 2.0  # loading from which sampling starts


class Latent(NamedTuple):
    """Ratings with a value behind them, informant by informant; constant."""

    start: Integers1  # (K + 1,) ratings of an informant
    place: Integers1  # (N,) of `v` among all coordinates
    slot: Integers1  # (N,)
    lane: Integers1  # (N,)
    y: Floats1  # (N,)
    average: Floats1  # (K,) average rating, in units of the scale
    center: Floats1  # (K,)
    spread: Floats1  # (K,)
    loading: Integers2  # (K, J) place of the loadings of items among all coordinates; J may be 0


@njit(**COMPILED)
def log_length(own: Latent, k: int, point: Point) -> float:
    """`log f` of an informant."""
    n_items = own.loading.shape[1]
    total = 0.0
    for j in range(n_items):
        total -= math.log(point.values[own.loading[k, j]]) / n_items
    return total


@njit(**COMPILED)
def complete(own: Latent, seats: Seats, given: Given, point: Point) -> float:
    """Write values and loadings, and the residuals of values; `sum log f`, the Jacobian."""
    jacobian = 0.0
    for k in range(len(own.start) - 1):
        for j in range(own.loading.shape[1]):
            point.loading[k, j] = point.values[own.loading[k, j]]
            point.by_loading[k, j] = 0.0
        log_factor = log_length(own, k, point)
        factor = math.exp(log_factor)
        jacobian += (own.start[k + 1] - own.start[k]) * log_factor
        for i in range(own.start[k], own.start[k + 1]):
            z = own.average[k] + factor * point.values[own.place[i]]
            point.latent[i] = z
            point.by_latent[i] = 0.0
            moved = own.center[k] + own.spread[k] * z - own.y[i]
            given.error[own.slot[i], k, own.lane[i]] += moved
    return jacobian


@njit(**COMPILED)
def differentiate(own: Latent, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """By `v` and, through `f`, by the loadings: what ratings say and what residuals say."""
    n_items = own.loading.shape[1]
    for k in range(len(own.start) - 1):
        factor = math.exp(log_length(own, k, point))
        by_log_factor = 0.0
        for i in range(own.start[k], own.start[k + 1]):
            by_z = point.by_latent[i] + own.spread[k] * by.error[own.slot[i], k, own.lane[i]]
            point.by_values[own.place[i]] += factor * by_z
            by_log_factor += 1.0 + by_z * factor * point.values[own.place[i]]
        for j in range(n_items):
            by_loading = point.by_loading[k, j] - by_log_factor / (n_items * point.loading[k, j])
            point.by_values[own.loading[k, j]] += by_loading


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Loadings of items, where there are any, item by item, then a number for each rating."""
    if design.n_latent == 0:
        return
    items, typical = design.items, 1.0
    if items is not None:
        typical, prior = TYPICAL, of_numbers(spec.priors[LOADING])
        for item in items.names:
            for informant in design.informants:
                own = of_number(f"{LOADING}[{item},{informant}]", LOADING, prior, factor=1.0)
                # A number this far above 0 is its coordinate times the unit.
                yield replace(own, start=typical / own.unit)
    row, informants = by_informant(design)
    z, average = _ratings_in_units(design)
    # Of so many independent parts, a rating leaves about this open; it matters to the sampler only.
    parts = design.points if items is None else np.full(len(average), len(items.names))
    labels = design.rating_labels(row, informants)
    for label, k, value in zip(labels, informants, z, strict=True):
        unit = 1.0 / math.sqrt(parts[k])
        yield Coordinate(
            label=f"latent[{label}]",
            prior="latent",
            kind=FREE,
            constant=math.log(unit * design.spread[k]),
            location=typical * float(value - average[k]),
            unit=unit,
        )


def by_informant(design: Design) -> tuple[Integers, Integers]:
    """Row and informant of all ratings, one informant after the other."""
    informant, row = np.nonzero(design.present.T)
    # What `nonzero` returns are columns of one array; the kernel takes contiguous arrays.
    return row.copy(), informant.copy()


def _ratings_in_units(design: Design) -> tuple[Floats, Floats]:
    """Ratings in units of the scale, in the order of `by_informant`, and informants' averages."""
    row, informant = by_informant(design)
    z = (design.y[row, informant] - design.center[informant]) / design.spread[informant]
    counts = np.bincount(informant, minlength=len(design.informants))
    totals = np.bincount(informant, weights=z, minlength=len(design.informants))
    return z, totals / np.maximum(counts, 1)


def _n_loadings(design: Design) -> int:
    return 0 if design.items is None else len(design.items.names) * len(design.informants)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Latent:
    """Where the ratings sit, in the order of their informants."""
    row, informant = by_informant(design)
    if not len(places.own):
        row, informant = row[:0], informant[:0]
    n_informants, n_loadings = len(design.informants), _n_loadings(design)
    counts = np.bincount(informant, minlength=n_informants)
    return Latent(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        place=places.own[n_loadings:],
        slot=seating.slot[row],
        lane=seating.row_lane[row],
        y=design.y[row, informant],
        average=_ratings_in_units(design)[1],
        center=design.center,
        spread=design.spread,
        loading=places.own[:n_loadings].reshape(-1, n_informants).T.copy(),
    )


def moments(design: Design, values: Floats) -> Named:
    """Loadings, and the value behind each rating in rating points."""
    if not values.shape[-1]:
        return {}
    out: Named = {}
    n_informants, n_loadings = len(design.informants), _n_loadings(design)
    factor = np.ones((*values.shape[:-1], n_informants))
    if n_loadings:
        loading = values[..., :n_loadings].reshape(*values.shape[:-1], -1, n_informants)
        out[LOADING] = ("item", "informant"), loading
        factor = np.exp(-np.log(loading).mean(axis=-2))
    row, informant = by_informant(design)
    z = _ratings_in_units(design)[1][informant] + values[..., n_loadings:] * factor[..., informant]
    latent = design.center[informant] + design.spread[informant] * z
    out["latent"] = ("rating",), latent[..., np.lexsort((informant, row))]
    return out


def add_to_errors(design: Design, moments: Moments, error: Floats) -> None:
    """Put values in the place of ratings, where it is known what stands behind these."""
    if "latent" in moments:
        error[:, design.present] += moments["latent"] - design.y[design.present]


LATENT = Completion(
    own=Latent,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    moments=moments,
    add_to_errors=add_to_errors,
)
