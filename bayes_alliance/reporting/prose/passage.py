"""A short paragraph of a paper with its heading, and how it calls tables and figures.

Tables and figures are called by the names of their files; what they are called in print
(``"Table 2"``) is known where the paper is put together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bayes_alliance.specification.equation import Piece, Symbols

type Calls = Mapping[str, str]  # name of a table or figure to what it is called in print


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A short paragraph with its heading.

    Parameters
    ----------
    equations : tuple of Symbols
        What follows the paragraph in a paper.
    meaning : tuple of Symbols or str
        What the symbols of the equations mean, below them.
    """

    head: str
    text: str
    equations: tuple[Symbols, ...] = ()
    meaning: tuple[Piece, ...] = ()


def called(calls: Calls, *names: str) -> str:
    """Call tables and figures in brackets, a blank before; those that are not printed are left out.

    Returns
    -------
    str
        ``" (Table 2, Figure 1)"``, or ``""``.
    """
    known = [calls[name] for name in names if name in calls]
    return f" ({', '.join(known)})" if known else ""


def joined(texts: list[str]) -> str:
    """Join sentences, of which some may be empty."""
    return " ".join(text for text in texts if text)
