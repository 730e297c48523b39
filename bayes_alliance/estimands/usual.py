r"""The usual analysis beside the joint model: what changes, and why.

The usual analysis takes each informant alone: a linear mixed model with random intercepts, and for
agreement the correlation between two informants' ratings of one occasion. `usual_analysis` fits it
(model ``separate_levels``), fits the joint growth model (``informant_growth``) to the same ratings,
and puts the answers to the same questions into one table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Unpack

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtri

from bayes_alliance.errors import Prob, Seed, checked_arguments
from bayes_alliance.estimands.agreement import correlation
from bayes_alliance.estimands.variance import shares
from bayes_alliance.posterior.fit import Fit, fit, uninterrupted
from bayes_alliance.posterior.sampling import SamplerOptions
from bayes_alliance.posterior.study_average import average_growth
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import load_model, without

SEPARATE, JOINT = "separate_levels", "informant_growth"
WHY = {
    "average level": (
        "the joint model also uses what the other informants said of a child when one is missing "
        "or the family has left"
    ),
    "average change": (
        "as for the level; and children may differ in change, so the interval no longer takes "
        "many ratings of few children for as many independent ones"
    ),
    "share between children": (
        "what therapists differ in, and how children differ in change, no longer counts as, or "
        "hides, stable differences between children"
    ),
    "share between therapists": "the usual analysis has no therapists",
    "agreement": (
        "usual: ratings of one occasion, noise included; joint: what the two mean of one child "
        "against others of the same therapist, noise of single occasions taken out"
    ),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UsualAnalysis:
    """The usual analysis and the joint model side by side.

    Parameters
    ----------
    table : DataFrame
        Columns ``quantity``, ``of``, ``usual``, ``usual_lower``, ``usual_upper``, ``joint``,
        ``joint_lower``, ``joint_upper`` (medians and intervals), ``difference`` (joint minus
        usual), ``why``.
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
        return f"<p>{self.sentence}</p>{self.table.round(2).to_html(index=False)}"


@checked_arguments
def usual_analysis(
    ratings: Ratings, *, seed: Seed, prob: Prob = 0.95, **sampler: Unpack[SamplerOptions]
) -> UsualAnalysis:
    """Fit each informant alone and all together, and compare.

    Parameters
    ----------
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
    joint_spec = load_model(JOINT)
    if not ratings.has_therapists:
        joint_spec = without(joint_spec, "therapist")
    separate = uninterrupted(
        fit(load_model(SEPARATE), ratings, seed=seed, progress=False, **sampler)
    )
    joint = uninterrupted(fit(joint_spec, ratings, seed=seed, progress=False, **sampler))
    return side_by_side(separate, joint, prob=prob)


def side_by_side(separate: Fit, joint: Fit, *, prob: float = 0.95) -> UsualAnalysis:
    """Compare two fits that were made already.

    Parameters
    ----------
    separate, joint : Fit
        Of a model with independent informants and of a joint model, to the same ratings.
    prob : float
        Posterior probability inside the intervals.
    """
    informants = joint.design.informants
    time = joint.ratings.time.origin
    alone, together = (average_growth(one.moments, one.design) for one in (separate, joint))
    per_informant = {
        "average level": (alone["level"], together["level"]),
        "average change": (alone.get("slope"), together.get("slope")),
        "share between children": (_share(separate, "child"), _share(joint, "child")),
        "share between therapists": (None, _share(joint, "therapist")),
    }
    rows = [
        _row(
            quantity, informant, _interval(usual, informant, prob), _interval(new, informant, prob)
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
        rows.append(_row("agreement", f"{first};{second}", raw, latent_interval))
    table = pd.DataFrame(rows)
    return UsualAnalysis(
        separate=separate, joint=joint, table=table, sentence=_sentence(table, joint)
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


def pairs_by_name(informants: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Pairs of informants by what the table calls them: ``"child;caregiver"``."""
    return {f"{first};{second}": (first, second) for first, second in combinations(informants, 2)}


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
    quantity: str, of: str, usual: tuple[float, float, float], joint: tuple[float, float, float]
) -> dict[str, object]:
    return {
        "quantity": quantity,
        "of": of,
        **dict(zip(("usual", "usual_lower", "usual_upper"), usual, strict=True)),
        **dict(zip(("joint", "joint_lower", "joint_upper"), joint, strict=True)),
        "difference": joint[0] - usual[0],
        "why": WHY[quantity],
    }


def _slope_unit(fit: Fit) -> str:
    time = fit.ratings.time
    return f"{time.per:g} {time.unit}".strip()


def _sentence(table: pd.DataFrame, joint: Fit) -> str:
    def largest(quantity: str) -> pd.Series | None:
        rows = table[(table["quantity"] == quantity) & table["difference"].notna()]
        if rows.empty:
            return None
        return rows.sort_values("difference", key=abs, ascending=False).iloc[0]

    said = []
    change = largest("average change")
    if change is not None:
        said.append(
            f"the average change of {change['of']} is {change['joint']:.2f} instead of "
            f"{change['usual']:.2f} points per {_slope_unit(joint)} (the largest difference in "
            "change)"
        )
    agreement = largest("agreement")
    if agreement is not None:
        first, second = pairs_by_name(joint.ratings.informants)[agreement["of"]]
        said.append(
            f"{first} and {second} agree with a correlation of {agreement['joint']:.2f} in what "
            f"they mean instead of {agreement['usual']:.2f} in what they rate"
        )
    therapists = table[table["quantity"] == "share between therapists"]
    if len(therapists):
        most = therapists.sort_values("joint", ascending=False).iloc[0]
        said.append(
            f"therapists, absent from the usual analysis, account for {100 * most['joint']:.0f} % "
            f"of the variance of {most['of']} ratings"
        )
    differences = "; ".join(said) or "nothing to compare"
    made_up = " (SYNTHETIC ratings)" if joint.ratings.synthetic else ""
    return f"Beside separate models{made_up}, with all informants in one model {differences}."
