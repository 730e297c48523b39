"""What a fit in which leaving is part of the model says of it, for the paragraphs of a paper.

Numbers come from the ratings, from summaries of the fit and from the estimands of leaving; a fit
without leaving has nothing to say here.
"""

import numpy as np

from bayes_alliance.estimands.leaving import in_treatment, left_minus_stayed
from bayes_alliance.estimands.leaving.staying import ASSOCIATION, SHARE
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.prose.estimates import each_row, estimate
from bayes_alliance.reporting.prose.leaving import HYPOTHETICAL
from bayes_alliance.reporting.prose.wording import (
    digits,
    listed,
    percent,
    printed,
    probability,
    spoken,
    time_label,
)
from bayes_alliance.results.collection import Reported

TAILS = [0.025, 0.5, 0.975]


def assumed(fit: Fit) -> str:
    """What is taken of ratings after leaving, and of whom averages are; "" without leaving."""
    leaving = fit.spec.leaving
    if leaving is None:
        return ""
    said = "Families with missing ratings, and those who left, were kept. "
    return fit.ratings.words.said(f"{said}{leaving.assumption} {HYPOTHETICAL}.")


def found(records: Reported) -> list[str]:
    """Who left when, what leaving follows, and how those who left differ."""
    fit = records.fit
    if fit.spec.leaving is None:
        return []
    texts = [_counts(fit), _expected(fit), *_follows(records), _apart(fit)]
    return [fit.ratings.words.said(text) for text in texts]


def _counts(fit: Fit) -> str:
    there = fit.ratings.occasions.groupby("time")["in_treatment"].sum().astype(int)
    times = there.index.to_numpy(dtype=np.float64)
    n, words = len(fit.ratings.children), fit.ratings.words
    who = words.families if n != 1 else words.family
    course = listed(
        [f"{count} at {time_label(fit.ratings, t)}" for t, count in zip(times, there, strict=True)]
    )
    return (
        f"{n - there.iloc[-1]} of {n} {who} {words.left} before the last occasion; in treatment "
        f"were {course}."
    )


def _expected(fit: Fit) -> str:
    low, middle, high = np.quantile(in_treatment(fit).isel(time=-1), TAILS)
    there = fit.ratings.occasions.groupby("time")["in_treatment"].mean().iloc[-1]
    return (
        f"At the last occasion {percent(there)} were in treatment; of new families the model "
        f"expects {percent(middle)} (95% interval {percent(low)} to {percent(high)})."
    )


def _follows(records: Reported) -> list[str]:
    fit, words = records.fit, records.fit.ratings.words
    rows = records.of_quantities
    own = rows[rows["quantity"] == ASSOCIATION]
    draws = {one.name: one.draws for one in records.quantities if one.quantity == ASSOCIATION}
    parts = []
    for row in each_row(own):
        more = probability(float((draws[row.name] > 0).mean()))
        whose = spoken(words.name(row.informant))
        group = f" ({row.covariate})" if isinstance(row.covariate, str) else ""
        parts.append(f"{whose}{group} {estimate(row)} (probability that more leave: {more})")
    assert fit.spec.leaving is not None
    if not parts:
        return []
    brief = fit.spec.leaving.brief
    texts = [f"What a point more of the {brief} adds to the probit of leaving: {'; '.join(parts)}."]
    for row in each_row(rows[rows["quantity"] == SHARE]):
        texts.append(
            "The share of this that is the alliance's, and not that of the rating of the day: "
            f"{estimate(row)}."
        )
    return texts


def _apart(fit: Fit) -> str:
    """Levels of new families who leave, against those of others."""
    apart = left_minus_stayed(fit, way="new").sel(coefficient="level")
    parts = []
    for name in fit.design.informants:
        low, middle, high = np.quantile(apart.sel(informant=name), TAILS)
        places = digits(high - low)
        low, middle, high = (printed(value, places) for value in (low, middle, high))
        whose = spoken(fit.ratings.words.name(name))
        parts.append(f"{whose} {middle} (95% interval {low} to {high})")
    return (
        "Levels of new families who leave before the last occasion, less those of new families "
        f"who stay, in points: {'; '.join(parts)}."
    )
