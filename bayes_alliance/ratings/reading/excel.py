"""Excel files: which sheet holds the ratings, where the names of columns stand, the cells.

Nothing is guessed: of several sheets that hold tables the study file names one.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.ratings.reading.file_table import (
    FileTable,
    joined_header,
    said_of_header,
    spread,
    unreadable,
)
from bayes_alliance.ratings.study.file import FileOptions

FORMULA = re.compile(rb"<f[ />]")


def read_excel(file: Path, options: FileOptions) -> FileTable:
    """Read the sheet of an Excel file that the study file names, or the only one with a table."""
    with pd.ExcelFile(file) as book:
        sheet, notes = _chosen_sheet(book, options)
        frame = _cells(book, sheet)
    given = [number for number, empty in enumerate(frame.isna().all(axis=1), start=1) if not empty]
    if not given:
        raise unreadable(file, "is empty")
    rows = options.header_row or (given[0],)
    if rows[-1] not in given:
        message = f"row {rows[-1]} is empty, where [file] header_row says that names stand"
        raise unreadable(file, message)
    header = _names(frame, rows[-1])
    if len(rows) == 2:
        upper = _merged_names(file, sheet, frame, rows[0])
        header = joined_header(spread(upper, header), header)
    body = frame.iloc[rows[-1] :].reset_index(drop=True)
    body = body.set_axis(pd.Index(header, dtype=object), axis="columns")
    table = FileTable.numbered(body, first=rows[-1] + 1)
    return replace(
        table,
        decimal_commas=options.decimal == ",",
        unread=tuple(_without_value(file, sheet, table)),
        notes=(*notes, *said_of_header(options.header_row, first=given[0])),
    )


def _cells(book: pd.ExcelFile, sheet: str) -> pd.DataFrame:
    # Only an empty cell is one: words such as None and NA are for the columns to read.
    return pd.read_excel(
        book, sheet_name=sheet, header=None, dtype=object, keep_default_na=False, na_values=[""]
    )


def _names(frame: pd.DataFrame, row: int) -> list[str]:
    return ["" if pd.isna(name) else str(name) for name in frame.iloc[row - 1]]


def _chosen_sheet(book: pd.ExcelFile, options: FileOptions) -> tuple[str, tuple[str, ...]]:
    """The sheet to read, and what to say of the others."""
    names = [str(name) for name in book.sheet_names]
    listed = ", ".join(f"{number}: '{name}'" for number, name in enumerate(names, start=1))
    chosen, where = options.sheet, "[file] sheet"
    if chosen is None:
        tables = [name for name in names if len(names) == 1 or _is_table(_cells(book, name))]
        if len(tables) > 1:
            message = (
                f"is needed: {len(tables)} sheets of the file hold tables; say which to read, by "
                f"its name or number ({listed})"
            )
            raise InputError([Problem(where=where, message=message)], "ratings file")
        only = tables[0] if tables else names[0]
        if only == names[0]:
            return only, ()
        return only, (f"Sheet '{only}' is read; the others hold no table.",)
    if isinstance(chosen, int) and chosen > len(names):
        message = f"the file has {len(names)} sheets ({listed})"
        raise InputError([Problem(where=where, value=chosen, message=message)], "ratings file")
    name = names[chosen - 1] if isinstance(chosen, int) else chosen
    if name not in names:
        message = f"the file has no such sheet ({listed}).{nearest(name, names)}"
        raise InputError([Problem(where=where, value=name, message=message)], "ratings file")
    return name, tuple(_alike(book, name, options))


def _is_table(frame: pd.DataFrame) -> bool:
    """Whether a sheet has more than a title: two rows and two columns with anything in them."""
    given = frame.notna()
    return bool(given.any(axis=0).sum() > 1 and given.any(axis=1).sum() > 1)


def _alike(book: pd.ExcelFile, chosen: str, options: FileOptions) -> Iterator[str]:
    """Say which other sheets have the same columns as the one that is read."""
    last = (options.header_row or (1,))[-1]
    header = None
    for name in [chosen, *(str(other) for other in book.sheet_names if other != chosen)]:
        frame = _cells(book, name)
        names = [one for one in _names(frame, last) if one] if len(frame) >= last else []
        if name == chosen:
            header = names
        elif names and names == header:
            yield f"Sheet '{chosen}' is read; sheet '{name}' has the same columns and is not."


def _merged_names(file: Path, sheet: str, frame: pd.DataFrame, row: int) -> list[str]:
    """Names in a row, those of merged cells in every column they span."""
    import openpyxl

    names = _names(frame, row)
    with closing(openpyxl.load_workbook(file)) as book:
        ranges = book[sheet].merged_cells.ranges
    for merged in ranges:
        if merged.min_row <= row <= merged.max_row:
            for column in range(merged.min_col, min(merged.max_col, len(names)) + 1):
                names[column - 1] = names[merged.min_col - 1]
    return names


def _without_value(file: Path, name: str, table: FileTable) -> Iterator[tuple[int, Problem]]:
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
    empty = table.frame.isna().to_numpy()
    if not len(empty):
        return
    first, last = int(table.rows.number[0]), int(table.rows.number[-1])
    with closing(openpyxl.load_workbook(file, read_only=True)) as book:
        for entry, cells in enumerate(book[name].iter_rows(min_row=first, max_row=last)):
            for position, cell in enumerate(cells[: empty.shape[1]]):
                if cell.data_type == "f" and empty[entry, position]:
                    column = str(table.frame.columns[position])
                    yield (
                        position,
                        table.rows.problem(entry, column=column, value=cell.value, message=message),
                    )
