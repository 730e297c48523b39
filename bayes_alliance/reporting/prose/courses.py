"""How ratings run over time, in words: levels, change, how stable what informants mean is.

Of a model whose expected ratings lie on a scale without ends the words are about ratings on the
observed scale.
"""

import pandas as pd

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.prose.estimates import (
    each_row,
    estimate,
    estimates_of,
    groups,
    span,
)
from bayes_alliance.reporting.prose.wording import (
    headed,
    probability,
    time_label,
)
from bayes_alliance.results.collection import Reported


def growth(records: Reported) -> list[str]:
    """Say each informant's level and change, a sentence per informant."""
    ratings = records.fit.ratings
    levels = levels_of(records)
    changes, words = _change(records)
    estimates = estimates_of(levels)
    changed = estimates_of(changes)
    informants = dict(zip(changes["informant"], changes.index, strict=True))
    sentences = []
    for row in each_row(levels):
        text = (
            f"{headed(ratings.words.name(row.informant))}: {estimates[row.Index]} points "
            f"at {time_label(ratings, ratings.time.origin)}"
        )
        if row.informant in informants:
            at = informants[row.informant]
            text += f"; {words} {changed[at]}; {_falls(changes.loc[[at]].iloc[0])}"
        sentences.append(f"{text}.")
    return sentences


def change_over_time(records: Reported) -> str:
    """Say how much expected ratings change over the time observed."""
    changes = changes_of(records)
    if changes.empty:
        return no_change(records.fit)
    scale = records.fit.ratings.common_scale
    if scale is None:
        return (
            "Informants use different scales, so each one's change is in points of its own scale "
            "and cannot be set beside another's."
        )
    estimates = estimates_of(changes)
    time = span(records.fit.ratings, changes)
    size = (
        f" The scale spans {scale.upper - scale.lower:g} points."
        if scale.lower is not None and scale.upper is not None
        else ""
    )
    order = changes.sort_values("median", kind="stable")
    words = records.fit.ratings.words
    least, most = (
        f"{estimates[at]} points ({words.spoken(order.loc[at, 'informant'])})"
        for at in order.index[[0, -1]]
    )
    if len(order) == 1:
        return f"From {time} the expected rating changes by {least}.{size}"
    return (
        f"From {time} the change in the expected rating ranges over the informants "
        f"from {least} to {most}.{size}"
    )


def no_change(fit: Fit) -> str:
    """Say why nothing is said about change: of the ratings, or of the model."""
    if len(set(fit.design.occasion_time)) < 2:
        return "All ratings are of one time, so that they say nothing about change."
    return (
        "The model takes each informant's expected rating to be the same at all times, so that it "
        "says nothing about change."
    )


def stability(records: Reported) -> list[str]:
    """Say how stable differences between children are, a sentence per informant."""
    rows, without = stable_of(records), records.fit.spec.family.without
    texts, aside = [], f", {without}," if without else ""
    for informant, own in groups(rows, "informant"):
        kinds = {row.source: estimate(row) for row in each_row(own)}
        times = span(records.fit.ratings, own, joined="and")
        words = records.fit.ratings.words
        text = (
            f"{headed(words.name(informant))}: ratings of a {words.child} at {times}{aside} "
            f"correlate {kinds['total']}"
        )
        if "disattenuated" in kinds:
            text += f"; free of what varies from occasion to occasion, {kinds['disattenuated']}"
        texts.append(f"{text}.")
    return [*texts, assumed] if texts and (assumed := change_assumed(records.fit)) else texts


def change_assumed(fit: Fit) -> str:
    """Say that correlations over time rest on change being alike, if the model takes it so.

    A model in which children differ in level alone has one correlation for ratings near and far
    apart; where change differs after all, those far apart correlate less, as a rule.
    """
    if fit.spec.child is None or fit.spec.child.in_change:
        return ""
    return fit.ratings.words.said(
        "The model assumes that children do not differ in change; if they do, ratings far apart "
        "may correlate less than it says."
    )


def stable_of(records: Reported, *, source: str | None = None) -> pd.DataFrame:
    """Correlations of a child's ratings at the first and the last time, a row per informant.

    Parameters
    ----------
    source : {"total", "disattenuated"}, optional
        Of the ratings, or free of what varies from occasion to occasion; both if not given.
    """
    return records.select(estimand="variance.stability", source=source)


def levels_of(records: Reported) -> pd.DataFrame:
    """Average ratings where the level is read, on the observed scale."""
    if not records.fit.spec.family.observed_differs:
        return records.averages("level")
    rows = records.select(estimand="effects.trajectories")
    return rows[rows["time_"].isna()]


def changes_of(records: Reported) -> pd.DataFrame:
    """Changes of expected ratings from the first to the last time."""
    rows = records.select(estimand="effects.trajectories")
    return rows[rows["time_"].notna()]


def _change(records: Reported) -> tuple[pd.DataFrame, str]:
    """Choose the growth a sentence speaks of, and what it is called."""
    family = records.fit.spec.family
    if records.fit.spec.trajectory.slope_is_change and not family.observed_differs:
        return records.averages("slope"), f"change per {records.fit.ratings.time.step}"
    changes = changes_of(records)
    if changes.empty:
        return changes, ""
    return changes, f"change from {span(records.fit.ratings, changes)}"


def _falls(row: pd.Series) -> str:
    if row["below"] >= 0.5:
        return f"probability that it falls {probability(row['below'])}"
    return f"probability that it rises {probability(row['above'])}"
