r"""A value behind every rating, of which the rating is a measurement with scatter of its own.

Ratings that are totals of items, or points counted on a scale, are not normal. Behind each stands a
value, normal as other ratings are, given which the rating has a law of its own (`items`, `points`).
How values come about is in `values`, what a rating tells of its own in `pseudo`; here are the
coordinates of their noise, and what pseudo ratings are where items are not typical: responses then
tell another value, about as precisely, and pseudo ratings move as it does. Without this, all values
of an informant would have to move against their noise whenever a step or a loading does.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.blocks import blocks_of
from bayes_alliance.collapsed.completions.by_child import by_child, responses
from bayes_alliance.collapsed.completions.completion import Completion, Moments, Places
from bayes_alliance.collapsed.completions.item_parameters import LOADING
from bayes_alliance.collapsed.completions.pseudo import (
    TYPICAL,
    pseudo_ratings,
    slopes_by_items,
    typical_steps,
)
from bayes_alliance.collapsed.completions.values import Values
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Given, Point, Seats
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes
from bayes_alliance.collapsed.kernel.memory import aligned, nothing
from bayes_alliance.collapsed.priors import Coordinate, standard_normal
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec

# What the compiled part writes, a number for each rating.
BY_CELL = (
    *("residual_noise", "rating_noise", "residual", "own_variance", "own", "error", "less_noise"),
    *("pseudo", "moved", "by_pseudo", "alpha", "value", "by_value", "by_error"),
)


@njit(**COMPILED)
def complete(own: Values, seats: Seats, given: Given, point: Point) -> float:
    """Put pseudo ratings in the place of ratings."""
    if len(own.pseudo) == 0:
        return 0.0
    n_items = point.loading.shape[1]
    for k in range(len(own.length)):
        log_length = 0.0
        for j in range(n_items):
            log_length -= math.log(point.loading[k, j] / TYPICAL) / n_items
        own.length[k] = math.exp(log_length)
    _move(own, point)
    pseudo, typical, y = lanes(own.pseudo), lanes(own.typical), lanes(own.y)
    moved, error, rated = lanes(own.moved), lanes(given.error), lanes(seats.rated)
    for cell in range(pseudo.shape[0]):
        for k in range(pseudo.shape[1]):
            pseudo[cell, k] = typical[cell, k] + moved[cell, k]
            error[cell, k] += rated[cell, k] * (pseudo[cell, k] - y[cell, k])
    return 0.0


@njit(**COMPILED)
def _move(own: Values, point: Point) -> None:
    """How far pseudo ratings are from those of typical items."""
    if len(own.slopes) == 0:
        return
    move = own.move
    move[:] = 0.0
    n_informants, n_items, n_steps = point.step.shape
    for k in range(n_informants):
        for j in range(n_items):
            log_ratio = math.log(point.loading[k, j] / TYPICAL)
            for x in range(n_steps + 1):
                group, below, above = (k * n_items + j) * (n_steps + 1) + x, 0.0, 0.0
                if x > 0:
                    below = point.step[k, j, x - 1] - own.typical_step[x - 1]
                if x < n_steps:
                    above = point.step[k, j, x] - own.typical_step[x]
                for m in range(own.start[group], own.start[group + 1]):
                    by_steps = own.slopes[m, 0] * below + own.slopes[m, 1] * above
                    move[own.rating[m]] += by_steps + own.slopes[m, 2] * log_ratio
    for r in range(len(move)):
        own.moved[own.cell[r], own.informant[r], own.lane[r]] = move[r]


@njit(**COMPILED)
def differentiate(own: Values, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """By steps and loadings."""
    if len(own.slopes) == 0:
        return
    by_move = own.move
    for r in range(len(by_move)):
        by_move[r] = own.by_pseudo[own.cell[r], own.informant[r], own.lane[r]]
    n_informants, n_items, n_steps = point.step.shape
    for k in range(n_informants):
        of_length = own.by_length[k].sum() / n_items
        for j in range(n_items):
            by_log_ratio = -of_length
            for x in range(n_steps + 1):
                group, by_below, by_above = (k * n_items + j) * (n_steps + 1) + x, 0.0, 0.0
                for m in range(own.start[group], own.start[group + 1]):
                    of_rating = by_move[own.rating[m]]
                    by_below += own.slopes[m, 0] * of_rating
                    by_above += own.slopes[m, 1] * of_rating
                    by_log_ratio += own.slopes[m, 2] * of_rating
                if x > 0:
                    point.by_step[k, j, x - 1] += by_below
                if x < n_steps:
                    point.by_step[k, j, x] += by_above
            point.by_loading[k, j] += by_log_ratio / point.loading[k, j]


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Noise of units above the children level by level, of children, of occasions, of ratings."""
    if design.n_latent == 0:
        return
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
    sizes = (int(of_units.sum()), columns[0] * len(rated), n_informants * len(design.y))
    unit, child, occasion, own = np.split(places.own, np.cumsum(sizes))
    pseudo, variance = pseudo_ratings(design, row, informant)
    q, e = len(design.terms), max((len(b.terms) for b in blocks[1:]), default=0)
    n_cells, m = int(seating.seats.cell_start[-1]), max(columns)
    cell, lane = seating.cell[row], seating.row_lane[row]

    def by_cell(values: Floats, absent: float) -> Floats:
        out = aligned(n_cells, n_informants, LANES)
        out[:] = absent
        out[cell, informant, lane] = values
        return out

    scratch: dict[str, Any] = {name: aligned(n_cells, n_informants, LANES) for name in BY_CELL}
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
        typical=by_cell(pseudo, 0.0),
        variance=by_cell(variance, 1.0),
        **_items(design, row, informant),
        center=design.center,
        spread=design.spread,
        length=np.ones(n_informants),
        by_length=aligned(n_informants, LANES),
        only=np.zeros(1),
        effect_noise=aligned(len(seating.seats.n_children), m, LANES),
        scaled=aligned(n_informants, LANES),
        theta=aligned(2, q, LANES),
        by_root=aligned(q, m, LANES),
        by_residual_root=aligned(n_informants, n_informants, LANES),
        effect=np.zeros((len(of_units), e)),
        by_effect=np.zeros((len(of_units), e)),
        **scratch,
    )


def _items(design: Design, row: Integers, informant: Integers) -> dict[str, Any]:
    """What moves pseudo ratings, where there are items."""
    if design.items is None:
        none = np.zeros(0, dtype=np.int64)
        return {
            "start": none,
            "rating": none,
            "slopes": np.zeros((0, 3)),
            "typical_step": np.zeros(0),
            "move": np.zeros(0),
        }
    start, rating, item = responses(design)
    slopes = slopes_by_items(design, row, informant)[rating, item]
    return {
        "start": start,
        "rating": rating,
        "slopes": np.ascontiguousarray(slopes),
        "typical_step": typical_steps(design.items),
        "move": np.zeros(len(row)),
    }


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
    # All that compiled functions write, and what is asked of them.
    scratch=Values._fields[Values._fields.index("only") :],
    add_to_errors=add_to_errors,
    alone=True,
)
