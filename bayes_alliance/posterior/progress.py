"""How long it will take: one progress bar for draws and for fits, on terminals and in notebooks.

What is compiled once per installation is announced before it is, wherever the error stream goes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from numba.core import event
from rich.console import Console
from tqdm import tqdm

from bayes_alliance import cache

ONCE = (
    "Compiling the exact engine: a minute or so, once per installation. "
    "Fits after this one start at once."
)
EVERY_TIME = "Compiling the exact engine: a minute or so."


class _Announcement(event.Listener):
    """Announces the first function that is compiled."""

    def __init__(self) -> None:
        self.announced = False

    def on_start(self, event: event.Event) -> None:
        """A function is about to be compiled."""
        if not self.announced:
            print(ONCE if cache.for_numba() else EVERY_TIME, file=sys.stderr, flush=True)
        self.announced = True

    def on_end(self, event: event.Event) -> None:
        """It is compiled."""


@contextmanager
def compilation_announced(*, shown: bool) -> Iterator[None]:
    """Announce, on the error stream, if anything has to be compiled meanwhile.

    Parameters
    ----------
    shown : bool
        False: nothing is announced.
    """
    if not shown:
        yield
        return
    with event.install_listener("numba:compile", _Announcement()):
        yield


def progress_bar(what: str, unit: str, *, total: int, done: int = 0, shown: bool) -> tqdm:
    """Progress bar with time spent and time left, on the error stream.

    Parameters
    ----------
    what : str
        Stands before the bar: ``"Sampling"``.
    unit : str
        What is counted: ``"draws"``.
    total, done : int
        How many there are, and how many are done already.
    shown : bool
        False: nothing is drawn. Nor is it where the stream is neither a terminal nor a notebook's.
    """
    console = Console(file=sys.stderr)
    return tqdm(
        desc=what,
        total=total,
        initial=done,
        unit=f" {unit}",
        disable=not (shown and (console.is_terminal or console.is_jupyter)),
        # A terminal that does not tell its size would get no bar.
        ncols=console.width,
        nrows=console.height,
        file=sys.stderr,
    )
