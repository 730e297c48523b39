"""A model in words: one or two sentences for every part of a specification.

`sentences` takes a specification and returns what a methods section would say about its structure,
without any number.
"""

from typing import TYPE_CHECKING

from bayes_alliance.levels import CALLED, LEVELS, LevelName
from bayes_alliance.specification.parts import Effects
from bayes_alliance.specification.phrases import listed
from bayes_alliance.specification.structures import STRUCTURES

if TYPE_CHECKING:
    from bayes_alliance.specification.spec import ModelSpec


def sentences(spec: "ModelSpec", *, absent: bool = True, alone: bool = False) -> dict[str, str]:
    """Say what the model is.

    Parameters
    ----------
    absent : bool
        Whether to say of effects and covariates that the model has none.
    alone : bool
        Whether it is of one informant, of whom nothing is said between informants.

    Returns
    -------
    dict of str to str
        Sentences by the part of the model they are about: "Time", "Children", "Therapists",
        "Clinics", "Occasions", "Covariates", "Informants" if only some are modelled, "Ratings",
        "Leaving" if it is part of the model.
    """
    said = {"Time": spec.trajectory.sentence}
    said |= {
        CALLED[level].heading: _effects(spec, level, alone=alone)
        for level in LEVELS
        if absent or getattr(spec, level) is not None
    }
    said["Occasions"] = spec.residual.sentence(spec.family, alone=alone)
    if spec.covariates or absent:
        said_of = (term.sentence(spec.trajectory, alone=alone) for term in spec.covariates)
        covariates = " ".join(said_of)
        said["Covariates"] = covariates or "There are no covariates."
    if spec.informants:
        said["Informants"] = (
            f"Only ratings by {listed(spec.informants)} enter the model; those of "
            "other informants are left out."
        )
    said["Ratings"] = spec.family.sentence
    if spec.leaving is not None:
        said["Leaving"] = spec.leaving.sentence
    return said


def _effects(spec: "ModelSpec", level: LevelName, *, alone: bool) -> str:
    effects: Effects | None = getattr(spec, level)
    trajectory = spec.trajectory
    if effects is None:
        return f"{level.capitalize()} effects are off."
    terms = listed(map(trajectory.said, effects.terms))
    differ = f"{CALLED[level].heading} differ in {terms}"
    said = STRUCTURES[effects.structure].sentence(differ, terms, len(effects.terms) > 1, alone)
    fixed = [trajectory.said(one) for one in trajectory.coefficients if one not in effects.terms]
    # What a model leaves out is assumed of children, not found.
    return f"{said} The model has no {level} effect on {listed(fixed)}." if fixed else said
