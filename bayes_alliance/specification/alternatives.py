"""Other models that might have been fitted to the same ratings, one choice changed at a time.

What is changed is one of the reasonable choices of a model: the family of the ratings at the ends
and in the tails, whether residuals of an occasion tell of the next, the trajectory, the levels, the
covariates, whose ratings are modelled. Priors that the model states are kept; those it has none of
are the ones that the first shipped model with that quantity states.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bayes_alliance.errors import InputError
from bayes_alliance.levels import LEVELS
from bayes_alliance.specification.covariate_term import CovariateTerm
from bayes_alliance.specification.families import FAMILIES, Family
from bayes_alliance.specification.library import list_models, load_model
from bayes_alliance.specification.parts import Effects, Likelihood, Trajectory
from bayes_alliance.specification.priors import Prior
from bayes_alliance.specification.quantities import Parts, quantities
from bayes_alliance.specification.residual import Residual
from bayes_alliance.specification.spec import ModelSpec, with_covariates
from bayes_alliance.specification.trajectories import SHAPES
from bayes_alliance.specification.variants import without

CEILING, TAILS, RELATED = "ceiling", "tails", "autocorrelation"
TRAJECTORY, COVARIATES, INFORMANT = "trajectory", "covariates", "informant left out"


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """A model with one choice changed.

    Parameters
    ----------
    what : str
        The choice: ``"ceiling"``.
    setting : str
        How it is made here: ``"ends censored"``.
    spec : ModelSpec or None
        None: there is no such model.
    reason : str
        Why there is none.
    """

    what: str
    setting: str
    spec: ModelSpec | None = None
    reason: str = ""


def alternatives(
    spec: ModelSpec,
    *,
    informants: tuple[str, ...],
    covariates: Mapping[str, tuple[str, ...]],
) -> Iterator[Alternative]:
    """Go through the models that differ from one in one choice.

    Parameters
    ----------
    informants : tuple of str
        Whose ratings there are.
    covariates : mapping of str to tuple of str
        Those that the ratings come with, and what each would act on.
    """
    yield from _families(spec)
    other = spec.residual.otherwise
    setting = "residuals autocorrelated" if other.relates_occasions else "residuals unrelated"
    yield _tried(RELATED, setting, partial(_with, spec, residual=other))
    for name, shape in SHAPES.items():
        if name != spec.trajectory.shape and not shape.n_knots:
            yield _tried(TRAJECTORY, _in_words(name), partial(_moving, spec, name))
    for level in LEVELS[1:]:
        what = f"{level} level"
        if getattr(spec, level) is None:
            reason = f"the model has no {level} effects"
            yield Alternative(what=what, setting="without", reason=reason)
        else:
            yield _tried(what, "without", partial(without, spec, level))
    yield from _of_covariates(spec, covariates)
    modelled = spec.informants or informants
    for one in modelled:
        rest = tuple(name for name in modelled if name != one)
        if rest:
            yield _tried(INFORMANT, one, partial(replace, spec, informants=rest))
        else:
            yield Alternative(what=INFORMANT, setting=one, reason="nobody else rates")


def _in_words(shape: str) -> str:
    """What a trajectory is called, and where its slope is read if it is not the same everywhere."""
    words = shape.replace("_", " ")
    return words if SHAPES[shape].is_straight else f"{words}, slope at the origin"


def _families(spec: ModelSpec) -> Iterator[Alternative]:
    censoring = next(one for one in FAMILIES.values() if one.censors)
    heavy = next(one for one in FAMILIES.values() if one.completes_occasions and not one.censors)
    plain = next(one for one in FAMILIES.values() if one.is_normal and not one.censors)
    for what, other, on, off in (
        (CEILING, censoring, "ends of the scale censored", "ends of the scale as they are"),
        (TAILS, heavy, "residuals with heavy tails", "residuals normal"),
    ):
        if spec.family == plain:
            yield _tried(what, on, partial(_of_family, spec, other))
        elif spec.family == other:
            yield _tried(what, off, partial(_of_family, spec, plain))
        else:
            reason = f"does not go with the family of this model, {spec.family.name}"
            yield Alternative(what=what, setting=on, reason=reason)


def _of_covariates(
    spec: ModelSpec, covariates: Mapping[str, tuple[str, ...]]
) -> Iterator[Alternative]:
    if spec.covariates:
        yield _tried(COVARIATES, "without", partial(_with, spec, covariates=()))
    there = {term.name for term in spec.covariates}
    more = {name: on for name, on in covariates.items() if name not in there}
    if more:
        named = ", ".join(more)
        yield _tried(COVARIATES, f"with {named}", partial(with_covariates, spec, more))
    elif not spec.covariates:
        yield Alternative(what=COVARIATES, setting="with", reason="the ratings come with none")


def _tried(what: str, setting: str, make: Callable[[], ModelSpec]) -> Alternative:
    try:
        return Alternative(what=what, setting=setting, spec=make())
    except InputError as error:
        return Alternative(what=what, setting=setting, reason=said(error))


def said(error: InputError) -> str:
    """The problems of an error in one line."""
    return "; ".join(f"{one.where} {one.message}" for one in error.problems)


def _of_family(spec: ModelSpec, family: Family) -> ModelSpec:
    return _with(spec, likelihood=Likelihood(family=family.name))


def _moving(spec: ModelSpec, shape: str) -> ModelSpec:
    """The model with another trajectory; what varies and what acts on it as far as it has them."""
    trajectory = Trajectory(shape=shape)
    there = trajectory.coefficients
    levels: dict[str, Effects | None] = {}
    for level in LEVELS:
        own = getattr(spec, level)
        terms = tuple(term for term in own.terms if term in there) if own else ()
        levels[level] = replace(own, terms=terms) if terms else None
    covariates = [
        replace(term, on=tuple(one for one in term.on if one in (*there, "rating")))
        for term in spec.covariates
        if {*term.on} & {*there, "rating"}
    ]
    return _with(spec, trajectory=trajectory, covariates=tuple(covariates), levels=levels)


def _with(
    spec: ModelSpec,
    *,
    trajectory: Trajectory | None = None,
    levels: Mapping[str, Effects | None] | None = None,
    residual: Residual | None = None,
    likelihood: Likelihood | None = None,
    covariates: tuple[CovariateTerm, ...] | None = None,
) -> ModelSpec:
    """The model with some parts changed, and a prior for whatever it then has."""
    trajectory, residual = trajectory or spec.trajectory, residual or spec.residual
    likelihood = likelihood or spec.likelihood
    stated: dict[str, Effects | None] = {level: getattr(spec, level) for level in LEVELS}
    effects = stated if levels is None else levels
    acting = spec.covariates if covariates is None else covariates
    parts = Parts(
        trajectory=trajectory,
        effects=effects,
        residual=residual,
        covariates=acting,
        has_covariates=bool(acting),
        given={key: type(prior) for key, prior in spec.priors.items()},
        likelihood=likelihood,
        leaving=spec.leaving,
        informants=spec.informants,
    )
    priors = {key: spec.priors.get(key) or _shipped(key) for key in quantities(parts)}
    return replace(
        spec,
        trajectory=trajectory,
        child=effects["child"],
        therapist=effects["therapist"],
        clinic=effects["clinic"],
        residual=residual,
        covariates=acting,
        likelihood=likelihood,
        priors={key: prior for key, prior in priors.items() if prior is not None},
    )


def _shipped(key: str) -> Prior | None:
    """The prior of a quantity in the first shipped model that has it."""
    models = (load_model(name) for name in list_models()["name"])
    return next((model.priors[key] for model in models if key in model.priors), None)
