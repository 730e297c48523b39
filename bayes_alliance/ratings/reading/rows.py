"""Rows of a ratings file: from what stands there to numbers, identifiers, covariates, ratings.

`parse_rows` takes a table as a file reader left it and a `Study`, and gives `FileRows`: arrays
with one entry per row, and one per rating cell, the same for all layouts. Cells that cannot be
read are collected as problems, with the row a spreadsheet shows (the header is row 1).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.errors import Problem
from bayes_alliance.levels import LEVELS
from bayes_alliance.ratings.reading.cells import is_blank
from bayes_alliance.ratings.reading.columns import FileColumns, Values, used_columns
from bayes_alliance.ratings.reading.files import FileTable
from bayes_alliance.ratings.reading.layouts import RatingCells, rating_cells
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.variables import Covariate

# Times nearer than these shares, of their span or of the largest, differ by rounding; but no more
# than this share of the unit of slopes, or one time far off would make one of all others.
OF_SPAN, OF_SIZE, OF_UNIT = 1e-9, 1e-12, 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class FileRows:
    """A ratings file, read but not yet put in order; one entry per row.

    Parameters
    ----------
    row : ndarray of int64
        Row a spreadsheet shows.
    child : ndarray of object
        Identifier; None where it is blank.
    therapist, clinic : ndarray of object, or None
        None if the study has no such column.
    time : ndarray of float64
        NaN where it is blank or cannot be read.
    in_treatment : ndarray of float64, or None
        1, 0 or NaN.
    covariate_values : dict of str to ndarray
        float64, or object (str or None) for a categorical covariate.
    """

    row: Integers
    child: NDArray[np.object_]
    therapist: NDArray[np.object_] | None
    clinic: NDArray[np.object_] | None
    time: Floats
    in_treatment: Floats | None
    last_occasion: Floats | None
    covariates: tuple[Covariate, ...]
    covariate_values: dict[str, Values]
    cells: RatingCells


def same_times(time: Floats, *, per: float) -> Floats:
    """Make one time of those that differ by rounding only.

    As 0.3 and 0.1 + 0.2, which apart would be two occasions, each with half of the ratings. The
    first of those alike stands for all of them.

    Parameters
    ----------
    per : float
        Unit of slopes.
    """
    known, place = np.unique(time[~np.isnan(time)], return_inverse=True)
    if not len(known):
        return time
    nearer = max(OF_SPAN * np.ptp(known), OF_SIZE * np.abs(known).max())
    nearer = min(nearer, OF_UNIT * per)
    apart = np.diff(known, prepend=-np.inf) > nearer
    out = time.copy()
    out[~np.isnan(time)] = known[apart][np.cumsum(apart) - 1][place]
    return out


def parse_rows(table: FileTable, *, study: Study) -> tuple[FileRows, list[Problem]]:
    """Read the cells of a table; rows that are blank in all used columns are skipped.

    Returns
    -------
    rows : FileRows
    problems : list of Problem
        Columns that are absent or doubled and cells that cannot be read.
    """
    used, problems = used_columns(table, study)
    row = np.asarray(table.row_numbers, dtype=np.int64)
    if used.columns.size:
        # Spreadsheets end in empty rows, and keep rows for columns that the study does not use.
        blank = np.logical_and.reduce([is_blank(used[name]) for name in used.columns])
        used, row = used.loc[~blank].reset_index(drop=True), row[~blank]
    if not len(used):
        problems.append(Problem(where="file", message="has no rows of data below the header"))
    file = FileColumns(frame=used, row=row, decimal_commas=table.decimal_commas)
    identifiers = {}
    for level in LEVELS:
        name = getattr(study.columns, level)
        if name is not None:
            identifiers[level], wrong = file.identifiers(name)
            problems += wrong
    time = np.full(len(used), study.time.origin)
    if study.columns.time is not None:
        time, wrong = file.numbers(
            study.columns.time,
            needed="a time is needed",
            meaning="times are numbers, such as months since entry",
        )
        problems += wrong
        time = same_times(time, per=study.time.per)
    in_treatment = last_occasion = None
    if study.treatment is not None and study.treatment.in_treatment is not None:
        needed = "in treatment or not: 1 or 0"
        in_treatment, wrong = file.zero_one(study.treatment.in_treatment, needed=needed)
        problems += wrong
    elif study.treatment is not None:
        last_occasion, wrong = file.numbers(study.treatment.column)
        problems += wrong
    covariates, values = [], {}
    for name, described in study.covariate_levels.items():
        covariate, values[name], wrong = file.covariate(name, described, study=study)
        covariates.append(covariate)
        problems += wrong
    cells, wrong = rating_cells(file, study)
    rows = FileRows(
        row=row,
        child=identifiers["child"],
        therapist=identifiers.get("therapist"),
        clinic=identifiers.get("clinic"),
        time=time,
        in_treatment=in_treatment,
        last_occasion=last_occasion,
        covariates=tuple(covariates),
        covariate_values=values,
        cells=cells,
    )
    return rows, problems + wrong
