"""What is wrong with a design file between its tables, and with the model that it names."""

from typing import TYPE_CHECKING

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.levels import LEVELS
from bayes_alliance.specification import ModelSpec, load_model
from bayes_alliance.studies.conclusions import Conclusion

if TYPE_CHECKING:
    from bayes_alliance.studies.assurance.plan import Plan


def model_of(named: str) -> ModelSpec:
    """Read a model: by its name, its file, or its text."""
    return ModelSpec.from_text(named) if "\n" in named else load_model(named)


def contradictions(plan: "Plan") -> list[Problem]:
    """Everything that is wrong between tables that can be read."""
    problems: list[Problem] = []
    if not plan.informants:
        problems.append(Problem(where="informants", message="names at least one informant"))
    if len(set(plan.informants)) < len(plan.informants):
        message = "names an informant twice"
        problems.append(Problem(where="informants", value=list(plan.informants), message=message))
    lowest = {"families": 2, "therapists": 0, "occasions": 1}
    for where, least in lowest.items():
        given = getattr(plan, where)
        if not given:
            problems.append(Problem(where=where, message="lists at least one number"))
        problems += [
            Problem(where=where, value=one, message=f"must be at least {least}")
            for one in given
            if one < least
        ]
    if not plan.sizes:
        message = "every design has more therapists than families"
        problems.append(Problem(where="therapists", value=list(plan.therapists), message=message))
    if not (plan.conclusions or plan.widths):
        message = 'are missing: a line such as conclusions = ["slope[child] > 0"], or [widths]'
        problems.append(Problem(where="conclusions", message=message))
    for text in plan.conclusions:
        try:
            Conclusion.parse(text)
        except InputError as error:
            problems += error.problems
    by_informant = {
        "missing": plan.missing,
        "scale": plan.scale,
        "[leaving] log_odds": {} if plan.leaving is None else plan.leaving.log_odds,
    }
    for where, own in by_informant.items():
        problems += [
            Problem(where=where, value=k, message=f"is no informant.{nearest(k, plan.informants)}")
            for k in (own if isinstance(own, dict) else ())
            if k not in plan.informants
        ]
    if isinstance(plan.scale, dict):
        problems += [
            Problem(where=f"scale.{k}", message="is missing: lower and upper, or center and spread")
            for k in plan.informants
            if k not in plan.scale
        ]
    problems += [
        Problem(where="without", value=one, message=f"is no level.{nearest(one, LEVELS)}")
        for one in plan.without
        if one not in LEVELS
    ]
    try:
        spec = model_of(plan.model)
    except InputError as error:
        return problems + list(error.problems)
    return problems + _with_model(plan, spec)


def _with_model(plan: "Plan", spec: ModelSpec) -> list[Problem]:
    """What keeps a model from being that of a study that is simulated."""
    problems = []
    if spec.covariates:
        named = ", ".join(term.name for term in spec.covariates)
        message = f"has covariates ({named}), which planned studies do not; choose a model without"
        problems.append(Problem(where="model", value=spec.name, message=message))
    if spec.leaving is not None:
        message = "has leaving as a part; state [leaving] instead, and a model without"
        problems.append(Problem(where="model", value=spec.name, message=message))
    if spec.family.items:
        message = "is one of single items; planned studies have totals"
        problems.append(Problem(where="model", value=spec.name, message=message))
    if plan.simulation.method == "approximate" and spec.family.completion:
        message = 'is for models with normal ratings; say method = "exact"'
        problems.append(Problem(where="[simulation] method", value="approximate", message=message))
    on = {level: getattr(spec, level) is not None for level in ("therapist", "clinic")}
    kept = {level: on[level] and level not in plan.without for level in on}
    if kept["therapist"] and 0 in plan.therapists:
        message = 'the model has therapist effects: at least 1, or without = ["therapist"]'
        problems.append(Problem(where="therapists", value=0, message=message))
    if kept["clinic"] and not plan.clinics:
        message = 'the model has clinic effects: at least 1, or without = ["clinic"]'
        problems.append(Problem(where="clinics", value=0, message=message))
    units = min([own for own in plan.therapists if own] or list(plan.families) or [0])
    if plan.clinics > units:
        message = f"more than {units}, which the smallest design has to lie in them"
        problems.append(Problem(where="clinics", value=plan.clinics, message=message))
    if plan.ignore_therapists and not kept["therapist"]:
        message = "the model has no therapist effects that could be ignored"
        problems.append(Problem(where="ignore_therapists", message=message))
    return problems
