"""Problems put together by their cause: one line for 496 cells of the same kind, not 496 lines.

Problems of single rows that have their cause and value in common become one line with their count
and the first rows; so do values that are all different in one column. What stands alone comes
first, so that nothing is hidden behind a flood.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayes_alliance.errors.problem import Problem

# Fewer than these are said one by one.
FEWEST_ALIKE, FEWEST_OF_A_COLUMN = 3, 5
N_ROWS_SHOWN, N_COLUMNS_SHOWN = 5, 4


def by_cause(problems: Sequence["Problem"]) -> list[list["Problem"]]:
    """Sort problems into those to be said in one line each.

    Returns
    -------
    list of list of Problem
        Those that stand alone first, in the order given; then by how many there are.
    """
    groups = _sorted_into(problems, [(one.cause or one.message, _key(one)) for one in problems])
    alike = [group for group in groups if group[0].row and len(group) >= FEWEST_ALIKE]
    members = {id(one) for group in alike for one in group}
    others = [one for one in problems if id(one) not in members]
    columns = _sorted_into(others, [(one.cause or one.message, one.column) for one in others])
    several = [group for group in columns if group[0].row and len(group) >= FEWEST_OF_A_COLUMN]
    members |= {id(one) for group in several for one in group}
    alone = [[one] for one in problems if id(one) not in members]
    return alone + sorted([*alike, *several], key=len)


def _sorted_into(problems: Iterable["Problem"], keys: Iterable[Hashable]) -> list[list["Problem"]]:
    groups: dict[Hashable, list[Problem]] = {}
    for problem, key in zip(problems, keys, strict=True):
        groups.setdefault(key, []).append(problem)
    return list(groups.values())


def _key(problem: "Problem") -> tuple[Hashable, ...]:
    """The value, as it is shown; without a value the column."""
    return (repr(problem.value), "") if problem.value is not None else ("", problem.column)


def in_a_line(group: Sequence["Problem"]) -> str:
    """Say problems of one cause in a line."""
    first = group[0]
    if len(group) == 1:
        return str(first)
    columns = list(dict.fromkeys(one.column for one in group if one.column))
    place = ""
    if columns:
        more = ", ..." if len(columns) > N_COLUMNS_SHOWN else ""
        noun = "column" if len(columns) == 1 else "columns"
        place = f"{noun} {', '.join(columns[:N_COLUMNS_SHOWN])}{more}"
    values = {repr(one.value) for one in group}
    value = f" = {first.value_shown}" if values != {"None"} and len(values) == 1 else ""
    shown = [
        str(one.row) if len(values) == 1 or one.value is None else f"{one.row} = {one.value_shown}"
        for one in group[:N_ROWS_SHOWN]
    ]
    more = ", ..." if len(group) > N_ROWS_SHOWN else ""
    rows = f"{', '.join(shown)}{more}"
    count = f"{len(group):,} {first.noun}s ({rows})"
    if len(columns) > 1:
        count = f"{len(group):,} cells ({first.noun}s {rows})"
    where = f"{place}{value} in {count}" if place else count
    messages = {one.message for one in group}
    if len(messages) == 1:
        return f"{where}: {first.cause or first.message}"
    return f"{where}: {first.cause}; the first: {first.message}"
