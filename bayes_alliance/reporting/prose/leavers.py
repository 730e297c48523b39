"""What a fit in which leaving is part of the model says of it, for the paragraphs of a paper.

Numbers come from the ratings, from summaries of the fit and from the estimands of leaving; a fit
without leaving has nothing to say here.
"""

from collections.abc import Mapping

import numpy as np

from bayes_alliance.estimands.leaving import in_treatment, left_minus_stayed
from bayes_alliance.estimands.leaving.staying import ASSOCIATION, SHARE
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.prose.estimates import each_row, estimate
from bayes_alliance.reporting.prose.leaving import HYPOTHETICAL
from bayes_alliance.reporting.prose.passage import Calls, Passage, called, joined
from bayes_alliance.reporting.prose.wording import (
    digits,
    percent,
    printed,
    probability,
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
    return [_counts(fit, ""), *_beside(records)]


def passage(records: Reported, calls: Calls) -> Passage | None:
    """The paragraph of what was found; none without leaving."""
    if records.fit.spec.leaving is None:
        return None
    first = _counts(records.fit, called(calls, "participants"))
    return Passage(head="Leaving", text=joined([first, *_beside(records)]))


def _beside(records: Reported) -> list[str]:
    """All but the count of those who left."""
    return [_expected(records.fit), *_follows(records), *_apart(records.fit)]


def _counts(fit: Fit, where: str) -> str:
    there = fit.ratings.occasions.groupby("time")["in_treatment"].sum().astype(int)
    n, words = len(fit.ratings.children), fit.ratings.words
    who = words.families if n != 1 else words.family
    left = n - there.iloc[-1]
    return f"Of {n:,} {who}, {left:,} {words.left} before the last occasion{where}."


def _expected(fit: Fit) -> str:
    low, middle, high = np.quantile(in_treatment(fit).isel(time=-1), TAILS)
    there = fit.ratings.occasions.groupby("time")["in_treatment"].mean().iloc[-1]
    return fit.ratings.words.said(
        f"At the last occasion {percent(there)} were in treatment; of new families the model "
        f"expects {percent(middle)} (95% interval {percent(low)} to {percent(high)})."
    )


def _follows(records: Reported) -> list[str]:
    fit, words = records.fit, records.fit.ratings.words
    rows = records.of_quantities
    own = rows[rows["quantity"] == ASSOCIATION]
    draws = {one.name: one.draws for one in records.quantities if one.quantity == ASSOCIATION}
    assert fit.spec.leaving is not None
    brief, texts = fit.spec.leaving.brief, []
    known = {row.name: row for row in each_row(own)}
    for name in _ends({name: row.median for name, row in known.items()}):
        row = known[name]
        more = probability(float((draws[row.name] > 0).mean()))
        whose = words.spoken(row.informant)
        group = f" ({words.spoken(row.covariate)})" if isinstance(row.covariate, str) else ""
        texts.append(
            f"A point more of the {brief} of {whose}{group} adds {estimate(row)} to the probit of "
            f"leaving (probability that more leave {more})."
        )
    if texts:
        texts += [
            "The share of this that is the alliance's, and not that of the rating of the day, is "
            f"{estimate(row)}."
            for row in each_row(rows[rows["quantity"] == SHARE])
        ]
    return texts


def _apart(fit: Fit) -> list[str]:
    """Levels of new families who leave, against those of others."""
    apart = left_minus_stayed(fit, way="new").sel(coefficient="level")
    tails = {name: np.quantile(apart.sel(informant=name), TAILS) for name in fit.design.informants}
    texts: list[str] = []
    for name in _ends({name: float(values[1]) for name, values in tails.items()}):
        low, middle, high = tails[name]
        places = digits(high - low)
        low, middle, high = (printed(value, places) for value in (low, middle, high))
        whose = fit.ratings.words.spoken(name)
        who = (
            f"For {whose} they are"
            if texts
            else fit.ratings.words.said(
                "Levels of new families who leave before the last occasion, less those of new "
                "families who stay, are"
            )
            + f" for {whose}"
        )
        texts.append(f"{who} {middle} points (95% interval {low} to {high}).")
    return texts


def _ends(medians: Mapping[str, float]) -> list[str]:
    """Whose median is lowest and whose is highest, in their order."""
    low, high = min(medians.values(), default=0.0), max(medians.values(), default=0.0)
    return [name for name, median in medians.items() if median in (low, high)]
