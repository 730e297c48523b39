"""Responses to single items, and the totals made of them.

A study file with an ``[items]`` table says that the file holds the items of a questionnaire
instead of its total score. They are checked cell by cell, kept as they were answered, and summed
to totals as `scoring.total` does, so that every model of ratings can be fitted; models of single
items read them from ``Ratings.long``.
"""

from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Floats


@dataclass(frozen=True, kw_only=True)
class Items:
    """The items of a questionnaire, the same for all informants.

    Parameters
    ----------
    lower, upper : int
        Lowest and highest possible response; the others are the whole numbers between.
    reverse : tuple of str
        Items that are turned around before they are summed.
    prorate : float
        Least share of the items that must be answered for a total.
    """

    names: tuple[str, ...]
    lower: int
    upper: int
    reverse: tuple[str, ...] = ()
    prorate: float = 0.8

    @property
    def columns(self) -> list[str]:
        """Columns of ``Ratings.long`` with the responses, as they were answered."""
        return [f"item_{name}" for name in self.names]

    def turned(self, responses: Floats) -> Floats:
        """Responses with reverse items turned: x becomes lower + upper - x.

        Parameters
        ----------
        responses : array, shape (n, n_items)
            As answered; NaN where not.

        Returns
        -------
        array, shape (n, n_items)
            More is more of what the questionnaire measures.
        """
        turn = np.isin(self.names, self.reverse)
        return np.where(turn, self.lower + self.upper - responses, responses)

    def totals(self, responses: Floats) -> Floats:
        """Totals of responses; see `scoring.total`.

        Parameters
        ----------
        responses : array, shape (n, n_items)
            As answered; NaN where not.

        Returns
        -------
        array, shape (n,)
            NaN where fewer than the stated share of the items was answered.
        """
        return prorated(self.turned(responses), share=self.prorate)


def prorated(values: Floats, *, share: float) -> Floats:
    """Number of items times the mean of those answered.

    Parameters
    ----------
    values : array, shape (n, n_items)
        Reverse items turned; NaN where not answered.
    share : float
        Least share of the items that must be answered.

    Returns
    -------
    array, shape (n,)
        NaN where fewer were.
    """
    n_items = values.shape[1]
    answered = ~np.isnan(values)
    n_answered = answered.sum(axis=1)
    means = np.where(answered, values, 0.0).sum(axis=1) / np.maximum(n_answered, 1)
    # Compared as counts: 0.8 of ten items is eight, although 0.8 * 10 need not be in floats.
    enough = n_answered >= np.maximum(1.0, np.ceil(share * n_items - 1e-9))
    return np.where(enough, means * n_items, np.nan)
