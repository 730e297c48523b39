"""Rows of a ratings file, cell by cell: from what stands there to numbers and identifiers.

`parse_rows` takes a table as a file reader left it and a `Study`, and gives `FileRows`: arrays
with one entry per row, and one per rating cell, the same for both layouts. Cells that cannot be
read are collected as problems, with the row a spreadsheet shows (the header is row 1).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.errors import Problem, nearest
from bayes_alliance.ratings.items import columns_of
from bayes_alliance.ratings.reading.cells import as_text, is_blank
from bayes_alliance.ratings.reading.columns import FileColumns, Values, used_columns
from bayes_alliance.ratings.reading.items import read_items
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.variables import Covariate


@dataclass(frozen=True, kw_only=True, eq=False)
class RatingCells:
    """Every cell that holds or could hold a rating.

    Parameters
    ----------
    entry : ndarray of int64
        Position of the row in `FileRows`.
    informant : ndarray of int64
        Position of the informant; -1 where a long file has none or an unknown one.
    rating : ndarray of float64
        NaN where blank or not a number.
    column : tuple of str
        Column of the rating, by position of the informant.
    raw : ndarray of object
        What stands in the cell; the total where it holds items.
    responses : ndarray of float64, or None
        Items as answered, shape (n_cells, n_items); None if the file holds totals.
    """

    entry: NDArray[np.int64]
    informant: NDArray[np.int64]
    rating: NDArray[np.float64]
    column: tuple[str, ...]
    raw: NDArray[np.object_]
    responses: NDArray[np.float64] | None = None

    @property
    def given(self) -> NDArray[np.bool_]:
        """Which cells hold a rating, or part of one."""
        given = ~np.isnan(self.rating)
        if self.responses is not None:
            given |= ~np.isnan(self.responses).all(axis=1)
        return given & (self.informant >= 0)


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
        None as a whole if the study has no such column.
    time : ndarray of float64
        NaN where it is blank or cannot be read.
    in_treatment : ndarray of float64, or None
        1, 0 or NaN.
    last_occasion : ndarray of float64, or None
    covariate_values : dict of str to ndarray
        float64, or object (str or None) for a categorical covariate.
    """

    row: NDArray[np.int64]
    child: NDArray[np.object_]
    therapist: NDArray[np.object_] | None
    clinic: NDArray[np.object_] | None
    time: NDArray[np.float64]
    in_treatment: NDArray[np.float64] | None
    last_occasion: NDArray[np.float64] | None
    covariates: tuple[Covariate, ...]
    covariate_values: dict[str, Values]
    cells: RatingCells


def parse_rows(
    frame: pd.DataFrame, *, study: Study, row_numbers: NDArray[np.int64]
) -> tuple[FileRows, list[Problem]]:
    """Read the cells of a table; rows that are blank in all used columns are skipped.

    Parameters
    ----------
    frame : DataFrame
        One row per row of the file.
    row_numbers : ndarray of int64
        Row of the file, for each row of `frame`.

    Returns
    -------
    rows : FileRows
    problems : list of Problem
        Columns that are absent or doubled and cells that cannot be read.
    """
    used, problems = used_columns(frame, study)
    row = np.asarray(row_numbers, dtype=np.int64)
    if used.columns.size:
        blank = np.logical_and.reduce([is_blank(used[name]) for name in used.columns])
        used, row = used.loc[~blank].reset_index(drop=True), row[~blank]
    if not len(used):
        problems.append(Problem(where="file", message="has no rows of data below the header"))
    file = FileColumns(frame=used, row=row)
    identifiers = {}
    for level in ("child", "therapist", "clinic"):
        name = getattr(study.columns, level)
        if name is not None:
            identifiers[level], found = file.identifiers(name)
            problems += found
    if study.columns.time is None:
        time = np.full(len(used), study.time.origin)
    else:
        time, found = file.numbers(
            study.columns.time,
            needed="a time is needed",
            meaning="times are numbers, such as months since entry",
        )
        problems += found
    in_treatment = last_occasion = None
    if study.treatment is not None and study.treatment.in_treatment is not None:
        needed = "in treatment or not: 1 or 0"
        in_treatment, found = file.zero_one(study.treatment.in_treatment, needed=needed)
        problems += found
    elif study.treatment is not None:
        last_occasion, found = file.numbers(study.treatment.column)
        problems += found
    covariates, values = [], {}
    for name, level in study.covariate_levels.items():
        covariate, values[name], found = file.covariate(name, level, study=study)
        covariates.append(covariate)
        problems += found
    read_cells = _wide_cells if study.layout == "wide" else _long_cells
    cells, found = read_cells(file, study)
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
    return rows, problems + found


def _wide_cells(file: FileColumns, study: Study) -> tuple[RatingCells, list[Problem]]:
    columns = tuple(study.informants.values())
    n_rows = len(file.row)
    ratings, raw, responses, problems = [], [], [], []
    for label, name in study.informants.items():
        if study.items is not None:
            answered, rating, found = read_items(file, study, label)
            problems += found
            there = all(column in file.frame for column in columns_of(study, label))
            if n_rows and there and not found and np.isnan(answered).all():
                problems.append(_no_ratings(columns_of(study, label)[0], label))
            ratings.append(rating)
            raw.append(rating.astype(object))
            responses.append(answered)
            continue
        rating, found = file.numbers(name)
        problems += found
        if name in file.frame and n_rows and is_blank(file.column(name)).all():
            problems.append(_no_ratings(name, label))
        problems += _outside(file, rating, name, study, label)
        ratings.append(rating)
        raw.append(file.column(name).astype(object).to_numpy())
    cells = RatingCells(
        entry=np.tile(np.arange(n_rows), len(columns)),
        informant=np.repeat(np.arange(len(columns)), n_rows),
        rating=np.concatenate(ratings),
        column=columns,
        raw=np.concatenate(raw),
        responses=np.concatenate(responses) if responses else None,
    )
    return cells, problems


def _long_cells(file: FileColumns, study: Study) -> tuple[RatingCells, list[Problem]]:
    who, score = study.columns.informant or "", study.columns.rating or ""
    labels, responses = as_text(file.column(who)), None
    if study.items is not None:
        first = next(iter(study.informants))
        score = columns_of(study, first)[0]
        responses, rating, problems = read_items(file, study, first)
        blank_rating = np.isnan(responses).all(axis=1)
    else:
        rating, problems = file.numbers(score)
        blank_rating = np.asarray(is_blank(file.column(score)))
    message = "is blank; a rating needs an informant"
    problems += file.problems_at(pd.isna(labels) & ~blank_rating, who, message)
    informant = np.full(len(labels), -1)
    present = sorted({label for label in labels if label is not None})
    for position, (label, value) in enumerate(study.informants.items()):
        mine = labels == value
        informant[mine] = position
        if who in file.frame and len(labels) and not mine.any():
            message = f"informant '{label}' has no rows: no such value.{nearest(value, present)}"
            problems.append(Problem(where=f"column {who}", value=value, message=message))
        elif score in file.frame and mine.any() and blank_rating[mine].all():
            problems.append(_no_ratings(score, label))
        if responses is None:
            problems += _outside(file, np.where(mine, rating, np.nan), score, study, label)
    strange = pd.Series(labels)[(informant == -1) & ~pd.isna(labels)]
    for value, entries in strange.groupby(strange, sort=False).groups.items():
        others = "" if len(entries) == 1 else f" (so in {len(entries):,} rows)"
        suggestion = nearest(str(value), study.informants.values())
        message = f"is not a value listed in [informants]{others}.{suggestion}"
        where = f"row {file.row[entries[0]]}, column {who}"
        problems.append(Problem(where=where, value=value, message=message))
    cells = RatingCells(
        entry=np.arange(len(file.row)),
        informant=informant,
        rating=rating,
        column=(score,) * len(study.informants),
        raw=(file.column(score) if responses is None else pd.Series(rating))
        .astype(object)
        .to_numpy(),
        responses=responses,
    )
    return cells, problems


def _no_ratings(column: str, label: str) -> Problem:
    return Problem(where=f"column {column}", message=f"informant '{label}' has no ratings")


def _outside(
    file: FileColumns, ratings: NDArray[np.float64], name: str, study: Study, label: str
) -> list[Problem]:
    scale = study.scales[label]
    if scale.lower is None or scale.upper is None:
        return []
    message = (
        f"is outside the scale of informant '{label}' ({scale}); "
        "leave the cell empty if it stands for a missing rating"
    )
    wrong = (ratings < scale.lower) | (ratings > scale.upper)
    return file.problems_at(wrong, name, message)
