"""What contradicts itself in a model.

`contradictions` holds the parts of a model file against each other: terms no trajectory has, priors
for nothing and quantities without a prior, priors that do not fit, interactions without their main
effects. Nothing is said that depends on a part that could not be read, so that one misspelt word
does not hide or multiply the other problems of a file.
"""

from bayes_alliance.errors import Problem, nearest
from bayes_alliance.specification.parts import Trajectory
from bayes_alliance.specification.priors import fitting
from bayes_alliance.specification.quantities import Parts, candidates, quantities
from bayes_alliance.specification.quantity import KINDS


def contradictions(parts: Parts) -> list[Problem]:
    """Hold the parts of a model against each other.

    Returns
    -------
    list of Problem
        Every one; empty if the parts fit together.
    """
    return [
        *_unknown_terms(parts),
        *_covariate_problems(parts),
        *_interaction_problems(parts),
        *_explained_share_problems(parts),
        *(parts.residual.problems(parts.covariates, parts.family) if parts.residual else ()),
        *_leaving_problems(parts),
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


def _interaction_problems(parts: Parts) -> list[Problem]:
    """Interactions without the main effects they modify (marginality, Nelder 1977)."""
    acts = {term.name: term.on for term in parts.covariates}
    problems = []
    for term in parts.covariates:
        for name in term.parts if len(term.parts) > 1 else ():
            lacking = [
                coefficient for coefficient in term.on if coefficient not in acts.get(name, ())
            ]
            if not lacking:
                continue
            others = [other for other in acts if ":" not in other]
            suggestion = "" if name in acts else nearest(name, others)
            message = (
                f'is an interaction, read beside both main effects: let "{name}" act on '
                f"{' and '.join(lacking)} as well.{suggestion}"
            )
            problems.append(Problem(where=f"covariates.{term.name}", message=message))
    return problems


def _explained_share_problems(parts: Parts) -> list[Problem]:
    """A prior of what is explained speaks of differences that each informant sees."""
    prior = parts.given.get("covariate")
    if prior is None or not prior.traits.explains:
        return []
    problems = [
        Problem(
            where=option.where,
            value=option.value,
            message=f"does not go with an {prior.__name__} prior, which says what is explained for "
            "each informant",
        )
        for term in parts.covariates
        for option in term.shared_effects
    ]
    if "child" not in parts.effects:
        return problems
    effects = parts.effects["child"]
    varying = effects.terms if effects is not None else ()
    acted_on = dict.fromkeys(c for term in parts.covariates for c in term.on if c != "rating")
    return problems + [
        Problem(
            where="priors.covariate.distribution",
            value=prior.__name__,
            message=f"needs children to differ in {coefficient}, on which covariates act: "
            f'child.terms does not name "{coefficient}"',
        )
        for coefficient in acted_on
        if coefficient not in varying
    ]


def _leaving_problems(parts: Parts) -> list[Problem]:
    if parts.leaving is None:
        return []
    return parts.leaving.problems(
        coefficients=parts.trajectory.coefficients if parts.trajectory else (),
        informants=parts.informants,
        # A table that could not be read is there.
        has_therapists=parts.effects.get("therapist", True) is not None,
        family=parts.family,
        residual=parts.residual,
        covariates=parts.covariates,
    )


def _not_a_coefficient(trajectory: Trajectory) -> str:
    known = ", ".join(trajectory.coefficients)
    return f'is not a coefficient of a trajectory of shape "{trajectory.shape}" (these: {known}).'


def _missing_priors(parts: Parts) -> list[Problem]:
    return [
        Problem(
            where=f"priors.{key}",
            message=f"is missing: the model needs a prior for {quantity.meaning}",
        )
        for key, quantity in quantities(parts).items()
        if key not in parts.given
    ]


def _superfluous_priors(parts: Parts) -> list[Problem]:
    needed = quantities(parts)
    missing = [key for key in needed if key not in parts.given]
    problems = []
    for key in parts.given:
        reason = "" if key in needed else _why_absent(key, parts)
        if key in needed or reason is None:
            continue
        if not reason:
            suggestion = nearest(key, missing) or nearest(key, needed)
            reason = f"priors are needed for {', '.join(needed)}.{suggestion}"
        message = f"is a prior for nothing in this model: {reason}"
        problems.append(Problem(where=f"priors.{key}", message=message))
    return problems


def _why_absent(key: str, parts: Parts) -> str | None:
    """Why the model has no such quantity: empty if no model has, None if that is not known."""
    could = tuple(candidates(parts))
    for quantity in could:
        if quantity.key == key:
            return quantity.absent
    beside = [quantity.absent for quantity in could if quantity.path[0] == key.split(".")[0]]
    if beside and "" not in beside:
        return beside[0]
    return "" if parts.trajectory else None


def _unfit_priors(parts: Parts) -> list[Problem]:
    needed = quantities(parts)
    problems = []
    for key, prior in parts.given.items():
        if prior is None or key not in needed:
            continue
        kind, distribution = needed[key].kind, prior.__name__
        if kind not in prior.traits.fits:
            allowed = fitting(kind)
            message = (
                f"does not fit: {key} {KINDS[kind]}, so its prior is {' or '.join(allowed)}."
                f"{nearest(distribution, allowed)}"
            )
            where = f"priors.{key}.distribution"
            problems.append(Problem(where=where, value=distribution, message=message))
    return problems
