"""What does the model expect before it has seen a rating? Priors, said in rating points.

Ratings are replicated from the prior alone: no posterior is sampled, so this takes seconds and can
be done before any ratings are looked at closely. Two things can be wrong: the prior expects
ratings that cannot exist, or the observed ratings lie where the prior says they hardly can (Box
1980; Evans and Moshonov 2006; Gabry et al. 2019).
"""

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Count, Seed, checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.posterior_predictive import comparison, most_departing
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.replicate import replicated
from bayes_alliance.posterior.verdict import WARN_BELOW, Check, Verdict, verdict_of
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec

# Judgement: a prior that puts more than half of all ratings where none can be says too little.
MOST_OUTSIDE = 0.5


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
        how much children differ in it), with median and central 95 % range; and the statistics of
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
    replicates = replicated(prior, seed=seed, n=n).values
    compared, together = comparison(prior, replicates)
    expected = _expected(prior, replicates)
    table = pd.concat([expected, compared])
    worst = min(together.values()) * len(together)
    # Scales without ends have no such row.
    outside = expected[expected.index.get_level_values("statistic") == "share outside the scale"]
    verdict: Verdict = "pass"
    remarks = []
    if len(outside) and outside["median"].max() > MOST_OUTSIDE:
        verdict = "warn"
        share = outside["median"].max()
        remarks.append(
            f"{100 * share:.0f} % of the ratings the prior expects lie outside the scale: narrow "
            "the priors of levels and standard deviations"
        )
    if worst < WARN_BELOW:
        verdict = verdict_of(worst)
        remarks += [
            _conflict(compared, kind)
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
        sentence=text[0].upper() + text[1:] + "." + _gist(expected),
        reference="Box (1980); Evans and Moshonov (2006); Gabry et al. (2019)",
        synthetic=ratings.synthetic,
    )


def _conflict(compared: pd.DataFrame, kind: str) -> str:
    row = most_departing(compared, kind)
    return (
        f"prior and ratings contradict each other in {kind} ({row['of']}: observed "
        f"{row['observed']:.2f}, expected {row['lower']:.2f} to {row['upper']:.2f}): state in the "
        "model file what is known, or widen the prior"
    )


def _expected(prior: Fit, replicates: Floats) -> pd.DataFrame:
    """What the prior expects, whatever was observed."""
    arrays, moments = prior.design, prior.moments
    rows: dict[tuple[str, str], Floats] = {}
    given = ~np.isnan(replicates[0])
    for k, informant in enumerate(arrays.informants):
        scale = prior.ratings.scales[informant]
        if scale.lower is None or scale.upper is None or not given[:, k].any():
            continue
        values = replicates[:, given[:, k], k]
        beyond = (values < scale.lower) | (values > scale.upper)
        rows["share outside the scale", informant] = beyond.mean(axis=1)
        floor, ceiling = scale.bounds
        at_end = (values <= floor) | (values >= ceiling)
        rows["share at or beyond the ends", informant] = at_end.mean(axis=1)
    first = arrays.occasion_time == arrays.occasion_time.min()
    for k, informant in enumerate(arrays.informants):
        for j in range(k + 1, len(arrays.informants)):
            a, b = (replicates[:, first & given[:, i], i] for i in (k, j))
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
        parts.append(f"{100 * share:.0f} % of ratings outside the scale")
    if "gap between informants, first time" in kinds:
        gap = expected.xs("gap between informants, first time", level="statistic")["upper"].max()
        parts.append(f"informants up to {gap:.1f} points apart")
    if "average slope" in kinds:
        slope = expected.xs("average slope", level="statistic")
        parts.append(f"average changes of {slope['lower'].min():.1f} to {slope['upper'].max():.1f}")
    return f" The prior expects {', '.join(parts)}." if parts else ""
