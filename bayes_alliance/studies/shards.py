"""Who does which pieces of a study: shares of several machines, and locks against doing one twice.

What holds a lock is gone with its process, whatever ends it.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bayes_alliance.errors import InputError, Problem, checked_arguments

if sys.platform != "win32":
    import fcntl

BUSY = "another run is at work in this folder; wait until it ends, or choose another"


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A share of the pieces of a study, for one of several machines.

    Parameters
    ----------
    number : int
        From 1.
    of : int
        How many shares there are.
    """

    number: int
    of: int

    @classmethod
    @checked_arguments
    def parse(cls, text: str) -> "Shard":
        """Read a shard from text.

        Parameters
        ----------
        text : str
            ``"2/20"``: the second of twenty.

        Raises
        ------
        InputError
            If it is no such text.
        """
        match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            message = "must read i/n, as 2/20: a number from 1 to n"
            raise InputError([Problem(where="shard", value=text, message=message)], "study")
        return cls(number=int(match[1]), of=int(match[2]))

    @property
    def file(self) -> str:
        """Where its results are."""
        return f"results-{self.number}-of-{self.of}.jsonl"

    def own(self, keys: Sequence[str]) -> list[str]:
        """Its pieces: every n-th, so that shares take about the same time."""
        return list(keys[self.number - 1 :: self.of])


@contextmanager
def alone(out: Path | None, shard: Shard | None = None) -> Iterator[None]:
    """Let no other run do the same pieces meanwhile.

    A shard keeps away runs of the same shard and of the whole study. What holds the folder is gone
    with the process, whatever ends it.
    """
    if out is None or sys.platform == "win32":
        yield
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot be made a folder ({error.strerror})"
        raise InputError([Problem(where=str(out), message=message)], "study") from error
    with ExitStack() as held:
        held.callback(os.close, _locked(out, out, shared=shard is not None))
        if shard is not None:
            own = out / f".{shard.file}.lock"
            held.callback(os.close, _locked(own, out, shared=False))
        yield


def _locked(path: Path, out: Path, *, shared: bool) -> int:
    """Open and lock a file, or the folder itself; the lock ends when it is closed."""
    try:
        folder = path.is_dir()
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR | os.O_CREAT)
    except OSError as error:
        message = f"cannot be worked in ({error.strerror})"
        raise InputError([Problem(where=str(out), message=message)], "study") from error
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise InputError([Problem(where=str(out), message=BUSY)], "study") from error
    except OSError:
        # Some disks of networks know no locks; a piece done twice there has one result.
        pass
    return handle
