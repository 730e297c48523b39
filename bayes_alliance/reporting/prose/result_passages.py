"""The results of a fit in short paragraphs: change, stability, agreement, variance, predictors.

A paragraph calls the table that holds all numbers and tells the ends of what informants range over,
and of pairs the one in the middle; no sentence has more than six numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from bayes_alliance.levels import CALLED
from bayes_alliance.reporting.prose import courses
from bayes_alliance.reporting.prose.estimates import each_row, estimate, estimates_of, groups, span
from bayes_alliance.reporting.prose.passage import Calls, Passage, called, joined
from bayes_alliance.reporting.prose.sentences import place
from bayes_alliance.reporting.prose.wording import (
    covariate_said,
    headed,
    marked,
    printed,
    probability,
    span_label,
    spoken,
    time_label,
)
from bayes_alliance.reporting.tables.notes import coefficient_heading
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.of_agreement import TOGETHER, correlations_among
from bayes_alliance.results.reported import shares_among

FEWEST_WITH_A_MIDDLE = 3
MOST_EFFECTS = 6
OF_AGREEMENT = 2  # decimals
TOGETHER_WAS = "Over all informants the intraclass correlation of {} was"
EFFECTS = "effects_"  # begins the names of figures of effects


def change(records: Reported, calls: Calls) -> Passage:
    """Say where expected ratings lie and how they change."""
    ratings = records.fit.ratings
    words, family = ratings.words, records.fit.spec.family
    levels, changes = courses.levels_of(records), courses.changes_of(records)
    at, estimates = time_label(ratings, float(ratings.time.origin)), estimates_of(levels)
    table = () if family.observed_differs else ("fixed_effects",)
    where = called(calls, *table, "trajectories")
    texts = []
    if ratings.common_scale is None:
        for row in each_row(levels):
            name = words.spoken(row.informant)
            texts.append(
                f"At {at} the expected rating of {name} was {estimates[row.Index]} points of its "
                f"own scale{where}."
            )
            where = ""
    elif len(levels) == 1:
        (text,) = estimates.values()
        texts.append(f"At {at} the expected rating was {text} points{where}.")
    else:
        low, high = _ends(levels)
        texts += [
            f"At {at} expected ratings were highest for {_whose(records, high)}, "
            f"{estimates[high.Index]} points{where}.",
            f"They were lowest for {_whose(records, low)}, {estimates[low.Index]} points.",
        ]
    if family.observed_differs and "fixed_effects" in calls:
        texts.append(
            "Averages of what lies behind the ratings, on a scale without ends, are in "
            f"{calls['fixed_effects']}."
        )
    return Passage(head="Change", text=joined([*texts, *_changed(records, changes)]))


def stability(records: Reported, calls: Calls) -> Passage:
    """Say how stable differences between children are."""
    rows = courses.stable_of(records)
    ratings, where = records.fit.ratings, called(calls, "stability")
    texts = []
    by_kind = dict(groups(rows, "source"))
    if "total" in by_kind:
        own = by_kind["total"]
        said = f"ratings of a {ratings.words.child} at {span(ratings, own, joined='and')}"
        said += f", {aside}," if (aside := records.fit.spec.family.without) else ""
        if len(own) == 1:
            texts.append(f"{headed(said)} correlated {_one(own)}{where}.")
        else:
            low, high = _ends(own)
            texts += [
                f"{headed(said)} correlated most for {_whose(records, high)}, "
                f"{estimate(high)}{where}.",
                f"They correlated least for {_whose(records, low)}, {estimate(low)}.",
            ]
    if "disattenuated" in by_kind:
        own = by_kind["disattenuated"]
        free = "Free of what varies from occasion to occasion"
        if len(own) == 1:
            texts.append(f"{free}, the correlation was {_one(own)}.")
        else:
            low, high = _ends(own)
            texts.append(
                f"{free}, correlations lay between {estimate(low)} ({_whose(records, low)}) and "
                f"{estimate(high)} ({_whose(records, high)})."
            )
    if texts:
        texts.append(courses.change_assumed(records.fit))
    return Passage(head="Stability", text=joined(texts))


def agreement(records: Reported, calls: Calls) -> Passage:
    """Say how informants agree: the pair in the middle, and the two at the ends."""
    fit = records.fit
    if len(fit.ratings.informants) == 1:
        return Passage(head="Agreement", text="")
    texts: list[str] = []
    # What pairs agree in is called first; standard deviations and correlations come later.
    for level in ("child", "total", "therapist", "clinic"):
        if level == "total" or f"{level}_cov" in fit.moments:
            above = level in ("therapist", "clinic")
            where = called(calls, "variation") if above else ""
            where = where if texts else called(calls, "agreement_by_pair", "agreement")
            texts += [text for text in [_agreed(records, level, where)] if text]
            texts += _together(records) if level == "total" else []
    return Passage(head="Agreement", text=joined(texts))


def variance(records: Reported, calls: Calls) -> Passage:
    """Say where the variance of ratings lies, a sentence per source."""
    said = records.fit.ratings.words.said
    known = {str(level): f"differences between {called.plural}" for level, called in CALLED.items()}
    known["occasion"] = "what varies from occasion to occasion"
    rows = shares_among(records.select(time=float(records.fit.ratings.time.origin)))
    texts: list[str] = []
    single = records.fit.spec.family.single
    where = f" of the variance of {single}{called(calls, 'stability', 'shares')}"
    for source, own in groups(rows, "source"):
        low, high = _ends(own)
        what = headed(said(known.get(source, spoken(source))))
        amount = (
            estimate(low)
            if len(own) == 1
            else f"{estimate(low)} ({_whose(records, low)}) to {estimate(high)} "
            f"({_whose(records, high)})"
        )
        texts.append(f"{what} made up {amount}{where}.")
        where = ""
    if "variation" in calls:
        texts.append(f"Standard deviations and correlations are in {calls['variation']}.")
    return Passage(head="Variance", text=joined(texts))


def predictors(records: Reported, calls: Calls) -> Passage:
    """Say what goes with covariates: of each, the informant for whom its sign is surest."""
    rows = records.covariate_effects()
    texts: list[tuple[float, str]] = []
    for (target, covariate), own in groups(rows, ["coefficient", "covariate"]):
        sure = own.assign(sure=own[["above", "below"]].max(axis=1), size=own["median"].abs())
        (row,) = each_row(sure.sort_values(["sure", "size"], kind="stable").iloc[[-1]])
        texts.append((-float(row.sure), _effect(records, str(target), str(covariate), row)))
    if not texts:
        return Passage(head="Predictors", text="")
    figures = [name for name in calls if name.startswith(EFFECTS)]
    lead = (
        "Of each covariate the effect with the surest sign is given; all effects, others in the "
        f"model held fixed, are shown for every informant{called(calls, *_EFFECTS, *figures)}."
    )
    chosen = sorted(texts, key=_surest)[:MOST_EFFECTS]
    return Passage(head="Predictors", text=joined([lead, *(text for _, text in chosen)]))


_EFFECTS = ("covariate_effects",)


def _surest(effect: tuple[float, str]) -> float:
    return effect[0]


def _changed(records: Reported, changes: pd.DataFrame) -> list[str]:
    """Say how expected ratings change from the first to the last time."""
    ratings = records.fit.ratings
    if changes.empty:
        return [courses.change_over_time(records)]
    first, last = changes[["time", "time_"]].iloc[0]
    over, estimates = f"From {span_label(ratings, first, last)}", estimates_of(changes)
    if len(changes) == 1:
        (row,) = each_row(changes)
        return [
            f"{over} it changed by {estimates[row.Index]} points (probability of a {_way(row)})."
        ]
    if ratings.common_scale is None:
        return [
            f"{over} the expected rating of {_whose(records, row)} changed by "
            f"{estimates[row.Index]} points of its own scale (probability of a {_way(row)})."
            for row in each_row(changes)
        ]
    low, high = _ends(changes)
    least = "largest fall" if low.median < 0 else "smallest rise"
    most = "largest rise" if high.median > 0 else "smallest fall"
    return [
        f"{over} the {least} was that of {_whose(records, low)}, {estimates[low.Index]} points "
        f"(probability of a {_way(low)}).",
        f"The {most} was that of {_whose(records, high)}, {estimates[high.Index]} points "
        f"(probability of a {_way(high)}).",
    ]


def _agreed(records: Reported, level: str, where: str) -> str:
    """Say which correlations pairs of informants have at a level or in total."""
    time = float(records.fit.ratings.time.origin)
    rows = correlations_among(records.select(level=level, time=time))
    said = place(records, level)
    if rows.empty:
        return ""
    order = list(each_row(rows.sort_values("median", kind="stable")))
    low, high = order[0], order[-1]
    if len(order) == 1:
        return f"{said}, {_pair(records, low)} correlated {estimate(low)}{where}."
    first, last = (
        marked(printed(one.median, OF_AGREEMENT, bounded=True), one.prior_driven)
        for one in (low, high)
    )
    if first == last:
        return f"{said}, medians of the correlations of all pairs were {first}{where}."
    if level in ("therapist", "clinic") or len(order) < FEWEST_WITH_A_MIDDLE:
        return (
            f"{said}, medians of correlations lay between {first} ({_pair(records, low)}) and "
            f"{last} ({_pair(records, high)}){where}."
        )
    middle = order[(len(order) - 1) // 2]
    return (
        f"{said}, the pair in the middle ({_pair(records, middle)}) correlated "
        f"{estimate(middle)}{where}. Medians of pairs ranged from {first} "
        f"({_pair(records, low)}) to {last} ({_pair(records, high)})."
    )


def _together(records: Reported) -> list[str]:
    """Say how far all informants give the same rating where the level is read."""
    time, texts = float(records.fit.ratings.time.origin), list[str]()
    for index in TOGETHER:
        for row in each_row(records.select(estimand=index.estimand, time=time)):
            head = "It was" if texts else TOGETHER_WAS.format(records.fit.spec.family.single)
            texts.append(f"{head} {estimate(row)} for {index.words}, {index.symbol}.")
    return texts


def _effect(records: Reported, target: str, covariate: str, row: Any) -> str:
    fit = records.fit
    heading = coefficient_heading(fit, target)
    what = f"the {heading[:1].lower()}{heading[1:]} of"
    unit = " points"
    if target == "residual_sd":
        what, unit = "the logarithm of the residual standard deviation of", ""
    elif target not in fit.design.coefficients:
        what = "single ratings of"
    name = headed(covariate_said(fit, covariate, on=target))
    sure = (
        f"probability of being positive {probability(row.above)}"
        if row.above >= 0.5
        else f"probability of being negative {probability(row.below)}"
    )
    return f"{name} on {what} {_whose(records, row)}: {estimate(row)}{unit} ({sure})."


def _ends(rows: pd.DataFrame) -> tuple[Any, Any]:
    """The rows with the lowest and the highest median; the same if there is one."""
    order = list(each_row(rows.sort_values("median", kind="stable")))
    return order[0], order[-1]


def _one(rows: pd.DataFrame) -> str:
    (row,) = each_row(rows)
    return estimate(row)


def _whose(records: Reported, row: Any) -> str:
    return records.fit.ratings.words.spoken(row.informant)


def _pair(records: Reported, row: Any) -> str:
    name: Callable[[str], str] = records.fit.ratings.words.name
    return f"{spoken(name(row.informant))} with {spoken(name(row.informant_))}"


def _way(row: Any) -> str:
    if row.below >= 0.5:
        return f"fall {probability(row.below)}"
    return f"rise {probability(row.above)}"


def passages(records: Reported, calls: Calls) -> Sequence[Passage]:
    """Compose the paragraphs that this fit has something to say in."""
    made = [part(records, calls) for part in (change, stability, agreement, variance, predictors)]
    return [one for one in made if one.text]
