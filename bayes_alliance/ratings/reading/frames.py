"""Frames of pandas, polars and pyarrow as tables.

narwhals knows the frames of all three; what comes out is pandas'. Those of polars come by way of
pyarrow, so that a frame of polars reads as the table of pyarrow with the same columns.
"""

from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import narwhals as nw
import pandas as pd

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.reading.asides import without_asides
from bayes_alliance.ratings.reading.file_table import FileTable
from bayes_alliance.ratings.reading.files import surplus_options
from bayes_alliance.ratings.study.file import FileOptions


@runtime_checkable
class Frame(Protocol):
    """A table in memory, as of pandas, polars and pyarrow."""

    @property
    def columns(self) -> Any:
        """Its columns, or their names."""

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns it has."""


def table_of_frame(frame: Frame, options: FileOptions) -> FileTable:
    """Read a frame; rows are numbered as in a file with the header in row 1.

    Raises
    ------
    InputError
        If it is no frame, the options belong to files, or pyarrow is needed and not installed.
    """
    pandas = _as_pandas(frame)
    if pandas is None:
        message = "must be a frame of pandas, polars or pyarrow"
        problem = Problem(where="frame", value=type(frame).__name__, message=message)
        raise InputError([problem], "ratings")
    if surplus := surplus_options(options, ""):
        raise InputError(surplus, "data frame")
    table = without_asides(FileTable.numbered(pandas))
    return replace(table, decimal_commas=options.decimal == ",")


def _as_pandas(frame: Frame) -> pd.DataFrame | None:
    if isinstance(frame, pd.DataFrame):
        return frame
    known = nw.from_native(frame, eager_only=True, pass_through=True)
    if not isinstance(known, nw.DataFrame):
        return None
    try:
        return known.to_pandas()
    except ImportError as error:
        message = 'needs a library: pip install "bayes-alliance[parquet]"'
        problem = Problem(where="frame", value=type(frame).__name__, message=message)
        raise InputError([problem], "ratings") from error
