"""Seconds of everything that follows sampling: checks, the files scripts read, the report.

Command: ``python -m benchmarks.writing``. The shipped example and the recommended model with
4 x 1000 draws, as the demo fits them, without the usual analysis beside it, which samples. Each
stage is timed once, as a user meets it.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import bayes_alliance as ba
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.document import results
from bayes_alliance.reporting.files import put
from bayes_alliance.results.collection import Reported, collected
from benchmarks.report import report


def main() -> None:
    """Time and report."""
    fit = ba.fit(ba.load_model("informant_growth"), ba.load_example("usual_care"), seed=1)
    rows: list[dict[str, str | float]] = []

    def timed[T](stage: str, call: Callable[[], T]) -> T:
        started, busy = time.perf_counter(), time.process_time()
        value = call()
        rows.append(
            {
                "stage": stage,
                "seconds": round(time.perf_counter() - started, 2),
                "processor seconds": round(time.process_time() - busy, 2),
            }
        )
        return value

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checks = timed("checks", lambda: ba.checks.standard(fit))
        records = timed("files scripts read", lambda: written(fit, folder, checks))
        timed("report", lambda: ba.report.write(fit, folder, checks=checks, records=records))
    draws = fit.moments.sizes["chain"] * fit.moments.sizes["draw"]
    report("writing", pd.DataFrame(rows), about=f"What follows sampling, of {draws:,} draws")


def written(fit: Fit, folder: Path, checks: tuple[Check, ...]) -> Reported:
    """Write what scripts read; the report is of the same records."""
    fit.save(folder / "fit.nc")
    records = collected(fit)
    put(folder, {"numbers": results.numbers(records, checks=checks)}, force=False)
    return records


if __name__ == "__main__":
    main()
