"""Leaving treatment beside ratings: its named moments, their priors, and labels.

What leaving follows is per point of the current alliance, or of the rating; its prior is per spread
of the informant's scale.
"""

from collections.abc import Mapping

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.design import AtRisk, Design
from bayes_alliance.likelihoods.residual import Density, Drawing, Moments, Variables

SHARE = "leaving_share"  # how much of what leaving follows is the alliance's
# All that leaving may add to the named moments.
NAMES = frozenset(
    {
        "leaving_baseline",
        "leaving_on",
        "leaving_on_slope",
        SHARE,
        "leaving_covariate",
        "leaving_therapist_sd",
    }
)


def dims(leaving: AtRisk | None) -> Mapping[str, tuple[str, ...]]:
    """Named moments of leaving that a model has, and their dims."""
    if leaving is None:
        return {}
    of_informant = ("leaving_group", "informant") if leaving.groups else ("informant",)
    out: dict[str, tuple[str, ...]] = {"leaving_baseline": ("interval",)}
    out |= {"leaving_on": of_informant} if leaving.acts_now else {}
    out |= {"leaving_on_slope": of_informant} if leaving.acts_by_slope else {}
    out |= {"leaving_share": ()} if leaving.acts_now and leaving.share is None else {}
    out |= {"leaving_covariate": ("leaving_covariate_of",)} if leaving.covariates else {}
    return out | ({"leaving_therapist_sd": ()} if leaving.therapist else {})


def coords(arrays: Design) -> dict[str, list[str]]:
    """Labels along the dims of leaving, those at risk among them."""
    leaving = arrays.leaving
    if leaving is None:
        return {}
    return leaving.coords | {"at_risk": list(leaving.labels(arrays.children))}


def units(key: str, arrays: Design, leaving: AtRisk) -> Floats:
    """What the unit of a prior is in that of the moment, along its dims; 0 where none is free."""
    shape = [len(coords(arrays)[dim]) for dim in dims(leaving)[key] if dim != "informant"]
    if "informant" in dims(leaving)[key]:
        acting = np.zeros(len(arrays.informants))
        acting[leaving.informants] = 1.0
        return np.broadcast_to(acting / arrays.spread, (*shape, len(acting)))
    return (
        1.0 / leaving.covariate_sd
        if "leaving_covariate_of" in dims(leaving)[key]
        else (np.ones(shape))
    )


def prior_draws(drawing: Drawing, arrays: Design, size: tuple[int, int]) -> Variables:
    """Named moments of leaving, drawn from their priors.

    Parameters
    ----------
    size : (int, int)
        Chains and draws.
    """
    variables: Variables = {}
    for key, own in dims(arrays.leaving).items():
        assert arrays.leaving is not None
        unit = units(key, arrays, arrays.leaving)
        variables[key] = ("chain", "draw", *own), drawing(key, (*size, *unit.shape)) * unit
    return variables


def log_prior(key: str, log_density: Density, moments: Moments, arrays: Design) -> Floats:
    """Log density of one of the named moments, shape (...).

    Parameters
    ----------
    log_density : callable
        Of the prior, in its own unit.
    """
    assert arrays.leaving is not None
    unit = units(key, arrays, arrays.leaving)
    free = unit > 0.0
    values = moments[key][..., free] / unit[free]
    return (log_density(values) - np.log(unit[free])).sum(axis=-1)
