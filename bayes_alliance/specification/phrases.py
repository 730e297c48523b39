"""Small pieces of English that sentences of several parts of a model share."""

from collections.abc import Iterable


def listed(names: Iterable[str]) -> str:
    """Join names as in a sentence: ``"level, slope and curvature"``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
