"""The order of ratings with a value behind them: those of a child together."""

import numpy as np

from bayes_alliance.arrays import Integers
from bayes_alliance.design import Design


def by_child(design: Design) -> tuple[Integers, Integers]:
    """Row and informant of all ratings, those of a child together."""
    row, informant = np.nonzero(design.present)
    order = np.argsort(design.occasion_child[row], kind="stable")
    return row[order], informant[order]


def responses(design: Design) -> tuple[Integers, Integers, Integers]:
    """Responses by informant, item and response.

    Returns
    -------
    start : array of int, shape (K J C + 1,)
    rating, item : array of int, shape (responses,)
        Number of the rating among those by child, and of the item.
    """
    items = design.items
    assert items is not None
    n_items, n_values = len(items.names), len(items.steps) + 1
    number = np.empty(design.present.shape, dtype=np.int64)
    number[by_child(design)] = np.arange(design.n_ratings)
    row, informant, item, response = items.answered()
    group = (informant * n_items + item) * n_values + response
    counts = np.bincount(group, minlength=len(design.informants) * n_items * n_values)
    order = np.argsort(group, kind="stable")
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return start, number[row, informant][order], item[order]
