"""Text files that users hand in: their text and their TOML, or the one error that says why not."""

import tomllib
from pathlib import Path
from typing import Any

from bayes_alliance.errors.problem import InputError, Problem


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


def toml_of(text: str, *, title: str) -> dict[str, Any]:
    """Read the text of a TOML file.

    Parameters
    ----------
    title : str
        What to call it in an error.

    Raises
    ------
    InputError
        If it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem(where=title, message=f"is not valid TOML: {error}")
        raise InputError([problem], title) from error


def _unreadable(file: Path, message: str, what: str) -> InputError:
    return InputError([Problem(where=str(file), message=message)], what)
