"""One column of a ratings file at a time: identifiers, numbers, 0/1, covariates.

Each reading returns the values, one per row, and the problems of the cells that cannot be read,
each with the row a spreadsheet shows. A column the file lacks reads as blank without a word,
since `used_columns` has reported it once already.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.errors import Problem, nearest
from bayes_alliance.errors.text import unprintable
from bayes_alliance.ratings.reading.cells import (
    as_numbers,
    as_text,
    cell_problem,
    with_truth_as_numbers,
)
from bayes_alliance.ratings.reading.files import FileTable
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.entries import LARGEST
from bayes_alliance.ratings.variables import Covariate, CovariateLevel, Kind

MOST_EXACT = 2.0**53  # beyond it, not every whole number is one of the file's

type Values = Floats | NDArray[np.object_]


def used_columns(table: FileTable, study: Study) -> tuple[pd.DataFrame, list[Problem]]:
    """Keep the columns the study names; blanks within a name are one blank.

    Returns
    -------
    frame : DataFrame
        The columns that are there, the first of two of the same name; rows numbered from 0.
    problems : list of Problem
        Columns that are absent or stand twice, and what could not be read in those used.
    """
    frame = table.frame
    names = [_in_a_line(str(name)) for name in frame.columns]
    used = set()
    problems, kept = [], {}
    for name, key in study.column_keys.items():
        positions = [at for at, present in enumerate(names) if present == _in_a_line(name)]
        if not positions:
            message = f"the file has no such column (study file: {key}).{nearest(name, names)}"
            problems.append(Problem(where=f"column {name}", message=message))
            continue
        if len(positions) > 1:
            message = f"stands {len(positions)} times in the header"
            problems.append(Problem(where=f"column {name}", message=message))
        used.add(positions[0])
        kept[name] = frame.iloc[:, positions[0]].reset_index(drop=True)
    problems += dict.fromkeys(problem for position, problem in table.unread if position in used)
    return pd.DataFrame(kept, index=pd.RangeIndex(len(frame))), problems


def _in_a_line(name: str) -> str:
    """A name as it is written in a study file: spreadsheets break long ones into lines."""
    return " ".join(name.split())


@dataclass(frozen=True, kw_only=True, eq=False)
class FileColumns:
    """The used columns of a file.

    Parameters
    ----------
    row : ndarray of int64
        Row of the file, for each row of `frame`.
    """

    frame: pd.DataFrame
    row: Integers
    decimal_commas: bool = False

    def column(self, name: str) -> pd.Series:
        """Return a column; all blank if the file lacks it."""
        if name in self.frame:
            return self.frame[name]
        return pd.Series(np.nan, index=self.frame.index, dtype=object)

    def problems_at(self, wrong: NDArray[np.bool_], name: str, message: str) -> list[Problem]:
        """Make one problem for each marked cell of a column."""
        if name not in self.frame or not wrong.any():
            return []
        raw = self.column(name).astype(object).to_numpy()
        return [
            cell_problem(row=int(self.row[entry]), column=name, value=raw[entry], message=message)
            for entry in np.flatnonzero(wrong)
        ]

    def identifiers(self, name: str) -> tuple[NDArray[np.object_], list[Problem]]:
        """Read a column that must be given in every row as text."""
        text = as_text(self.column(name))
        message = "is blank; an identifier is needed"
        problems = self.problems_at(pd.isna(text), name, message)
        return text, problems + self._not_exact(text, name)

    def _not_exact(self, text: NDArray[np.object_], name: str) -> list[Problem]:
        """Name the cells whose text cannot be kept as it stands, and write it so that it can."""
        problems = []
        for value in pd.unique(text[~pd.isna(text)]):
            if character := unprintable(value):
                message = f"holds {character}; write it in one line, in letters that can be seen"
                here = text == value
                problems += self.problems_at(here, name, message)
                text[here] = ascii(value)
        column = self.column(name)
        if column.dtype == object or pd.api.types.is_float_dtype(column):
            rounded = np.array(
                [isinstance(cell, float) and abs(cell) > MOST_EXACT for cell in column], dtype=bool
            )
            message = "is a number so long that the file holds it rounded; store it as text"
            problems += self.problems_at(rounded, name, message)
        return problems

    def numbers(
        self, name: str, *, needed: str = "", meaning: str = "", truth: bool = False
    ) -> tuple[Floats, list[Problem]]:
        """Read a column as finite numbers.

        Parameters
        ----------
        needed : str
            What is said of a blank cell; empty if blank cells are allowed.
        meaning : str
            What is said beside that of a cell that is not a number.
        truth : bool
            Whether TRUE and FALSE are read as 1 and 0.

        Returns
        -------
        numbers : ndarray of float64
            NaN where blank or wrong.
        problems : list of Problem
        """
        column = self.column(name)
        numbers, not_numbers = as_numbers(
            with_truth_as_numbers(column) if truth else column, decimal_commas=self.decimal_commas
        )
        infinite = np.isinf(numbers)
        commas = column[not_numbers].astype(str).str.contains(",", regex=False)
        hint = "write decimals with a point" if bool(commas.any()) else meaning
        message = f"is not a number ({hint})" if hint else "is not a number"
        problems = self.problems_at(not_numbers, name, message)
        problems += self.problems_at(infinite, name, "must be finite")
        large = ~infinite & (np.abs(numbers) > LARGEST)
        problems += self.problems_at(large, name, f"is beyond {LARGEST:g}; use another unit")
        if needed:
            blank = np.isnan(numbers) & ~not_numbers
            problems += self.problems_at(blank, name, f"is blank; {needed}")
        return np.where(infinite | large, np.nan, numbers), problems

    def zero_one(self, name: str, *, needed: str = "") -> tuple[Floats, list[Problem]]:
        """Read a column of 0 and 1, or FALSE and TRUE."""
        numbers, problems = self.numbers(name, needed=needed, truth=True)
        wrong = ~np.isin(numbers, (0.0, 1.0)) & ~np.isnan(numbers)
        problems += self.problems_at(wrong, name, "must be 0 or 1")
        return np.where(wrong, np.nan, numbers), problems

    def covariate(
        self, name: str, level: CovariateLevel, *, study: Study
    ) -> tuple[Covariate, Values, list[Problem]]:
        """Read a covariate; its kind is what the study says, or else what its values show."""
        details = study.covariate.get(name)
        unit, reference = (details.unit, details.reference) if details else ("", None)
        kind, problems = self._kind(name)
        if details is not None and details.type is not None:
            kind, problems = details.type, []
        elif reference is not None:
            kind, problems = "categorical", []
        categories: tuple[str, ...] = ()
        values: Values
        match kind:
            case "categorical":
                values = as_text(self.column(name))
                problems += self._not_exact(values, name)
                categories = _sorted_categories(values, reference)
                if reference is not None and reference not in categories and name in self.frame:
                    message = f"no row has this reference category.{nearest(reference, categories)}"
                    where = f"column {name}"
                    problems.append(Problem(where=where, value=reference, message=message))
            case "binary":
                values, wrong = self.zero_one(name)
                problems += wrong
            case "numeric":
                values, wrong = self.numbers(name)
                problems += wrong
        covariate = Covariate(name=name, level=level, kind=kind, unit=unit, categories=categories)
        return covariate, values, problems

    def _kind(self, name: str) -> tuple[Kind, list[Problem]]:
        """Infer the kind of a covariate; numbers mixed with text are a problem."""
        numbers, not_numbers = as_numbers(
            with_truth_as_numbers(self.column(name)), decimal_commas=self.decimal_commas
        )
        known = numbers[~np.isnan(numbers)]
        if not not_numbers.any():
            binary = known.size and bool(np.isin(known, (0.0, 1.0)).all())
            return ("binary" if binary else "numeric"), []
        message = (
            "is not a number, while other values of this covariate are; if it is text, say so in "
            f'the study file: [covariate.{name}] type = "categorical"'
        )
        mixed = not_numbers & bool(known.size)
        return "categorical", self.problems_at(mixed, name, message)


def _sorted_categories(values: NDArray[np.object_], reference: str | None) -> tuple[str, ...]:
    """The reference (if given) first, then the other categories as sorted; numerals by size."""
    distinct = sorted({value for value in values if value is not None}, key=_by_size)
    if reference in distinct:
        distinct.remove(reference)
        distinct.insert(0, reference)
    return tuple(distinct)


def _by_size(text: str) -> tuple[int, float, str]:
    try:
        return (0, float(text), text)
    except ValueError:
        return (1, 0.0, text)
