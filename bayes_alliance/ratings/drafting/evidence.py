"""What speaks for a column's role: one table, a row for each piece of evidence.

A role goes to the column with most points among those that can have it, if they are enough. What
spoke for it is said beside it in the study file, so that a person sees why it was taken.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.known import NEARLY_ALL, Known
from bayes_alliance.ratings.drafting.waves import times_of
from bayes_alliance.ratings.drafting.words import (
    DESCRIPTIVE,
    FEMALE_MALE,
    FIRST,
    IDENTIFIERS,
    MEASURES,
    person_of,
    role_of,
    says,
)

MOST = 0.9
LETTERS_AND_DIGITS = re.compile(r"[^\W\d_]+[ ._-]?\d+|0\d+")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A piece of evidence.

    Parameters
    ----------
    points : int
        How much it weighs.
    words : str
        What it is, as said to a person; "" if that would not help.
    """

    role: str
    points: int
    holds: Callable[[Column, Known], bool]
    words: str


def is_called(column: Column, role: str) -> bool:
    """All words of the name say so, or only that it identifies."""
    spoken = [word for word in column.words if word not in IDENTIFIERS]
    return bool(spoken) and all(role_of(word) == role for word in spoken)


def _mentioned(column: Column, role: str) -> bool:
    return any(role_of(word) == role for word in column.words)


def _is_called_child(column: Column, _: Known) -> bool:
    return is_called(column, "child")


def _is_called_therapist(column: Column, _: Known) -> bool:
    return is_called(column, "therapist")


def _is_called_clinic(column: Column, _: Known) -> bool:
    return is_called(column, "clinic")


def _mentions_child(column: Column, _: Known) -> bool:
    return _mentioned(column, "child")


def _mentions_time(column: Column, _: Known) -> bool:
    return _mentioned(column, "time") and not says(column.name, DESCRIPTIVE)


def _is_called_time(column: Column, _: Known) -> bool:
    return column.words in (("time",), ("t",), ("zeit",))


def _mentions_informant(column: Column, _: Known) -> bool:
    return _mentioned(column, "informant")


def _is_called_identifier(column: Column, _: Known) -> bool:
    return bool(column.words) and all(word in IDENTIFIERS for word in column.words)


def _has_identifying_word(column: Column, _: Known) -> bool:
    return any(word in IDENTIFIERS for word in column.words) and len(column.words) > 1


def _never_repeats(column: Column, _: Known) -> bool:
    return column.n_distinct == len(column.text)


def _stands_first(column: Column, known: Known) -> bool:
    return column is known.columns[0]


def _looks_like_an_identifier(column: Column, _: Known) -> bool:
    values = pd.unique(column.written[~pd.isna(column.written)])
    fits = [LETTERS_AND_DIGITS.fullmatch(str(one)) is not None for one in values]
    return bool(fits) and float(np.mean(fits)) > MOST


def _others_stay_within(column: Column, known: Known) -> bool:
    units = column.units
    if column.n_distinct > MOST * len(units):
        return False
    return any(
        other.n_distinct > 1 and other.constant_within(units) > NEARLY_ALL
        for other in known.columns
        if other is not column
    )


def _has_several_children(column: Column, known: Known) -> bool:
    return column.n_distinct <= known.n_children / 1.5


def _is_distinct_within_child(column: Column, known: Known) -> bool:
    return known.distinct(column) >= NEARLY_ALL


def _is_distinct_beside_informant(column: Column, known: Known) -> bool:
    return known.informant is not None and known.distinct(column, known.informant) >= NEARLY_ALL


def _holds_dates(column: Column, _: Known) -> bool:
    return column.kind == "date"


def _grows_by_row(column: Column, known: Known) -> bool:
    grows = pd.Series(column.numbers).groupby(known.children).diff().dropna() > 0
    return len(grows) > 0 and bool(grows.mean() > NEARLY_ALL)


def _is_shared(column: Column, known: Known) -> bool:
    return column.n_distinct <= max(12, known.n_children / 4)


def _names_waves(column: Column, _: Known) -> bool:
    if column.kind != "text" and not column.labels:
        return False
    values = [one.casefold() for one in (*column.values, *column.labels.values())]
    return any(value in FIRST for value in values) or not times_of(values).counted


def _holds_persons(column: Column, _: Known) -> bool:
    values = [*column.labels.values()] or column.values
    if {one.casefold() for one in values} in map(set, FEMALE_MALE):
        return True
    persons = [any(person_of(word) for word in one.casefold().split()) for one in values]
    return bool(persons) and float(np.mean(persons)) > 0.5


def _tells_rows_apart(column: Column, known: Known) -> bool:
    time = () if known.time is None else (known.time,)
    return known.distinct(column, *time) >= NEARLY_ALL


def _is_called_a_rating(column: Column, _: Known) -> bool:
    named = any(role_of(word) == "rating" for word in column.words)
    return named or any(word in MEASURES for word in column.words)


def _takes_many_values(column: Column, _: Known) -> bool:
    return column.n_distinct > 4


def _describes(column: Column, _: Known) -> bool:
    return says(column.name, DESCRIPTIVE)


EVIDENCE: tuple[Evidence, ...] = (
    Evidence(role="child", points=4, holds=_is_called_child, words="called so"),
    Evidence(role="child", points=3, holds=_is_called_identifier, words="called so"),
    Evidence(role="child", points=1, holds=_mentions_child, words=""),
    Evidence(role="child", points=2, holds=_has_identifying_word, words=""),
    Evidence(role="child", points=2, holds=_never_repeats, words="no value stands twice"),
    Evidence(role="child", points=1, holds=_stands_first, words="stands first"),
    Evidence(role="child", points=1, holds=_looks_like_an_identifier, words="looks like codes"),
    Evidence(
        role="child", points=1, holds=_others_stay_within, words="others do not change within it"
    ),
    Evidence(role="therapist", points=4, holds=_is_called_therapist, words="called so"),
    Evidence(role="therapist", points=2, holds=_has_identifying_word, words=""),
    Evidence(role="therapist", points=2, holds=_looks_like_an_identifier, words="looks like codes"),
    Evidence(
        role="therapist", points=1, holds=_has_several_children, words="each has several children"
    ),
    Evidence(role="clinic", points=4, holds=_is_called_clinic, words="called so"),
    Evidence(role="clinic", points=1, holds=_has_several_children, words="each has several"),
    Evidence(role="time", points=3, holds=_mentions_time, words="called so"),
    Evidence(
        role="time", points=4, holds=_is_distinct_within_child, words="no child has a value twice"
    ),
    Evidence(
        role="time",
        points=4,
        holds=_is_distinct_beside_informant,
        words="no child and informant has a value twice",
    ),
    Evidence(role="time", points=1, holds=_is_called_time, words=""),
    Evidence(role="time", points=2, holds=_holds_dates, words="holds dates"),
    Evidence(role="time", points=2, holds=_grows_by_row, words="grows from row to row"),
    Evidence(role="time", points=1, holds=_is_shared, words="many share its values"),
    Evidence(role="time", points=1, holds=_names_waves, words="called as waves are"),
    Evidence(role="informant", points=3, holds=_mentions_informant, words="called so"),
    Evidence(role="informant", points=3, holds=_holds_persons, words="values are persons"),
    Evidence(role="informant", points=4, holds=_tells_rows_apart, words="tells rows apart"),
    Evidence(role="rating", points=3, holds=_is_called_a_rating, words="called so"),
    Evidence(role="rating", points=2, holds=_takes_many_values, words="takes many values"),
    Evidence(role="rating", points=-3, holds=_describes, words=""),
)
ENOUGH = {"child": 3, "therapist": 4, "clinic": 4, "time": 6, "informant": 6, "rating": 2}


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """A column with a role, and why."""

    column: Column
    points: int
    why: str


def best(role: str, known: Known, among: tuple[Column, ...]) -> Found | None:
    """The column with most evidence for a role; the first of several, None if none has enough."""
    found = [_weighed(role, column, known) for column in among]
    enough = [one for one in found if one.points >= ENOUGH[role]]
    return max(enough, key=_points, default=None)


def _points(one: Found) -> int:
    return one.points


def _weighed(role: str, column: Column, known: Known) -> Found:
    holds = [one for one in EVIDENCE if one.role == role and one.holds(column, known)]
    why = list(dict.fromkeys(one.words for one in holds if one.words))
    return Found(column=column, points=sum(one.points for one in holds), why="; ".join(why))
