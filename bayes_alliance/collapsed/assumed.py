"""Missing categories: one copy of a unit for every combination of what they may be.

Children of one therapist are rated alike, so that the sum over what a child's missing category may
be goes over everybody under the same unit at the top of the hierarchy. Such a unit is copied, with
all below it, once for every combination; `kernel.assumed` sums over the copies. Where combinations
are too many, as with many missing categories under one therapist, the graph sums child by child,
given sampled effects of therapists (`pymc_model.missing`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import AtRisk, Design, Incomplete, Level
from bayes_alliance.errors import Problem
from bayes_alliance.specification import ModelSpec

# Copies may make this many times as many children: beyond, every gradient takes too long.
MOST_TIMES = 16
# Fields of a design that have a row for every occasion.
OF_ROWS = (
    *("occasion_time", "basis", "y", "present", "floor", "ceiling", "z"),
    *("scaled_time", "residual_x"),
)


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
            message=f"missing for {int(one.absent.sum())} of {len(one.units)}; missing categories "
            f'are summed over by engine "pymc" only {reason}',
        )
        for one in lacking
        for reason in reasons
    ]


def assumed(design: Design) -> Assumed | None:
    """Copy what lacks categories; None if nothing does.

    Parameters
    ----------
    design : Design
        Of which `not_summed` finds nothing.
    """
    lacking = categories_of(design)
    if not lacking:
        return None
    codes = [[*np.nan_to_num(one.values[one.unit]).astype(np.int64)] for one in lacking]
    made = _Copies(design)
    for below, places in _groups(design):
        ranges = [range(lacking[number].n_categories) for _, number in places]
        for turn, combination in enumerate(product(*ranges)):
            children = below[0] if turn == 0 else made.copy(below)
            if turn:
                for of_one in codes:
                    of_one.extend(of_one[child] for child in below[0])
            here = dict(zip(below[0].tolist(), children.tolist(), strict=True))
            for (child, number), code in zip(places, combination, strict=True):
                codes[number][here[child]] = code
            made.assume(children, below, first=turn == 0)
        made.group_start.append(made.n_assumptions)
    numbers = tuple(np.array(of_one, dtype=np.int64) for of_one in codes)
    row, whole = np.concatenate(made.rows), made.whole()
    leaving, at_risk, added = made.leaving()
    whole = replace(whole, leaving=leaving)
    return Assumed(
        whole=_filled(whole, lacking, numbers),
        row=row,
        at_risk=at_risk,
        counted=np.concatenate([row == np.arange(len(row)), added]),
        original=np.array(made.child, dtype=np.int64),
        group_start=np.array(made.group_start, dtype=np.int64),
        of_child=np.array(made.of_child, dtype=np.int64),
        of_unit=np.array([a for level in made.of_units for a in level], dtype=np.int64),
        codes=numbers,
    )


class _Copies:
    """A design that grows by copies of units."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.child = list(range(len(design.children)))
        self.units = [list(range(len(level.labels))) for level in design.levels]
        self.parents = [level.parent.tolist() for level in design.levels]
        self.rows = [np.arange(len(design.occasion_child))]
        self.row_child = [design.occasion_child]
        self.of_child = [-1] * len(self.child)
        self.of_units = [[-1] * len(units) for units in self.units]
        self.group_start, self.n_assumptions = [0], 0
        self.copied: list[tuple[Integers, Integers]] = []

    def copy(self, below: Sequence[Integers]) -> Integers:
        """Copy the children and units of a group, and return the numbers of the children."""
        sizes = [len(self.child), *map(len, self.units)]
        for level, parents in enumerate(self.parents):
            own = self.design.levels[level].parent[below[level]]
            parents.extend((sizes[level + 1] + np.searchsorted(below[level + 1], own)).tolist())
            self.units[level].extend(below[level + 1].tolist())
            self.of_units[level].extend([-1] * len(below[level + 1]))
        children = sizes[0] + np.arange(len(below[0]))
        self.child.extend(below[0].tolist())
        self.of_child.extend([-1] * len(children))
        rows = np.flatnonzero(np.isin(self.design.occasion_child, below[0]))
        self.rows.append(rows)
        self.copied.append((below[0], children))
        place = np.searchsorted(below[0], self.design.occasion_child[rows])
        self.row_child.append(children[place])
        return children

    def assume(self, children: Integers, below: Sequence[Integers], *, first: bool) -> None:
        """Give a copy, or the units themselves, the next assumption."""
        for child in children:
            self.of_child[child] = self.n_assumptions
        for level, units in enumerate(below[1:]):
            start = len(self.units[level]) - len(units)
            for place, unit in enumerate(units):
                self.of_units[level][unit if first else start + place] = self.n_assumptions
        self.n_assumptions += 1

    def whole(self) -> Design:
        """The design with all copies."""
        design, rows, child = self.design, np.concatenate(self.rows), np.array(self.child)
        levels = tuple(
            replace(
                level,
                labels=tuple(level.labels[unit] for unit in units),
                parent=np.array(parents, dtype=np.int64),
            )
            for level, units, parents in zip(design.levels, self.units, self.parents, strict=True)
        )
        by_row = {name: getattr(design, name) for name in OF_ROWS}
        return replace(
            design,
            children=tuple(design.children[number] for number in child),
            levels=levels,
            occasion_child=np.concatenate(self.row_child),
            x=design.x[child],
            incomplete=tuple(replace(one, unit=one.unit[child]) for one in design.incomplete),
            **{name: array[rows] if len(array) else array for name, array in by_row.items()},
        )

    def leaving(self) -> tuple[AtRisk | None, Integers, NDArray[np.bool_]]:
        """Those at risk of leaving with their copies, who each is, and which occasions are none."""
        own, n_rows = self.design.leaving, len(self.design.y)
        if own is None:
            return None, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
        first_row = np.cumsum([len(rows) for rows in self.rows])
        shift, n_added = int(first_row[-1]) - n_rows, len(own.added_child)
        at_risk, child = [np.arange(len(own.child))], [own.child]
        row = [np.where(own.row < n_rows, own.row, own.row + shift)]
        added, added_child = [np.arange(n_added)], [own.added_child]
        for turn, (before, now) in enumerate(self.copied):
            here = np.flatnonzero(np.isin(own.child, before))
            extra = np.flatnonzero(np.isin(own.added_child, before))
            old = own.row[here]
            rated = first_row[turn] + np.searchsorted(self.rows[turn + 1], old)
            unrated = n_rows + shift + n_added + np.searchsorted(extra, old - n_rows)
            at_risk.append(here)
            child.append(now[np.searchsorted(before, own.child[here])])
            row.append(np.where(old < n_rows, rated, unrated))
            added.append(extra)
            added_child.append(now[np.searchsorted(before, own.added_child[extra])])
            n_added += len(extra)
        who, which = np.concatenate(at_risk), np.concatenate(added)
        copied = replace(
            own,
            child=np.concatenate(child),
            interval=own.interval[who],
            left=own.left[who],
            row=np.concatenate(row),
            added_child=np.concatenate(added_child),
            added_time=own.added_time[which],
            added_basis=own.added_basis[which],
            group=own.group[self.child],
            x=own.x[self.child],
        )
        return copied, who, np.arange(n_added) < len(own.added_child)


def _groups(
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
    for below, places in _groups(design):
        # Whole numbers of Python: they do not overflow.
        n += len(below[0]) * (prod(lacking[number].n_categories for _, number in places) - 1)
    return n


def _filled(design: Design, lacking: list[Incomplete], codes: Sequence[Integers]) -> Design:
    """Write categories, and what is a product of them, into ``x``: none is missing."""
    x: NDArray[np.float64] = design.x.copy()
    for one, code in zip(lacking, codes, strict=True):
        for number, p in enumerate(one.columns, start=1):
            x[:, p] = code == number
    for p, first, second in design.products:
        x[:, p] = x[:, first] * x[:, second]
    of_name = {one.name: code for one, code in zip(lacking, codes, strict=True)}
    incomplete = tuple(
        replace(
            one,
            units=design.children,
            unit=np.arange(len(design.children)),
            values=of_name[one.name].astype(np.float64),
        )
        if one.name in of_name
        else one
        for one in design.incomplete
    )
    return replace(design, x=x, incomplete=incomplete)
