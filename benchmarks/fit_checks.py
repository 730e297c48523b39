"""How often checks of fit warn of a model that is right, and find one that is wrong.

Cohorts of 150 families of 60 therapists, three informants (unless it says otherwise) at four
occasions, are simulated in NumPy, without the package: right ones with complete ratings, with 30%
of a covariate missing, with leaving that follows the last rating (log odds 1 per 4 points), in
whole, half and mixed steps, on short and long scales, by one to four informants, at two occasions,
with clinics, odd occasions and a ceiling that the model knows of, as counted points and as single
items; and wrong ones, of which one thing is not in the model, with complete ratings, under leaving,
beside a ceiling that the model knows of, and behind counted points and items. Every row that was
made is kept, so that more can be added later.

Short fits do for checks of fit, which look at posterior means or at some draws. ``--as-users`` fits
with the settings that `ba.fit` has, for what depends on them: the check of convergence, and beside
it that of the prior.

Command: ``python -m benchmarks.fit_checks [--cohorts 20] [--first 0] [--only NAME ...]
[--as-users]``.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

import bayes_alliance as ba
from bayes_alliance.posterior import fit as fits
from bayes_alliance.posterior import score_tests
from bayes_alliance.posterior.verdict import verdict_of
from benchmarks.report import RESULTS, report

KEPT = RESULTS / "fit_checks.csv"
KEPT_AS_USERS = RESULTS / "fit_checks_as_users.csv"
CHECKS = ("posterior_predictive", "pit", "convergence", "prior_predictive")
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
    counted : bool
        Whether ratings are points of the scale, each won or not by what is behind the rating.
    items : int
        Items of which ratings are totals, with responses from 1 to 4.
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
    counted: bool = False
    items: int = 0


LONG, SHORT = (12.0, 48.0), (1.0, 5.0)
RIGHT = {
    "complete": Cohort(),
    "missing ratings 15%": Cohort(missing=0.15),
    "covariate missing 30%": Cohort(covariate=1.0, missing_covariate=0.3),
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
    "points that are counted": Cohort(model="binomial", counted=True, scale=LONG, shift=-6.0),
    "single items": Cohort(model="ordinal_items", informants=2, items=6, shift=-6.0),
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
WAYS = ("", ", leaving", ", ceiling known", ", counted points")
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
    **{
        f"slopes vary by 1, {name}": replace(
            RIGHT[right], slope_sd=1.0, wrong="change of children", families=families
        )
        for name, right, families in (
            ("counted points", "points that are counted", 150),
            ("counted points of 300 families", "points that are counted", 300),
            ("single items", "single items", 150),
        )
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
    if cohort.counted:
        lower, upper = LONG
        won = expit(4.0 * (y - (lower + upper) / 2.0) / (upper - lower))
        y = lower + rng.binomial(int(upper - lower), won)
    if cohort.step:
        step = rng.choice(cohort.step, cohort.families)[:, None, None]
        y = np.round(y / step) * step
    if cohort.scale:
        y = np.clip(y, *cohort.scale)
    responses = answered(y, cohort.items, rng) if cohort.items else y
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
            asked = responses[i, t].ravel() if cohort.items else values
            rows.append([f"c{i}", f"t{j}", f"k{j % 8}", float(t), known[i], *asked])
    names = [f"informant_{k + 1}" for k in range(cohort.informants)]
    of_items = [str(number + 1) for number in range(cohort.items)]
    cells = [f"{name}_{item}" for name in names for item in of_items] or names
    frame = pd.DataFrame(rows, columns=["child", "therapist", "clinic", "time", "x", *cells])
    ends = cohort.scale
    study: dict[str, object] = {
        "synthetic": True,
        "layout": "wide",
        "columns": {name: name for name in ("child", "therapist", "clinic", "time")},
        "informants": {name: name for name in names},
        "scale": {"lower": ends[0], "upper": ends[1]} if ends else {"center": 30.0, "spread": 18.0},
        "time": {"origin": 0, "per": 1, "unit": "waves"},
    }
    if cohort.items:
        study |= {
            "scale": {"lower": cohort.items, "upper": 4 * cohort.items},
            "items": {"names": of_items, "lower": 1, "upper": 4},
        }
    if cohort.covariate:
        study["covariates"] = {"child": ["x"]}
    else:
        frame = frame.drop(columns="x")
    return ba.Ratings.from_wide(frame, study=study)


def answered(y: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Responses to items, shape (families, occasions, informants, n).

    Steps between responses lie where models of items have them on average: the first half a point
    above the lowest response, the last half a point below the highest.
    """
    easy = rng.normal(0.0, 0.4, (y.shape[-1], n))
    loading = rng.uniform(1.0, 3.0, easy.shape)
    steps = np.array([1.5, 2.5, 3.5]) + (easy - easy.mean(axis=1, keepdims=True))[..., None]
    # The scale of 12 to 48 as one of 1 to 4, half of whose range is 1.5.
    of_item = 1.0 + (y[..., None] - LONG[0]) / 12.0
    seen = of_item + 1.5 * rng.standard_normal((*y.shape, n)) / loading
    return 1 + (seen[..., None] > steps).sum(axis=-1)


def fitted_to(name: str) -> ba.ModelSpec:
    """Specification of the model that is fitted to a cohort."""
    spec = ba.load_model(COHORTS[name].model)
    if COHORTS[name].wrong == "change of children" and spec.child.terms != ("level",):
        priors = {key: prior for key, prior in spec.priors.items() if key != "child_sd.slope"}
        spec = replace(spec, child=replace(spec.child, terms=("level",)), priors=priors)
    return ba.with_covariates(spec, {"x": ["level", "slope"]}) if COHORTS[name].covariate else spec


def checked(name: str, seed: int) -> list[dict[str, object]]:
    """Fit one cohort and make every check of fit."""
    cohort, ratings = COHORTS[name], simulated(COHORTS[name], seed)
    spec = fitted_to(name)
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that values are missing is said by every fit
        fit = fits.fit(spec, ratings, seed=seed, **OPTIONS)
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


def checked_as_users(name: str, seed: int) -> list[dict[str, object]]:
    """Fit one cohort with the settings of `ba.fit`, and judge its convergence and its prior."""
    spec, ratings = fitted_to(name), simulated(COHORTS[name], seed)
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        fit = ba.fit(spec, ratings, seed=seed, progress=False)
    fitted = time.process_time()
    row = {"cohort": name, "seed": seed, "seconds_of_fit": round(fitted - started, 1)}
    checks = {
        "convergence": ba.checks.convergence(fit),
        "prior_predictive": ba.checks.prior_predictive(spec, ratings, seed=seed),
    }
    return [
        row
        | {
            "check": check,
            "verdict": made.verdict,
            "p": np.nan,
            "rarest": "" if made.verdict == "pass" else made.sentence,
            "p_of_wrong": np.nan,
        }
        for check, made in checks.items()
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


def kept_rows() -> pd.DataFrame:
    """Rows of all cohorts that are kept, in the order of `COHORTS`."""
    rows = pd.concat([pd.read_csv(file) for file in (KEPT, KEPT_AS_USERS) if file.exists()])
    order = {name: place for place, name in enumerate(COHORTS)}
    return rows.iloc[rows["cohort"].map(order).argsort(kind="stable")]


def summary(kept: pd.DataFrame) -> pd.DataFrame:
    """Shares of cohorts that are not passed, fail, and show the departure they were made with."""
    rows = kept.assign(
        not_passed=kept["verdict"] != "pass",
        failed=kept["verdict"] == "fail",
        its_kind_found=(kept["p_of_wrong"] < 0.05).where(kept["p_of_wrong"].notna()),
    )
    return rows.groupby(["cohort", "check"], sort=False, as_index=False).agg(
        cohorts=("seed", "size"),
        not_passed=("not_passed", "mean"),
        failed=("failed", "mean"),
        seconds_of_fit=("seconds_of_fit", "median"),
        its_kind_found=("its_kind_found", "mean"),
    )


def as_lines(kept: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Lines of two tables in Markdown: false alarms, and what was found of departures."""
    table = summary(kept).set_index(["cohort", "check"])

    def counted(cohorts: Sequence[str], check: str) -> str:
        own = table[table.index.isin([(name, check) for name in cohorts])]
        n = own["cohorts"].sum()
        return f"{(own['cohorts'] * own['not_passed']).sum():.0f} of {n}" if n else ""

    right = {name: [name] for name in RIGHT} | {"all": list(RIGHT)}
    alarms = ["| ratings | fit | places | convergence | prior |", "|---|---|---|---|---|"]
    for name, cohorts in right.items():
        cells = [counted(cohorts, one) for one in CHECKS]
        if any(cells):
            alarms.append(f"| {name} | {' | '.join(cells)} |")
    found = [
        "| not in the model | complete | families left | beside a ceiling | counted points |",
        "|---|---|---|---|---|",
    ]
    for name in WRONG:
        ways = [counted([name + way], CHECKS[0]) for way in WAYS]
        found.append(f"| {name} | {' | '.join(ways)} |")
    return alarms, found


def main() -> None:
    """Make what is not kept yet, keep it, and report."""
    parser = argparse.ArgumentParser(description="False alarms and power of checks of fit.")
    parser.add_argument("--cohorts", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(COHORTS), choices=list(COHORTS))
    parser.add_argument("--as-users", action="store_true")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.cohorts)
    if arguments.as_users:
        completed(KEPT_AS_USERS, arguments.only, seeds, checked_as_users)
    else:
        completed(KEPT, arguments.only, seeds, checked)
    kept = kept_rows()
    print("\n\n".join("\n".join(lines) for lines in as_lines(kept)))
    about = (
        "Share of cohorts that a check does not pass (p < .05) or fails (p < .01): false alarms "
        "where the model is right, power where something is not in it"
    )
    table = summary(kept).round(3)
    known = table["its_kind_found"].notna()
    table["its_kind_found"] = table["its_kind_found"].astype(object).where(known, None)
    report("fit_checks", table, about=about)


if __name__ == "__main__":
    main()
