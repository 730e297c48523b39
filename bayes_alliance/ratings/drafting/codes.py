"""Codes for missing values: words among numbers, and numbers that lie apart from all others.

Looked for are words and numbers that people write for an answer that was not given, -9, 99, k.A.;
whether they are codes is told by the range that labels state, or by their distance from the rest.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.drafting.words import MISSING_NUMBERS

SPAN = re.compile(
    r"(?<![\d.,-])(-?\d+(?:\.\d+)?)\s*(?:-|–|to|bis|\.\.\.?|à)\s*(\d+(?:\.\d+)?)(?!\d)"
)
NUMERAL = re.compile(r"-?\d+(\.\d+)?")
FAR = 0.35  # share of the range of all others by which a code lies beyond them
FEW = 12
NOT_GIVEN = re.compile(
    r"missing|keine angabe|not app|n/?a\b|refus|unknown|don.?t know|wei(ß|ss) nicht|fehl|k\.a\."
    r"|not (asked|answered|given|done)|no answer|skipped|nicht (erhoben|beantwortet|gefragt)",
    re.I,
)


@dataclass(frozen=True, kw_only=True)
class Code:
    """A value that seems to stand for a missing one.

    Parameters
    ----------
    value : float or str
        As the study file names it.
    others : tuple of float
        Lowest and highest of the numbers it stands apart from; empty for words.
    """

    value: float | str
    count: int
    others: tuple[float, ...] = ()


def word_codes(words: NDArray[np.object_]) -> Iterator[Code]:
    """Count words that stand for missing values."""
    written, counts = np.unique(words.astype(str), return_counts=True)
    for value, count in zip(written, counts, strict=True):
        yield Code(value=str(value), count=int(count))


def number_codes(known: Floats, *, label: str, labels: Mapping[str, str]) -> Iterator[Code]:
    """Find numbers that are usual codes and lie apart from all others, or are labelled so.

    Parameters
    ----------
    known : ndarray of float64
        All numbers of a column, without NaN.
    label, labels : str, mapping of str to str
        Of the column, and of its values.
    """
    values, counts = np.unique(known, return_counts=True)
    usual = np.isin(values, list(MISSING_NUMBERS)) & ((counts > 1) | (values < 0) | (values > FEW))
    rest = values[~usual]
    stated = stated_range(label, labels)
    if stated is not None and not ((rest >= stated[0]) & (rest <= stated[1])).all():
        stated = None  # it says something else
    # A usual code may be a rating: those near the others join them, from the nearest on.
    for value in sorted(values[usual], key=abs):
        said = labels.get(exact(value), "")
        near = stated[0] <= value <= stated[1] if stated else _near(float(value), rest)
        if (said and not NOT_GIVEN.search(said)) or (not said and near):
            rest = np.append(rest, value)
    if len(rest) < 2:
        return
    for value, count in zip(values, counts, strict=True):
        if value not in rest:
            span = (float(rest.min()), float(rest.max()))
            yield Code(value=float(value), count=int(count), others=span)


def stated_range(label: str, labels: Mapping[str, str]) -> tuple[float, float] | None:
    """The range that value labels or the label of a column state; None if they do not."""
    codes = [
        float(code)
        for code, text in labels.items()
        if not NOT_GIVEN.search(text) and NUMERAL.fullmatch(code)
    ]
    if len(codes) > 1:
        return min(codes), max(codes)
    spans = [(float(low), float(high)) for low, high in SPAN.findall(label)]
    return next((one for one in spans if one[0] < one[1]), None)


def _near(value: float, rest: Floats) -> bool:
    if not len(rest):
        return True
    low, high = float(rest.min()), float(rest.max())
    if value < 0 <= low:
        return False
    if low <= value <= high or 0 < value < low:
        return True
    gap = value - high if value > high else low - value
    steps = np.diff(np.unique(rest))
    usual = float(np.median(steps)) if len(steps) else 1.0
    return gap <= max(FAR * (high - low), 1.5 * usual)
