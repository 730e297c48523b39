"""What a check of fit found, in words: where ratings depart from the model, and what addresses it.

In go the tests (`score_tests`) and observed statistics among replicated ones; out comes the
sentence of the check. It counts, names what could not be tested and what no such check can see.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from bayes_alliance.design import Design
from bayes_alliance.numerals import percent, printed
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.statistics import occasion_groups
from bayes_alliance.posterior.verdict import WARN_BELOW, Verdict
from bayes_alliance.specification.phrases import capitalised, listed

# The shipped model that addresses a kind of departure, or what to change where none does.
ADVICE = {
    "means": "the trajectory has another shape; try slowing_growth or quadratic_growth",
    "curve": "the trajectory has another shape; try slowing_growth or quadratic_growth",
    "groups": "groups differ in more than the model lets them; let covariates act on every growth "
    "coefficient (predict_growth), in a model with another shape if they differ in a curve",
    "autocorrelation": "residuals of neighbouring occasions are related; try autoregressive",
    "scatter over time": "ratings scatter more at some times than at others; try informant_growth "
    "if children are not free to change, else the standard deviations of residuals can depend on "
    "a covariate that varies over occasions, as in growth_scale",
    "scatter by covariates": "groups differ in how much their ratings scatter; try growth_scale",
    "levels of children": "children differ in their level; try informant_level",
    "change of children": "children differ in how they change; try informant_growth",
    "levels of therapists": "therapists differ in their level; try informant_growth, which has "
    "effects of therapists",
    "change of therapists": "therapists differ in how their children change; no shipped model has "
    "this, so add the slope to the terms of [therapist]",
    "levels of clinics": "clinics differ in their level; try growth_with_clinics",
    "change of clinics": "clinics differ in how their children change; no shipped model has "
    "this, so add the slope to the terms of [clinic]",
    "agreement": "informants go together otherwise than the model ties them; try informant_growth",
    "tails": "a few occasions are odd; try robust",
    "skewness": "residuals are skewed, for which there is no shipped model; look at the lowest and "
    "highest ratings",
}
# What a statistic below and above zero says, where it is not less or more.
WAYS = {
    "means": ("lower than expected", "higher than expected"),
    "curve": ("bent downwards", "bent upwards"),
    "skewness": ("odd ratings are low ones", "odd ratings are high ones"),
}
CEILING = (
    "try growth_with_ceiling, for {share} of the ratings by {informant} lie at an end of the scale"
)
# A share of ratings at one end that residuals without ends cannot follow; judgement.
MANY_AT_END = 0.05
# Kinds that come from ends of the scale too.
OF_ENDS = ("skewness", "tails")
AT_ENDS = ("share at floor", "share at ceiling")  # statistics of the same
FEWEST_OCCASIONS = 3
# In how many of so many simulated studies a departure was found, 150 families of which had lost two
# fifths of their occasions because they left by their last rating (`benchmarks.fit_checks`); with
# complete ratings nearly always. Said from a smaller loss on; judgement.
STUDIES, MUCH_LOST = 8, 0.25
FOUND_AFTER_LEAVING = {
    "change of children": ("children who change differently", 5),
    "autocorrelation": ("related residuals", 4),
    "curve": ("a curve", 3),
    "change of therapists": ("therapists who change differently", 1),
}
MOST_NAMED = 3
NOT_SEEN = (
    "No such check sees leaving that depends on ratings nobody gave (growth_with_leaving "
    "models it), the shape of how effects are distributed, or covariates that are not in the "
    "model."
)
NOT_SEEN_EITHER = (
    "No such check sees whether leaving follows what the model says, the shape of how effects are "
    "distributed, or covariates that are not in the model."
)


def sentence(
    fit: Fit, verdict: Verdict, *, tests: pd.DataFrame, p: float, table: pd.DataFrame
) -> str:
    """Say what a check of fit found.

    Parameters
    ----------
    tests : DataFrame
        As from `score_tests.tests`.
    p : float
        Of all tests together.
    table : DataFrame
        Observed statistics with the range of replicated ones.
    """
    tested = tests.dropna(subset="z")
    kinds = list(dict.fromkeys(tested.index.get_level_values("kind")))
    if verdict == "pass":
        said = (
            f"None of {len(tested)} tests of {len(kinds)} kinds finds the model wanting (p of the "
            f"rarest: {p:.2f})"
        )
    else:
        said = ". ".join(["The ratings depart from the model", *_departures(fit, tested)])
    parts = [f"{said}.", f"{_counted(fit, verdict, table)}.", *_untested(fit, tests)]
    return " ".join([*parts, not_seen(fit)])


def not_seen(fit: Fit) -> str:
    """Say what no check of fit sees."""
    return NOT_SEEN if fit.spec.leaving is None else NOT_SEEN_EITHER


def _departures(fit: Fit, tested: pd.DataFrame) -> list[str]:
    """The kinds in which ratings depart most, each with its largest statistic and advice."""
    kinds = tested.index.get_level_values("kind")
    # Kinds that are rare even if they are counted as many; at least the rarest.
    limit = max(WARN_BELOW / kinds.nunique(), float(tested["p_kind"].min()))
    rare = tested[tested["p_kind"] <= limit]
    size = rare["z"].abs()
    largest = size.groupby(level="kind").idxmax().to_numpy()
    ordered = sorted(largest, key=lambda place: -size[place])[:MOST_NAMED]
    piles, words = _piles(fit), fit.ratings.words
    remarks = []
    for kind, of in ordered:
        z = rare.loc[(kind, of), "z"]
        less, more = WAYS.get(kind, ("less than expected", "more than expected"))
        advice = piles if piles and kind in OF_ENDS else ADVICE[kind]
        said, found = capitalised(words.said(kind)), more if z > 0 else less
        name = words.name_of(of, fit.design.informants)
        remarks.append(f"{said} ({name}: {found}, z = {printed(z, 1)}): {words.said(advice)}")
    return remarks


def _piles(fit: Fit) -> str | None:
    """Say who rates an end of the scale often, if the model does not know of ends."""
    design, observed = fit.design, fit.design.observed
    if (design.floor | design.ceiling).any():
        return None
    given = np.maximum(design.present.sum(axis=0), 1)
    shares = np.maximum(
        (observed <= design.bounds[0]).sum(axis=0), (observed >= design.bounds[1]).sum(axis=0)
    )
    shares = shares / given
    most = int(shares.argmax())
    if shares[most] < MANY_AT_END:
        return None
    informant = fit.ratings.words.name(design.informants[most])
    return CEILING.format(share=percent(shares[most]), informant=informant)


def _counted(fit: Fit, verdict: Verdict, table: pd.DataFrame) -> str:
    """Count the statistics outside their bars, and say which they are mainly."""
    out = table[(table["observed"] < table["lower"]) | (table["observed"] > table["upper"])]
    alone = len(out) == 1
    bars = "lies outside its 95% bar" if alone else "lie outside their 95% bars"
    said = f"{len(out)} of {len(table)} statistics {bars}"
    if not len(out):
        return said
    counts = out.index.get_level_values("statistic").value_counts()
    kind = str(counts.index[0])
    labels = occasion_groups(fit.design)[1]
    own = out.index[out.index.get_level_values("statistic") == kind].get_level_values("of")
    places = [i for of in own for i, label in enumerate(labels) if of.endswith(f" at {label}")]
    when = ""
    if places and len(labels) > 1:
        middle = (len(labels) - 1) / 2
        early, late = (sum(place < middle for place in places), sum(p > middle for p in places))
        when = "early " if early == len(places) else "late " if late == len(places) else ""
    words = fit.ratings.words.said(kind if alone else PLURALS.get(kind, kind))
    said = f"{said}: the {when}{words}" if alone else f"{said}, mainly {when}{words}"
    # Where tests find a departure, the advice is theirs.
    piles = _piles(fit) if verdict == "pass" and kind in AT_ENDS else None
    return f"{said}; {piles}" if piles else said


PLURALS = {
    "mean": "means",
    "sd": "standard deviations",
    "share at ceiling": "shares at ceiling",
    "share at floor": "shares at floor",
}


def _untested(fit: Fit, tests: pd.DataFrame) -> list[str]:
    """Name what could not be tested, and why."""
    possible = tests["z"].notna().groupby(level="kind", sort=False).any()
    idle = possible.index[~possible].tolist()
    said = []
    if idle:
        said.append(
            f"Not tested, because the model has it or these ratings cannot tell: "
            f"{fit.ratings.words.said(', '.join(idle))}."
        )
    most = int(np.bincount(fit.design.occasion_child).max())
    if most < FEWEST_OCCASIONS:
        said.append(
            fit.ratings.words.said(
                f"No child was rated at more than {most} occasion{'s' * (most > 1)}: curves, "
                "autocorrelation and children who change differently cannot be told apart."
            )
        )
    kinds = possible.index[possible].tolist()
    said += [fit.ratings.words.said(text) for text in after_leaving(fit.design, kinds)]
    if fit.design.n_latent:
        said.append(
            "How values behind ratings turn into ratings is not tested, and of these values, which "
            "ratings show only roughly, departures are found less often."
        )
    return said


def after_leaving(design: Design, kinds: Collection[str]) -> list[str]:
    """Say how much less is found where families left, if many occasions are lost.

    Parameters
    ----------
    kinds : collection of str
        Of departures that were tested.
    """
    group, labels = occasion_groups(design)
    last = np.zeros(len(design.children), dtype=np.int64)
    np.maximum.at(last, design.occasion_child, group)
    lost = 1.0 - (1 + last).mean() / len(labels)
    if lost < MUCH_LOST:
        return []
    texts = [
        f"Families were no longer rated at {100 * lost:.0f}% of the occasions, so departures are "
        "found less often."
    ]
    found = [f"{what} in {n}" for kind, (what, n) in FOUND_AFTER_LEAVING.items() if kind in kinds]
    if not found:
        return texts
    return [
        *texts,
        f"Of {STUDIES} simulated studies of 150 families with two fifths of the occasions lost so, "
        "this check found "
        f"{listed(found)}.",
    ]
