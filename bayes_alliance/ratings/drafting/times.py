"""The time axis: numbers, dates, or names of waves; where it begins, and the unit of slopes."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.known import Known
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.roles import Roles
from bayes_alliance.ratings.drafting.waves import Times, times_of
from bayes_alliance.ratings.drafting.words import unit_of
from bayes_alliance.ratings.study.tables import DAYS
from bayes_alliance.ratings.variables import TimeAxis

MANY_TIMES = 12
SPOKEN_OF = (7.0, 14.0, 30.0, 91.0, 182.0, 365.0)  # days: weeks, months, a year
LONG = 730  # days: studies that last longer are counted in months, others in weeks


def of_rows(found: Roles) -> Floats:
    """Time of every row; NaN where it holds dates, or there is no column of times."""
    if found.time is None:
        return np.full(len(found.child.column.text), np.nan)
    column = found.time.column
    if not _has_names(column):
        return column.numbers
    of = times_of(_names(column)).of
    return np.array([np.nan if one is None else of[one] for one in _named(column)])


def names_of(found: Roles) -> dict[float, str]:
    """What the times of a file are called, in order; exact numbers if they have no names."""
    if found.time is None:
        return {}
    column = found.time.column
    if _has_names(column):
        return {time: name for name, time in times_of(_names(column)).of.items()}
    return {float(time): exact(time) for time in np.unique(column.numbers[column.given])}


def time_part(found: Roles, *, waves: tuple[str, ...], rated: NDArray[np.bool_]) -> Part:
    """State [time].

    Parameters
    ----------
    waves : tuple of str
        What waves are called in the names of columns.
    rated : ndarray of bool
        Whether a row has any rating.
    """
    if waves:
        return _of_names(times_of(waves), rated=set(waves), what="waves")
    if found.time is None:
        once = found.known.distinct() == 1.0 or found.informant is not None
        seen = "No time column: one occasion (the model level_once is for that)."
        return Part(seen=(seen,) * once)
    column = found.time.column
    if column.kind == "date":
        return _of_dates(column, found.known)
    if not _has_names(column):
        return _of_numbers(column, found.known, rated)
    times = times_of(_names(column))
    given = {str(name) for name in _named(column)[rated & column.given]}
    never = [name for name in times.of if name not in given]
    said = f"{column.name} is {listed(never)}: nobody rated then; not an occasion."
    own = _of_names(times, rated=given, what=column.name)
    return Part.of([own, Part(seen=(said,) * bool(never))])


def _has_names(column: Column) -> bool:
    return column.kind == "text" or column.is_coded


def _named(column: Column) -> NDArray[np.object_]:
    """What the time of every row is called: its label, if its code has one."""
    return np.array(
        [None if one is None else column.labels.get(one, one) for one in column.text], dtype=object
    )


def _names(column: Column) -> list[str]:
    """Names that occur: in the order of their codes, or of the file."""
    met = [str(one) for one in pd.unique(_named(column)[column.given])]
    labelled = [label for label in column.labels.values() if label in met]
    return [*dict.fromkeys([*labelled, *met])]


def _of_numbers(column: Column, known: Known, rated: NDArray[np.bool_]) -> Part:
    times = column.numbers
    unit = unit_of(column.name) or unit_of(column.label)
    ask = f"[time] unit: what the numbers of {column.name} count (months, weeks, ...)."
    first, per = _first_and_gap(times[rated & ~np.isnan(times)])
    seen: tuple[str, ...] = ()
    if column.n_distinct > MANY_TIMES:
        seen = (f"{column.name}: times differ between persons.",)
        per = _spoken_of(_usual_gap(times, known), unit)
    return Part(lines=_lines(first, per, unit), decide=(ask,) * (not unit), seen=seen)


def _of_names(times: Times, *, rated: set[str], what: str) -> Part:
    first, per = _first_and_gap(
        np.array([time for name, time in times.of.items() if name in rated])
    )
    why = "only counted: write the times" if times.counted else "as the names say"
    lines = (
        *_lines(first, per, times.unit),
        Line(table="time", key="labels", value=dict(times.of), why=why),
    )
    decide = f"[time] labels: {what}: {listed(times.of)}: say which time each is, and the unit."
    return Part(lines=lines, decide=(decide,) * times.counted)


def _of_dates(column: Column, known: Known) -> Part:
    days = column.in_order
    frame = pd.DataFrame({"child": known.children, "day": days}).dropna()
    lasted = frame.groupby("child")["day"].agg(np.ptp)
    unit = "months" if lasted.max() > LONG else "weeks"
    per = max(1.0, float(np.round(_usual_gap(days / DAYS[unit], known))))
    seen = f"{column.name} holds dates: time is counted in {unit} since each one's first."
    lines = (*_lines(0.0, per, unit), Line(table="time", key="dates", value=True))
    return Part(lines=lines, seen=(seen, f"{column.name}: times differ between persons."))


def _usual_gap(times: Floats, known: Known) -> float:
    """Median time between neighbouring occasions of a child, as a whole number if above one."""
    frame = pd.DataFrame({"child": known.children, "time": times}).dropna().drop_duplicates()
    gaps = frame.sort_values(["child", "time"]).groupby("child")["time"].diff().dropna()
    if gaps.empty:
        return 1.0
    usual = float(gaps.median())
    return float(np.round(usual)) if usual > 1.0 else float(f"{usual:.1g}")


def _spoken_of(gap: float, unit: str) -> float:
    """A number of days of which people speak, as weeks and years, in place of one near to it."""
    if unit != "days" or gap < SPOKEN_OF[0]:
        return gap
    return SPOKEN_OF[int(np.abs(np.log(np.array(SPOKEN_OF) / gap)).argmin())]


def _first_and_gap(times: Floats) -> tuple[float, float]:
    """The first time, and the smallest gap between two."""
    distinct = np.unique(times)
    if not len(distinct):
        return 0.0, 1.0
    gaps = np.diff(distinct)
    return float(distinct[0]), float(np.round(gaps.min(), 9)) if len(gaps) else 1.0


def _lines(first: float, per: float, unit: str) -> tuple[Line, ...]:
    step = TimeAxis(per=per, unit=unit).step
    return (
        Line(table="time", key="origin", value=first, why="where the level is read"),
        Line(table="time", key="per", value=per, why=f"slopes are change per {step}"),
        *([Line(table="time", key="unit", value=unit)] if unit else []),
    )
