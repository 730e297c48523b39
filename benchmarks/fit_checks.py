"""How often checks of fit warn of a model that is right, and find one that is wrong.

Cohorts of 150 families of 60 therapists, three informants (unless it says otherwise) at four
occasions, are simulated in NumPy, without the package: right ones with complete ratings, with 30 %
of a covariate missing, with leaving that follows the last rating (log odds 1 per 4 points), in
whole, half and mixed steps, on short and long scales, by one to four informants, at two occasions,
with clinics, odd occasions and a ceiling that the model knows of; and wrong ones, of which one
thing is not in the model, with complete ratings, under leaving, and beside a ceiling that the model
knows of. Every row that was made is kept, so that more can be added later.

Command: ``python -m benchmarks.fit_checks [--cohorts 20] [--first 0] [--only NAME ...]``.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

import bayes_alliance as ba
from bayes_alliance.posterior import score_tests
from bayes_alliance.posterior.verdict import verdict_of
from benchmarks.report import RESULTS, report

KEPT = RESULTS / "fit_checks.csv"
OPTIONS = {"draws": 300, "tune": 300, "chains": 2, "progress": False}
LEVEL, SLOPE = np.array([40.0, 38.0, 42.0, 37.0]), np.array([0.3, -0.4, 0.2, 0.5])
LEVEL_SD, RESIDUAL_SD = np.array([4.0, 3.0, 3.5, 3.0]), np.array([2.6, 2.2, 2.0, 2.4])
THERAPIST_SD = np.array([1.0, 2.0, 0.5, 1.5])


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """A population, how it is rated, and the model that is fitted.

    Parameters
    ----------
    wrong : str
        The kind of departure to be found; empty if the model is right.
    slope_sd, therapist_slope_sd, clinic_sd : float
        Standard deviations of effects, rating points.
    autocorrelation : float
        Of residuals of neighbouring occasions.
    nu : float
        Degrees of freedom of residuals; 0: normal.
    bend : float
        Points by which the average is off a line at the largest, as log(1 + t).
    covariate : float
        Effect of a standard normal covariate on level and, a fourth of it, on slope.
    leaving : float
        Log odds of leaving per 4 points that the first informant's last rating is below average.
    step : tuple of float
        Smallest steps of ratings, of which each family uses one.
    scale : (float, float), optional
        Its ends; ratings are as they come if not given.
    shift : float
        Added to all levels, points of the longer scale.
    """

    model: str = "informant_growth"
    wrong: str = ""
    informants: int = 3
    families: int = 150
    occasions: int = 4
    slope_sd: float = 0.8
    therapist_slope_sd: float = 0.0
    clinic_sd: float = 0.0
    autocorrelation: float = 0.0
    nu: float = 0.0
    bend: float = 0.0
    covariate: float = 0.0
    missing_covariate: float = 0.0
    missing: float = 0.0
    leaving: float = 0.0
    step: tuple[float, ...] = ()
    scale: tuple[float, float] | None = None
    shift: float = 0.0


LONG, SHORT = (12.0, 48.0), (1.0, 5.0)
RIGHT = {
    "complete": Cohort(),
    "missing ratings 15 %": Cohort(missing=0.15),
    "covariate missing 30 %": Cohort(covariate=1.0, missing_covariate=0.3),
    "leaving by last rating": Cohort(leaving=1.0),
    "leaving, covariate missing": Cohort(leaving=1.0, covariate=1.0, missing_covariate=0.3),
    "whole points, 12 to 48": Cohort(step=(1.0,), scale=LONG, shift=-10.0),
    "half points, 12 to 48": Cohort(step=(0.5,), scale=LONG, shift=-10.0),
    "mixed steps, 12 to 48": Cohort(step=(0.5, 1.0), scale=LONG, shift=-10.0),
    "whole points, 1 to 5": Cohort(step=(1.0,), scale=SHORT, shift=-9.0),
    "mixed steps, 1 to 5, leaving": Cohort(step=(0.5, 1.0), scale=SHORT, shift=-9.0, leaving=1.0),
    "one informant": Cohort(informants=1),
    "two informants": Cohort(informants=2),
    "four informants": Cohort(informants=4),
    "level only, leaving": Cohort(model="informant_level", slope_sd=0.0, leaving=1.0),
    "two occasions, level only": Cohort(model="informant_level", slope_sd=0.0, occasions=2),
    "clinics": Cohort(model="growth_with_clinics", clinic_sd=1.0),
    "ceiling that is known": Cohort(
        model="growth_with_ceiling", step=(1.0,), scale=LONG, leaving=1.0, shift=2.0
    ),
    "odd occasions that are known": Cohort(model="robust", nu=4.0, leaving=1.0),
}
WRONG = {
    "slopes vary by 1": Cohort(model="informant_level", slope_sd=1.0, wrong="change of children"),
    "autocorrelation .6": Cohort(slope_sd=0.5, autocorrelation=0.6, wrong="autocorrelation"),
    "therapist slopes sd 1": Cohort(
        slope_sd=0.5, therapist_slope_sd=1.0, wrong="change of therapists"
    ),
    "tails t(3)": Cohort(slope_sd=0.5, nu=3.0, wrong="tails"),
    "curve as in slowing_growth": Cohort(bend=0.4, wrong="curve"),
    "ceiling": Cohort(step=(1.0,), scale=LONG, shift=2.0, wrong="skewness"),
}
CEILING = RIGHT["ceiling that is known"]
COHORTS = {
    **RIGHT,
    **WRONG,
    **{f"{name}, leaving": replace(one, leaving=1.0) for name, one in WRONG.items()},
    **{
        f"{name}, ceiling known": replace(
            one, model=CEILING.model, step=CEILING.step, scale=CEILING.scale, shift=CEILING.shift
        )
        for name, one in WRONG.items()
        if one.model == "informant_growth" and not one.scale
    },
}


def simulated(cohort: Cohort, seed: int) -> ba.Ratings:
    """Ratings of one cohort."""
    rng = np.random.default_rng([seed, 20])
    n, n_therapists, times = cohort.families, 60, np.arange(cohort.occasions, dtype=float)
    k = np.arange(cohort.informants)
    therapist = rng.integers(0, n_therapists, n)
    child = correlated(np.concatenate([LEVEL_SD[k], cohort.slope_sd + 0 * k]), 0.5, n, rng)
    of_therapist = rng.standard_normal((n_therapists, len(k)))[therapist] * THERAPIST_SD[k]
    of_clinic = cohort.clinic_sd * rng.standard_normal((8, len(k)))[therapist % 8]
    change = cohort.therapist_slope_sd * rng.standard_normal((n_therapists, len(k)))[therapist]
    x = rng.standard_normal(n)
    levels = not cohort.model.endswith("level") or bool(cohort.wrong)
    slope = SLOPE[k] * levels + child[:, len(k) :] + change
    slope = slope + 0.25 * cohort.covariate * x[:, None]
    level = LEVEL[k] + cohort.shift + child[:, : len(k)] + of_therapist + of_clinic
    level = level + cohort.covariate * x[:, None]
    # Largest distance of log(1 + t) from the line that fits it best, of four occasions.
    curve = np.log1p(times)
    curve = curve - np.polyval(np.polyfit(times, curve, 1), times)
    bend = cohort.bend * curve / np.abs(curve).max()
    residual = residuals(cohort, RESIDUAL_SD[k], rng)
    y = level[:, None] + slope[:, None] * times[:, None] + bend[:, None] + residual
    return recorded(cohort, y, x, therapist, rng)


def correlated(sd: np.ndarray, cor: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Normal numbers with the same correlation between all."""
    matrix = cor + (1.0 - cor) * np.eye(len(sd))
    return rng.standard_normal((n, len(sd))) @ np.linalg.cholesky(matrix).T * sd


def residuals(cohort: Cohort, sd: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Residuals of all occasions, shape (families, occasions, informants)."""
    out = np.empty((cohort.families, cohort.occasions, len(sd)))
    rho = cohort.autocorrelation
    for t in range(cohort.occasions):
        fresh = correlated(sd, 0.2, cohort.families, rng)
        if cohort.nu:
            weight = rng.chisquare(cohort.nu, (cohort.families, 1)) / (cohort.nu - 2.0)
            fresh = fresh / np.sqrt(weight)
        out[:, t] = fresh if t == 0 else rho * out[:, t - 1] + np.sqrt(1 - rho**2) * fresh
    return out


def recorded(
    cohort: Cohort,
    y: np.ndarray,
    x: np.ndarray,
    therapist: np.ndarray,
    rng: np.random.Generator,
) -> ba.Ratings:
    """Ratings as they are given, and who has left."""
    if cohort.scale == SHORT:
        y = 3.0 + (y - 30.0) / 9.0
    if cohort.step:
        step = rng.choice(cohort.step, cohort.families)[:, None, None]
        y = np.round(y / step) * step
    if cohort.scale:
        y = np.clip(y, *cohort.scale)
    rows = []
    unit = 4.0 / 9.0 if cohort.scale == SHORT else 4.0
    centre = y[..., 0].mean()
    given = np.where(rng.random(y.shape) < cohort.missing, np.nan, y)
    known = np.where(rng.random(len(x)) < cohort.missing_covariate, np.nan, x)
    for i, own in enumerate(given):
        for t, values in enumerate(own):
            if t and cohort.leaving:
                odds = 0.8 + cohort.leaving * (y[i, t - 1, 0] - centre) / unit
                if rng.random() < 1.0 / (1.0 + np.exp(odds)):
                    break
            j = therapist[i]
            rows.append([f"c{i}", f"t{j}", f"k{j % 8}", float(t), known[i], *values])
    names = [f"informant_{k + 1}" for k in range(cohort.informants)]
    frame = pd.DataFrame(rows, columns=["child", "therapist", "clinic", "time", "x", *names])
    ends = cohort.scale
    study: dict[str, object] = {
        "synthetic": True,
        "layout": "wide",
        "columns": {name: name for name in ("child", "therapist", "clinic", "time")},
        "informants": {name: name for name in names},
        "scale": {"lower": ends[0], "upper": ends[1]} if ends else {"center": 30.0, "spread": 18.0},
        "time": {"origin": 0, "per": 1, "unit": "waves"},
    }
    if cohort.covariate:
        study["covariates"] = {"child": ["x"]}
    else:
        frame = frame.drop(columns="x")
    return ba.Ratings.from_wide(frame, study=study)


def checked(name: str, seed: int) -> list[dict[str, object]]:
    """Fit one cohort and make every check of fit."""
    cohort, ratings = COHORTS[name], simulated(COHORTS[name], seed)
    spec = ba.load_model(cohort.model)
    if cohort.covariate:
        spec = ba.with_covariates(spec, {"x": ["level", "slope"]})
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that values are missing is said by every fit
        fit = ba.fit(spec, ratings, seed=seed, **OPTIONS)
    fitted = time.process_time()
    tests, p = score_tests.tests(fit, seed=seed, n=1000)
    of_kind = tests["p_kind"].groupby(level="kind").min().dropna()
    places = ba.checks.pit(fit, seed=seed)
    row = {"cohort": name, "seed": seed, "seconds_of_fit": round(fitted - started, 1)}
    return [
        row
        | {
            "check": "posterior_predictive",
            "verdict": verdict_of(p),
            "p": round(p, 4),
            "rarest": str(of_kind.idxmin()),
            "p_of_wrong": round(float(of_kind.get(cohort.wrong, np.nan)), 4),
        },
        row
        | {
            "check": "pit",
            "verdict": places.verdict,
            "p": round(min(1.0, float(places.table["p"].min()) * len(places.table)), 4),
            "rarest": "",
            "p_of_wrong": np.nan,
        },
    ]


def completed(
    file: Path,
    names: Sequence[str],
    seeds: Iterable[int],
    made: Callable[[str, int], list[dict[str, object]]],
) -> pd.DataFrame:
    """Make the rows of cohorts that are not kept yet, keep each at once, and return all."""
    kept = pd.read_csv(file) if file.exists() else pd.DataFrame(columns=["cohort", "seed"])
    done = set(zip(kept["cohort"], kept["seed"], strict=True))
    for seed in seeds:
        for name in names:
            if (name, seed) not in done:
                rows = pd.DataFrame(made(name, seed))
                rows.to_csv(file, mode="a", header=not file.exists(), index=False)
    return pd.read_csv(file)


def main() -> None:
    """Make what is not kept yet, keep it, and report."""
    parser = argparse.ArgumentParser(description="False alarms and power of checks of fit.")
    parser.add_argument("--cohorts", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(COHORTS), choices=list(COHORTS))
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.cohorts)
    kept = completed(KEPT, arguments.only, seeds, checked)
    kept["not passed"], kept["failed"] = kept["verdict"] != "pass", kept["verdict"] == "fail"
    kept["wrong found"] = kept["p_of_wrong"] < 0.05
    by = kept.groupby(["cohort", "check"], sort=False)
    table = by.agg(
        cohorts=("seed", "size"),
        not_passed=("not passed", "mean"),
        failed=("failed", "mean"),
        seconds_of_fit=("seconds_of_fit", "median"),
    )
    found = kept.dropna(subset="p_of_wrong").groupby(["cohort", "check"])["wrong found"].mean()
    table["its_kind_found"] = found
    order = {name: place for place, name in enumerate(COHORTS)}
    table = table.reset_index()
    table = table.iloc[table["cohort"].map(order).argsort(kind="stable")]
    known = table["its_kind_found"].notna()
    table["its_kind_found"] = table["its_kind_found"].astype(object).where(known, None)
    about = (
        "Share of cohorts that a check does not pass (p < .05) or fails (p < .01): false alarms "
        "where the model is right, power where something is not in it"
    )
    report("fit_checks", table.round(3), about=about)


if __name__ == "__main__":
    main()
