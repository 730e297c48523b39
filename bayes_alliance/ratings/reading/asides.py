"""Rows of a table that are no data: Qualtrics's below the names, averages and notes below the data.

Left out is only what cannot be a rating, by two rules, and it is said. (1) The second row below the
names holds nothing but Qualtrics's own names, ``{"ImportId":"QID1"}``; with it goes the row above
it, which holds the questions. (2) At the end of the table, below a blank row, every row holds a
single cell, or begins with a word such as Mean; a cell that stands alone and holds a sentence needs
no blank row above it. Whatever else stands below a table is read, and found wrong if it is.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayes_alliance.ratings.reading.cells import shown, text_of_value
from bayes_alliance.ratings.reading.file_table import FileTable

IMPORTED = re.compile(r"""\{\s*["']ImportId["']\s*:""")
FIRST_WORD = re.compile(r"[^\W\d_]+")
SENTENCE = 4  # words at the least
N_SAID, LONGEST = 3, 60
SUMMARIES = frozenset(
    {"mean", "means", "average", "averages", "avg", "median", "sum", "total", "mittelwert"}
    | {"mittelwerte", "durchschnitt", "summe", "gesamt", "moyenne", "promedio", "gemiddelde"}
)
"""First words of rows that sum up the rows above them."""
BESIDE = frozenset(
    {"m", "n", "sd", "std", "stdev", "min", "max", "minimum", "maximum", "count", "mw", "anzahl"}
)
"""Words that may name a child too: they sum up only where a surer word stands with them."""


def without_asides(table: FileTable) -> FileTable:
    """Leave out rows that are no data: `left_out` says which, `questions` what they ask."""
    imported = len(table.frame) > 1 and _are_imported(_given(table, 1))
    first = 2 if imported else 0
    end = _end_of_data(table, first)
    if not imported and end == len(table.frame):
        return table
    kept = np.arange(first, end)
    numbers = set(table.rows.number[kept].tolist())
    names = [" ".join(str(name).split()) for name in table.frame.columns]
    asked = zip(names, _cells(table, 0) if imported else [None] * len(names), strict=True)
    left_out = [_said_of_questions(table)] * imported
    left_out += [_said_of_end(table, end)] if end < len(table.frame) else []
    return replace(
        table,
        frame=table.frame.iloc[first:end].reset_index(drop=True),
        rows=table.rows.of(kept),
        unread=tuple(pair for pair in table.unread if pair[1].row in numbers),
        questions={name: said for name, said in asked if said is not None},
        left_out=tuple(left_out),
    )


def _cells(table: FileTable, entry: int) -> list[str | None]:
    """A row as text; no cells where the table has no such row."""
    rows = table.frame.iloc[entry : entry + 1]
    cells = [shown(cell) for at in range(rows.shape[1]) for cell in rows.iloc[:, at]]
    return [None if cell is None else text_of_value(cell) for cell in cells]


def _given(table: FileTable, entry: int) -> list[str]:
    return [cell for cell in _cells(table, entry) if cell is not None]


def _are_imported(given: Sequence[str]) -> bool:
    return bool(given) and all(map(IMPORTED.match, given))


def _end_of_data(table: FileTable, first: int) -> int:
    """Position of the first aside below the data; the number of rows if there is none."""
    n_rows = len(table.frame)
    cut_off = {problem.row for _, problem in table.unread}
    below: dict[int, list[str]] = {}
    for entry in reversed(range(first, n_rows)):
        given = _given(table, entry)
        # A row that has not even its separators may be what is left of a rating.
        alone = len(given) == 1 and int(table.rows.number[entry]) not in cut_off
        if given and not (alone or _is_sentence(given) or _word(given) in BESIDE | SUMMARIES):
            break
        below[entry] = given
    if len(below) == n_rows - first:  # nothing stands above: this is the table
        return n_rows
    for entry in reversed(below):
        gap = entry - 1 in below and not below[entry - 1]
        gap |= bool(np.diff(table.rows.number[entry - 1 : entry + 1]) > 1)
        rest = [below[later] for later in below if later >= entry]
        words = {_word(given) for given in rest if len(given) > 1}
        summed_up = not words or bool(words & SUMMARIES)
        if below[entry] and summed_up and (gap or _is_sentence(below[entry])):
            return entry
    return n_rows


def _is_sentence(given: Sequence[str]) -> bool:
    return len(given) == 1 and len(given[0].split()) >= SENTENCE


def _word(given: Sequence[str]) -> str:
    word = FIRST_WORD.match(given[0])
    return word[0].casefold() if word else ""


def _said_of_questions(table: FileTable) -> str:
    number = table.rows.number
    return (
        f"Rows {number[0]} and {number[1]} are Qualtrics's, with its questions and its own names: "
        "not read."
    )


def _said_of_end(table: FileTable, end: int) -> str:
    begins = [given[0] for at in range(end, len(table.frame)) if (given := _given(table, at))]
    quoted = "; ".join(
        one if len(one) <= LONGEST else f"{one[:LONGEST]}..." for one in begins[:N_SAID]
    )
    more = "; ..." if len(begins) > N_SAID else ""
    return (
        f"Below the table, from row {table.rows.number[end]} on, stands what is no rating "
        f"({quoted}{more}): not read."
    )
