"""Seconds and memory of every estimand for a posterior of 4 x 1000 draws of a cohort.

Command: ``python -m benchmarks.estimands``. The draws are prior draws of the recommended model,
which have the shape of a posterior and take no sampling.
"""

import resource
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.estimands.surface import surface
from bayes_alliance.posterior.prior_draws import prior_fit
from benchmarks.report import report
from tests.estimands.every import EVERY


def main() -> None:
    """Time and report."""
    ratings = ba.load_example("usual_care")
    spec = ba.with_covariates(ba.load_model("informant_growth"), {"anxiety": ("level", "slope")})
    fit = prior_fit(spec, ratings, seed=1)
    censored = prior_fit(ba.load_model("growth_with_ceiling"), ratings, seed=1)
    rng = np.random.default_rng(1)
    shape = (4, 1000, len(ratings.children))
    coords = {"chain": np.arange(4), "draw": np.arange(1000)}
    x, y = (
        xr.DataArray(rng.standard_normal(shape), dims=("chain", "draw", "child"), coords=coords)
        for _ in range(2)
    )
    outcome = rng.standard_normal(shape[-1])
    calls: dict[str, Callable[[], object]] = {
        name: (lambda estimand=estimand: estimand(fit)) for name, estimand in EVERY.items()
    }
    calls |= {
        "within": lambda: ba.agreement.within(fit, 3.0),
        "observed limits": lambda: ba.agreement.limits(censored, observed=True, seed=1),
        "observed concordance": lambda: ba.agreement.concordance(censored, observed=True, seed=1),
        "response surface, given scores": lambda: surface(outcome, x, y, seed=1),
        "summary of total correlations": lambda: ba.tables.summarise(
            ba.agreement.correlation(fit, level="total")
        ),
    }
    rows = []
    for name, call in calls.items():
        call()
        started = time.perf_counter()
        call()
        rows.append({"estimand": name, "seconds": round(time.perf_counter() - started, 3)})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    about = (
        f"Estimands of 4 x 1000 draws, {len(ratings.children)} children, 4 informants; "
        f"peak memory of the whole run {peak:.2f} GB"
    )
    report("estimands", pd.DataFrame(rows), about=about)


if __name__ == "__main__":
    main()
