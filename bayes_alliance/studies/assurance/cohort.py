"""Ratings of a planned study: who is seen by whom, when each is rated, what is recorded.

Families, therapists and clinics are drawn as in `simulate`; what they are rated comes from the true
named moments, by the law of the model that makes the ratings. Ratings are then rounded to the steps
of their scale and set to its ends, families leave, and ratings go missing, each from a stream of
random numbers of its own.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.replicate import Replicate, new_families
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.part import of_children
from bayes_alliance.ratings.simulation import Leaving, in_treatment
from bayes_alliance.ratings.simulation.draws import nest, stream
from bayes_alliance.ratings.study.scales import ScaleTable
from bayes_alliance.ratings.study.tables import rating_column
from bayes_alliance.studies.assurance.plan import Plan
from bayes_alliance.studies.assurance.size import Size


@dataclass(frozen=True, kw_only=True, eq=False)
class Cohort:
    """Families of a planned study, before they are rated.

    Parameters
    ----------
    ratings : Ratings
        The families as if everybody had rated at all occasions.
    seed : int
        Of everything that is drawn for it.
    """

    plan: Plan
    size: Size
    ratings: Ratings
    seed: int


def everybody(plan: Plan, size: Size) -> Ratings:
    """A study of some size in which everybody rates the middle of the scale at all occasions.

    Of those who are seen by others instead (`seated`), or of whom some ratings are missing, nothing
    has to be read again: that would take longer than a fit.
    """
    nesting = nest(size.families, size.therapists, plan.clinics, seed=0)
    times = np.array(plan.time.of(size.occasions))
    child = np.repeat(np.arange(size.families), len(times))
    units = [level for level in LEVELS if nesting.labels[level]]
    columns: dict[str, object] = {
        level: np.array(nesting.labels[level])[nesting.index[level][child]] for level in units
    }
    columns["time"] = np.tile(times, size.families)
    scales = plan.scales_of(size)
    columns |= {rating_column(k): np.full(len(child), scales[k].center) for k in plan.informants}
    origin = plan.time.first if plan.time.origin is None else plan.time.origin
    study: dict[str, object] = {
        "title": plan.title,
        "synthetic": True,
        "layout": "wide",
        "columns": {name: name for name in (*units, "time")},
        "informants": {k: rating_column(k) for k in plan.informants},
        "scale": {k: ScaleTable.of(scale) for k, scale in scales.items()},
        "time": {"origin": origin, "per": plan.time.per, "unit": plan.time.unit},
    }
    # Of its ratings, all of one value, a scale without steps would be taken for one of points.
    return replace(Ratings.from_wide(pd.DataFrame(columns), study=study), scales=scales)


def seated(families: Ratings, plan: Plan, size: Size, *, seed: int) -> Cohort:
    """Draw who is seen by whom.

    Parameters
    ----------
    families : Ratings
        As from `everybody`, of the same size.
    """
    nesting = nest(size.families, size.therapists, plan.clinics, seed=seed)
    children = families.children.copy()
    units = {level: families.described(level) for level in LEVELS}
    above = [level for level in LEVELS if level in children]
    for level in above:
        labels = np.array(nesting.labels[level])[nesting.index[level]]
        children[level] = pd.array(labels, dtype="str")
        index = pd.Index(children[level].unique(), name=level)
        units[level] = pd.DataFrame(index=index)
    if len(above) == 2:
        of_child = children.drop_duplicates("therapist").set_index("therapist")
        units["therapist"]["clinic"] = of_child["clinic"]
    ratings = replace(
        families, children=children, therapists=units["therapist"], clinics=units["clinic"]
    )
    return Cohort(plan=plan, size=size, ratings=ratings, seed=seed)


def rated(made: Fit, families: Cohort) -> Ratings:
    """Ratings of a planned study.

    Parameters
    ----------
    made : Fit
        The truth, of these families (`truth.as_fit`).
    """
    plan, seed = families.plan, families.seed
    new = new_families(made, seed=seed)
    recorded = _recorded(new.ratings, plan, families.size)
    here = _here(plan, families.size, new, recorded, seed=seed)
    shares = list(plan.missing_shares(families.size).values())
    gone = stream(seed, "missing").random(recorded.shape) < shares
    recorded = np.where(here.reshape(-1, 1) & ~gone, recorded, np.nan)
    there = ~np.isnan(recorded)
    status = pd.array(np.where(there, "rated", "missing").ravel(), dtype="str")
    long = families.ratings.long.assign(rating=recorded.ravel(), status=status)
    seen = there.reshape(families.size.families, -1).any(axis=1)
    children = families.ratings.children.index[seen]
    return of_children(replace(families.ratings, long=long), children)


def _recorded(ratings: Floats, plan: Plan, size: Size) -> Floats:
    """Ratings in the steps of their scale, within its ends."""
    out = ratings.copy()
    for i, scale in enumerate(plan.scales_of(size).values()):
        if scale.step:
            first = scale.center if scale.lower is None else scale.lower
            out[:, i] = first + scale.step * np.rint((out[:, i] - first) / scale.step)
        if scale.lower is not None and scale.upper is not None:
            out[:, i] = np.clip(out[:, i], scale.lower, scale.upper)
    return out


def _here(
    plan: Plan, size: Size, new: Replicate, recorded: Floats, *, seed: int
) -> NDArray[np.bool_]:
    """Who is in treatment when, shape (n_families, n_occasions)."""
    shape = size.families, size.occasions
    if plan.leaving is None:
        return np.ones(shape, dtype=np.bool_)
    follows = recorded if plan.leaving.follows == "rating" else new.curves
    by_occasion = follows.reshape(*shape, -1)
    per_point = [plan.leaving.log_odds.get(k, 0.0) for k in plan.informants]
    pull = (by_occasion - by_occasion.mean(axis=0)) @ np.array(per_point)
    process = Leaving(hazards=(plan.hazard(size),) * (size.occasions - 1))
    return in_treatment(process, pull=pull, rng=stream(seed, "leaving"))
