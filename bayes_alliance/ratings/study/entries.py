"""What a single entry of a study file may be: numbers, texts and names."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from bayes_alliance.errors.text import unprintable

STRICT = ConfigDict(extra="forbid")

# No rating, time or covariate is larger; squares of such numbers are still numbers.
LARGEST = 1e15
SMALLEST_UNIT = 1e-9
MOST_STEPS = 500_000  # on either side of the middle of a scale

type Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]


def in_a_line(text: str) -> str:
    """Take text that every output can hold."""
    if character := unprintable(text):
        raise ValueError(f"holds {character}; write it in one line")
    return text


def without_blanks_at_its_ends(text: str) -> str:
    """Take a name that is what it looks like."""
    if text != text.strip():
        raise ValueError("begins or ends with a blank")
    return text


type Text = Annotated[str, AfterValidator(in_a_line)]
type Name = Annotated[
    str,
    Field(min_length=1),
    AfterValidator(in_a_line),
    AfterValidator(without_blanks_at_its_ends),
]


def value_as_text(value: object) -> object:
    """Write a whole number as text, for values a long file codes with numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def keys_as_text(table: object) -> object:
    """Write the whole numbers among the keys of a table as text, as TOML does."""
    return (
        {value_as_text(key): value for key, value in table.items()}
        if isinstance(table, Mapping)
        else table
    )


def known_encoding(name: str) -> str:
    """Take the name of an encoding of text that Python knows."""
    try:
        "a".encode(name)
    except (LookupError, ValueError):
        message = 'is not an encoding that Python knows, such as "cp1252", "latin-1" or "utf-16"'
        raise ValueError(message) from None
    return name
