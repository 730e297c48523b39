"""Single items: numbered columns with few different values, of which totals are made.

Their number stands last in the name, ``srs_child_1``; wide over time behind the mark of the wave,
``srs_child_t1_1``. Names with the wave behind the number cannot be said in a study file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.measures import Informants, Measure, informants
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.roles import Roles
from bayes_alliance.ratings.drafting.waves import MANY, TIME, Pattern, has_few, item_patterns
from bayes_alliance.ratings.drafting.words import words

LAST = re.compile(r"(.+?)([._ -]?)\{time\}")
BEHIND_WAVE = re.compile(r"(.*\{time\}.*?)([._ -]?)(\d+)")
BEFORE_WAVE = re.compile(r"(.*?)[._ -]?\d+([._ -]?\{time\})")


@dataclass(frozen=True, kw_only=True, eq=False)
class Items:
    """Informants whose ratings are totals of items."""

    informants: Informants
    part: Part


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbered:
    """Items of one informant.

    Parameters
    ----------
    stem : str
        What the names of their columns begin with; with ``{time}`` if they hold waves.
    between : str
        What stands between it and the number.
    """

    stem: str
    between: str
    numbers: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def form(self) -> tuple[str, tuple[str, ...]]:
        """What must be the same for all informants."""
        return self.between, self.numbers


def items_of(found: Roles, totals: list[Measure]) -> Items | None:
    """Find the items of ratings; None if there are none, or totals of them stand beside."""
    numbered = []
    for pattern in item_patterns(found.others):
        if match := LAST.fullmatch(pattern.name):
            columns = tuple(pattern.columns.values())
            own = Numbered(
                stem=match[1], between=match[2], numbers=tuple(pattern.columns), columns=columns
            )
            numbered.append(own)
    single = {column.name for one in numbered for column in one.columns}
    beside = any(one.persons for one in totals if one.name not in single)
    return None if beside or not numbered else _items(numbered)


def items_over_time(waves: Iterable[Pattern]) -> Items | None:
    """Find items that were answered at several waves; None if there are none."""
    stems: dict[tuple[str, str], dict[str, Pattern]] = {}
    for pattern in waves:
        if has_few(pattern) and (match := BEHIND_WAVE.fullmatch(pattern.name)):
            stems.setdefault((match[1], match[2]), {})[match[3]] = pattern
    numbered = [
        Numbered(
            stem=stem,
            between=between,
            numbers=tuple(own),
            columns=tuple(column for one in own.values() for column in one.columns.values()),
        )
        for (stem, between), own in stems.items()
        if len(own) >= MANY
    ]
    return _items(numbered) if numbered else None


def not_sayable(waves: Iterable[Pattern]) -> Part:
    """Say what to do with items whose number stands before the wave."""
    stems: dict[tuple[str, str], list[str]] = {}
    for pattern in waves:
        if has_few(pattern) and (match := BEFORE_WAVE.fullmatch(pattern.name)):
            stems.setdefault((match[1], match[2]), []).append(pattern.name)
    many = [names for names in stems.values() if len(names) >= MANY]
    if not many:
        return Part()
    decide = (
        f"[items]: {listed((names[0] for names in many), most=3)} and those numbered behind it "
        "seem to be single items: sum them up in the file, or put the wave before the number "
        "(x_t1_1)."
    )
    return Part(decide=(decide,))


def _items(numbered: Sequence[Numbered]) -> Items:
    alike = [one for one in numbered if one.form == numbered[0].form]
    measures = [
        Measure(name=one.stem, columns=one.columns, words=words(one.stem.replace(TIME, " ")))
        for one in alike
    ]
    own = informants(measures)
    return Items(informants=own, part=_part([*own.measures.values()], alike[0]))


def _part(measures: list[Measure], shown: Numbered) -> Part:
    given = np.concatenate([one.ratings for one in measures])
    lower, upper = int(given.min()), int(given.max())
    n_items = len(shown.numbers)
    lines = [
        Line(table="scale", key="lower", value=n_items * lower, why=f"{n_items} items of {lower}"),
        Line(table="scale", key="upper", value=n_items * upper, why=f"{n_items} items of {upper}"),
        Line(table="items", key="names", value=[*shown.numbers], why="the numbers of the columns"),
        Line(table="items", key="lower", value=lower, why="a guess: lowest answer seen"),
        Line(table="items", key="upper", value=upper, why="a guess: highest answer seen"),
    ]
    if shown.between != "_":
        column = f"{{informant}}{shown.between}{{item}}"
        lines.append(Line(table="items", key="column", value=column))
    decide = (
        f"[items] lower and upper: {lower} and {upper} are the lowest and highest answers given; "
        f"write those of the questionnaire, and in [scale] {n_items} times as much.",
        f"[items] reverse: which of the {n_items} items are worded the other way round?",
    )
    ends = (f"{shown.stem}{shown.between}{shown.numbers[at]}" for at in (0, -1))
    seen = f"{' to '.join(ends)} are single items; totals are made."
    return Part(lines=tuple(lines), decide=decide, seen=(seen,))
