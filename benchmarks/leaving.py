"""Leaving treatment: time to 400 effective draws, beside the same model written by hand in PyMC.

The reference cohort, its four informants and who left when. Both fit joint growth with a probit
hazard that follows the current alliance, one LKJ(2) prior per correlation matrix and otherwise the
priors of ``growth_with_leaving``. By hand (`handwritten.leaving_model`) effects of children and
therapists are sampled, non-centred, with nutpie. That both are the same model is looked at first,
where no rating is missing: the log density of all ratings and of who left, given parameters and
effects, by hand and in our PyMC graph, whose equality with the exact engine is tested.

From the worst bulk effective sample size of averages, standard deviations, correlations and what
leaving follows,

``seconds to 400 = start and compilation + warm-up + sampling * 400 / worst ESS``

with warm-up and sampling split by gradient evaluations. A sampler that is not done after
``--limit`` seconds is stopped; what it has by then counts, and the rest is extrapolated from it.

Command: ``python -m benchmarks.leaving [--limit 1200]``.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.report import report

if TYPE_CHECKING:
    import pymc as pm

    from bayes_alliance import ModelSpec, Ratings

PEERS = ("ours", "by hand")
CHAINS, TUNE, DRAWS = 4, 1000, 1000
# Of the hand-written model; of a matrix its packed root is no number anybody reads.
NAMED = ("level", "slope", "leaving_baseline", "leaving_on")
MATRICES = ("child_cov", "therapist_cov", "residual_cov")

type Numbers = dict[str, float]


def model() -> "ModelSpec":
    """Return the model that both can state."""
    import bayes_alliance as ba
    from benchmarks.cohort import comparable_model

    hazard = ba.load_model("growth_with_leaving")
    spec = ba.with_leaving(comparable_model(), ba.Leaving(follows="alliance"))
    assert all(spec.priors[key] == hazard.priors[key] for key in ("leaving_baseline", "leaving_on"))
    return spec


def by_hand(ratings: "Ratings") -> "pm.Model":
    """Write the model of a cohort by hand."""
    from bayes_alliance.design import design
    from benchmarks.handwritten import leaving_model

    arrays = design(model(), ratings)
    leaving = arrays.leaving
    at_risk = pd.DataFrame(
        {
            "child": np.array(arrays.children)[leaving.child],
            "time": leaving.times[leaving.interval],
            "interval": leaving.interval,
            "left": leaving.left.astype(int),
        }
    )
    return leaving_model(ratings.observed, at_risk)


def densities(seed: int = 1) -> dict[str, float]:
    """Log density of ratings and leaving given parameters and effects, where no rating is missing.

    Returns
    -------
    dict
        ``"by hand"`` and ``"our graph"``, at one random point.
    """
    from bayes_alliance.design import design
    from bayes_alliance.pymc_model import build
    from benchmarks.cohort import reference_cohort

    ratings, rng = reference_cohort(missing=0.0), np.random.default_rng(seed)
    arrays = design(model(), ratings)
    n, labels = len(arrays.informants), {"child": arrays.children}
    labels["therapist"] = arrays.levels[0].labels
    ours = {
        "level": 30.0 + rng.normal(size=n),
        "slope": rng.normal(size=n),
        "leaving_baseline": rng.normal(size=3),
        "leaving_on": 0.1 * rng.normal(size=n),
    }
    hand = dict(ours)
    for name, size in (("child", 2 * n), ("therapist", n), ("residual", n)):
        root = np.linalg.cholesky(np.cov(rng.normal(size=(size, 4 * size))))
        sd = np.linalg.norm(root, axis=1)
        hand[f"{name}_cov"] = root[np.tril_indices(size)]
        ours[f"{name}_cor_cholesky"] = root / sd[:, None]
        if name == "residual":
            ours["residual_sd"] = sd
            continue
        ours |= {f"{name}_sd_level": sd[:n], f"{name}_sd_slope": sd[n:]}
        raw = rng.normal(size=(len(labels[name]), size))
        ours[f"{name}_raw"], hand[f"{name}_raw"] = raw, raw[np.argsort(labels[name])]
    return {
        "by hand": _of_data(by_hand(ratings), hand),
        "our graph": _of_data(build(model(), ratings), ours),
    }


def _of_data(written: "pm.Model", point: Mapping[str, np.ndarray]) -> float:
    """Log density of what was observed, given all that is free."""
    from pymc.model.transform.conditioning import remove_value_transforms
    from pytensor.compile.mode import Mode

    plain = remove_value_transforms(written)
    terms, as_written = [*plain.observed_RVs, *plain.potentials], Mode(linker="py", optimizer=None)
    density = plain.compile_logp(vars=terms, mode=as_written)
    return float(density({plain.rvs_to_values[v].name: point[v.name] for v in plain.free_RVs}))


def run_ours(limit: float) -> Numbers:
    """Fit with the exact engine."""
    import bayes_alliance as ba
    from benchmarks.cohort import reference_cohort

    fit = ba.fit(
        model(), reference_cohort(), seed=1, draws=DRAWS, tune=TUNE, progress=False, cores=2
    )
    table = ba.checks.convergence(fit).table
    return {
        "worst_ess": float(table["ess_bulk"].min()),
        "worst_r_hat": float(table["r_hat"].max()),
        "divergent": int(fit.stats["diverging"].sum()),
        "draws": CHAINS * DRAWS,
        "sampler_seconds": fit.seconds["sample"],
        "warmup_gradients": fit.gradient_evaluations["warmup"],
        "sampling_gradients": fit.gradient_evaluations["sampling"],
    }


def run_by_hand(limit: float) -> Numbers:
    """Sample the hand-written model, for no longer than the limit."""
    import arviz as az
    import nutpie

    from benchmarks.cohort import reference_cohort

    names = [*NAMED, *(f"{one}_{of}" for one in MATRICES for of in ("stds", "corr"))]
    compiled = nutpie.compile_pymc_model(by_hand(reference_cohort()), var_names=names)
    started = time.perf_counter()
    options = {"draws": DRAWS, "tune": TUNE, "chains": CHAINS, "cores": 2}
    sampler = nutpie.sample(compiled, seed=1, progress_bar=False, blocking=False, **options)
    try:
        tree = sampler.wait(timeout=limit)
    except TimeoutError:
        tree = sampler.abort()
    seconds = time.perf_counter() - started
    kept, warm = (tree[group].to_dataset() for group in ("sample_stats", "warmup_sample_stats"))
    posterior = tree["posterior"].to_dataset()[names].dropna("draw")
    bulk, rank = az.ess(posterior, method="bulk"), az.rhat(posterior)
    ess, r_hat = (
        np.concatenate([of[name].values.ravel() for name in names]) for of in (bulk, rank)
    )
    # Of the diagonal of a correlation matrix, which is constant, there is none.
    varies = np.isfinite(r_hat)
    return {
        "worst_ess": float(ess[varies].min()),
        "worst_r_hat": float(r_hat[varies].max()),
        "divergent": int(np.nansum(kept["diverging"].values.astype(float))),
        "draws": CHAINS * posterior.sizes["draw"],
        "sampler_seconds": seconds,
        "warmup_gradients": int(np.nansum(warm["n_steps"].values)),
        "sampling_gradients": int(np.nansum(kept["n_steps"].values)),
    }


def measured(peer: str, limit: float) -> Numbers:
    """Run one peer in a fresh process."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as handle:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.leaving", "--one", peer]
        started = time.perf_counter()
        subprocess.run([*command, "--limit", str(limit), "--to", handle.name], check=True)
        total = time.perf_counter() - started
        return json.loads(Path(handle.name).read_text()) | {"total_seconds": total}


def row(peer: str, found: Numbers) -> dict[str, float | str]:
    """Seconds to an effective sample size of 400 beside what they come from."""
    gradients = found["warmup_gradients"] + found["sampling_gradients"]
    sampling = found["sampler_seconds"] * found["sampling_gradients"] / gradients
    return {
        "peer": peer,
        "seconds_to_400": round(
            found["total_seconds"] - sampling * (1.0 - 400.0 / found["worst_ess"]), 1
        ),
        "total_seconds": round(found["total_seconds"], 1),
        "sampler_seconds": round(found["sampler_seconds"], 1),
        "draws": found["draws"],
        "worst_ess": round(found["worst_ess"]),
        "worst_r_hat": round(found["worst_r_hat"], 3),
        "divergent": found["divergent"],
        "gradients": gradients,
        "gradients_per_effective_draw": round(found["sampling_gradients"] / found["worst_ess"], 1),
    }


def main() -> None:
    """Look whether both are the same model, measure, and report."""
    parser = argparse.ArgumentParser(description="Leaving: time to 400 effective draws.")
    parser.add_argument("--limit", type=float, default=1200.0, help="seconds of one sampler")
    parser.add_argument("--one", choices=PEERS)
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    if options.one:
        run = {"ours": run_ours, "by hand": run_by_hand}[options.one]
        options.to.write_text(json.dumps(run(options.limit)))
        return
    same = densities()
    apart = abs(same["by hand"] - same["our graph"])
    print(f"log density by hand and in our graph: {same}, apart by {apart:.1e}", flush=True)
    assert apart < 1e-6, "these are two models"
    measured("ours", options.limit)  # fills the compilation cache
    rows = [row(peer, measured(peer, options.limit)) for peer in PEERS]
    table = pd.DataFrame(rows)
    table["ratio_to_ours"] = (table["seconds_to_400"] / table["seconds_to_400"].iloc[0]).round(1)
    about = (
        "Fresh process to worst bulk ESS 400, reference cohort with leaving that follows the "
        f"alliance; a sampler is stopped after {options.limit:.0f} seconds and the rest "
        "extrapolated; log densities of ratings and leaving of both models at one point are apart "
        f"by {apart:.0e}"
    )
    report("leaving", table, about=about)


if __name__ == "__main__":
    main()
