"""The scale of the ratings: from labels if they say it, otherwise the range that was seen.

A range that was seen is a guess, and said to be one: nobody may have given the lowest rating.
"""

from collections.abc import Mapping

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.drafting.codes import stated_range
from bayes_alliance.ratings.drafting.measures import Measure
from bayes_alliance.ratings.drafting.part import Line, Part

STEPS = (1.0, 0.5, 0.25, 0.2, 0.125, 0.1)
UNLIKE = 0.6  # a highest rating below this share of another's is on another instrument

type Range = tuple[float, float]


def scale_part(measures: Mapping[str, Measure]) -> Part:
    """State [scale], or one for each informant where they differ."""
    seen = {label: one.ratings for label, one in measures.items() if len(one.ratings)}
    if not seen:
        return Part()
    said = {label: _said(measures[label]) for label in seen}
    stated = [one for one in said.values() if one is not None]
    if len({*stated}) == 1 and all(_within(one, stated[0]) for one in seen.values()):
        return Part(lines=_lines("scale", stated[0], [*seen.values()], why="as its labels say"))
    if len(seen) > 1 and (len({*stated}) > 1 or _unlike(seen)):
        return Part.of(_own(label, values, said[label]) for label, values in seen.items())
    everything = np.concatenate([*seen.values()])
    guessed = (float(everything.min()), float(everything.max()))
    return _guess("scale", guessed, [*seen.values()])


def _own(label: str, values: Floats, said: Range | None) -> Part:
    table = f"scale.{label}"
    if said is not None and _within(values, said):
        return Part(lines=_lines(table, said, [values], why="as its labels say"))
    return _guess(table, (float(values.min()), float(values.max())), [values])


def _guess(table: str, guessed: Range, seen: list[Floats]) -> Part:
    lower, upper = guessed
    if lower == upper:
        lower, upper = lower - 1.0, upper + 1.0
    lines = _lines(table, (lower, upper), seen, why="a guess: lowest and highest seen")
    # Sums and means of answers have steps; what is measured otherwise may have no ends.
    endless = _step(np.concatenate(seen) - lower) is None
    decide = (
        f"[{table}] lower and upper: {exact(guessed[0])} and {exact(guessed[1])} are the lowest "
        "and highest ratings given, which is a guess; write the ends that the questionnaire has"
        f"{', or center and spread if it has none' if endless else ''}."
    )
    return Part(lines=lines, decide=(decide,))


def _lines(table: str, ends: Range, seen: list[Floats], *, why: str) -> tuple[Line, ...]:
    lower, upper = ends
    lines = [
        Line(table=table, key="lower", value=lower, why=why),
        Line(table=table, key="upper", value=upper),
    ]
    step = _step(np.unique(np.concatenate(seen)) - lower)
    if step is not None and step != 1.0:
        lines.append(Line(table=table, key="step", value=step, why="of all ratings seen"))
    return tuple(lines)


def _step(above: Floats) -> float | None:
    """The largest usual step of which all ratings are multiples."""
    for step in STEPS:
        if np.allclose(above / step, np.round(above / step), atol=1e-6):
            return step
    return None


def _said(measure: Measure) -> Range | None:
    """The range that the labels of a measure's columns state."""
    stated = (stated_range(column.label, column.labels) for column in measure.columns)
    return next((one for one in stated if one is not None), None)


def _within(values: Floats, ends: Range) -> bool:
    return bool(values.min() >= ends[0] and values.max() <= ends[1])


def _unlike(seen: Mapping[str, Floats]) -> bool:
    """Whether highest ratings or ranges differ so much that scales must."""
    highest = [float(values.max()) for values in seen.values()]
    spans = [float(np.ptp(values)) for values in seen.values()]
    return min(highest) < UNLIKE * max(highest) or min(spans) < UNLIKE / 2 * max(spans)
