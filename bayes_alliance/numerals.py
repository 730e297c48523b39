"""Numbers as text that tells any two of them apart.

A number that is a key, or part of a label, is written exactly: formatted to some digits, the days
20240104 and 20240108 would be the same. Numbers that are shown beside each other have as many
digits as they need to differ. What sentences, tables and figures show is written by `printed`,
`percent` and `effective`.
"""

import math
from collections.abc import Iterable


def exact(number: float) -> str:
    """Return the shortest text from which a number comes back: ``"16"``, ``"0.1"``."""
    number = float(number) + 0.0  # there is one zero
    return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)


def apart(numbers: Iterable[float], *, digits: int = 6) -> list[str]:
    """Return numbers with few digits, or more where they would be the same or whole ones cut."""
    given = [float(number) + 0.0 for number in numbers]
    for enough in range(digits, 17):
        texts = [_rounded(number, enough) for number in given]
        differ = len(set(texts)) == len(set(given))
        if differ and all(
            float(text) == number
            for text, number in zip(texts, given, strict=True)
            if number.is_integer()
        ):
            return texts
    return [exact(number) for number in given]


def printed(value: float, decimals: int, *, bounded: bool = False) -> str:
    """Write a number with fixed decimals, without a negative zero.

    Parameters
    ----------
    bounded : bool
        Whether the quantity cannot exceed 1 in size (a correlation, a share, a probability): then
        no zero stands before the point (American Psychological Association, 2020, section 6.36).

    Returns
    -------
    str
        ``"−.31"``, ``"38.2"``; ``"–"`` for NaN.
    """
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{decimals}f}"
    sign = "−" if value < 0 and float(text) > 0 else ""
    return sign + (text[1:] if bounded and text.startswith("0.") else text)


def percent(share: float, *, decimals: int = 0) -> str:
    """Write a share in per cent, ``"7%"``, the sign at its number; ``"–"`` for NaN."""
    text = printed(100 * share, decimals)
    return text if text == "–" else f"{text}%"


def effective(size: float) -> str:
    """Write an effective sample size, ``"336"``; ``"–"`` for NaN.

    Rounded down wherever it is shown: 399.6 draws are not the 400 that are wanted, and are the same
    number in a sentence, a table and a checklist.
    """
    return printed(math.floor(size), 0) if math.isfinite(size) else "–"


def _rounded(number: float, digits: int) -> str:
    """Few digits, but all of those before the point."""
    text = f"{number:.{digits}g}"
    return f"{number:.0f}" if "e+" in text and abs(number) < 1e16 else text
