"""Responses to single items: where they stand in a file, and the totals made of them.

A study file with an ``[items]`` table says that the file holds the items of a questionnaire
instead of its total score. They are checked cell by cell, kept as they were answered, and summed
to totals as `scoring.total` does, so that every model of ratings can be fitted; models of single
items read them from ``Ratings.long``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.errors import Problem

if TYPE_CHECKING:
    from bayes_alliance.ratings.study import Study
    from bayes_alliance.ratings.study.tables import ItemsTable

type Floats = NDArray[np.float64]


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


def prorated(values: NDArray[np.float64], *, share: float) -> NDArray[np.float64]:
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


def columns_of(study: "Study", label: str) -> list[str]:
    """Columns of the ratings file with an informant's items.

    Parameters
    ----------
    study : Study
        With items.
    label : str
        Of the informant.

    Returns
    -------
    list of str
        One for each item.
    """
    table = table_of(study)
    pattern = table.column or ("{informant}_{item}" if study.layout == "wide" else "{item}")
    told = study.informants[label]
    return [
        pattern.replace("{informant}", told).replace("{item}", item)
        if study.layout == "wide"
        else pattern.replace("{item}", item)
        for item in table.names
    ]


def item_problems(study: "Study") -> list[Problem]:
    """Find what is wrong between the items of a study file and its other tables."""
    table = study.items
    if table is None:
        return []
    problems = []
    if study.layout == "long" and table.column is not None and "{informant}" in table.column:
        message = "in long layout a row has the items of one informant: leave {informant} out"
        problems.append(Problem(where="[items] column", value=table.column, message=message))
    if study.layout == "wide" and "{informant}" not in (table.column or "{informant}"):
        message = 'must name the informant too, as in "{informant}_{item}"'
        problems.append(Problem(where="[items] column", value=table.column, message=message))
    lower, upper = (len(table.names) * end for end in (table.lower, table.upper))
    for label, scale in study.scales.items() if _scales_known(study) else ():
        if (scale.lower, scale.upper) != (lower, upper):
            where = "[scale]" if not isinstance(study.scale, Mapping) else f"[scale.{label}]"
            message = (
                f"must be that of the total: {len(table.names)} items of {table.lower} to "
                f"{table.upper} have lower = {lower} and upper = {upper}"
            )
            problems.append(Problem(where=where, value=str(scale), message=message))
    return list(dict.fromkeys(problems))


def _scales_known(study: "Study") -> bool:
    return not isinstance(study.scale, Mapping) or set(study.scale) >= set(study.informants)


def table_of(study: "Study") -> "ItemsTable":
    """Return the items of a study that has some."""
    assert study.items is not None, "asked for the items of a study without items"
    return study.items
