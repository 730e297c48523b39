r"""How closely items follow the value behind a rating, and where the steps between responses lie.

What the scale behind items is, its zero and its unit, is fixed by the steps alone, as in Liddell
and Kruschke (2018): over the items of an informant the first steps lie half a point above the
lowest response on average, the last half a point below the highest, in units of the scale at
:math:`\mp a`. So

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
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.linalg import helmert

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions.completion import Completion, Named, Places
from bayes_alliance.collapsed.completions.pseudo import TYPICAL
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Floats2,
    Given,
    Integers2,
    Point,
    Seats,
)
from bayes_alliance.collapsed.priors import Coordinate, of_number
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers

LOADING, DIFFICULTY, SPACING = "item_loading", "item_difficulty", "item_spacing"


class ItemParameters(NamedTuple):
    """Loadings, and contrasts between items and between their gaps; constant."""

    loading: Integers2  # (K, J) place among all coordinates
    difficulty: Integers2  # (K, J - 1) place of contrasts of `r` among all coordinates
    spacing: Integers2  # (K, J (C - 2) - 1) of contrasts of `b`
    of_item: Floats2  # (J, J - 1) what contrasts add to each item's `r`
    of_gap: Floats2  # (J (C - 2), J (C - 2) - 1) to each gap's `b`, item by item
    span: Floats1  # (1,) what the gaps of an informant's items add up to
    # Scratch: what contrasts add up to, and derivatives by it.
    middle: Floats2  # (2, J)
    gap: Floats2  # (K, J (C - 2))
    by_gap: Floats1  # (J (C - 2),)


@njit(**COMPILED)
def complete(own: ItemParameters, seats: Seats, given: Given, point: Point) -> float:
    """Write loadings and steps, in units of the scale."""
    n_items = len(own.of_item)
    n_gaps, middle = len(own.of_gap) // max(n_items, 1), own.middle[0]
    point.by_step[:] = 0.0
    point.by_loading[:] = 0.0
    for k in range(len(own.difficulty)):
        gap = own.gap[k]
        _add_up(own.difficulty[k], own.of_item, point, middle)
        _add_up(own.spacing[k], own.of_gap, point, gap)
        total = 0.0
        for i in range(n_items * n_gaps):
            gap[i] = math.exp(gap[i])
            total += gap[i]
        for i in range(n_items * n_gaps):
            gap[i] *= own.span[0] / total
        for j in range(n_items):
            width = 0.0
            for i in range(j * n_gaps, (j + 1) * n_gaps):
                width += gap[i]
            point.loading[k, j] = point.values[own.loading[k, j]]
            step = middle[j] - 0.5 * width
            point.step[k, j, 0] = step
            for c in range(n_gaps):
                step += gap[j * n_gaps + c]
                point.step[k, j, c + 1] = step
    return 0.0


@njit(**COMPILED)
def differentiate(own: ItemParameters, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """By loadings and contrasts."""
    n_items = len(own.of_item)
    n_gaps, by_middle, by_gap = len(own.of_gap) // max(n_items, 1), own.middle[1], own.by_gap
    for k in range(len(own.difficulty)):
        gap, inside = own.gap[k], 0.0
        for j in range(n_items):
            point.by_values[own.loading[k, j]] += point.by_loading[k, j]
            total = point.by_step[k, j, 0]
            for c in range(n_gaps):
                total += point.by_step[k, j, c + 1]
            by_middle[j] = total
            # A gap moves the steps above it, and all steps of the item by half of it.
            above = total
            for c in range(n_gaps):
                above -= point.by_step[k, j, c]
                i = j * n_gaps + c
                by_gap[i] = above - 0.5 * total
                inside += gap[i] / own.span[0] * by_gap[i]
        for i in range(n_items * n_gaps):
            by_gap[i] = gap[i] * (by_gap[i] - inside)
        _add_back(own.difficulty[k], own.of_item, by_middle, point)
        _add_back(own.spacing[k], own.of_gap, by_gap, point)


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


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Loadings, contrasts of difficulties and contrasts of spacings, each of all informants."""
    if (items := design.items) is None:
        return
    prior = of_numbers(spec.priors[LOADING])
    for item in items.names:
        for informant in design.informants:
            own = of_number(f"{LOADING}[{item},{informant}]", LOADING, prior, factor=1.0)
            # A number this far above 0 is its coordinate times the unit.
            yield replace(own, start=TYPICAL / own.unit)
    n_items = len(items.names)
    for key, n in ((DIFFICULTY, n_items), (SPACING, n_items * (len(items.steps) - 1))):
        prior = of_numbers(spec.priors[key])
        for contrast in range(1, n):
            for informant in design.informants:
                yield of_number(f"{key}[{contrast},{informant}]", key, prior, factor=1.0)


def _parted[T: (np.int64, np.float64)](
    design: Design, numbers: NDArray[T]
) -> tuple[NDArray[T], NDArray[T], NDArray[T]]:
    """Loadings (..., J, K), contrasts of difficulties (..., J - 1, K) and spacings, likewise."""
    items, n_informants = design.items, len(design.informants)
    n_items = 0 if items is None else len(items.names)
    shape = (*numbers.shape[:-1], -1, n_informants)
    parts = np.split(numbers, np.cumsum([n_items, max(n_items - 1, 0)]) * n_informants, axis=-1)
    loading, difficulty, spacing = (part.reshape(shape) for part in parts)
    return loading, difficulty, spacing


def n_loadings(design: Design) -> int:
    """How many of the coordinates, the first, are those of loadings."""
    return 0 if design.items is None else len(design.items.names) * len(design.informants)


def contrasts(n: int) -> Floats:
    """Orthonormal columns, shape (n, n - 1), that each add up to zero."""
    return np.ascontiguousarray(helmert(n).T) if n else np.zeros((0, 0))


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> ItemParameters:
    """Where contrasts are, and what they contrast."""
    loading, difficulty, spacing = (part.T.copy() for part in _parted(design, places.own))
    span, n_items, n_gaps = np.zeros(0), 0, 0
    if (items := design.items) is not None:
        n_items = len(items.names)
        n_gaps = n_items * (len(items.steps) - 1)
        span = np.array([2.0 * items.outermost * n_items])
    return ItemParameters(
        loading=loading,
        difficulty=difficulty,
        spacing=spacing,
        of_item=contrasts(n_items),
        of_gap=contrasts(n_gaps),
        span=span,
        middle=np.zeros((2, n_items)),
        gap=np.zeros((len(difficulty), n_gaps)),
        by_gap=np.zeros(n_gaps),
    )


def moments(design: Design, values: Floats) -> Named:
    """Loadings and steps of all items, steps in points of an item."""
    if (items := design.items) is None:
        return {}
    loading, difficulty, spacing = _parted(design, values)
    n_items = len(items.names)
    middle = contrasts(n_items) @ difficulty
    weight = np.exp(contrasts(n_items * (len(items.steps) - 1)) @ spacing)
    gap = 2.0 * items.outermost * n_items * weight / weight.sum(axis=-2, keepdims=True)
    gap = gap.reshape(*gap.shape[:-2], n_items, -1, gap.shape[-1])
    first = middle[..., None, :] - 0.5 * gap.sum(axis=-2, keepdims=True)
    step = np.concatenate([first, first + np.cumsum(gap, axis=-2)], axis=-2)
    return {
        LOADING: (("item", "informant"), loading),
        "item_threshold": (("item", "step", "informant"), items.middle + items.half * step),
    }


ITEM_PARAMETERS = Completion(
    own=ItemParameters,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    scratch=("middle", "gap", "by_gap"),
    moments=moments,
)
