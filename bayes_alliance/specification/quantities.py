"""What a model has to be given priors for, and what contradicts itself.

`quantities` lists every quantity of a model that needs a prior, in the order in which they are
printed; `contradictions` holds the parts of a model file against each other. A part that could
not be read is left out of `Parts` and nothing is said that depends on it, so that one misspelt
word does not hide or multiply the other problems of a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bayes_alliance.errors import Problem, nearest
from bayes_alliance.specification.parts import CovariateTerm, Effects, Residual, Trajectory
from bayes_alliance.specification.prior import DISTRIBUTIONS, Kind

LEVELS = ("child", "therapist", "clinic")
PLURALS = {"child": "children", "therapist": "therapists", "clinic": "clinics"}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a model that priors depend on.

    Parameters
    ----------
    trajectory : Trajectory or None
        None: could not be read.
    effects : mapping of str to Effects or None
        By level; None: off. A level whose table could not be read is absent.
    residual : Residual or None
        None: could not be read.
    covariates : tuple of CovariateTerm
        Those that could be read.
    has_covariates : bool
        Are there any, read or not?
    distributions : mapping of str to str
        The distribution of every prior that is given; empty if it could not be read.
    """

    trajectory: Trajectory | None
    effects: Mapping[str, Effects | None]
    residual: Residual | None
    covariates: tuple[CovariateTerm, ...]
    has_covariates: bool
    distributions: Mapping[str, str]


def quantities(parts: Parts) -> dict[str, Kind]:
    """List what needs a prior, as far as the parts could be read.

    Parameters
    ----------
    parts : Parts

    Returns
    -------
    dict of str to {"coefficient", "sd", "correlation"}
        Dotted keys below ``priors``, in printing order.
    """
    coefficients = parts.trajectory.coefficients if parts.trajectory else ()
    needed: dict[str, Kind] = dict.fromkeys(coefficients, "coefficient")
    if parts.has_covariates:
        needed["covariate"] = "coefficient"
    for level in LEVELS:
        effects = parts.effects.get(level)
        if effects is None:
            continue
        needed |= {
            f"{level}_sd.{term}": "sd"
            for term in effects.terms
            if parts.trajectory is None or term in coefficients
        }
        if effects.structure != "independent":
            needed[f"{level}_cor"] = "correlation"
    needed["residual_sd"] = "sd"
    if parts.residual is not None and parts.residual.structure == "correlated":
        needed["residual_cor"] = "correlation"
    return needed


def meaning(quantity: str, parts: Parts) -> str:
    """Say in words what a quantity is.

    Parameters
    ----------
    quantity : str
        A dotted key below ``priors``.
    parts : Parts
        Of the model it belongs to.

    Returns
    -------
    str
        ``"how much children differ in level (standard deviation)"``.
    """
    name, _, term = quantity.partition(".")
    level, _, what = name.rpartition("_")
    match (level, what):
        case ("residual", "sd"):
            return "how much ratings of one occasion scatter (standard deviation)"
        case ("residual", "cor"):
            return "how what is left at one occasion goes together between informants"
        case (level, "sd") if level in PLURALS and term:
            return f"how much {PLURALS[level]} differ in {in_words(term)} (standard deviation)"
        case (level, "cor") if level in PLURALS:
            effects = parts.effects.get(level)
            if effects is not None and effects.structure == "common_factor":
                return (
                    f"how closely each informant's differences between {PLURALS[level]} follow the "
                    "common factor (correlation with it, up to its arbitrary sign)"
                )
            return f"how differences between {PLURALS[level]} go together (correlations)"
        case _ if quantity == "covariate":
            return "effects of covariates, per contrast or per standard deviation"
        case _:
            return f"average {in_words(quantity)} of each informant"


def in_words(coefficient: str) -> str:
    """Return a growth coefficient as it is said: ``"slope change 1"``.

    Parameters
    ----------
    coefficient : str

    Returns
    -------
    str
    """
    return "curvature" if coefficient == "quadratic" else coefficient.replace("_", " ")


def contradictions(parts: Parts) -> list[Problem]:
    """Hold the parts of a model against each other.

    Parameters
    ----------
    parts : Parts

    Returns
    -------
    list of Problem
        Every one found; empty if the parts fit together.
    """
    return [
        *_unknown_terms(parts),
        *_covariate_problems(parts),
        *_missing_priors(parts),
        *_superfluous_priors(parts),
        *_unfit_priors(parts),
    ]


def _unknown_terms(parts: Parts) -> list[Problem]:
    if parts.trajectory is None:
        return []
    known = parts.trajectory.coefficients
    return [
        Problem(
            where=f"{level}.terms",
            value=term,
            message=f"{_not_a_coefficient(parts.trajectory)}{nearest(term, known)}",
        )
        for level, effects in parts.effects.items()
        if effects is not None
        for term in effects.terms
        if term not in known
    ]


def _covariate_problems(parts: Parts) -> list[Problem]:
    terms = parts.covariates
    problems = []
    names = [term.name for term in terms]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problems.append(Problem(where=f"covariates.{name}", message="is given twice"))
    if parts.trajectory is None:
        return problems
    known = parts.trajectory.coefficients
    for term in terms:
        for coefficient in term.on:
            if coefficient in known or coefficient == "rating":
                continue
            suggestion = nearest(coefficient, [*known, "rating"])
            message = (
                f"{_not_a_coefficient(parts.trajectory)} A covariate that varies over occasions "
                f'acts on ["rating"].{suggestion}'
            )
            where = f"covariates.{term.name}"
            problems.append(Problem(where=where, value=coefficient, message=message))
    return problems


def _not_a_coefficient(trajectory: Trajectory) -> str:
    known = ", ".join(trajectory.coefficients)
    return f'is not a coefficient of a trajectory of shape "{trajectory.shape}" (these: {known}).'


def _missing_priors(parts: Parts) -> list[Problem]:
    return [
        Problem(
            where=f"priors.{quantity}",
            message=f"is missing: the model needs a prior for {meaning(quantity, parts)}",
        )
        for quantity in quantities(parts)
        if quantity not in parts.distributions
    ]


def _superfluous_priors(parts: Parts) -> list[Problem]:
    needed = quantities(parts)
    missing = [quantity for quantity in needed if quantity not in parts.distributions]
    problems = []
    for quantity in parts.distributions:
        if quantity in needed or _depends_on_unread(quantity, parts):
            continue
        reason = _why_superfluous(quantity, parts)
        if not reason:
            suggestion = nearest(quantity, missing) or nearest(quantity, needed)
            reason = f"priors are needed for {', '.join(needed)}.{suggestion}"
        message = f"is a prior for nothing in this model: {reason}"
        problems.append(Problem(where=f"priors.{quantity}", message=message))
    return problems


def _depends_on_unread(quantity: str, parts: Parts) -> bool:
    level = quantity.partition("_")[0]
    if level in LEVELS:
        return level not in parts.effects
    if level == "residual":
        return parts.residual is None
    return quantity != "covariate" and parts.trajectory is None


def _why_superfluous(quantity: str, parts: Parts) -> str:
    if quantity == "covariate":
        return "it has no covariates"
    name, _, term = quantity.partition(".")
    level, _, what = name.rpartition("_")
    if level == "residual" and what == "cor":
        return 'residual.structure is "independent"'
    if level not in LEVELS or what not in ("sd", "cor"):
        return ""
    effects = parts.effects.get(level)
    if effects is None:
        return f"it has no {level} effects (no [{level}] table)"
    if what == "cor" and not term:
        return f'{level}.structure is "independent"'
    known = parts.trajectory.coefficients if parts.trajectory else ()
    if term in known:
        return f'{level}.terms does not name "{term}"'
    return ""


def _unfit_priors(parts: Parts) -> list[Problem]:
    needed = quantities(parts)
    problems = []
    for quantity, distribution in parts.distributions.items():
        if not distribution or quantity not in needed:
            continue
        allowed = DISTRIBUTIONS[needed[quantity]]
        if distribution not in allowed:
            kind = {
                "coefficient": "can be of either sign, so its prior is",
                "sd": "is a standard deviation, so its prior is",
                "correlation": "stands for correlations, so its prior is",
            }[needed[quantity]]
            message = (
                f"does not fit: {quantity} {kind} {' or '.join(allowed)}."
                f"{nearest(distribution, allowed)}"
            )
            where = f"priors.{quantity}.distribution"
            problems.append(Problem(where=where, value=distribution, message=message))
    return problems
