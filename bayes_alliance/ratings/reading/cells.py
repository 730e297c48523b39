"""Cells of a table as text or numbers, whatever a file format made of them.

A csv file holds text only, a spreadsheet a mixture, SPSS and Stata files numbers. Here a column
becomes an array of text (identifiers, categories) or of numbers with a mark where a cell is
neither a number nor blank. Work is done once per distinct value, not once per row.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.errors import Problem
from bayes_alliance.ratings.study.tables import TIME

BLANK = frozenset({"", ".", "na", "n/a", "#n/a", "nan", "<na>", "null"})
"""What counts as a blank cell, in lower case."""
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def as_text(column: pd.Series) -> NDArray[np.object_]:
    """Read a column as text: whole numbers without a point, blanks around text stripped.

    Returns
    -------
    ndarray of object
        str, or None where the cell is blank.
    """
    return _by_value(column, text_of_value)


def as_numbers(
    column: pd.Series, *, decimal_commas: bool = False
) -> tuple[Floats, NDArray[np.bool_]]:
    """Read a column as numbers.

    Parameters
    ----------
    decimal_commas : bool
        Whether 1,5 is a number too.

    Returns
    -------
    numbers : ndarray of float64
        NaN where the cell is blank or not a number; may be infinite.
    not_numbers : ndarray of bool
        True where a cell is neither blank nor a number.
    """
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers, np.zeros(len(column), dtype=bool)
    read = _by_value(column, _number_with_commas if decimal_commas else _number)
    not_numbers = np.array([value == "" for value in read], dtype=bool)
    numbers = np.array(
        [np.nan if value is None or value == "" else value for value in read], dtype=np.float64
    )
    return numbers, not_numbers


def is_blank(column: pd.Series) -> NDArray[np.bool_]:
    """Tell which cells of a column are blank."""
    return np.array([value is None for value in as_text(column)], dtype=bool)


def with_truth_as_numbers(column: pd.Series) -> pd.Series:
    """Write TRUE and FALSE as 1 and 0, whatever their case; leave all else."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    return pd.Series(_by_value(column, _truth), index=column.index, dtype=object)


def shown(value: object) -> object:
    """Return a cell as an error shows it: a plain Python value, None for a blank cell."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and np.isnan(value):
        return None
    if not isinstance(value, str | int | float):
        return str(value)
    return None if isinstance(value, str) and not value.strip() else value


def text_of_value(value: object) -> str | None:
    """Return a cell as text; None if it is blank."""
    # Files without a type for whole numbers make 17.0 of the identifier 17.
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    text = str(value).strip()
    return None if text.casefold() in BLANK else text


@dataclass(frozen=True, kw_only=True, eq=False)
class RowNumbers:
    """What the rows of a table are called in the program its file comes from.

    Parameters
    ----------
    number : ndarray of int64
        As the program counts.
    noun : str
        "row" of a spreadsheet, "case" of SPSS, "observation" of Stata.
    time : ndarray of object, or None
        What stands in the place of ``{time}`` in names of columns, where a row of the file became
        several, one for each time.
    """

    number: Integers
    noun: str = "row"
    time: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.number)

    def of(self, entries: NDArray[np.bool_] | Integers) -> "RowNumbers":
        """Those of some rows."""
        time = None if self.time is None else self.time[entries]
        return replace(self, number=self.number[entries], time=time)

    def name(self, entry: int) -> str:
        """What a row is called: ``"row 3"``."""
        return f"{self.noun} {self.number[entry]}"

    def problem(
        self,
        entry: int,
        *,
        message: str,
        column: str = "",
        value: object = None,
        cause: str = "",
        example: str = "",
    ) -> Problem:
        """Say what is wrong with a row, or with a cell, which is shown as it stands in the file."""
        if self.time is not None:
            column = column.replace(TIME, str(self.time[entry]))
        where = self.name(entry)
        return Problem(
            where=f"{where}, column {column}" if column else where,
            value=shown(value),
            message=message,
            row=int(self.number[entry]),
            column=column,
            cause=cause,
            example=example,
            noun=self.noun,
        )


def in_order_of_rows(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by row, each once; first those of no single row."""
    return sorted(dict.fromkeys(problems), key=attrgetter("row"))


def _truth(value: object) -> object:
    text = value.strip().casefold() if isinstance(value, str) else ""
    return {"true": 1.0, "false": 0.0}.get(text, value)


def _by_value(column: pd.Series, read: Callable[[object], object]) -> NDArray[np.object_]:
    cells = column.astype(object)
    # TRUE equals 1 to Python, and is not the same text.
    if pd.api.types.infer_dtype(cells).startswith("mixed"):
        apart = [str(cell) if isinstance(cell, bool | np.bool_) else cell for cell in cells]
        cells = pd.Series(apart, index=cells.index, dtype=object)
    try:
        codes, values = pd.factorize(cells, use_na_sentinel=True)
    except TypeError:  # a cell holds a list or another value that cannot be hashed
        codes, values = pd.factorize(cells.map(str), use_na_sentinel=True)
    read_values = np.array([*map(read, values), None], dtype=object)
    return read_values[codes]  # blank cells have the code -1


def _number_with_commas(value: object) -> float | str | None:
    decimal = isinstance(value, str) and DECIMAL_COMMA.fullmatch(value)
    return _number(value.replace(",", ".") if decimal and isinstance(value, str) else value)


def _number(value: object) -> float | str | None:
    """Return the number, None for a blank cell, "" for anything else."""
    if isinstance(value, str):
        text = value.strip()
        if text.casefold() in BLANK:
            return None
        # Python reads 1_000 as a number; in a file it is a mistake, or a code.
        if "_" in text:
            return ""
        value = text
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
