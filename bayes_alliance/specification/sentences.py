"""A model in words: one or two sentences for every part of a specification.

`sentences` takes a specification and returns what a methods section would say about its structure,
without any number. `range_of` says in words what a prior expects.
"""

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayes_alliance.levels import CALLED, LEVELS, LevelName
from bayes_alliance.specification.parts import CovariateTerm, Effects
from bayes_alliance.specification.phrases import listed
from bayes_alliance.specification.prior import LKJ, Prior
from bayes_alliance.specification.quantities import in_words
from bayes_alliance.specification.quantity import Quantity
from bayes_alliance.specification.shrinkage_prior import R2D2, RegularizedHorseshoe
from bayes_alliance.specification.structures import STRUCTURES

if TYPE_CHECKING:
    from bayes_alliance.specification.spec import ModelSpec

LARGEST_LOG = math.log(sys.float_info.max)


def sentences(spec: "ModelSpec") -> dict[str, str]:
    """Say what the model is.

    Returns
    -------
    dict of str to str
        Sentences by the part of the model they are about: "Time", "Children", "Therapists",
        "Clinics", "Occasions", "Covariates", "Informants" if only some are modelled, "Ratings".
    """
    said = {"Time": spec.trajectory.sentence}
    said |= {
        CALLED[level].heading: _effects(getattr(spec, level), level, spec.trajectory.coefficients)
        for level in LEVELS
    }
    said["Occasions"] = _occasions(spec)
    if spec.residual.sd_on:
        said["Occasions"] += (
            f" This standard deviation depends on {listed(spec.residual.sd_on)}: by a factor for "
            "each informant and covariate. The one reported is that of covariates at zero: numeric "
            "ones at their mean, binary ones at 0, categorical ones at their reference."
        )
    if spec.residual.autoregression:
        said["Occasions"] += (
            " What is left goes on over occasions: its correlation with what is left later falls "
            "geometrically with the time in between, in the same way for all informants."
        )
    said["Covariates"] = " ".join(map(_covariate, spec.covariates)) or "There are no covariates."
    if spec.informants:
        said["Informants"] = (
            f"Only ratings by {listed(spec.informants)} enter the model; those of "
            "other informants are left out."
        )
    said["Ratings"] = spec.family.sentence
    return said


def _occasions(spec: "ModelSpec") -> str:
    correlated = spec.residual.is_correlated
    if spec.family.scatter is not None:
        return spec.family.scatter.shared if correlated else spec.family.scatter.alone
    residual = "is correlated between" if correlated else "is unrelated between"
    return (
        f"The residual of a child's {spec.family.residual_of} at one occasion {residual} "
        "informants, with a standard deviation of its own for each informant."
    )


def _effects(effects: Effects | None, level: LevelName, coefficients: Sequence[str]) -> str:
    if effects is None:
        return f"{level.capitalize()} effects are off."
    terms = listed(map(in_words, effects.terms))
    differ = f"{CALLED[level].heading} differ in {terms}"
    said = STRUCTURES[effects.structure].sentence(differ, terms, len(effects.terms) > 1)
    fixed = [in_words(name) for name in coefficients if name not in effects.terms]
    return f"{said} There is no {level} effect on {listed(fixed)}." if fixed else said


def _covariate(term: CovariateTerm) -> str:
    name, who = term.name, "for each informant separately"
    if term.shared:
        who = "by one effect for all informants (in spreads of their scales)"
    if term.within_between == "latent":
        acts = (
            "varies over occasions around the child's mean in the long run, which is estimated: "
            "the deviation from it acts on the rating itself (within children), and the mean acts "
            "on level (between children)"
        )
    elif term.within_between:
        acts = (
            "varies over occasions: its deviation from the child's mean acts on the rating itself "
            "(within children), and the child's mean acts on level (between children)"
        )
    elif term.on == ("rating",):
        acts = "varies over occasions and acts on the rating itself"
    else:
        acts = f"acts on {listed(map(in_words, term.on))}"
    if len(term.parts) == 2:
        name = f"The interaction of {term.parts[0]} and {term.parts[1]}"
    return f"{name} {acts}, {who}."


def range_of(quantity: Quantity, prior: Prior) -> str:
    """Say where a prior expects its quantity to be.

    Returns
    -------
    str
        ``"95 % below 0.98 spreads"``; empty for correlations.
    """
    if isinstance(prior, LKJ):
        return ""
    if isinstance(prior, RegularizedHorseshoe):
        return f"most near 0, those that are not within about {2 * prior.slab_scale:.2g} spreads"
    if isinstance(prior, R2D2):
        return f"together {100 * prior.mean:.0f} % of the differences explained on average"
    ends = {"lower": 0.025, "upper": 0.975, "below": 0.95}
    said = {}
    for name, p in ends.items():
        value = float(prior.quantile(p)) + quantity.above
        value = math.exp(min(value, LARGEST_LOG)) if quantity.logarithm else value
        said[name] = f"{value:.2g}".replace("-", "−")
    return quantity.expects.format_map(said)
