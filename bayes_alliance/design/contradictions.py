"""Why a specification cannot be fitted to ratings.

`contradictions` takes both and returns every reason at once: covariates that are not there,
therapist effects without therapists, too few occasions for the trajectory, censoring on a scale
without ends, a common factor of one informant.
"""

from bayes_alliance.design import covariates
from bayes_alliance.errors import Problem
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec


def contradictions(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Hold a specification against ratings.

    Parameters
    ----------
    spec : ModelSpec
    ratings : Ratings

    Returns
    -------
    list of Problem
        Every one found; empty if the model can be fitted.
    """
    return [
        *covariates.problems(spec, ratings),
        *_unknown_levels(spec, ratings),
        *_too_few_times(spec, ratings),
        *_scales_without_ends(spec, ratings),
        *_factors_of_one(spec, ratings),
    ]


def _unknown_levels(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    found = []
    has = {"therapist": ratings.has_therapists, "clinic": ratings.has_clinics}
    for name, known in has.items():
        if getattr(spec, name) is not None and not known:
            message = (
                f"the model has {name} effects but the ratings name no {name}s. Give the {name} "
                f"column in the study file, or leave these effects out of the model: "
                f'without(spec, "{name}"), on the command line --without {name}'
            )
            found.append(Problem(where=name, message=message))
    return found


def _too_few_times(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    n_times = ratings.observed["time"].nunique()
    n_coefficients = len(spec.trajectory.coefficients)
    if n_times >= n_coefficients:
        return []
    message = (
        f"a {spec.trajectory.shape} trajectory has {n_coefficients} growth coefficients, but "
        f"the ratings lie at {n_times} distinct time{'s' if n_times > 1 else ''}. "
        'Use a model with shape = "level"'
        + (' or "linear"' if 2 <= n_times < n_coefficients else "")
    )
    return [Problem(where="trajectory.shape", value=spec.trajectory.shape, message=message)]


def _scales_without_ends(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    endless = [k for k in ratings.informants if ratings.scales[k].upper is None]
    if spec.likelihood.family != "censored_normal" or not endless:
        return []
    message = (
        f"ratings are censored at the ends of their scale, but the scale of {', '.join(endless)} "
        'has none. Give lower and upper in the study file, or use family = "normal"'
    )
    return [Problem(where="likelihood.family", value=spec.likelihood.family, message=message)]


def _factors_of_one(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    if len(ratings.informants) > 1:
        return []
    message = (
        f"a common factor links informants, but {ratings.informants[0]} is the only one. "
        'Use structure = "independent"'
    )
    return [
        Problem(where=f"{level}.structure", value="common_factor", message=message)
        for level in ("child", "therapist", "clinic")
        if getattr(getattr(spec, level), "structure", "") == "common_factor"
    ]
