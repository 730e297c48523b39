"""Whether intervals of agreement cover the truth under priors that are flat in the average or not.

Cohorts of 120 families of 40 therapists and four informants, without covariates and clinics, are
simulated from the synthetic usual-care population, whose levels agree (between children the
informants' correlations average .51), and from the same one with informants who do not agree at
all. `informant_growth` is fitted to each with LKJ(1) for correlations, for children by coefficient,
and with its own priors, which are flat in the average of the informants besides (``mean="flat"``),
for children, therapists and residuals. Every row is kept, so that more can be added later.

Command: ``python -m benchmarks.mean_flat [--cohorts 48]``.
"""

import argparse
import time
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.ratings.simulation import USUAL_CARE, Population, Variation, simulate
from benchmarks.report import RESULTS, report
from tests.reference.estimand_coverage import RECORDING, bounded

KEPT = RESULTS / "mean_flat.csv"
OPTIONS = {"draws": 300, "tune": 300, "chains": 2, "cores": 1, "progress": False}
TAILS = [0.05, 0.95]
# Not the cohorts that the factor was thought out with.
FIRST_SEED = 2000


def apart(variation: Variation) -> Variation:
    """The same without correlations between informants."""
    own = {
        pair: value
        for pair, value in variation.cor.items()
        if pair[0].partition(",")[0] == pair[1].partition(",")[0]
    }
    return replace(variation, cor=own)


AGREEING = replace(USUAL_CARE, clinic=Variation(), covariates=(), effects=())
TRUTHS = {
    "agreement": AGREEING,
    "no agreement": replace(
        AGREEING,
        child=apart(AGREEING.child),
        therapist=apart(AGREEING.therapist),
        residual=apart(AGREEING.residual),
    ),
}


def specifications() -> dict[str, ba.ModelSpec]:
    """The model without priors that are flat in the average, and with its own, which are."""
    flat = ba.load_model("informant_growth")
    plain = {
        key: replace(prior, mean=None) for key, prior in flat.priors.items() if key.endswith("_cor")
    }
    return {"plain": replace(flat, priors=dict(flat.priors) | plain), "flat": flat}


def truth_of(population: Population) -> dict[str, float]:
    """True values, from the population's own matrices."""
    n = len(population.informants)
    child = population.child.cov(population.terms)[:n, :n]
    total = child + population.therapist.cov(population.terms)[:n, :n]
    total = total + population.residual.cov(population.informants)
    mean = np.array([population.level[k] for k in population.informants])
    between = total[~np.eye(n, dtype=bool)].mean()
    truth = {
        "ICC(C,1)": between / np.diag(total).mean(),
        "ICC(A,1)": between / (np.diag(total).mean() + mean.var(ddof=1)),
    }
    for name, cov in (("children", child), ("total", total)):
        sd = np.sqrt(np.diag(cov))
        for i, j in combinations(range(n), 2):
            pair = f"{population.informants[i]};{population.informants[j]}"
            truth[f"pair, {name} [{pair}]"] = cov[i, j] / (sd[i] * sd[j])
    return truth


def draws_of(fit: ba.Fit) -> dict[str, xr.DataArray]:
    """Posterior draws, by the names of `truth_of`."""
    draws = {
        "ICC(C,1)": ba.agreement.intraclass_consistency(fit),
        "ICC(A,1)": ba.agreement.intraclass_agreement(fit),
    }
    for name, level in (("children", "child"), ("total", "total")):
        cor = ba.agreement.correlation(fit, level=level)
        for first, second in combinations(fit.design.informants, 2):
            one = cor.sel(informant=first, informant_=second)
            draws[f"pair, {name} [{first};{second}]"] = one
    return draws


def fitted(truth: str, prior: str, seed: int) -> pd.DataFrame:
    """A row for every quantity of a fit."""
    population = TRUTHS[truth]
    ratings, _ = simulate(
        population, families=120, therapists=40, clinics=0, recording=RECORDING, seed=seed
    )
    started = time.perf_counter()
    fit = ba.fit(specifications()[prior], bounded(ratings), seed=seed, **OPTIONS)
    seconds = time.perf_counter() - started
    rows, true = [], truth_of(population)
    for name, draws in draws_of(fit).items():
        lower, upper = np.quantile(draws.values, TAILS)
        rows.append(
            {
                "truth": truth,
                "prior": prior,
                "seed": seed,
                "quantity": name,
                "true": true[name],
                "mean": float(draws.mean()),
                "sd": float(draws.std()),
                "lower": lower,
                "upper": upper,
                "seconds": round(seconds, 1),
            }
        )
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage and bias by truth, kind of quantity and prior."""
    kind = rows["quantity"].str.partition(" [")[0]
    return (
        rows.assign(
            kind=kind,
            covered=(rows["lower"] <= rows["true"]) & (rows["true"] <= rows["upper"]),
            bias=rows["mean"] - rows["true"],
            bias_in_sd=(rows["mean"] - rows["true"]) / rows["sd"],
            width=rows["upper"] - rows["lower"],
        )
        .groupby(["truth", "kind", "prior"])
        .agg(
            intervals=("covered", "size"),
            coverage_of_90=("covered", "mean"),
            bias=("bias", "mean"),
            bias_in_sd=("bias_in_sd", "mean"),
            width=("width", "mean"),
            seconds=("seconds", "median"),
        )
        .round(3)
        .reset_index()
    )


def main() -> None:
    """Fit what is missing, and report."""
    parser = argparse.ArgumentParser(description="Priors that are flat in the average.")
    parser.add_argument("--cohorts", type=int, default=48)
    n = parser.parse_args().cohorts
    kept = pd.read_csv(KEPT) if KEPT.exists() else pd.DataFrame(columns=["seed"])
    for seed in range(FIRST_SEED, FIRST_SEED + n):
        if seed in set(kept["seed"]):
            continue
        # Whole cohorts only, so that both priors see the same.
        made = [fitted(truth, prior, seed) for truth in TRUTHS for prior in specifications()]
        kept = pd.concat([*([kept] if len(kept) else []), *made])
        kept.round(6).to_csv(KEPT, index=False)
        print(f"cohort {kept['seed'].nunique()} of {n}", flush=True)
    about = (
        f"{kept['seed'].nunique()} cohorts of 120 families of each truth: 90% intervals of "
        "agreement of four informants with correlations LKJ(1), for children by coefficient "
        "(plain), and flat in the average (flat)"
    )
    report("mean_flat", summary(kept), about=about)


if __name__ == "__main__":
    main()
