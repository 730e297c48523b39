"""One column of a ratings file at a time: identifiers, numbers, 0/1, covariates.

Each reading returns the values, one per row, and the problems of the cells that cannot be read,
each with the row a spreadsheet shows. A column the file lacks reads as blank without a word,
since `header.used_columns` has reported it once already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Problem, nearest
from bayes_alliance.errors.text import unprintable
from bayes_alliance.ratings.reading.cells import (
    RowNumbers,
    as_numbers,
    as_text,
    with_truth_as_numbers,
)
from bayes_alliance.ratings.study.entries import LARGEST
from bayes_alliance.ratings.study.tables import CovariateTable
from bayes_alliance.ratings.variables import Covariate, CovariateLevel, Kind, sorted_categories

MOST_EXACT = 2.0**53  # beyond it, not every whole number is one of the file's

type Values = Floats | NDArray[np.object_]


@dataclass(frozen=True, kw_only=True, eq=False)
class FileColumns:
    """The used columns of a file.

    Parameters
    ----------
    rows : RowNumbers
        Of the file, for each row of `frame`.
    labels : mapping of str to mapping
        Labels of values, by column and by code as text.
    """

    frame: pd.DataFrame
    rows: RowNumbers
    decimal_commas: bool = False
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def column(self, name: str) -> pd.Series:
        """Return a column; all blank if the file lacks it."""
        if name in self.frame:
            return self.frame[name]
        return pd.Series(np.nan, index=self.frame.index, dtype=object)

    def labelled(self, name: str) -> NDArray[np.object_]:
        """Read a column as text, codes as their labels where they have one."""
        return _named(as_text(self.column(name)), self.labels.get(name, {}))

    def problems_at(
        self, wrong: NDArray[np.bool_], name: str, message: str, *, cause: str = ""
    ) -> list[Problem]:
        """Make one problem for each marked cell of a column."""
        if name not in self.frame or not wrong.any():
            return []
        raw = self.column(name).astype(object).to_numpy()
        return [
            self.rows.problem(
                int(entry), column=name, value=raw[entry], message=message, cause=cause
            )
            for entry in np.flatnonzero(wrong)
        ]

    def identifiers(self, name: str) -> tuple[NDArray[np.object_], list[Problem]]:
        """Read a column of names or numbers of units as text; None where it is blank."""
        text = as_text(self.column(name))
        return text, self._not_exact(text, name)

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
        code = "" if meaning else f"{message}; a code of missing values? List it in [file] missing"
        problems = self.problems_at(not_numbers, name, message, cause=code)
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
        self, name: str, level: CovariateLevel, *, column: str, details: CovariateTable
    ) -> tuple[Covariate, Values, list[Problem]]:
        """Read a covariate; its kind is what the study says, or else what its values show.

        Parameters
        ----------
        column : str
            Where it stands.
        """
        labels = details.labels or self._labels_of_all(column, details)
        kind: Kind | None = details.type
        problems: list[Problem] = []
        if kind is None and (labels or details.reference is not None):
            kind = "categorical"
        if kind is None:
            kind, problems = self._kind(column)
        categories: tuple[str, ...] = ()
        values: Values
        match kind:
            case "categorical":
                codes = as_text(self.column(column))
                problems += self._not_exact(codes, column)
                values = _named(codes, labels)
                if details.labels:
                    problems += self._without_label(values, column, name, labels)
                reference = labels.get(details.reference or "", details.reference)
                categories = _categories(values, tuple(labels.values()), reference)
                if reference is not None and reference not in categories and column in self.frame:
                    message = f"no row has this reference category.{nearest(reference, categories)}"
                    problems.append(
                        Problem(where=f"column {column}", value=reference, message=message)
                    )
            case "binary":
                values, wrong = self.zero_one(column)
                problems += wrong
            case "numeric":
                values, wrong = self.numbers(column)
                problems += wrong
        covariate = Covariate(
            name=name, level=level, kind=kind, unit=details.unit, categories=categories
        )
        return covariate, values, problems

    def _labels_of_all(self, column: str, details: CovariateTable) -> Mapping[str, str]:
        """Labels that the file has, if it has one for every value or the study says categories.

        Of a scale of which only the ends have labels, values are numbers.
        """
        labels = self.labels.get(column, {})
        if not labels or details.type in ("numeric", "binary"):
            return {}
        codes = as_text(self.column(column))
        all_labelled = {code for code in codes if code is not None} <= set(labels)
        return labels if all_labelled or details.type == "categorical" else {}

    def _without_label(
        self, values: NDArray[np.object_], column: str, name: str, labels: Mapping[str, str]
    ) -> list[Problem]:
        known = [*labels.values(), None]
        wrong = np.array([value not in known for value in values], dtype=bool)
        message = f"has no label in [covariate.{name}] labels ({', '.join(labels)})"
        return self.problems_at(wrong, column, message)

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


def _named(codes: NDArray[np.object_], labels: Mapping[str, str]) -> NDArray[np.object_]:
    """Codes as their labels, where they have one."""
    if not labels:
        return codes
    return np.array([labels.get(code, code) for code in codes], dtype=object)


def _categories(
    values: NDArray[np.object_], labels: Sequence[str], reference: str | None
) -> tuple[str, ...]:
    """The categories that occur: the reference (if given) first, then labels as listed, others."""
    there = {value for value in values if value is not None}
    listed = [label for label in labels if label in there]
    first = [one for one in (reference, *listed) if one is not None and one in there]
    return tuple(dict.fromkeys([*first, *sorted_categories(there)]))
