"""Text files whose cells are separated by tabs, semicolons, commas or upright bars.

They are read as text, so that identifiers keep leading zeros. A first line such as ``sep=;``, by
which Excel is told the separator and which it does not show, says it here too.
"""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.reading.cells import RowNumbers
from bayes_alliance.ratings.reading.file_table import (
    FileTable,
    joined_header,
    said_of_header,
    spread,
    unreadable,
)
from bayes_alliance.ratings.study.file import FileOptions

SEPARATORS = "\t;,|"
QUOTED = re.compile(r'"[^"]*"')
SEPARATOR = re.compile(r'\s*"?sep=(.)"?[;,\t ]*\r?\n', re.IGNORECASE)


def read_delimited(file: Path, options: FileOptions) -> FileTable:
    """Read a text file."""
    content = file.read_bytes()
    # Excel's 'Unicode text' is UTF-16, with a mark that says so.
    marked = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    encoding = options.encoding or marked
    try:
        text = content.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except UnicodeDecodeError as error:
        message = (
            "is not UTF-8 text; save it as 'CSV UTF-8', or say in the study file how it is "
            'encoded: [file] encoding = "cp1252" for most files of Excel on Windows'
        )
        if options.encoding is not None:
            message = f"is not text encoded as {encoding} ([file] encoding)"
        raise unreadable(file, message) from error
    return table_of_text(text, name=str(file), options=options)


def table_of_text(text: str, *, name: str, options: FileOptions) -> FileTable:
    """Read the text of a file.

    Parameters
    ----------
    name : str
        Of the file, for errors; ending in .tsv, only tabs separate.

    Raises
    ------
    InputError
        If it is empty, is no text, or has rows longer than the header.
    """
    file = Path(name)
    if "\0" in text:
        raise unreadable(file, "is not a text file")
    delimiter, text = _delimiter(text, file, options)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    filled = [(number, cells) for number, cells in enumerate(lines, start=1) if any(cells)]
    if not filled:
        raise unreadable(file, "is empty")
    header, last = _header(filled, options.header_row, file)
    rows = [(number, cells) for number, cells in filled if number > last]
    width = len(header)
    _check_lengths(rows, header, file=file, last=last)
    blank = [""] * width
    data = [(cells + blank)[:width] for _, cells in rows]
    decimal_commas = options.decimal == "," if options.decimal else delimiter == ";"
    return FileTable(
        frame=pd.DataFrame(data, columns=pd.Index(header, dtype=object), dtype=object),
        rows=RowNumbers(number=np.array([number for number, _ in rows], dtype=np.int64)),
        # Semicolons separate where commas are decimal; a comma cannot be both.
        decimal_commas=decimal_commas,
        unread=tuple(
            (position, _too_short(number, len(cells), width))
            for number, cells in rows
            for position in range(len(cells), width)
        ),
        notes=said_of_header(options.header_row, first=filled[0][0]),
    )


def _delimiter(text: str, file: Path, options: FileOptions) -> tuple[str, str]:
    """What separates cells, and the text without a line that says so."""
    if (stated := SEPARATOR.match(text)) is not None:
        return stated[1], text[stated.end() :]
    lines = text.splitlines() if options.header_row else text.lstrip("\r\n").partition("\n")[:1]
    # What stands in quotes does not separate: the header may quote names that hold a separator.
    header = QUOTED.sub("", "".join(lines[: (options.header_row or (1,))[-1]][-1:]))
    if not any(map(header.count, SEPARATORS)):  # a title: what separates shows below it
        header = QUOTED.sub("", text)
    return max(SEPARATORS if file.suffix.lower() != ".tsv" else "\t", key=header.count), text


def _header(
    filled: list[tuple[int, list[str]]], rows: tuple[int, ...], file: Path
) -> tuple[list[str], int]:
    """Names of columns, and the last row they stand in."""
    if not rows:
        number, header = filled[0]
        return header, number
    cells = dict(filled)
    if rows[-1] not in cells:
        message = f"row {rows[-1]} is empty, where [file] header_row says that names stand"
        raise unreadable(file, message)
    if len(rows) == 1:
        return cells[rows[0]], rows[0]
    upper, lower = cells.get(rows[0], []), cells[rows[1]]
    width = max(len(upper), len(lower))
    upper, lower = (row + [""] * (width - len(row)) for row in (upper, lower))
    return joined_header(spread(upper, lower), lower), rows[1]


def _check_lengths(
    rows: list[tuple[int, list[str]]], header: list[str], *, file: Path, last: int
) -> None:
    """Refuse rows that are longer than the header."""
    width = len(header)
    # Empty cells at the end of a row, as spreadsheets write them, are no data.
    too_long = [(number, cells) for number, cells in rows if any(cells[width:])]
    if not too_long:
        return
    number, cells = too_long[0]
    if len(too_long) > 1 and sum(map(bool, header)) == 1:
        message = (
            f"holds one name, and row {number} has {len(cells)} cells: if it is a title, say in "
            f"the study file where the names of columns stand, as in [file] header_row = {number}"
        )
        raise InputError(
            [Problem(where=f"row {last}", value=header[0], message=message)], file.name
        )
    problems = [
        Problem(
            where=f"row {number}",
            message=f"has {len(cells)} cells, the header has {width} columns",
            cause=f"more cells than the {width} columns of the header",
            row=number,
        )
        for number, cells in too_long
    ]
    raise InputError(problems, file.name)


def _too_short(row: int, n_cells: int, width: int) -> Problem:
    cause = (
        f"fewer cells than the {width} columns of the header: the row is cut off, or the "
        "separators of its empty cells are left out"
    )
    message = (
        f"has {n_cells} cells, the header has {width} columns: the row is cut off, or the "
        "separators of its empty cells are left out"
    )
    return Problem(where=f"row {row}", message=message, row=row, cause=cause)
