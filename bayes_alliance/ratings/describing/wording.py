"""Numbers as they are printed: with their noun, as a share, with few digits."""

import numpy as np
import pandas as pd


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun in the right form.

    Parameters
    ----------
    plural : str
        The singular and an s if empty.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def share(part: int, whole: int) -> str:
    """Return a percentage that never rounds something to nothing or to all."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "<1 %"
    if 99 < percent < 100:
        return ">99 %"
    return f"{percent:.0f} %"


def rounded(value: float, *, sd: float) -> str:
    """Return a number with the digits that a spread of `sd` makes worth reading.

    Parameters
    ----------
    value, sd : float
        NaN prints as a dash.
    """
    if np.isnan(value):
        return "-"
    digits = 1 if np.isnan(sd) or sd == 0 or sd >= 5 else 2 if sd >= 0.5 else 3
    return f"{round(float(value), digits) + 0.0:,.{digits}f}"


def span(values: pd.Series) -> str:
    """Return the lowest and highest value."""
    low, high = (
        f"{value:,.10g}" if value.is_integer() else f"{value:.4g}"
        for value in (float(values.min()), float(values.max()))
    )
    return low if low == high else f"{low} to {high}"
