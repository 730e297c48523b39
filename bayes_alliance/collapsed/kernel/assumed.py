r"""Where categories are missing: a sum over all that may be assumed in their place.

Of a unit at the top of the hierarchy (a child, or the therapist or clinic it is nested in) whose
children lack categories, one copy sits there for every combination `a` of what these may be. Copies
are units like any others, so that the pass upward finds the density of their ratings; with
probabilities of the categories :math:`p_a`,

.. math:: \log p(y) = \log \sum_a p_a\, p(y \mid a), \qquad
          w_a = \frac{p_a\, p(y \mid a)}{\sum_b p_b\, p(y \mid b)},

and every derivative is the one of each copy, times the posterior probability `w` of the assumption
(Fisher's identity once more): `downward` weights whatever it adds up over units by `Work.chance`.
Copies have the occasions of the first, so that determinants of residuals, which all copies share,
are counted once (`Seats.n_occasions`).
"""

import math

from numba import njit

from bayes_alliance.collapsed.kernel.arrays import COMPILED, Given, Seats, Tree, Work
from bayes_alliance.collapsed.kernel.lanes import LANES


@njit(**COMPILED)
def sum_over_assumed(seats: Seats, tree: Tree, given: Given, by: Given, work: Work) -> float:
    """Twice what the log density has beyond the sum over all units; writes `w`."""
    joint, n_groups = by.log_chance, len(seats.group_start) - 1
    before = 0.0
    for a in range(len(joint)):
        joint[a] = given.log_chance[a]
    for turn in range(len(seats.assumed)):
        for lane in range(LANES):
            a = seats.assumed[turn, lane]
            if a >= 0:
                joint[a] += 0.5 * work.log_weight[turn, lane]
                before += work.log_weight[turn, lane]
    for level in range(1, len(tree.n_terms)):
        for unit in range(tree.unit_start[level], tree.unit_start[level + 1]):
            a = seats.unit_assumed[unit]
            if a >= 0:
                number = unit - tree.unit_start[level]
                chunk, lane = tree.chunk_start[level] + number // LANES, number % LANES
                joint[a] += 0.5 * work.unit_log_weight[chunk, lane]
                before += work.unit_log_weight[chunk, lane]
    after = 0.0
    for group in range(n_groups):
        first, end = seats.group_start[group], seats.group_start[group + 1]
        most, total = joint[first], 0.0
        for a in range(first, end):
            most = max(most, joint[a])
        for a in range(first, end):
            joint[a] = math.exp(joint[a] - most)
            total += joint[a]
        for a in range(first, end):
            joint[a] /= total
        after += 2.0 * (most + math.log(total))
    _write_chances(seats, tree, by, work)
    return after - before


@njit(**COMPILED)
def _write_chances(seats: Seats, tree: Tree, by: Given, work: Work) -> None:
    """Write `w` where units and children sit."""
    for chunk in range(len(seats.n_children)):
        for lane in range(LANES):
            total = 0.0
            for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
                a = seats.assumed[turn, lane]
                if a >= 0:
                    work.chance[turn, lane] = by.log_chance[a]
                total += work.chance[turn, lane]
            work.pattern_chance[chunk, lane] = total
    for level in range(1, len(tree.n_terms)):
        for unit in range(tree.unit_start[level], tree.unit_start[level + 1]):
            a = seats.unit_assumed[unit]
            if a >= 0:
                number = unit - tree.unit_start[level]
                chunk = tree.chunk_start[level] + number // LANES
                work.unit_chance[chunk, number % LANES] = by.log_chance[a]
