"""Smaller models from larger ones, and the same model with other ideas of who leaves.

A model of the catalogue may say more than the ratings of a study can: therapist effects where no
therapist is known. `without` leaves levels out, together with their priors, and changes nothing
else. `with_leaving` says what leaving treatment follows, or that it is no part of the model.
"""

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
