"""Times of a ratings file: numbers, labels of times, or dates.

Whatever is written, a time becomes a number in units of the time axis. Of dates, times are counted
from a child's first, or from its date of entry.
"""

import datetime
import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Problem, nearest
from bayes_alliance.ratings.reading.cells import as_text, is_blank
from bayes_alliance.ratings.reading.columns import FileColumns
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.tables import DAYS

# Times nearer than these shares, of their span or of the largest, differ by rounding; but no more
# than this share of the unit of slopes, or one time far off would make one of all others.
OF_SPAN, OF_SIZE, OF_UNIT = 1e-9, 1e-12, 1e-6
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")
EITHER_FIRST = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?: .*)?")
MONTHS = 12
NO_DATE = "is not a date: write 2024-01-31 or 31.01.2024, or store it as a date"
UNDECIDED = (
    "may have the day or the month first, and no date of this column tells which; write dates as "
    "2024-01-31"
)


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


def time_written(text: str, study: Study) -> float:
    """Time that stands in the name of a column: a number, or one of the labels."""
    labels = study.time.labels
    return labels[text] if labels else float(text.replace(",", "."))


def times_of(
    file: FileColumns, study: Study, child: NDArray[np.object_], needed: NDArray[np.bool_]
) -> tuple[Floats, list[Problem]]:
    """Read the time column.

    Parameters
    ----------
    child : ndarray of object
        Identifiers, by row.
    needed : ndarray of bool
        Rows that are of an occasion.

    Returns
    -------
    time : ndarray of float64
        NaN where it is blank or cannot be read.
    problems : list of Problem
    """
    if file.rows.time is not None:
        return np.array([time_written(str(text), study) for text in file.rows.time]), []
    column = study.columns.time
    if column is None:
        return np.full(len(file.rows), study.time.origin), []
    if study.time.labels:
        time, problems = _labelled(file, column, study)
        what = "time"
    elif study.time.dates:
        time, problems = _since(file, column, study, child)
        what = "date"
    else:
        meaning = (
            "times are numbers, such as months since entry; those that are written otherwise are "
            "listed in [time] labels, and dates need [time] dates = true"
        )
        time, problems = file.numbers(column, meaning=meaning)
        what = "time"
    blank = np.asarray(is_blank(file.column(column))) & needed
    problems += file.problems_at(blank, column, f"is blank; a {what} is needed")
    return same_times(time, per=study.time.per), problems


def _labelled(file: FileColumns, column: str, study: Study) -> tuple[Floats, list[Problem]]:
    """Times by what is written, or by its value label."""
    labels = study.time.labels
    codes, by_label = as_text(file.column(column)), file.labelled(column)
    time = np.full(len(codes), np.nan)
    for written, number in labels.items():
        time[(codes == written) | (by_label == written)] = number
    problems = []
    unknown = np.isnan(time) & ~pd.isna(codes)
    for value in pd.unique(by_label[unknown]):
        message = f"is not listed in [time] labels.{nearest(str(value), labels)}"
        problems += file.problems_at(unknown & (by_label == value), column, message)
    return time, problems


def _since(
    file: FileColumns, column: str, study: Study, child: NDArray[np.object_]
) -> tuple[Floats, list[Problem]]:
    """Time from a child's first date, or its date of entry, in units of the time axis."""
    day, problems = _days(file, column)
    known = pd.DataFrame({"child": child, "day": day})
    if study.columns.entry is None:
        start = known.groupby("child")["day"].transform("min").to_numpy(dtype=np.float64)
    else:
        entry, wrong = _days(file, study.columns.entry)
        problems += wrong
        own = known.assign(day=entry).groupby("child")["day"]
        start = own.transform("first").to_numpy(dtype=np.float64)
        several = own.transform("nunique").to_numpy() > 1
        message = "differs from that of another row of the same child"
        first = known.assign(day=entry, start=start)
        differs = several & (first["day"] != first["start"]).to_numpy() & ~np.isnan(entry)
        problems += file.problems_at(differs, study.columns.entry, message)
        if not wrong:
            message = "no row of this child has a date of entry"
            problems += file.problems_at(
                np.isnan(start) & ~pd.isna(child), study.columns.entry, message
            )
    return (day - start) / DAYS[study.time.counted_in], problems


def _days(file: FileColumns, name: str) -> tuple[Floats, list[Problem]]:
    """Dates of a column as days since the year 1; NaN where blank or no date."""
    cells = file.column(name).astype(object)
    codes, values = pd.factorize(cells, use_na_sentinel=True)
    texts = [value.strip() for value in values if isinstance(value, str)]
    order, ambiguous = _order_of(texts)
    days = np.array([*(_day(value, order) for value in values), np.nan], dtype=np.float64)[codes]
    given = ~pd.isna(as_text(cells))
    either = np.array([bool(EITHER_FIRST.fullmatch(str(cell).strip())) for cell in cells])
    undecided = either & ambiguous
    wrong = np.isnan(days) & given
    problems = file.problems_at(wrong & ~undecided, name, NO_DATE)
    return days, problems + file.problems_at(wrong & undecided, name, UNDECIDED)


def _order_of(texts: list[str]) -> tuple[str, bool]:
    """Whether days or months come first in dates such as 3/12/2024, and whether nothing tells."""
    pairs = [match.groups() for text in texts if (match := EITHER_FIRST.fullmatch(text))]
    day_first = any(int(first) > MONTHS for first, _, _ in pairs)
    month_first = any(int(second) > MONTHS for _, second, _ in pairs)
    if day_first == month_first:
        return "", bool(pairs)
    return ("day" if day_first else "month"), False


def _day(value: object, order: str) -> float:
    """Days since the year 1; NaN where it is no date."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime.date):  # datetimes and Timestamps are dates too
        return float(value.toordinal())
    text = value.strip() if isinstance(value, str) else ""
    if match := YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    elif match := DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    elif order and (match := EITHER_FIRST.fullmatch(text)):
        first, second, year = match.groups()
        day, month = (first, second) if order == "day" else (second, first)
    else:
        return np.nan
    try:
        return float(datetime.date(int(year), int(month), int(day)).toordinal())
    except ValueError:
        return np.nan
