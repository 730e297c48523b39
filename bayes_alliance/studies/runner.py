"""Many independent pieces of work, on the processors of this machine or of a cluster.

Every result is appended to a file as it comes, so that work that was interrupted goes on where it
stopped; a piece that fails is recorded and does not stop the others. What was asked for is kept
beside the results, and results of something else are never mixed in.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import loky

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.posterior.progress import progress_bar

type Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Results:
    """What came back from a study.

    Parameters
    ----------
    done : mapping of str to dict
        Key of a piece to its result.
    failed : mapping of str to str
        Key of a piece to what went wrong.
    """

    done: Mapping[str, Json]
    failed: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a study is kept and computed.

    Parameters
    ----------
    out : Path or None
        Folder for ``results.jsonl`` and ``study.json``; None keeps results in memory only.
    workers : int
        Processes on this machine; 1 computes in this process.
    cluster : str or None
        Address of a Dask scheduler to compute on instead.
    progress : bool
        Whether a bar may be drawn (only on a terminal).
    """

    out: Path | None = None
    workers: int = 1
    cluster: str | None = None
    progress: bool = True


def run(
    work: Callable[[Json], Json], pieces: Mapping[str, Json], *, about: Json, place: Place
) -> Results:
    """Do every piece of work that is not done yet.

    Parameters
    ----------
    work : callable
        A function of a module (it is sent to other processes), from a piece to its result; both
        hold only what JSON can.
    pieces : mapping of str to dict
        Key to piece. Pieces that failed before are tried again.
    about : dict
        What the study is: data, model, settings. A folder that holds results of another study is
        refused.

    Returns
    -------
    Results
        In the order of ``pieces``. After an interruption (Ctrl-C) what is done is kept on disk, and
        `KeyboardInterrupt` goes on.

    Raises
    ------
    InputError
        If the folder belongs to another study, or every piece failed.
    """
    done = _resumed(about, place.out)
    # Failures of earlier runs are not read back: their pieces are tried again.
    failed: dict[str, str] = {}
    waiting = {key: piece for key, piece in pieces.items() if key not in done}
    n_done = len(pieces) - len(waiting)
    with progress_bar(
        "Fitting", "fits", total=len(pieces), done=n_done, shown=place.progress
    ) as bar:
        for key, result, error in _computed(work, waiting, place):
            if error is None:
                done[key] = result
            else:
                failed[key] = error
            _append(place.out, {"key": key, "result": result, "error": error})
            bar.update()
    if failed and not done:
        problems = [Problem(where=key, message=error) for key, error in failed.items()]
        raise InputError(problems, "study: every fit failed")
    return Results(
        done={key: done[key] for key in pieces if key in done},
        failed={key: failed[key] for key in pieces if key in failed},
    )


def _computed(
    work: Callable[[Json], Json], waiting: Mapping[str, Json], place: Place
) -> Iterator[tuple[str, Json, str | None]]:
    if place.cluster is None and place.workers == 1:
        for key, piece in waiting.items():
            yield key, *_attempt(work, piece)
        return
    with _executor(place) as executor:
        futures: dict[Future, str] = {
            executor.submit(_attempt, work, piece): key for key, piece in waiting.items()
        }
        for future in as_completed(futures):
            yield futures[future], *future.result()


def _attempt(work: Callable[[Json], Json], piece: Json) -> tuple[Json, str | None]:
    """One bad fit is recorded and not fatal."""
    try:
        return work(piece), None
    except Exception as error:
        return {}, f"{type(error).__name__}: {error}"


@contextmanager
def _executor(place: Place) -> Iterator[Executor]:
    """Whatever ends the study early, an interruption above all, ends the work under way too."""
    if place.cluster is None:
        with _processes(place.workers) as pool:
            yield pool
        return
    try:
        from distributed import Client
    except ImportError as error:
        message = 'needs Dask: pip install "bayes-alliance[cluster]"'
        raise InputError([Problem(where="cluster", message=message)], "cluster") from error
    with Client(place.cluster) as client:
        executor = client.get_executor()
        try:
            yield executor
        except BaseException:
            executor.shutdown(wait=False)
            raise


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    # Fresh interpreters: forked copies of a process with threads can hang. Ctrl-C reaches every
    # process of a terminal; one that fits answers it by a short fit, one that waits by dying, so
    # this process alone listens, and stops the others.
    pool = loky.ProcessPoolExecutor(
        workers, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    )
    try:
        yield pool
    except BaseException:
        pool.shutdown(kill_workers=True)
        raise
    pool.shutdown()


def _resumed(about: Json, out: Path | None) -> dict[str, Json]:
    """Results of earlier runs of the same study."""
    if out is None:
        return {}
    out.mkdir(parents=True, exist_ok=True)
    study, results = out / "study.json", out / "results.jsonl"
    if study.exists():
        # As JSON makes of both: tuples are lists there, and keys text.
        if json.loads(study.read_text(encoding="utf-8")) != json.loads(json.dumps(about)):
            message = "holds results of another study (see study.json there); choose another folder"
            raise InputError([Problem(where=str(out), message=message)], "study")
    elif any(out.iterdir()):
        message = "is not empty and holds no study; choose another folder"
        raise InputError([Problem(where=str(out), message=message)], "study")
    else:
        study.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    if not results.exists():
        return {}
    text = results.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        # Cut off in the middle of writing: that piece is done again.
        text = text[: text.rfind("\n") + 1]
        results.write_text(text, encoding="utf-8")
    done = {}
    for line in text.splitlines():
        entry = json.loads(line)
        if entry["error"] is None:
            done[entry["key"]] = entry["result"]
    return done


def _append(out: Path | None, entry: Json) -> None:
    if out is None:
        return
    with (out / "results.jsonl").open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(entry) + "\n")
        handle.flush()
        # On the disk before the next piece begins: hours of fits must survive a crash of the
        # machine.
        os.fsync(handle.fileno())
