"""A model in words: one or two sentences for every part of a specification.

`sentences` takes a specification and returns what a methods section would say about its structure,
without any number. `range_of` says in words what a prior expects.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bayes_alliance.specification.parts import CovariateTerm, Effects, Trajectory
from bayes_alliance.specification.prior import LKJ, Prior
from bayes_alliance.specification.quantities import LEVELS, PLURALS, in_words

if TYPE_CHECKING:
    from bayes_alliance.specification.spec import ModelSpec

FAMILIES = {
    "normal": (
        "Ratings are normally distributed around what the model expects; the ends of the scale "
        "are no part of it."
    ),
    "censored_normal": (
        "Ratings are normally distributed around what the model expects, and censored at the ends "
        'of the scale: a rating at the upper end says "this much or more", one at the lower end '
        '"this much or less". Averages, changes and standard deviations are those of ratings on '
        "a scale without ends, so that they can lie beyond it."
    ),
}
HEADINGS = {"child": "Children", "therapist": "Therapists", "clinic": "Clinics"}


def sentences(spec: "ModelSpec") -> dict[str, str]:
    """Say what the model is.

    Parameters
    ----------
    spec : ModelSpec

    Returns
    -------
    dict of str to str
        Sentences by the part of the model they are about: "Time", "Children", "Therapists",
        "Clinics", "Occasions", "Covariates", "Ratings".
    """
    correlated = spec.residual.structure == "correlated"
    residual = "is correlated between informants" if correlated else "is unrelated"
    said = {"Time": _trajectory(spec.trajectory)}
    said |= {
        HEADINGS[level]: _effects(getattr(spec, level), level, spec.trajectory.coefficients)
        for level in LEVELS
    }
    said["Occasions"] = (
        f"What is left of a child's ratings at one occasion {residual}"
        f"{'' if correlated else ' between informants'}, with a standard deviation of its own for "
        "each informant."
    )
    said["Covariates"] = " ".join(map(_covariate, spec.covariates)) or "There are no covariates."
    said["Ratings"] = FAMILIES[spec.likelihood.family]
    return said


def _trajectory(trajectory: Trajectory) -> str:
    match trajectory.shape:
        case "level":
            return "A child's ratings by one informant stay at one level; they do not change."
        case "linear":
            return (
                "A child's ratings by one informant follow a straight line: a level, read at the "
                "time origin, and a slope, the change per unit of scaled time."
            )
        case "quadratic":
            return (
                "A child's ratings by one informant follow a curve: a level and a slope, both read "
                "at the time origin, and a curvature (quadratic)."
            )
        case "piecewise":
            knots = listed(f"{knot:g}" for knot in trajectory.knots)
            one = len(trajectory.knots) == 1
            return (
                "A child's ratings by one informant follow straight lines joined at the "
                f"{'knot' if one else 'knots'} {knots} (in units of the time column). The line "
                "before the first knot has a level, read at the time origin, and a slope; from "
                f"{'the' if one else 'each'} knot on, a slope change is added to the slope."
            )


def _effects(effects: Effects | None, level: str, coefficients: Sequence[str]) -> str:
    if effects is None:
        return f"{level.capitalize()} effects are off."
    terms = listed(map(in_words, effects.terms))
    differ = f"{PLURALS[level].capitalize()} differ in {terms}"
    many = len(effects.terms) > 1
    if effects.structure == "correlated":
        across = f", within an informant (between {terms}) and" if many else ""
        said = f"{differ}; these differences are correlated{across} between informants."
    elif effects.structure == "common_factor":
        said = (
            f"{differ}. Behind the differences in {'each of these' if many else terms} stands one "
            "common factor: informants agree as far as they follow it, and the rest is each "
            "informant's own."
        )
        if many:
            said += (
                f" The factors of {terms} are unrelated, so that differences in one tell nothing "
                "about differences in another."
            )
    else:
        each = " and each coefficient" if many else ""
        said = f"{differ}, independently for each informant{each}."
    fixed = [in_words(name) for name in coefficients if name not in effects.terms]
    return f"{said} There is no {level} effect on {listed(fixed)}." if fixed else said


def _covariate(term: CovariateTerm) -> str:
    if term.on == ("rating",):
        acts = "varies over occasions and acts on the rating itself"
    else:
        acts = f"acts on {listed(map(in_words, term.on))}"
    return f"{term.name} {acts}, for each informant separately."


def range_of(quantity: str, prior: Prior) -> str:
    """Say where a prior expects its quantity to be.

    Parameters
    ----------
    quantity : str
        A dotted key below ``priors``.
    prior : prior

    Returns
    -------
    str
        ``"95 % below 0.98 spreads"``; empty for correlations.
    """
    if isinstance(prior, LKJ):
        return ""
    if "_sd" in quantity:
        return f"95 % below {float(prior.quantile(0.95)):.2g} spreads"
    lower, upper = (f"{float(prior.quantile(p)):.2g}".replace("-", "−") for p in (0.025, 0.975))
    of = " from the center" if quantity == "level" else ""
    return f"95 % between {lower} and {upper} spreads{of}"


def listed(names: Iterable[str]) -> str:
    """Join names as in a sentence: ``"level, slope and curvature"``.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    str
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
