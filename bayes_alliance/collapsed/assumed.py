"""Missing categories: one copy of a unit for every combination of what they may be.

Children of one therapist are rated alike, so that the sum over what a child's missing category may
be goes over everybody under the same unit at the top of the hierarchy. Such a unit is copied, with
all below it, once for every combination; `kernel.assumed` sums over the copies. Where combinations
are too many, as with many missing categories under one therapist, the graph sums child by child,
given sampled effects of therapists (`pymc_model.missing`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design, Incomplete, Level
from bayes_alliance.errors import Problem
from bayes_alliance.specification import ModelSpec

# Copies may make this many times as many children: beyond, every gradient takes too long.
MOST_TIMES = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Assumed:
    """What may be assumed, and a design in which everybody is there once for every assumption.

    Parameters
    ----------
    whole : Design
        Copies after the units they are copies of, with assumed categories filled in.
    row : array of int, shape (R of ``whole``,)
        The occasion that each is or is a copy of; those that are no copies come first.
    at_risk : array of int
        Likewise of those at risk of leaving.
    counted : array of bool
        Whether an occasion, with or without ratings (`leavers.extended`), is no copy.
    original : array of int, shape (n_children of ``whole``,)
        The child that each child is or is a copy of.
    group_start : array of int, shape (n_groups + 1,)
        First assumption of each group; those of a group exclude each other.
    of_child : array of int, shape (n_children of ``whole``,)
        Assumption by which a child is there; -1: none.
    of_unit : array of int, shape (n_units of ``whole``,)
        Likewise of the units above, level by level.
    codes : tuple of array of int, shape (n_children of ``whole``,)
        Of each covariate with missing categories: number of the category.
    """

    whole: Design
    row: Integers
    at_risk: Integers
    counted: NDArray[np.bool_]
    original: Integers
    group_start: Integers
    of_child: Integers
    of_unit: Integers
    codes: tuple[Integers, ...]

    def categories(self, design: Design, chance: Floats, rng: np.random.Generator) -> list[Floats]:
        """Draw missing categories, jointly in every group.

        Parameters
        ----------
        chance : array, shape (n_draws, n_assumptions)
            Posterior probabilities.

        Returns
        -------
        list of array, shape (n_draws, n_absent)
            Numbers of categories, by covariate.
        """
        start = self.group_start
        drawn = np.zeros((len(chance), len(start) - 1), dtype=np.int64)
        for group, uniform in enumerate(rng.random((len(start) - 1, len(chance)))):
            below = np.cumsum(chance[:, start[group] : start[group + 1]], axis=1)
            below /= below[:, -1:]
            drawn[:, group] = start[group] + (below < uniform[:, None]).sum(axis=1)
        group_of = np.searchsorted(start, self.of_child, side="right") - 1
        of_assumption = {
            (child, int(a)): row
            for row, (child, a) in enumerate(zip(self.original, self.of_child, strict=True))
        }
        out: list[Floats] = []
        for one, codes in zip(categories_of(design), self.codes, strict=True):
            absent = np.flatnonzero(one.absent)
            values = np.zeros((len(chance), len(absent)))
            for place, child in enumerate(absent):
                assumptions, inverse = np.unique(drawn[:, group_of[child]], return_inverse=True)
                rows = [of_assumption[child, int(a)] for a in assumptions]
                values[:, place] = codes[rows][inverse]
            out.append(values)
        return out


def categories_of(design: Design) -> list[Incomplete]:
    """Covariates with missing categories."""
    return [one for one in design.incomplete if one.kind != "numeric"]


def not_summed(spec: ModelSpec, design: Design) -> list[Problem]:
    """Why missing categories of this model are not summed over exactly; nothing if they are."""
    lacking = categories_of(design)
    if not lacking:
        return []
    beside = {
        f"family '{spec.family.name}'": design.n_latent > 0,
        "means of children that are estimated": design.estimates_means,
    }
    reasons = [f"beside {what}" for what, there in beside.items() if there]
    if not reasons and _n_children(design) > MOST_TIMES * len(design.children):
        top = design.levels[-1].name if design.levels else "child"
        reasons = [f"with so many combinations under one {top}"]
    return [
        Problem(
            where=f"covariates.{one.name}",
            message=f"missing for {int(one.absent.sum())} of {len(one.units)}; {reason}, only "
            'engine "pymc" sums over missing categories',
        )
        for one in lacking
        for reason in reasons
    ]


def groups_of(
    design: Design,
) -> Iterator[tuple[list[Integers], list[tuple[int, int]]]]:
    """Units of each level, children first, under each top unit whose children lack categories.

    With the child and the number of the covariate of each missing category.
    """
    lacking = categories_of(design)
    of_levels = [np.arange(len(design.children)), *_tops(design.levels)]
    top_of = _tops_of_children(design.levels, len(design.children))
    absent = np.array([one.absent for one in lacking])
    for top in np.unique(top_of[absent.any(axis=0)]):
        below = [np.flatnonzero(top_of == top)]
        below += [np.flatnonzero(tops == top) for tops in of_levels[1:]]
        places = [
            (int(child), int(number))
            for child in below[0]
            for number in np.flatnonzero(absent[:, child])
        ]
        yield below, places


def _tops(levels: tuple[Level, ...]) -> list[Integers]:
    """Top unit of the units of every level above the child, bottom up."""
    tops = [np.arange(len(levels[-1].labels))] if levels else []
    for level in reversed(levels[1:]):
        tops.insert(0, tops[0][level.parent])
    return tops


def _tops_of_children(levels: tuple[Level, ...], n_children: int) -> Integers:
    return _tops(levels)[0][levels[0].parent] if levels else np.arange(n_children)


def _n_children(design: Design) -> int:
    """Children there would be with all copies."""
    lacking, n = categories_of(design), len(design.children)
    for below, places in groups_of(design):
        # Whole numbers of Python: they do not overflow.
        n += len(below[0]) * (prod(lacking[number].n_categories for _, number in places) - 1)
    return n
