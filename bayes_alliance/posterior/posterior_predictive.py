"""Whether the fitted model makes ratings that look like the observed ones.

The verdict comes from tests that are right whoever left, as long as ratings are missing at random
(`score_tests`). The picture comes from replicated ratings (`replicate`), whose statistics
(`statistics`) the observed ones are held against: ratings of the same families with new residuals,
because families who stay may not be like new ones. They show where ratings lie and how they
scatter, and have little power against what the effects of a family can follow: no verdict rests on
them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Count, Seed, checked_arguments
from bayes_alliance.posterior import distributions, findings, score_tests, transposed
from bayes_alliance.posterior.exact import NOT_KEPT, not_exact
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.replicate import replicates, replicates_of_same
from bayes_alliance.posterior.statistics import statistics
from bayes_alliance.posterior.verdict import Check, verdict_of

REFERENCE = "Neyman (1959); Johnson (2004); Westfall and Young (1993)"


@checked_arguments
def posterior_predictive(fit: Fit, *, seed: Seed, n: Count = 1000) -> Check:
    """Whether the ratings are such as the model makes.

    Parameters
    ----------
    n : int
        Data sets drawn from the model, for tests and for the picture; with fewer than 40 the check
        cannot tell what is rare.

    Returns
    -------
    Check
        ``tests`` has a row per statistic (kind, of): ``z`` and its ``p``, and ``p_kind`` of all of
        its kind. Kinds are means over time, a curve, groups by covariates, autocorrelation, scatter
        over time and by covariates, children, therapists and clinics who differ in level or change,
        agreement of informants, tails and skewness; by informant and of all together. Fails if the
        rarest kind of all is as rare by chance with a probability below 0.01, warns below 0.05 and
        where nothing can be tested. The table has a row per statistic of the ratings (mean and sd
        by informant and time, shares at the ends of the scale, correlations between informants and
        between successive ratings, share between therapists): observed value, median and central
        95% range of replicates of the same families, and ``p``, twice the smaller tail (with half
        of what is equal).

    Raises
    ------
    InputError
        If ratings cannot be replicated for the model's family.

    References
    ----------
    Neyman (1959) in Probability and Statistics, ed. Grenander, 213-234. Johnson (2004), JASA 99,
    1102-1110. Westfall and Young (1993), Resampling-Based Multiple Testing. Gelman, Meng and Stern
    (1996), Statistica Sinica 6, 733-807.
    """
    problems = not_exact(fit, why=NOT_KEPT, completed=True, values=True)
    every = score_tests.known(fit)[fit.design.present].all()
    made: Iterator[Floats]
    if problems or not every:
        made = replicates(fit, seed=seed, n=n)
    else:
        made = replicates_of_same(fit, seed=seed, n=n)
    compared = comparison(fit, made)
    table = compared.table.drop(columns="p_kind")
    if problems:
        said = f"No test of fit is possible: {problems[0].message}. {findings.not_seen(fit)}"
        return Check(
            name="posterior predictive",
            verdict="warn",
            table=table,
            sentence=said,
            reference=REFERENCE,
            synthetic=fit.ratings.synthetic,
            distributions=compared.distributions,
            words=fit.ratings.words,
            unit=fit.ratings.time.unit,
        )
    tests, p = score_tests.tests(fit, seed=seed, n=n)
    # A probability that is not a number is of no test at all.
    verdict = verdict_of(p) if np.isfinite(p) else "warn"
    return Check(
        name="posterior predictive",
        verdict=verdict,
        table=table,
        sentence=findings.sentence(fit, verdict, tests=tests, p=p, table=table),
        reference=REFERENCE,
        synthetic=fit.ratings.synthetic,
        tests=tests,
        distributions=compared.distributions,
        words=fit.ratings.words,
        unit=fit.ratings.time.unit,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """Observed ratings among replicated ones.

    Parameters
    ----------
    table : DataFrame
        As in `posterior_predictive`, and ``p_kind``.
    together : dict
        Kind of statistic to ``p_kind``.
    distributions : DataFrame
        As from `distributions.described`.
    """

    table: pd.DataFrame
    together: dict[str, float]
    distributions: pd.DataFrame


def comparison(fit: Fit, made: Iterable[Floats]) -> Compared:
    """Hold observed ratings against replicated ones.

    Statistics of one kind are judged together as well: by the largest studentised departure of the
    observed ones among the same of the replicates (Myllymäki et al. 2017).

    Parameters
    ----------
    made : iterable of array, shape (R, K)
        Replicated ratings; NaN where no rating exists.
    """
    arrays = fit.design
    observed, ends = arrays.observed, arrays.bounds.T
    therapist = None
    if fit.ratings.has_therapists:
        therapist = pd.factorize(fit.ratings.children["therapist"])[0].astype(np.int64)
    # A statistic that the observed ratings do not define is none to compare.
    target = statistics(observed[None], arrays, ends=ends, therapist=therapist).iloc[0].dropna()
    edges = distributions.edges_of(fit.ratings, arrays)
    rows, counts = [], []
    for some in batched(made, max(1, transposed.MOST_IN_BLOCK // observed.size)):
        y = np.stack(some)
        rows.append(statistics(y, arrays, ends=ends, therapist=therapist))
        counts.append(distributions.frequencies(y, arrays, edges))
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
    given = distributions.frequencies(observed[None], arrays, edges)[0]
    replicated = np.concatenate(counts)
    return Compared(
        table=table,
        together=together,
        distributions=distributions.described(given, replicated, arrays, edges),
    )


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
        As from `comparison`.
    """
    rows = table.reset_index()
    return rows[rows["statistic"] == kind].sort_values("p", kind="stable").iloc[0]
