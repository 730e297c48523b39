"""Codes that stand for missing values: -9, 99, #NULL!, as the study file lists them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.errors import Problem, nearest
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.reading.cells import as_numbers, as_text
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.file import Code
from bayes_alliance.ratings.study.tables import TIME


def without_codes(
    frame: pd.DataFrame, study: Study, *, names: Sequence[str], decimal_commas: bool
) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Empty the cells that hold a code of a missing value.

    Parameters
    ----------
    frame : DataFrame
        The columns that are used.
    names : sequence of str
        All columns of the file.

    Returns
    -------
    frame : DataFrame
    problems : list of Problem
        Columns that the file lacks.
    notes : list of str
        How often each code stands for a missing value.
    """
    options = study.file
    if not options.missing and not options.missing_in:
        return frame, [], []
    problems = [
        Problem(
            where="[file.missing_in]",
            value=name,
            message=f"the file has no such column.{nearest(name, names)}",
        )
        for name in options.missing_in
        if name not in names and name not in study.column_keys
    ]
    exempt = {study.columns.child, study.columns.time, study.columns.entry, study.columns.informant}
    pattern_of = _patterns(study, frame)
    counts: dict[Code, int] = dict.fromkeys(options.missing, 0)
    columns = {}
    for name in frame:
        own = options.codes(str(name), always=name not in exempt)
        if name in pattern_of:
            own = (*own, *options.missing_in.get(pattern_of[str(name)], ()))
        column = frame[name]
        missing = np.zeros(len(column), dtype=bool)
        for code in dict.fromkeys(own):
            here = _holds(column, code, decimal_commas)
            counts[code] = counts.get(code, 0) + int((here & ~missing).sum())
            missing |= here
        columns[name] = column.mask(missing) if missing.any() else column
    notes = [
        f"{_shown(code)} stands for a missing value in {count:,} cell{'s' if count > 1 else ''}."
        if count
        else f"{_shown(code)} is listed as a code of missing values, and no cell holds it."
        for code, count in counts.items()
    ]
    return pd.DataFrame(columns, index=frame.index), problems, notes


def _patterns(study: Study, frame: pd.DataFrame) -> dict[str, str]:
    """Columns of the frame with the pattern with ``{time}`` that they fit, of those with codes."""
    patterns = [name for name in study.file.missing_in if TIME in name]
    return {
        str(name): pattern
        for pattern in patterns
        for name in frame
        if str(name).startswith(pattern.partition(TIME)[0])
        and str(name).endswith(pattern.partition(TIME)[2])
    }


def _shown(code: Code) -> str:
    return code if isinstance(code, str) else exact(code)


def _holds(column: pd.Series, code: Code, decimal_commas: bool) -> NDArray[np.bool_]:
    """Which cells hold a code: the same number, however it is written, or the same text."""
    if isinstance(code, str):
        return np.asarray(as_text(column) == code.strip(), dtype=bool)
    numbers, _ = as_numbers(column, decimal_commas=decimal_commas)
    return np.asarray(numbers == float(code), dtype=bool)
