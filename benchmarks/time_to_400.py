"""Time from a fresh process to a posterior whose worst quantity rests on 400 effective draws.

Every peer runs in a process of its own: 4 chains with 1000 kept draws each on two cores. From the
worst bulk effective sample size among levels, slopes, standard deviations and correlations,

``seconds to 400 = start and compilation + warm-up + sampling * 400 / worst ESS``

with warm-up and sampling split by gradient evaluations. Compilation caches are warm: each peer runs
once before it counts.

A peer counts as warm after a run of 20 draws; brms compiles its model in every process, as it does
for its users. Its seconds of sampling are those the chains report, two at a time.

Command: ``python -m benchmarks.time_to_400 [--peers collapsed,pymc,handwritten,brms]``. The last
needs R with brms (on Debian ``r-cran-brms`` and ``libboost-dev``) and some ten minutes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.report import report


def run_ours(engine: str, draws: int) -> dict[str, float]:
    """Fit with one of our engines and measure from inside the process."""
    import bayes_alliance as ba
    from bayes_alliance.posterior import diagnostics
    from bayes_alliance.posterior.scalars import by_name
    from benchmarks.cohort import comparable_model, reference_cohort

    ratings = reference_cohort()
    fit = ba.fit(
        comparable_model(),
        ratings,
        seed=1,
        engine=engine,
        draws=draws,
        progress=False,
        cores=2,
    )
    table = diagnostics.table(diagnostics.stacked(by_name(fit.moments, fit.design).items()))
    return {
        "worst_ess": float(table["ess_bulk"].min()),
        "worst_r_hat": float(table["r_hat"].max()),
        "divergent": int(fit.stats["diverging"].sum()),
        "sampler_seconds": fit.seconds["sample"],
        "warmup_gradients": fit.gradient_evaluations["warmup"],
        "sampling_gradients": fit.gradient_evaluations["sampling"],
    }


def run_handwritten(draws: int) -> dict[str, float]:
    """Fit the hand-written PyMC model with nutpie."""
    import arviz as az
    import numpy as np
    import nutpie

    from benchmarks.cohort import reference_cohort
    from benchmarks.handwritten import growth_model

    model = growth_model(reference_cohort().observed)
    names = ["level", "slope"]
    for name in ("child_cov", "therapist_cov", "residual_cov"):
        names += [f"{name}_stds", f"{name}_corr"]
    compiled = nutpie.compile_pymc_model(model, var_names=names)
    started = time.perf_counter()
    tree = nutpie.sample(
        compiled, draws=draws, tune=1000, chains=4, cores=2, seed=1, progress_bar=False
    )
    seconds = time.perf_counter() - started
    posterior = tree["posterior"].to_dataset()
    # Constant entries (the diagonal of a correlation matrix) have no diagnostics.
    bulk, rank = az.ess(posterior[names], method="bulk"), az.rhat(posterior[names])
    ess = np.concatenate([bulk[name].values.ravel() for name in names])
    r_hat = np.concatenate([rank[name].values.ravel() for name in names])
    stats = tree["sample_stats"].to_dataset()
    warmup = tree["warmup_sample_stats"].to_dataset()
    varies = np.isfinite(r_hat)
    return {
        "worst_ess": float(ess[varies].min()),
        "worst_r_hat": float(r_hat[varies].max()),
        "divergent": int(stats["diverging"].sum()),
        "sampler_seconds": seconds,
        "warmup_gradients": int(warmup["n_steps"].sum()),
        "sampling_gradients": int(stats["n_steps"].sum()),
    }


def run_brms(draws: int) -> dict[str, float]:
    """Fit the model of ``brms.R``."""
    from benchmarks.cohort import reference_cohort

    observed = reference_cohort().observed
    wide = observed.pivot_table(
        index=["child", "therapist", "time"], columns="informant", values="rating", sort=False
    )
    # brms reads underscores in the names of responses as separators.
    wide.columns = ["by" + informant.replace("_", "") for informant in wide.columns]
    wide = wide.reset_index()
    wide.insert(2, "s", (wide.pop("time") - 4.0) / 4.0)
    with tempfile.TemporaryDirectory() as folder:
        ratings, result = Path(folder) / "ratings.csv", Path(folder) / "result.json"
        wide.to_csv(ratings, index=False)
        script = Path(__file__).parent / "brms.R"
        subprocess.run(["Rscript", script, ratings, str(draws), result], check=True)
        return json.loads(result.read_text())


def measured(peer: str, draws: int) -> dict[str, float]:
    """Run one peer in a fresh process."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as handle:
        command = [
            sys.executable,
            "-m",
            "benchmarks.time_to_400",
            "--one",
            peer,
            "--draws",
            str(draws),
            "--to",
            handle.name,
        ]
        started = time.perf_counter()
        subprocess.run(command, check=True)
        total = time.perf_counter() - started
        return json.loads(Path(handle.name).read_text()) | {"total_seconds": total}


def main() -> None:
    """Measure every peer and report."""
    parser = argparse.ArgumentParser(description="Time to 400 effective draws of the worst.")
    parser.add_argument("--peers", default="collapsed,pymc,handwritten")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--one")
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    if options.one:
        run = {
            "collapsed": lambda: run_ours("collapsed", options.draws),
            "pymc": lambda: run_ours("pymc", options.draws),
            "handwritten": lambda: run_handwritten(options.draws),
            "brms": lambda: run_brms(options.draws),
        }[options.one]
        options.to.write_text(json.dumps(run()))
        return
    rows = []
    for peer in options.peers.split(","):
        if peer != "brms":
            measured(peer, 20)  # fills the compilation cache
        result = measured(peer, options.draws)
        gradients = result["warmup_gradients"] + result["sampling_gradients"]
        sampling = result["sampler_seconds"] * result["sampling_gradients"] / gradients
        to_400 = result["total_seconds"] - sampling * (1 - 400 / result["worst_ess"])
        rows.append(
            {
                "peer": peer,
                "total_seconds": round(result["total_seconds"], 1),
                "sampler_seconds": round(result["sampler_seconds"], 1),
                "worst_ess": round(result["worst_ess"]),
                "worst_r_hat": round(result["worst_r_hat"], 4),
                "divergent": result["divergent"],
                "gradients_per_effective_draw": round(
                    result["sampling_gradients"] / result["worst_ess"], 1
                ),
                "worst_ess_per_second": round(result["worst_ess"] / result["total_seconds"], 2),
                "seconds_to_400": round(to_400, 1),
            }
        )
    table = pd.DataFrame(rows)
    table["ratio_to_first"] = (table["seconds_to_400"] / table["seconds_to_400"].iloc[0]).round(1)
    report("time_to_400", table, about="Fresh process to worst bulk ESS 400, reference cohort")


if __name__ == "__main__":
    main()
