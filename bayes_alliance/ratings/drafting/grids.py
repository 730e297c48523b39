"""Text and Excel files as a person sees them: rows of cells, before a row of names is known.

Out comes a `Grid` for every sheet (a text file is one), with the encoding of a text file and what
separates its cells.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.reading.delimited import SEPARATOR, SEPARATORS

type Cells = list[list[object]]

COMMON = frozenset("äöüßÄÖÜéèàâêîôûçñáíóúåøæÉœ’“”–€")
ENCODINGS = ("cp1252", "mac_roman", "cp850")
N_LINES = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """A sheet, or a text file.

    Parameters
    ----------
    name : str
        Of the sheet; "" if the file has none.
    rows : list of list of object
        Cells as they stand; None where blank.
    encoding : str
        Of a text file, where that must be said.
    """

    rows: Cells
    name: str = ""
    encoding: str = ""


def text_grids(path: Path) -> list[Grid]:
    """Take a text file apart, whatever its encoding.

    Raises
    ------
    InputError
        If it is no text, or a file that ends in .tsv is not separated by tabs.
    """
    text, encoding = _decoded(path.read_bytes())
    if "\0" in text:
        raise InputError([Problem(where=path.name, message="is not a text file")], "ratings file")
    stated = SEPARATOR.match(text)
    if stated is not None:
        text = text[stated.end() :]
    delimiter = _delimiter(text) if stated is None else stated[1]
    if stated is None and (problem := _not_tabs(delimiter, path)):
        raise InputError([problem], "ratings file")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [
        Grid(rows=[[cell.strip() or None for cell in line] for line in lines], encoding=encoding)
    ]


def excel_grids(path: Path) -> list[Grid]:
    """All sheets of an Excel file."""
    frames = pd.read_excel(
        path, sheet_name=None, header=None, dtype=object, keep_default_na=False, na_values=[""]
    )
    return [
        Grid(name=str(name), rows=frame.where(frame.notna(), None).to_numpy().tolist())
        for name, frame in frames.items()
    ]


def _decoded(content: bytes) -> tuple[str, str]:
    """Text, and its encoding where that must be said."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16"), ""
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    readings = {}
    for encoding in ENCODINGS:
        try:
            readings[encoding] = content.decode(encoding)
        except UnicodeDecodeError:
            continue
    # A wrong encoding makes rare characters of common ones: Š of ä.
    best = max(readings, key=lambda name: sum(one in COMMON for one in readings[name]))
    return readings[best], best


def _delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[:N_LINES] if line.strip()]
    counts = {one: [line.count(one) for line in lines] for one in SEPARATORS}
    # What separates stands in most lines equally often; commas of decimals and titles do not.
    return max(counts, key=lambda one: (_steady(counts[one]), sum(counts[one])))


def _steady(counts: list[int]) -> int:
    filled = [count for count in counts if count]
    return max((filled.count(count) for count in set(filled)), default=0)


def _not_tabs(delimiter: str, path: Path) -> Problem | None:
    if path.suffix.lower() != ".tsv" or delimiter == "\t":
        return None
    message = f"its cells are separated by '{delimiter}', not by tabs: rename it to .csv"
    return Problem(where=path.name, message=message)
