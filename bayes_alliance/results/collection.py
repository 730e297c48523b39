"""Everything that is reported of a fit, computed once and handed on.

Summaries, tables, figures, prose and checklists read a `Reported`: the scalar quantities of the
model and its reported estimands as records, with a summary of each. `summary` and `estimands` are
its two csv files.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.design.unidentified import unidentified_effects
from bayes_alliance.errors import InputError, Prob, checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.scalars import Scalar, quantities
from bayes_alliance.results import reported
from bayes_alliance.results.record import LABELS, Result
from bayes_alliance.results.summaries import free, rows

SUMMARY = ["mean", "sd", "median", "lower", "upper", "ess_bulk", "ess_tail", "r_hat"]
ESTIMANDS = ["mean", "sd", "median", "lower", "upper", "ess_bulk", "r_hat"]
INFORMED = ["contraction", "prior_driven"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reported:
    """Records of a fit with their summaries.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.
    quantities : tuple of Scalar
    of_quantities : DataFrame
        A row per quantity, as from `rows`.
    results : tuple of Result
        The estimands of ``estimands.csv``, then those that only sentences and figures need.
    of_results : DataFrame
        A row per result, as from `rows`, and ``of``, its text; ``is_listed``: whether it stands
        in ``estimands.csv``.
    """

    fit: Fit
    prob: float
    quantities: tuple[Scalar, ...]
    of_quantities: pd.DataFrame
    results: tuple[Result, ...]
    of_results: pd.DataFrame

    @property
    def summary(self) -> pd.DataFrame:
        """What ``summary.csv`` holds."""
        return _summary(self.of_quantities)

    @property
    def estimands(self) -> pd.DataFrame:
        """What ``estimands.csv`` holds."""
        return self.listed()[0]

    def listed(self, rows: pd.DataFrame | None = None) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
        """Select the rows of ``estimands.csv``.

        Parameters
        ----------
        rows : DataFrame, optional
            Rows of ``of_results`` to select from; all if not given.

        Returns
        -------
        rows : DataFrame
        is_bounded : array of bool
            Whether each cannot exceed 1 in size.
        """
        every = self.of_results if rows is None else rows
        own = every[every["is_listed"]]
        columns = ["estimand", "of", *LABELS, *ESTIMANDS, *INFORMED]
        return own[columns].reset_index(drop=True), own["is_bounded"].to_numpy()

    def averages(self, coefficient: str) -> pd.DataFrame:
        """Select summaries of an average growth coefficient, a row per informant."""
        return self.of_quantities[self.of_quantities["quantity"] == coefficient]

    def covariate_effects(self) -> pd.DataFrame:
        """Select summaries of effects, a row per covariate, informant and what is acted on."""
        known = self.of_quantities[["covariate", "coefficient", "informant"]].notna().all(axis=1)
        return self.of_quantities[known]

    def select(
        self,
        *,
        estimand: str | None = None,
        level: str | None = None,
        coefficient: str | None = None,
        source: str | None = None,
        informant: str | None = None,
        covariate: str | None = None,
        time: float | None = None,
    ) -> pd.DataFrame:
        """Select summaries of results by their labels; of pairs, `informant` is the first.

        Returns
        -------
        DataFrame
            Rows of ``of_results`` that are numbers, with the labels that are given.
        """
        asked = {
            "estimand": estimand,
            "level": level,
            "coefficient": coefficient,
            "source": source,
            "informant": informant,
            "covariate": covariate,
            "time": time,
        }
        rows = self.of_results
        wanted = rows["median"].notna()
        for name, label in asked.items():
            if label is not None:
                wanted &= rows[name] == label
        return rows[wanted]


@checked_arguments
def collected(fit: Fit, *, prob: Prob = 0.95, prior: Fit | None = None) -> Reported:
    """Compute everything that is reported of a fit.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.
    prior : Fit, optional
        The prior, as from ``prior_fit``; drawn here, with the seed of the fit, if not given.
    """
    before = drawn_prior(fit) if prior is None else prior
    expected = () if before is None else (*reported.estimands(before), *reported.at_origin(before))
    listed = free(tuple(reported.estimands(fit)), expected)
    beside = free(tuple(reported.at_origin(fit)), expected)
    of_results = rows((*listed, *beside), prob=prob, before=expected)
    of_results["of"] = [one.of for one in (*listed, *beside)]
    of_results["is_listed"] = [True] * len(listed) + [False] * len(beside)
    scalars = tuple(quantities(fit.moments, fit.design))
    return Reported(
        fit=fit,
        prob=prob,
        quantities=scalars,
        of_quantities=_marked(rows(scalars, prob=prob, before=_quantities(before)), fit),
        results=(*listed, *beside),
        of_results=of_results,
    )


def of_quantities(fit: Fit, *, prob: float = 0.95, prior: Fit | None = None) -> pd.DataFrame:
    """Summarise the scalar quantities of a fit.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.
    prior : Fit, optional
        The prior, for contraction.

    Returns
    -------
    DataFrame
        A row per quantity, as from `rows`.
    """
    scalars = tuple(quantities(fit.moments, fit.design))
    return _marked(rows(scalars, prob=prob, before=_quantities(prior)), fit)


def _marked(of_quantities: pd.DataFrame, fit: Fit) -> pd.DataFrame:
    """Let effects that ratings cannot tell stand on the prior, however much less they vary."""
    effects = unidentified_effects(fit.design, fit.ratings)
    named = zip(of_quantities["covariate"], of_quantities["coefficient"], strict=True)
    unknown = np.array([one in effects for one in named], dtype=bool)
    driven = of_quantities["prior_driven"].astype(object).mask(unknown, True)
    return of_quantities.assign(prior_driven=driven)


def drawn_prior(fit: Fit) -> Fit | None:
    """Draw the prior of a fit's model, if it can be drawn.

    Returns
    -------
    Fit or None
        With the seed of the fit.
    """
    try:
        return prior_fit(fit.spec, fit.ratings, seed=fit.seed)
    except InputError:
        return None


@checked_arguments
def summary(fit: Fit, *, prob: Prob = 0.95) -> pd.DataFrame:
    """Summarise every parameter of a fit: what ``summary.csv`` holds.

    Parameters
    ----------
    prob : float
        Posterior probability inside the interval.

    Returns
    -------
    DataFrame
        Columns ``quantity, mean, sd, median, lower, upper, ess_bulk, ess_tail, r_hat``, in rating
        points. Quantities are written ``level[child]``, ``level_on[anxiety,child]``,
        ``child_sd[child,level]``, ``child_cor[child,level;caregiver,level]``,
        ``residual_cor[child;caregiver]``; what the model fixes is absent.
    """
    return _summary(of_quantities(fit, prob=prob))


@checked_arguments
def estimands(fit: Fit, *, prob: Prob = 0.95, prior: Fit | None = None) -> pd.DataFrame:
    """Summarise what the model implies: what ``estimands.csv`` holds.

    Parameters
    ----------
    prob : float
        Posterior probability inside the interval.
    prior : Fit, optional
        The prior, as from ``prior_fit``; drawn here, with the seed of the fit, if not given.

    Returns
    -------
    DataFrame
        Columns ``estimand, of, level, coefficient, source, informant, informant_, covariate, time,
        time_, mean, sd, median, lower, upper, ess_bulk, r_hat, contraction, prior_driven``.
        ``estimand`` is the dotted name of the function; the labels after it are those of a
        `Result`, and ``of`` is their text: ``variance.shares`` of ``therapist,child,time=4``,
        ``agreement.correlation`` of ``child,level,child;caregiver`` or
        ``total,time=4,child;caregiver``. The last two columns are empty where the prior cannot be
        drawn.
    """
    return collected(fit, prob=prob, prior=prior).estimands


def _quantities(prior: Fit | None) -> tuple[Scalar, ...]:
    return () if prior is None else tuple(quantities(prior.moments, prior.design))


def _summary(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[["name", *SUMMARY]].rename(columns={"name": "quantity"})
