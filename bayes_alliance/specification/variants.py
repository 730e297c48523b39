"""Smaller models from larger ones, and the same model with other knots or ideas of who leaves.

A model of the catalogue may say more than the ratings of a study can: therapist effects where no
therapist is known. `without` leaves levels out, together with their priors, and changes nothing
else. `with_knots` puts the times of a study in place of those of a model. `with_leaving` says what
leaving treatment follows, or that it is no part of the model.
"""

from collections.abc import Sequence
from dataclasses import replace

from bayes_alliance.errors import InputError, checked_arguments, none_of
from bayes_alliance.levels import LEVELS
from bayes_alliance.specification.leaving import Leaving
from bayes_alliance.specification.leaving_quantities import PRIORS, candidates, default
from bayes_alliance.specification.spec import ModelSpec


@checked_arguments
def without(spec: ModelSpec, *levels: str) -> ModelSpec:
    """Leave nesting levels out of a model.

    Parameters
    ----------
    *levels : {"child", "therapist", "clinic"}
        A level the model does not have is no problem.

    Returns
    -------
    ModelSpec
        With those levels off and their priors gone; the title says so.

    Raises
    ------
    InputError
        If there is no such level.

    Examples
    --------
    >>> import bayes_alliance as ba
    >>> ba.without(ba.load_model("informant_growth"), "therapist").therapist is None
    True
    """
    problems = [none_of(level, LEVELS, where="level") for level in levels if level not in LEVELS]
    if problems:
        raise InputError(problems, "without")
    off = [level for level in levels if getattr(spec, level) is not None]
    if not off:
        return spec
    priors = {
        key: spec.priors[key]
        for key, quantity in spec.quantities.items()
        if quantity.level not in off
    }
    return replace(
        spec,
        title=f"{spec.title}, without {' and '.join(off)} effects",
        priors=priors,
        child=None if "child" in off else spec.child,
        therapist=None if "therapist" in off else spec.therapist,
        clinic=None if "clinic" in off else spec.clinic,
        leaving=spec.leaving and spec.leaving.without(off),
    )


@checked_arguments
def with_knots(spec: ModelSpec, knots: Sequence[float]) -> ModelSpec:
    """Put other knots into the trajectory of a model.

    Parameters
    ----------
    knots : sequence of float
        Increasing, in units of the time column: the times at which ratings may change their course;
        of occasions as categories, the times of all occasions but the time origin.

    Returns
    -------
    ModelSpec
        What the model says of the coefficient of its last knot (its prior, whether children differ
        in it, which covariates act on it) it says of those that are new.

    Raises
    ------
    InputError
        If the trajectory has no knots, or these do not increase.

    Examples
    --------
    >>> import bayes_alliance as ba
    >>> ba.with_knots(ba.load_model("two_phase_growth"), [12]).trajectory.knots
    (12.0,)
    """
    trajectory = replace(spec.trajectory, knots=tuple(map(float, knots)))
    old, new = spec.trajectory.coefficients, trajectory.coefficients
    last, added = old[-1], [name for name in new if name not in old]

    def moved(names: Sequence[str]) -> tuple[str, ...]:
        kept = [name for name in names if name in new or name not in old]
        return (*kept, *(added if last in names else ()))

    priors = {}
    for key, quantity in spec.quantities.items():
        if quantity.coefficient not in old or quantity.coefficient in new:
            priors[key] = spec.priors[key]
        if quantity.coefficient == last:
            priors |= {key.replace(last, name): spec.priors[key] for name in added}
    effects = {
        level: replace(one, terms=moved(one.terms))
        for level in LEVELS
        if (one := getattr(spec, level)) is not None
    }
    covariates = tuple(replace(term, on=moved(term.on)) for term in spec.covariates)
    return replace(spec, trajectory=trajectory, priors=priors, covariates=covariates, **effects)


@checked_arguments
def with_leaving(spec: ModelSpec, leaving: Leaving | None) -> ModelSpec:
    """Let leaving treatment be part of a model.

    Parameters
    ----------
    leaving : Leaving or None
        What it follows; None: leave it out, with its priors.

    Returns
    -------
    ModelSpec
        Priors that the model has already are kept, others are the default.

    Raises
    ------
    InputError
        With everything that does not go with the rest of the model.
    """
    priors = {key: prior for key, prior in spec.priors.items() if key not in PRIORS}
    if leaving is not None:
        needed = [one.key for one in candidates(leaving, known=True) if one.absent == ""]
        priors |= {key: spec.priors.get(key, default(key, leaving)) for key in needed}
    return replace(spec, leaving=leaving, priors=priors)
