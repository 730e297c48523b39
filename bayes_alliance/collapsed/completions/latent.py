r"""A value behind every rating, of which the rating is a measurement with scatter of its own.

Ratings that are totals of items, or points counted on a scale, are not normal. Behind each stands a
value, normal as other ratings are, given which the rating has a law of its own (`items`, `points`).
How values come about is in `values`, what a rating tells of its own in `pseudo`; here are their
coordinates, loadings of items among them. With these, pseudo ratings stretch around the informant's
average: times the loadings, values are what responses tell. How long a unit of the scale is they
tell less well where few of them lie at an end, and without this all values of an informant would
have to stretch together.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.blocks import blocks_of
from bayes_alliance.collapsed.completions.completion import Completion, Moments, Named, Places
from bayes_alliance.collapsed.completions.pseudo import TYPICAL, pseudo_ratings
from bayes_alliance.collapsed.completions.values import Values
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Given, Point, Seats
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes
from bayes_alliance.collapsed.kernel.memory import aligned, nothing
from bayes_alliance.collapsed.priors import Coordinate, of_number, standard_normal
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers

LOADING = "item_loading"
# What the compiled part writes, a number for each rating.
BY_CELL = (
    *("residual_noise", "rating_noise", "error", "less_noise", "residual", "own_variance", "own"),
    *("alpha", "value", "by_value", "by_error"),
)


@njit(**COMPILED)
def complete(own: Values, seats: Seats, given: Given, point: Point) -> float:
    """Write loadings; put pseudo ratings in the place of ratings."""
    n_items = own.loading.shape[1]
    for k in range(len(own.length)):
        log_length = 0.0
        for j in range(n_items):
            loading = point.values[own.loading[k, j]]
            point.loading[k, j] = loading
            point.by_loading[k, j] = 0.0
            log_length -= math.log(loading / TYPICAL) / n_items
        own.length[k] = math.exp(log_length)
    pseudo, y, error, rated = (
        lanes(own.pseudo),
        lanes(own.y),
        lanes(given.error),
        lanes(seats.rated),
    )
    for cell in range(pseudo.shape[0]):
        for k in range(pseudo.shape[1]):
            away = own.length[k] * (pseudo[cell, k] - own.average[k])
            error[cell, k] += rated[cell, k] * (own.average[k] + away - y[cell, k])
    return 0.0


@njit(**COMPILED)
def differentiate(own: Values, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """By loadings."""
    n_items = own.loading.shape[1]
    for k in range(len(own.length)):
        for j in range(n_items):
            by_length = own.by_length[k].sum() / (n_items * point.loading[k, j])
            by_loading = point.by_loading[k, j] - by_length
            point.by_values[own.loading[k, j]] += by_loading


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Loadings of items, where there are any, item by item; then noise.

    Of units above the children level by level, of children, of occasions, of ratings.
    """
    if design.n_latent == 0:
        return
    if (items := design.items) is not None:
        prior = of_numbers(spec.priors[LOADING])
        for item in items.names:
            for informant in design.informants:
                own = of_number(f"{LOADING}[{item},{informant}]", LOADING, prior, factor=1.0)
                # A number this far above 0 is its coordinate times the unit.
                yield replace(own, start=TYPICAL / own.unit)
    children, *above = blocks_of(design)
    for block, level in zip(above, design.levels, strict=True):
        for label in level.labels:
            yield from _noise(label, len(block.columns))
    for child in _rated(design):
        yield from _noise(design.children[child], len(children.columns))
    for child, time in zip(design.occasion_child, design.occasion_time, strict=True):
        yield from _noise(f"{design.children[child]}, {time:g}", len(design.informants))
    for label in design.rating_labels(*by_child(design)):
        yield from _noise(label, 1)


def _noise(of: str, n: int) -> Iterator[Coordinate]:
    for number in range(n):
        yield standard_normal(f"noise[{of}, {number + 1}]", "latent")


def by_child(design: Design) -> tuple[Integers, Integers]:
    """Row and informant of all ratings, those of a child together."""
    row, informant = np.nonzero(design.present)
    order = np.argsort(design.occasion_child[row], kind="stable")
    return row[order], informant[order]


def _rated(design: Design) -> Integers:
    """Children with ratings."""
    return np.unique(design.occasion_child[np.nonzero(design.present)[0]])


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Values:
    """Where the ratings sit, those of a child together."""
    if not len(places.own):
        empty: Values = nothing(Values)
        return empty
    row, informant = by_child(design)
    blocks, rated, n_informants = blocks_of(design), _rated(design), len(design.informants)
    n_units = [len(level.labels) for level in design.levels]
    columns = [len(block.columns) for block in blocks]
    of_units = np.repeat(columns[1:], n_units).astype(np.int64)
    n_loadings = 0 if design.items is None else len(design.items.names) * n_informants
    sizes = (n_loadings, int(of_units.sum()), columns[0] * len(rated), n_informants * len(design.y))
    loading, unit, child, occasion, own = np.split(places.own, np.cumsum(sizes))
    pseudo, variance = pseudo_ratings(design, row, informant)
    totals = np.bincount(informant, weights=pseudo, minlength=n_informants)
    q, e = len(design.terms), max((len(b.terms) for b in blocks[1:]), default=0)
    n_cells, m = int(seating.seats.cell_start[-1]), max(columns)
    cell, lane = seating.cell[row], seating.row_lane[row]

    def by_cell(values: Floats, absent: float) -> Floats:
        out = aligned(n_cells, n_informants, LANES)
        out[:] = absent
        out[cell, informant, lane] = values
        return out

    scratch = {name: aligned(n_cells, n_informants, LANES) for name in BY_CELL}
    return Values(
        child_noise=child[:1].sum() + columns[0] * np.arange(len(rated)),
        child_chunk=seating.chunk[rated],
        child_lane=seating.lane[rated],
        unit_noise=unit[:1].sum() + np.cumsum(of_units) - of_units,
        occasion_noise=occasion[::n_informants].copy(),
        occasion_cell=seating.cell,
        occasion_lane=seating.row_lane,
        own_noise=own,
        informant=informant,
        cell=cell,
        lane=lane,
        y=by_cell(design.y[row, informant], 0.0),
        pseudo=by_cell(pseudo, 0.0),
        variance=by_cell(variance, 1.0),
        average=totals / np.maximum(np.bincount(informant, minlength=n_informants), 1),
        center=design.center,
        spread=design.spread,
        loading=loading.reshape(-1, n_informants).T.copy(),
        length=np.ones(n_informants),
        by_length=aligned(n_informants, LANES),
        effect_noise=aligned(len(seating.seats.n_children), m, LANES),
        scaled=aligned(n_informants, LANES),
        theta=aligned(2, q, LANES),
        by_root=aligned(q, m, LANES),
        by_residual_root=aligned(n_informants, n_informants, LANES),
        effect=np.zeros((len(of_units), e)),
        by_effect=np.zeros((len(of_units), e)),
        **scratch,
    )


def moments(design: Design, values: Floats) -> Named:
    """Loadings of items, where there are any; the values follow from noise."""
    if (items := design.items) is None or not values.shape[-1]:
        return {}
    n_informants = len(design.informants)
    loading = values[..., : n_informants * len(items.names)]
    shape = (*values.shape[:-1], len(items.names), n_informants)
    return {LOADING: (("item", "informant"), loading.reshape(shape))}


def add_to_errors(design: Design, moments: Moments, error: Floats) -> None:
    """Put values in the place of ratings, where it is known what stands behind these."""
    if "latent" in moments:
        error[:, design.present] += moments["latent"] - design.y[design.present]


def error_variances(design: Design, moments: Moments) -> Floats:
    """Variances of the errors of pseudo ratings at one draw, shape (R, K); 0 where none is.

    Parameters
    ----------
    moments : mapping
        With one leading dim of length 1; with loadings of items, where there are any.
    """
    row, informant = np.nonzero(design.present)
    out = np.zeros(design.present.shape)
    out[row, informant] = pseudo_ratings(design, row, informant)[1]
    if LOADING in moments:
        out /= np.exp(2.0 * np.log(moments[LOADING][0] / TYPICAL).mean(axis=0))
    return out


LATENT = Completion(
    own=Values,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    scratch=(
        *BY_CELL,
        *("length", "by_length", "effect_noise", "scaled", "theta", "by_root", "by_residual_root"),
        *("effect", "by_effect"),
    ),
    moments=moments,
    add_to_errors=add_to_errors,
    alone=True,
)
