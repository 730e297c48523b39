"""Results in plain words, read from the records of a fit.

A sentence says how large something is, how well it is known, and with what probability it has a
direction, given this model and these priors. It never says that something is or is not there.
Differences between informants are worded as perspectives (De Los Reyes et al. 2022).
"""

from collections.abc import Hashable, Iterator
from types import SimpleNamespace
from typing import Any

import pandas as pd

from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting.prose.wording import (
    digits,
    headed,
    listed,
    probability,
    spoken,
    time_label,
    with_interval,
)
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.of_agreement import TOGETHER, correlations_among
from bayes_alliance.results.reported import shares_among

MOST_LISTED = 8


def growth(records: Reported) -> list[str]:
    """Say each informant's level and change, a sentence per informant."""
    ratings = records.fit.ratings
    levels = records.averages("level")
    changes, words = _change(records)
    estimates = _estimates(levels)
    changed = _estimates(changes)
    informants = dict(zip(changes["informant"], changes.index, strict=True))
    sentences = []
    for row in _rows(levels):
        text = (
            f"{headed(row.informant)}: {estimates[row.Index]} points "
            f"at {time_label(ratings, ratings.time.origin)}"
        )
        if row.informant in informants:
            at = informants[row.informant]
            text += f"; {words} {changed[at]}; {_falls(changes.loc[[at]].iloc[0])}"
        sentences.append(f"{text}.")
    return sentences


def change_over_time(records: Reported) -> str:
    """Say how much expected ratings change over the time observed."""
    changes = records.select(estimand="effects.trajectories")
    if changes.empty:
        return (
            "This model has no growth: each informant's expected rating is the same at all times."
        )
    scale = records.fit.ratings.common_scale
    if scale is None:
        return (
            "Informants use different scales, so each one's change is in points of its own scale "
            "and cannot be set beside another's."
        )
    estimates = _estimates(changes)
    first, last = _span(records.fit.ratings, changes)
    size = (
        f" The scale spans {scale.upper - scale.lower:g} points."
        if scale.lower is not None and scale.upper is not None
        else ""
    )
    order = changes.sort_values("median", kind="stable")
    least, most = (
        f"{estimates[at]} points ({spoken(order.loc[at, 'informant'])})"
        for at in order.index[[0, -1]]
    )
    if len(order) == 1:
        return f"From {first} to {last} the expected rating changes by {least}.{size}"
    return (
        f"From {first} to {last} the change in the expected rating ranges over the informants "
        f"from {least} to {most}.{size}"
    )


def stability(records: Reported) -> list[str]:
    """Say how stable differences between children are, a sentence per informant."""
    rows = records.select(estimand="variance.stability")
    texts = []
    for informant, own in _groups(rows, "informant"):
        kinds = {row.source: _estimate(row) for row in _rows(own)}
        first, last = _span(records.fit.ratings, own)
        text = (
            f"{headed(informant)}: ratings of a child at {first} and {last} correlate "
            f"{kinds['total']}"
        )
        if "disattenuated" in kinds:
            text += f"; free of what varies from occasion to occasion, {kinds['disattenuated']}"
        texts.append(f"{text}.")
    return texts


def agreement_range(records: Reported, *, level: str) -> str:
    """Say which pairs of informants agree most and least, at a level or in ``"total"``."""
    fit = records.fit
    time = float(fit.ratings.time.origin)
    where = {
        "child": "Between children of the same therapist"
        if "therapist_cov" in fit.moments
        else "Between children",
        "therapist": "Between therapists",
        "clinic": "Between clinics",
        "total": "Between single ratings of one occasion",
    }[level]
    where += " who are alike in the covariates" if level != "total" and fit.spec.covariates else ""
    where += f" at {time_label(fit.ratings, time)}"
    rows = correlations_among(records.select(level=level, time=time))
    if rows.empty:
        return f"{where}, no two informants vary, so they have no correlation."
    estimates = _estimates(rows)
    order = rows.sort_values("median", kind="stable")
    most, least = (
        f"{estimates[row.Index]} ({spoken(row.informant)} with {spoken(row.informant_)}; "
        f"probability of a positive correlation {probability(row.above)})"
        for row in _rows(order.iloc[[-1, 0]])
    )
    if len(order) == 1:
        return f"{where}, the correlation between informants is {most}."
    return f"{where}, correlations between informants reach from {least} to {most}."


def together(records: Reported) -> list[str]:
    """Say how far all informants give the same rating, at the first and the last reference time.

    There is no sentence where points of informants cannot be compared.
    """
    by_time: dict[float, list[str]] = {}
    for index in TOGETHER:
        for row in _rows(records.select(estimand=index.estimand)):
            text = f"{_estimate(row)} for {index.words}, {index.symbol}"
            by_time.setdefault(row.time, []).append(text)
    times = sorted(by_time)
    return [
        f"At {time_label(records.fit.ratings, time)}, the intraclass correlation of single ratings "
        f"over all informants is {', and '.join(by_time[time])}."
        for time in dict.fromkeys([*times[:1], *times[-1:]])
    ]


def dyads(records: Reported) -> list[str]:
    """Say whether therapists and clients return each other's view, a sentence per dyad."""
    texts = []
    returned = records.select(estimand="dyads.reciprocity")
    for (therapist, client), own in _groups(returned, ["informant", "informant_"]):
        kinds = {row.source: _estimate(row) for row in _rows(own)}
        text = (
            f"{headed(therapist)} and {spoken(client)}: how a therapist sees clients in general "
            f"and how clients see this therapist correlate {kinds['generalised']} (generalised "
            "reciprocity); how a therapist sees one of several clients and how this client sees "
            f"the therapist correlate {kinds['dyadic']} (dyadic reciprocity)"
        )
        for row in _rows(records.select(estimand="dyads.tracking", informant=therapist)):
            text += (
                f"; a point more in what the {spoken(client)} means goes with {_estimate(row)} "
                "points in what the therapist means (tracking)"
            )
        texts.append(f"{text}.")
    return texts


def shares(records: Reported, *, time: float) -> list[str]:
    """Say where the variance of each informant's ratings lies, the largest share first.

    Parameters
    ----------
    time : float
        A reference time, or that at which the level is read, in units of the time column.
    """
    rows = shares_among(records.select(time=time))
    texts = []
    for informant, own in _groups(rows, "informant"):
        estimates = _estimates(own)
        order = own.sort_values("median", ascending=False, kind="stable")
        parts = [f"{row.source} {estimates[row.Index]}" for row in _rows(order)]
        texts.append(f"{headed(informant)}: {', '.join(parts)}.")
    return texts


def covariate_effects(records: Reported, *, on: str | None = None) -> list[str]:
    """Say what each covariate goes with, per informant.

    Parameters
    ----------
    on : str, optional
        A growth coefficient; everything that covariates act on if not given.
    """
    texts = []
    rows = records.covariate_effects()
    if on is not None:
        rows = rows[rows["coefficient"] == on]
    for (target, covariate), own in _groups(rows, ["coefficient", "covariate"]):
        estimates = _estimates(own)
        parts = [
            f"{spoken(row.informant)} {estimates[row.Index]} ({_direction(row)})"
            for row in _rows(own)
        ]
        scatter = "the logarithm of the residual standard deviation"
        where = scatter if target == "residual_sd" else target
        texts.append(f"{headed(covariate)} on {where}: {'; '.join(parts)}.")
    return texts


def prior_driven(records: Reported, *, listing: bool = True) -> str:
    """Say which of the reported estimands the prior decides, or only how many of them."""
    known = records.estimands.dropna(subset="contraction")
    if known.empty:
        return (
            "The prior of this model cannot be drawn here, so it is not known how much the ratings "
            "added to it."
        )
    driven = known[known["prior_driven"].astype(bool)]
    head = (
        f"Of {len(known)} estimands the ratings took away more than half of the prior's variance "
        f"in {len(known) - len(driven)}"
    )
    if driven.empty:
        return f"{head}: none is driven by the prior."
    if not listing:
        return (
            f"{head}; {len(driven)} stand on the prior (contraction below one half) and are to be "
            "reported with it."
        )
    names = [f"{row.estimand} of {row.of}" for row in _rows(driven.head(MOST_LISTED))]
    more = f" and {len(driven) - len(names)} more" if len(driven) > len(names) else ""
    which = ", ".join(names) + more if more else listed(names)
    return (
        f"{head}; {len(driven)} stand on the prior and are to be reported with it: {which} "
        "(contraction below one half)."
    )


def _rows(rows: pd.DataFrame) -> Iterator[Any]:
    """Go through rows whose columns, and place as ``Index``, are attributes."""
    # Not by `itertuples`, which makes a class for every few rows, and takes column by column.
    for place, values in zip(rows.index, rows.to_numpy(dtype=object).tolist(), strict=True):
        yield SimpleNamespace(Index=place, **dict(zip(rows.columns, values, strict=True)))


def _groups(rows: pd.DataFrame, by: str | list[str]) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Go through rows with the same labels, in their order."""
    yield from rows.groupby(by, sort=False)


def _change(records: Reported) -> tuple[pd.DataFrame, str]:
    """Choose the growth a sentence speaks of, and what it is called."""
    time = records.fit.ratings.time
    if records.fit.spec.trajectory.slope_is_change:
        unit = (
            f" {time.unit}"
            if time.unit
            else (" unit of time" if time.per == 1 else " units of time")
        )
        # "per 4 months", but "per month".
        step = time.unit.removesuffix("s") if time.per == 1 and time.unit else f"{time.per:g}{unit}"
        return records.averages("slope"), f"change per {step}"
    changes = records.select(estimand="effects.trajectories")
    if changes.empty:
        return changes, ""
    first, last = _span(records.fit.ratings, changes)
    return changes, f"change from {first} to {last}"


def _span(ratings: Ratings, rows: pd.DataFrame) -> tuple[str, str]:
    """First and last time of results that are about both."""
    first, last = rows[["time", "time_"]].iloc[0]
    return time_label(ratings, first), time_label(ratings, last)


def _falls(row: pd.Series) -> str:
    if row["below"] >= 0.5:
        return f"probability that it falls {probability(row['below'])}"
    return f"probability that it rises {probability(row['above'])}"


def _direction(row: Any) -> str:
    if row.above >= 0.5:
        return f"probability of being positive {probability(row.above)}"
    return f"probability of being negative {probability(row.below)}"


def _estimates(rows: pd.DataFrame) -> dict[Hashable, str]:
    """Medians with intervals by their place, with common decimals."""
    decimals = max((digits(float(width)) for width in rows["upper"] - rows["lower"]), default=0)
    return {row.Index: _estimate(row, decimals) for row in _rows(rows)}


def _estimate(row: Any, decimals: int | None = None) -> str:
    places = digits(float(row.upper - row.lower)) if decimals is None else decimals
    return with_interval(
        row.median, row.lower, row.upper, decimals=places, bounded=bool(row.is_bounded)
    )
