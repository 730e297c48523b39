"""Numbers as text that tells any two of them apart.

A number that is a key, or part of a label, is written exactly: formatted to some digits, the days
20240104 and 20240108 would be the same. Numbers that are shown beside each other have as many
digits as they need to differ.
"""

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


def _rounded(number: float, digits: int) -> str:
    """Few digits, but all of those before the point."""
    text = f"{number:.{digits}g}"
    return f"{number:.0f}" if "e+" in text and abs(number) < 1e16 else text
