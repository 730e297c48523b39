"""Small pieces of English and of symbols that several parts of a model share."""

from collections.abc import Iterable

PLUS = " + "


def listed(names: Iterable[str]) -> str:
    """Join names as in a sentence: ``"level, slope and curvature"``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
