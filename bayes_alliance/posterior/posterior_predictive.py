"""Whether the fitted model makes ratings that look like the observed ones.

Observed statistics (`statistics`) are held against those of replicated ratings (`replicate`). The
statistics of one kind are judged together: the largest studentised departure of the observed ones
among the same of the replicates (Myllymäki et al. 2017), so that looking at many of them does not
raise false alarms. Posterior predictive p-values use the ratings twice and are therefore too
mild, never too strict (Gelman, Meng and Stern 1996; Bayarri and Berger 2000).
"""

from collections.abc import Iterable
from itertools import batched

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Count, Seed, checked_arguments
from bayes_alliance.posterior import transposed
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.replicate import replicates
from bayes_alliance.posterior.statistics import statistics
from bayes_alliance.posterior.verdict import WARN_BELOW, Check, verdict_of

ADVICE = {
    "share at ceiling": "ratings pile up at the end of the scale: try growth_with_ceiling",
    "share at floor": "ratings pile up at the end of the scale: try growth_with_ceiling",
    "share between therapists": "the model has too much or too little room for therapists",
    "correlation of successive ratings": "children differ in more, or less, than the model lets "
    "vary between them",
    "correlation between informants": "what informants share is not where the model puts it",
    "mean": "the trajectory has the wrong shape: try another",
    "sd": "ratings scatter differently over time: try slopes that vary, or another family",
    "stayers minus all, first time": "families who stay differ from the others from the start",
}


@checked_arguments
def posterior_predictive(fit: Fit, *, seed: Seed, n: Count = 1000) -> Check:
    """Whether ratings replicated from the fit look like the observed ones.

    Parameters
    ----------
    n : int
        Replicated data sets; with fewer than some 800 the check can warn but not fail.

    Returns
    -------
    Check
        The table has a row per statistic (mean and sd by informant and time, shares at the ends of
        the scale, correlations between informants and between successive ratings, share between
        therapists, stayers against all): observed value, median and central 95 % range of the
        replicates, and ``p``, twice the smaller tail (with half of what is equal). ``p_kind``
        judges all statistics of a kind together. Fails if the smallest ``p_kind`` times the number
        of kinds is below 0.01, warns below 0.05.

    Raises
    ------
    InputError
        If ratings cannot be replicated for the model's family.

    References
    ----------
    Gelman, Meng and Stern (1996), Statistica Sinica 6, 733-807. Bayarri and Berger (2000), JASA 95,
    1127-1142. Myllymäki, Mrkvička, Grabarnik, Seijo and Hahn (2017), JRSS B 79(2), 381-404.
    """
    table, together = comparison(fit, replicates(fit, seed=seed, n=n))
    return _judged(fit, table, together)


def comparison(fit: Fit, made: Iterable[Floats]) -> tuple[pd.DataFrame, dict[str, float]]:
    """Hold observed ratings against replicated ones.

    Parameters
    ----------
    made : iterable of array, shape (R, K)
        Replicated ratings; NaN where no rating exists.

    Returns
    -------
    table : DataFrame
        As in `posterior_predictive`.
    together : dict
        Kind of statistic to ``p_kind``.
    """
    arrays = fit.design
    observed, ends = arrays.observed, arrays.bounds.T
    therapist = None
    if fit.ratings.has_therapists:
        therapist = pd.factorize(fit.ratings.children["therapist"])[0].astype(np.int64)
    # A statistic that the observed ratings do not define is none to compare.
    target = statistics(observed[None], arrays, ends=ends, therapist=therapist).iloc[0].dropna()
    rows = [
        statistics(np.stack(some), arrays, ends=ends, therapist=therapist)
        for some in batched(made, max(1, transposed.MOST_IN_BLOCK // observed.size))
    ]
    values = pd.concat(rows).reindex(columns=target.index).to_numpy()
    table = pd.DataFrame(
        {
            "observed": target,
            "median": np.nanmedian(values, axis=0),
            "lower": np.nanquantile(values, 0.025, axis=0),
            "upper": np.nanquantile(values, 0.975, axis=0),
            "p": _p_values(target.to_numpy(), values),
        }
    )
    kinds = table.index.get_level_values("statistic")
    together = {
        kind: _p_of_kind(target[kind].to_numpy(), values[:, kinds == kind])
        for kind in dict.fromkeys(kinds)
    }
    table["p_kind"] = [together[kind] for kind in kinds]
    return table, together


def _p_values(observed: Floats, values: Floats) -> Floats:
    n = (~np.isnan(values)).sum(axis=0)
    above = (values > observed).sum(axis=0) + 0.5 * (values == observed).sum(axis=0)
    return 2.0 * np.minimum(above, n - above) / n


def _p_of_kind(observed: Floats, values: Floats) -> float:
    """Rank of the observed largest studentised departure among that of the replicates."""
    centre, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    moves = spread > 0
    if not moves.any():
        # Replicates that are all alike leave no spread to divide by: the observed value is the same
        # or it is impossible.
        return 1.0 if np.allclose(observed, centre) else 0.0
    departure = np.nanmax(np.abs(values - centre)[:, moves] / spread[moves], axis=1)
    of_observed = np.max(np.abs(observed - centre)[moves] / spread[moves])
    # The observed set counts as one of its own replicates, so that p is never 0 (Davison and
    # Hinkley 1997, chapter 4).
    return float((1 + (departure >= of_observed).sum()) / (1 + len(departure)))


def most_departing(table: pd.DataFrame, kind: str) -> pd.Series:
    """Return the statistic of a kind whose observed value departs most, with its label ``of``.

    Parameters
    ----------
    table : DataFrame
        As in `posterior_predictive`.
    """
    rows = table.reset_index()
    return rows[rows["statistic"] == kind].sort_values("p", kind="stable").iloc[0]


def _judged(fit: Fit, table: pd.DataFrame, together: dict[str, float]) -> Check:
    n_kinds = len(together)
    # Bonferroni: as many chances to depart as there are kinds.
    worst = min(together.values()) * n_kinds
    verdict = verdict_of(worst)
    if verdict == "pass":
        sentence = (
            f"Replicated ratings look like the observed ones in all {len(table)} statistics of "
            f"{n_kinds} kinds. The check uses the ratings twice and is mild: it can find a model "
            "wanting, not prove it right."
        )
    else:
        remarks = []
        for kind, p in sorted(together.items(), key=lambda item: item[1]):
            if p * n_kinds < WARN_BELOW:
                row = most_departing(table, kind)
                remarks.append(
                    f"{kind} ({row['of']}: observed {row['observed']:.2f}, replicated "
                    f"{row['lower']:.2f} to {row['upper']:.2f}): {ADVICE[kind]}"
                )
        sentence = "The model does not reproduce " + "; ".join(remarks) + "."
    return Check(
        name="posterior predictive",
        verdict=verdict,
        table=table,
        sentence=sentence,
        reference="Gelman, Meng and Stern (1996); Myllymäki et al. (2017)",
        synthetic=fit.ratings.synthetic,
    )
