"""What may be entered in a specification, and plain words for what may not.

Here are the kinds of entry (a number, a text, a name) that the parts of a specification are made
of, and the translation of pydantic's errors into `Problem` values: the place as a dotted key, the
value that stands there, and what is allowed, in words that need no knowledge of Python.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from bayes_alliance.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _model_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", value):
        raise ValueError(
            "must start with a letter and hold only letters, digits, _ and -, as in "
            "informant_growth"
        )
    return value


type Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
type PositiveNumber = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
type Text = Annotated[str, AfterValidator(_text)]
type Yes = Annotated[bool, Field(strict=True)]
type ModelName = Annotated[str, AfterValidator(_model_name)]
type Status = Literal["recommended", "founding study", "alternative"]

type Location = tuple[str | int, ...]

# Keys that are not known are errors, not ignored.
STRICT = ConfigDict(extra="forbid")


def in_plain_words[T: "DataclassInstance"](cls: type[T]) -> type[T]:
    """Let the constructor of a pydantic dataclass raise `InputError`, with every problem.

    Parameters
    ----------
    cls : type
        A pydantic dataclass.

    Returns
    -------
    type
        The same class.
    """

    @contextmanager
    def translated() -> Iterator[None]:
        try:
            yield
        except ValidationError as error:
            known = [entry.name for entry in fields(cls) if entry.name != "distribution"]
            raise InputError(problems_of(error, (), known=known), cls.__name__) from None

    construct: Callable[..., None] = vars(cls)["__init__"]
    type.__setattr__(cls, "__init__", translated()(construct))
    return cls


def problems_of(
    error: ValidationError, place: Sequence[str], *, known: Sequence[str] = ()
) -> list[Problem]:
    """Translate pydantic's errors.

    Parameters
    ----------
    place : sequence of str
        Where the value stands, as the parts of a dotted key; empty for a value of its own.
    known : sequence of str
        The keys a table may have.
    """
    problems: list[Problem] = []
    for item in error.errors(include_url=False):
        inner = item.get("ctx", {}).get("error")
        about_tag = ["distribution"] if item["type"].startswith("union_tag") else []
        where = dotted([*place, *_without_tags(item["loc"]), *about_tag])
        if isinstance(inner, InputError):
            problems += [moved(problem, where) for problem in inner.problems]
        else:
            message, value = _said(item, known)
            problems.append(Problem(where=where or error.title, value=value, message=message))
    return problems


def unknown_keys(error: ValidationError) -> list[str]:
    """Return the unknown keys of a table, if these are all that is wrong with it."""
    items = error.errors(include_url=False)
    if any(item["type"] != "unexpected_keyword_argument" for item in items):
        return []
    return [str(item["loc"][-1]) for item in items]


def not_a_key(key: str, known: Sequence[str]) -> str:
    """Say that a key is unknown, which are known, and which is nearest."""
    choices = f" Known keys: {', '.join(known)}." if known else ""
    return f"is not a known key.{choices}{nearest(key, known)}"


def dotted(parts: Iterable[str | int]) -> str:
    """Join the parts of a key with dots; positions in a list are left out."""
    return ".".join(part for part in parts if isinstance(part, str))


def moved(problem: Problem, place: str) -> Problem:
    """Return a problem of a part as a problem of the whole.

    Parameters
    ----------
    place : str
        The dotted key of the part; empty if the part is the whole.
    """
    where = f"{place}.{problem.where}" if place else problem.where
    return Problem(where=where, value=problem.value, message=problem.message)


def _without_tags(location: Location) -> Location:
    """Drop the class that pydantic puts between a prior and its parameter, as one of a union."""
    is_parameter = location[:1] == ("priors",) and len(location) > 2
    return (*location[:2], *location[3:]) if is_parameter else location


def _said(item: ErrorDetails, known: Sequence[str]) -> tuple[str, object]:
    """Return the message and the value to show with it."""
    value = None if isinstance(item["input"], Mapping) else item["input"]
    context: dict[str, Any] = item.get("ctx", {})
    match item["type"]:
        case "unexpected_keyword_argument":
            return not_a_key(str(item["loc"][-1]), known), value
        case "unexpected_positional_argument":
            return "must be given by name, as in mean=0.0", value
        case "missing":
            return "is missing", None
        case "float_type" | "float_parsing":
            quoted = isinstance(value, str)
            return "must be a number" + (", without quotes" if quoted else ""), value
        case "finite_number":
            return "must be a finite number", value
        case "less_than":
            return f"must be less than {context['lt']:g}", value
        case "greater_than":
            return f"must be greater than {context['gt']:g}", value
        case "bool_type":
            return "must be true or false, without quotes", value
        case "string_type":
            return "must be text in quotes", value
        case "literal_error":
            allowed = re.findall(r"'([^']*)'", context["expected"])
            return _must_be(allowed, str(value)), value
        case "union_tag_invalid":
            allowed = re.findall(r"'([^']*)'", context["expected_tags"])
            return _must_be(allowed, context["tag"]), context["tag"]
        case "union_tag_not_found":
            return "is missing: a prior has a distribution, its parameters and a reason", value
        case "tuple_type":
            return 'must be a list in brackets, as in ["one", "two"]', value
        case "value_error":
            return str(context["error"]), value
        case _:
            return "must be a table of keys and values", value


def one_of(allowed: Iterable[str]) -> BeforeValidator:
    """A name out of several; the error says which there are and which is nearest."""
    names = tuple(allowed)

    def checked(value: object) -> object:
        if value not in names:
            raise ValueError(_must_be(names, str(value)))
        return value

    return BeforeValidator(checked)


def _must_be(allowed: Sequence[str], value: str) -> str:
    *first, last = (f'"{name}"' for name in allowed)
    choices = f"{', '.join(first)} or {last}" if first else last
    but_for_case = [name for name in allowed if name.lower() == value.lower()]
    suggestion = nearest(but_for_case[0] if but_for_case else value, allowed)
    return f"must be {choices}{'.' if suggestion else ''}{suggestion}"
