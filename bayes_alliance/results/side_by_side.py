"""Several fits side by side: other models, other priors, other informants, the same data or not.

`side_by_side` collects what is reported of each fit and keeps it under the name of the fit. Which
numbers are of the same thing follows from the labels of their records; what a fit does not have is
missing, and nothing is filled in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import pandas as pd

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.results.collection import Reported, collected

FEWEST, MOST = 2, 4  # fits that a page holds beside each other
SAID = ("name", "title", "about", "status", "citations", "priors", "informants")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SideBySide:
    """What is reported of several fits.

    Parameters
    ----------
    records : mapping of str to Reported
        By the name of the fit; from two to four.
    """

    records: Mapping[str, Reported]

    @property
    def fits(self) -> dict[str, Fit]:
        """The fits by their names."""
        return {name: own.fit for name, own in self.records.items()}

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row per fit and reported number.

        Columns ``fit``, ``name`` (as in a conclusion), the labels of quantities and estimands, and
        the statistics of their summaries.
        """
        own = [
            rows.assign(fit=name)
            for name, records in self.records.items()
            for rows in (records.of_quantities, records.of_results)
        ]
        every = pd.concat(own, ignore_index=True)
        every = every[every["is_listed"].ne(False)].drop(columns=["is_listed", "of"])
        first = ["fit", "name"]
        return every[first + [column for column in every.columns if column not in first]]

    @property
    def sentence(self) -> str:
        """Which fits these are, and whether ratings, models or priors differ."""
        fits = list(self.fits.values())
        if all(_given(one).equals(_given(fits[0])) for one in fits):
            ratings = "the same ratings"
        elif all(one.ratings.informants == fits[0].ratings.informants for one in fits):
            ratings = "other ratings"
        else:
            ratings = "other informants"
        if not all(_structure(one) == _structure(fits[0]) for one in fits):
            model = "other models"
        elif not all(one.spec.priors == fits[0].spec.priors for one in fits):
            model = "the same model under other priors"
        else:
            model = "the same model"
        *before, last = (f"“{name}”" for name in self.records)
        return f"{', '.join(before)} and {last} stand side by side: {ratings}, {model}."

    def __repr__(self) -> str:
        medians = self.table.pivot_table(index="name", columns="fit", values="median", sort=False)
        return f"{self.sentence}\n\n{medians[list(self.records)].round(2).to_string()}"


@checked_arguments
def side_by_side(fits: Mapping[str, Fit], *, prob: Prob = 0.95) -> SideBySide:
    """Set two to four fits beside each other.

    Parameters
    ----------
    fits : mapping of str to Fit
        By the names they are to have; of other models, informants, priors or ratings.
    prob : float
        Posterior probability inside the intervals.

    Raises
    ------
    InputError
        If there are fewer fits, or more.

    Examples
    --------
    >>> beside = side_by_side({"growth": fit, "heavy tails": robust})  # doctest: +SKIP
    >>> tables.side_by_side(beside).to_docx("fits.docx")  # doctest: +SKIP
    """
    if not FEWEST <= len(fits) <= MOST:
        message = f"from {FEWEST} to {MOST} fits stand side by side; there are {len(fits)}"
        raise InputError([Problem(where="fits", message=message)], "fits")
    return SideBySide(records={name: collected(one, prob=prob) for name, one in fits.items()})


def _given(fit: Fit) -> pd.DataFrame:
    return fit.ratings.observed


def _structure(fit: Fit) -> list[object]:
    """A model without its priors, and without what is only said of it."""
    return [getattr(fit.spec, one.name) for one in fields(fit.spec) if one.name not in SAID]
