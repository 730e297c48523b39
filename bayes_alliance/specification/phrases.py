"""Small pieces of English and of symbols that several parts of a model share."""

import re
from collections.abc import Iterable

PLUS = " + "


def listed(names: Iterable[str]) -> str:
    """Join names as in a sentence: ``"level, slope and curvature"``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def capitalised(text: str) -> str:
    """Write the first letter as a capital, as at the head of a sentence; others keep their case."""
    return text[:1].upper() + text[1:]


def at_numbers(text: str) -> str:
    """Write signs of numbers as in print, however a model file has them: ``"50%"``, ``"−1"``."""
    written = re.sub(r"(?<=\d)[ \u00a0]%", "%", " ".join(text.split()))
    return re.sub(r"(?<![^\s(])-(?=\.?\d)", "−", written)
