"""Families beside the same models written by hand in PyMC: time to 400 effective draws.

Every fit runs in a fresh process on the shipped synthetic cohort, 4 chains with 1000 kept draws on
two cores. By hand means what a competent user would write: effects non-centred from
`LKJCholeskyCov`, the family's own distribution of PyMC, nutpie as the sampler. A multivariate
normal or t whose cells are partly missing is written as one distribution of the ratings given an
occasion's weight, residuals of informants unrelated, so the peers of `robust` and `growth_scale`
lack the residual correlations: they are the simpler models. Seconds to 400 as in `time_to_400`.

Command: ``python -m benchmarks.families [--models robust,growth_scale,beta_binomial]``.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt

from benchmarks.report import report

MODELS = ("robust", "growth_scale", "beta_binomial")
CENTER, SPREAD = 30.0, 18.0


def by_hand(name: str, observed: pd.DataFrame, anxiety: pd.Series) -> pm.Model:
    """Write a model down as a user of PyMC would.

    Parameters
    ----------
    name : {"robust", "growth_scale", "beta_binomial"}
    observed : DataFrame
        One row per rating: child, therapist, time, informant, rating.
    anxiety : Series
        By child.

    Returns
    -------
    pm.Model
    """
    informants = list(dict.fromkeys(observed["informant"]))
    k = observed["informant"].map(informants.index).to_numpy()
    children, child = np.unique(observed["child"], return_inverse=True)
    therapists, therapist = np.unique(observed["therapist"], return_inverse=True)
    keys = observed["child"] + observed["time"].astype(str)
    occasions, occasion = np.unique(keys, return_inverse=True)
    s = ((observed["time"] - 4.0) / 4.0).to_numpy()
    y = observed["rating"].to_numpy(dtype=float)
    n, counts = len(informants), name == "beta_binomial"
    with pm.Model(coords={"informant": informants}) as model:
        level = pm.Normal("level", CENTER, (1.0 if counts else 0.5) * SPREAD, dims="informant")
        slope = pm.Normal("slope", 0.0, (0.3 if counts else 0.2) * SPREAD, dims="informant")
        scales = np.repeat([0.5 * SPREAD, (0.3 if counts else 0.2) * SPREAD], n)
        child_root, _, _ = pm.LKJCholeskyCov(
            "child_cov", n=2 * n, eta=1.0, sd_dist=pm.HalfNormal.dist(scales, shape=2 * n)
        )
        above = (0.3 if counts else 0.2) * SPREAD
        therapist_root, _, _ = pm.LKJCholeskyCov(
            "therapist_cov", n=n, eta=1.0, sd_dist=pm.HalfNormal.dist(above, shape=n)
        )
        u = pt.dot(pm.Normal("child_raw", 0.0, 1.0, shape=(len(children), 2 * n)), child_root.T)
        v = pt.dot(
            pm.Normal("therapist_raw", 0.0, 1.0, shape=(len(therapists), n)), therapist_root.T
        )
        mean = level[k] + u[child, k] + v[therapist, k] + (slope[k] + u[child, n + k]) * s
        if counts:
            shared = pm.HalfNormal("occasion_sd", 0.2 * SPREAD, dims="informant")
            raw = pm.Normal("occasion_raw", 0.0, 1.0, shape=len(occasions))
            rho = pm.Beta("dispersion", 1.0, 20.0, dims="informant")
            p = pm.math.invlogit(2.0 * (mean + shared[k] * raw[occasion] - CENTER) / SPREAD)
            c = (1.0 / rho - 1.0)[k]
            pm.BetaBinomial("rating", n=36, alpha=p * c, beta=(1.0 - p) * c, observed=y - 12.0)
            return model
        sd = pm.HalfNormal("residual_sd", 0.5 * SPREAD, dims="informant")
        if name == "growth_scale":
            x = anxiety[observed["child"]].to_numpy()
            on = [
                pm.Normal(f"{what}_on", 0.0, 0.25 * SPREAD, dims="informant")
                for what in ("level", "slope")
            ]
            mean = mean + (on[0][k] + on[1][k] * s) * x
            scatter = pm.Normal("residual_sd_on", 0.0, 0.3, dims="informant")
            pm.Normal("rating", mean, sd[k] * pt.exp(scatter[k] * x), observed=y)
            return model
        nu = 2.0 + pm.Gamma("nu_above_2", 2.0, 0.1)
        weight = pm.Gamma("weight", 0.5 * nu, 0.5 * nu - 1.0, shape=len(occasions))
        pm.Normal("rating", mean, sd[k] / pt.sqrt(weight[occasion]), observed=y)
    return model


def run_by_hand(name: str, draws: int) -> dict[str, float]:
    """Sample the model written by hand."""
    import arviz as az
    import nutpie

    import bayes_alliance as ba

    ratings = ba.load_example("usual_care")
    model = by_hand(name, ratings.observed, ratings.children["anxiety"])
    hidden = ("_raw", "weight", "rating")
    names = [str(v.name) for v in model.free_RVs if not str(v.name).endswith((*hidden, "_cov"))]
    for one in ("child_cov", "therapist_cov"):
        names += [f"{one}_stds", f"{one}_corr"]
    compiled = nutpie.compile_pymc_model(model, var_names=names)
    started = time.perf_counter()
    tree = nutpie.sample(
        compiled, draws=draws, tune=1000, chains=4, cores=2, seed=1, progress_bar=False
    )
    seconds = time.perf_counter() - started
    posterior = tree["posterior"].to_dataset()
    bulk = az.ess(posterior[names], method="bulk")
    ess = np.concatenate([bulk[one].values.ravel() for one in names])
    varies = np.concatenate(
        [posterior[one].std(("chain", "draw")).values.ravel() > 1e-9 for one in names]
    )
    kept, warm = (tree[g].to_dataset()["n_steps"] for g in ("sample_stats", "warmup_sample_stats"))
    return {
        "worst_ess": float(ess[varies].min()),
        "sampler_seconds": seconds,
        "warmup_gradients": int(warm.sum()),
        "sampling_gradients": int(kept.sum()),
    }


def run_ours(name: str, draws: int) -> dict[str, float]:
    """Fit the shipped model."""
    import bayes_alliance as ba

    ratings = ba.load_example("usual_care")
    fit = ba.fit(ba.load_model(name), ratings, seed=1, draws=draws, progress=False, cores=2)
    table = ba.checks.convergence(fit).table
    return {
        "worst_ess": float(table["ess_bulk"].min()),
        "sampler_seconds": fit.seconds["sample"],
        "warmup_gradients": fit.gradient_evaluations["warmup"],
        "sampling_gradients": fit.gradient_evaluations["sampling"],
    }


def measured(peer: str, name: str, draws: int) -> dict[str, float]:
    """Run one fit in a fresh process."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as handle:
        command = [sys.executable, "-m", "benchmarks.families", "--one", peer, "--models", name]
        command += ["--draws", str(draws), "--to", handle.name]
        started = time.perf_counter()
        subprocess.run(command, check=True)
        total = time.perf_counter() - started
        return json.loads(Path(handle.name).read_text()) | {"total_seconds": total}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Families beside models written by hand.")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--one")
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    if options.one:
        run = {"ours": run_ours, "by hand": run_by_hand}[options.one]
        options.to.write_text(json.dumps(run(options.models, options.draws)))
        return
    rows = []
    for name in options.models.split(","):
        for peer in ("ours", "by hand"):
            result = measured(peer, name, options.draws)
            gradients = result["warmup_gradients"] + result["sampling_gradients"]
            sampling = result["sampler_seconds"] * result["sampling_gradients"] / gradients
            to_400 = result["total_seconds"] - sampling * (1 - 400 / result["worst_ess"])
            rows.append(
                {
                    "model": name,
                    "peer": peer,
                    "total_seconds": round(result["total_seconds"], 1),
                    "sampler_seconds": round(result["sampler_seconds"], 1),
                    "worst_ess": round(result["worst_ess"]),
                    "seconds_to_400": round(to_400, 1),
                }
            )
    table = pd.DataFrame(rows)
    ours = table["seconds_to_400"].where(table["peer"] == "ours").ffill()
    table["ratio_to_ours"] = (table["seconds_to_400"] / ours).round(1)
    report("families", table, about="Fresh process to worst bulk ESS 400, shipped example")


if __name__ == "__main__":
    main()
