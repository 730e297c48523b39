"""How ratings stand in a file: a row each, a column for each informant, or one for each wave."""

from dataclasses import dataclass, field

import numpy as np

from bayes_alliance.ratings.drafting import long, times
from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.items import items_of, items_over_time, not_sayable
from bayes_alliance.ratings.drafting.measures import (
    Informants,
    can_be_rated,
    informants,
    is_questionnaire,
    of_columns,
    of_patterns,
)
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.planned import planned_part
from bayes_alliance.ratings.drafting.roles import Roles
from bayes_alliance.ratings.drafting.scales import scale_part
from bayes_alliance.ratings.drafting.treatment import status_is, status_part
from bayes_alliance.ratings.drafting.waves import Pattern, patterns, times_of
from bayes_alliance.ratings.drafting.words import person_of, words

NOTHING = Informants(measures={}, part=Part())
MOST_TIMES = 12  # more of them are times of each child's own, at which nobody was to rate


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """How ratings stand in a file.

    Parameters
    ----------
    line : Line
        As the study file calls it.
    informants : Informants
    part : Part
        Scale, planned times and what else belongs to the layout.
    waves : tuple of str
        What waves are called in the names of columns; empty in other layouts.
    covariates : tuple of str
        Patterns of columns that vary over time and are no ratings.
    left_out : frozenset of str
        Columns that are neither ratings nor covariates.
    treatment : Part
        Who was in treatment at which wave, where columns say so.
    """

    line: Line
    informants: Informants
    part: Part
    waves: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    treatment: Part = field(default_factory=Part)


def layout_of(found: Roles) -> Layout:
    """Find the ratings and how they stand in the file."""
    if found.informant is not None:
        return _long(found)
    waves = patterns(found.others) if found.known.distinct() == 1.0 else ()
    return _over_time(waves) if waves else _wide(found)


def _long(found: Roles) -> Layout:
    line = Line(table="", key="layout", value="long", why="a row per rating")
    rating = long.rating_of(found)
    if rating is None or found.informant is None:
        return Layout(line=line, informants=NOTHING, part=Part())
    named = Line(table="columns", key="rating", value=rating.column.name, why=rating.why)
    own = long.of_values(found.informant.column, rating.column)
    who = found.informant.column.text
    at = times.of_rows(found)
    given = ~np.isnan(rating.column.numbers) & ~np.isnan(at)
    rated = {
        label: {float(time) for time in at[given & (who == one.value)]}
        for label, one in own.measures.items()
    }
    parts = [Part(lines=(named,)), scale_part(own.measures), _planned(rated, found)]
    return Layout(line=line, informants=own, part=Part.of(parts))


def _wide(found: Roles) -> Layout:
    why = "a row per child and time, a column per informant"
    line = Line(table="", key="layout", value="wide", why=why)
    measures = of_columns(found)
    items = items_of(found, measures)
    if items is not None:
        return Layout(line=line, informants=items.informants, part=items.part)
    own = informants(measures)
    at = times.of_rows(found)
    rated = {
        label: {float(time) for time in at[~np.isnan(one.columns[0].numbers) & ~np.isnan(at)]}
        for label, one in own.measures.items()
    }
    other = [
        one
        for one in found.others
        if one.name not in own.used and one.kind == "number" and _is_other(one, own, found)
    ]
    parts = [scale_part(own.measures), _planned(rated, found), _of_others(other)]
    left_out = frozenset(one.name for one in other)
    return Layout(line=line, informants=own, part=Part.of(parts), left_out=left_out)


def _over_time(waves: tuple[Pattern, ...]) -> Layout:
    why = "a row per child, columns for each wave"
    line = Line(table="", key="layout", value="wide_over_time", why=why)
    items = items_over_time(waves)
    own = informants(of_patterns(waves)) if items is None else items.informants
    rated = [one for one in waves if {column.name for column in one.columns.values()} <= own.used]
    marks = _marks(rated)
    of = times_of(marks).of
    at = {
        label: {
            of[mark]
            for pattern in rated
            for mark, column in pattern.columns.items()
            if column in one.columns
        }
        for label, one in own.measures.items()
    }
    called = {time: mark for mark, time in of.items()}
    others = [pattern for pattern in waves if pattern not in rated]
    status = next((one for one in others if _is_status(one, marks)), None)
    free = [one for one in others if one is not status]
    vary = [one.name for one in free if set(one.columns) >= set(marks) and not _is_rated(one)]
    left = [column for one in free if one.name not in vary for column in one.columns.values()]
    seen = f"{len(marks)} waves in the names of columns: {listed(marks)}."
    parts = [
        Part(seen=(seen,)),
        scale_part(own.measures) if items is None else items.part,
        not_sayable(waves),
        planned_part(at, called),
        _of_others(left),
    ]
    return Layout(
        line=line,
        informants=own,
        part=Part.of(parts),
        waves=tuple(marks),
        covariates=tuple(vary),
        left_out=frozenset(column.name for one in others for column in one.columns.values()),
        treatment=Part() if status is None else _status_part(status, rated),
    )


def _is_status(pattern: Pattern, marks: list[str]) -> bool:
    """Whether it says of every wave who was in treatment."""
    every = set(pattern.columns) == set(marks)
    return every and status_is(pattern.columns.values())


def _status_part(status: Pattern, rated: list[Pattern]) -> Part:
    """Status of treatment by wave, and how often somebody rated out of it."""
    out = 0
    for mark, column in status.columns.items():
        given = [~np.isnan(one.columns[mark].numbers) for one in rated if mark in one.columns]
        out += int((np.any(given, axis=0) & (column.numbers == 0)).sum())
    return status_part(status.name, out)


def _is_rated(pattern: Pattern) -> bool:
    named = words(pattern.stem)
    return is_questionnaire(named) or any(map(person_of, named))


def _marks(rated: list[Pattern]) -> list[str]:
    """What waves are called, in the order of the pattern with most of them."""
    longest = max(rated, key=_n_waves, default=None)
    first = [] if longest is None else [*longest.columns]
    return [*dict.fromkeys([*first, *(mark for one in rated for mark in one.columns)])]


def _n_waves(pattern: Pattern) -> int:
    return len(pattern.columns)


def _planned(rated: dict[str, set[float]], found: Roles) -> Part:
    """Planned times of a file with a column of times."""
    if found.time is None or found.time.column.kind == "date":
        return Part()
    names = times.names_of(found)
    return planned_part(rated, names) if len(names) <= MOST_TIMES else Part()


def _is_other(column: Column, own: Informants, found: Roles) -> bool:
    """Whether a column seems to be rated too, by one of the informants or over time."""
    persons = {word for one in own.measures.values() for word in one.persons}
    once = found.known.distinct() == 1.0
    if not once and column.constant_within(found.known.children) == 1.0:
        return False
    of_person = can_be_rated(column) and bool(persons & {*column.words})
    return of_person or (not once and is_questionnaire(column.words))


def _of_others(columns: list[Column]) -> Part:
    names = listed((one.name for one in columns), most=12)
    return Part(seen=(f"Not used: {names} (of another questionnaire?).",) * bool(columns))
