"""Results in plain words, computed from the draws.

A sentence says how large something is, how well it is known, and with what probability it has a
direction, given this model and these priors. It never says that something is or is not there.
Differences between informants are worded as perspectives (De Los Reyes et al. 2022).
"""

from itertools import combinations
from typing import Any

import xarray as xr

from bayes_alliance.estimands import agreement, effects, variance
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.prose.wording import (
    digits,
    headed,
    probability,
    spoken,
    with_interval,
)
from bayes_alliance.reporting.tables.implied import acting


def growth(fit: Fit, *, prob: float = 0.95) -> list[str]:
    """Say each informant's level and change.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    list of str
        One sentence per informant.
    """
    ratings, moments = fit.ratings, fit.moments
    level = _intervals(moments["level"], prob)
    change, words = _change(fit)
    changes = {} if change is None else _intervals(change, prob)
    said = []
    for informant in ratings.informants:
        text = (
            f"{headed(informant)}: {level[informant]} points "
            f"at {tables.time_label(ratings, ratings.time.origin)}"
        )
        if change is not None:
            text += f"; {words} {changes[informant]}; {_falls(change.sel(informant=informant))}"
        said.append(f"{text}.")
    return said


def stability(fit: Fit, *, prob: float = 0.95) -> str:
    """Say how much expected ratings change over the time observed.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.
    """
    change = _over_time(fit)
    if change is None:
        return (
            "This model has no growth: each informant's expected rating is the same at all times."
        )
    if fit.ratings.common_scale is None:
        return (
            "Informants use different scales, so each one's change is told in points of its own "
            "scale and cannot be set beside another's."
        )
    found = _intervals(change, prob)
    first, last = (tables.time_label(fit.ratings, time) for time in _span(fit.ratings))
    order = sorted(found, key=lambda informant: float(change.sel(informant=informant).median()))
    scale = fit.ratings.common_scale
    size = (
        f" The scale spans {scale.upper - scale.lower:g} points."
        if scale is not None and scale.lower is not None and scale.upper is not None
        else ""
    )
    least, most = (
        f"{found[informant]} points ({spoken(informant)})" for informant in (order[0], order[-1])
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
    level : {"child", "therapist", "clinic", "total"}
    time : float
        In units of the time column.
    prob : float
        Posterior probability inside the intervals.
    """
    matrix = agreement.correlation(fit, level=level, time=time)  # type: ignore[arg-type]
    pairs = list(combinations(fit.ratings.informants, 2))
    draws = xr.concat(
        [matrix.sel(informant=one, informant_=other, drop=True) for one, other in pairs],
        dim=xr.DataArray(range(len(pairs)), dims="pair", name="pair"),
    )
    draws = draws.dropna("pair")
    where = {
        "child": "Between children of the same therapist"
        if "therapist_cov" in fit.moments
        else "Between children",
        "therapist": "Between therapists",
        "clinic": "Between clinics",
        "total": "Between single ratings of one occasion",
    }[level]
    where += f" at {tables.time_label(fit.ratings, time)}"
    if not draws.sizes["pair"]:
        return f"{where}, no two informants vary, so they have no correlation."
    found = _intervals(draws, prob)
    order = sorted(found, key=lambda pair: float(draws.sel(pair=pair).median()))
    said = [
        f"{found[pair]} ({' with '.join(spoken(informant) for informant in pairs[pair])}; "
        "probability of a positive correlation "
        f"{probability(float((draws.sel(pair=pair) > 0).mean()))})"
        for pair in (order[-1], order[0])
    ]
    if len(order) == 1:
        return f"{where}, the correlation between informants is {said[0]}."
    return f"{where}, correlations between informants reach from {said[1]} to {said[0]}."


def shares(fit: Fit, *, time: float, prob: float = 0.95) -> list[str]:
    """Say where the variance of each informant's ratings lies.

    Parameters
    ----------
    time : float
        In units of the time column.
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    list of str
        One sentence per informant, the largest share first.
    """
    draws = variance.shares(fit, time=time)
    said = []
    for informant in fit.ratings.informants:
        own = draws.sel(informant=informant)
        found = _intervals(own, prob)
        order = sorted(found, key=lambda source: -float(own.sel(source=source).median()))
        parts = [f"{source} {found[source]}" for source in order]
        said.append(f"{headed(informant)}: {', '.join(parts)}.")
    return said


def covariate_effects(fit: Fit, *, prob: float = 0.95) -> list[str]:
    """Say what each covariate goes with, per informant and growth coefficient.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    list of str
        Empty if the model has no covariates.
    """
    said = []
    for target, label, own in acting(fit):
        on = "the logarithm of the residual standard deviation"
        found = _intervals(own, prob)
        parts = [
            f"{spoken(informant)} {found[informant]} ({_above(own.sel(informant=informant))})"
            for informant in fit.ratings.informants
        ]
        where = on if target == "residual_sd" else target
        said.append(f"{headed(label)} on {where}: {'; '.join(parts)}.")
    return said


def _change(fit: Fit) -> tuple[xr.DataArray | None, str]:
    """Choose the growth a sentence speaks of, and what it is called."""
    time = fit.ratings.time
    if fit.spec.trajectory.slope_is_change:
        unit = (
            f" {time.unit}"
            if time.unit
            else (" unit of time" if time.per == 1 else " units of time")
        )
        # "per 4 months", but "per month".
        step = time.unit.removesuffix("s") if time.per == 1 and time.unit else f"{time.per:g}{unit}"
        return fit.moments["slope"], f"change per {step}"
    first, last = (tables.time_label(fit.ratings, when) for when in _span(fit.ratings))
    return _over_time(fit), f"change from {first} to {last}"


def _over_time(fit: Fit) -> xr.DataArray | None:
    """Subtract the expected rating at the first time from that at the last."""
    span = _span(fit.ratings)
    if not fit.spec.trajectory.changes or span[0] == span[1]:
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


def _intervals(draws: xr.DataArray, prob: float) -> dict[Any, str]:
    """Medians with intervals along the one dim beside chain and draw, with common decimals."""
    (dim,) = [name for name in draws.dims if name not in ("chain", "draw")]
    found = tables.intervals(draws.reset_coords(drop=True), prob=prob)
    decimals = max(digits(float(width)) for width in found["upper"] - found["lower"])
    rows = zip(*(found[key].values for key in ("median", "lower", "upper")), strict=True)
    return {
        label: with_interval(*(float(value) for value in row), decimals=decimals)
        for label, row in zip(found[dim].values.tolist(), rows, strict=True)
    }
