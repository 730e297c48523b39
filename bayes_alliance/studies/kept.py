"""The folder of a study: what was asked for, and every result as it came.

``study.json`` says what was asked for; results are lines of ``results.jsonl``, or of one file for
each shard, so that machines which share a disk, or nothing, each write a file of their own. One run
at a time works on a file. Results of another study or another version are refused, and lines that
hold no result are set aside.
"""

import json
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.studies.shards import Shard, alone
from bayes_alliance.writing import write_bytes, write_text, write_under_a_free_name

STUDY, RESULTS = "study.json", "results.jsonl"
SET_ASIDE = "results-set-aside.jsonl"
OF_SHARD = re.compile(r"results-\d+-of-\d+\.jsonl")
NO_STUDY = "holds no study: study.json there cannot be read"

type Json = dict[str, Any]


def resumed(
    about: Json, out: Path | None, *, pieces: Sequence[str], shard: Shard | None = None
) -> dict[str, Json]:
    """Results of earlier runs of the same study, by the same version, of all shards.

    Parameters
    ----------
    pieces : sequence of str
        Keys of all pieces, which may become more from run to run.
    """
    if out is None:
        return {}
    study = out / STUDY
    # As JSON makes of both: tuples are lists there, and keys text.
    asked = json.loads(json.dumps(about | {"version": version("bayes-alliance")}))
    known: list[str] = []
    if not study.exists():
        if any(not path.name.startswith(".") for path in out.iterdir()):
            message = "is not empty and holds no study; choose another folder"
            raise InputError([Problem(where=str(out), message=message)], "study")
    else:
        kept = _study(out)
        known = list(kept.pop("pieces", []))
        if (other := _other(kept, asked)) is not None:
            raise InputError([Problem(where=str(out), message=other)], "study")
    every = list(dict.fromkeys([*known, *pieces]))
    if every != known or not study.exists():
        write_text(study, json.dumps(asked | {"pieces": every}, indent=1) + "\n")
    own = out / (shard.file if shard else RESULTS)
    done = {key: one["result"] for key, one in _read_others(out, own).items() if _is_done(one)}
    return done | (_read(own) if own.exists() else {})


def _study(folder: Path) -> Json:
    try:
        kept = json.loads((folder / STUDY).read_bytes())
    except (OSError, ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict):
        message = f"{NO_STUDY}; choose another folder"
        raise InputError([Problem(where=str(folder), message=message)], "study")
    return dict(kept)


def _other(kept: Json, asked: Json) -> str | None:
    """Say what the results in a folder are, if they are not of what is asked."""
    if kept == asked:
        return None
    if kept | {"version": asked["version"]} == asked:
        return (
            f"holds results of version {kept.get('version', 'unknown')} of bayes_alliance, and "
            f"this is {asked['version']}; choose another folder, or go on with that version"
        )
    return "holds results of another study (see study.json there); choose another folder"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the folders of a study hold.

    Parameters
    ----------
    about : mapping
        What the study is.
    done, failed : mapping of str to dict, of str to str
        Key of a piece to its result, or to what went wrong; in the order of the pieces.
    """

    about: Mapping[str, Any]
    done: Mapping[str, Json]
    failed: Mapping[str, str]


def gathered(folders: Sequence[Path]) -> Kept:
    """Read the results of one study from all folders in which shards of it were done.

    Raises
    ------
    InputError
        If a folder holds no study, or another one than the first, or pieces are missing; all of it
        at once.
    """
    problems: list[Problem] = []
    first: Json = {}
    pieces: dict[str, None] = {}
    entries: dict[str, Json] = {}
    for folder in folders:
        try:
            about = _study(folder)
        except InputError:
            problems.append(Problem(where=str(folder), message=NO_STUDY))
            continue
        pieces |= dict.fromkeys(about.pop("pieces", []))
        first = first or about
        if (other := _other(about, first)) is not None:
            message = f"{other.partition(';')[0]}, not of that in {folders[0]}"
            problems.append(Problem(where=str(folder), message=message))
        for key, entry in _read_others(folder, None).items():
            if key not in entries or _is_done(entry):
                entries[key] = entry
    missing = [key for key in pieces if key not in entries]
    if missing and not problems:
        named = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if missing[8:] else "")
        message = (
            f"{len(missing)} of {len(pieces)} pieces are not done ({named}): give the commands of "
            "their shards again, or one without --shard"
        )
        problems.append(Problem(where=str(folders[0]), message=message))
    if problems:
        raise InputError(problems, "collect")
    found = {key: entries[key] for key in pieces}
    return Kept(
        about=first,
        done={key: one["result"] for key, one in found.items() if _is_done(one)},
        failed={key: one["error"] for key, one in found.items() if not _is_done(one)},
    )


def bring_together(folders: Sequence[Path]) -> None:
    """Copy into the first folder what the others hold of the same study and it does not."""
    into, *others = folders
    with alone(into):
        if (into / RESULTS).exists():
            _read(into / RESULTS)  # a line that was cut off would spoil the next one
        own, about = _read_others(into, None), _study(into)
        pieces = dict.fromkeys(about.get("pieces", []))
        for folder in others:
            pieces |= dict.fromkeys(_study(folder).get("pieces", []))
            for key, entry in _read_others(folder, None).items():
                if key not in own or (_is_done(entry) and not _is_done(own[key])):
                    append(into, entry)
                    own[key] = entry
        if list(pieces) != about.get("pieces"):
            write_text(into / STUDY, json.dumps(about | {"pieces": list(pieces)}, indent=1) + "\n")


def _read_others(folder: Path, own: Path | None) -> dict[str, Json]:
    """Entries of all files but one; lines that hold none may be written right now."""
    files = [folder / RESULTS, *sorted(folder.glob("results-*.jsonl"))]
    known = [path for path in files if path.name == RESULTS or OF_SHARD.fullmatch(path.name)]
    entries: dict[str, Json] = {}
    for path in known:
        if path == own or not path.exists():
            continue
        for line in path.read_bytes().splitlines(keepends=True):
            entry = _entry(line)
            # A piece that failed and was done later is done.
            if entry is not None and (entry["key"] not in entries or _is_done(entry)):
                entries[entry["key"]] = entry
    return entries


def _is_done(entry: Json) -> bool:
    return entry["error"] is None


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
        entry["key"]: entry["result"] for entry in entries if entry is not None and _is_done(entry)
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


def append(out: Path | None, entry: Json, shard: Shard | None = None) -> None:
    """Keep a result at once; nowhere if there is no folder."""
    if out is None:
        return
    with (out / (shard.file if shard else RESULTS)).open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(entry) + "\n")
        handle.flush()
        # On the disk before the next piece begins: hours of fits must survive a crash of the
        # machine.
        os.fsync(handle.fileno())
