"""Results in plain words, read from the records of a fit.

A sentence says how large something is, how well it is known, and with what probability it has a
direction, given this model and these priors. It never says that something is or is not there.
Differences between informants are worded as perspectives (De Los Reyes et al. 2022).
"""

from typing import Any

from bayes_alliance.reporting.prose.estimates import (
    about,
    each_row,
    estimate,
    estimates_of,
    groups,
)
from bayes_alliance.reporting.prose.wording import (
    DAGGER,
    coefficient_said,
    covariate_said,
    headed,
    percent,
    printed,
    printed_interval,
    probability,
    time_label,
)
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.of_agreement import TOGETHER, agreement_among, correlations_among
from bayes_alliance.results.reported import noun, shares_among
from bayes_alliance.results.summaries import FAR_OUT

MOST_LISTED = 8
MOST_CONFLICTS = 4


def agreement_range(records: Reported, *, level: str) -> str:
    """Say which pairs of informants agree most and least, at a level or in ``"total"``."""
    where, words = place(records, level), records.fit.ratings.words
    time = float(records.fit.ratings.time.origin)
    rows = correlations_among(records.select(level=level, time=time))
    if rows.empty:
        return (
            f"{where}, no correlation of informants is reported: the model fixes it, or these "
            "ratings cannot tell it."
        )
    estimates = estimates_of(rows)
    order = rows.sort_values("median", kind="stable")
    most, least = (
        f"{estimates[row.Index]} ({words.spoken(row.informant)} with "
        f"{words.spoken(row.informant_)}; "
        f"probability of a positive correlation {probability(row.above)})"
        for row in each_row(order.iloc[[-1, 0]])
    )
    if len(order) == 1:
        return f"{where}, the correlation between informants is {most}."
    return f"{where}, correlations between informants reach from {least} to {most}."


def place(records: Reported, level: str) -> str:
    """Say between whom informants agree, and when, as the head of a sentence."""
    fit = records.fit
    where = {
        "child": "Between children of the same therapist"
        if "therapist_cov" in fit.moments
        else "Between children",
        "therapist": "Between therapists",
        "clinic": "Between clinics",
        "total": f"Between single ratings of one occasion {fit.spec.family.without}".strip(),
    }[level]
    where = fit.ratings.words.said(where)
    where += " who are alike in the covariates" if level != "total" and fit.spec.covariates else ""
    return f"{where} at {time_label(fit.ratings, float(fit.ratings.time.origin))}"


def together(records: Reported) -> list[str]:
    """Say how far all informants give the same rating, at the first and the last reference time.

    There is no sentence where points of informants cannot be compared.
    """
    by_time: dict[float, list[str]] = {}
    for index in TOGETHER:
        for row in each_row(records.select(estimand=index.estimand)):
            text = f"{estimate(row)} for {index.words}, {index.symbol}"
            by_time.setdefault(row.time, []).append(text)
    times, single = sorted(by_time), records.fit.spec.family.single
    return [
        f"At {time_label(records.fit.ratings, time)}, the intraclass correlation of {single} "
        f"over all informants is {', and '.join(by_time[time])}."
        for time in dict.fromkeys([*times[:1], *times[-1:]])
    ]


def dyads(records: Reported) -> list[str]:
    """Say whether therapists and clients return each other's view, a sentence per dyad."""
    texts, words = [], records.fit.ratings.words
    returned = records.select(estimand="dyads.reciprocity")
    for (therapist, client), own in groups(returned, ["informant", "informant_"]):
        kinds = {row.source: estimate(row) for row in each_row(own)}
        said = {
            "generalised": "how a therapist sees clients in general and how clients see this "
            "therapist correlate {} (generalised reciprocity)",
            "dyadic": "how a therapist sees one of several clients and how this client sees the "
            "therapist correlate {} (dyadic reciprocity)",
        }
        parts = [
            words.said(text).format(kinds[kind]) for kind, text in said.items() if kind in kinds
        ]
        other = words.spoken(client)
        text = f"{headed(words.name(therapist))} and {other}: {'; '.join(parts)}"
        for row in each_row(records.select(estimand="dyads.tracking", informant=therapist)):
            text += (
                f"; a point more in what the {other} means goes with {estimate(row)} points in "
                f"what the {words.therapist} means (tracking)"
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
    texts, words = [], records.fit.ratings.words
    for informant, own in groups(rows, "informant"):
        estimates = estimates_of(own)
        order = own.sort_values("median", ascending=False, kind="stable")
        parts = [f"{words.said(row.source)} {estimates[row.Index]}" for row in each_row(order)]
        texts.append(f"{headed(words.name(informant))}: {', '.join(parts)}.")
    return texts


def covariate_effects(records: Reported, *, on: str | None = None) -> list[str]:
    """Say what each covariate goes with, per informant.

    Parameters
    ----------
    on : str, optional
        A growth coefficient; everything that covariates act on if not given.
    """
    texts, words = [], records.fit.ratings.words
    rows = records.covariate_effects()
    if on is not None:
        rows = rows[rows["coefficient"] == on]
    for (target, covariate), own in groups(rows, ["coefficient", "covariate"]):
        estimates = estimates_of(own)
        parts = [
            f"{words.spoken(row.informant)} {estimates[row.Index]} ({_direction(row)})"
            for row in each_row(own)
        ]
        scatter = "the logarithm of the residual standard deviation"
        where = scatter if target == "residual_sd" else coefficient_said(records.fit, str(target))
        said = headed(covariate_said(records.fit, str(covariate), on=str(target)))
        texts.append(f"{said} on {where}: {'; '.join(parts)}.")
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
        return (
            "The ratings took away more than half of the prior's variance of all "
            f"{len(known)} estimands: none is driven by the prior."
        )
    if not listing:
        return (
            f"{head}; {len(driven)} stand on the prior (contraction below one half; {DAGGER}) and "
            "are to be reported with it."
        )
    ratings = records.fit.ratings
    names = [
        f"{noun(row.estimand)} of {about(ratings, row)}"
        for row in each_row(driven.head(MOST_LISTED))
    ]
    more = f"; and {len(driven) - len(names)} more" if len(driven) > len(names) else ""
    which = "; ".join(names) + more
    return (
        f"{head}; {len(driven)} stand on the prior and are to be reported with it: {which} "
        "(contraction below one half)."
    )


def prior_conflict(records: Reported) -> str:
    """Say which estimates of agreement lie where their prior hardly expects them."""
    listed_ones = records.of_results[records.of_results["is_listed"]]
    known = agreement_among(listed_ones).dropna(subset="prior_tail")
    if known.empty:
        return ""
    far = known[known["prior_tail"] < FAR_OUT].sort_values("prior_tail", kind="stable")
    head = f"Of {len(known)} estimates of agreement"
    if far.empty:
        return f"{head} none lies far out under its prior."
    ratings = records.fit.ratings
    names = [
        f"{noun(row.estimand)} of {about(ratings, row)}: {printed(row.median, 2, bounded=True)} "
        f"(the prior expects {printed_interval(row.prior_lower, row.prior_upper, 2, bounded=True)})"
        for row in each_row(far.head(MOST_CONFLICTS))
    ]
    more = f"; and {len(far) - len(names)} more" if len(far) > len(names) else ""
    which = "; ".join(names) + more
    return (
        f"{head} {len(far)} {'lies' if len(far) == 1 else 'lie'} where the prior puts less than "
        f"{percent(FAR_OUT)} as far out: {which}. Prior and ratings disagree there: what the prior "
        "expects draws such an estimate towards itself, the more the fewer the ratings."
    )


def _direction(row: Any) -> str:
    if row.above >= 0.5:
        return f"probability of being positive {probability(row.above)}"
    return f"probability of being negative {probability(row.below)}"
