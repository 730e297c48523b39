"""What may be entered in a specification, and plain words for what may not.

Here are the kinds of entry (a number, a text, a name) that the parts of a specification are made
of, and where pydantic's errors about them stand in a model file, as dotted keys.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.errors.from_pydantic import must_be, said
from bayes_alliance.errors.text import unprintable

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    # A text may have several lines.
    if character := unprintable(value.replace("\n", " ").replace("\t", " ")):
        raise ValueError(f"holds {character}")
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
            message, value = said(item, known)
            problems.append(Problem(where=where or error.title, value=value, message=message))
    return problems


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


def one_of(allowed: Iterable[str]) -> BeforeValidator:
    """A name out of several; the error says which there are and which is nearest."""
    names = tuple(allowed)

    def checked(value: object) -> object:
        if value not in names:
            raise ValueError(must_be(names, str(value)))
        return value

    return BeforeValidator(checked)
