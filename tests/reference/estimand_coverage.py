"""How often intervals of every estimand cover the truth: larger runs whose results are kept.

The truth comes from one of two places. ``prior``: a draw from the prior, anew for every cohort;
then 90 % intervals must cover 90 % of the time, estimand by estimand, and anything else is an error
in program or sampler. ``usual_care``: one fixed population, as a study might meet it; then coverage
also shows what the prior does.

Every estimand has a true value, the one it gives for a posterior that sits on the true moments.

    python -m tests.reference.estimand_coverage prior 100

writes ``estimand_coverage/prior.csv``: a row per estimand with the number of intervals and cohorts,
the share of intervals that cover the truth, and the share of those that lie above it. Cohorts that
are kept are not run again: 100 after 40 are 60 more.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.estimands import variance
from bayes_alliance.posterior.fit import Fit, fit
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.ratings import Ratings, Scale
from bayes_alliance.ratings.simulation import (
    USUAL_CARE,
    CovariateEffect,
    Leaving,
    Population,
    Recording,
    Variation,
    simulate,
)
from bayes_alliance.specification import load_model, with_covariates
from tests import hand_made
from tests.estimands.every import EVERY
from tests.reference.variation_of import variation_of

RESULTS = Path(__file__).with_suffix("")
PROB = 0.9
COLUMNS = ["n_intervals", "covered", "above", "n_cohorts"]
SLOPES = "standard deviations of slopes"
ESTIMATED = EVERY | {
    SLOPES: lambda fit: variance.standard_deviations(fit, of="slope").sel(source="child")
}
SPEC = with_covariates(load_model("informant_growth"), {"anxiety": ("level", "slope")})
POPULATION = dataclasses.replace(
    USUAL_CARE,
    clinic=Variation(),
    covariates=tuple(c for c in USUAL_CARE.covariates if c.name == "anxiety"),
    effects=tuple(effect for effect in USUAL_CARE.effects if effect.of == "anxiety"),
)
RECORDING = Recording(
    leaving=Leaving(hazards=(0.2, 0.2, 0.2)), missing=dict.fromkeys(POPULATION.informants, 0.1)
)


def bounded(ratings: Ratings) -> Ratings:
    """Ratings that nothing cut off, on a scale whose ends are known all the same."""
    scale = Scale.bounded(lower=12.0, upper=48.0)
    return dataclasses.replace(ratings, scales=dict.fromkeys(ratings.informants, scale))


def cohort(population: Population, seed: int) -> Ratings:
    """120 families of 40 therapists."""
    ratings, _ = simulate(
        population, families=120, therapists=40, clinics=0, recording=RECORDING, seed=seed
    )
    return bounded(ratings)


def from_prior(seed: int) -> Population:
    """A population drawn from the prior of the model."""
    drawn = prior_fit(SPEC, cohort(POPULATION, 0), seed=seed, draws=1).moments
    one = drawn.isel(chain=0, draw=0)
    terms, informants = list(one["term"].values), list(one["informant"].values)

    def by_informant(values: xr.DataArray) -> dict[str, float]:
        return dict(zip(informants, values.values.tolist(), strict=True))

    anxiety = one.sel(covariate="anxiety")
    return Population(
        level=by_informant(one["level"]),
        slope=by_informant(one["slope"]),
        child=variation_of(one["child_cov"].values, terms),
        therapist=variation_of(one["therapist_cov"].values, terms),
        residual=variation_of(one["residual_cov"].values, informants),
        covariates=POPULATION.covariates,
        effects=(
            CovariateEffect(
                of="anxiety",
                level=by_informant(anxiety["level_on"]),
                slope=by_informant(anxiety["slope_on"]),
            ),
        ),
    )


def true_fit(ratings: Ratings, population: Population) -> Fit:
    """A posterior that sits on the true moments."""
    n = len(population.informants)
    effects = population.contrast_effects()
    values = {
        "level": population.coefficients()[:n],
        "slope": population.coefficients()[n:],
        "level_on": effects[:, :n],
        "slope_on": effects[:, n:],
        "child_cov": population.child.cov(population.terms),
        "therapist_cov": population.therapist.cov(population.terms),
        "residual_cov": population.residual.cov(population.informants),
    }
    return hand_made.constant(SPEC, ratings, values, shape=(1, 1))


def covered(population: Population, seed: int, *, draws: int = 300) -> pd.DataFrame:
    """Which intervals of one cohort cover the truth.

    A row per quantity: ``estimand``, ``covered`` and ``above`` (the interval lies above the truth).
    What the model fixes and truths at an end of what can be are left out, and of pairs of
    informants each is counted once.
    """
    ratings = cohort(population, seed)
    truth = true_fit(ratings, population)
    found = fit(SPEC, ratings, seed=seed, draws=draws, tune=400, cores=1, progress=False)
    rows = []
    for name, estimand in ESTIMATED.items():
        draws_of = estimand(found)
        true = estimand(truth).isel(chain=0, draw=0, drop=True)
        tails = [(1 - PROB) / 2, (1 + PROB) / 2]
        bounds = draws_of.quantile(tails, dim=("chain", "draw"), skipna=False)
        lower, upper = bounds.transpose("quantile", ...)
        moves = (draws_of.max(("chain", "draw")) - draws_of.min(("chain", "draw"))) > 1e-9
        # No interval of what cannot be below 0, or above 1, holds a truth that lies there: that a
        # covariate without effect explains nothing.
        at_end = ((true == 0) & (draws_of >= 0).all(("chain", "draw"))) | (
            (true == 1) & (draws_of <= 1).all(("chain", "draw"))
        )
        counted = (moves & np.isfinite(true) & ~at_end & _once(true)).transpose(*true.dims)
        inside, above = ((true >= lower) & (true <= upper)), true < lower
        values = np.atleast_1d(counted.values).ravel()
        rows.append(
            pd.DataFrame(
                {
                    "estimand": name,
                    "covered": np.atleast_1d(inside.transpose(*true.dims).values).ravel()[values],
                    "above": np.atleast_1d(above.transpose(*true.dims).values).ravel()[values],
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _once(values: xr.DataArray) -> xr.DataArray:
    """Whether a pair of informants stands in its first order."""
    if "informant_" not in values.dims:
        return xr.ones_like(values, dtype=bool)
    order = {name: position for position, name in enumerate(values["informant"].values)}
    first = xr.DataArray(list(order.values()), dims="informant", coords={"informant": list(order)})
    return (first < first.rename(informant="informant_")).broadcast_like(values)


def counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Intervals of one cohort, those that cover the truth and those above it, by estimand."""
    return frame.groupby("estimand", sort=False).agg(
        n_intervals=("covered", "size"), covered=("covered", "sum"), above=("above", "sum")
    )


def summary(counted: pd.DataFrame, n_cohorts: int) -> pd.DataFrame:
    """Share of covering intervals by estimand, and over all.

    Parameters
    ----------
    counted : DataFrame
        Sums of `counts` over cohorts.
    """
    table = counted.copy()
    table.loc["all"] = table.sum()
    n_intervals = table["n_intervals"].astype(int)
    shares = table[["covered", "above"]].div(n_intervals, axis=0)
    return shares.assign(n_intervals=n_intervals, n_cohorts=n_cohorts)[COLUMNS]


def counted_of(table: pd.DataFrame) -> pd.DataFrame:
    """Counts behind a `summary`."""
    own = table.drop(index="all")
    shares = own[["covered", "above"]].mul(own["n_intervals"], axis=0)
    return pd.concat([own["n_intervals"], shares.round().astype(int)], axis=1)


def main() -> None:
    """Run and keep, cohort by cohort, after those that are kept."""
    truth, n_cohorts = sys.argv[1], int(sys.argv[2])
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{truth}.csv"
    counted, done = None, 0
    if file.exists():
        kept = pd.read_csv(file, index_col="estimand")
        counted, done = counted_of(kept), int(kept["n_cohorts"].max())
    for seed in range(done + 1, n_cohorts + 1):
        population = from_prior(seed) if truth == "prior" else POPULATION
        own = counts(covered(population, seed))
        counted = own if counted is None else counted.add(own, fill_value=0).loc[counted.index]
        table = summary(counted, seed)
        table.round(6).to_csv(file)
        print(seed, table.loc["all", "covered"].round(3), flush=True)


if __name__ == "__main__":
    main()
