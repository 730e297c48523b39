"""A design in which units are there once for everything that may be assumed of them (`assumed`)."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Integers
from bayes_alliance.collapsed.assumed import Assumed, categories_of, groups_of
from bayes_alliance.design import AtRisk, Design, Incomplete

# Fields of a design that have a row for every occasion.
OF_ROWS = (
    *("occasion_time", "basis", "y", "present", "floor", "ceiling", "z"),
    *("scaled_time", "residual_x"),
)


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
    for below, places in groups_of(design):
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
