"""Results in plain words, computed from the draws.

A sentence says how large something is, how well it is known, and with what probability it has a
direction, given this model and these priors. It never says that something is or is not there.
Differences between informants are worded as perspectives (De Los Reyes et al. 2022).
"""

from itertools import combinations

import numpy as np
import xarray as xr

from bayes_alliance.estimands import agreement, effects, variance
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.wording import probability, spoken, with_interval


def growth(fit: Fit, *, prob: float = 0.95) -> list[str]:
    """Say each informant's level and change.

    Parameters
    ----------
    fit : Fit
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    list of str
        One sentence per informant.
    """
    ratings, moments = fit.ratings, fit.moments
    level = tables.intervals(moments["level"], prob=prob)
    change, words = _change(fit)
    said = []
    for informant in ratings.informants:
        text = (
            f"{spoken(informant).capitalize()}: {_interval(level.sel(informant=informant))} points "
            f"at {tables.time_label(ratings, ratings.time.origin)}"
        )
        if change is not None:
            draws = change.sel(informant=informant)
            text += f"; {words} {_interval(tables.intervals(draws, prob=prob))}; {_falls(draws)}"
        said.append(f"{text}.")
    return said


def stability(fit: Fit, *, prob: float = 0.95) -> str:
    """Say how much expected ratings change over the time observed.

    Parameters
    ----------
    fit : Fit
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    str
    """
    change = _over_time(fit)
    if change is None:
        return (
            "This model has no growth: each informant's expected rating is the same at all times."
        )
    found = tables.intervals(change, prob=prob)
    first, last = (tables.time_label(fit.ratings, time) for time in _span(fit.ratings))
    order = found["median"].sortby(found["median"])["informant"].values
    scale = fit.ratings.common_scale
    size = (
        f" The scale spans {scale.upper - scale.lower:g} points."
        if scale is not None and scale.lower is not None and scale.upper is not None
        else ""
    )
    least, most = (
        f"{_interval(found.sel(informant=informant))} points ({spoken(informant)})"
        for informant in (order[0], order[-1])
    )
    if len(order) == 1:
        return f"From {first} to {last} the expected rating changes by {least}.{size}"
    return (
        f"From {first} to {last} the change in the expected rating ranges over the informants "
        f"from {least} to {most}.{size}"
    )


def agreement_range(fit: Fit, *, level: str, time: float, prob: float = 0.95) -> str:
    """Say which pair of informants agrees most and least at a level.

    Parameters
    ----------
    fit : Fit
    level : {"child", "therapist", "clinic", "total"}
    time : float
        In units of the time column.
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    str
    """
    matrix = agreement.correlation(fit, level=level, time=time)  # type: ignore[arg-type]
    pairs = {
        (first, second): matrix.sel(informant=first, informant_=second, drop=True)
        for first, second in combinations(fit.ratings.informants, 2)
    }
    known = {pair: draws for pair, draws in pairs.items() if not draws.isnull().any()}
    where = {
        "child": "Between children of the same therapist"
        if "therapist_cov" in fit.moments
        else "Between children",
        "therapist": "Between therapists",
        "clinic": "Between clinics",
        "total": "Between single ratings of one occasion",
    }[level]
    where += f" at {tables.time_label(fit.ratings, time)}"
    if not known:
        return f"{where}, no two informants vary, so they have no correlation."
    order = sorted(known, key=lambda pair: float(known[pair].median()))
    said = [
        f"{_interval(tables.intervals(known[pair], prob=prob))} ({spoken(pair[0])} with "
        f"{spoken(pair[1])}; probability of a positive correlation "
        f"{probability(float((known[pair] > 0).mean()))})"
        for pair in (order[-1], order[0])
    ]
    if len(order) == 1:
        return f"{where}, the correlation between informants is {said[0]}."
    return f"{where}, correlations between informants reach from {said[1]} to {said[0]}."


def shares(fit: Fit, *, time: float, prob: float = 0.95) -> list[str]:
    """Say where the variance of each informant's ratings lies.

    Parameters
    ----------
    fit : Fit
    time : float
        In units of the time column.
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    list of str
        One sentence per informant, the largest share first.
    """
    found = tables.intervals(variance.shares(fit, time=time), prob=prob)
    said = []
    for informant in fit.ratings.informants:
        own = found.sel(informant=informant)
        order = own["source"].values[np.argsort(-own["median"].to_numpy(), kind="stable")]
        parts = [f"{source} {_interval(own.sel(source=source))}" for source in order]
        said.append(f"{spoken(informant).capitalize()}: {', '.join(parts)}.")
    return said


def covariate_effects(fit: Fit, *, prob: float = 0.95) -> list[str]:
    """Say what each covariate goes with, per informant and growth coefficient.

    Parameters
    ----------
    fit : Fit
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    list of str
        Empty if the model has no covariates.
    """
    said = []
    for variable in [str(v) for v in fit.moments.data_vars if str(v).endswith("_on")]:
        draws = fit.moments[variable]
        along = "occasion_covariate" if "occasion_covariate" in draws.dims else "covariate"
        target = "rating" if along == "occasion_covariate" else variable.removesuffix("_on")
        for label in draws[along].values.tolist():
            own = draws.sel({along: label})
            if not bool((own != 0).any()):
                continue
            parts = [
                f"{spoken(informant)} {_interval(tables.intervals(effect, prob=prob))} "
                f"({_above(effect)})"
                for informant in fit.ratings.informants
                for effect in [own.sel(informant=informant)]
            ]
            said.append(f"{spoken(label).capitalize()} on {target}: {'; '.join(parts)}.")
    return said


def _change(fit: Fit) -> tuple[xr.DataArray | None, str]:
    """Choose the growth a sentence speaks of, and what it is called."""
    time = fit.ratings.time
    if fit.spec.trajectory.shape == "linear":
        unit = (
            f" {time.unit}"
            if time.unit
            else (" unit of time" if time.per == 1 else " units of time")
        )
        return fit.moments["slope"], f"change per {time.per:g}{unit}"
    first, last = (tables.time_label(fit.ratings, when) for when in _span(fit.ratings))
    return _over_time(fit), f"change from {first} to {last}"


def _over_time(fit: Fit) -> xr.DataArray | None:
    """Subtract the expected rating at the first time from that at the last."""
    span = _span(fit.ratings)
    if fit.spec.trajectory.shape == "level" or span[0] == span[1]:
        return None
    ends = effects.trajectories(fit, times=span)
    return ends.isel(time=1, drop=True) - ends.isel(time=0, drop=True)


def _span(ratings: Ratings) -> tuple[float, float]:
    times = ratings.long.loc[ratings.long["status"] == "rated", "time"]
    return float(times.min()), float(times.max())


def _falls(draws: xr.DataArray) -> str:
    share = float((draws < 0).mean())
    if share >= 0.5:
        return f"probability that it falls {probability(share)}"
    return f"probability that it rises {probability(float((draws > 0).mean()))}"


def _above(draws: xr.DataArray) -> str:
    share = float((draws > 0).mean())
    if share >= 0.5:
        return f"probability of being positive {probability(share)}"
    return f"probability of being negative {probability(float((draws < 0).mean()))}"


def _interval(found: xr.Dataset) -> str:
    return with_interval(*(float(found[key]) for key in ("median", "lower", "upper")))
