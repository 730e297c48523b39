"""Interruptions: what a signal does that asks this process to end.

Somebody presses Ctrl-C, closes the terminal, or shuts the machine or the job down. Where something
must be done whole the signal is noted, and answered afterwards.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTIONS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]

type Answer = Callable[[int, FrameType | None], object]


@contextmanager
def raised() -> Iterator[None]:
    """Let every interruption be a `KeyboardInterrupt`, which keeps what was made.

    Those that are ignored (as under nohup) stay ignored.
    """
    asked = [one for one in INTERRUPTIONS if signal.getsignal(one) is not signal.SIG_IGN]
    with _answered(asked, signal.default_int_handler):
        yield


@contextmanager
def deferred() -> Iterator[list[int]]:
    """Take note of interruptions without answering them, while something must be done whole.

    Only of those that Python answers: one that would end the process at once (SIGTERM, unless the
    command line runs) still does.

    Yields
    ------
    list of int
        The signals that came, for whoever answers afterwards.
    """
    heard: list[int] = []

    def hear(number: int, _: FrameType | None) -> None:
        heard.append(number)

    asked = [one for one in INTERRUPTIONS if callable(signal.getsignal(one))]
    with _answered(asked, hear):
        yield heard


@contextmanager
def _answered(numbers: list[int], answer: Answer) -> Iterator[None]:
    """Answer signals by a function meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = {number: signal.getsignal(number) for number in numbers}
    for number in before:
        signal.signal(number, answer)
    try:
        yield
    finally:
        for number, own in before.items():
            signal.signal(number, own)
