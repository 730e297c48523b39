"""Files written whole or not at all: under a temporary name first, then renamed."""

import os
import tempfile
from pathlib import Path

from bayes_alliance.errors import InputError, Problem


def write_text(path: Path, text: str) -> Path:
    """Write a text file whole or not at all.

    Parameters
    ----------
    path : Path
        In a folder that exists; what is there is replaced.

    Returns
    -------
    Path
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        In a folder that exists; what is there is replaced.

    Returns
    -------
    Path
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        partial.chmod(0o644)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def folder_for(folder: str | Path, *names: str, force: bool) -> Path:
    """Make a folder, unless it holds files that may not be replaced.

    Parameters
    ----------
    folder : path
    *names : str
        Files that will be written.
    force : bool
        Whether they may replace files of these names.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the folder is a file, cannot be made, or holds such files and `force` is False.
    """
    place = Path(folder)
    there = [place / name for name in names if (place / name).exists()]
    if there and not force:
        message = "is there already; choose another folder, or say force (--force) to replace it"
        raise InputError([Problem(where=str(path), message=message) for path in there], "writing")
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot be made a folder ({error.strerror})"
        raise InputError([Problem(where=str(place), message=message)], "writing") from error
    return place
