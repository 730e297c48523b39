"""Waves in the names of columns: ``tasc_c_t1``, ``kid.2``, ``T0_wai``, ``pre_das``, ``ors 2023``.

A name with its mark of a wave taken out is a pattern; columns of one pattern are one measure over
time. Marks are read as times where they say a unit (``m3``), or else counted.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.words import FIRST, LATER, unit_of

LETTERS = (
    "timepoint|wave|welle|time|months?|monate?|weeks?|wochen?|wk|mon|mo|sessions?|visits?|sitzung|"
    "days?|tage?|years?|mzp|zp|followup|fu|kat|t|w|m|s|v|d|y"
)
CALLED = "|".join(sorted((*FIRST, *LATER), key=len, reverse=True))
EDGE, END = r"(?<![^\W\d_])", r"(?![^\W_])"  # no letter before, no letter or digit after
MARKS = re.compile(
    rf"{EDGE}(?:\d{{4}}[-_.]\d{{2}}(?:[-_.]\d{{2}})?|(?:{LETTERS})[_ .-]?\d+|\d+[_ ]?(?:{LETTERS})"
    rf"|(?:{CALLED})){END}|(?<=[a-z])[TW]\d+{END}",
    re.IGNORECASE,
)
NUMBERS = re.compile(r"(?<=[._\s-])\d+$|(?<=[^\W\d_])\d+$|^\d+(?=[._\s-])")
DATED = re.compile(r"\d{4}[-_.]\d{2}")
ARM = re.compile(r"_?arm_?\d+$", re.IGNORECASE)  # REDCap's, at the end of an event
NUMBER = re.compile(r"\d+(?:\.\d+)?")
TIME = "{time}"
UNIT_LETTERS = {"m": "months", "d": "days", "wk": "weeks", "mo": "months"}  # w is a wave, too
MANY, FEW = 5, 8  # as many columns with as few different values are items


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """Columns whose names differ by the mark of a wave only.

    Parameters
    ----------
    name : str
        With ``{time}`` in place of the mark.
    columns : mapping of str to Column
        By mark, in the order of the file.
    """

    name: str
    columns: Mapping[str, Column]

    @property
    def stem(self) -> str:
        """The name without its mark."""
        return self.name.replace(TIME, " ")


def patterns(columns: Iterable[Column]) -> tuple[Pattern, ...]:
    """Find columns of numbers that are one measure over several waves."""
    of_numbers = [one for one in columns if one.kind == "number"]
    found = _grouped(of_numbers, MARKS)
    return found or tuple(one for one in _grouped(of_numbers, NUMBERS) if not are_items(one))


def item_patterns(columns: Iterable[Column]) -> tuple[Pattern, ...]:
    """Find columns that are numbered as waves are, and hold single answers: items."""
    of_numbers = [one for one in columns if one.kind == "number"]
    return tuple(one for one in _grouped(of_numbers, NUMBERS) if are_items(one))


def are_items(pattern: Pattern) -> bool:
    """Whether a pattern has many columns, each with few different values."""
    return len(pattern.columns) >= MANY and has_few(pattern)


def has_few(pattern: Pattern) -> bool:
    """Whether all its columns hold few different whole numbers."""
    return all(one.n_distinct < FEW and one.is_whole for one in pattern.columns.values())


def _grouped(columns: list[Column], mark: re.Pattern[str]) -> tuple[Pattern, ...]:
    groups: dict[str, dict[str, Column]] = {}
    for column in columns:
        for match in mark.finditer(column.name):
            name = f"{column.name[: match.start()]}{TIME}{column.name[match.end() :]}"
            groups.setdefault(name, {})[match[0]] = column
    several = {name: own for name, own in groups.items() if len(own) > 1}
    kept, taken = [], set()
    # A name may hold two marks; the one that more columns differ by is the wave.
    for name in sorted(several, key=lambda one: -len(several[one])):
        own = {mark: one for mark, one in several[name].items() if one.name not in taken}
        if len(own) > 1:
            taken |= {one.name for one in own.values()}
            kept.append(Pattern(name=name, columns=own))
    order = [column.name for column in columns]
    return tuple(sorted(kept, key=lambda one: order.index(next(iter(one.columns.values())).name)))


@dataclass(frozen=True, kw_only=True)
class Times:
    """Times that labels or marks of waves stand for.

    Parameters
    ----------
    of : mapping of str to float
        In the order of the labels.
    counted : bool
        Whether they are only counted: which times they are, the file does not say.
    """

    of: Mapping[str, float]
    unit: str
    counted: bool


def times_of(labels: Iterable[str]) -> Times:
    """Read times from what waves are called."""
    given = list(dict.fromkeys(labels))
    plain = [ARM.sub("", label) for label in given]
    numbers = [NUMBER.findall(label) for label in plain]
    units = [unit_of(label) for label in plain]
    letters = {one.strip("_ .-0123456789").casefold() for one in plain}
    # m3, m6, m12 are months; m1, m2, m3 may be measurements.
    if letters <= {*UNIT_LETTERS} and not _in_succession(numbers):
        units = [UNIT_LETTERS[next(iter(letters))]] * len(plain)
    first = [label.casefold().strip("_ .") in FIRST or _begins(label) for label in plain]
    unit = next(filter(None, units), "")
    stated = [bool(one and len(number) == 1) for one, number in zip(units, numbers, strict=True)]
    if (
        unit
        and all(a or b for a, b in zip(stated, first, strict=True))
        and len({*units} - {""}) == 1
    ):
        times = [
            float(number[0]) if said else 0.0 for said, number in zip(stated, numbers, strict=True)
        ]
        if len(set(times)) == len(times):
            return Times(of=dict(zip(given, times, strict=True)), unit=unit, counted=False)
    if all(len(number) == 1 for number in numbers) and not any(map(DATED.search, plain)):
        times = [float(number[0]) for number in numbers]
        if len(set(times)) == len(times):
            return Times(of=dict(zip(given, times, strict=True)), unit="waves", counted=True)
    counted = {label: float(at) for at, label in enumerate(given)}
    return Times(of=counted, unit="waves", counted=True)


def _in_succession(numbers: list[list[str]]) -> bool:
    firsts = [float(one[0]) for one in numbers if one]
    return firsts == [firsts[0] + at for at in range(len(firsts))] if firsts else True


def _begins(label: str) -> bool:
    return any(label.casefold().startswith(word) for word in FIRST if len(word) > 3)
