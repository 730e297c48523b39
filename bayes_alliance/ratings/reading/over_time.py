"""Files with a row per child and columns for every time: wide over time.

``tasc_c_t{time}`` stands for columns such as tasc_c_t1 and tasc_c_t2. `columns_over_time` finds
what stands in the place of ``{time}``; `over_time` makes of a row one for each time, so that the
file then reads as one with a row per child and time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Integers
from bayes_alliance.errors import Problem, nearest
from bayes_alliance.ratings.reading.cells import RowNumbers
from bayes_alliance.ratings.reading.times import time_written
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.tables import TIME

NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
N_SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class ColumnsOverTime:
    """The columns of every time.

    Parameters
    ----------
    times : mapping of str to float
        What stands in the place of ``{time}``, and the time it means; by time.
    keys : mapping of str to str
        Every such column that the file must have, with the key that names it.
    problems : tuple of Problem
        Patterns that no column fits, and columns that are absent at some times.
    """

    times: Mapping[str, float]
    keys: Mapping[str, str]
    problems: tuple[Problem, ...]


def columns_over_time(names: Sequence[str], study: Study) -> ColumnsOverTime:
    """Find the columns of every time.

    Parameters
    ----------
    names : sequence of str
        Of the columns the file has.
    """
    patterns = {
        label: study.item_columns(label) or [column] for label, column in study.informants.items()
    }
    written = {
        label: list(dict.fromkeys(text for one in own for text in _written(names, one, study)))
        for label, own in patterns.items()
    }
    texts = dict.fromkeys(text for own in written.values() for text in own)
    times = {text: time_written(text, study) for text in texts}
    times = dict(sorted(times.items(), key=lambda pair: pair[1]))
    problems = [*_same_time(times)]
    keys: dict[str, str] = {}
    for label, own in patterns.items():
        if not written[label]:
            problems.append(_no_column(label, own[0], names, study))
            continue
        planned = study.planned.get(label)
        due = [text for text in times if planned is None or times[text] in planned]
        expected = [one.replace(TIME, text) for text in due for one in own]
        absent = [name for name in expected if name not in names]
        if absent:
            problems.append(_absent(label, absent, sorted(times[text] for text in written[label])))
        present = [one.replace(TIME, text) for text in times for one in own]
        keys |= {name: f"informants.{label}" for name in present if name in names}
    for column, key in study.column_keys.items():
        if TIME in column and not key.startswith(("informants", "items")):
            keys |= {column.replace(TIME, text): key for text in times}
    return ColumnsOverTime(times=times, keys=keys, problems=tuple(problems))


def _written(names: Sequence[str], pattern: str, study: Study) -> list[str]:
    """What stands in the place of ``{time}``, in the order of the columns."""
    before, _, after = pattern.partition(TIME)
    fitting = [
        name[len(before) : len(name) - len(after)]
        for name in names
        if name.startswith(before) and name.endswith(after) and len(name) > len(before + after)
    ]
    labels = study.time.labels
    return [text for text in fitting if (text in labels if labels else NUMBER.fullmatch(text))]


def _same_time(times: Mapping[str, float]) -> list[Problem]:
    """Find texts that mean the same time."""
    message = "mean the same time; give columns of one time one name"
    return [
        Problem(where="times in names of columns", value=", ".join(alike), message=message)
        for time in dict.fromkeys(times.values())
        if len(alike := [text for text, own in times.items() if own == time]) > 1
    ]


def _no_column(label: str, pattern: str, names: Sequence[str], study: Study) -> Problem:
    before, _, after = pattern.partition(TIME)
    others = [
        name[len(before) : len(name) - len(after)]
        for name in names
        if before and name.startswith(before) and name.endswith(after)
    ]
    allowed = "a number"
    if study.time.labels:
        allowed = f"one of {', '.join(study.time.labels)} ([time] labels)"
    message = f"no column of the file fits, with {allowed} in the place of {TIME}."
    if others:
        shown = ", ".join(others[:N_SHOWN]) + (", ..." if len(others) > N_SHOWN else "")
        message += f" The file has {shown} there: say which times these are in [time] labels."
    else:
        message += nearest(pattern.replace(TIME, "1"), names)
    return Problem(where=f"[informants] {label}", value=pattern, message=message)


def _absent(label: str, absent: Sequence[str], times: Sequence[float]) -> Problem:
    shown = ", ".join(absent[:N_SHOWN]) + (", ..." if len(absent) > N_SHOWN else "")
    noun = "column" if len(absent) == 1 else "columns"
    listed = ", ".join(f"{time:g}" for time in times)
    message = (
        f"the file has no {noun} {shown}, and other informants have columns at these times; if "
        f"this one was not to rate then, say so: [planned] {label} = [{listed}]"
    )
    return Problem(where=f"[informants] {label}", message=message)


def over_time(
    frame: pd.DataFrame, rows: RowNumbers, *, times: Mapping[str, float], study: Study
) -> tuple[pd.DataFrame, RowNumbers, Integers]:
    """Make of every row one for each time.

    Returns
    -------
    frame : DataFrame
        A column for every pattern with ``{time}``, blank where a time has no such column.
    rows : RowNumbers
        Those of the file, which name cells by their own columns.
    source : ndarray of int64
        Position of the row of `frame` that each was made of.
    """
    n_rows, texts = len(frame), list(times)
    source = np.repeat(np.arange(n_rows), len(texts))
    columns = {}
    blank = pd.Series(np.nan, index=frame.index, dtype=object)
    # Times of a row stay together: place of the row, then of the time.
    order = np.arange(n_rows * len(texts)).reshape(len(texts), n_rows).T.ravel()
    for name in study.column_keys:
        if TIME in name:
            parts = [frame.get(name.replace(TIME, text), blank) for text in texts]
            there = [part for part in parts if part is not blank]
            numeric = all(pd.api.types.is_numeric_dtype(part) for part in there)
            parts = parts if numeric else [part.astype(object) for part in parts]
            if numeric:
                parts = [part.astype(np.float64) for part in parts]
            columns[name] = pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)
        elif name in frame:
            columns[name] = frame[name].iloc[source].reset_index(drop=True)
    written = np.tile(np.array(texts, dtype=object), n_rows)
    numbers = RowNumbers(number=rows.number[source], noun=rows.noun, time=written)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(source))), numbers, source
