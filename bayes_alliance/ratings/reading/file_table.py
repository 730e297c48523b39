"""A file as a table: its cells, where they stand, and what the file says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.reading.cells import RowNumbers


@dataclass(frozen=True, kw_only=True, eq=False)
class FileTable:
    """A file as a table.

    Parameters
    ----------
    rows : RowNumbers
        What each row of `frame` is called.
    decimal_commas : bool
        Whether numbers may be written with a comma.
    unread : tuple of (int, Problem)
        Position of a column, and what stands there that could not be read.
    labels : mapping of str to mapping
        Labels of values, by column and by code as text.
    notes : tuple of str
        What was read of the file and what was not, where a person should know.
    questions : mapping of str to str
        What the first row below the names asks, by column, in files of Qualtrics.
    left_out : tuple of str
        Which rows were left out because they are no data.
    """

    frame: pd.DataFrame
    rows: RowNumbers
    decimal_commas: bool = False
    unread: tuple[tuple[int, Problem], ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @classmethod
    def numbered(cls, frame: pd.DataFrame, *, noun: str = "row", first: int = 2) -> Self:
        """Number the rows of a frame, as if its columns' names stood in row 1.

        Parameters
        ----------
        noun : str
            What a row is called where the table comes from.
        first : int
            Number of the first row.
        """
        number = np.arange(first, len(frame) + first)
        return cls(frame=frame, rows=RowNumbers(number=number, noun=noun))


def unreadable(file: Path, message: str) -> InputError:
    """Make the error of a file of which nothing can be read."""
    return InputError([Problem(where=str(file), message=message)], "ratings file")


def joined_header(upper: list[str], lower: list[str]) -> list[str]:
    """Join names that stand in two rows by "_"; the upper may be blank, or the only one."""
    return ["_".join(filter(None, pair)) for pair in zip(upper, lower, strict=True)]


def spread(upper: list[str], lower: list[str]) -> list[str]:
    """Names of an upper row in every column they span, where no cells are merged.

    One spans the blanks to its right that have a name of their own below them.
    """
    names = list(upper)
    for at in range(1, len(names)):
        if not names[at] and lower[at] and lower[at - 1]:
            names[at] = names[at - 1]
    return names


def said_of_header(rows: tuple[int, ...], *, first: int) -> tuple[str, ...]:
    """Say where the names of columns stand, if not in the first row that is not empty.

    Parameters
    ----------
    first : int
        The first row that is not empty.
    """
    if not rows or rows == (first,):
        return ()
    names = "row " + " and ".join(map(str, rows))
    above = range(first, rows[0])
    if not above:
        return (f"The names of columns stand in {names}.",)
    which = f"row {above[0]} is" if len(above) == 1 else f"rows {above[0]} to {above[-1]} are"
    return (f"The names of columns stand in {names}; {which} not read.",)
