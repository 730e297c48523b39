"""What can be read of a design file in which something cannot: the rest, and stand-ins."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bayes_alliance.errors.from_pydantic import UNKNOWN_KEY
from bayes_alliance.ratings.study.problems import Location, untagged

# What a plan cannot do without.
STAND_INS: Mapping[str, Any] = {
    "informants": ["child"],
    "families": [],
    "scale": {"center": 0.0, "spread": 1.0},
    "truth": {"prior": True},
    "time": {"every": 1.0},
}


def mended(
    table: Mapping[str, Any], error: ValidationError
) -> tuple[dict[str, Any], frozenset[str]]:
    """Leave out what cannot be read.

    Returns
    -------
    table : dict
        Without unknown keys and wrong entries; with stand-ins of what a plan cannot do without.
    unread : frozenset of str
        The keys and tables that wrong entries stood in.
    """
    copy = _copy(table)
    unread = set()
    items = [(item["type"], untagged(item["loc"])) for item in error.errors(include_url=False)]
    # Of a list the last entry first: those before it keep their places.
    for kind, location in sorted(items, key=lambda one: _order(one[1]), reverse=True):
        first = str(location[0])
        if first not in copy and kind != "missing":
            continue  # gone with the rest of its table
        of_values = location[:2] == ("truth", "values") and len(location) == 3
        if kind != UNKNOWN_KEY and not of_values:
            unread.add(first)
        if kind == "missing" or len(location) == 1:
            # A table that lacks an entry goes whole.
            copy.pop(first, None)
            if kind != UNKNOWN_KEY and first in STAND_INS:
                copy[first] = STAND_INS[first]
        elif of_values:
            # It is given, though no number: so it is not missing.
            copy["truth"]["values"][location[2]] = 0.0
        else:
            _drop(copy, location)
    return copy, frozenset(unread)


def _order(location: Location) -> tuple[str, ...]:
    return tuple(f"{part:09d}" if isinstance(part, int) else str(part) for part in location)


def _copy(value: Any) -> Any:
    """A copy of nested tables and lists that can be changed."""
    if isinstance(value, Mapping):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list | tuple) else value


def _drop(table: Any, location: Sequence[str | int]) -> None:
    """Leave out an entry; or the nearest that it is in, where it does not stand by itself."""
    holder, key = table, location[0]
    for inner in location[1:]:
        value = holder[key]
        if not _has(value, inner):
            break
        holder, key = value, inner
    del holder[key]


def _has(value: Any, key: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(key, int) and key < len(value)
    return isinstance(value, dict) and key in value
