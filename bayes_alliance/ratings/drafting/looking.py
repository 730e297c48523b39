"""First look at a file or a frame: which sheet, which row of names, and its columns described.

In goes what a person has; out comes `Looked`: the table as the reader sees it, its columns, what
[file] of the study file must say for that, and what was noticed on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.ratings.drafting.columns import Column, described
from bayes_alliance.ratings.drafting.grids import Grid, excel_grids, text_grids
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.repeated_forms import repeated_forms
from bayes_alliance.ratings.drafting.sheets import Candidate, candidates, n_given
from bayes_alliance.ratings.reading import FileTable, Frame, read_table, table_of_frame
from bayes_alliance.ratings.reading.cells import DECIMAL_COMMA
from bayes_alliance.ratings.reading.files import TEXT
from bayes_alliance.ratings.study.file import FileOptions
from bayes_alliance.ratings.study.tables import TIME

N_ROWS_WITH_COMMAS = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Looked:
    """A file looked at.

    Parameters
    ----------
    name : str
        Of the file.
    table : FileTable
        As the reader reads it; without rows that must be deleted first.
    columns : tuple of Column
        Those that a study file can name, in the order of the file, without blank rows.
    part : Part
        [file] of the study file, and what was seen.
    """

    name: str
    table: FileTable
    columns: tuple[Column, ...]
    part: Part


def look_at_frame(frame: Frame) -> Looked:
    """Look at a frame of pandas, polars or pyarrow."""
    table = table_of_frame(frame, FileOptions())
    return _looked(table, name="data frame", part=Part(), labels=table.questions)


def look_at_file(path: Path, *, sheet: str | None) -> Looked:
    """Look at a file.

    Parameters
    ----------
    sheet : str or None
        Of an Excel file: its name or number; None: the one with most numbers.

    Raises
    ------
    InputError
        If it cannot be read, no sheet has a table, or the one that is named is not there.
    """
    ending = path.suffix.lower()
    excel = ending == ".xlsx"
    if sheet is not None and not excel:
        message = "belongs to Excel files (.xlsx)"
        raise InputError([Problem(where="sheet", value=sheet, message=message)], path.name)
    if not path.is_file() or not (excel or ending in TEXT):
        # The reader says what is wrong with a file that is not there, or of an unknown ending.
        table = read_table(path, FileOptions())
        return _looked(table, name=path.name, part=Part(), labels=_column_labels(path))
    try:
        grids = excel_grids(path) if excel else text_grids(path)
    except InputError:
        raise
    # A damaged file, or a library that is not there: the reader says which.
    except Exception:
        read_table(path, FileOptions())
        raise
    chosen, part = _chosen(path, grids, sheet=sheet)
    options: dict[str, Any] = {line.key: line.value for line in part.lines}
    table = read_table(path, FileOptions(**options))
    # Below the table may stand what the reader cannot tell from ratings.
    if (notes := chosen.notes) and (table.rows.number >= notes).any():
        part = Part.of([_notes_part(chosen, notes), part])
        table = _of_rows(table, table.rows.number < notes)
    labels = table.questions or _codebook(grids, chosen)
    return _looked(table, name=path.name, part=part, labels=labels)


def _of_rows(table: FileTable, kept: NDArray[np.bool_]) -> FileTable:
    """The table without rows that must be deleted first."""
    body = table.frame[kept].reset_index(drop=True)
    return replace(table, frame=body, rows=table.rows.of(kept), unread=())


def _chosen(path: Path, grids: list[Grid], *, sheet: str | None) -> tuple[Candidate, Part]:
    found = candidates(grids if sheet is None else [_of_name(grids, sheet, path)])
    if not found:
        message = (
            "no row of names with data below it was found: give every column a name, in one row "
            "above the data"
        )
        raise InputError([Problem(where=path.name, message=message)], "ratings file")
    chosen = found[0]
    named = sheet is not None
    parts = [_sheet_part(found, grids, named=named), _header_part(chosen), _text_part(chosen)]
    return chosen, Part.of(parts)


def _looked(table: FileTable, *, name: str, part: Part, labels: Mapping[str, str]) -> Looked:
    filled = table.frame.notna() & (table.frame != "")
    frame, carried = repeated_forms(table.frame[filled.any(axis=1)].reset_index(drop=True))
    if not len(frame.columns) or not len(frame):
        raise InputError([Problem(where=name, message="has no rows of data")], name)
    names = [" ".join(str(one).split()) for one in frame.columns]
    twice = [one for one in dict.fromkeys(names) if one and names.count(one) > 1]
    columns = tuple(
        described(
            frame.iloc[:, at],
            name=own,
            label=labels.get(own, ""),
            labels=table.labels.get(own, {}),
            decimal_commas=table.decimal_commas,
        )
        for at, own in enumerate(names)
        if own and own not in twice and TIME not in own
    )
    said = f"Several columns are called {listed(twice)}: give them different names."
    seen = (*table.left_out, *carried)
    part = Part.of([part, Part(decide=(said,) * bool(twice), seen=seen)])
    return Looked(name=name, table=table, columns=columns, part=part)


def _column_labels(path: Path) -> Mapping[str, str]:
    """What SPSS and Stata files say of their columns."""
    match path.suffix.lower():
        case ".sav":
            import pyreadstat

            _, said = pyreadstat.read_sav(str(path), metadataonly=True)
            return {name: label for name, label in said.column_names_to_labels.items() if label}
        case ".dta":
            with pd.read_stata(path, iterator=True) as reader:
                return {name: label for name, label in reader.variable_labels().items() if label}
        case _:
            return {}


def _of_name(grids: list[Grid], sheet: str, path: Path) -> Grid:
    for at, grid in enumerate(grids, start=1):
        if sheet in (grid.name, str(at)):
            return grid
    names = [grid.name for grid in grids]
    message = f"is no sheet; there are {listed(names)}.{nearest(sheet, names)}"
    raise InputError([Problem(where=path.name, value=sheet, message=message)], "sheet")


def _sheet_part(found: list[Candidate], grids: list[Grid], *, named: bool) -> Part:
    chosen = found[0]
    if not chosen.grid.name or (len(grids) == 1 and not named):
        return Part()
    line = Line(table="file", key="sheet", value=chosen.grid.name)
    seen = [f"The sheets are {listed(grid.name for grid in grids)}; {chosen.grid.name} was read."]
    alike = [one.grid.name for one in found[1:] if one.header.names == chosen.header.names]
    decide = []
    if alike:
        verb = "looks alike and was" if len(alike) == 1 else "look alike and were"
        decide.append(
            f"[file] sheet: {chosen.grid.name} was read; {listed(alike)} {verb} not. To read "
            "several together, put them into one table, with a column that says which is which."
        )
    return Part(lines=(line,), seen=tuple(seen), decide=tuple(decide))


def _header_part(chosen: Candidate) -> Part:
    rows = chosen.header.rows
    above = [at + 1 for at in range(rows[0] - 1) if n_given(chosen.grid.rows[at])]
    if len(rows) == 1 and not above:
        return Part()
    value: object = rows[0] if len(rows) == 1 else list(rows)
    seen = f"The names of columns stand in row {rows[0]}"
    if len(rows) == 2:
        seen = f"The names of columns stand in rows {rows[0]} and {rows[1]}, joined by _"
    if above:
        titles = [
            str(next(cell for cell in chosen.grid.rows[at - 1] if cell is not None)) for at in above
        ]
        seen += f"; above them stands: {'; '.join(titles[:3])}"
    return Part(lines=(Line(table="file", key="header_row", value=value),), seen=(f"{seen}.",))


def _notes_part(chosen: Candidate, first: int) -> Part:
    rows = [row for row in chosen.grid.rows[first - 1 :] if n_given(row)]
    said = listed((next(str(cell) for cell in row if cell is not None) for row in rows), most=3)
    which = (
        f"Row {first} below the table is"
        if len(rows) == 1
        else (f"{len(rows)} rows below the table (from row {first}) are")
    )
    decide = f"{which} no data ({said}): delete what stands there before the file is read."
    return Part(decide=(decide,))


def _text_part(chosen: Candidate) -> Part:
    grid, lines, seen = chosen.grid, [], []
    if grid.encoding:
        lines.append(Line(table="file", key="encoding", value=grid.encoding))
        seen.append(f"The text is not UTF-8; as {grid.encoding} its letters look right.")
    body = grid.rows[chosen.header.first_below :][:N_ROWS_WITH_COMMAS]
    commas = [cell for row in body for cell in row if _has_comma(cell)]
    if commas:
        lines.append(Line(table="file", key="decimal", value=","))
        seen.append(f"Decimals are written with a comma, as {commas[0]}.")
    return Part(lines=tuple(lines), seen=tuple(seen))


def _has_comma(cell: object) -> bool:
    return isinstance(cell, str) and DECIMAL_COMMA.fullmatch(cell) is not None


def _codebook(grids: list[Grid], chosen: Candidate) -> dict[str, str]:
    """What another sheet says of the columns, where one of its columns lists their names."""
    names = set(chosen.header.names)
    labels: dict[str, str] = {}
    for grid in grids:
        if grid is chosen.grid:
            continue
        for row in grid.rows:
            said = [str(cell) for cell in row[1:] if cell is not None]
            if row and row[0] in names and said and not names & {*said}:
                labels[str(row[0])] = ", ".join(said)
    return labels
