"""Files of a folder that this package writes into: all of a run or none, and known again.

Who writes into a folder composes every file first and hands them to `put` together, which writes
them into a folder of their own inside it and then moves them to their places; if that fails, what
was there is there again. A manifest beside them says what was written: only a file that it lists,
and that holds what was written, is ever replaced or removed.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.writing import write_text

if sys.platform != "win32":
    import fcntl

MANIFEST = "manifest.json"
ABOUT = "What bayes_alliance wrote into this folder; force replaces these files, and no others."
COMPOSED = ".composed-"  # begins the name of the folder in which files wait for their places

type Content = bytes | Path  # a file that lies in the folder already: it gets another name
type Part = dict[str, dict[str, str | int]]  # file to its size and hash
type Moves = list[tuple[Path, Path]]  # from, to


def put(folder: str | Path, parts: Mapping[str, Mapping[str, Content]], *, force: bool) -> Path:
    """Put files into a folder, in place of those an earlier run wrote there: all, or none.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    parts : mapping of str to mapping
        What files are together (``"fit"``, ``"report"``), to files by their paths below the folder,
        with ``/``. A later `put` of the same part replaces them, and removes those it does not have
        itself.
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
    OSError
        If the disk is full, or no longer takes files; then all is as it was.
    """
    names = [name for contents in parts.values() for name in contents]
    place = folder_for(folder, *names, force=force)
    with _alone(place):
        if problems := list(_in_the_way(place, names, force=force)):
            raise InputError(problems, "writing")
        for left_over in place.glob(f"{COMPOSED}*"):  # of a run that was killed
            shutil.rmtree(left_over, ignore_errors=True)
        composed = Path(tempfile.mkdtemp(dir=place, prefix=COMPOSED))
        try:
            _replace(place, parts, composed)
        finally:
            shutil.rmtree(composed, ignore_errors=True)
    return place


def folder_for(folder: str | Path, *names: str, force: bool) -> Path:
    """Make a folder that can be written to, unless it holds files that may not be replaced.

    Parameters
    ----------
    *names : str
        Files that will be written, among others perhaps; ``figures/*.png`` stands for all of these.
    force : bool
        Whether files that an earlier run wrote may be replaced; no others ever are.

    Raises
    ------
    InputError
        If the folder is a file, cannot be made or written to, holds files of these names that an
        earlier run wrote and `force` is False, or holds files of these names that it did not write
        or that were changed since.
    """
    place = Path(folder)
    try:
        problems = list(_in_the_way(place, names, force=force))
        if not problems:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                pass
    except OSError as error:
        message = f"cannot be made a folder that is written to ({error.strerror})"
        problems = [Problem(where=str(place), message=message)]
        raise InputError(problems, "writing") from error
    if problems:
        raise InputError(problems, "writing")
    return place


def _in_the_way(place: Path, names: Iterable[str], *, force: bool) -> Iterator[Problem]:
    known = _known(_manifest(place))
    for name in dict.fromkeys(there for one in names for there in _there(place, one)):
        path = place / name
        away = "choose another folder, or move it away"
        if name not in known:
            message = f"is there already, and no earlier run wrote it; {away}"
            yield Problem(where=str(path), message=message)
        elif not path.is_file() or _hash(path) not in known[name]:
            message = f"is no longer as an earlier run wrote it; {away}"
            yield Problem(where=str(path), message=message)
        elif not force:
            message = "is there already; choose another folder, or say force (--force) to replace "
            yield Problem(where=str(path), message=message + "it")


def _there(place: Path, name: str) -> list[str]:
    """The files of a name that are there, and what stands where their folder should."""
    above = [str(one) for one in PurePosixPath(name).parents if str(one) != "."]
    for folder in above:
        if os.path.lexists(place / folder) and not (place / folder).is_dir():
            return [folder]
    if "*" in name:
        return sorted(path.relative_to(place).as_posix() for path in place.glob(name))
    return [name] if os.path.lexists(place / name) else []


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Wait until no other process puts files into a folder, and let none begin meanwhile."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(place: Path, parts: Mapping[str, Mapping[str, Content]], composed: Path) -> None:
    """Write files where nobody looks, and move them to their places, or nothing."""
    before = _manifest(place)
    # What a run that was killed was about to replace is listed as such.
    replaced = {part: f"{part}, replaced" for part in parts}
    own = {key: before[key] for key in (*parts, *replaced.values()) if key in before}
    others = {key: files for key, files in before.items() if key not in own}
    moves: Moves = []
    now: dict[str, Part] = {}
    for part, contents in parts.items():
        now[part] = {}
        for name, content in contents.items():
            source = content if isinstance(content, Path) else composed / f"new{len(moves)}"
            if isinstance(content, bytes):
                source.write_bytes(content)
            now[part][name] = _entry(source)
            moves.append((source, place / name))
    away = [
        (place / name, composed / f"old{number}")
        for number, (name, hashes) in enumerate(_known(own).items())
        if (place / name).is_file() and _hash(place / name) in hashes
    ]
    # Listed before they are there: whatever ends this half-way, a later run knows its files.
    _list(place, others | now | {replaced[part]: before.get(part, {}) for part in parts})
    try:
        _move([*away, *moves])
    except BaseException:
        if before:
            _list(place, before)
        else:
            (place / MANIFEST).unlink(missing_ok=True)
        raise
    _list(place, others | now)


def _move(moves: Moves) -> None:
    """Rename files; if one cannot be, those before it are back where they were."""
    done: Moves = []
    made: list[Path] = []
    try:
        for source, target in moves:
            if not target.parent.exists():
                target.parent.mkdir(parents=True)
                made.append(target.parent)
            source.rename(target)
            done.append((source, target))
    except BaseException:
        for source, target in reversed(done):
            target.rename(source)
        for folder in reversed(made):
            folder.rmdir()
        raise


def _manifest(place: Path) -> dict[str, Part]:
    """Read which files earlier runs wrote, by part."""
    path = place / MANIFEST
    if not os.path.lexists(path):
        return {}
    try:
        parts: dict[str, Part] = json.loads(path.read_text(encoding="utf-8"))["parts"]
        inside = all(_is_inside(name) for name in _known(parts))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        inside = False
    if not inside:
        message = "is not a list of files that an earlier run wrote; move it away"
        raise InputError([Problem(where=str(path), message=message)], "writing")
    return parts


def _known(parts: Mapping[str, Part]) -> dict[str, set[str]]:
    """The hashes that files of a manifest may have, by their names."""
    known: dict[str, set[str]] = {}
    for part in parts.values():
        for name, entry in part.items():
            known.setdefault(name, set()).add(str(entry["sha256"]))
    return known


def _is_inside(name: str) -> bool:
    """Whether a name of a manifest, which anybody may have written, stays below its folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _list(place: Path, parts: Mapping[str, Part]) -> None:
    kept = {part: files for part, files in parts.items() if files}
    text = json.dumps({"about": ABOUT, "parts": kept}, indent=1, ensure_ascii=False)
    write_text(place / MANIFEST, text + "\n")


def _entry(path: Path) -> dict[str, str | int]:
    return {"bytes": path.stat().st_size, "sha256": _hash(path)}


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
