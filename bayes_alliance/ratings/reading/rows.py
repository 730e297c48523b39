"""Rows of a ratings file: from what stands there to numbers, identifiers, covariates, ratings.

`parse_rows` takes a table as a file reader left it and a `Study`, and gives `FileRows`: arrays
with one entry per row, and one per rating cell, the same for all layouts. Cells that cannot be
read are collected as problems, with the row as the program of the file shows it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.reading.cells import RowNumbers, is_blank
from bayes_alliance.ratings.reading.codes import without_codes
from bayes_alliance.ratings.reading.columns import FileColumns, Values
from bayes_alliance.ratings.reading.file_table import FileTable
from bayes_alliance.ratings.reading.header import column_names, used_columns
from bayes_alliance.ratings.reading.layouts import RatingCells, rating_cells
from bayes_alliance.ratings.reading.over_time import columns_over_time, over_time
from bayes_alliance.ratings.reading.times import times_of
from bayes_alliance.ratings.reading.units import units_of
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.tables import TIME, CovariateTable
from bayes_alliance.ratings.variables import Covariate


@dataclass(frozen=True, kw_only=True, eq=False)
class FileRows:
    """A ratings file, read but not yet put in order; one entry per row.

    Parameters
    ----------
    rows : RowNumbers
        What each is called in the program of the file.
    source : ndarray of int64
        Position of the row in the table of the file.
    child : ndarray of object
        Identifier; None where it is blank.
    therapist, clinic : ndarray of object, or None
        None if the study has no such column. Where a row is blank, as in other rows of the child.
    alone : tuple of str
        Those that stand in for therapists of children without one.
    time : ndarray of float64
        NaN where it is blank or cannot be read.
    in_treatment : ndarray of float64, or None
        1, 0 or NaN.
    covariate_values : dict of str to ndarray
        float64, or object (str or None) for a categorical covariate.
    notes : tuple of str
        What was done that a person should know.
    unused : ndarray of bool, or None
        Rows of no occasion: without a time, or of times at which nobody rated; None: all are used.
    """

    rows: RowNumbers
    source: Integers
    child: NDArray[np.object_]
    therapist: NDArray[np.object_] | None
    clinic: NDArray[np.object_] | None
    alone: tuple[str, ...]
    time: Floats
    in_treatment: Floats | None
    last_occasion: Floats | None
    covariates: tuple[Covariate, ...]
    covariate_values: dict[str, Values]
    cells: RatingCells
    notes: tuple[str, ...]
    unused: NDArray[np.bool_] | None = None


def parse_rows(table: FileTable, *, study: Study) -> tuple[FileRows, list[Problem]]:
    """Read the cells of a table; rows that are blank in all used columns are skipped.

    Returns
    -------
    rows : FileRows
    problems : list of Problem
        Columns that are absent or doubled and cells that cannot be read.
    """
    file, source, notes, problems = _used_file(table, study)
    units, wrong = units_of(file, study)
    problems += wrong
    aside = _of_no_occasion(file, study, units.child)
    time, wrong = times_of(file, study, units.child, ~aside)
    problems += wrong
    in_treatment = last_occasion = None
    if study.treatment is not None and study.treatment.in_treatment is not None:
        in_treatment, wrong = file.zero_one(study.treatment.in_treatment)
        blank = np.asarray(is_blank(file.column(study.treatment.in_treatment))) & ~aside
        message = "is blank; in treatment or not: 1 or 0"
        problems += wrong + file.problems_at(blank, study.treatment.in_treatment, message)
    elif study.treatment is not None:
        last_occasion, wrong = file.numbers(study.treatment.column)
        problems += wrong
    covariates, values = [], {}
    columns = study.covariate_columns
    for name, level in study.covariate_levels.items():
        details = study.covariate.get(name, CovariateTable())
        covariate, values[name], wrong = file.covariate(
            name, level, column=columns[name], details=details
        )
        covariates.append(covariate)
        problems += wrong
    cells, wrong = rating_cells(file, study)
    if n := int(aside.sum()):
        what = "1 row holds" if n == 1 else f"{n:,} rows hold"
        notes.append(f"{what} neither a time nor a rating: what is there of the child is used.")
    rows = FileRows(
        rows=file.rows,
        source=source,
        child=units.child,
        therapist=units.therapist,
        clinic=units.clinic,
        alone=units.alone,
        time=time,
        in_treatment=in_treatment,
        last_occasion=last_occasion,
        covariates=tuple(covariates),
        covariate_values=values,
        cells=cells,
        notes=(*table.notes, *table.left_out, *notes, *units.notes),
        unused=aside if n else None,
    )
    return rows, problems + wrong


def _of_no_occasion(
    file: FileColumns, study: Study, child: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Rows that say what holds of a child, who has others, and nothing of an occasion.

    As the row of a record itself, where an export has further rows for forms that are repeated.
    """
    time, keys = study.columns.time, study.column_keys.items()
    if time is None or time not in file.frame:
        return np.zeros(len(child), dtype=bool)
    of_treatment = study.treatment.in_treatment if study.treatment is not None else None
    stands = ("columns.time", "columns.rating", "informants.", "items,", "covariates.occasion")
    of_occasions = [name for name, key in keys if key.startswith(stands) or name == of_treatment]
    blank = {name: np.asarray(is_blank(file.column(name))) for name in of_occasions}
    has_others = pd.Series(~blank[time]).groupby(pd.Series(child)).transform("any")
    return np.logical_and.reduce([*blank.values(), has_others.fillna(False).to_numpy(dtype=bool)])


def _used_file(
    table: FileTable, study: Study
) -> tuple[FileColumns, Integers, list[str], list[Problem]]:
    """The columns that are used, without blank rows, codes of missing values and copies.

    Returns
    -------
    file : FileColumns
    source : ndarray of int64
        Position in the table of each row.
    notes : list of str
    problems : list of Problem
    """
    keys, columns = study.column_keys, None
    if study.layout == "wide_over_time":
        columns = columns_over_time(column_names(table), study)
        keys = {name: key for name, key in keys.items() if TIME not in name} | dict(columns.keys)
    used, problems = used_columns(table, keys)
    if columns is not None:
        problems += columns.problems
        if not columns.times:  # without any time there is nothing to read
            raise InputError(problems, "ratings file")
    keep = np.ones(len(used), dtype=bool)
    if used.columns.size:
        # Spreadsheets end in empty rows, and keep rows for columns that the study does not use.
        keep &= ~np.logical_and.reduce([is_blank(used[name]) for name in used.columns])
    if not keep.any():
        problems.append(Problem(where="file", message="has no rows of data below the header"))
    notes = []
    if study.file.duplicates == "drop":
        copies = keep & copies_of_earlier(table.frame)
        keep &= ~copies
        if n := int(copies.sum()):
            what = "row is a copy" if n == 1 else "rows are copies"
            notes.append(f"{n:,} {what} of an earlier one in every cell, and left out.")
    source = np.flatnonzero(keep)
    used, rows = used.iloc[source].reset_index(drop=True), table.rows.of(source)
    used, wrong, said = without_codes(
        used, study, names=column_names(table), decimal_commas=table.decimal_commas
    )
    labels = dict(table.labels)
    if columns is not None:
        used, rows, of_row = over_time(used, rows, times=columns.times, study=study)
        source = source[of_row]
        labels |= _labels_over_time(labels, columns.times, study)
    file = FileColumns(frame=used, rows=rows, decimal_commas=table.decimal_commas, labels=labels)
    return file, source, notes + said, problems + wrong


def _labels_over_time(
    labels: Mapping[str, Mapping[str, str]], texts: Iterable[str], study: Study
) -> dict[str, dict[str, str]]:
    """Labels of values of the columns of all times together, by their pattern."""
    return {
        name: {
            code: label
            for text in texts
            for code, label in labels.get(name.replace(TIME, text), {}).items()
        }
        for name in study.column_keys
        if TIME in name
    }


def copies_of_earlier(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows are like an earlier one in every cell."""
    try:
        return frame.duplicated().to_numpy()
    except TypeError:  # a cell holds a list or another value that cannot be hashed
        return frame.astype(str).duplicated().to_numpy()
