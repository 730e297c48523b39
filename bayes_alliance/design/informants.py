"""Ratings of the informants a model is about.

A specification may say that it is about some informants only (``informants = ["caregiver"]``);
`modelled` leaves the ratings of the others out.
"""

from dataclasses import replace

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec


def problems(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Informants of a specification who are not in the ratings."""
    known = ratings.informants
    return [
        Problem(
            where="informants",
            value=informant,
            message=f"not an informant of these ratings (they have {', '.join(known)})."
            f"{nearest(informant, known)}",
        )
        for informant in spec.informants
        if informant not in known
    ]


def modelled(spec: ModelSpec, ratings: Ratings) -> Ratings:
    """Ratings by the informants a model is about.

    Returns
    -------
    Ratings
        The same if the model is about all of them; else with the ratings, scales and labels of the
        others left out. Children stay, rated by the others only or not.

    Raises
    ------
    InputError
        If the ratings have no such informant.
    """
    if unknown := problems(spec, ratings):
        raise InputError(unknown, f"model '{spec.name}' with these ratings")
    kept = tuple(k for k in ratings.informants if k in spec.informants)
    if not spec.informants or kept == ratings.informants:
        return ratings
    inside = ratings.long["informant"].isin(kept)
    return replace(
        ratings,
        informants=kept,
        scales={k: ratings.scales[k] for k in kept},
        long=ratings.long[inside].reset_index(drop=True),
    )
