"""How long it will take: one progress bar for draws and for fits, on terminals and in notebooks."""

import sys

from rich.console import Console
from tqdm import tqdm


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
