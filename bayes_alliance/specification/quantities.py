"""What a model has to be given priors for, and what each of these quantities is in words.

`quantities` lists every quantity of a model that needs a prior, in the order in which they are
printed. A part of a model file that could not be read is left out of `Parts`, and nothing is listed
that depends on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bayes_alliance.specification.families import FAMILIES, Family
from bayes_alliance.specification.parts import (
    CovariateTerm,
    Effects,
    Likelihood,
    Residual,
    Trajectory,
)
from bayes_alliance.specification.prior import Kind

LEVELS = ("child", "therapist", "clinic")
OF_THE_RESIDUAL = {
    "residual_sd_on": (
        "effects of covariates on the logarithm of the residual standard deviation, per contrast "
        "or per standard deviation"
    ),
    "residual_autoregression": (
        "how far what is left goes on: its correlation at two occasions one unit of scaled time "
        "apart"
    ),
} | {own.key: own.meaning for family in FAMILIES.values() for own in family.own}
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
    likelihood : Likelihood or None
        None: could not be read.
    """

    trajectory: Trajectory | None
    effects: Mapping[str, Effects | None]
    residual: Residual | None
    covariates: tuple[CovariateTerm, ...]
    has_covariates: bool
    distributions: Mapping[str, str]
    likelihood: Likelihood | None

    @property
    def family(self) -> Family | None:
        """The likelihood family; None: could not be read."""
        return None if self.likelihood is None else FAMILIES[self.likelihood.family]


def quantities(parts: Parts) -> dict[str, Kind]:
    """List what needs a prior, as far as the parts could be read.

    Returns
    -------
    dict of str to kind
        Dotted keys below ``priors``, in printing order.
    """
    coefficients = parts.trajectory.coefficients if parts.trajectory else ()
    needed: dict[str, Kind] = dict.fromkeys(coefficients, "coefficient")
    if parts.has_covariates:
        needed["covariate"] = "effect"
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
    family = parts.family
    correlated = parts.residual is not None and parts.residual.structure == "correlated"
    if family is None or family.scatter is None:
        needed["residual_sd"] = "sd"
        if correlated:
            needed["residual_cor"] = "correlation"
    if parts.residual is not None and parts.residual.sd_on:
        needed["residual_sd_on"] = "effect on sd"
    if parts.residual is not None and parts.residual.autoregression:
        needed["residual_autoregression"] = "autocorrelation"
    if family is not None:
        needed |= {own.key: own.kind for own in family.own_quantities(shared=correlated)}
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
        case _ if quantity in OF_THE_RESIDUAL:
            return OF_THE_RESIDUAL[quantity]
        case ("residual", "sd"):
            return "how much ratings of one occasion scatter (standard deviation)"
        case ("residual", "cor"):
            return "how residuals of one occasion go together between informants"
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
    """Return a growth coefficient as it is said: ``"slope change 1"``."""
    return "curvature" if coefficient == "quadratic" else coefficient.replace("_", " ")
