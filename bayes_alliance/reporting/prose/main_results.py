"""The main results of a fit in words that need no statistics, with few numbers.

How far two ratings go together is given as what a clinician can picture: of a hundred pairs of
children, in how many is the one whom one rating puts higher also put higher by the other. For a
normal pair with correlation `r` that is `1/2 + arcsin(r) / pi` (the probability of a
quadrant). A direction is given where its posterior probability is that of a conclusion that is
supported; else it is open.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayes_alliance.levels import CALLED
from bayes_alliance.reporting.prose import courses
from bayes_alliance.reporting.prose.estimates import each_row, groups
from bayes_alliance.reporting.prose.wording import (
    coefficient_said,
    covariate_said,
    headed,
    interacting,
    listed,
    percent,
    printed,
    span_label,
    spoken,
    time_label,
)
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.of_agreement import correlations_among
from bayes_alliance.results.reported import shares_among
from bayes_alliance.studies.conclusions import SUPPORTED

PAIRS = 100
MOST_COVARIATES = 4


def main_results(records: Reported) -> list[str]:
    """Say the main results, a sentence or two to a question.

    Returns
    -------
    list of str
        Whether ratings change, how stable and how alike they are, where differences lie, and what
        goes with covariates; what a fit cannot tell is left out.
    """
    parts = (_change, _stability, _agreement, _variance, _covariates)
    return [text for part in parts if (text := part(records))]


def _change(records: Reported) -> str:
    """Say who rose and who fell, and of whom that is open."""
    ratings, changes = records.fit.ratings, courses.changes_of(records)
    if changes.empty:
        return courses.no_change(records.fit)
    first, last = changes[["time", "time_"]].iloc[0]
    ways: dict[str, list[Any]] = {"fell": [], "rose": [], "": []}
    for row in each_row(changes):
        clear = max(row.above, row.below) > SUPPORTED and row.prior_driven is not True
        ways[("rose" if row.above > row.below else "fell") if clear else ""].append(row)
    over = f"From {span_label(ratings, first, last)}"
    directions = [
        f"ratings by {_all_by(records, rows)} {way} by about {_amount(rows)} points"
        for way, rows in ways.items()
        if way and rows
    ]
    unclear = f"whether ratings by {_all_by(records, ways[''])} rose or fell is open"
    if not directions:
        return f"{over}, {unclear}."
    texts = [f"{over}, average {listed(directions)}."]
    scale = ratings.common_scale
    if scale is not None and scale.lower is not None and scale.upper is not None:
        texts.append(f"The scale spans {scale.upper - scale.lower:g} points.")
    return " ".join([*texts, *([f"{headed(unclear)}."] if ways[""] else [])])


def _stability(records: Reported) -> str:
    """Say how often the order of two children stays from first to last."""
    rows = _of_ratings(courses.stable_of(records, source="total"))
    if rows.empty:
        return ""
    words = records.fit.ratings.words
    first, last = rows[["time", "time_"]].iloc[0]
    start, end = (time_label(records.fit.ratings, time) for time in (first, last))
    low, high = _ends(rows)
    text = (
        f"Of two {words.children}, the one rated higher at {start} is rated higher at {end} too in "
        f"{_between(low, high, _by(records, low), _by(records, high))} of {PAIRS} pairs "
        f"{_by_chance(records)}."
    )
    return " ".join([text, *([said] if (said := courses.change_assumed(records.fit)) else [])])


def _agreement(records: Reported) -> str:
    """Say how often two informants put the same of two children higher."""
    time = float(records.fit.ratings.time.origin)
    rows = _of_ratings(correlations_among(records.select(level="total", time=time)))
    if rows.empty:
        return ""
    low, high = _ends(rows)
    children = records.fit.ratings.words.children
    return (
        f"If one informant rates one of two {children} higher, another informant does so too in "
        f"{_between(low, high, _pair(records, low), _pair(records, high))} of {PAIRS} pairs "
        f"{_by_chance(records)}."
    )


def _variance(records: Reported) -> str:
    """Say what most of the differences between ratings go with, by informant.

    A share is the largest if its interval lies above those of the others; else that is open.
    """
    said = records.fit.ratings.words.said
    places = {str(level): f"between {called.plural}" for level, called in CALLED.items()}
    places["occasion"] = "between occasions"
    rows = shares_among(records.select(time=float(records.fit.ratings.time.origin)))
    by_place: dict[str, list[Any]] = {}
    unclear = []
    for _, own in groups(rows, "informant"):
        # Of parts that ratings cannot tell apart, none is known to be the largest.
        if "occasion" not in set(own["source"]):
            continue
        _, most = _ends(own)
        others = own[own["source"] != most.source]
        if most.prior_driven is True or not (most.lower > others["upper"]).all():
            unclear.append(most)
        elif most.source in places:
            by_place.setdefault(str(most.source), []).append(most)
    parts = []
    for source, informants in by_place.items():
        shares = [percent(row.median) for row in sorted(informants, key=_median)]
        amount = " to ".join(dict.fromkeys((shares[0], shares[-1])))
        names = listed([_by(records, row) for row in informants])
        parts.append(f"{said(places[source])} for ratings by {names} ({amount})")
    texts = [f"The largest part of the variance lies {', '.join(parts)}."] if parts else []
    if unclear:
        whose = _all_by(records, unclear)
        texts.append(f"Where the largest part of it lies for ratings by {whose} is open.")
    return " ".join(texts) if parts else ""


def _covariates(records: Reported) -> str:
    """Say which covariates go with higher and lower ratings."""
    texts, fit = [], records.fit
    rows = _of_ratings(records.covariate_effects())
    rows = rows[rows["coefficient"] != "residual_sd"]
    every = [covariate_said(fit, str(one)) for one in dict.fromkeys(rows["covariate"])]
    clear = rows[rows[["above", "below"]].max(axis=1) > SUPPORTED]
    for (covariate, target), own in groups(clear, ["covariate", "coefficient"]):
        what = coefficient_said(fit, str(target))
        if pair := interacting(fit, str(covariate)):
            first, second = (covariate_said(fit, one) for one in pair)
            names = [_by(records, row) for row in each_row(own)]
            texts.append(
                f"How {first} goes with the {what} of ratings by {listed(names)} depends on "
                f"{second}."
            )
            continue
        ways = []
        for way, chosen in (("higher", own["above"] >= 0.5), ("lower", own["above"] < 0.5)):
            names = [_by(records, row) for row in each_row(own[chosen])]
            if names:
                ways.append(f"with a {way} {what} of ratings by {listed(names)}")
        said = covariate_said(fit, str(covariate), on=str(target))
        texts.append(f"{headed(said)} goes {listed(ways)}.")
    if not every:
        return ""
    if len(texts) > MOST_COVARIATES:
        texts = [*texts[:MOST_COVARIATES], "Further effects are shown below."]
    return " ".join(texts) or (
        f"What goes with {listed(every)} is open: no effect has a sure direction."
    )


def _all_by(records: Reported, rows: Sequence[Any]) -> str:
    return listed([_by(records, row) for row in rows]) if rows else ""


def _amount(rows: Sequence[Any]) -> str:
    """The size of changes in one direction, or the ends of it."""
    sizes = sorted(abs(row.median) for row in rows)
    ends = dict.fromkeys(printed(size, 1) for size in (sizes[0], sizes[-1]))
    return " to ".join(ends)


def _by_chance(records: Reported) -> str:
    """In how many pairs chance does it, and what is left out of the ratings that are compared."""
    aside = records.fit.spec.family.without
    return f"({', '.join(part for part in (f'by chance {PAIRS // 2}', aside) if part)})"


def _of_ratings(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that do not stand on the prior."""
    return rows[np.array([one is not True for one in rows["prior_driven"]], dtype=bool)]


def _ends(rows: pd.DataFrame) -> tuple[Any, Any]:
    order = list(each_row(rows.sort_values("median", kind="stable")))
    return order[0], order[-1]


def _between(low: Any, high: Any, name: str, other: str) -> str:
    """In how many of a hundred pairs the order is the same, at both ends."""
    first, last = (round(PAIRS * (0.5 + np.arcsin(row.median) / np.pi)) for row in (low, high))
    if low.Index == high.Index:
        return f"{first}"
    return f"{first} ({name}) to {last} ({other})"


def _median(row: Any) -> float:
    return float(row.median)


def _by(records: Reported, row: Any) -> str:
    return records.fit.ratings.words.spoken(row.informant)


def _pair(records: Reported, row: Any) -> str:
    name = records.fit.ratings.words.name
    return f"{spoken(name(row.informant))} with {spoken(name(row.informant_))}"
