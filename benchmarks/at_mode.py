"""What a short chain from the mode gets wrong: its draws beside those of full fits.

Families of a planned study are simulated, `informant_growth` is fitted by the short chain that
assurance uses and by sampling in full, and every quantity's mean and standard deviation are
compared, in posterior standard deviations. Quantities of one kind are put together.

Command: ``python -m benchmarks.at_mode [--studies 8]``.
"""

import argparse

import numpy as np
import pandas as pd

import bayes_alliance as ba
from bayes_alliance.posterior.at_mode import from_mode
from bayes_alliance.posterior.scalars import quantities
from bayes_alliance.studies.assurance.cohort import everybody, rated, seated
from bayes_alliance.studies.assurance.plan import from_dict
from bayes_alliance.studies.assurance.truths import truths
from bayes_alliance.studies.truth import as_fit
from benchmarks.report import report

FAMILIES = (60,)
PAIR = ("child", "caregiver")
TRUTH = {
    **{"level[child]": 30.0, "level[caregiver]": 29.0, "slope[child]": 0.6},
    **{f"child_sd[{k},level]": 3.0 for k in PAIR},
    **{f"child_sd[{k},slope]": 0.7 for k in PAIR},
    **{f"therapist_sd[{k},level]": 1.5 for k in PAIR},
    **{f"residual_sd[{k}]": 2.0 for k in PAIR},
}
DESIGN = {
    "model": "informant_growth",
    "informants": list(PAIR),
    "conclusions": ["slope[child] > 0"],
    "scale": {"center": 30.0, "spread": 18.0},
    "time": {"every": 1.0},
    "truth": {"values": TRUTH},
}


def compared(families: int, n_studies: int) -> list[dict[str, object]]:
    """Errors of short chains in studies of one size, a row per study and quantity."""
    plan = from_dict(DESIGN | {"families": families, "therapists": families // 4})
    spec, (truth,) = truths(plan, seed=1)
    size = plan.sizes[0]
    same = everybody(plan, size)
    rows = []
    for seed in range(1, n_studies + 1):
        cohort = seated(same, plan, size, seed=seed)
        ratings = rated(as_fit(spec, cohort.ratings, truth), cohort)
        near = from_mode(spec, ratings, seed=seed)
        if near is None:
            continue
        full = ba.fit(spec, ratings, seed=seed, progress=False, cores=1, chains=2, tune=400)
        other = {one.name: one.draws for one in quantities(near.moments, near.design)}
        for one in quantities(full.moments, full.design):
            sd, own = float(one.draws.std()), other[one.name]
            rows.append(
                {
                    "families": families,
                    "quantity": f"{one.quantity}, {one.coefficient}" if one.level else one.quantity,
                    "error": float(own.mean() - one.draws.mean()) / sd,
                    "spread": float(own.std()) / sd,
                }
            )
    return rows


def main() -> None:
    """Compare, put together, print and keep."""
    parser = argparse.ArgumentParser(description="Error of short chains from the mode.")
    parser.add_argument("--studies", type=int, default=8)
    n_studies = parser.parse_args().studies
    rows = pd.DataFrame([row for n in FAMILIES for row in compared(n, n_studies)])
    table = rows.groupby(["quantity", "families"], sort=False).agg(
        error=("error", "mean"),
        root_mean_square=("error", lambda own: float(np.sqrt((own**2).mean()))),
        spread=("spread", "mean"),
    )
    about = (
        "Short chains from the mode less full fits: means in posterior standard deviations, "
        "and the ratio of standard deviations"
    )
    report("at_mode", table.round(2).reset_index(), about=about)


if __name__ == "__main__":
    main()
