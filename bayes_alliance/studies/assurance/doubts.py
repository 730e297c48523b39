"""Everything that is wrong with a design file, in one error, before anything is simulated.

What stands in it is checked against the model that it names by a design of few families, which has
all its quantities; what cannot be read keeps nothing else from being checked.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.specification import ModelSpec, without
from bayes_alliance.specification.library import model_meant
from bayes_alliance.studies.assurance.cohort import everybody
from bayes_alliance.studies.assurance.contradictions import model_of
from bayes_alliance.studies.assurance.plan import Plan, examined
from bayes_alliance.studies.assurance.size import Size
from bayes_alliance.studies.assurance.stated import wrong_values
from bayes_alliance.studies.assurance.truths import of_fit, stacked
from bayes_alliance.studies.conclusions import Conclusion, among, unknown
from bayes_alliance.studies.truth import as_fit, as_json


def checked(table: Mapping[str, Any], *, title: str) -> Plan:
    """Read a design file, or a dictionary of its shape.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    plan, problems, unread = examined(table)
    problems += doubts(plan, unread, alone=not problems)
    if problems:
        raise InputError(problems, title)
    return plan


def doubts(plan: Plan, unread: Collection[str] = (), *, alone: bool = True) -> list[Problem]:
    """What is wrong with true values and conclusions, given the model.

    Parameters
    ----------
    unread : collection of str
        Keys and tables of which something could not be read.
    alone : bool
        Whether nothing else is wrong. Otherwise what keeps the model from being that of any study
        follows from what is.
    """
    if {"informants", "model", "without"} & set(unread):
        return []
    said = ""
    try:
        spec = model_of(plan.model)
    except InputError:
        meant = model_meant(plan.model)
        if meant is None:
            return []
        spec = meant
        said = f" (if the model is {spec.name})"
        alone = False
    left_out = [level for level in plan.without if level in LEVELS]
    problems = _with_model(plan, without(spec, *left_out), unread, alone=alone)
    return [replace(one, message=f"{one.message}{said}") for one in problems]


def _with_model(
    plan: Plan, spec: ModelSpec, unread: Collection[str], *, alone: bool
) -> list[Problem]:
    try:
        fitted = _few_families(plan, spec)
    except InputError as error:
        return list(error.problems) if alone else []
    problems: list[Problem] = []
    makes: Fit | None = fitted
    if plan.truth.fit is not None and not {"truth", "scale", "time", "therapists"} & set(unread):
        try:
            fit = of_fit(plan, Path(plan.truth.fit))
            truth = as_json(stacked(fit.moments).isel(draw=[0]))
            makes = as_fit(fit.spec, fitted.ratings, truth)
        except InputError as error:
            problems += error.problems
            makes = None
    if makes is not None and "truth" not in unread:
        problems += wrong_values(plan, stacked(makes.moments), makes.design)
    asked = _that_can_be_told(plan, unread)
    for one in (fitted,) if makes is None or makes is fitted else (makes, fitted):
        known = among(one, {name for each in asked for name in each.quantities})
        problems += [each for each in unknown(known, asked) if each not in problems]
    return problems


def _few_families(plan: Plan, spec: ModelSpec) -> Fit:
    """The model that is fitted, and few families with all that it has effects of."""
    some = [own for own in plan.therapists if own > 0]
    above = spec.therapist is not None or spec.clinic is not None
    therapists = max(min(some, default=2 if above else 0), plan.clinics)
    smallest = min((own for own in plan.families if own > 1), default=4)
    size = Size(
        families=max(smallest, therapists),
        therapists=therapists,
        occasions=min((own for own in plan.occasions if own > 0), default=3),
    )
    return prior_fit(spec, everybody(plan, size), seed=0, draws=1)


def _that_can_be_told(plan: Plan, unread: Collection[str]) -> tuple[Conclusion, ...]:
    """Conclusions that are about the model alone, or of all that they are about, is known."""
    gone = {"time", "occasions", "scale"} & set(unread)
    return tuple(
        one
        for one in plan.statements
        if not gone or not any("=" in name or "." in name for name in one.quantities)
    )
