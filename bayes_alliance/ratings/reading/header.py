"""Names of columns: those the study file names, found in the file or missed."""

from collections.abc import Mapping, Sequence

import pandas as pd

from bayes_alliance.errors import Problem, nearest
from bayes_alliance.ratings.reading.file_table import FileTable

N_ROWS_ABOVE = 30  # of titles, in which names of columns are looked for


def used_columns(table: FileTable, keys: Mapping[str, str]) -> tuple[pd.DataFrame, list[Problem]]:
    """Keep the columns that are named; blanks within a name are one blank.

    Parameters
    ----------
    keys : mapping of str to str
        Names of columns, with the key of the study file that names each.

    Returns
    -------
    frame : DataFrame
        The columns that are there, the first of two of the same name; rows numbered from 0.
    problems : list of Problem
        Columns that are absent or stand twice, and what could not be read in those used.
    """
    frame = table.frame
    names = column_names(table)
    used = set()
    problems, kept, absent = [], {}, []
    for name, key in keys.items():
        positions = [at for at, present in enumerate(names) if present == _in_a_line(name)]
        if not positions:
            absent.append(name)
            hint = nearest(name, names)
            if name in frame.index.names:
                hint = " It is in the index of the frame: use frame.reset_index()."
            message = f"the file has no such column (study file: {key}).{hint}"
            problems.append(Problem(where=f"column {name}", message=message))
            continue
        if len(positions) > 1:
            message = f"stands {len(positions)} times in the header"
            problems.append(Problem(where=f"column {name}", message=message))
        used.add(positions[0])
        kept[name] = frame.iloc[:, positions[0]].reset_index(drop=True)
    if below := _names_below(table, absent):
        problems = [below]
    problems += dict.fromkeys(problem for position, problem in table.unread if position in used)
    return pd.DataFrame(kept, index=pd.RangeIndex(len(frame))), problems


def column_names(table: FileTable) -> list[str]:
    """Names of all columns of a file, each in a line."""
    return [_in_a_line(str(name)) for name in table.frame.columns]


def _names_below(table: FileTable, absent: Sequence[str]) -> Problem | None:
    """Find the row in which absent columns are named, below titles."""
    wanted = {_in_a_line(name) for name in absent}
    for entry, cells in enumerate(table.frame.head(N_ROWS_ABOVE).itertuples(index=False)):
        there = {_in_a_line(cell) for cell in cells if isinstance(cell, str)}
        if len(wanted) > 1 and wanted <= there:
            row = int(table.rows.number[entry])
            message = (
                f"holds the names of columns ({', '.join(absent[:3])}, ...): say in the study file "
                f"[file] header_row = {row}"
            )
            return Problem(where=table.rows.name(entry), message=message)
    return None


def _in_a_line(name: str) -> str:
    """A name as it is written in a study file: spreadsheets break long ones into lines."""
    return " ".join(name.split())
