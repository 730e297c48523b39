"""What can be wrong with a study file, said in its own words.

`problems_of` says where pydantic's errors stand, by the table and key a user wrote;
`contradictions` finds what only shows when tables are read together: a column with two meanings, a
covariate of a level without its column, scales and informants that do not match.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.errors.from_pydantic import said, unknown_keys
from bayes_alliance.levels import LEVELS
from bayes_alliance.ratings.study.tables import IN_TREATMENT, item_columns, rating_column
from bayes_alliance.ratings.variables import COVARIATE_LEVELS

if TYPE_CHECKING:
    from bayes_alliance.ratings.study import Study

RESERVED = (*LEVELS, "time", IN_TREATMENT, "informant", "rating", "status")

type Location = tuple[str | int, ...]


def problems_of(error: ValidationError, tables: Mapping[str, type]) -> list[Problem]:
    """Translate pydantic's errors.

    Parameters
    ----------
    tables : mapping of str to type
        The dataclass of every table of the study file; "" is the file itself.
    """
    problems: list[Problem] = []
    for item in error.errors(include_url=False):
        location = _untagged(item["loc"])
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
    surplus = [_untagged(location) for location in unknown_keys(error)]
    return _without(table, surplus) if surplus else None


def _untagged(location: Location) -> Location:
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


def contradictions(study: "Study") -> list[Problem]:
    """Find what is wrong between the tables of a study file."""
    return [
        *_layout_problems(study),
        *_item_problems(study),
        *_double_columns(study),
        *_scale_problems(study),
        *_covariate_problems(study),
        *_reserved_names(study),
        *_occasion_problems(study),
    ]


def _layout_problems(study: "Study") -> list[Problem]:
    problems = []
    for key in ("informant", "rating"):
        column = getattr(study.columns, key)
        has_items = key == "rating" and study.items is not None
        if has_items and column is not None:
            message = "is made of the items that [items] names: leave one of the two out"
            problems.append(Problem(where=f"[columns] {key}", value=column, message=message))
            continue
        if study.layout == "long" and column is None and not has_items:
            problems.append(Problem(where=f"[columns] {key}", message="is needed in long layout"))
        if study.layout == "wide" and column is not None:
            message = "belongs to long layout only; in wide layout [informants] names the columns"
            problems.append(Problem(where=f"[columns] {key}", value=column, message=message))
    return problems


def _item_problems(study: "Study") -> list[Problem]:
    table = study.items
    if table is None:
        return []
    problems = []
    if study.layout == "long" and table.column is not None and "{informant}" in table.column:
        message = "in long layout a row has the items of one informant: leave {informant} out"
        problems.append(Problem(where="[items] column", value=table.column, message=message))
    if study.layout == "wide" and "{informant}" not in (table.column or "{informant}"):
        message = 'must name the informant too, as in "{informant}_{item}"'
        problems.append(Problem(where="[items] column", value=table.column, message=message))
    own = isinstance(study.scale, Mapping)
    if isinstance(study.scale, Mapping) and not set(study.scale) >= set(study.informants):
        return problems
    lower, upper = (len(table.names) * end for end in (table.lower, table.upper))
    message = (
        f"must be that of the total: {len(table.names)} items of {table.lower} to "
        f"{table.upper} have lower = {lower} and upper = {upper}"
    )
    for label, scale in study.scales.items():
        if (scale.lower, scale.upper) != (lower, upper):
            where = f"[scale.{label}]" if own else "[scale]"
            problems.append(Problem(where=where, value=str(scale), message=message))
    return list(dict.fromkeys(problems))


def _double_columns(study: "Study") -> list[Problem]:
    columns = [(f"[columns] {key}", name) for key, name in study.columns.given.items()]
    informants = [(f"[informants] {label}", name) for label, name in study.informants.items()]
    # In long layout the columns of items are the same for all informants.
    labels = list(study.informants)[: 1 if study.layout == "long" else None]
    items = [(f"[items] {label}", name) for label in labels for name in study.item_columns(label)]
    others = [] if study.treatment is None else [("[treatment]", study.treatment.column)]
    for level in COVARIATE_LEVELS:
        others += [(f"[covariates] {level}", name) for name in getattr(study.covariates, level)]
    if study.layout == "wide" and study.items is None:
        return _repeated([*columns, *informants, *items, *others])
    # What [informants] says is then no column: a value, or how the columns of items begin.
    return _repeated([*columns, *items, *others]) + _repeated(informants)


def _repeated(uses: list[tuple[str, str]]) -> list[Problem]:
    """Names that stand twice, and where they stand first."""
    first: dict[str, str] = {}
    problems = []
    for where, name in uses:
        earlier = first.setdefault(name, where)
        if earlier != where or uses.count((where, name)) > 1:
            message = f"is used twice (also by {earlier})"
            problems.append(Problem(where=where, value=name, message=message))
    return list(dict.fromkeys(problems))


def _scale_problems(study: "Study") -> list[Problem]:
    if not isinstance(study.scale, Mapping):
        return []
    problems = [
        Problem(
            where=f"[scale.{label}]",
            message=f"is not an informant.{nearest(label, study.informants)}",
        )
        for label in study.scale
        if label not in study.informants
    ]
    problems += [
        Problem(where=f"[scale.{label}]", message="is needed: other informants have a scale")
        for label in study.informants
        if label not in study.scale
    ]
    return problems


def _covariate_problems(study: "Study") -> list[Problem]:
    problems = []
    for level, column in (("therapist", study.columns.therapist), ("clinic", study.columns.clinic)):
        if getattr(study.covariates, level) and column is None:
            message = f"needs [columns] {level}"
            problems.append(Problem(where=f"[covariates] {level}", message=message))
    if study.covariates.occasion and study.columns.time is None:
        problems.append(Problem(where="[covariates] occasion", message="needs [columns] time"))
    if study.treatment is not None and study.columns.time is None:
        problems.append(Problem(where="[treatment]", message="needs [columns] time"))
    for name, details in study.covariate.items():
        where = f"[covariate.{name}]"
        if name not in study.covariate_levels:
            suggestion = nearest(name, study.covariate_levels)
            message = f"is not a covariate listed in [covariates].{suggestion}"
            problems.append(Problem(where=where, message=message))
        if details.reference is not None and details.type in ("numeric", "binary"):
            message = f"only a categorical covariate has a reference; this one is {details.type}"
            problems.append(
                Problem(where=f"{where} reference", value=details.reference, message=message)
            )
    return problems


def _reserved_names(study: "Study") -> list[Problem]:
    columns = {*RESERVED, *map(rating_column, study.informants)}
    if study.items is not None:
        items = study.items.items()
        columns |= set(items.columns)
        columns |= {name for label in study.informants for name in item_columns(label, items)}
    message = "cannot name a covariate: the package uses it; rename the column"
    return [
        Problem(where="[covariates]", value=name, message=message)
        for name in study.covariate_levels
        if name in columns
    ]


def _occasion_problems(study: "Study") -> list[Problem]:
    times = study.time.occasions
    if len(set(times)) == len(times):
        return []
    message = "must differ from each other"
    return [Problem(where="[time] occasions", value=list(times), message=message)]
