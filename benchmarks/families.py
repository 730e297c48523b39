"""Families beside the same models written by hand in PyMC: time to 400 effective draws.

Every fit runs in a fresh process on the shipped synthetic cohort, 4 chains with 1000 kept draws on
two cores. By hand means `handwritten_families`, sampled with nutpie; three of the five are simpler
models than ours there. Seconds to 400 as in `time_to_400`.

Command: ``python -m benchmarks.families [--models robust,growth_scale]``.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks import handwritten_families
from benchmarks.report import report

if TYPE_CHECKING:
    from bayes_alliance import Ratings


def example(name: str) -> "Ratings":
    """Return the shipped cohort that a model reads."""
    import bayes_alliance as ba

    return ba.load_example("usual_care_items" if name == "ordinal_items" else "usual_care")


def run_by_hand(name: str, draws: int) -> dict[str, float]:
    """Sample the model written by hand."""
    import arviz as az
    import nutpie

    ratings = example(name)
    observed, items = ratings.observed.copy(), ratings.items
    for item in items.reverse if items else ():
        observed[f"item_{item}"] = items.lower + items.upper - observed[f"item_{item}"]
    model = handwritten_families.model(name, observed, ratings.children["anxiety"])
    hidden = ("_raw", "weight", "rating")
    names = [str(v.name) for v in model.free_RVs if not str(v.name).endswith((*hidden, "_cov"))]
    for one in ("child_cov", "therapist_cov", "residual_cov"):
        if one in model.named_vars:
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

    fit = ba.fit(ba.load_model(name), example(name), seed=1, draws=draws, progress=False, cores=2)
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
    parser.add_argument("--models", default=",".join(handwritten_families.MODELS))
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
