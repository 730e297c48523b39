"""What a wrong model costs: how often intervals hold the truth where the fitted model misses part.

Three pairs of a model that makes ratings and one that is fitted to them: ends of the scale at which
ratings pile up, by a model without ends; families who leave because of their alliance, by a model
that ignores leaving; families nested in therapists, by a model without them. Parameters are drawn
from the prior of what makes the ratings and ratings are replicated as ``calibrate --truth`` does;
of every quantity that both models have, the rank of the truth among thinned posterior draws and the
error of the posterior mean are kept. Beside them stands the right model: its own kept calibration,
for two of the three by cohorts of 60 families that other code simulated.

Command: ``python -m benchmarks.misspecified --fits 50 --work DIR``. Every fit is kept in ``DIR`` as
it comes; the same command resumes. ``--fits 0`` only writes the table again.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

import bayes_alliance as ba
from bayes_alliance.studies.calibrate import calibration
from bayes_alliance.studies.runner import Place
from benchmarks.model_calibration import COHORT, KEPT, PAIR, SAMPLING
from benchmarks.report import RESULTS, report

ROWS = RESULTS / "misspecified.csv"
GROWTH = "informant_growth"
# What the fitted model leaves out: the model that makes the ratings, and the one that is fitted.
PAIRS: Mapping[str, tuple[str, str]] = {
    "ends of the scale": ("growth_with_ceiling", GROWTH),
    "leaving": ("growth_with_leaving", GROWTH),
    "therapists": (GROWTH, GROWTH),
}
N_DRAWS = SAMPLING.chains * (SAMPLING.draws // SAMPLING.thin)
KINDS = {
    "level": "average level",
    "slope": "average slope",
    "child_sd,level": "sd of children's levels",
    "child_sd,slope": "sd of children's slopes",
    "child_cor": "correlations of children",
    "residual_sd": "sd of residuals",
    "residual_cor": "correlation of residuals",
}


def kind(quantity: str) -> str:
    """Which row of the table a quantity belongs to; empty if to none."""
    name, _, labels = quantity.partition("[")
    coefficient = labels.rstrip("]").rpartition(",")[2]
    return KINDS.get(name, KINDS.get(f"{name},{coefficient}", ""))


def fitted(missed: str, *, fits: int, work: Path) -> pd.DataFrame:
    """A row per fit and quantity of one pair: the rank of the truth, the error in posterior sds."""
    cohort, _ = ba.simulate(**COHORT, seed=1)
    makes, spec = (replace(ba.load_model(name), informants=PAIR) for name in PAIRS[missed])
    study = calibration(
        ba.without(spec, "therapist") if missed == "therapists" else spec,
        cohort,
        fits=fits,
        truth=makes,
        sampling=SAMPLING,
        place=Place(out=work / missed.replace(" ", "_"), progress=False),
    )
    for seed, error in study.failed.items():
        print(f"{missed}, seed {seed}: {error}")
    longs = [
        table.melt(ignore_index=False, var_name="quantity", value_name=name).reset_index()
        for name, table in (("rank", study.ranks), ("error", study.errors))
    ]
    both = longs[0].merge(longs[1], on=["replicate", "quantity"], validate="one_to_one")
    return both.rename(columns={"replicate": "seed"}).assign(missed=missed).round({"error": 4})


def of_right_model(missed: str) -> pd.DataFrame:
    """Coverage of the model that makes the ratings, from its kept calibration, by kind."""
    kept = pd.read_csv(KEPT / f"{PAIRS[missed][0]}.csv").drop(
        columns=["seed", "divergent"], errors="ignore"
    )
    draws = json.loads((KEPT / f"{PAIRS[missed][0]}.json").read_text())["draws_per_fit"]
    n_draws = draws["chains"] * (draws["draws"] // draws["thin"])
    long = kept.melt(var_name="quantity", value_name="rank")
    return covered(long, n_draws).groupby(long["quantity"].map(kind)).mean()


def covered(rows: pd.DataFrame, n_draws: int) -> pd.Series:
    """Whether the central 90% interval holds the truth, a row per fit and quantity."""
    return rows["rank"].between(0.05 * n_draws, 0.95 * n_draws)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage with its standard error, and bias in posterior sds, by pair and kind of quantity.

    Intervals of one fit hold the truth together or not, so the error is that of averages of fits.
    """
    own = rows.assign(kind=rows["quantity"].map(kind), covered=covered(rows, N_DRAWS))
    own = own[own["kind"] != ""]
    of_fits = own.groupby(["missed", "kind", "seed"])[["covered", "error"]].mean()
    groups = of_fits.groupby(["missed", "kind"])
    table = pd.DataFrame(
        {
            "cohorts": groups.size(),
            "coverage_of_90": groups["covered"].mean(),
            "error": groups["covered"].sem(),
            "bias": groups["error"].mean(),
        }
    ).reset_index()
    right = {(one, of): value for one in PAIRS for of, value in of_right_model(one).items()}
    table["right_model"] = [
        right[one, of] for one, of in zip(table["missed"], table["kind"], strict=True)
    ]
    order = {name: place for place, name in enumerate([*PAIRS, *KINDS.values()])}
    table = table.sort_values(["missed", "kind"], key=lambda column: column.map(order))
    return table.round(3).reset_index(drop=True)


def as_lines(table: pd.DataFrame) -> list[str]:
    """Lines of a table in Markdown: coverage and bias of each kind, a column per pair."""
    heads = [f"{missed} ({n} cohorts)" for missed, n in _cohorts(table).items()]
    lines = [f"| quantity | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for of in KINDS.values():
        cells = []
        for missed in _cohorts(table):
            row = table[(table["missed"] == missed) & (table["kind"] == of)].iloc[0]
            cells.append(
                f"{100 * row['coverage_of_90']:.0f}% ± {100 * row['error']:.0f} "
                f"({100 * row['right_model']:.0f}%), {row['bias']:+.2f}"
            )
        lines.append(f"| {of} | {' | '.join(cells)} |")
    return [line.replace(", -", ", \N{MINUS SIGN}") for line in lines]


def _cohorts(table: pd.DataFrame) -> dict[str, int]:
    return dict(zip(table["missed"], table["cohorts"], strict=True))


def main() -> None:
    """Fit what is missing, keep every rank, and report."""
    parser = argparse.ArgumentParser(description="What a wrong model costs.")
    parser.add_argument("--fits", type=int, default=50)
    parser.add_argument("--work", type=Path, default=Path("build/misspecified"))
    options = parser.parse_args()
    if options.fits:
        made = [fitted(missed, fits=options.fits, work=options.work) for missed in PAIRS]
        columns = ["missed", "seed", "quantity", "rank", "error"]
        pd.concat(made)[columns].to_csv(ROWS, index=False)
    about = (
        "Coverage of 90% intervals of a model that misses part of what makes the ratings, its "
        "standard error, the bias of posterior means in posterior standard deviations, and the "
        "coverage of the model that misses nothing"
    )
    report("misspecified", summary(pd.read_csv(ROWS)), about=about)


if __name__ == "__main__":
    main()
