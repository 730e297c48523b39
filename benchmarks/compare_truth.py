"""How often comparing models by what they have not seen ranks the one first that made the ratings.

Cohorts of `fit_checks` (150 families of 60 therapists, three informants, four occasions), each with
the model that has what made them and one that has it not, compared by leaving out children. Every
comparison that was made is kept, so that more can be added later.

Command: ``python -m benchmarks.compare_truth [--cohorts 20] [--first 0] [--only NAME ...]``.
"""

import argparse
import warnings
from dataclasses import replace

import bayes_alliance as ba
from benchmarks import fit_checks
from benchmarks.report import RESULTS, report

KEPT = RESULTS / "compare_truth.csv"
# What is in the ratings, the model that has it, and the one that has not.
PAIRS = {
    "slopes vary by 1": ("informant_growth", "informant_level"),
    "autocorrelation .6": ("autoregressive", "informant_growth"),
    "tails t(3)": ("robust", "informant_growth"),
    "curve as in slowing_growth": ("quadratic_growth", "informant_growth"),
    "ceiling": ("growth_with_ceiling", "informant_growth"),
    # Nothing but a line: the other model has more than is needed.
    "complete": ("informant_growth", "quadratic_growth"),
}
COHORTS = {
    **{name: fit_checks.COHORTS[name] for name in PAIRS},
    **{f"{name}, leaving": replace(fit_checks.COHORTS[name], leaving=1.0) for name in PAIRS},
}


def compared(name: str, seed: int) -> list[dict[str, object]]:
    """Fit both models to one cohort and compare them."""
    true, other = PAIRS[name.removesuffix(", leaving")]
    ratings = fit_checks.simulated(COHORTS[name], seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = {
            model: ba.fit(ba.load_model(model), ratings, seed=seed, **fit_checks.OPTIONS)
            for model in (true, other)
        }
        by_child = ba.compare.leave_one_child_out(fits, seed=seed, refits=0).by_unit
    ahead = by_child[true, "elpd"] - by_child[other, "elpd"]
    row = {
        "cohort": name,
        "seed": seed,
        "true": true,
        "other": other,
        "elpd_ahead": round(float(ahead.sum()), 2),
        "se": round(float(ahead.std(ddof=1) * len(ahead) ** 0.5), 2),
    }
    return [row]


def main() -> None:
    """Make what is not kept yet, keep it, and report."""
    parser = argparse.ArgumentParser(description="How often the true model is ranked first.")
    parser.add_argument("--cohorts", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(COHORTS), choices=list(COHORTS))
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.cohorts)
    kept = fit_checks.completed(KEPT, arguments.only, seeds, compared)
    kept["first"] = kept["elpd_ahead"] > 0
    kept["clearly first"] = kept["elpd_ahead"] > 2 * kept["se"]
    kept["clearly second"] = kept["elpd_ahead"] < -2 * kept["se"]
    table = kept.groupby(["cohort", "true", "other"], sort=False).agg(
        cohorts=("seed", "size"),
        first=("first", "mean"),
        clearly_first=("clearly first", "mean"),
        clearly_second=("clearly second", "mean"),
    )
    about = (
        "Share of cohorts in which the model that has what made the ratings is ranked first "
        "(clearly: by more than two standard errors), leaving out children"
    )
    report("compare_truth", table.round(3).reset_index(), about=about)


if __name__ == "__main__":
    main()
