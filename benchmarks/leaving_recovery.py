"""What it costs to assume the wrong thing about leaving: three truths, five assumptions.

Cohorts of 209 (and 1,000) families, each rated by one informant at four occasions, whose alliance
falls by half a point per four months. They leave by probits that follow the current alliance, the
rating of the day or the slope; hazards of families with average alliance are those of the founding
cohort, and 0.15 probits per point of alliance or rating, 0.6 per point of slope, let about as many
leave as there. The growth model is fitted with leaving ignored, following the rating, either of
rating and alliance, the alliance, or the slope. Every interval is kept, so that more can be added
later.

Command: ``python -m benchmarks.leaving_recovery [--families 209] [--cohorts 20]``; ``--cohorts 0``
only writes the table again.
"""

import argparse
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import bayes_alliance as ba
from bayes_alliance.posterior.study_average import average_growth
from bayes_alliance.ratings.simulation import (
    USUAL_CARE,
    Leaving,
    Population,
    Recording,
    Variation,
    simulate,
)
from benchmarks.report import RESULTS, report
from tests.reference.estimand_coverage import bounded

KEPT = RESULTS / "leaving_recovery.csv"
OPTIONS = {"draws": 200, "tune": 300, "chains": 2, "cores": 1, "progress": False}
FIRST_SEED = 4000
SLOPE = -0.5
WHO = "child"
POPULATION: Population = replace(
    USUAL_CARE,
    level={WHO: 36.0},
    slope={WHO: SLOPE},
    child=Variation(sd={f"{WHO},level": 4.4, f"{WHO},slope": 1.5}),
    therapist=Variation(),
    clinic=Variation(),
    residual=Variation(sd={WHO: 2.6}),
    covariates=(),
    effects=(),
)
HAZARDS = (0.325, 0.291, 0.390)
TRUTHS = {
    "the current alliance": Leaving(hazards=HAZARDS, probits={WHO: -0.15}),
    "the rating of the day": Leaving(hazards=HAZARDS, probits={WHO: -0.15}, follows="rating"),
    "the slope": Leaving(hazards=HAZARDS, slope_probits={WHO: -0.6}),
}
ASSUMPTIONS: dict[str, ba.Leaving | None] = {
    "ignored": None,
    "rating": ba.Leaving(follows="rating", informants=(WHO,)),
    "either": ba.Leaving(follows="either", informants=(WHO,)),
    "alliance": ba.Leaving(follows="alliance", informants=(WHO,)),
    "slope": ba.Leaving(follows="alliance", on=("slope",), informants=(WHO,)),
}
QUANTILES = {"lower": 0.05, "upper": 0.95}


def fitted(truth: str, families: int, seed: int) -> list[dict[str, object]]:
    """A row for every assumption."""
    recording = Recording(leaving=TRUTHS[truth])
    simulated, _ = simulate(
        POPULATION, families=families, therapists=0, clinics=0, recording=recording, seed=seed
    )
    ratings = bounded(simulated)
    last = ratings.occasions.groupby("time")["in_treatment"].mean().iloc[-1]
    plain, rows = ba.without(ba.load_model("informant_growth"), "therapist"), []
    for assumption, leaving in ASSUMPTIONS.items():
        started = time.process_time()
        with warnings.catch_warnings():
            # Few draws; what is kept says how few.
            warnings.simplefilter("ignore", UserWarning)
            fit = ba.fit(ba.with_leaving(plain, leaving), ratings, seed=seed, **OPTIONS)
        slope = average_growth(fit.moments, fit.design)["slope"].values.ravel()
        rows.append(
            {
                "families": families,
                "truth": truth,
                "assumption": assumption,
                "seed": seed,
                "stayed": last,
                "mean": slope.mean(),
                "sd": slope.std(),
                **{name: np.quantile(slope, q) for name, q in QUANTILES.items()},
                "divergent": int(fit.stats["diverging"].sum()),
                "seconds": round(time.process_time() - started, 1),
            }
        )
    return rows


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Bias, with its Monte Carlo error, and coverage by families, truth and assumption."""
    found = rows.assign(
        bias=rows["mean"] - SLOPE, covered=(rows["lower"] <= SLOPE) & (rows["upper"] >= SLOPE)
    )
    order = {name: place for place, name in enumerate([*TRUTHS, *ASSUMPTIONS])}
    return (
        found.groupby(["families", "truth", "assumption"])
        .agg(
            cohorts=("bias", "size"),
            bias=("bias", "mean"),
            error=("bias", "sem"),
            coverage_of_90=("covered", "mean"),
            posterior_sd=("sd", "mean"),
            stayed=("stayed", "mean"),
            divergent=("divergent", "sum"),
            seconds=("seconds", "median"),
        )
        .round(3)
        .reset_index()
        .sort_values(
            ["families", "truth", "assumption"],
            key=lambda own: own if own.name == "families" else own.map(order),
        )
    )


def as_lines(found: pd.DataFrame) -> list[str]:
    """Lines of a table in Markdown: bias with its error and coverage, a row per truth."""
    lines = [
        f"| families (cohorts) | leaving truly follows | {' | '.join(ASSUMPTIONS)} |",
        f"|---|---|{'---|' * len(ASSUMPTIONS)}",
    ]
    for (families, truth), rows in found.groupby(["families", "truth"], sort=False):
        own = rows.set_index("assumption").loc[list(ASSUMPTIONS)]
        cells = [
            f"{row['bias']:+.2f} ± {row['error']:.2f} ({100 * row['coverage_of_90']:.0f}%)"
            for _, row in own.iterrows()
        ]
        head = f"{families:,} ({rows['cohorts'].iloc[0]})"
        lines.append(f"| {head} | {truth} | {' | '.join(cells)} |")
    return [line.replace("-0.", "−0.").replace("-1.", "−1.") for line in lines]


def main() -> None:
    """Fit what is missing, and report."""
    parser = argparse.ArgumentParser(description="What it costs to assume wrongly about leaving.")
    parser.add_argument("--families", type=int, default=209)
    parser.add_argument("--cohorts", type=int, default=20)
    parser.add_argument("--kept", type=Path, default=KEPT)
    options = parser.parse_args()
    kept = pd.read_csv(options.kept) if options.kept.exists() else pd.DataFrame()
    done = set(kept.loc[kept["families"] == options.families, "seed"]) if len(kept) else set()
    for seed in range(FIRST_SEED, FIRST_SEED + options.cohorts):
        if seed in done:
            continue
        # Whole seeds only, so that every truth and assumption sees the same families.
        made = [row for truth in TRUTHS for row in fitted(truth, options.families, seed)]
        kept = pd.concat([kept, pd.DataFrame(made)], ignore_index=True)
        kept.round(6).to_csv(options.kept, index=False)
        print(f"seed {seed}", flush=True)
    about = (
        "Average slope of -0.5 points per 4 months, of families rated by one informant who leave "
        "by three truths, fitted under five assumptions: bias of the posterior mean with its "
        "Monte Carlo error, and how often 90% intervals hold the truth"
    )
    report("leaving_recovery", summary(kept), about=about)


if __name__ == "__main__":
    main()
