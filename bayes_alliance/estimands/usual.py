r"""The usual analysis beside the joint model: what changes, and why.

The usual analysis takes each informant alone: a linear mixed model with random intercepts, and for
agreement the correlation between two informants' ratings of one occasion. `usual_analysis` fits it
(model ``separate_levels``, with trajectory and covariates of the joint model), fits the joint
growth model to the same ratings, and puts the answers to the same questions into one table.
"""

from dataclasses import dataclass, replace
from html import escape
from itertools import combinations
from typing import Unpack

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtri

from bayes_alliance.errors import Prob, Seed, checked_arguments
from bayes_alliance.estimands.agreement import correlation
from bayes_alliance.estimands.effects import trajectories
from bayes_alliance.estimands.usual_words import (
    HARDLY_DIFFERS,
    hardly_differ,
    in_slopes,
    in_words,
    why,
)
from bayes_alliance.estimands.variance import shares
from bayes_alliance.posterior.fit import Fit, fit, uninterrupted
from bayes_alliance.posterior.sampling import SamplerOptions
from bayes_alliance.posterior.study_average import average_growth
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec, load_model, with_covariates, without

SEPARATE, JOINT = "separate_levels", "informant_growth"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UsualAnalysis:
    """The usual analysis and the joint model side by side.

    Parameters
    ----------
    table : DataFrame
        Columns ``quantity``, ``of``, ``usual``, ``usual_lower``, ``usual_upper``, ``joint``,
        ``joint_lower``, ``joint_upper`` (medians and intervals), ``difference`` (joint minus
        usual), ``differs`` (by a tenth of the width of the usual interval or more, or in width by
        a quarter), ``why``. Averages are over the children of the study, of ratings on the
        observed scale; change is the slope, or from the first to the last time in a model of
        which a slope is not all change.
    sentence : str
        What changes most, in words.
    """

    separate: Fit
    joint: Fit
    table: pd.DataFrame
    sentence: str

    def __repr__(self) -> str:
        shown = self.table.drop(columns="why").round(2)
        return f"{self.sentence}\n\n{shown.to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>{self.table.round(2).to_html(index=False)}"


@checked_arguments
def usual_analysis(
    ratings: Ratings,
    *,
    joint: ModelSpec | None = None,
    seed: Seed,
    prob: Prob = 0.95,
    **sampler: Unpack[SamplerOptions],
) -> UsualAnalysis:
    """Fit each informant alone and all together, and compare.

    Parameters
    ----------
    joint : ModelSpec, optional
        Of all together; ``informant_growth`` if not given. Its covariates act in both.
    seed : int
        Of both fits.
    prob : float
        Posterior probability inside the intervals.
    **sampler
        As in `fit`.

    Raises
    ------
    InputError
        If the models cannot be fitted to these ratings.

    Examples
    --------
    >>> usual = usual_analysis(ratings, seed=1)  # doctest: +SKIP
    >>> usual.table  # doctest: +SKIP
    """
    joint_spec = load_model(JOINT) if joint is None else joint
    if not ratings.has_therapists:
        joint_spec = without(joint_spec, "therapist")
    separate, together = (
        uninterrupted(fit(spec, ratings, seed=seed, progress=False, **sampler))
        for spec in (alone(joint_spec), joint_spec)
    )
    return side_by_side(separate, together, prob=prob)


def alone(joint: ModelSpec) -> ModelSpec:
    """The model of each informant alone, with trajectory and covariates of a joint model.

    Parameters
    ----------
    joint : ModelSpec
        Where it shrinks effects, or gives informants one effect, the usual analysis does not.
        Priors of growth coefficients are the joint model's where that runs on no straight line.
    """
    spec = load_model(SEPARATE)
    if joint.trajectory != spec.trajectory:
        straight, growth = spec.trajectory.coefficients, joint.trajectory.coefficients
        priors = {key: prior for key, prior in spec.priors.items() if key not in straight}
        priors |= {name: joint.priors[name] for name in growth}
        spec = replace(spec, trajectory=joint.trajectory, priors=priors)
    terms = []
    for term in joint.covariates:
        on = tuple(one for one in term.on if one in (*spec.trajectory.coefficients, "rating"))
        terms += [replace(term, on=on, shared=False)] if on else []
    if not terms:
        return spec
    default = with_covariates(spec, {term.name: term.on for term in terms})
    prior = joint.priors["covariate"]
    own = {} if prior.traits.shrinks else {"covariate": prior}
    return replace(default, covariates=tuple(terms), priors={**default.priors, **own})


def side_by_side(separate: Fit, joint: Fit, *, prob: float = 0.95) -> UsualAnalysis:
    """Compare two fits that were made already.

    Parameters
    ----------
    separate, joint : Fit
        Of a model with independent informants, as from `alone`, and of a joint model, to the same
        ratings.
    prob : float
        Posterior probability inside the intervals.
    """
    informants, time = joint.design.informants, joint.ratings.time.origin
    reasons = why(joint)
    per_informant = {
        "average level": (_level(separate), _level(joint)),
        "average change": _changes(separate, joint),
        "share between children": (_share(separate, "child"), _share(joint, "child")),
        "share between therapists": (None, _share(joint, "therapist")),
    }
    rows = [
        _row(
            quantity,
            informant,
            _interval(usual, informant, prob),
            _interval(new, informant, prob),
            reasons[quantity],
        )
        for quantity, (usual, new) in per_informant.items()
        if new is not None
        for informant in informants
    ]
    latent = correlation(joint, level="child", time=time) if "child_cov" in joint.moments else None
    for first, second in combinations(informants, 2):
        if latent is None:
            break
        draws = latent.sel(informant=first, informant_=second).values.ravel()
        latent_interval = _quantiles(draws, prob)
        raw = raw_correlation(joint.ratings, first, second, prob=prob)
        of = f"{first};{second}"
        rows.append(_row("agreement", of, raw, latent_interval, reasons["agreement"]))
    table = pd.DataFrame(rows)
    return UsualAnalysis(
        separate=separate, joint=joint, table=table, sentence=in_words(table, joint)
    )


def raw_correlation(
    ratings: Ratings, first: str, second: str, *, prob: float = 0.95
) -> tuple[float, float, float]:
    r"""Correlation of two informants' ratings of one occasion, as it is usually computed.

    .. math:: \tanh(\mathrm{artanh}\, r \pm z_{(1 + p) / 2} / \sqrt{n - 3})

    Parameters
    ----------
    first, second : str
        Informants.
    prob : float
        Of the interval.

    Returns
    -------
    estimate, lower, upper : float
        At the occasion that most children were rated at by both; NaN with fewer than four of them.

    References
    ----------
    Fisher (1921), Metron 1, 3-32.
    """
    observed = ratings.observed
    wide = observed.pivot_table(index=["time", "child"], columns="informant", values="rating")
    if not {first, second} <= set(wide.columns):
        return np.nan, np.nan, np.nan
    both = wide[[first, second]].dropna()
    if both.empty:
        return np.nan, np.nan, np.nan
    at = both.groupby(level="time").size().idxmax()
    pairs = both.xs(at, level="time").to_numpy()
    n = len(pairs)
    if n < 4 or (pairs.std(axis=0) == 0).any():
        return np.nan, np.nan, np.nan
    r = float(np.corrcoef(pairs.T)[0, 1])
    half = float(ndtri((1 + prob) / 2)) / np.sqrt(n - 3)
    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))


def _level(fit: Fit) -> xr.DataArray:
    """Average rating where the level is read."""
    return _course(fit, (float(fit.ratings.time.origin),)).isel(time=0, drop=True)


def _changes(separate: Fit, joint: Fit) -> tuple[xr.DataArray | None, xr.DataArray | None]:
    """Average change of both: of the slope where it is all change, else over the time observed."""
    if in_slopes(joint):
        usual, together = (
            average_growth(one.moments, one.design)["slope"] for one in (separate, joint)
        )
        return usual, together
    times = np.unique(joint.design.occasion_time)
    if not joint.spec.trajectory.changes or len(times) < 2:
        return None, None
    courses = (_course(one, (float(times[0]), float(times[-1]))) for one in (separate, joint))
    usual, together = (one.isel(time=1, drop=True) - one.isel(time=0, drop=True) for one in courses)
    return usual, together


def _course(fit: Fit, times: tuple[float, ...]) -> xr.DataArray:
    return trajectories(fit, times=times, observed=fit.spec.family.observed_differs)


def _share(fit: Fit, source: str) -> xr.DataArray | None:
    by_source = shares(fit)
    return by_source.sel(source=source) if source in by_source["source"] else None


def _interval(
    draws: xr.DataArray | None, informant: str, prob: float
) -> tuple[float, float, float]:
    if draws is None:
        return np.nan, np.nan, np.nan
    return _quantiles(draws.sel(informant=informant).values.ravel(), prob)


def _quantiles(values: np.ndarray, prob: float) -> tuple[float, float, float]:
    median, lower, upper = np.quantile(values, [0.5, (1 - prob) / 2, (1 + prob) / 2])
    return float(median), float(lower), float(upper)


def _row(
    quantity: str,
    of: str,
    usual: tuple[float, float, float],
    joint: tuple[float, float, float],
    reason: str,
) -> dict[str, object]:
    alike = hardly_differ(usual, joint)
    return {
        "quantity": quantity,
        "of": of,
        **dict(zip(("usual", "usual_lower", "usual_upper"), usual, strict=True)),
        **dict(zip(("joint", "joint_lower", "joint_upper"), joint, strict=True)),
        "difference": joint[0] - usual[0],
        "differs": not alike,
        "why": HARDLY_DIFFERS if alike else reason,
    }
