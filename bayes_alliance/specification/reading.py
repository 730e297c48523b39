"""Model files: reading them with every problem at once, and writing them.

`read` takes the text of a model file and returns the arguments of a `ModelSpec`. Each table is
read by itself, and what could be read is then held against the rest, so that a file with five
mistakes gives one `InputError` with five lines. `as_toml` is its inverse.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import tomli_w
from pydantic import TypeAdapter, ValidationError

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.errors.files import toml_of
from bayes_alliance.errors.from_pydantic import not_a_key, unknown_keys
from bayes_alliance.levels import LEVELS
from bayes_alliance.specification.contradictions import contradictions
from bayes_alliance.specification.covariate_term import CovariateTerm
from bayes_alliance.specification.entries import (
    ModelName,
    Status,
    Text,
    problems_of,
)
from bayes_alliance.specification.leaving import Leaving
from bayes_alliance.specification.parts import Effects, Likelihood, Trajectory
from bayes_alliance.specification.priors import PRIORS, Prior
from bayes_alliance.specification.quantities import Parts
from bayes_alliance.specification.residual import Residual
from bayes_alliance.specification.trajectories import SHAPES

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from bayes_alliance.specification.spec import ModelSpec

ENTRIES: Mapping[str, Any] = {
    "name": ModelName,
    "title": Text,
    "status": Status,
    "about": Text,
    "citations": tuple[Text, ...],
    "informants": tuple[Text, ...],
    "trajectory": Trajectory,
    "child": Effects,
    "therapist": Effects,
    "clinic": Effects,
    "residual": Residual,
    "likelihood": Likelihood,
    "leaving": Leaving,
}
KEYS = (*ENTRIES, "covariates", "priors")
REQUIRED = {
    "name": 'a line such as name = "my_model"',
    "title": 'a line such as title = "My model"',
    "about": 'a line such as about = "What this model is for."',
    "trajectory": f'a table [trajectory] with a shape, such as shape = "{next(iter(SHAPES))}"',
    "residual": 'a table [residual] with a structure, such as structure = "correlated"',
    "priors": "a table for every quantity, such as [priors.level]",
}


def read(text: str, *, title: str) -> dict[str, Any]:
    """Read the text of a model file.

    Parameters
    ----------
    text : str
        TOML.
    title : str
        What to call it in an error.

    Returns
    -------
    dict
        Arguments for `ModelSpec`.

    Raises
    ------
    InputError
        With every problem.
    """
    table = toml_of(text, title=title)
    problems = [
        Problem(where=key, message=not_a_key(key, KEYS)) for key in table if key not in KEYS
    ]
    problems += [
        Problem(where=key, message=f"is missing: {hint}")
        for key, hint in REQUIRED.items()
        if key not in table
    ]
    arguments: dict[str, Any] = {}
    for key, entry in ENTRIES.items():
        if key in table:
            value, own = _checked(entry, table[key], (key,))
            problems += own
            arguments |= {} if value is None else {key: value}
    covariates, own = _covariates(table.get("covariates", {}))
    problems += own
    priors, given, own = _priors(table.get("priors", {}))
    problems += own
    if isinstance(table.get("priors"), Mapping):
        parts = Parts(
            trajectory=arguments.get("trajectory") or _shape_alone(table.get("trajectory")),
            effects={
                level: arguments.get(level)
                for level in LEVELS
                if level in arguments or level not in table
            },
            residual=arguments.get("residual"),
            covariates=covariates,
            has_covariates=bool(table.get("covariates")),
            given=given,
            likelihood=arguments.get("likelihood", None if "likelihood" in table else Likelihood()),
            leaving=arguments.get("leaving"),
            reads_leaving="leaving" in arguments or "leaving" not in table,
            informants=arguments.get("informants", ()),
        )
        problems += contradictions(parts)
    if problems:
        raise InputError(problems, title)
    return {**arguments, "covariates": covariates, "priors": priors}


def _checked(entry: Any, value: object, place: tuple[str, ...]) -> tuple[Any, list[Problem]]:
    """Return the value, or None if it cannot be read, and what is wrong with it."""
    known = _known_keys(entry, value)
    try:
        return TypeAdapter(entry).validate_python(value), []
    except ValidationError as error:
        problems = problems_of(error, place, known=known)
        surplus = {location[-1] for location in unknown_keys(error)}
    if not (surplus and isinstance(value, Mapping)):
        return None, problems
    kept = {key: below for key, below in value.items() if key not in surplus}
    read_now, own = _checked(entry, kept, place)
    return read_now, problems + own


def _known_keys(entry: Any, value: object) -> list[str]:
    keys = [field.name for field in fields(entry)] if isinstance(entry, type) else []
    # The name of a covariate is the key of its entry.
    keys = [key for key in keys if not (entry is CovariateTerm and key == "name")]
    return sorted(keys, key=lambda key: key != "distribution")


def _class_of(table: object) -> type[Prior] | None:
    name = table.get("distribution") if isinstance(table, Mapping) else None
    return next((prior for prior in PRIORS if prior.__name__ == name), None)


def _shape_alone(table: object) -> Trajectory | None:
    """Return the trajectory of a table whose knots are wrong, where the shape needs no knots."""
    shape = table.get("shape") if isinstance(table, Mapping) else None
    return _checked(Trajectory, {"shape": shape}, ())[0]


def _covariates(table: object) -> tuple[tuple[CovariateTerm, ...], list[Problem]]:
    """Return the covariates that can be read, and what is wrong with the others."""
    if not isinstance(table, Mapping):
        message = 'must be a table with lines such as anxiety = ["level", "slope"]'
        return (), [Problem(where="covariates", value=table, message=message)]
    terms: list[CovariateTerm] = []
    problems: list[Problem] = []
    for name, entry in table.items():
        where = f"covariates.{name}"
        options = dict(entry) if isinstance(entry, Mapping) else {"on": entry}
        if "name" in options:
            del options["name"]
            known = [field.name for field in fields(CovariateTerm) if field.name != "name"]
            problems.append(Problem(where=f"{where}.name", message=not_a_key("name", known)))
        term, own = _checked(CovariateTerm, {"name": name, **options}, ())
        for problem in own:
            inside = isinstance(entry, Mapping) and problem.where != "name"
            place = f"{where}.{problem.where}" if inside else where
            problems.append(Problem(where=place, value=problem.value, message=problem.message))
        terms += [] if term is None else [term]
    return tuple(terms), problems


def _priors(table: object) -> tuple[dict[str, Prior], dict[str, type[Prior] | None], list[Problem]]:
    """Return the priors that can be read, the classes of all, and what is wrong."""
    if not isinstance(table, Mapping):
        message = "must hold a table for every quantity, such as [priors.level]"
        return {}, {}, [Problem(where="priors", value=table, message=message)]
    priors: dict[str, Prior] = {}
    given: dict[str, type[Prior] | None] = {}
    problems: list[Problem] = []
    for quantity, value in _prior_tables(table, "").items():
        given[quantity] = _class_of(value)
        # By the class itself: a union puts the name of the class into the place of a problem.
        prior, own = _checked(given[quantity] or Prior, value, ("priors", quantity))
        problems += own
        priors |= {} if prior is None else {quantity: prior}
    return priors, given, problems


def _prior_tables(table: object, place: str) -> dict[str, object]:
    """Find the priors in nested tables; a table of tables is a group of priors."""
    is_group = isinstance(table, Mapping) and all(
        isinstance(value, Mapping) for value in table.values()
    )
    if not isinstance(table, Mapping) or (place and not (is_group and table)):
        return {place: table}
    tables: dict[str, object] = {}
    for key, value in table.items():
        tables |= _prior_tables(value, f"{place}.{key}" if place else key)
    return tables


def as_toml(spec: "ModelSpec") -> str:
    """Write a specification as the text of a model file.

    Returns
    -------
    str
        TOML; `read` gives back the arguments of an equal specification.
    """
    table: dict[str, object] = {
        key: getattr(spec, key) for key in ("name", "title", "status", "about", "citations")
    }
    if spec.informants:
        table["informants"] = spec.informants
    table["trajectory"] = _given(spec.trajectory)
    for level in LEVELS:
        effects: Effects | None = getattr(spec, level)
        if effects is not None:
            table[level] = _given(effects)
    table["residual"] = _given(spec.residual)
    table["likelihood"] = _given(spec.likelihood)
    if spec.leaving is not None:
        table["leaving"] = _given(spec.leaving)
    if spec.covariates:
        table["covariates"] = _of_covariates(spec.covariates)
    priors: dict[str, Any] = {}
    for key, quantity in spec.quantities.items():
        prior = spec.priors[key]
        values = {field.name: getattr(prior, field.name) for field in fields(prior)}
        entry = {"distribution": prior.distribution}
        entry |= {name: value for name, value in values.items() if value is not None}
        *groups, last = quantity.path
        table_of_group = priors
        for group in groups:
            table_of_group = table_of_group.setdefault(group, {})
        table_of_group[last] = entry
    table["priors"] = priors
    return tomli_w.dumps(table)


def _given(part: "DataclassInstance") -> dict[str, object]:
    """What is said of a part of a model, options that are off left out."""
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {name: value for name, value in values.items() if value}


def _of_covariates(terms: tuple[CovariateTerm, ...]) -> dict[str, object]:
    """What each acts on; all as tables if any has an option, because lists are written first."""
    tables = {term.name: _given(term) for term in terms}
    for table in tables.values():
        del table["name"]
    if all(set(table) == {"on"} for table in tables.values()):
        return {term.name: term.on for term in terms}
    return dict(tables)
