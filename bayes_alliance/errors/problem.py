"""One error that lists every problem with an input.

Everything a user hands in (a ratings file, a study file, a model file) is checked whole before
anything is computed. What is wrong is collected as `Problem` values and raised together as one
`InputError`, so that a file is mended in one go rather than one message at a time.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bayes_alliance.errors.causes import by_cause, in_a_line


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong with an input.

    Parameters
    ----------
    where : str
        The place: a row, a column, a key of a file (``"row 12, column tasc_c"``).
    value : object
        What stands there; None where nothing stands there.
    message : str
        What is wrong and what is allowed.
    row : int
        Row of a file it stands in, to sort by; 0 where it is not in a single row.
    column : str
        Column of a file it stands in, where it is a cell.
    cause : str
        What it has in common with others of its kind, said of all of them together; empty where
        the message is the same for all.
    example : str
        What is said beside the cause of the first of them.
    noun : str
        What a row is called where the file comes from.
    """

    where: str
    message: str
    value: object = None
    row: int = 0
    column: str = ""
    cause: str = ""
    example: str = ""
    noun: str = "row"

    @property
    def value_shown(self) -> str:
        """The value as it is printed."""
        return _brief(self.value)

    def __str__(self) -> str:
        """Return the problem as one line."""
        value = "" if self.value is None else f" = {self.value_shown}"
        return f"{self.where}{value}: {self.message}"


# A value longer than this fills the screen and says no more.
N_CHARACTERS_SHOWN = 200


def _brief(value: object) -> str:
    """Return a value as Python writes it, cut where it is long."""
    if isinstance(value, int) and value.bit_length() > 4 * N_CHARACTERS_SHOWN:
        return f"a whole number of some {value.bit_length() * 3 // 10:,} digits"
    try:
        text = repr(value)
    except RecursionError:
        return "something that is nested very deep"
    return text if len(text) <= N_CHARACTERS_SHOWN else f"{text[:N_CHARACTERS_SHOWN]}..."


# A message longer than a screen or two hides its beginning; `problems` holds all.
N_LINES_SHOWN = 50


class InputError(ValueError):
    """All problems of one input, in one message by cause; ``problems`` holds each of them.

    Parameters
    ----------
    problems : sequence of Problem
        Every problem; at least one.
    title : str
        What was read (``"ratings.csv"``).

    Attributes
    ----------
    problems : tuple of Problem
    title : str
    """

    def __init__(self, problems: Sequence[Problem], title: str) -> None:
        self.problems = tuple(problems)
        self.title = title
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        groups = by_cause(self.problems)
        lines = [f"  - {in_a_line(group)}" for group in groups[:N_LINES_SHOWN]]
        if len(groups) > N_LINES_SHOWN:
            lines.append(f"  ... and {sum(map(len, groups[N_LINES_SHOWN:])):,} more")
        super().__init__("\n".join([f"{title}: {count} {noun}", *lines]))


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Suggest the nearest allowed name.

    Parameters
    ----------
    name : str
        What was written.
    allowed : iterable of str
        What could have been meant.

    Returns
    -------
    str
        ``" Did you mean 'x'?"`` with a leading blank, or an empty string when nothing is near.
    """
    match = closest(name, allowed)
    return "" if match is None else f" Did you mean '{match}'?"


def closest(name: str, allowed: Iterable[str]) -> str | None:
    """Find the nearest allowed name; None when nothing is near."""
    if len(name) > N_CHARACTERS_SHOWN:  # comparing takes the square of this
        return None
    known = list(allowed)
    but_for_case = [one for one in known if one.casefold() == name.casefold() and one != name]
    matches = but_for_case or difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return matches[0] if matches else None
