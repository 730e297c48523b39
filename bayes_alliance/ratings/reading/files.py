"""Files to tables: csv, tsv, parquet, Excel, SPSS and Stata, distinguished by their ending.

Text files are read as text, so that identifiers keep leading zeros; the other formats keep the
types they store, with codes instead of value labels (SPSS, Stata). Only the first sheet of an
Excel file is read. Each row comes with the row number a spreadsheet shows: the header is row 1.
"""

import csv
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Integers
from bayes_alliance.errors import InputError, Problem, nearest

QUOTED = re.compile(r'"[^"]*"')
FORMULA = re.compile(rb"<f[ />]")


@dataclass(frozen=True, kw_only=True, eq=False)
class FileTable:
    """A file as a table.

    Parameters
    ----------
    row_numbers : ndarray of int64
        Row of the file, for each row of `frame`; the header is row 1.
    decimal_commas : bool
        Whether numbers may be written with a comma.
    unread : tuple of (int, Problem)
        Position of a column, and what stands there that could not be read.
    """

    frame: pd.DataFrame
    row_numbers: Integers
    decimal_commas: bool = False
    unread: tuple[tuple[int, Problem], ...] = ()

    @classmethod
    def numbered(cls, frame: pd.DataFrame) -> Self:
        """Number the rows of a frame as if its columns' names stood in row 1."""
        return cls(frame=frame, row_numbers=np.arange(2, len(frame) + 2))


def read_table(path: str | Path) -> FileTable:
    """Read a file of any of the formats.

    Parameters
    ----------
    path : str or Path
        Ending in .csv, .tsv, .txt, .parquet, .xlsx, .sav or .dta.

    Raises
    ------
    InputError
        If the file is not there, its ending is unknown, it cannot be read, or the library that
        reads it is not installed (the message says which extra to install).
    """
    file = Path(path)
    ending = file.suffix.lower()
    # Unlike pathlib's, these answer any name, one of 300 letters or with NUL in it too.
    if not os.path.exists(file):
        beside = os.listdir(file.parent) if os.path.isdir(file.parent) else []
        raise _unreadable(file, f"there is no such file.{nearest(file.name, beside)}")
    if os.path.isdir(file):
        raise _unreadable(file, "is a folder, not a file")
    if ending not in READERS:
        known = ", ".join(READERS)
        raise _unreadable(file, f"'{ending}' is not a format that can be read; allowed: {known}")
    reader, extra = READERS[ending]
    try:
        return reader(file)
    except InputError:
        raise
    except ImportError as error:
        message = f'needs a library: pip install "bayes-alliance[{extra}]"'
        raise _unreadable(file, message) from error
    # Each library has its own errors for a damaged file; whatever they are, the file is at fault.
    except Exception as error:
        raise _unreadable(file, f"cannot be read as {ending} ({error})") from error


def _unreadable(file: Path, message: str) -> InputError:
    return InputError([Problem(where=str(file), message=message)], "ratings file")


def _read_delimited(file: Path) -> FileTable:
    content = file.read_bytes()
    # Excel's 'Unicode text' is UTF-16, with a mark that says so.
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        message = "is not UTF-8 text; save it as 'CSV UTF-8'"
        raise _unreadable(file, message) from error
    return table_of_text(text, name=str(file))


def table_of_text(text: str, *, name: str) -> FileTable:
    """Read the text of a file whose cells are separated by tabs, semicolons or commas.

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
        raise _unreadable(file, "is not a text file")
    # What stands in quotes does not separate: the header may quote names that hold a separator.
    first_line = QUOTED.sub("", text.lstrip("\r\n")).partition("\n")[0]
    delimiter = max("\t;," if file.suffix.lower() != ".tsv" else "\t", key=first_line.count)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    filled = [(number, cells) for number, cells in enumerate(lines, start=1) if any(cells)]
    if not filled:
        raise _unreadable(file, "is empty")
    (_, header), rows = filled[0], filled[1:]
    too_long = [
        Problem(
            where=f"row {number}",
            message=f"has {len(cells)} cells, the header has {len(header)} columns",
        )
        for number, cells in rows
        # Empty cells at the end of a row, as spreadsheets write them, are no data.
        if any(cells[len(header) :])
    ]
    if too_long:
        raise InputError(too_long, file.name)
    width = len(header)
    blank = [""] * width
    data = [(cells + blank)[:width] for _, cells in rows]
    frame = pd.DataFrame(data, columns=pd.Index(header, dtype=object), dtype=object)
    return FileTable(
        frame=frame,
        row_numbers=np.array([number for number, _ in rows], dtype=np.int64),
        # Semicolons separate where commas are decimal; a comma cannot be both.
        decimal_commas=delimiter == ";",
        unread=tuple(
            (position, _too_short(number, len(cells), width))
            for number, cells in rows
            for position in range(len(cells), width)
        ),
    )


def _too_short(row: int, n_cells: int, width: int) -> Problem:
    message = (
        f"has {n_cells} cells, the header has {width} columns: the row is cut off, or the "
        "separators of its empty cells are left out"
    )
    return Problem(where=f"row {row}", message=message, row=row)


def _read_excel(file: Path) -> FileTable:
    # Only an empty cell is one: words such as None and NA are for the columns to read.
    frame = pd.read_excel(file, header=None, dtype=object, keep_default_na=False, na_values=[""])
    if frame.empty:
        raise _unreadable(file, "is empty")
    header = ["" if pd.isna(name) else str(name) for name in frame.iloc[0]]
    body = frame.iloc[1:].reset_index(drop=True)
    table = FileTable.numbered(body.set_axis(pd.Index(header, dtype=object), axis="columns"))
    return replace(table, unread=tuple(_without_value(file, table.frame)))


def _without_value(file: Path, body: pd.DataFrame) -> Iterator[tuple[int, Problem]]:
    """Find formulas of which the file holds no value: no program computed and saved it."""
    with zipfile.ZipFile(file) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        if not any(FORMULA.search(parts.read(name)) for name in sheets):
            return
    import openpyxl

    message = (
        "is a formula whose value the file does not hold; open the file in a spreadsheet program, "
        "save it there, and read it again"
    )
    empty = body.isna().to_numpy()
    sheet = openpyxl.load_workbook(file, read_only=True).worksheets[0]
    for number, cells in enumerate(sheet.iter_rows(min_row=2, max_row=len(body) + 1)):
        for position, cell in enumerate(cells[: empty.shape[1]]):
            if cell.data_type == "f" and empty[number, position]:
                row = number + 2
                where = f"row {row}, column {body.columns[position]}"
                yield position, Problem(where=where, value=cell.value, message=message, row=row)


def _read_parquet(file: Path) -> FileTable:
    frame = pd.read_parquet(file)
    # pandas keeps an index that has a name as one of the columns; a nameless one only counts rows.
    index = [name for name in frame.index.names if name is not None]
    return FileTable.numbered(frame.reset_index(level=index) if index else frame)


def _read_spss(file: Path) -> FileTable:
    # Codes, not labels: the study file says what values mean, and labels may repeat.
    return FileTable.numbered(pd.read_spss(file, convert_categoricals=False))


def _read_stata(file: Path) -> FileTable:
    return FileTable.numbered(pd.read_stata(file, convert_categoricals=False))


READERS: dict[str, tuple[Callable[[Path], FileTable], str]] = {
    ".csv": (_read_delimited, ""),
    ".tsv": (_read_delimited, ""),
    ".txt": (_read_delimited, ""),
    ".parquet": (_read_parquet, "parquet"),
    ".xlsx": (_read_excel, "excel"),
    ".sav": (_read_spss, "spss"),
    ".dta": (_read_stata, ""),
}
