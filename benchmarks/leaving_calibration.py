"""Simulation-based calibration of the models with leaving: is the truth uniform among draws.

As `benchmarks.calibration`: parameters are drawn from the prior and a small cohort is simulated
from them, in plain NumPy that shares no code with the models. Here families leave by a probit that
follows the current alliance, the rating of the day, or something in between. Where nobody leaves,
or everybody at once, nothing of leaving can be fitted, and truth and ratings are both drawn again.
Whether they are is seen in the ratings alone: given these the truth has the same posterior
distribution, and ranks stay uniform.

Command: ``python -m benchmarks.leaving_calibration --model growth_with_leaving --fits 200``.
Ranks are kept in ``--work`` as they come; the same command resumes.
"""

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import bayes_alliance as ba
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.studies.runner import Place, run
from benchmarks.calibration import CENTER, N_THERAPISTS, OCCASIONS, SPREAD, keep, lkj

MODELS = ("growth_with_leaving", "level_with_leaving")
INFORMANTS = ("child", "caregiver")
N_CHILDREN, MISSING = 60, 0.1
CHAINS, DRAWS, TUNE, THIN = 2, 400, 400, 8
N_DRAWS = CHAINS * DRAWS // THIN
KEPT = Path("tests/reference/calibration")
STUDY = {
    "layout": "wide",
    "columns": {"child": "id", "therapist": "t", "time": "month"},
    "informants": {one: one for one in INFORMANTS},
    "scale": {"center": CENTER, "spread": SPREAD},
    "time": {"origin": 4, "per": 4, "unit": "months"},
    "treatment": {"in_treatment": "active"},
}

type Floats = NDArray[np.float64]


def draw_truth(model: str, rng: np.random.Generator) -> dict[str, Floats]:
    """Draw parameters from the prior, in rating points.

    The numbers are those of the model files, written out again: level Normal(0, 0.5), slope
    Normal(0, 0.2), sds HalfNormal(0.5; slopes and therapists 0.2), correlations LKJ(1), those of
    levels among themselves whatever else varies, leaving Normal(-0.5, 1) as a probit for each
    interval, what it follows Normal(0, 1) for each informant, and the share of that which is the
    alliance's uniform.
    """
    k = len(INFORMANTS)

    def cov(widths: list[float]) -> Floats:
        sd = SPREAD * np.abs(rng.normal(0.0, widths))
        return lkj(len(widths), k, rng) * np.outer(sd, sd)

    return {
        "level": CENTER + SPREAD * rng.normal(0.0, 0.5, k),
        "slope": SPREAD * rng.normal(0.0, 0.2, k),
        "child": cov([0.5] * k + [0.2] * k * model.startswith("growth")),
        "therapist": cov([0.2] * k),
        "residual": cov([0.5] * k),
        "leaving_baseline": rng.normal(-0.5, 1.0, len(OCCASIONS) - 1),
        "leaving_on": rng.normal(0.0, 1.0, k) / SPREAD,
        "leaving_share": rng.random(1),
    }


def named(truth: dict[str, Floats]) -> dict[str, float]:
    """Every quantity by its name in ``summary.csv``."""
    out = {"leaving_share": float(truth["leaving_share"][0])}
    for name in ("level", "slope", "leaving_on"):
        out |= {f"{name}[{one}]": x for one, x in zip(INFORMANTS, truth[name], strict=True)}
    for month, x in zip(OCCASIONS, truth["leaving_baseline"], strict=False):
        out[f"leaving_baseline[{month:g}]"] = x
    terms = [f"{one},{c}" for c in ("level", "slope") for one in INFORMANTS]
    for block, labels in (("child", terms), ("therapist", terms), ("residual", INFORMANTS)):
        cov = truth[block]
        sd = np.sqrt(np.diag(cov))
        for i, first in enumerate(labels[: len(sd)]):
            out[f"{block}_sd[{first}]"] = sd[i]
            for j in range(i + 1, len(sd)):
                out[f"{block}_cor[{first};{labels[j]}]"] = cov[i, j] / (sd[i] * sd[j])
    return out


def simulate_cohort(truth: dict[str, Floats], rng: np.random.Generator) -> pd.DataFrame:
    """Ratings of a small cohort, missing at random, nothing rounded or clipped."""
    k, n_times = len(INFORMANTS), len(OCCASIONS)

    def normal(block: str, n: int) -> Floats:
        cov = truth[block]
        return rng.multivariate_normal(np.zeros(len(cov)), cov, size=n, method="cholesky")

    others = rng.integers(N_THERAPISTS, size=N_CHILDREN - N_THERAPISTS)
    of_child = np.concatenate([np.arange(N_THERAPISTS), others])
    child = normal("child", N_CHILDREN)
    # Away from the average curve.
    level = child[:, :k] + normal("therapist", N_THERAPISTS)[of_child]
    slope = child[:, k:] if child.shape[1] > k else np.zeros_like(level)
    here, rows = np.ones(N_CHILDREN, dtype=bool), []
    for t, month in enumerate(OCCASIONS):
        alliance = level + t * slope
        rating = alliance + normal("residual", N_CHILDREN)
        seen = here[:, None] & (rng.random((N_CHILDREN, k)) >= MISSING)
        given = np.where(seen, truth["level"] + t * truth["slope"] + rating, np.nan)
        rows += [
            {"id": f"c{i}", "t": f"t{of_child[i]}", "month": month, "active": int(here[i])}
            | dict(zip(INFORMANTS, given[i], strict=True))
            for i in range(N_CHILDREN)
        ]
        if t < n_times - 1:
            share = truth["leaving_share"]
            followed = (share * alliance + (1.0 - share) * rating) @ truth["leaving_on"]
            z = truth["leaving_baseline"][t] + followed + rng.standard_normal(N_CHILDREN)
            here = here & (z <= 0.0)
    return pd.DataFrame(rows)


def ranked(piece: dict[str, Any]) -> dict[str, Any]:
    """Rank every true quantity among the thinned draws of one fit."""
    model, seed = piece["model"], piece["seed"]
    rng, redrawn, there = np.random.default_rng([seed, 20261126]), -1, np.ones(len(OCCASIONS))
    while there[-1] == 1.0 or there[1] == 0.0:
        truth, redrawn = draw_truth(model, rng), redrawn + 1
        cohort = simulate_cohort(truth, rng)
        there = cohort.groupby("month")["active"].mean().to_numpy()
    ratings = ba.Ratings.from_wide(cohort, study=STUDY)
    options = {"draws": DRAWS, "tune": TUNE, "chains": CHAINS, "cores": 1}
    with warnings.catch_warnings():
        # A truth in the tails of its prior is no surprise here.
        warnings.simplefilter("ignore", UserWarning)
        fit = ba.fit(ba.load_model(model), ratings, seed=seed, progress=False, **options)
    true, ranks = named(truth), {"seed": seed, "divergent": int(fit.stats["diverging"].sum())}
    for name, draws in by_name(fit.moments, fit.design).items():
        ranks[name] = int((draws.values[:, THIN - 1 :: THIN] < true[name]).sum())
    return {"ranks": ranks, "redrawn": redrawn}


def main() -> None:
    """Fit what is missing, then judge."""
    parser = argparse.ArgumentParser(description="Calibration of models with leaving.")
    parser.add_argument("--model", default=MODELS[0], choices=MODELS)
    parser.add_argument("--fits", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("build/leaving_calibration"))
    parser.add_argument("--out", type=Path, default=KEPT)
    options = parser.parse_args()
    pieces = {
        str(seed): {"model": options.model, "seed": seed} for seed in range(1, options.fits + 1)
    }
    place = Place(out=options.work / options.model, workers=options.workers)
    results = run(ranked, pieces, about={"calibration of": options.model}, place=place)
    found = list(results.done.values())
    keep(
        pd.DataFrame([one["ranks"] for one in found]),
        path=options.out / options.model,
        about={
            "model": options.model,
            "failed": dict(results.failed),
            "drawn_again": sum(one["redrawn"] for one in found),
        },
        draws={"chains": CHAINS, "draws": DRAWS, "tune": TUNE, "thin": THIN},
        cohort={
            "children": N_CHILDREN,
            "therapists": N_THERAPISTS,
            "occasions": OCCASIONS,
            "leaving": "as the model says",
            "missing": MISSING,
            "informants": INFORMANTS,
        },
        command=f"python -m benchmarks.leaving_calibration --model {options.model} "
        f"--fits {len(found)}",
    )


if __name__ == "__main__":
    main()
