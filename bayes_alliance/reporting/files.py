"""Files of a folder that this package writes into: each complete or not at all, and known again.

Who writes into a folder composes every file first, as bytes, and hands them to `put` together. A
manifest beside them says what was written, so that a later run replaces and removes what an
earlier one wrote and nothing else.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bayes_alliance.errors import InputError, Problem

MANIFEST = "manifest.json"
ABOUT = "What bayes_alliance wrote into this folder; force replaces these files, and no others."

type Part = dict[str, dict[str, str | int]]  # file to its size and hash


def write_text(path: Path, text: str) -> Path:
    """Write a text file completely or not at all.

    Parameters
    ----------
    path : Path
        In a folder that exists; what is there is replaced.
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file completely or not at all.

    Parameters
    ----------
    path : Path
        In a folder that exists; what is there is replaced.
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


def put(folder: str | Path, part: str, contents: Mapping[str, bytes], *, force: bool) -> Path:
    """Put files into a folder, in place of those an earlier run wrote there.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    part : str
        What these files are together (``"fit"``, ``"report"``): a later `put` of the same part
        replaces them, and removes those it does not have itself.
    contents : mapping of str to bytes
        Files by their paths below the folder, with ``/``.
    force : bool
        Whether files of an earlier run may be replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        As `folder_for`; then nothing was written.
    """
    place = folder_for(folder, *contents, force=force)
    parts = _manifest(place)
    before = parts.get(part, {})
    now = {name: _entry(content) for name, content in contents.items()}
    # Listed before they are there: whatever ends this half-way, a later run knows its files.
    _list(place, parts | {part: before | now})
    for name, content in contents.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(place / name, content)
    for name in before.keys() - now.keys():
        (place / name).unlink(missing_ok=True)
    _list(place, parts | {part: now})
    return place


def folder_for(folder: str | Path, *names: str, force: bool) -> Path:
    """Make a folder, unless it holds files that may not be replaced.

    Parameters
    ----------
    *names : str
        Files that will be written, among others perhaps.
    force : bool
        Whether files that an earlier run wrote may be replaced; no others ever are.

    Raises
    ------
    InputError
        If the folder is a file, cannot be made, holds files of these names that an earlier run
        wrote and `force` is False, or holds files of these names that it did not write.
    """
    place = Path(folder)
    problems = list(_in_the_way(place, names, force=force))
    if problems:
        raise InputError(problems, "writing")
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot be made a folder ({error.strerror})"
        raise InputError([Problem(where=str(place), message=message)], "writing") from error
    return place


def _in_the_way(place: Path, names: tuple[str, ...], *, force: bool) -> Iterator[Problem]:
    known = {name for part in _manifest(place).values() for name in part}
    for name in names:
        if not (place / name).exists():
            continue
        if name not in known:
            message = "is there already, and no earlier run wrote it; choose another folder, or "
            yield Problem(where=str(place / name), message=message + "move it away")
        elif not force:
            message = "is there already; choose another folder, or say force (--force) to replace "
            yield Problem(where=str(place / name), message=message + "it")


def _manifest(place: Path) -> dict[str, Part]:
    """Read which files earlier runs wrote, by part."""
    path = place / MANIFEST
    if not path.exists():
        return {}
    try:
        parts: dict[str, Part] = json.loads(path.read_text(encoding="utf-8"))["parts"]
    except (ValueError, KeyError, TypeError) as error:
        message = "is not a list of files that an earlier run wrote; move it away"
        raise InputError([Problem(where=str(path), message=message)], "writing") from error
    return parts


def _list(place: Path, parts: Mapping[str, Part]) -> None:
    text = json.dumps({"about": ABOUT, "parts": parts}, indent=1, ensure_ascii=False)
    write_text(place / MANIFEST, text + "\n")


def _entry(content: bytes) -> dict[str, str | int]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
