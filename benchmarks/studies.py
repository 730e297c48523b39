"""Studies: how long refits, an atlas, planned studies and a calibration take on this machine.

Commands: ``python -m benchmarks.studies [--workers 2] [--only NAME]`` for refits of the reference
cohort under other priors, an atlas of it, 40 designs of a planned study and a calibration of
`informant_growth`. The last two are measured on a part and multiplied. Each is kept by itself, so
that one can be measured again.
"""

import argparse
import json
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

import bayes_alliance as ba
from bayes_alliance.studies.assurance.plan import from_dict
from bayes_alliance.studies.calibrate import calibration
from benchmarks.cohort import reference_cohort
from benchmarks.refits import refits
from benchmarks.report import RESULTS, report

DESIGN = Path(__file__).parents[1] / "docs" / "design.toml"
CONCLUSIONS = ("slope[child] > 0", "level[caregiver] > level[child]")
DESIGNS, STUDIES, CALIBRATIONS, ANALYSES = 40, 100, 1000, 30
PARTS = (10, 40)  # studies of each design that are made, to tell the start from the rest


def fits_again(workers: int) -> str:
    """Ten fits of the reference cohort, a new prior each time, in one process."""
    seconds = refits(10, draws=500)[1:]
    return f"{60 * len(seconds) / sum(seconds):.1f} refits of 4 x 500 draws a minute"


def atlas(workers: int) -> str:
    """Every analysis that the reference cohort allows, fits of 4 x 500 draws."""
    stated = [ba.sensitivity.Conclusion.parse(text) for text in CONCLUSIONS]
    place = ba.sensitivity.Place(workers=workers, progress=False)
    started = time.perf_counter()
    found = ba.atlas.of(
        ba.load_model("informant_growth"),
        reference_cohort(),
        conclusions=stated,
        seed=1,
        place=place,
    )
    minutes = (time.perf_counter() - started) / 60
    n = len(found.table.drop_duplicates(["what", "setting"]))
    return (
        f"{n} analyses, {found.done} of them fits, in {minutes:.1f} minutes: {ANALYSES} take "
        f"{ANALYSES * minutes / n:.1f}"
    )


def planned(workers: int) -> str:
    """Studies of each design of the documentation's example, with and without therapists."""
    table = tomllib.loads(DESIGN.read_text(encoding="utf-8"))
    place = ba.sensitivity.Place(workers=workers, progress=False)
    n_sizes, seconds = len(from_dict(table).sizes), []
    for fits in PARTS:
        table["simulation"] = {"fits": fits, "compared": 0}
        started = time.perf_counter()
        ba.assurance.of(table, place=place)
        seconds.append(time.perf_counter() - started)
    # Processes load the package once, however many studies there are.
    each = (seconds[1] - seconds[0]) / ((PARTS[1] - PARTS[0]) * n_sizes)
    start = seconds[0] - PARTS[0] * n_sizes * each
    minutes = (start + DESIGNS * STUDIES * each) / 60
    return (
        f"{each:.3f} s a study after {start:.0f} s: {DESIGNS} designs of {STUDIES} take "
        f"{minutes:.1f} minutes"
    )


def calibrations(workers: int) -> str:
    """Eight fits a process of a calibration as ``bayes-alliance calibrate`` makes it."""
    cohort, _ = ba.simulate(families=60, therapists=25, seed=1)
    n, place = 8 * workers, ba.sensitivity.Place(workers=workers, progress=False)
    started = time.perf_counter()
    calibration(ba.load_model("informant_growth"), cohort, fits=n, place=place)
    seconds = (time.perf_counter() - started) / n
    hours = CALIBRATIONS * seconds / 3600
    return f"{seconds:.1f} s a fit: {CALIBRATIONS:,} take {hours:.1f} hours"


MEASURED: Mapping[str, Callable[[int], str]] = {
    "refits": fits_again,
    "atlas": atlas,
    "planned": planned,
    "calibrations": calibrations,
}


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Seconds of studies.")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=list(MEASURED))
    options = parser.parse_args()
    kept = RESULTS / "studies.json"
    rows = json.loads(kept.read_text())["rows"] if kept.exists() else []
    known = {row["study"]: row for row in rows}
    for name, measure in MEASURED.items():
        if options.only in (None, name):
            known[name] = {
                "study": name,
                "workers": options.workers,
                "measured": measure(options.workers),
            }
    about = "Studies of the reference cohort, of planned studies, and of simulated cohorts"
    report(
        "studies", pd.DataFrame([known[name] for name in MEASURED if name in known]), about=about
    )


if __name__ == "__main__":
    main()
