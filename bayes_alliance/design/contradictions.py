"""Why a specification cannot be fitted to ratings.

`contradictions` takes both and returns every reason at once: covariates that are not there,
therapist effects without therapists, too few occasions for the trajectory, censoring on a scale
without ends, a common factor of one informant.
"""

from bayes_alliance.design import covariates, informants, leaving, residual, trajectory
from bayes_alliance.design.missing import lacking
from bayes_alliance.errors import Problem
from bayes_alliance.levels import LEVELS
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.families import DEFAULT, FAMILIES
from bayes_alliance.specification.structures import SIMPLEST, STRUCTURES

# The family for ratings that are neither points nor totals of items known one by one.
CENSORING = next(family.name for family in FAMILIES.values() if family.censors)


def contradictions(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Hold a specification against ratings.

    Returns
    -------
    list of Problem
        Empty if the model can be fitted.
    """
    unknown = informants.problems(spec, ratings)
    ratings = ratings if unknown else informants.modelled(spec, ratings)
    return [
        *unknown,
        *covariates.problems(spec, ratings),
        *_unknown_levels(spec, ratings),
        *trajectory.problems(spec, ratings),
        *_scales_without_ends(spec, ratings),
        *_parts_of_points(spec, ratings),
        *_items(spec, ratings),
        *residual.problems(spec, ratings),
        *leaving.problems(spec, ratings),
        *_structures_of_one(spec, ratings),
    ]


def _unknown_levels(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    problems = []
    has = {"therapist": ratings.has_therapists, "clinic": ratings.has_clinics}
    for name, known in has.items():
        if getattr(spec, name) is not None and not known:
            message = (
                f"the model has {name} effects but the ratings name no {name}s. Give the {name} "
                f"column in the study file, or leave these effects out of the model: "
                f'without(spec, "{name}"), on the command line --without {name}'
            )
            problems.append(Problem(where=name, message=message))
    return problems


def _scales_without_ends(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    endless = [k for k in ratings.informants if ratings.scales[k].upper is None]
    if not spec.family.needs_ends or not endless:
        return []
    message = (
        f"{spec.family.needs_ends}, but the scale of {', '.join(endless)} has no ends. Give lower "
        f'and upper in the study file, or use family = "{DEFAULT.name}"'
    )
    return [Problem(where="likelihood.family", value=spec.family.name, message=message)]


def _parts_of_points(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Ratings between two points, where points are counted."""
    if not spec.family.whole_points:
        return []
    seen = ratings.observed
    bounded = [k for k in ratings.informants if ratings.scales[k].is_bounded]
    problems = []
    for informant in bounded:
        lower = float(ratings.scales[informant].lower or 0.0)
        own = seen[seen["informant"] == informant]
        points = own["rating"] - lower
        wrong = own[(points - points.round()).abs() > 1e-6]
        if len(wrong):
            first = wrong.iloc[0]
            message = (
                f"{len(wrong)} of {len(own)} ratings of {informant} are no whole points above "
                f"{lower:g} (the first: child {first['child']} at {first['time']:g}), but this "
                f'family counts points. Use family = "{CENSORING}"'
            )
            problems.append(
                Problem(where="likelihood.family", value=float(first["rating"]), message=message)
            )
    return problems


def _items(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """What keeps a model of single items from these ratings."""
    if not spec.family.items:
        return []
    where, value = "likelihood.family", spec.family.name
    if ratings.items is None:
        message = (
            "the model is one of single items, but the ratings are totals. Name the items in the "
            f'study file, in a table [items], or use family = "{CENSORING}"'
        )
        return [Problem(where=where, value=value, message=message)]
    problems = []
    if ratings.items.upper - ratings.items.lower < 2:
        message = "the steps of items say what the scale is, so that each needs three responses"
        problems.append(Problem(where=where, value=value, message=message))
    message = "is a category with missing values, which do not go with a model of items"
    return problems + [
        Problem(where=f"covariates.{one.name}", message=message)
        for one in lacking(spec, ratings)
        if one.kind != "numeric" and one.level != "occasion"
    ]


def _structures_of_one(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Structures that say something about several informants only."""
    if len(ratings.informants) > 1:
        return []
    given = {level: getattr(spec, level) for level in LEVELS}
    structures = {
        level: STRUCTURES[effects.structure]
        for level, effects in given.items()
        if effects is not None
    }
    return [
        Problem(
            where=f"{level}.structure",
            value=structure.name,
            message=(
                f"{structure.too_few}, but {ratings.informants[0]} is the only one. "
                f'Use structure = "{SIMPLEST.name}"'
            ),
        )
        for level, structure in structures.items()
        if structure.too_few
    ]
