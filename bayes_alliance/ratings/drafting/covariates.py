"""Columns that are neither identifiers nor ratings: covariates by level, or not used.

The level is where a column does not change: within a clinic, a therapist, a child, or within none,
which is over occasions.
"""

import numpy as np

from bayes_alliance.numerals import exact
from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.measures import ADMINISTRATIVE
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.roles import Roles
from bayes_alliance.ratings.drafting.words import DERIVED, DESCRIPTIVE, NOMINAL, says
from bayes_alliance.ratings.study.contradictions import RESERVED

MOST_CATEGORIES = 12
FEW = 6  # whole numbers of so few values may be categories


def covariates(others: tuple[Column, ...], roles: Roles, *, over_time: tuple[str, ...]) -> Part:
    """State [covariates], and why columns were left out.

    Parameters
    ----------
    over_time : tuple of str
        Patterns of columns that vary over time.
    """
    levels: dict[str, list[str]] = {
        "child": [],
        "therapist": [],
        "clinic": [],
        "occasion": [*over_time],
    }
    tables: list[Part] = []
    unused = []
    for column in others:
        reason = "counts time too" if roles.known.only_grows(column) else _not_used(column)
        if reason:
            unused.append(f"{column.name} ({reason})")
            continue
        level = _level(column, roles)
        if level == "occasion" and says(column.name, DERIVED):
            unused.append(f"{column.name} (computed of others?)")
            continue
        if level == "occasion" and (roles.time is None or roles.informant is not None):
            unused.append(f"{column.name} (changes between rows)")
            continue
        levels[level].append(column.name)
        tables.append(_table(column))
    lines = tuple(
        Line(table="covariates", key=level, value=names, why=_constant(level))
        for level, names in levels.items()
        if names
    )
    seen = (f"Not used: {listed(unused, most=12)}.",) * bool(unused)
    return Part.of([Part(lines=lines, seen=seen), *tables, _few_values(others, lines)])


def _constant(level: str) -> str:
    return "vary over time" if level == "occasion" else f"the same in all rows of a {level}"


def _not_used(column: Column) -> str:
    """Why a column is no covariate; "" if it may be one."""
    if any(mark in column.name.casefold() for mark in ADMINISTRATIVE):
        return "REDCap's own"
    if column.kind in ("date", "blank"):
        return "dates" if column.kind == "date" else "blank"
    if column.n_distinct < 2:
        return "the same everywhere"
    if column.kind == "text" and column.n_distinct > MOST_CATEGORIES:
        return "text with many values"
    if column.is_called_identifier:
        return "an identifier"
    if column.name in RESERVED:
        return "rename it to use it as a covariate"
    return ""


def _level(column: Column, roles: Roles) -> str:
    for level, found in (("clinic", roles.clinic), ("therapist", roles.therapist)):
        # What also describes children without a therapist describes children.
        every = found is not None and bool(found.column.given[column.given].all())
        if found is not None and every and column.constant_within(found.column.units) == 1.0:
            return level
    return "child" if column.constant_within(roles.known.children) == 1.0 else "occasion"


def _table(column: Column) -> Part:
    """What must be said of a covariate beside its level."""
    table = f"covariate.{column.name}"
    categorical = Line(table=table, key="type", value="categorical")
    if column.is_coded:
        kinds = ", ".join(column.labels.values())
        return Part(seen=(f"{column.name}: labels {kinds}: categories.",))
    if column.kind == "text":
        numbers = [one for one in column.values if one.lstrip("-").replace(".", "", 1).isdigit()]
        if numbers:
            decide = f"[covariate] {column.name} holds numbers and text ({listed(column.values)})."
            return Part(lines=(categorical,), decide=(decide,))
        return Part(seen=_blank_words(column))
    values = np.unique(column.numbers[~np.isnan(column.numbers)])
    if not _may_be_codes(column) or not says(column.name, NOMINAL):
        return Part()
    decide = (
        f"[covariate] {column.name} has the few values {listed(map(exact, values))}: a number, or "
        f'categories? Taken as categories; give labels = {{ {exact(values[0])} = "..." }}.'
    )
    return Part(lines=(categorical,), decide=(decide,))


def _may_be_codes(column: Column) -> bool:
    """Whether its values are few whole numbers in succession; 20, 35 and 50 count something."""
    values = np.unique(column.numbers[~np.isnan(column.numbers)])
    few = column.kind == "number" and not column.is_coded and 2 < len(values) <= FEW
    coded = few and values[0] in (0.0, 1.0) and bool((np.diff(values) == 1.0).all())
    return coded and not says(column.name, DESCRIPTIVE)


def _few_values(others: tuple[Column, ...], lines: tuple[Line, ...]) -> Part:
    """Ask of all covariates together that are taken as numbers and may be codes."""
    used = {name for line in lines if isinstance(line.value, list) for name in line.value}
    unsure = [
        f"{one.name} ({listed(map(exact, np.unique(one.numbers[one.given])))})"
        for one in others
        if one.name in used and _may_be_codes(one) and not says(one.name, NOMINAL)
    ]
    decide = (
        f"[covariate] numbers, or categories? {listed(unsure, most=12)} are taken as numbers; for "
        'categories say type = "categorical".'
    )
    return Part(decide=(decide,) * bool(unsure))


def _blank_words(column: Column) -> tuple[str, ...]:
    """Categories that look as if they stood for missing values."""
    counts = {one: int((column.text == one).sum()) for one in column.values}
    return tuple(
        f'{column.name}: "{one}" stands {count} times and is a category.'
        for one, count in counts.items()
        if one.casefold() in ("none", "keine", "kein", "other")
    )
