"""Responses to single items as arrays: what models of items read beside the design.

A rating counts here as soon as a single item was answered; its total, prorated, stands for it where
a number is needed (starting values, statistics of predictive checks).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.items import prorated
from bayes_alliance.specification import ModelSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class ItemResponses:
    """Responses of all informants to the items of a questionnaire.

    Parameters
    ----------
    lower, upper : int
        Lowest and highest response.
    values : array, shape (R, K, J)
        Responses above the lowest (0, 1, ...), reverse items turned; -1 where not answered.
    """

    names: tuple[str, ...]
    lower: int
    upper: int
    values: NDArray[np.int64]

    @property
    def steps(self) -> tuple[str, ...]:
        """Labels of the steps between responses, ``"1|2"``."""
        return tuple(f"{at}|{at + 1}" for at in range(self.lower, self.upper))

    @property
    def half(self) -> float:
        """Half the range of an item."""
        return 0.5 * (self.upper - self.lower)

    @property
    def middle(self) -> float:
        """Midpoint of the range of an item."""
        return 0.5 * (self.upper + self.lower)

    @property
    def outermost(self) -> float:
        """How far the first and the last step lie from the middle on average, in half ranges."""
        return 1.0 - 0.5 / self.half

    def answered(self) -> tuple[NDArray[np.int64], ...]:
        """Row, informant, item and response of every item that was answered."""
        row, informant, item = np.nonzero(self.values >= 0)
        return row, informant, item, self.values[row, informant, item]

    def totals(self, values: NDArray[np.int64]) -> NDArray[np.float64]:
        """Totals of responses to the items that were answered, prorated.

        Parameters
        ----------
        values : array, shape (R, K, J)
            Responses above the lowest, to all items.

        Returns
        -------
        array, shape (R, K)
            NaN where no item was answered.
        """
        given = np.where(self.values >= 0, values + float(self.lower), np.nan)
        flat = given.reshape(-1, len(self.names))
        return prorated(flat, share=0.0).reshape(given.shape[:2])


def with_all_answered(spec: ModelSpec, ratings: Ratings) -> Ratings:
    """Let every rating with an answered item count, where the model is one of items.

    Returns
    -------
    Ratings
        The same for other models.
    """
    items = ratings.items
    if not spec.family.items or items is None:
        return ratings
    long = ratings.long.copy()
    answers = items.turned(long[items.columns].to_numpy(dtype=np.float64))
    long["rating"] = prorated(answers, share=0.0)
    long.loc[long["rating"].notna(), "status"] = "rated"
    return replace(ratings, long=long)


def item_responses(spec: ModelSpec, ratings: Ratings, occasions: pd.Index) -> ItemResponses | None:
    """Responses in the order of a design's occasions.

    Parameters
    ----------
    ratings : Ratings
        As from `with_all_answered`.
    occasions : Index
        Child and time of each row of the design.

    Returns
    -------
    ItemResponses or None
        None if the model is not one of items.
    """
    items = ratings.items
    if not spec.family.items or items is None:
        return None
    long = ratings.long
    row = occasions.get_indexer(pd.MultiIndex.from_frame(long[["child", "time"]]))
    informant = pd.Index(ratings.informants).get_indexer(pd.Index(long["informant"]))
    answers = items.turned(long[items.columns].to_numpy(dtype=np.float64)) - items.lower
    values = np.full((len(occasions), len(ratings.informants), len(items.names)), -1)
    there = row >= 0
    values[row[there], informant[there]] = np.where(np.isnan(answers), -1, answers)[there]
    return ItemResponses(
        names=items.names, lower=items.lower, upper=items.upper, values=values.astype(np.int64)
    )
