"""What studies call quantities and conclusions for print: in words, from the text that they keep.

A study keeps ``"slope[therapist_of_child] > 0"``, as it was stated and as its csv files have it.
Readers see ``"slope (therapist of child) > 0"``, with the names that the study file gives.
"""

import re

from bayes_alliance.levels import CALLED
from bayes_alliance.ratings.words import Words
from bayes_alliance.results.reported import noun
from bayes_alliance.specification.trajectories import in_words

OPENING = re.compile(r"(?<![\w.])([a-z][\w.]*)\[")
CODE = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")  # without brackets: there is one of it
NEGATIVE = re.compile(r"(?<![\w)])-(?=[\d.])")
SPREADS = {"sd": "SD", "cor": "correlation"}
PLACES = {
    **{str(level): f"between {called.plural}" for level, called in CALLED.items()},
    "total": "in total",
    "residual": "of residuals",
}


def readable(text: str, words: Words) -> str:
    """Write a conclusion, or the name of a quantity, in words; what is in words already stays.

    Parameters
    ----------
    text : str
        ``"level[caregiver] - level[child] > 2"``, ``"child_sd[child,slope]"``.

    Returns
    -------
    str
        ``"level (caregiver) − level (child) > 2"``, ``"SD between children (child, slope)"``.
    """
    if CODE.fullmatch(text):
        return in_words(text)
    parts, rest = [], text
    while (found := OPENING.search(rest)) is not None:
        end = _closing(rest, found.end())
        if end is None:
            break
        parts += [_signs(rest[: found.start()]), _name(found[1], rest[found.end() : end], words)]
        rest = rest[end + 1 :]
    return "".join([*parts, _signs(rest) if parts else rest])


def _closing(text: str, start: int) -> int | None:
    """Where the bracket closes that was opened before `start`; labels may hold pairs of them."""
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] == "[") - (text[place] == "]")
        if depth == 0:
            return place
    return None


def _signs(text: str) -> str:
    return NEGATIVE.sub("−", text.replace(" - ", " − "))


def _name(kind: str, of: str, words: Words) -> str:
    """Name a quantity or an estimand by its kind and what it is of."""
    first, *others = (_labels(part, words) for part in of.split(";"))
    level, _, ending = kind.rpartition("_")
    if "." in kind:
        head, place = noun(kind), of.partition(",")[0]
        if place in PLACES and len(first) > 1:
            first[0] = words.said(PLACES[place])
    elif ending == "on" and len(first) > 1:
        head = f"{first.pop(0)} on {in_words(level)}"
    elif ending in SPREADS and level in PLACES:
        head = f"{SPREADS[ending]} {words.said(PLACES[level])}"
    else:
        head = in_words(kind)
    # Of two with labels of their own, those of one stand together: "child level and mother level".
    apart = " " if others and all(len(one) == len(first) for one in others) else ", "
    return f"{head} ({' and '.join(apart.join(one) for one in (first, *others))})"


def _labels(text: str, words: Words) -> list[str]:
    """Labels that commas part, by their names for print."""
    return [in_words(words.name(label.replace("time=", "at "))) for label in text.split(",")]
