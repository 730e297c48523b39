"""Cells of tables for a paper: an estimate with its interval, as many decimals as it supports."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bayes_alliance.reporting.prose.wording import digits, headed, printed, printed_interval, spoken
from bayes_alliance.reporting.tables.notes import DAGGER

MOST_DECIMALS = 3
OF_BOUNDED = 2  # correlations, shares and probabilities


def decimals_of(frame: pd.DataFrame) -> int:
    """Decimals that a column of estimates is printed with.

    Parameters
    ----------
    frame : DataFrame
        With columns ``lower`` and ``upper``.

    Returns
    -------
    int
        Those of the narrowest interval, at most three.
    """
    widths = (frame["upper"] - frame["lower"]).dropna()
    found = [digits(float(width)) for width in widths if width > 0]
    return min(MOST_DECIMALS, max(found, default=OF_BOUNDED))


def cell(
    frame: pd.DataFrame,
    key: str,
    kind: pd.DataFrame | None = None,
    *,
    decimals: int | None = None,
    bounded: bool = False,
) -> str:
    """Write an estimate with its interval.

    Parameters
    ----------
    frame : DataFrame
        Indexed by quantity, with columns ``median``, ``lower``, ``upper``, and possibly
        ``prior_driven``, which is marked.
    key : str
        The quantity.
    kind : DataFrame, optional
        Rows whose intervals decide the decimals, if these are not given.
    decimals : int, optional
    bounded : bool
        As in `printed`.

    Returns
    -------
    str
        ``"−.31 [−.49, −.11]"``; ``"–"`` if there is no such quantity.
    """
    if key not in frame.index:
        return "–"
    row = frame.loc[[key]].to_dict(orient="records")[0]
    if bounded:
        places = OF_BOUNDED
    elif decimals is not None:
        places = decimals
    else:
        places = decimals_of(frame if kind is None else kind)
    middle = printed(row["median"], places, bounded=bounded)
    if middle == "–":
        return middle
    around = printed_interval(row["lower"], row["upper"], places, bounded=bounded)
    driven = row.get("prior_driven", False)
    return f"{middle} {around}{DAGGER if pd.notna(driven) and driven else ''}"


def direction(share: float) -> str:
    """Write a posterior probability, which draws cannot show to be exactly 0 or 1.

    Returns
    -------
    str
        ``".93"``, ``"> .99"``, ``"< .01"``.
    """
    if share > 0.99:
        return "> .99"
    if share < 0.01:
        return "< .01"
    return printed(share, OF_BOUNDED, bounded=True)


def numbered(position: int, informant: str, informants: Sequence[str]) -> str:
    """Name an informant, numbered where columns refer to it.

    Parameters
    ----------
    informants : sequence of str
        All of them.

    Returns
    -------
    str
        ``"1. Child"``
    """
    name = headed(informant)
    return f"{position + 1}. {name}" if len(informants) > 1 else name


def pair_label(first: str, second: str) -> str:
    """Name two informants.

    Returns
    -------
    str
        ``"Child and caregiver"``
    """
    return f"{headed(first)} and {spoken(second)}"


def arranged(rows: Sequence[Mapping[str, object]], head: str) -> pd.DataFrame:
    """Arrange the rows of a table.

    Parameters
    ----------
    rows : sequence of mapping
        Heading to text; ``"stub"`` is the label of the row, or a pair of labels.
    head : str
        What stands above the stub.

    Returns
    -------
    DataFrame
        As ``PaperTable.shown``.
    """
    stubs: list[Any] = [row["stub"] for row in rows]
    index = pd.MultiIndex.from_tuples(stubs) if isinstance(stubs[0], tuple) else pd.Index(stubs)
    frame = pd.DataFrame(
        [{key: text for key, text in row.items() if key != "stub"} for row in rows], index=index
    )
    return frame.rename_axis(columns=head)
