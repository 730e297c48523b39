"""What does the model expect before it has seen a rating? Priors, said in rating points.

Ratings are replicated from the prior alone: no posterior is sampled, so this takes seconds and can
be done before any ratings are looked at closely. Two things can be wrong: the prior expects
ratings that cannot exist, or the observed ratings lie where the prior says they hardly can (Box
1980; Evans and Moshonov 2006; Gabry et al. 2019).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Count, Seed, checked_arguments
from bayes_alliance.numerals import percent, printed
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.posterior_predictive import comparison, most_departing
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.replicate import replicated, replicates
from bayes_alliance.posterior.verdict import WARN_BELOW, Check, Verdict, verdict_of
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.phrases import capitalised

# Judgement: a prior that puts more than half of all ratings where none can be says too little.
MOST_OUTSIDE = 0.5
# Prior draws that tell whether it does.
FEW = 40


@checked_arguments
def prior_predictive(spec: ModelSpec, ratings: Ratings, *, seed: Seed, n: Count = 1000) -> Check:
    """Whether the prior expects ratings that can exist, and the observed ones among them.

    Parameters
    ----------
    n : int
        Replicated data sets, each from a prior draw of its own.

    Returns
    -------
    Check
        The table has rows (statistic, of): what the prior expects (share outside the scale, share
        at or beyond its ends, gap between informants' means at the first time, average change and
        how much children differ in it), with median and central 95% range; and the statistics of
        `posterior_predictive` with the observed value and its place in the prior's range. Fails if
        the observed ratings are improbable under the prior (below 0.01), warns below 0.05 or
        if more than half of all replicated ratings lie outside the scale.

    Raises
    ------
    InputError
        If the model does not go with the ratings, or its ratings cannot be replicated.

    References
    ----------
    Box (1980), JRSS A 143, 383-430. Evans and Moshonov (2006), Bayesian Analysis 1(4), 893-914.
    Gabry, Simpson, Vehtari, Betancourt and Gelman (2019), JRSS A 182, 389-402.
    """
    # Four chains; rounded up, so that there are draws enough.
    prior = prior_fit(spec, ratings, seed=seed, draws=max(1, -(-n // 4)))
    made = replicated(prior, seed=seed, n=n).values
    compared = comparison(prior, made)
    together = compared.together
    expected = _expected(prior, made)
    table = pd.concat([expected, compared.table])
    worst = min(together.values()) * len(together)
    # Scales without ends have no such row.
    outside = expected[expected.index.get_level_values("statistic") == "share outside the scale"]
    verdict: Verdict = "pass"
    remarks = []
    if len(outside) and outside["median"].max() > MOST_OUTSIDE:
        verdict = "warn"
        share = outside["median"].max()
        remarks.append(
            f"{percent(share)} of the ratings the prior expects lie outside the scale: narrow "
            "the priors of levels and standard deviations"
        )
    if worst < WARN_BELOW:
        verdict = verdict_of(worst)
        remarks += [
            _conflict(compared.table, kind, ratings)
            for kind, p in together.items()
            if p * len(together) < WARN_BELOW
        ]
    text = (
        "; ".join(remarks)
        if remarks
        else "the observed ratings lie where the prior expects ratings to lie"
    )
    return Check(
        name="prior predictive",
        verdict=verdict,
        table=table,
        sentence=f"{capitalised(text)}." + _gist(expected),
        reference="Box (1980); Evans and Moshonov (2006); Gabry et al. (2019)",
        synthetic=ratings.synthetic,
        distributions=compared.distributions,
        words=ratings.words,
        unit=ratings.time.unit,
    )


def expected_outside(spec: ModelSpec, ratings: Ratings, *, seed: int) -> str | None:
    """Say that the prior expects most ratings outside their scale, if it does.

    A few prior draws, and nothing sampled: some hundredths of a second.

    Returns
    -------
    str or None
        For whom, how many, and what may be the reason.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        prior = prior_fit(spec, ratings, seed=seed, draws=FEW // 4)
    if not all(np.isfinite(array.values).all() for array in prior.moments.values()):
        return None  # the sampler cannot start there, and names what is not finite
    distance = np.abs(prior.design.scaled_time)
    everywhere, at_origin = distance >= 0.0, distance == distance.min()
    # One set after the other, because there may be many families.
    by_set = [
        [_shares_outside(prior, made[None], at)[0] for at in (everywhere, at_origin)]
        for made in replicates(prior, seed=seed, n=FEW)
    ]
    shares, shares_at_origin = np.median(by_set, axis=0)
    if not (shares > MOST_OUTSIDE).any():
        return None
    worst, axis = int(np.nanargmax(shares)), ratings.time
    reason = "narrow the priors of levels and standard deviations"
    if shares_at_origin[worst] <= MOST_OUTSIDE:
        reason = (
            f"it expects them inside at {axis.origin:g}, where levels are read, and change per "
            f"{axis.step} takes them out: state a longer `per` in the study file, or narrow the "
            "priors of change"
        )
    return (
        f"The prior expects {percent(shares[worst])} of the ratings of "
        f"{prior.design.informants[worst]} outside their scale: {reason}"
    )


def _shares_outside(prior: Fit, made: Floats, at: NDArray[np.bool_]) -> Floats:
    """Share of replicated ratings beyond the ends of their scale.

    Parameters
    ----------
    made : array, shape (n, R, K)
    at : array of bool, shape (R,)
        Occasions to look at.

    Returns
    -------
    array, shape (n, K)
        NaN for informants without ratings there, or without ends of their scale.
    """
    scales = [prior.ratings.scales[informant] for informant in prior.design.informants]
    ends = np.array([[scale.lower, scale.upper] for scale in scales], dtype=np.float64).T
    given = prior.design.present & at[:, None]
    beyond = ((made < ends[0]) | (made > ends[1])) & given
    has_ends = given.any(axis=0) & np.isfinite(ends).all(axis=0)
    return np.where(has_ends, beyond.sum(axis=1) / np.maximum(given.sum(axis=0), 1), np.nan)


def _conflict(compared: pd.DataFrame, kind: str, ratings: Ratings) -> str:
    row, words = most_departing(compared, kind), ratings.words
    of = words.name_of(row["of"], ratings.informants)
    found, low, high = (printed(row[name], 2) for name in ("observed", "lower", "upper"))
    return (
        f"prior and ratings contradict each other in {words.said(kind)} ({of}: observed "
        f"{found}, expected {low} to {high}): state in the "
        "model file what is known, or widen the prior"
    )


def _expected(prior: Fit, made: Floats) -> pd.DataFrame:
    """What the prior expects, whatever was observed."""
    arrays, moments = prior.design, prior.moments
    rows: dict[tuple[str, str], Floats] = {}
    given = ~np.isnan(made[0])
    outside = _shares_outside(prior, made, given.any(axis=1))
    for k, informant in enumerate(arrays.informants):
        if np.isnan(outside[:, k]).all():
            continue
        rows["share outside the scale", informant] = outside[:, k]
        values = made[:, given[:, k], k]
        floor, ceiling = prior.ratings.scales[informant].bounds
        at_end = (values <= floor) | (values >= ceiling)
        rows["share at or beyond the ends", informant] = at_end.mean(axis=1)
    first = arrays.occasion_time == arrays.occasion_time.min()
    for k, informant in enumerate(arrays.informants):
        for j in range(k + 1, len(arrays.informants)):
            a, b = (made[:, first & given[:, i], i] for i in (k, j))
            if a.shape[1] and b.shape[1] and prior.ratings.common_scale is not None:
                pair = f"{informant}, {arrays.informants[j]}"
                rows["gap between informants, first time", pair] = np.abs(
                    a.mean(axis=1) - b.mean(axis=1)
                )
    if "slope" in arrays.coefficients:
        position = arrays.coefficients.index("slope") * len(arrays.informants)
        for k, informant in enumerate(arrays.informants):
            rows["average slope", informant] = moments["slope"].values[..., k].ravel()
            if "child_cov" in moments:
                variance = moments["child_cov"].values[..., position + k, position + k]
                rows["sd of children's slopes", informant] = np.sqrt(variance).ravel()
    columns = ["observed", "median", "lower", "upper", "p", "p_kind"]
    return pd.DataFrame(
        [
            (np.nan, *np.quantile(values, [0.5, 0.025, 0.975]), np.nan, np.nan)
            for values in rows.values()
        ],
        index=pd.MultiIndex.from_tuples(list(rows), names=["statistic", "of"]),
        columns=columns,
    )


def _gist(expected: pd.DataFrame) -> str:
    """What the prior expects, in a sentence."""
    kinds = expected.index.get_level_values("statistic")
    parts = []
    if "share outside the scale" in kinds:
        share = expected.xs("share outside the scale", level="statistic")["median"].median()
        parts.append(f"{percent(share)} of ratings outside the scale")
    if "gap between informants, first time" in kinds:
        gap = expected.xs("gap between informants, first time", level="statistic")["upper"].max()
        parts.append(f"informants up to {gap:.1f} points apart")
    if "average slope" in kinds:
        slope = expected.xs("average slope", level="statistic")
        ends = (printed(end, 1) for end in (slope["lower"].min(), slope["upper"].max()))
        parts.append(f"average changes of {' to '.join(ends)}")
    return f" The prior expects {', '.join(parts)}." if parts else ""
