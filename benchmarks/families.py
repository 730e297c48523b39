"""Families beside the same models written by hand in PyMC: time to 400 effective draws.

Every fit runs in a fresh process on the shipped synthetic cohort, 4 chains with 1000 kept draws on
two cores. By hand means `handwritten_families`, sampled with nutpie; three of the five are simpler
models than ours there. Seconds to 400 as in `time_to_400`.

Command: ``python -m benchmarks.families [--models robust,growth_scale]``.
"""

import argparse
import json
import math
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


def measured(peer: str, name: str, draws: int, limit: float) -> dict[str, float]:
    """Run one fit in a fresh process; one beyond the limit has only the seconds spent."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as handle:
        command = [sys.executable, "-m", "benchmarks.families", "--one", peer, "--models", name]
        command += ["--draws", str(draws), "--to", handle.name]
        started = time.perf_counter()
        try:
            subprocess.run(command, check=True, timeout=limit)
        except subprocess.TimeoutExpired:
            return {"total_seconds": time.perf_counter() - started}
        total = time.perf_counter() - started
        return json.loads(Path(handle.name).read_text()) | {"total_seconds": total}


def row(
    *,
    total_seconds: float,
    sampler_seconds: float = math.nan,
    worst_ess: float = math.nan,
    warmup_gradients: int = 0,
    sampling_gradients: int = 1,
) -> dict[str, float]:
    """Seconds to an effective sample size of 400 beside what they come from."""
    share = sampling_gradients / (warmup_gradients + sampling_gradients)
    to_400 = total_seconds - sampler_seconds * share * (1 - 400 / worst_ess)
    return {
        "total_seconds": round(total_seconds, 1),
        "sampler_seconds": round(sampler_seconds, 1),
        "worst_ess": round(worst_ess, 0),
        "seconds_to_400": round(to_400, 1),
    }


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Families beside models written by hand.")
    parser.add_argument("--models", default=",".join(handwritten_families.MODELS))
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--limit", type=float, default=2000.0, help="seconds for one fit")
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
            result = measured(peer, name, options.draws, options.limit)
            rows.append({"model": name, "peer": peer} | row(**result))
            # After every fit, so that a run that is stopped leaves what it measured.
            table = pd.DataFrame(rows)
            ours = table["seconds_to_400"].where(table["peer"] == "ours").ffill()
            table["ratio_to_ours"] = (table["seconds_to_400"] / ours).astype(float).round(1)
            table = table.astype(object).where(table.notna(), None)
            report(
                "families",
                table,
                about="Fresh process to worst bulk ESS 400, shipped example; without ESS: stopped "
                f"unfinished after {options.limit:.0f} seconds or more",
            )


if __name__ == "__main__":
    main()
