"""Cells of tables: estimates with as many decimals as their intervals support."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bayes_alliance.errors import checked_arguments
from bayes_alliance.numerals import effective
from bayes_alliance.posterior.scalars import quantity_of
from bayes_alliance.reporting.prose.wording import (
    digits,
    headed,
    marked,
    printed,
    spoken,
    with_interval,
)

MOST_DECIMALS = 2
POINTS = ("mean", "sd", "median", "lower", "upper", "mcse")
EFFECTIVE = ("ess_bulk", "ess_tail")
FIXED = {"r_hat": 3, "contraction": 2}
OF_BOUNDED = 2  # correlations, shares and probabilities


@checked_arguments
def rounded(frame: pd.DataFrame, *, bounded: Sequence[bool] | None = None) -> pd.DataFrame:
    """Make text of a table, with as many digits as the posterior supports.

    Parameters
    ----------
    frame : DataFrame
        As from `summarise`, `summary` or `estimands`; other columns are kept.
    bounded : sequence of bool, optional
        Whether the quantity of each row cannot exceed 1 in size (`printed`); none if not given.

    Returns
    -------
    DataFrame
        Points, bounds and sds show the width of the interval to two digits (``38.2``, ``−0.31``);
        quantities of one kind (all ``level[...]``) have the decimals of the narrowest interval
        among them. Effective sample sizes are rounded down, R-hat has three decimals; ``–``
        where there is no number.
    """
    shown = frame.copy()
    decimals = (frame["upper"] - frame["lower"]).map(digits)
    if "quantity" in frame:
        kinds = frame["quantity"].map(quantity_of)
        decimals = decimals.groupby(kinds).transform("max")
    ends = [False] * len(frame) if bounded is None else list(bounded)
    for column in frame.columns:
        if column in POINTS:
            more = 1 if column == "mcse" else 0
            shown[column] = [
                printed(value, places + more, bounded=end)
                for value, places, end in zip(frame[column], decimals, ends, strict=True)
            ]
        elif column in EFFECTIVE:
            shown[column] = [effective(value) for value in frame[column]]
        elif column in FIXED:
            shown[column] = [
                printed(value, FIXED[column], bounded=column == "contraction")
                for value in frame[column]
            ]
        elif column == "prior_driven":
            shown[column] = [
                "–" if pd.isna(value) else "yes" if value else "no" for value in frame[column]
            ]
    return shown


def decimals_of(frame: pd.DataFrame) -> int:
    """Decimals of a column of estimates: those of the narrowest interval, at most two."""
    widths = (frame["upper"] - frame["lower"]).dropna()
    decimals = [digits(float(width)) for width in widths if width > 0]
    return min(MOST_DECIMALS, max(decimals, default=OF_BOUNDED))


def cell(
    rows: pd.DataFrame,
    kind: pd.DataFrame | None = None,
    *,
    decimals: int | None = None,
    bounded: bool = False,
) -> str:
    """Write an estimate with its interval, ``"−.31 [−.49, −.11]"``; ``"–"`` if there is no row.

    Parameters
    ----------
    rows : DataFrame
        The estimate in one row, with columns ``median``, ``lower``, ``upper``, and possibly
        ``prior_driven``, which is marked; or no row.
    kind : DataFrame, optional
        Rows whose intervals decide the decimals, if these are not given.
    bounded : bool
        As in `printed`.
    """
    if rows.empty:
        return "–"
    median, lower, upper = (float(rows[name].iloc[0]) for name in ("median", "lower", "upper"))
    if bounded:
        places = OF_BOUNDED
    elif decimals is not None:
        places = decimals
    else:
        places = decimals_of(rows if kind is None else kind)
    text = with_interval(median, lower, upper, decimals=places, bounded=bounded)
    return marked(text, rows["prior_driven"].iloc[0] if "prior_driven" in rows else None)


def numbered(position: int, informant: str, informants: Sequence[str]) -> str:
    """Name an informant, numbered where columns refer to it: ``"1. Child"``."""
    name = headed(informant)
    return f"{position + 1}. {name}" if len(informants) > 1 else name


def pair_label(first: str, second: str) -> str:
    """Name two informants: ``"Child and caregiver"``."""
    return f"{headed(first)} and {spoken(second)}"


def arranged(rows: Sequence[Mapping[str, object]], head: str) -> pd.DataFrame:
    """Arrange the rows of a table, as ``PaperTable.shown``.

    Parameters
    ----------
    rows : sequence of mapping
        Heading to text; ``"stub"`` is the label of the row, or a pair of labels.
    head : str
        What stands above the stub.
    """
    stubs: list[Any] = [row["stub"] for row in rows]
    index = pd.MultiIndex.from_tuples(stubs) if isinstance(stubs[0], tuple) else pd.Index(stubs)
    frame = pd.DataFrame(
        [{key: text for key, text in row.items() if key != "stub"} for row in rows], index=index
    )
    return frame.rename_axis(columns=head)
