"""Where ratings stand in a file: a column for each informant, or a row for each rating.

All layouts become the same `RatingCells`, one for every cell that holds or could hold a rating, or
the items it is the total of. Cells that cannot be read, or lie outside their scale, are problems.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.errors import Problem, nearest
from bayes_alliance.ratings.reading.cells import as_text, is_blank
from bayes_alliance.ratings.reading.columns import FileColumns
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.tables import ItemsTable


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

    entry: Integers
    informant: Integers
    rating: Floats
    column: tuple[str, ...]
    raw: NDArray[np.object_]
    responses: Floats | None = None

    @property
    def given(self) -> NDArray[np.bool_]:
        """Which cells hold a rating, or part of one."""
        given = ~np.isnan(self.rating)
        if self.responses is not None:
            given |= ~np.isnan(self.responses).all(axis=1)
        return given & (self.informant >= 0)


def rating_cells(file: FileColumns, study: Study) -> tuple[RatingCells, list[Problem]]:
    """Read the ratings of a file in any layout."""
    return _long_cells(file, study) if study.layout == "long" else _wide_cells(file, study)


def _wide_cells(file: FileColumns, study: Study) -> tuple[RatingCells, list[Problem]]:
    columns = tuple(study.informants.values())
    n_rows = len(file.rows)
    ratings, raw, responses, problems = [], [], [], []
    for label, name in study.informants.items():
        if study.items is not None:
            names = study.item_columns(label)
            answered, rating, wrong = _read_items(file, study.items, names)
            problems += wrong
            there = all(column in file.frame for column in names)
            # Only where nothing else explains it: absent columns and cells that cannot be read are
            # said already.
            if n_rows and there and not wrong and np.isnan(answered).all():
                problems.append(_no_ratings(names[0], label))
            raw.append(rating.astype(object))
            responses.append(answered)
        else:
            rating, wrong = file.numbers(name)
            problems += wrong
            if name in file.frame and n_rows and is_blank(file.column(name)).all():
                problems.append(_no_ratings(name, label))
            problems += _outside(file, rating, name, study, label)
            raw.append(file.column(name).astype(object).to_numpy())
        ratings.append(rating)
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
    codes, labels, responses = as_text(file.column(who)), file.labelled(who), None
    if study.items is not None:
        names = study.item_columns(next(iter(study.informants)))
        score = names[0]
        responses, rating, problems = _read_items(file, study.items, names)
        blank_rating = np.isnan(responses).all(axis=1)
    else:
        rating, problems = file.numbers(score)
        blank_rating = np.asarray(is_blank(file.column(score)))
    message = "is blank; a rating needs an informant"
    problems += file.problems_at(pd.isna(labels) & ~blank_rating, who, message)
    informant = np.full(len(labels), -1)
    present = sorted({label for label in labels if label is not None})
    for position, (label, value) in enumerate(study.informants.items()):
        mine = (labels == value) | (codes == value)
        informant[mine] = position
        if who in file.frame and len(labels) and not mine.any():
            message = f"informant '{label}' has no rows: no such value.{nearest(value, present)}"
            problems.append(Problem(where=f"column {who}", value=value, message=message))
        elif score in file.frame and mine.any() and blank_rating[mine].all():
            problems.append(_no_ratings(score, label))
        # Items have ends of their own; a total of them cannot lie outside its scale.
        if responses is None:
            problems += _outside(file, np.where(mine, rating, np.nan), score, study, label)
    unlisted = pd.Series(labels)[(informant == -1) & ~pd.isna(labels)]
    for value, entries in unlisted.groupby(unlisted, sort=False).groups.items():
        others = "" if len(entries) == 1 else f" (so in {len(entries):,} rows)"
        suggestion = nearest(str(value), study.informants.values())
        message = f"is not a value listed in [informants]{others}.{suggestion}"
        # One problem for a value, however many rows hold it: a new informant would fill the screen.
        problems.append(file.rows.problem(entries[0], column=who, value=value, message=message))
    cells = RatingCells(
        entry=np.arange(len(file.rows)),
        informant=informant,
        rating=rating,
        column=(score,) * len(study.informants),
        raw=(file.column(score) if responses is None else pd.Series(rating))
        .astype(object)
        .to_numpy(),
        responses=responses,
    )
    return cells, problems


def _read_items(
    file: FileColumns, table: ItemsTable, names: list[str]
) -> tuple[Floats, Floats, list[Problem]]:
    """Read responses, shape (n_rows, n_items), NaN where blank or wrong, and their totals."""
    columns, problems = [], []
    message = (
        f"is no response to an item: these are whole numbers from {table.lower} to "
        f"{table.upper}; leave the cell empty if the item was not answered"
    )
    for name in names:
        numbers, not_numbers = file.numbers(name)
        outside = (numbers < table.lower) | (numbers > table.upper)
        wrong = outside | (~np.isnan(numbers) & (numbers != np.round(numbers)))
        problems += not_numbers + file.problems_at(wrong, name, message)
        columns.append(np.where(wrong, np.nan, numbers))
    responses = np.column_stack(columns)
    return responses, table.items().totals(responses), problems


def _no_ratings(column: str, label: str) -> Problem:
    return Problem(where=f"column {column}", message=f"informant '{label}' has no ratings")


def _outside(
    file: FileColumns, ratings: Floats, name: str, study: Study, label: str
) -> list[Problem]:
    scale = study.scales[label]
    if scale.lower is None or scale.upper is None:
        return []
    code = (
        "leave the cell empty if it stands for a missing rating, or list what stands there in "
        "[file] missing"
    )
    message = f"is outside the scale of informant '{label}' ({scale}); {code}"
    wrong = (ratings < scale.lower) | (ratings > scale.upper)
    cause = f"is outside the scale ({scale}): a code of missing values? List it in [file] missing"
    return file.problems_at(wrong, name, message, cause=cause)
