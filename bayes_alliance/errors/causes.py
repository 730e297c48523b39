"""Problems put together by their cause: one line for 496 cells of the same kind, not 496 lines.

Problems of single rows that have their cause and value in common become one line with their count
and the first rows; so do many values of one cause in a column. What stands alone comes first, so
that nothing is hidden behind a flood.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayes_alliance.errors.problem import Problem

# Fewer than these are said one by one.
FEWEST_ALIKE, FEWEST_OF_A_COLUMN = 3, 5
MOST_VALUES = 2  # of a cause and a column that have a line each; more share one
N_SHOWN, N_COLUMNS_SHOWN = 5, 4


def by_cause(problems: Sequence["Problem"]) -> list[list["Problem"]]:
    """Sort problems into those to be said in one line each.

    Returns
    -------
    list of list of Problem
        Those that stand alone first, in the order given; then by how many there are.
    """
    rows = [one for one in problems if one.row]
    alike = _groups(rows, [(_cause(one), *_value(one)) for one in rows], FEWEST_ALIKE)
    n_values = Counter((_cause(group[0]), column) for group in alike for column in _columns(group))
    alike = [
        group
        for group in alike
        if all(n_values[_cause(group[0]), column] <= MOST_VALUES for column in _columns(group))
    ]
    members = {id(one) for group in alike for one in group}
    others = [one for one in rows if id(one) not in members]
    keys = [(_cause(one), one.column) for one in others]
    several = _groups(others, keys, FEWEST_OF_A_COLUMN)
    members |= {id(one) for group in several for one in group}
    alone = [[one] for one in problems if id(one) not in members]
    return alone + sorted([*alike, *several], key=len)


def _groups(
    problems: Iterable["Problem"], keys: Iterable[Hashable], fewest: int
) -> list[list["Problem"]]:
    """Problems with the same key, of which there are enough."""
    groups: dict[Hashable, list[Problem]] = {}
    for problem, key in zip(problems, keys, strict=True):
        groups.setdefault(key, []).append(problem)
    return [group for group in groups.values() if len(group) >= fewest]


def _cause(problem: "Problem") -> str:
    return problem.cause or problem.message


def _value(problem: "Problem") -> tuple[str, str]:
    """The value, as it is shown; without a value the column."""
    return ("", problem.column) if problem.value is None else (repr(problem.value), "")


def _columns(group: Iterable["Problem"]) -> list[str]:
    return list(dict.fromkeys(one.column for one in group if one.column))


def in_a_line(group: Sequence["Problem"]) -> str:
    """Say problems of one cause in a line."""
    first = group[0]
    if len(group) == 1:
        return str(first)
    columns, counts = _columns(group), Counter(one.value_shown for one in group)
    what = f"{first.noun}s" if len(columns) < 2 else "cells"
    rows = _cut([f"{one.row}" for one in group], N_SHOWN)
    where, values = "", ""
    if columns:
        noun = "column" if len(columns) == 1 else "columns"
        where = f"{noun} {_cut(columns, N_COLUMNS_SHOWN)}"
    if len(counts) == 1:
        where += "" if first.value is None else f" = {first.value_shown}"
    elif max(counts.values()) == 1:
        rows = _cut([f"{one.row} = {one.value_shown}" for one in group], N_SHOWN)
    else:
        times = [f"{value} {count:,} times" for value, count in counts.most_common()]
        values = f": {_cut(times, N_SHOWN)}"
    if what == "cells":
        rows = f"{first.noun}s {rows}"
    count = f"{len(group):,} {what} ({rows})"
    place = f"{where} in {count}" if where else count
    example = f", as {first.example}" if first.example else ""
    return f"{place}{values}: {_cause(first)}{example}"


def _cut(parts: Sequence[str], most: int) -> str:
    return ", ".join(parts[:most]) + (", ..." if len(parts) > most else "")
