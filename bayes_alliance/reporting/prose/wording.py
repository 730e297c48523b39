"""Numbers and names as text: how many digits a posterior supports, how labels are said."""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.errors import checked_arguments
from bayes_alliance.ratings import Ratings


def digits(width: float) -> int:
    """Decimals that show the width of an interval to two digits.

    Parameters
    ----------
    width : float
        Upper minus lower bound.

    Returns
    -------
    int
        Between 0 and 4; 2 where there is no width.
    """
    if not np.isfinite(width) or width <= 0:
        return 2
    return int(np.clip(1 - np.floor(np.log10(width)), 0, 4))


def printed(value: float, decimals: int, *, bounded: bool = False) -> str:
    """Write a number with fixed decimals, without a negative zero.

    Parameters
    ----------
    bounded : bool
        Whether the quantity cannot exceed 1 in size (a correlation, a share, a probability): then
        no zero stands before the point (American Psychological Association, 2020, section 6.36).

    Returns
    -------
    str
        ``"−.31"``, ``"38.2"``; ``"–"`` for NaN.
    """
    if not np.isfinite(value):
        return "–"
    text = f"{abs(value):.{decimals}f}"
    sign = "−" if value < 0 and float(text) > 0 else ""
    return sign + (text[1:] if bounded and text.startswith("0.") else text)


def printed_interval(lower: float, upper: float, decimals: int, *, bounded: bool = False) -> str:
    """Write an interval.

    Parameters
    ----------
    bounded : bool
        As in `printed`.

    Returns
    -------
    str
        ``"[−.31, .12]"``; ``"–"`` for NaN.
    """
    if not np.isfinite(lower + upper):
        return "–"
    low, high = (printed(value, decimals, bounded=bounded) for value in (lower, upper))
    return f"[{low}, {high}]"


def with_interval(
    median: float, lower: float, upper: float, *, decimals: int, bounded: bool = False
) -> str:
    """Write a median with its interval.

    Parameters
    ----------
    bounded : bool
        As in `printed`.

    Returns
    -------
    str
        ``"38.2 [37.1, 39.3]"``; ``"–"`` for NaN.
    """
    middle = printed(median, decimals, bounded=bounded)
    if middle == "–":
        return middle
    return f"{middle} {printed_interval(lower, upper, decimals, bounded=bounded)}"


def probability(share: float) -> str:
    """Write a posterior probability, which draws cannot show to be exactly 0 or 1.

    Parameters
    ----------
    share : float
        Share of draws.

    Returns
    -------
    str
        ``".93"``, ``"> .99"``, ``"< .01"``.
    """
    if share > 0.99:
        return "> .99"
    if share < 0.01:
        return "< .01"
    return printed(share, 2, bounded=True)


def spoken(label: str) -> str:
    """Write an informant's or covariate's label in words.

    Parameters
    ----------
    label : str
        ``"therapist_of_child"``

    Returns
    -------
    str
        ``"therapist of child"``
    """
    return label.replace("_", " ")


def headed(label: str) -> str:
    """Write a label in words at the head of a sentence.

    Parameters
    ----------
    label : str
        ``"therapist_of_child"``

    Returns
    -------
    str
        ``"Therapist of child"``; other letters keep their case.
    """
    words = spoken(label)
    return words[:1].upper() + words[1:]


@checked_arguments
def time_label(ratings: Ratings, time: float) -> str:
    """Write a time with its unit.

    Parameters
    ----------
    time : float
        In units of the time column.

    Returns
    -------
    str
        ``"4 months"``, or ``"time 4"`` where the study file names no unit.
    """
    unit = ratings.time.unit
    return f"{time:.4g} {unit}" if unit else f"time {time:.4g}"


def listed(parts: Sequence[str]) -> str:
    """Join parts as one says them.

    Parameters
    ----------
    parts : sequence of str
        At least one.

    Returns
    -------
    str
        ``"a, b and c"``
    """
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def piped(text: str) -> str:
    """Make text that may stand in a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
