"""The folder of a study: what was asked for, and every result as it came.

One run at a time works in it. Results of another study or another version are refused, and lines
that hold no result are set aside.
"""

import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.writing import write_bytes, write_text, write_under_a_free_name

if sys.platform != "win32":
    import fcntl

SET_ASIDE = "results-set-aside.jsonl"

type Json = dict[str, Any]


@contextmanager
def alone(out: Path | None) -> Iterator[None]:
    """Let no other run work in the folder meanwhile: it would do the same pieces.

    What holds the folder is gone with the process, whatever ends it.
    """
    if out is None or sys.platform == "win32":
        yield
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = os.open(out, os.O_RDONLY)
    except OSError as error:
        message = f"cannot be made a folder ({error.strerror})"
        raise InputError([Problem(where=str(out), message=message)], "study") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        message = "another run is at work in this folder; wait until it ends, or choose another"
        raise InputError([Problem(where=str(out), message=message)], "study") from error
    finally:
        os.close(handle)


def resumed(about: Json, out: Path | None) -> dict[str, Json]:
    """Results of earlier runs of the same study, by the same version."""
    if out is None:
        return {}
    study, results = out / "study.json", out / "results.jsonl"
    # As JSON makes of both: tuples are lists there, and keys text.
    asked = json.loads(json.dumps(about | {"version": version("bayes-alliance")}))
    if not study.exists():
        if any(out.iterdir()):
            message = "is not empty and holds no study; choose another folder"
            raise InputError([Problem(where=str(out), message=message)], "study")
        write_text(study, json.dumps(asked, indent=1) + "\n")
    elif (other := _other_study(study, asked)) is not None:
        raise InputError([Problem(where=str(out), message=other)], "study")
    return _read(results) if results.exists() else {}


def _other_study(study: Path, asked: Json) -> str | None:
    """Say what the results in a folder are, if they are not of what is asked."""
    try:
        kept = json.loads(study.read_bytes())
    except (ValueError, RecursionError):
        return "holds no study: study.json there cannot be read; choose another folder"
    if kept == asked:
        return None
    if isinstance(kept, dict) and kept | {"version": asked["version"]} == asked:
        return (
            f"holds results of version {kept.get('version', 'unknown')} of bayes_alliance, and "
            f"this is {asked['version']}; choose another folder, or go on with that version"
        )
    return "holds results of another study (see study.json there); choose another folder"


def _read(results: Path) -> dict[str, Json]:
    """Read results; lines that hold none are set aside, and their pieces done again."""
    lines = results.read_bytes().splitlines(keepends=True)
    entries = [_entry(line) for line in lines]
    aside = [line for line, entry in zip(lines, entries, strict=True) if entry is None]
    if aside:
        place = write_under_a_free_name(results.with_name(SET_ASIDE), b"".join(aside))
        kept = [line for line, entry in zip(lines, entries, strict=True) if entry is not None]
        write_bytes(results, b"".join(kept))
        said = "1 line holds" if len(aside) == 1 else f"{len(aside)} lines hold"
        warnings.warn(
            f"{said} no result and is set aside in {place}; that piece is done again",
            stacklevel=2,
        )
    return {
        entry["key"]: entry["result"]
        for entry in entries
        if entry is not None and entry["error"] is None
    }


def _entry(line: bytes) -> Json | None:
    """Read a line; None if it was cut off or somebody else wrote it."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match entry:
        case {"key": str(), "result": dict(), "error": str() | None} if line.endswith(b"\n"):
            return dict(entry)
    return None


def append(out: Path | None, entry: Json) -> None:
    """Keep a result at once; nowhere if there is no folder."""
    if out is None:
        return
    with (out / "results.jsonl").open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(entry) + "\n")
        handle.flush()
        # On the disk before the next piece begins: hours of fits must survive a crash of the
        # machine.
        os.fsync(handle.fileno())
