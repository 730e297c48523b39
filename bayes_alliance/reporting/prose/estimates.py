"""Rows of summaries as text: estimates with intervals, marked where they stand on the prior."""

from collections.abc import Hashable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from bayes_alliance.levels import CALLED
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting.prose.wording import (
    digits,
    listed,
    marked,
    span_label,
    spoken,
    time_label,
    with_interval,
)

MOST = 2  # decimals in a sentence


def each_row(rows: pd.DataFrame) -> Iterator[Any]:
    """Go through rows whose columns, and place as ``Index``, are attributes."""
    # Not by `itertuples`, which makes a class for every few rows, and takes column by column.
    for place, values in zip(rows.index, rows.to_numpy(dtype=object).tolist(), strict=True):
        yield SimpleNamespace(Index=place, **dict(zip(rows.columns, values, strict=True)))


def groups(rows: pd.DataFrame, by: str | list[str]) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Go through rows with the same labels, in their order."""
    yield from rows.groupby(by, sort=False)


def span(ratings: Ratings, rows: pd.DataFrame, *, joined: str = "to") -> str:
    """Write the first and the last time of results that are about both: ``"4 to 16 months"``."""
    first, last = rows[["time", "time_"]].iloc[0]
    return span_label(ratings, first, last, joined=joined)


def about(ratings: Ratings, row: Any) -> str:
    """Say what a result is of: ``"child and caregiver, in level, between children"``.

    Parameters
    ----------
    row : namespace
        As from `each_row`.
    """
    return ", ".join((who(ratings, row), *place(ratings, row)))


def who(ratings: Ratings, row: Any) -> str:
    """Say whom a result is of: ``"child and caregiver"``.

    Parameters
    ----------
    row : namespace
        As from `each_row`.
    """
    of = [row.informant, row.informant_]
    named = [ratings.words.spoken(one) for one in of if pd.notna(one)]
    return listed(named) if named else "all informants"


def place(ratings: Ratings, row: Any) -> list[str]:
    """Say where a result lies: ``["in level", "between children"]``.

    Parameters
    ----------
    row : namespace
        As from `each_row`.
    """
    times = [time_label(ratings, time) for time in (row.time, row.time_) if pd.notna(time)]
    parts = [
        _between(ratings, row.source),
        f"by {ratings.words.spoken(row.covariate)}" if pd.notna(row.covariate) else "",
        f"in {spoken(row.coefficient)}" if pd.notna(row.coefficient) else "",
        _between(ratings, row.level),
        f"at {listed(times)}" if times else "",
    ]
    return [part for part in parts if part]


def _between(ratings: Ratings, place: Any) -> str:
    """Say where a result lies: between units of a level, within one occasion, or in all of them."""
    if pd.isna(place):
        return ""
    known = {str(name): f"between {called.plural}" for name, called in CALLED.items()}
    known |= {"occasion": "within one occasion", "total": "in total"}
    return ratings.words.said(known.get(place) or spoken(place))


def estimates_of(rows: pd.DataFrame) -> dict[Hashable, str]:
    """Medians with intervals by their place, with common decimals."""
    widths = rows["upper"] - rows["lower"]
    decimals = max((_decimals(float(width)) for width in widths), default=0)
    return {row.Index: estimate(row, decimals) for row in each_row(rows)}


def estimate(row: Any, decimals: int | None = None) -> str:
    """Write a median with its interval.

    Parameters
    ----------
    row : namespace
        As from `each_row`.
    decimals : int, optional
        Of what can exceed 1 in size, as many as the interval supports if not given; correlations,
        shares and probabilities have two (American Psychological Association, 2020, section 6.36).
    """
    bounded = bool(row.is_bounded)
    places = _decimals(float(row.upper - row.lower)) if decimals is None else decimals
    text = with_interval(
        row.median, row.lower, row.upper, decimals=MOST if bounded else places, bounded=bounded
    )
    return marked(text, row.prior_driven)


def _decimals(width: float) -> int:
    return int(np.clip(digits(width), 1, MOST))
