"""Numbers and names as text: how many digits a posterior supports, how labels are said."""

from collections.abc import Sequence

import numpy as np


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


def written(value: float, decimals: int) -> str:
    """Write a number with fixed decimals, without a negative zero.

    Returns
    -------
    str
        ``"-"`` for NaN.
    """
    if not np.isfinite(value):
        return "-"
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def with_interval(median: float, lower: float, upper: float, *, decimals: int) -> str:
    """Write a median with its interval.

    Returns
    -------
    str
        ``"38.2 [37.1, 39.3]"``
    """
    bounds = f"[{written(lower, decimals)}, {written(upper, decimals)}]"
    return f"{written(median, decimals)} {bounds}"


def probability(share: float) -> str:
    """Write a posterior probability, which draws cannot show to be exactly 0 or 1.

    Parameters
    ----------
    share : float
        Share of draws.

    Returns
    -------
    str
        ``"0.93"``, ``"> 0.99"``, ``"< 0.01"``.
    """
    if share > 0.99:
        return "> 0.99"
    if share < 0.01:
        return "< 0.01"
    return f"{share:.2f}"


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


def printed(value: float, decimals: int, *, bounded: bool = False) -> str:
    """Write a number as it is printed in a paper.

    Parameters
    ----------
    bounded : bool
        Whether the quantity cannot exceed 1 in size (a correlation, a share, a probability): then
        no zero stands before the point.

    Returns
    -------
    str
        ``"−.31"``, ``"38.2"``; ``"–"`` for NaN.
    """
    text = written(value, decimals)
    if text == "-":
        return "–"
    sign, number = ("−", text[1:]) if text.startswith("-") else ("", text)
    return sign + (number.removeprefix("0") if bounded and "." in number else number)


def printed_interval(lower: float, upper: float, decimals: int, *, bounded: bool = False) -> str:
    """Write an interval as it is printed in a paper.

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


def piped(text: str) -> str:
    """Make text that may stand in a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
