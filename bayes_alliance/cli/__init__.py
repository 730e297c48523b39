"""The command line: from a ratings file to a fit, its checks and its report.

Each command does one thing, tells what it did and where to look next, and ends with 0 (done),
1 (done, but a check failed), 2 (bad input, every problem listed), 3 (an error of ours, whose
traceback is in a file) or 130 (interrupted; what was done so far is kept). Heavy packages load only
in the commands that sample or draw.
"""

import sys
from io import TextIOWrapper

from bayes_alliance.cli import drafting, fitting, reading, studies
from bayes_alliance.cli.app import app

__all__ = ["app", "drafting", "fitting", "main", "reading", "studies"]


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # Whatever a terminal or a file cannot show (a minus sign on Windows, a file name that is
        # no text) is written as its number.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app()
