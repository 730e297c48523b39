"""What is wrong with a design file between its tables, and with the model that it names."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.levels import LEVELS
from bayes_alliance.specification import ModelSpec, load_model
from bayes_alliance.studies.assurance.tables import PlannedScale
from bayes_alliance.studies.conclusions import parsed

if TYPE_CHECKING:
    from bayes_alliance.studies.assurance.plan import Plan

FEWEST = {"families": 2, "therapists": 0, "occasions": 1}
SEVERAL = "lists at least one number"


def model_of(named: str) -> ModelSpec:
    """Read a model: by its name, its file, or its text."""
    return ModelSpec.from_text(named) if "\n" in named else load_model(named)


def contradictions(plan: "Plan", unread: Collection[str] = ()) -> list[Problem]:
    """Everything that is wrong between tables that can be read.

    Parameters
    ----------
    unread : collection of str
        Keys and tables of which something could not be read, and nothing more is said.
    """
    problems = [
        problem
        for needs, found in (
            ({"informants"}, _of_informants(plan)),
            (set(), _of_numbers(plan, unread)),
            ({"conclusions"}, iter(parsed(plan.conclusions)[1])),
            ({"conclusions", "widths"}, _of_wishes(plan)),
            ({"informants"}, _by_informant(plan, unread)),
            ({"without"}, _of_levels(plan)),
            # One that is no number has one in its place.
            (set(), _of_values(plan.truth.values)),
        )
        if not needs & set(unread)
        for problem in found
    ]
    if "model" in unread:
        return problems
    try:
        spec = model_of(plan.model)
    except InputError as error:
        return problems + list(error.problems)
    return problems + _with_model(plan, spec, unread)


def _of_informants(plan: "Plan") -> Iterator[Problem]:
    if not plan.informants:
        yield Problem(where="informants", message="names at least one informant")
    if len(set(plan.informants)) < len(plan.informants):
        message = "names an informant twice"
        yield Problem(where="informants", value=list(plan.informants), message=message)


def _of_numbers(plan: "Plan", unread: Collection[str]) -> Iterator[Problem]:
    """Numbers of families, therapists and occasions, and lists without any number."""
    for where, least in FEWEST.items():
        given = getattr(plan, where)
        if not given and where not in unread:
            yield Problem(where=where, message=SEVERAL)
        for one in given:
            if one < least:
                yield Problem(where=where, value=one, message=f"must be at least {least}")
    most = max(plan.families, default=0)
    for one in plan.therapists if plan.families and "families" not in unread else ():
        if one > most >= FEWEST["families"]:
            message = f"no design has so many: there are at most {most} families"
            yield Problem(where="therapists", value=one, message=message)
    if plan.missing == () and "missing" not in unread:
        yield Problem(where="missing", message=SEVERAL)
    if plan.leaving is not None and not plan.leaving.hazard and "leaving" not in unread:
        yield Problem(where="[leaving] hazard", message=SEVERAL)


def _of_wishes(plan: "Plan") -> Iterator[Problem]:
    if not (plan.conclusions or plan.widths):
        message = 'are missing: a line such as conclusions = ["slope[child] > 0"], or [widths]'
        yield Problem(where="conclusions", message=message)


def _by_informant(plan: "Plan", unread: Collection[str]) -> Iterator[Problem]:
    """Informants that tables are about."""
    by_informant = {
        "missing": plan.missing,
        "scale": plan.scale,
        "[leaving] log_odds": {} if plan.leaving is None else plan.leaving.log_odds,
    }
    for where, own in by_informant.items():
        for k in own if isinstance(own, dict) else ():
            if k not in plan.informants:
                message = f"is no informant.{nearest(k, plan.informants)}"
                yield Problem(where=where, value=k, message=message)
    if isinstance(plan.scale, dict) and "scale" not in unread:
        message = "is missing: lower and upper, or center and spread"
        for k in plan.informants:
            if k not in plan.scale:
                yield Problem(where=f"scale.{k}", message=message)


def _of_levels(plan: "Plan") -> Iterator[Problem]:
    for one in plan.without:
        if one not in LEVELS:
            yield Problem(where="without", value=one, message=f"is no level.{nearest(one, LEVELS)}")


def _of_values(values: Mapping[str, float]) -> Iterator[Problem]:
    """True values that no quantity has, whatever the model."""
    for name, value in values.items():
        kind = name.partition("[")[0]
        where = f"[truth.values] {name}"
        if kind.endswith("_sd") and value < 0:
            yield Problem(where=where, value=value, message="must be at least 0")
        if kind.endswith("_cor") and abs(value) > 1:
            message = "is a correlation: it must be from −1 to 1"
            yield Problem(where=where, value=value, message=message)


def _with_model(plan: "Plan", spec: ModelSpec, unread: Collection[str]) -> list[Problem]:
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
    if isinstance(plan.scale, PlannedScale):
        problems += of_ends(plan.scale, spec, where="model")
    if plan.simulation.method == "approximate" and spec.family.completion:
        message = 'is for models with normal ratings; say method = "exact"'
        problems.append(Problem(where="[simulation] method", value="approximate", message=message))
    return problems + list(_of_units(plan, spec, unread))


def of_ends(scale: PlannedScale, spec: ModelSpec, *, where: str) -> list[Problem]:
    """What keeps the ratings of a model from ending at several numbers."""
    if len(set(scale.upper)) < 2 or not spec.family.latent:
        return []
    message = "is of points, which another end of the scale makes others: give one upper end"
    return [Problem(where=where, value=spec.name, message=message)]


def _of_units(plan: "Plan", spec: ModelSpec, unread: Collection[str]) -> Iterator[Problem]:
    """Therapists and clinics that a model has effects of, and that designs have or have not."""
    left = {level: level in plan.without for level in ("therapist", "clinic")}
    kept = {level: getattr(spec, level) is not None and not left[level] for level in left}
    if kept["therapist"] and 0 in plan.therapists:
        message = 'the model has therapist effects: at least 1, or without = ["therapist"]'
        if "therapists" not in unread and "without" not in unread:
            yield Problem(where="therapists", value=0, message=message)
    if kept["clinic"] and not plan.clinics:
        message = 'the model has clinic effects: at least 1, or without = ["clinic"]'
        if "clinics" not in unread and "without" not in unread:
            yield Problem(where="clinics", value=0, message=message)
    units = min([own for own in plan.therapists if own > 0] or list(plan.families) or [0])
    if plan.clinics > units and not {"therapists", "families", "clinics"} & set(unread):
        message = f"more than {units}, which the smallest design has to lie in them"
        yield Problem(where="clinics", value=plan.clinics, message=message)
    if plan.ignore_therapists and not kept["therapist"] and "without" not in unread:
        message = "the model has no therapist effects that could be ignored"
        yield Problem(where="ignore_therapists", message=message)
