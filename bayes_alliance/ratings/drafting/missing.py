"""Codes for missing values, of the columns that are used: for all of them, or for single ones."""

from collections.abc import Iterable

from bayes_alliance.numerals import exact
from bayes_alliance.ratings.drafting.codes import Code
from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.part import Line, Part, listed


def missing_part(columns: Iterable[Column]) -> Part:
    """State [file] missing and missing_in.

    A code that stands for a value in another column is one of its own column only.
    """
    used = list(columns)
    where: dict[float | str, list[tuple[Column, Code]]] = {}
    for column in used:
        for code in column.codes:
            where.setdefault(code.value, []).append((column, code))
    common = [value for value in where if not any(_is_a_value(value, one) for one in used)]
    own: dict[str, list[float | str]] = {}
    for value in where:
        if value not in common:
            for column, _ in where[value]:
                own.setdefault(column.name, []).append(value)
    lines = []
    if common:
        lines.append(Line(table="file", key="missing", value=common, why="stand for no value"))
    lines += [
        Line(table="file.missing_in", key=name, value=values, why="stand for no value there")
        for name, values in own.items()
    ]
    return Part(lines=tuple(lines), seen=tuple(_said(value, where[value]) for value in where))


def _is_a_value(value: float | str, column: Column) -> bool:
    if isinstance(value, str):
        return column.kind == "text" and value in column.values
    return column.kind == "number" and bool((column.numbers == value).any())


def _said(value: float | str, found: list[tuple[Column, Code]]) -> str:
    count = sum(code.count for _, code in found)
    times = "once" if count == 1 else f"{count:,} times"
    written = value if isinstance(value, str) else exact(value)
    others = [one for _, code in found for one in code.others]
    apart = (
        f"apart from all others ({exact(min(others))} to {exact(max(others))}): " if others else ""
    )
    return (
        f"{written} stands {times} ({listed(column.name for column, _ in found)}), {apart}taken "
        "for a missing value."
    )
