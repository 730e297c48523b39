"""Numbers and names as text: how many digits a posterior supports, how labels are printed."""

import numpy as np

from bayes_alliance.design.unidentified import unidentified_effects
from bayes_alliance.errors import checked_arguments
from bayes_alliance.estimands.profiles import changes, settable
from bayes_alliance.numerals import exact
from bayes_alliance.numerals import percent as percent
from bayes_alliance.numerals import printed as printed
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification.phrases import capitalised
from bayes_alliance.specification.phrases import listed as listed
from bayes_alliance.specification.trajectories import in_words

DAGGER = "†"  # beside a number that stands on the prior
DRIVEN = (
    f"{DAGGER} The ratings took away less than half of the prior's variance: read with the prior."
)


def driven(fit: Fit) -> str:
    """Say what the mark means: for effects that ratings cannot tell apart, also this."""
    if not unidentified_effects(fit.design, fit.ratings):
        return DRIVEN
    return (
        f"{DAGGER} The ratings took away less than half of the prior's variance, or cannot tell "
        "this effect by itself: read with the prior."
    )


def digits(width: float) -> int:
    """Decimals, at most 4, that show the width of an interval to two digits; 2 without a width."""
    if not np.isfinite(width) or width <= 0:
        return 2
    return int(np.clip(1 - np.floor(np.log10(width)), 0, 4))


def printed_interval(lower: float, upper: float, decimals: int, *, bounded: bool = False) -> str:
    """Write an interval, ``"[−.31, .12]"``, with numbers as `printed`; ``"–"`` for NaN."""
    if not np.isfinite(lower + upper):
        return "–"
    low, high = (printed(value, decimals, bounded=bounded) for value in (lower, upper))
    return f"[{low}, {high}]"


def with_interval(
    median: float, lower: float, upper: float, *, decimals: int, bounded: bool = False
) -> str:
    """Write a median with its interval, ``"38.2 [37.1, 39.3]"``, as `printed`; ``"–"`` for NaN."""
    middle = printed(median, decimals, bounded=bounded)
    if middle == "–":
        return middle
    return f"{middle} {printed_interval(lower, upper, decimals, bounded=bounded)}"


def probability(share: float) -> str:
    """Write a posterior probability from a share of draws: ``".93"``, ``"> .99"``, ``"< .01"``.

    Draws cannot show that it is exactly 0 or 1.
    """
    if share > 0.99:
        return "> .99"
    if share < 0.01:
        return "< .01"
    return printed(share, 2, bounded=True)


def spoken(label: str) -> str:
    """Write a label in words: ``"therapist of child"`` for ``"therapist_of_child"``."""
    return label.replace("_", " ")


def headed(label: str) -> str:
    """Write a label in words at the head of a sentence; letters after the first keep their case."""
    return capitalised(spoken(label))


def lowered(text: str) -> str:
    """Write a heading within a sentence; letters after the first keep their case."""
    return text[:1].lower() + text[1:]


@checked_arguments
def time_label(ratings: Ratings, time: float) -> str:
    """Write a time with its unit, ``"4 months"``; ``"time 4"`` if the study file names none."""
    return ratings.time.said(_time_number(time))


def coefficient_said(fit: Fit, coefficient: str) -> str:
    """Say a growth coefficient, ``"change to 8 months"``, or what else covariates act on."""
    to = fit.spec.trajectory.changes_to(coefficient)
    return in_words(coefficient) if to is None else f"change to {time_label(fit.ratings, to)}"


def covariate_said(fit: Fit, covariate: str, *, on: str | None = None) -> str:
    """Say what an effect is of: ``"anxiety"``, ``"arm (family therapy vs CBT)"``.

    Parameters
    ----------
    covariate : str
        A column of the design; of a part, what it is of stands in parentheses, of an interaction a
        cross between the two.
    on : str, optional
        What it acts on. Where the covariate interacts, its effect is that at one value of the
        other, which is said: ``"female (where anxiety is 0)"``.
    """
    if pair := interacting(fit, covariate):
        return " × ".join(covariate_said(fit, one) for one in pair)
    name = fit.ratings.words.name
    entry, category = changes(fit).get(covariate, (covariate, None))
    known = {one.name for one in fit.ratings.covariates}
    said, inside = spoken(name(covariate)), []
    if category is not None:
        said = spoken(name(entry))
        inside = [f"{category} vs {settable(fit)[entry].categories[0]}"]
    elif covariate not in known:
        said = said.replace("[", " (").replace("]", ")")
    inside += [] if on is None else [where for where in [at_others(fit, covariate, on)] if where]
    return f"{said} ({', '.join(inside)})" if inside else said


def interacting(fit: Fit, covariate: str) -> tuple[str, str] | None:
    """Columns of the design whose interaction one is; None if it is none."""
    labels = fit.design.covariates
    pairs = {
        labels[of]: (labels[first], labels[second]) for of, first, second in fit.design.products
    }
    return pairs.get(covariate)


def at_others(fit: Fit, covariate: str, on: str | None = None) -> str:
    """Say at which values of covariates that it interacts with an effect is; empty if with none.

    Parameters
    ----------
    covariate : str
        A column of the design.
    on : str, optional
        A growth coefficient, or what else covariates act on; any growth coefficient if not given.
    """
    labels, of = fit.design.covariates, [one in (on or one) for one in fit.design.coefficients]
    if covariate not in labels:
        return ""
    column = labels.index(covariate)
    others = {
        second if column == first else first
        for product, first, second in fit.design.products
        if column in (first, second) and fit.design.covariate_on[product, of].any()
    }
    entries = dict.fromkeys(changes(fit)[labels[other]][0] for other in sorted(others))
    return f"where {listed(_at_reference(fit, one) for one in entries)}" if entries else ""


def _at_reference(fit: Fit, entry: str) -> str:
    said, covariate = spoken(fit.ratings.words.name(entry)), settable(fit)[entry]
    match covariate.kind:
        case "categorical":
            return f"{said} is {covariate.categories[0]}"
        case "binary":
            return f"{said} is 0"
        case _:
            return f"{said} is at its mean"


def span_label(ratings: Ratings, first: float, last: float, *, joined: str = "to") -> str:
    """Write two times, the unit once: ``"4 to 16 months"``, ``"time 4 and time 16"``.

    Parameters
    ----------
    joined : str
        What stands between them.
    """
    start = _time_number(first) if ratings.time.unit else time_label(ratings, first)
    return f"{start} {joined} {time_label(ratings, last)}"


def _time_number(time: float) -> str:
    return exact(time) if float(time).is_integer() else f"{time:.4g}"


def marked(text: str, prior_driven: object) -> str:
    """Mark a number that stands on the prior; where that is not known it is not marked.

    Parameters
    ----------
    prior_driven : bool, None or NaN
        As in summaries.
    """
    return f"{text}{DAGGER}" if prior_driven is True and text != "–" else text
