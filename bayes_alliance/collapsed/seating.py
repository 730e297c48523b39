"""Who shares the matrix algebra: children with the same occasions and informants.

The precision of a child's growth coefficients depends only on *when* and *by whom* the child was
rated, not on the ratings. Children who agree in both are of one pattern and share every matrix
factorisation. Patterns are dealt out in stacks of a few children, and eight stacks side by side
form a chunk, the unit the processor works on at once (`kernel.arrays`). How many children a stack
may hold balances repeated matrix algebra against lanes that stand idle.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.assumed import Assumed
from bayes_alliance.collapsed.kernel.arrays import Seats
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.kernel.memory import aligned
from bayes_alliance.design import Design


@dataclass(frozen=True, kw_only=True, eq=False)
class Seating:
    """Where each child and each of its occasions is among the kernel's arrays.

    Parameters
    ----------
    chunk, round, lane : array of int, shape (n_children,)
        A round holds at most one child per lane; rounds are numbered through all chunks.
    slot, cell, row_lane : array of int, shape (R,)
        Of each occasion.
    """

    seats: Seats
    chunk: Integers
    round: Integers
    lane: Integers
    slot: Integers
    cell: Integers
    row_lane: Integers


def seat(
    design: Design,
    *,
    alone: bool = False,
    related: bool = False,
    assumed: Assumed | None = None,
) -> Seating:
    """Find patterns and deal children out to chunks, rounds and lanes.

    Parameters
    ----------
    alone : bool
        Let every child be a pattern of its own.
    related : bool
        Let children of a pattern have been rated at the same times.
    assumed : Assumed, optional
        Whose design this is.
    """
    sets, row_set = np.unique(design.present, axis=0, return_inverse=True)
    row_set = 1 + row_set.ravel()
    sets = np.concatenate([np.zeros((1, len(design.informants)), dtype=bool), sets])
    pattern, position = _patterns(design, row_set, related=related)
    parent = design.levels[0].parent if design.levels else np.zeros_like(pattern)
    if alone:
        pattern = np.argsort(np.argsort(parent, kind="stable"))
    n_occasions = np.bincount(design.occasion_child, minlength=len(pattern))
    chunk, round_, lane, n_rounds = _dealt_out(design, pattern, parent, n_occasions)
    round_start = _starts(n_rounds)
    n_cells = np.zeros(len(n_rounds), dtype=np.int64)
    np.maximum.at(n_cells, chunk, n_occasions)
    cell_start, slot_start = _starts(n_cells), _starts(np.repeat(n_cells, n_rounds))

    row_lane = lane[design.occasion_child]
    cell = cell_start[chunk[design.occasion_child]] + position
    present = design.present.astype(np.float64)
    informant_set, rated, basis, when = (
        in_lanes(values, cell, row_lane, int(cell_start[-1]))
        for values in (row_set, present, design.basis, design.scaled_time)
    )
    seated = in_lanes(np.ones(len(lane)), round_, lane, int(round_start[-1]))
    n_children = aligned(len(n_rounds), LANES)
    np.add.at(n_children, (chunk, lane), 1.0)
    seats = Seats(
        round_start=round_start,
        cell_start=cell_start,
        slot_start=slot_start,
        informant_set=informant_set.astype(np.int64),
        rated=rated,
        basis=basis,
        when=when if related else when[:0],
        parent=in_lanes(parent, round_, lane, int(round_start[-1])).astype(np.int64),
        n_seated=np.bincount(round_, minlength=round_start[-1]).astype(np.int64),
        seated=seated,
        n_children=n_children,
        sets=sets.astype(np.int64),
        **_of_copies(assumed, round_, lane, row_set),
    )
    return Seating(
        seats=seats,
        chunk=chunk,
        round=round_,
        lane=lane,
        slot=slot_start[round_[design.occasion_child]] + position,
        cell=cell,
        row_lane=row_lane,
    )


def _dealt_out(
    design: Design, pattern: Integers, parent: Integers, n_occasions: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """Chunk, round and lane of every child, and rounds of every chunk."""
    counts = np.bincount(pattern)
    most = _children_per_stack(counts, design)
    n_stacks = -(-counts // most)
    stack_pattern = np.repeat(np.arange(len(counts)), n_stacks)
    first_stack = np.cumsum(n_stacks) - n_stacks
    nth_stack = np.arange(len(stack_pattern)) - first_stack[stack_pattern]
    split = n_stacks[stack_pattern]
    stack_size = (counts[stack_pattern] + split - 1 - nth_stack) // split

    # Neighbours in memory have neighbouring therapists, whose boxes then stay in the cache.
    order = np.lexsort((parent, pattern))
    nth_child = np.empty(len(pattern), dtype=np.int64)
    nth_child[order] = np.arange(len(pattern)) - np.repeat(np.cumsum(counts) - counts, counts)

    # Fullest stacks first, then most occasions, so that few lanes and cells of a chunk stand empty.
    occasions_of_pattern = np.zeros(len(counts), dtype=np.int64)
    occasions_of_pattern[pattern] = n_occasions
    place_of_stack = np.empty(len(stack_pattern), dtype=np.int64)
    by_size = np.lexsort((stack_pattern, -occasions_of_pattern[stack_pattern], -stack_size))
    place_of_stack[by_size] = np.arange(len(stack_pattern))
    place = place_of_stack[first_stack[pattern] + nth_child % n_stacks[pattern]]
    chunk, lane = np.divmod(place, LANES)

    n_rounds = stack_size[by_size][::LANES]
    round_ = _starts(n_rounds)[chunk] + nth_child // n_stacks[pattern]
    return chunk, round_, lane, n_rounds


def _of_copies(
    assumed: Assumed | None, round_: Integers, lane: Integers, row_set: Integers
) -> dict[str, Any]:
    """What is assumed of those who sit where, and occasions of a set: copies share theirs."""
    if assumed is None:
        none = np.zeros(0, dtype=np.int64)
        return {
            "n_occasions": np.bincount(row_set).astype(np.float64),
            "group_start": np.zeros(1, dtype=np.int64),
            "assumed": none.reshape(0, LANES),
            "unit_assumed": none,
        }
    by_seat = np.full((1 + round_.max(), LANES), -1, dtype=np.int64)
    by_seat[round_, lane] = assumed.of_child
    return {
        "n_occasions": np.bincount(row_set, assumed.counted),
        "group_start": assumed.group_start,
        "assumed": by_seat,
        "unit_assumed": assumed.of_unit,
    }


def in_lanes(values: Floats | Integers, place: Integers, lane: Integers, n: int) -> Floats:
    """Values (m, ...) at their places and lanes, shape (n, ..., 8), zero elsewhere.

    There may be more places than values: occasions without ratings come last.
    """
    out = aligned(n, *values.shape[1:], LANES)
    out[(place[: len(values)], ..., lane[: len(values)])] = values
    return out


def rows_by_informants(design: Design) -> Iterator[tuple[Integers, Integers]]:
    """Occasions at which the same informants rated, and these informants."""
    sets, row_set = np.unique(design.present, axis=0, return_inverse=True)
    for number, members in enumerate(sets):
        yield np.flatnonzero(row_set.ravel() == number), np.flatnonzero(members)


def _starts(lengths: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _patterns(design: Design, row_set: Integers, *, related: bool) -> tuple[Integers, Integers]:
    """Pattern of each child, and position of each occasion among those of its child's pattern.

    Patterns are equal where the sets of informants, growth bases, and covariates that residuals
    scatter by are equal at all occasions; of related occasions, also their times.
    """
    code = row_set
    times = (design.scaled_time,) if related else ()
    for column in (*design.basis.T, *design.residual_x.T, *times):
        values, _ = pd.factorize(column)
        code, _ = pd.factorize(code * (values.max(initial=0) + 1) + values)
    n_children, child = len(design.children), design.occasion_child
    order = np.lexsort((code, child))
    counts = np.bincount(child, minlength=n_children)
    position = np.empty(len(child), dtype=np.int64)
    position[order] = np.arange(len(child)) - np.repeat(np.cumsum(counts) - counts, counts)
    occasions = np.full((n_children, counts.max(initial=0)), -1, dtype=np.int32)
    occasions[child, position] = code
    if occasions.shape[1] == 0:
        return np.zeros(n_children, dtype=np.int64), position
    _, pattern = np.unique(occasions, axis=0, return_inverse=True)
    return pattern.ravel().astype(np.int64), position


def _children_per_stack(counts: Integers, design: Design) -> int:
    """Children per stack at which the estimated work is least.

    A chunk costs its matrix algebra once (``cost_ratio``) and one unit per round of children.
    """
    cost_ratio = 0.75 * max(len(design.child_terms), len(design.terms) / 2)
    largest = int(counts.max())
    candidates = sorted({min(largest, size) for size in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)})
    cost = []
    for size in candidates:
        n_stacks = -(-counts // size)
        fullest = np.sort(np.repeat(-(-counts // n_stacks), n_stacks))[::-1]
        cost.append(float((cost_ratio + fullest[::LANES]).sum()))
    return candidates[int(np.argmin(cost))]
