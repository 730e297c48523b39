"""Smaller models from larger ones.

A model of the catalogue may say more than the ratings of a study can: therapist effects where no
therapist is known. `without` leaves levels out, together with their priors, and changes nothing
else.
"""

from dataclasses import replace

from bayes_alliance.errors import InputError, checked_arguments, none_of
from bayes_alliance.levels import LEVELS
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
    )
