"""Who shares the matrix algebra: children with the same occasions and informants.

The precision of a child's growth coefficients depends only on *when* and *by whom* the child was
rated, not on the ratings. Children who agree in both are of one pattern and share every matrix
factorisation. Patterns are dealt out in slots of a few children, and eight slots form a chunk, the
unit the processor works on at once (`lanes`). How many children a slot may hold balances repeated
matrix algebra against lanes that stand idle.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.design import Design

type Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Seating:
    """Where each child sits: its chunk, the round within the chunk, and the lane.

    Parameters
    ----------
    sets : array of bool, shape (n_sets, K)
        Sets of informants that rate at an occasion, as they occur.
    row_set : array of int, shape (R,)
        Set of each occasion.
    chunk, round, lane : array of int, shape (n_children,)
        A round holds at most one child per lane; rounds are numbered through all chunks.
    round_start : array of int, shape (n_chunks + 1,)
        First round of each chunk.
    """

    sets: NDArray[np.bool_]
    row_set: Integers
    n_patterns: int
    chunk: Integers
    round: Integers
    lane: Integers
    round_start: Integers


def seat(design: Design) -> Seating:
    """Find patterns and deal children out to chunks, rounds and lanes."""
    sets, row_set = _informant_sets(design.present)
    pattern, n_patterns = _patterns(design, row_set)
    n_terms = len(design.terms)
    counts = np.bincount(pattern, minlength=n_patterns)
    most = _children_per_slot(counts, cost_ratio=0.75 * max(len(design.child_terms), n_terms / 2))

    # Split patterns evenly into slots; fullest slots first, so that chunks waste few lanes.
    n_slots = -(-counts // most)
    slot_pattern = np.repeat(np.arange(n_patterns), n_slots)
    nth_slot = np.arange(len(slot_pattern)) - np.repeat(np.cumsum(n_slots) - n_slots, n_slots)
    slot_size = (counts[slot_pattern] + n_slots[slot_pattern] - 1 - nth_slot) // n_slots[
        slot_pattern
    ]
    seat_of_slot = np.empty(len(slot_pattern), dtype=np.int64)
    seat_of_slot[np.lexsort((slot_pattern, -slot_size))] = np.arange(len(slot_pattern))

    # Neighbours in memory have neighbouring therapists, whose nodes then stay in the cache.
    parent = design.levels[0].parent if design.levels else np.zeros_like(pattern)
    order = np.lexsort((parent, pattern))
    nth_child = np.empty(len(pattern), dtype=np.int64)
    nth_child[order] = np.arange(len(pattern)) - np.repeat(np.cumsum(counts) - counts, counts)
    slot = (np.cumsum(n_slots) - n_slots)[pattern] + nth_child % n_slots[pattern]
    seat_index = seat_of_slot[slot]
    chunk = seat_index // LANES

    rounds = np.sort(slot_size)[::-1][::LANES]
    round_start = np.concatenate([[0], np.cumsum(rounds)]).astype(np.int64)
    return Seating(
        sets=sets,
        row_set=row_set,
        n_patterns=n_patterns,
        chunk=chunk,
        round=round_start[chunk] + nth_child // n_slots[pattern],
        lane=seat_index % LANES,
        round_start=round_start,
    )


def _informant_sets(present: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Integers]:
    """Sets of informants that occur, largest first, and the set of each row."""
    if not len(present):
        return np.zeros((0, present.shape[1]), dtype=bool), np.zeros(0, dtype=np.int64)
    sets, row_set = np.unique(present, axis=0, return_inverse=True)
    return sets[::-1].copy(), (len(sets) - 1 - row_set.ravel()).astype(np.int64)


def _patterns(design: Design, row_set: Integers) -> tuple[Integers, int]:
    """Pattern of each child: equal where the sets and growth bases of all occasions are."""
    code = row_set
    for column in design.basis.T:
        values, _ = pd.factorize(column)
        code, _ = pd.factorize(code * (values.max(initial=0) + 1) + values)
    # Codes ascend with the set, so that patterns with similar sets become neighbours.
    first_row = np.full(code.max(initial=-1) + 1, len(code), dtype=np.int64)
    np.minimum.at(first_row, code, np.arange(len(code)))
    rank = np.empty(len(first_row), dtype=np.int64)
    rank[np.lexsort((first_row, row_set[first_row]))] = np.arange(len(first_row))
    code = rank[code]

    n_children = len(design.children)
    child = design.occasion_child
    order = np.lexsort((code, child))
    counts = np.bincount(child, minlength=n_children)
    position = np.arange(len(child)) - np.repeat(np.cumsum(counts) - counts, counts)
    occasions = np.full((n_children, counts.max(initial=0)), -1, dtype=np.int32)
    occasions[child[order], position] = code[order]
    if occasions.shape[1] == 0:
        return np.zeros(n_children, dtype=np.int64), 1
    unique, pattern = np.unique(occasions, axis=0, return_inverse=True)
    return pattern.ravel().astype(np.int64), len(unique)


def _children_per_slot(counts: Integers, *, cost_ratio: float) -> int:
    """Children per slot at which the estimated work is least.

    A chunk costs its matrix algebra once (``cost_ratio``) and one unit per round of children.
    """
    largest = int(counts.max())
    candidates = sorted({min(largest, size) for size in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)})
    cost = []
    for size in candidates:
        n_slots = -(-counts // size)
        fullest = np.sort(np.repeat(-(-counts // n_slots), n_slots))[::-1]
        cost.append(float((cost_ratio + fullest[::LANES]).sum()))
    return candidates[int(np.argmin(cost))]
