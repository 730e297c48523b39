"""Every shipped model, and two with missing covariates: time to 400 effective draws.

Every fit runs in a fresh process on the shipped synthetic cohort, 4 chains with 1000 kept draws on
two cores, with the settings of a user who leaves all open. From the worst bulk effective sample
size of all quantities,

``seconds to 400 = start and compilation + warm-up + sampling * 400 / worst ESS``

with warm-up and sampling split by gradient evaluations. By hand means `handwritten_families`,
sampled with nutpie in the same run; some of these models are simpler than ours (see there).

Command: ``python -m benchmarks.every_model [--models "robust;growth_scale"] [--by-hand]``; of
models that are not named, what is kept stays. `markdown` is the table of the README.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks import handwritten_families
from benchmarks.report import RESULTS, report

if TYPE_CHECKING:
    from bayes_alliance import ModelSpec, Ratings

# `informant_growth` with effects of experience, missing for a tenth of the therapists.
MISSING = "informant_growth, 10% of a covariate missing"
# The same of sex, missing for a tenth of the children.
CATEGORY = "informant_growth, 10% of a category missing"


def example(name: str) -> "tuple[ModelSpec, Ratings]":
    """Return a model and the shipped cohort it reads."""
    import bayes_alliance as ba

    if name not in (MISSING, CATEGORY):
        spec = ba.load_model(name)
        items = spec.likelihood.family == "ordinal"
        return spec, ba.load_example("usual_care_items" if items else "usual_care")
    ratings = ba.load_example("usual_care")
    if name == CATEGORY:
        gone = np.random.default_rng(1).random(len(ratings.children)) < 0.1
        female = ratings.children["female"].mask(gone)
        ratings = replace(ratings, children=ratings.children.assign(female=female))
        return ba.with_covariates(ba.load_model("informant_growth"), ["female"]), ratings
    gone = np.random.default_rng(1).random(len(ratings.therapists)) < 0.1
    experience = ratings.therapists["experience"].mask(gone)
    ratings = replace(ratings, therapists=ratings.therapists.assign(experience=experience))
    return ba.with_covariates(ba.load_model("informant_growth"), ["experience"]), ratings


def run_by_hand(name: str, draws: int) -> dict[str, float | str]:
    """Sample the model written by hand."""
    import arviz as az
    import nutpie

    ratings = example(name)[1]
    observed, items = ratings.observed.copy(), ratings.items
    for item in items.reverse if items else ():
        observed[f"item_{item}"] = items.lower + items.upper - observed[f"item_{item}"]
    model = handwritten_families.model(name, observed, ratings.children["anxiety"])
    hidden = ("_raw", "weight", "rating")
    names = [str(v.name) for v in model.free_RVs if not str(v.name).endswith((*hidden, "_cov"))]
    for one in ("child_cov", "therapist_cov", "residual_cov"):
        if one in model.named_vars:
            names += [f"{one}_stds", f"{one}_corr"]
    started = time.perf_counter()
    compiled = nutpie.compile_pymc_model(model, var_names=names)
    compiled_at = time.perf_counter()
    tree = nutpie.sample(
        compiled, draws=draws, tune=1000, chains=4, cores=2, seed=1, progress_bar=False
    )
    seconds = time.perf_counter() - compiled_at
    posterior = tree["posterior"].to_dataset()
    bulk = az.ess(posterior[names], method="bulk")
    ess = np.concatenate([bulk[one].values.ravel() for one in names])
    varies = np.concatenate(
        [posterior[one].std(("chain", "draw")).values.ravel() > 1e-9 for one in names]
    )
    kept, warm = (tree[g].to_dataset() for g in ("sample_stats", "warmup_sample_stats"))
    return {
        "engine": "by hand",
        "worst_ess": float(ess[varies].min()),
        "compile_seconds": compiled_at - started,
        "sampler_seconds": seconds,
        "divergent": int(kept["diverging"].sum()),
        "warmup_gradients": int(warm["n_steps"].sum()),
        "sampling_gradients": int(kept["n_steps"].sum()),
    }


def run_ours(name: str, draws: int) -> dict[str, float | str]:
    """Fit the shipped model."""
    import bayes_alliance as ba

    spec, ratings = example(name)
    fit = ba.fit(spec, ratings, seed=1, draws=draws, progress=False, cores=2)
    table = ba.checks.convergence(fit).table
    return {
        "engine": fit.engine,
        "worst_ess": float(table["ess_bulk"].min()),
        "compile_seconds": fit.seconds["compile"],
        "sampler_seconds": fit.seconds["sample"],
        "divergent": int(fit.stats["diverging"].sum()),
        "warmup_gradients": fit.gradient_evaluations["warmup"],
        "sampling_gradients": fit.gradient_evaluations["sampling"],
    }


def measured(peer: str, name: str, draws: int, limit: float) -> dict[str, float | str]:
    """Run one fit in a fresh process; one beyond the limit has only the seconds spent."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as handle:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.every_model", "--one", peer]
        command += ["--models", name, "--draws", str(draws), "--to", handle.name]
        started = time.perf_counter()
        try:
            subprocess.run(command, check=True, timeout=limit)
        except subprocess.TimeoutExpired:
            return {"engine": peer, "total_seconds": time.perf_counter() - started}
        total = time.perf_counter() - started
        return json.loads(Path(handle.name).read_text()) | {"total_seconds": total}


def row(
    *,
    engine: str,
    total_seconds: float,
    compile_seconds: float = math.nan,
    sampler_seconds: float = math.nan,
    worst_ess: float = math.nan,
    divergent: float = math.nan,
    warmup_gradients: int = 0,
    sampling_gradients: float = math.nan,
) -> dict[str, float | str]:
    """Seconds to an effective sample size of 400 beside what they come from."""
    share = sampling_gradients / (warmup_gradients + sampling_gradients)
    to_400 = total_seconds - sampler_seconds * share * (1 - 400 / worst_ess)
    return {
        "engine": engine,
        "seconds_to_400": round(to_400, 1),
        "compile_seconds": round(compile_seconds, 1),
        "total_seconds": round(total_seconds, 1),
        "worst_ess": round(worst_ess, 0),
        "gradients_per_effective_draw": round(sampling_gradients / worst_ess, 1),
        "divergent": divergent,
    }


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Every model: time to 400 effective draws.")
    parser.add_argument("--models", help="names with semicolons between them; all if not given")
    parser.add_argument("--by-hand", action="store_true", help="also the models written by hand")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--limit", type=float, default=2000.0, help="seconds for one fit")
    parser.add_argument("--one")
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    if options.one:
        run = {"ours": run_ours, "by hand": run_by_hand}[options.one]
        options.to.write_text(json.dumps(run(options.models, options.draws)))
        return
    from bayes_alliance import list_models

    every = [*list_models()["name"], MISSING, CATEGORY]
    names = options.models.split(";") if options.models else every
    measured("ours", names[0], 20, options.limit)  # fills the compilation cache
    file = RESULTS / "every_model.json"
    rows = json.loads(file.read_text())["rows"] if options.models and file.exists() else []
    for name in names:
        by_hand = options.by_hand and name in handwritten_families.MODELS
        for peer in ("ours", "by hand") if by_hand else ("ours",):
            new = {"model": name} | row(**measured(peer, name, options.draws, options.limit))
            of = (name, peer == "by hand")
            rows = [one for one in rows if (one["model"], one["engine"] == "by hand") != of]
            rows.append(new)
            # After every fit, so that a run that is stopped leaves what it measured.
            rows.sort(key=lambda one: (every.index(one["model"]), one["engine"] == "by hand"))
            table = pd.DataFrame(rows)
            ours = table["seconds_to_400"].where(table["engine"] != "by hand").ffill()
            table["ratio_to_ours"] = (table["seconds_to_400"] / ours).astype(float).round(1)
            table = table.astype(object).where(table.notna(), None)
            report(
                "every_model",
                table,
                about="Fresh process to worst bulk ESS 400, shipped example; without ESS: stopped "
                f"unfinished after {options.limit:.0f} seconds or more",
            )
    print(markdown())


def markdown() -> str:
    """Show what is kept, a row per model."""
    rows = json.loads((RESULTS / "every_model.json").read_text())["rows"]
    hand = {one["model"]: one["ratio_to_ours"] for one in rows if one["engine"] == "by hand"}
    more = " by hand |" if hand else ""  # where some were measured
    lines = [
        f"| model | seconds | of these compiling | gradients per effective draw |{more}",
        "|---|---|---|---|" + "---|" * bool(hand),
    ]
    for one in rows:
        if one["engine"] != "by hand":
            times = f"{hand[one['model']]:.0f} times" if one["model"] in hand else ""
            lines.append(
                f"| {one['model']} | {one['seconds_to_400']:.1f} | {one['compile_seconds']:.1f} "
                f"| {one['gradients_per_effective_draw']:.0f} |" + f" {times} |" * bool(hand)
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
