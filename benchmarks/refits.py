"""Refits: the reference cohort again and again with a new prior each time, in one process.

Command: ``python -m benchmarks.refits [--fits 10]``. Nothing is compiled after the first fit.
"""

import argparse
import time
from dataclasses import replace

import pandas as pd

import bayes_alliance as ba
from bayes_alliance.specification import HalfNormal
from benchmarks.cohort import reference_cohort
from benchmarks.report import report


def refits(n: int, *, draws: int) -> list[float]:
    """Seconds of a first fit of the reference cohort, and of `n` more, a new prior each time."""
    ratings, spec = reference_cohort(), ba.load_model("informant_growth")
    seconds = []
    for number in range(n + 1):
        prior = HalfNormal(scale=0.1 + 0.03 * number, reason="benchmark: a prior of its own")
        varied = replace(spec, priors=dict(spec.priors) | {"therapist_sd.level": prior})
        started = time.perf_counter()
        ba.fit(varied, ratings, seed=number, draws=draws, progress=False, cores=2)
        seconds.append(time.perf_counter() - started)
    return seconds


def main() -> None:
    """Fit, vary the prior, fit again."""
    parser = argparse.ArgumentParser(description="Refits with new priors.")
    parser.add_argument("--fits", type=int, default=10)
    options = parser.parse_args()
    rows = []
    for draws in (1000, 500):
        seconds = refits(options.fits, draws=draws)
        later = pd.Series(seconds[1:])
        rows.append(
            {
                "draws": f"4 x {draws}",
                "first_fit_seconds": round(seconds[0], 2),
                "median_later_fit_seconds": round(float(later.median()), 2),
                "refits_per_minute": round(60 / float(later.mean()), 1),
            }
        )
    report("refits", pd.DataFrame(rows), about="Refits of the reference cohort with new priors")


if __name__ == "__main__":
    main()
