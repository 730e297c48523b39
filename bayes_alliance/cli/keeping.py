"""Draws are kept: saved as soon as they are made, and whatever ends a command says where they are.

They go into the folder of the run, under a name that is free; if that folder no longer takes them,
into the folder of the shell, the home, or a temporary one.
"""

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.interruptions import deferred
from bayes_alliance.reporting import files
from bayes_alliance.writing import write_under_a_free_name

if TYPE_CHECKING:
    from bayes_alliance.posterior.fit import Fit

FIT = "fit.nc"


@contextmanager
def kept(fit: "Fit", place: Path) -> Iterator[Path]:
    """Save a fit at once; whatever then ends the block says where it is.

    Parameters
    ----------
    place : Path
        Folder of the run. A fit of an earlier run there is left alone.

    Yields
    ------
    Path
        The saved fit, in the folder.

    Raises
    ------
    InputError
        If the folder does not take the fit any more; it is kept elsewhere.
    """
    with deferred() as interruptions:
        saved, refused = _saved(fit.to_bytes(), place)
    try:
        if interruptions:
            raise KeyboardInterrupt
        if refused is not None:
            message = f"cannot be written to any more ({refused.strerror})"
            raise InputError([Problem(where=str(place), message=message)], "writing")
        yield saved
    except BaseException as error:
        # At the end of a run the fit has the name that every run gives it.
        there = saved if saved.exists() else place / FIT
        error.add_note(f"The draws are kept: {there}. For a report of them: {resuming(there)}")
        raise


def resuming(saved: Path) -> str:
    """Return the command that makes a report of a saved fit."""
    out = (
        saved.parent
        if saved.name == FIT
        else saved.with_suffix("").with_name(f"{saved.stem}-report")
    )
    return shlex.join(["bayes-alliance", "report", str(saved), "--out", str(out)])


def _saved(content: bytes, place: Path) -> tuple[Path, OSError | None]:
    """Save a fit where it can be saved, and say why it is not in its folder if it is not."""
    try:
        return _in_its_folder(content, place), None
    except OSError as error:
        refused = error
    for folder in (Path.cwd(), Path.home(), None):
        elsewhere = Path(tempfile.mkdtemp(prefix="bayes-alliance-")) if folder is None else folder
        try:
            return write_under_a_free_name(elsewhere / "bayes-alliance-fit.nc", content), refused
        except OSError:
            continue
    raise refused


def _in_its_folder(content: bytes, place: Path) -> Path:
    try:
        files.put(place, {"fit": {FIT: content}}, force=False)
    except InputError:  # there is a fit already
        return write_under_a_free_name(place / FIT, content)
    return place / FIT
