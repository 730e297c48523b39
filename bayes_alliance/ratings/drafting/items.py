"""Single items: numbered columns with few different values, of which totals are made."""

import re
from dataclasses import dataclass

import numpy as np

from bayes_alliance.ratings.drafting.measures import Informants, Measure, informants
from bayes_alliance.ratings.drafting.part import Line, Part
from bayes_alliance.ratings.drafting.roles import Roles
from bayes_alliance.ratings.drafting.waves import TIME, Pattern, item_patterns
from bayes_alliance.ratings.drafting.words import words

LAST = re.compile(r"(.+?)([._ -]?)\{time\}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Items:
    """Informants whose ratings are totals of items."""

    informants: Informants
    part: Part


def items_of(found: Roles, totals: list[Measure]) -> Items | None:
    """Find the items of ratings; None if there are none, or totals of them stand beside."""
    of_items = [one for one in item_patterns(found.others) if LAST.fullmatch(one.name)]
    if not of_items:
        return None
    single = {column.name for one in of_items for column in one.columns.values()}
    if any(one.persons for one in totals if one.name not in single):
        return None
    alike = [one for one in of_items if _form(one) == _form(of_items[0])]
    measures = [
        Measure(name=_stem(one), columns=tuple(one.columns.values()), words=words(one.stem))
        for one in alike
    ]
    own = informants(measures)
    return Items(informants=own, part=_part([*own.measures.values()], alike[0]))


def _stem(pattern: Pattern) -> str:
    match = LAST.fullmatch(pattern.name)
    return match[1] if match is not None else pattern.name


def _form(pattern: Pattern) -> tuple[str, tuple[str, ...]]:
    """What stands between the name and the number of an item, and the numbers."""
    match = LAST.fullmatch(pattern.name)
    return ("" if match is None else match[2]), tuple(pattern.columns)


def _part(measures: list[Measure], pattern: Pattern) -> Part:
    between, names = _form(pattern)
    given = np.concatenate([one.ratings for one in measures])
    lower, upper = int(given.min()), int(given.max())
    n_items = len(names)
    lines = [
        Line(table="scale", key="lower", value=n_items * lower, why=f"{n_items} items of {lower}"),
        Line(table="scale", key="upper", value=n_items * upper, why=f"{n_items} items of {upper}"),
        Line(table="items", key="names", value=[*names], why="the numbers of the columns"),
        Line(table="items", key="lower", value=lower, why="a guess: lowest answer seen"),
        Line(table="items", key="upper", value=upper, why="a guess: highest answer seen"),
    ]
    if between != "_":
        column = f"{{informant}}{between}{{item}}"
        lines.append(Line(table="items", key="column", value=column))
    decide = (
        f"[items] lower and upper: {lower} and {upper} are the lowest and highest answers given; "
        f"write those of the questionnaire, and in [scale] {n_items} times as much.",
        f"[items] reverse: which of the {n_items} items are worded the other way round?",
    )
    seen = f"{pattern.name.replace(TIME, names[0])} to {pattern.name.replace(TIME, names[-1])} are "
    return Part(lines=tuple(lines), decide=decide, seen=(f"{seen}single items; totals are made.",))
