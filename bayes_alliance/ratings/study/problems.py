"""What pydantic finds wrong in a study file, said by the table and key a user wrote."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from pydantic import ValidationError

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.errors.from_pydantic import said, unknown_keys

type Location = tuple[str | int, ...]


def problems_of(
    error: ValidationError, tables: Mapping[str, type], *, but_for: Collection[str] = ()
) -> list[Problem]:
    """Translate pydantic's errors.

    Parameters
    ----------
    tables : mapping of str to type
        The dataclass of every table of the study file; "" is the file itself.
    but_for : collection of str
        Keys of the file itself, and tables, of which nothing is to be said.
    """
    problems: list[Problem] = []
    for item in error.errors(include_url=False):
        location = untagged(item["loc"])
        if location and location[0] in but_for:
            continue
        inner = item.get("ctx", {}).get("error")
        if isinstance(inner, InputError):
            problems += inner.problems
            continue
        table = str(location[0]) if len(location) > 1 else ""
        known = [field.name for field in fields(tables.get(table, tables[""]))]
        message, value = said(item, known)
        if item["type"] == "too_short" and location == ("informants",):
            message, value = "at least one informant is needed: label = column", None
        problems.append(Problem(where=_place(location), value=value, message=message))
    return problems


def without_unknown_keys(error: ValidationError, table: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a copy of a study file without its unknown keys; None if more is wrong with it."""
    surplus = [untagged(location) for location in unknown_keys(error)]
    return _without(table, surplus) if surplus else None


def untagged(location: Location) -> Location:
    """Drop what pydantic calls a scale of all informants, and one of each."""
    return tuple(part for part in location if part not in ("common", "own"))


def _without(table: Mapping[str, Any], keys: Sequence[Location]) -> dict[str, Any]:
    """Return a copy of nested tables with the keys at the given locations left out."""
    gone = {location[0] for location in keys if len(location) == 1}
    copy: dict[str, Any] = {}
    for name, value in table.items():
        if name in gone:
            continue
        below = [location[1:] for location in keys if len(location) > 1 and location[0] == name]
        copy[name] = _without(value, below) if below and isinstance(value, Mapping) else value
    return copy


def _place(location: Location) -> str:
    names = [str(part) for part in location if not isinstance(part, int)]
    if not names:
        return "study file"
    if len(names) == 1:
        return names[0]
    return f"[{'.'.join(names[:-1])}] {names[-1]}"
