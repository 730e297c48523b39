"""How long it will take: one progress bar for draws and for fits, on terminals only."""

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


def progress_bar(unit: str, *, shown: bool) -> Progress:
    """Progress bar with time spent and time left, on the error stream.

    Parameters
    ----------
    unit : str
        What is counted: ``"draws"``.
    shown : bool
        False: nothing is drawn. Nor is it where the stream is not a terminal.

    Returns
    -------
    Progress
        Its tasks have a field ``note``, shown at the end of the line.
    """
    console = Console(file=sys.stderr)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=not (shown and console.is_terminal),
    )
