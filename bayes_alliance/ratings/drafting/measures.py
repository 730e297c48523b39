"""Which columns hold ratings, and who gave them: by persons in their names and by common stems.

A measure is a column, or, wide over time, the columns of a pattern. Measures whose names differ by
the person only (``tasc_c``, ``tasc_p``; ``WAI_kid``, ``WAI_mum``) are one questionnaire, and its
persons are the informants.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.levels import LEVELS
from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.evidence import is_called
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.roles import Roles
from bayes_alliance.ratings.drafting.waves import Pattern
from bayes_alliance.ratings.drafting.words import (
    DERIVED,
    DESCRIPTIVE,
    FEMALE_MALE,
    MEASURES,
    PERSONS,
    person_of,
    says,
    words,
)

BETWEEN = frozenset({"of", "about", "on", "by", "von", "über", "durch", "de"})
# REDCap's own columns.
ADMINISTRATIVE = ("_complete", "redcap_", "complete?", "repeat instrument", "repeat instance")
FEWEST_VALUES = 3
# clinician2; items of a questionnaire have a mark between, or a letter for the person.
NUMBERED = re.compile(r"([^\W\d_]{4,})([1-3])(?!\d)")


@dataclass(frozen=True, kw_only=True, eq=False)
class Measure:
    """Something rated by somebody.

    Parameters
    ----------
    name : str
        Column, or pattern with ``{time}``.
    columns : tuple of Column
        One, or one for each wave.
    words : tuple of str
        Of the name.
    value : str
        Long files: what stands for the informant in its column.
    """

    name: str
    columns: tuple[Column, ...]
    words: tuple[str, ...]
    value: str = ""

    @property
    def persons(self) -> tuple[str, ...]:
        """The words of the name that stand for persons; one letter alone is none."""
        if len(self.words) == 1 and len(self.words[0]) == 1:
            return ()
        return tuple(word for word in self.words if person_of(word))

    @property
    def rest(self) -> tuple[str, ...]:
        """The words that stand for no person: the questionnaire."""
        said = (*BETWEEN, self.number)
        return tuple(word for word in self.words if not person_of(word) and word not in said)

    @property
    def number(self) -> str:
        """Which of several such persons: ``"2"`` of ``clinician2``; "" of one alone."""
        numbered = NUMBERED.findall(self.name.casefold())
        return next((number for word, number in numbered if person_of(word)), "")

    @property
    def is_called_unit(self) -> bool:
        """Whether the name is one of a child, therapist or clinic, as of another identifier."""
        return any(is_called(self.columns[0], level) for level in LEVELS)

    @property
    def ratings(self) -> Floats:
        """All that was given, in any row and wave."""
        values = np.concatenate([column.numbers for column in self.columns])
        return values[~np.isnan(values)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Informants:
    """The measures that are taken as ratings, by the label of their informant.

    Parameters
    ----------
    measures : dict of str to Measure
        Empty if no column seems to hold ratings.
    """

    measures: dict[str, Measure]
    part: Part

    @property
    def used(self) -> set[str]:
        """Names of the columns of the ratings."""
        return {column.name for one in self.measures.values() for column in one.columns}


def of_columns(roles: Roles) -> list[Measure]:
    """Columns of numbers that change over the rows of a child, where it has several."""
    known, once = roles.known, roles.known.distinct() == 1.0
    return [
        Measure(name=column.name, columns=(column,), words=column.words)
        for column in roles.others
        if can_be_rated(column) and not known.only_grows(column)
        if once or column.constant_within(known.children) < 1.0
    ]


def of_patterns(patterns: Iterable[Pattern]) -> list[Measure]:
    """Measures over time."""
    return [
        Measure(name=one.name, columns=tuple(one.columns.values()), words=words(one.stem))
        for one in patterns
        if all(map(can_be_rated, one.columns.values()))
    ]


def can_be_rated(column: Column) -> bool:
    """Whether a column holds numbers with more than two values, and is no program's own."""
    own = any(mark in column.name.casefold() for mark in ADMINISTRATIVE)
    number = column.kind == "number" and column.n_distinct >= FEWEST_VALUES
    derived = says(column.name, DERIVED)
    return number and not own and not derived and not says(column.name, DESCRIPTIVE)


def informants(measures: list[Measure]) -> Informants:
    """Choose the measures that are ratings of one questionnaire, and label their informants."""
    groups: dict[tuple[str, ...], list[Measure]] = {}
    for one in measures:
        if one.persons:
            groups.setdefault(one.rest, []).append(one)
    largest = max(groups.values(), key=_worth, default=[])
    apart = _one_of_each_person(measures)
    if len(largest) == 1 and len(apart) > 1:
        names = listed(one.name for one in apart)
        return _chosen(apart, decide=[f"[informants]: {names} were taken, one for each person."])
    if len(largest) > 1 or apart:
        others = [group for group in groups.values() if group is not largest and len(group) > 1]
        return _chosen(largest, decide=_other_questionnaires(largest, others))
    common = max(_by_stem(measures), key=len, default=[])
    known = [one for one in measures if is_questionnaire(one.words)]
    unnamed = [one for one in measures if not one.is_called_unit]
    taken = common if len(common) > 1 else known or unnamed
    if not taken:
        return Informants(measures={}, part=Part())
    names = listed(one.name for one in taken)
    decide = f"[informants]: {names} were taken as ratings of one thing; say who gave each."
    if len(taken) == 1:
        decide = f"[informants]: {names} was taken as the ratings; say who gave them."
    return _chosen(taken, decide=[decide])


def _one_of_each_person(measures: list[Measure]) -> list[Measure]:
    """The first measure of everybody who is named in full, or beside a questionnaire's name."""
    first: dict[str, Measure] = {}
    for one in measures:
        named = [word for word in one.persons if len(word) > 1]
        if named:
            first.setdefault(person_of(named[0]), one)
    return [*first.values()]


def _worth(group: list[Measure]) -> tuple[int, bool]:
    return len(group), is_questionnaire(group[0].words)


def is_questionnaire(name: Iterable[str]) -> bool:
    """Whether the words of a name are those of a questionnaire."""
    return any(word in MEASURES for word in name)


def _other_questionnaires(chosen: list[Measure], others: list[list[Measure]]) -> list[str]:
    if not others:
        return []
    names = listed(one.name for group in others for one in group)
    return [
        f"[informants]: {listed(one.name for one in chosen)} were taken; {names} seem to be of "
        "another questionnaire, which needs a study file of its own."
    ]


def _by_stem(measures: list[Measure]) -> list[list[Measure]]:
    """Measures whose names differ by their last or first word only."""
    groups: dict[tuple[str, tuple[str, ...]], list[Measure]] = {}
    for one in measures:
        if len(one.words) > 1:
            groups.setdefault(("last", one.words[:-1]), []).append(one)
            groups.setdefault(("first", one.words[1:]), []).append(one)
    return [*groups.values()]


def _chosen(measures: list[Measure], *, decide: list[str]) -> Informants:
    persons = {person_of(word) for one in measures for word in one.persons}
    labels = [_label(one, persons) for one in measures]
    letters = [word for one in measures for word in one.persons]
    if {*letters} in FEMALE_MALE:
        # Father and mother, or wife and husband: the letters are kept.
        labels, asked = letters, f"[informants]: {listed(letters)}: say who that is, on the left."
        decide = [*decide, asked]
    if len(set(labels)) < len(labels):
        labels = [_without_time(one) for one in measures]
    named = dict(zip(labels, measures, strict=True))
    lines = tuple(
        Line(table="informants", key=label, value=one.name, why=_why(one))
        for label, one in named.items()
    )
    return Informants(measures=named, part=Part(lines=lines, decide=tuple(decide)))


def _why(measure: Measure) -> str:
    known = measure.ratings
    label = next((one.label for one in measure.columns if one.label), "")
    values = f"{len(known):,} ratings, {known.min():g} to {known.max():g}" if len(known) else ""
    return "; ".join(part for part in (label, values) if part)


def _label(measure: Measure, persons: set[str]) -> str:
    """Who rated: the word of the name, or whom it stands for."""
    if not measure.persons:
        return _without_time(measure)
    # self_child is the child itself.
    named = {person_of(word): word for word in measure.persons}
    who = "_of_".join(_person(word, measure.name, persons) for word in named.values())
    return f"{who}{measure.number}"


def _without_time(measure: Measure) -> str:
    """The name of a measure; of waves that are called pre and post only there is none."""
    return measure.name.replace("{time}", "").strip("_ .-") or "rating"


def _person(word: str, name: str, persons: set[str]) -> str:
    person = person_of(word)
    # A letter p beside a therapist, where no child rates, is the patient.
    if word == "p" and "therapist" in persons and "child" not in persons:
        return "patient"
    if word in PERSONS or len(word) < 4 or person.startswith(word):
        return person
    at = name.casefold().find(word)
    return name[at : at + len(word)] if at >= 0 else word
