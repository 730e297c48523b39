"""What a whole point at the end of a scale says: "48 or more", or "47.5 or more".

Cohorts are simulated from the synthetic usual-care population (four informants, no covariates, no
clinics) with higher levels, their ratings rounded to whole points and set to the ends of the scale.
Each is fitted twice by `growth_with_ceiling`: with the end itself as bound of what is censored
(``step = 0`` in the study file), and with the bound that rounding puts there, half a point inside.
What the same families would have told without rounding and without ends, fitted by
`informant_growth`, shows how far cohorts of this size are from the truth by chance. Posterior means
are held against the truth, and 90% intervals are asked how often they hold it.

Command: ``python -m benchmarks.ceiling_ends [--cohorts 12]``.
"""

import argparse
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

import bayes_alliance as ba
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.ratings.simulation import USUAL_CARE, Leaving, Recording, Variation
from benchmarks.cohort import IN_TREATMENT
from benchmarks.report import report

# Levels nearer to the end than those of usual care: one rating in five lies there.
HIGHER = 3.0
READINGS = {"no ends": None, "48 or more": 0.0, "47.5 or more": 1.0}
KINDS = ("level", "slope", "child_sd", "therapist_sd", "residual_sd", "child_cor", "residual_cor")


def cohort(seed: int, *, ends: bool) -> tuple[ba.Ratings, pd.Series]:
    """Ratings, in whole points between the ends or as they are without, and truth by quantity."""
    population = replace(
        USUAL_CARE,
        covariates=(),
        effects=(),
        clinic=Variation(),
        level={k: value + HIGHER for k, value in USUAL_CARE.level.items()},
    )
    recording = Recording(
        leaving=Leaving(counts=IN_TREATMENT),
        missing=dict.fromkeys(population.informants, 0.1),
        whole_points=ends,
        clipped=ends,
    )
    ratings, truth = ba.simulate(
        population, families=209, therapists=85, clinics=0, recording=recording, seed=seed
    )
    return ratings, truth.table().set_index("quantity")["value"]


def errors(seed: int, *, step: float | None) -> pd.DataFrame:
    """Error of every posterior mean, and whether the 90% interval holds the truth."""
    ratings, true = cohort(seed, ends=step is not None)
    scales = {k: replace(scale, step=step) for k, scale in ratings.scales.items()}
    name = "informant_growth" if step is None else "growth_with_ceiling"
    options = {"draws": 500, "chains": 2, "progress": False}
    fit = ba.fit(ba.load_model(name), replace(ratings, scales=scales), seed=seed, **options)
    rows = []
    for name, draws in by_name(fit.moments, fit.design).items():
        kind = name.partition("[")[0]
        if kind not in KINDS or name not in true:
            continue
        lower, upper = np.quantile(draws.values, [0.05, 0.95])
        rows.append(
            {
                "kind": kind,
                "error": float(draws.mean()) - true[name],
                "covered": bool(lower <= true[name] <= upper),
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Fit and report."""
    parser = argparse.ArgumentParser(description="Readings of a whole point at the end of a scale.")
    parser.add_argument("--cohorts", type=int, default=12)
    n = parser.parse_args().cohorts
    parts = []
    for seed, (reading, step) in product(range(1, n + 1), READINGS.items()):
        parts.append(errors(seed, step=step).assign(reading=reading))
        print(f"cohort {seed} of {n}, {reading}", flush=True)
    rows = pd.concat(parts)
    table = rows.groupby(["kind", "reading"], sort=False).agg(
        intervals=("error", "size"),
        bias=("error", "mean"),
        rmse=("error", lambda error: float(np.sqrt((error**2).mean()))),
        coverage_of_90=("covered", "mean"),
    )
    at_end = [
        (cohort(seed, ends=True)[0].observed["rating"] == 48).mean() for seed in range(1, n + 1)
    ]
    about = (
        f"{n} cohorts of 209 families, ratings in whole points, {100 * np.mean(at_end):.0f} % of "
        "them at 48: "
        "what growth_with_ceiling finds if 48 says 48 or more, or 47.5 or more, beside "
        "informant_growth for the same families without rounding and ends (points, except "
        "correlations)"
    )
    report("ceiling_ends", table.round(3).reset_index(), about=about)


if __name__ == "__main__":
    main()
