"""The study file of a file or a frame, drafted, and tried whether the reader takes it.

What the reader says against it stands among what is to be decided, so that a draft is either read
as it is or says in its first lines why not.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from bayes_alliance.errors import InputError, checked_arguments
from bayes_alliance.ratings.drafting.drafting import draft_of
from bayes_alliance.ratings.drafting.looking import look_at_file, look_at_frame
from bayes_alliance.ratings.drafting.text import study_text
from bayes_alliance.ratings.reading import Frame, make_tables
from bayes_alliance.ratings.study import Study

N_SAID = 8  # lines of an error


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """A drafted study file.

    Parameters
    ----------
    text : str
        TOML with comments.
    decide : tuple of str
        What only a person knows.
    seen : tuple of str
        What was found or taken for granted.
    """

    text: str
    decide: tuple[str, ...]
    seen: tuple[str, ...]


def drafted(ratings: str | Path | Frame, *, sheet: str | int | None = None) -> Drafted:
    """Draft the study file of a file or a frame; as `draft`, for its text."""
    named = None if sheet is None else str(sheet)
    if isinstance(ratings, str | Path):
        looked = look_at_file(Path(ratings), sheet=named)
    else:
        looked = look_at_frame(ratings)
    part = draft_of(looked)
    columns = [f"{one.name}: {one.spoken}" for one in looked.columns]
    text = study_text(part, name=looked.name, columns=columns)
    study = Study.from_text(text, title=looked.name)
    try:
        make_tables(looked.table, study=study, title=looked.name)
    except InputError as error:
        lines = [line.removeprefix("  - ") for line in str(error).splitlines()[1:]]
        part = replace(part, decide=(*_not_read(lines), *part.decide))
    text = study_text(part, name=looked.name, columns=columns)
    return Drafted(text=text, decide=part.decide, seen=part.seen)


def _not_read(lines: list[str]) -> list[str]:
    said = [f"Not read as it is: {line}" for line in lines[:N_SAID]]
    more = len(lines) - N_SAID
    return [*said, f"... and {more:,} more; `check` lists them."] if more > 0 else said


@checked_arguments
def draft(ratings: str | Path | Frame, *, sheet: str | int | None = None) -> Study:
    """Draft the study file of a ratings file or a frame: what it seems to hold, to be corrected.

    Parameters
    ----------
    ratings : str, Path, or frame
        A file of any format that `read_ratings` reads, or a frame of pandas, polars or pyarrow.
    sheet : str or int, optional
        Of an Excel file: its name, or its number counted from 1. Not given: the sheet with most
        numbers.

    Returns
    -------
    Study
        Printed, it is the study file with comments: in its first lines what only a person can
        decide, beside its keys why they were taken. ``str(study)`` is the text to write to a file
        and correct; or correct it here with `dataclasses.replace`.

    Raises
    ------
    InputError
        If the file cannot be read, or no column could say whose a row is, or hold ratings.

    Examples
    --------
    >>> study = draft("alliance.sav")  # doctest: +SKIP
    """
    return Study.from_text(drafted(ratings, sheet=sheet).text, title="drafted study file")
