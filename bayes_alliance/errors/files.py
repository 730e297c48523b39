"""Text files that users hand in: their text and their TOML, or the one error that says why not."""

import tomllib
from pathlib import Path
from typing import Any

from bayes_alliance.errors.problem import InputError, Problem

DEEPEST = 20
TOO_DEEP = f"is nested deeper than {DEEPEST} tables or lists"


def text_of(file: Path, *, what: str) -> str:
    """Read a text file in UTF-8, with or without a mark of it.

    Parameters
    ----------
    what : str
        What it should be: ``"study file"``.

    Raises
    ------
    InputError
        If there is no such file, or it cannot be read as text.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _unreadable(file, f"cannot be read ({error.strerror or error})", what) from error
    except UnicodeDecodeError as error:
        raise _unreadable(file, "is not text in UTF-8", what) from error
    except ValueError as error:  # NUL in its name
        raise _unreadable(file, f"cannot be read ({error})", what) from error


def toml_of(text: str, *, title: str) -> dict[str, Any]:
    """Read the text of a TOML file.

    Parameters
    ----------
    title : str
        What to call it in an error.

    Raises
    ------
    InputError
        If it is no TOML, is nested deeper than any file of ours, or has a whole number of more than
        64 bits.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise InputError([Problem(where=title, message=TOO_DEEP)], title) from None
    # Numbers of thousands of digits are no error of TOML, but one of Python.
    except ValueError as error:
        problem = Problem(where=title, message=f"is not valid TOML: {error}")
        raise InputError([problem], title) from error
    if too_much := _too_much(table, title):
        raise InputError([too_much], title)
    return table


def _too_much(table: dict[str, Any], title: str) -> Problem | None:
    """Find what is nested too deep or too long a number; without recursion, which would end."""
    waiting: list[tuple[str, object, int]] = [(title, table, 0)]
    while waiting:
        where, value, depth = waiting.pop()
        if depth > DEEPEST:
            return Problem(where=title, message=TOO_DEEP)
        match value:
            case dict():
                waiting += [(str(key), inner, depth + 1) for key, inner in value.items()]
            case list():
                waiting += [(where, inner, depth + 1) for inner in value]
            case int() if abs(value) >= 2**63:
                return Problem(where=where, value=value, message="is too long a whole number")
    return None


def _unreadable(file: Path, message: str, what: str) -> InputError:
    return InputError([Problem(where=str(file), message=message)], what)
