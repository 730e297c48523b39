"""Simulation-based calibration of shipped models on their own terms: covariates, tails, curves.

As ``bayes-alliance calibrate``: parameters are drawn from the prior of a model, ratings of a cohort
are replicated from them by the package's own simulation, which shares no code with the engines, and
the rank of every true quantity among thinned posterior draws is kept. Cohorts are small and of two
informants, unless the model names its own, so that many models can be looked at.

Command: ``python -m benchmarks.model_calibration MODEL [MODEL ...] --fits 50 --work DIR``. Every
fit is kept in ``DIR/MODEL`` as it comes; the same command resumes. Results are kept in
``tests/reference/calibration/``.
"""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

import bayes_alliance as ba
from bayes_alliance.ratings.simulation import USUAL_CARE_ITEMS, USUAL_CARE_RECORDING
from bayes_alliance.studies.calibrate import Sampling, calibration
from bayes_alliance.studies.runner import Place
from benchmarks.calibration import keep

PAIR = ("child", "caregiver")
COHORT = {"families": 40, "therapists": 15, "clinics": 3}
SAMPLING = Sampling(chains=2, draws=400, tune=400, thin=8)
KEPT = Path("tests/reference/calibration")


def main() -> None:
    """Calibrate one model after the other, judge and draw."""
    parser = argparse.ArgumentParser(description="Calibration of shipped models.")
    parser.add_argument("models", nargs="+", choices=ba.list_models()["name"].tolist())
    parser.add_argument("--fits", type=int, default=50)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    for name in options.models:
        spec = ba.load_model(name)
        recording = USUAL_CARE_ITEMS if spec.family.items else USUAL_CARE_RECORDING
        cohort, _ = ba.simulate(**COHORT, recording=recording, seed=1)
        spec = replace(spec, informants=spec.informants or PAIR)
        found = calibration(
            spec,
            cohort,
            fits=options.fits,
            sampling=SAMPLING,
            place=Place(out=options.work / name, progress=False),
        )
        keep(
            found.ranks.rename_axis("seed").reset_index().astype({"seed": int}),
            path=KEPT / name,
            about={"model": name, "failed": found.failed},
            draws=asdict(SAMPLING),
            cohort=COHORT | {"informants": spec.informants},
            command=f"python -m benchmarks.model_calibration {name} --fits {options.fits}",
        )


if __name__ == "__main__":
    main()
