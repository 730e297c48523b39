"""Item responses to totals: reverse items, skipped items, checks of range.

Use `total` before reading ratings, where a file holds the items of a questionnaire instead of its
total score. Skipped items are prorated: the total is the mean of the answered items times the
number of items, which is the same as filling in a child's own item mean. It is given only if at
least a stated share of the items was answered. Half is a common rule (Fairclough & Cella 1996,
Quality of Life Research 5, 321-329); the default here, 0.8, is stricter and a *judgement*: with
twelve items up to two may be skipped.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.ratings.items import prorated
from bayes_alliance.ratings.reading.cells import RowNumbers, as_numbers, in_order_of_rows


@checked_arguments
def total(
    items: pd.DataFrame,
    *,
    item_range: tuple[float, float],
    reverse: Sequence[str] = (),
    prorate: float = 0.8,
) -> pd.Series:
    """Sum items to totals: n_items x mean of the answered items, reverse items turned first.

    A reverse item x becomes lower + upper - x. Prorated totals stay within the range of the
    total but need not be whole numbers; models for counts of points need ``prorate=1``.

    Parameters
    ----------
    items : DataFrame
        One column per item of one instrument, nothing else; blank where not answered.
    item_range : tuple of float
        Lowest and highest possible response, ``(1, 4)``.
    reverse : sequence of str
        Columns to turn around.
    prorate : float
        Least share of the items that must be answered, above 0 and at most 1; 1 asks for all.

    Returns
    -------
    Series
        Totals, index of `items`; NaN where too few items were answered.

    Raises
    ------
    InputError
        With every problem; rows are numbered as in a file with the header in row 1.

    Examples
    --------
    >>> items = pd.DataFrame({"warm": [4, 3], "tense": [1, 4]})
    >>> total(items, item_range=(1, 4), reverse=["tense"]).tolist()
    [8.0, 4.0]
    """
    names = [str(name) for name in items.columns]
    lower, upper = float(item_range[0]), float(item_range[1])
    problems = _argument_problems(names, (lower, upper), reverse, prorate)
    values = np.full((len(items), len(names)), np.nan)
    rows = RowNumbers(number=np.arange(2, len(items) + 2))
    for position, name in enumerate(names):
        column = items.iloc[:, position]
        numbers, not_numbers = as_numbers(column)
        outside = (numbers < lower) | (numbers > upper)
        raw = column.astype(object).to_numpy()
        for wrong, message in (
            (not_numbers, "is not a number"),
            (outside, f"is outside the range of an item ({lower:g} to {upper:g})"),
        ):
            problems += [
                rows.problem(int(at), column=name, value=raw[at], message=message)
                for at in np.flatnonzero(wrong)
            ]
        values[:, position] = lower + upper - numbers if name in reverse else numbers
    if problems:
        raise InputError(in_order_of_rows(problems), "items")
    return pd.Series(prorated(values, share=prorate), index=items.index, name="total")


def _argument_problems(
    names: list[str], item_range: tuple[float, float], reverse: Sequence[str], prorate: float
) -> list[Problem]:
    problems = []
    if not names:
        problems.append(Problem(where="items", message="has no columns"))
    problems += [
        Problem(where=f"column {name}", message="stands more than once among the items")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    lower, upper = item_range
    if lower >= upper:
        message = "must be two numbers, the lower first"
        problems.append(Problem(where="item_range", value=item_range, message=message))
    if not 0 < prorate <= 1:
        message = "must be above 0 and at most 1"
        problems.append(Problem(where="prorate", value=prorate, message=message))
    problems += [
        Problem(where="reverse", value=name, message=f"is not an item.{nearest(name, names)}")
        for name in reverse
        if name not in names
    ]
    return problems
