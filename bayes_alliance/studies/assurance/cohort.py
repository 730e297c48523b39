"""Ratings of a planned study: who is seen by whom, when each is rated, what is recorded.

Families, therapists and clinics are drawn as in `simulate`; what they are rated comes from the true
named moments, by the law of the model that makes the ratings. Ratings are then rounded to the steps
of their scale and set to its ends, families leave, and ratings go missing, each from a stream of
random numbers of its own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.replicate import Replicate, new_families
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.simulation import Leaving, in_treatment
from bayes_alliance.ratings.simulation.draws import nest, stream
from bayes_alliance.ratings.study.scales import ScaleTable
from bayes_alliance.ratings.study.tables import rating_column
from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.assurance.plan import Plan, Size


@dataclass(frozen=True, kw_only=True, eq=False)
class Cohort:
    """Families of a planned study, before they are rated.

    Parameters
    ----------
    frame : DataFrame
        A row per family and occasion, by family; every rating is at the middle of its scale.
    study : dict
        What its columns mean.
    seed : int
        Of everything that is drawn for it.
    """

    plan: Plan
    size: Size
    frame: pd.DataFrame
    study: dict[str, Any]
    seed: int

    @property
    def ratings(self) -> Ratings:
        """The families as if everybody had rated at all occasions."""
        return Ratings.from_wide(self.frame, study=self.study)


def cohort(plan: Plan, size: Size, *, seed: int) -> Cohort:
    """Draw who is seen by whom in a study of some size."""
    clinics = plan.clinics
    nesting = nest(size.families, size.therapists, clinics, seed=seed)
    times = np.array(plan.time.of(size.occasions))
    child = np.repeat(np.arange(size.families), len(times))
    units = [level for level in LEVELS if nesting.labels[level]]
    columns: dict[str, object] = {
        level: np.array(nesting.labels[level])[nesting.index[level][child]] for level in units
    }
    columns["time"] = np.tile(times, size.families)
    scales = plan.scales
    columns |= {rating_column(k): np.full(len(child), scales[k].center) for k in plan.informants}
    origin = plan.time.first if plan.time.origin is None else plan.time.origin
    study = {
        "title": plan.title,
        "synthetic": True,
        "layout": "wide",
        "columns": {name: name for name in (*units, "time")},
        "informants": {k: rating_column(k) for k in plan.informants},
        "scale": {k: ScaleTable.of(scale) for k, scale in scales.items()},
        "time": {"origin": origin, "per": plan.time.per, "unit": plan.time.unit},
    }
    return Cohort(plan=plan, size=size, frame=pd.DataFrame(columns), study=study, seed=seed)


def as_fit(spec: ModelSpec, ratings: Ratings, one: xr.Dataset) -> Fit:
    """The truth in the shape of a fit of one draw, so that whatever reads fits reads it.

    Parameters
    ----------
    one : Dataset
        Named moments, one chain and draw.
    """
    return Fit(
        spec=spec,
        ratings=ratings,
        posterior=xr.DataTree.from_dict({"posterior": one}),
        engine="truth",
        seed=0,
        versions={},
        seconds={},
        gradient_evaluations={},
    )


def rated(made: Fit, families: Cohort) -> Ratings:
    """Ratings of a planned study.

    Parameters
    ----------
    made : Fit
        The truth, of these families (`as_fit`).
    """
    plan, seed = families.plan, families.seed
    new = new_families(made, seed=seed)
    recorded = _recorded(new.ratings, plan)
    here = _here(plan, families.size, new, recorded, seed=seed)
    shares = [plan.missing_shares[k] for k in plan.informants]
    gone = stream(seed, "missing").random(recorded.shape) < shares
    recorded = np.where(here.reshape(-1, 1) & ~gone, recorded, np.nan)
    frame = families.frame.assign(
        **{rating_column(k): recorded[:, i] for i, k in enumerate(plan.informants)}
    )
    # Occasions at which nobody rated are not in a file.
    return Ratings.from_wide(frame[~np.isnan(recorded).all(axis=1)], study=families.study)


def _recorded(ratings: Floats, plan: Plan) -> Floats:
    """Ratings in the steps of their scale, within its ends."""
    out = ratings.copy()
    for i, scale in enumerate(plan.scales.values()):
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
    process = Leaving(hazards=(plan.leaving.hazard,) * (size.occasions - 1))
    return in_treatment(process, pull=pull, rng=stream(seed, "leaving"))
