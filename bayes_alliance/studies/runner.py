"""Many independent pieces of work, on the processors of this machine or of a cluster.

Every result is appended to a file as it comes, so that work that was interrupted goes on where it
stopped; a piece that fails is recorded and does not stop the others. What was asked for is kept
beside the results, and results of something else are never mixed in.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    as_completed,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import loky
from threadpoolctl import threadpool_limits

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.posterior.progress import progress_bar
from bayes_alliance.studies.kept import Json, append, resumed
from bayes_alliance.studies.shards import Shard, alone

PATIENCE = 30  # seconds for a scheduler and its workers to answer
DIED = "the process that computed it ended, twice: it was killed, perhaps for want of memory"


@dataclass(frozen=True, kw_only=True)
class Results:
    """What came back from a study.

    Parameters
    ----------
    done : mapping of str to dict
        Key of a piece to its result.
    failed : mapping of str to str
        Key of a piece to what went wrong.
    waiting : int
        Pieces that other shards have not done yet.
    """

    done: Mapping[str, Json]
    failed: Mapping[str, str]
    waiting: int = 0


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
    shard : Shard or None
        The share of the pieces that is done here; it needs a folder. All results that are there
        come back, and `collect` puts those of all shards together.
    """

    out: Path | None = None
    workers: int = 1
    cluster: str | None = None
    progress: bool = True
    shard: Shard | None = None

    def __post_init__(self) -> None:
        if self.shard is not None and self.out is None:
            message = "needs a folder (out) to keep its results in"
            raise InputError([Problem(where="shard", message=message)], "study")

    @property
    def cores(self) -> int | None:
        """Processors for one fit; None is all: processes side by side must not each take all."""
        alone = self.workers == 1 and self.cluster is None and self.shard is None
        return None if alone else 1


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
        If the folder belongs to another study, another version or another run that is at work in
        it, a cluster does not answer, or every piece failed.

    Warns
    -----
    UserWarning
        If lines of earlier results cannot be read; they are set aside.
    """
    with alone(place.out, place.shard):
        done = resumed(about, place.out, pieces=list(pieces), shard=place.shard)
        # Failures of earlier runs are not read back: their pieces are tried again.
        failed: dict[str, str] = {}
        own = list(pieces) if place.shard is None else place.shard.own(list(pieces))
        waiting = {key: pieces[key] for key in own if key not in done}
        n_done = len(own) - len(waiting)
        with progress_bar(
            "Fitting", "fits", total=len(own), done=n_done, shown=place.progress
        ) as bar:
            for key, result, error in _computed(work, waiting, place):
                if error is None:
                    done[key] = result
                else:
                    failed[key] = error
                append(place.out, {"key": key, "result": result, "error": error}, place.shard)
                bar.update()
    if failed and not done:
        problems = [Problem(where=key, message=error) for key, error in failed.items()]
        raise InputError(problems, "study: every fit failed")
    return Results(
        done={key: done[key] for key in pieces if key in done},
        failed={key: failed[key] for key in pieces if key in failed},
        waiting=sum(key not in done and key not in failed for key in pieces),
    )


def _computed(
    work: Callable[[Json], Json], waiting: Mapping[str, Json], place: Place
) -> Iterator[tuple[str, Json, str | None]]:
    if place.cluster is not None:
        yield from _on_cluster(work, waiting, place.cluster)
        return
    if place.workers == 1:
        for key, piece in waiting.items():
            yield key, *_attempt(work, piece)
        return
    rest = yield from _in_processes(work, waiting, place.workers)
    # A process that dies takes those beside it along, and nobody knows which piece it was.
    for key, piece in rest.items():
        if (yield from _in_processes(work, {key: piece}, 1)):
            yield key, {}, DIED


def _in_processes(
    work: Callable[[Json], Json], waiting: Mapping[str, Json], workers: int
) -> Generator[tuple[str, Json, str | None], None, dict[str, Json]]:
    """Compute beside this process; return the pieces that were lost with a process that died."""
    lost = {}
    with _processes(workers) as executor:
        futures: dict[Future, str] = {
            executor.submit(_attempt, work, piece): key for key, piece in waiting.items()
        }
        for future in as_completed(futures):
            key = futures[future]
            if isinstance(future.exception(), BrokenExecutor):
                lost[key] = waiting[key]
            else:
                yield key, *future.result()
    return lost


def _on_cluster(
    work: Callable[[Json], Json], waiting: Mapping[str, Json], address: str
) -> Iterator[tuple[str, Json, str | None]]:
    try:
        with _cluster(address) as (executor, count_workers):
            futures: dict[Future, str] = {
                executor.submit(_attempt, work, piece): key for key, piece in waiting.items()
            }
            rest = set(futures)
            while rest:
                done, rest = wait(rest, timeout=PATIENCE, return_when=FIRST_COMPLETED)
                for future in done:
                    yield futures[future], *future.result()
                if not done and count_workers() == 0:  # for whom Dask would wait for ever
                    raise TimeoutError("it has no workers any more")
    # Whatever Dask says of a scheduler that is not there, has no workers, or goes.
    except (OSError, TimeoutError, CancelledError, ValueError) as error:
        said = str(error) or type(error).__name__
        message = (
            f"does not compute ({said}): is a scheduler there, and has it workers? What is done is "
            "kept; the same command goes on from there"
        )
        raise InputError([Problem(where=address, message=message)], "cluster") from error


def _attempt(work: Callable[[Json], Json], piece: Json) -> tuple[Json, str | None]:
    """One bad fit is recorded and not fatal.

    Its matrices are small. Several threads for each would be in the way of the processes beside it.
    """
    try:
        with threadpool_limits(1, user_api="blas"):
            return work(piece), None
    except Exception as error:
        return {}, f"{type(error).__name__}: {error}"


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, Callable[[], int]]]:
    """Yield what computes there, and what counts its workers.

    Whatever ends the study early, an interruption above all, ends the work under way too.
    """
    try:
        from distributed import Client
    except ImportError as error:
        message = 'needs Dask: pip install "bayes-alliance[cluster]"'
        raise InputError([Problem(where="cluster", message=message)], "cluster") from error
    with Client(address, timeout=PATIENCE) as client:
        client.wait_for_workers(1, timeout=PATIENCE)
        executor = client.get_executor()
        try:
            yield executor, lambda: len(client.nthreads())
        except BaseException:
            executor.shutdown(wait=False)
            raise


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    # Fresh interpreters: forked copies of a process with threads can hang.
    pool = loky.ProcessPoolExecutor(workers, initializer=_begin, initargs=(os.getpid(),))
    try:
        yield pool
    except BaseException:
        pool.shutdown(kill_workers=True)
        raise
    pool.shutdown()


def _begin(parent: int) -> None:
    """Make a process one that computes for another, and ends with it whatever ended it."""
    # Ctrl-C reaches every process of a terminal; one that fits answers it by a short fit, one that
    # waits by dying, so the parent alone listens, and stops the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    # A process whose parent is gone is somebody else's child.
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
