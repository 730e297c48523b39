"""One simulated study: ratings from a truth, the model fitted, what is concluded kept."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.posterior.at_mode import from_mode
from bayes_alliance.posterior.fit import Fit, fit, uninterrupted
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec, without
from bayes_alliance.studies.assurance.cohort import everybody, rated, seated
from bayes_alliance.studies.assurance.plan import Plan, from_dict
from bayes_alliance.studies.assurance.size import Size
from bayes_alliance.studies.conclusions import Conclusion, drawn, holds
from bayes_alliance.studies.truth import as_fit

# Of a fit in full: enough for a 95% interval, which is compared with a number and thrown away.
SHORT = {"chains": 2, "draws": 500, "tune": 300}
TAILS = (0.025, 0.975)


def simulated(piece: dict[str, Any]) -> dict[str, Any]:
    """Make a study and say what it concludes.

    Parameters
    ----------
    piece : dict
        ``plan`` as text in JSON, ``spec`` (of the truth) as text, ``truth``, ``size``, ``method``,
        ``number``, ``compared`` (whether it is done once more, to compare methods), ``seed``.

    Returns
    -------
    dict
        ``size``, ``number`` and ``compared`` of the piece; ``ratings``: how many there are;
        ``true``: whether each conclusion is; ``value``: of what it is about, and of each quantity
        with a width; ``fitted`` and, if asked for, ``without_therapists``: what is concluded.
    """
    plan = _plan(piece["plan"])
    size = Size(**piece["size"])
    families = seated(_everybody(piece["plan"], size), plan, size, seed=piece["seed"])
    made = as_fit(_spec(piece["spec"]), families.ratings, piece["truth"])
    about = plan.statements
    true = drawn(made, about)
    ratings = rated(made, families)
    spec = plan.spec
    method, seed = piece["method"], piece["seed"]
    out = {name: piece[name] for name in ("size", "number", "compared")} | {
        "ratings": int(ratings.long["rating"].notna().sum()),
        "true": {one.name: bool(holds(one, true).all()) for one in plan.stated},
        "value": {one.name: float(_of(one, true).item()) for one in about},
        "fitted": _read(*_fitted(spec, ratings, method=method, seed=seed), plan, about),
    }
    if plan.ignore_therapists:
        naive = without(spec, "therapist")
        of_naive = _fitted(naive, ratings, method=method, seed=seed)
        out["without_therapists"] = _read(*of_naive, plan, about)
    return out


@lru_cache(maxsize=1)  # every piece of a study brings the same
def _plan(text: str) -> Plan:
    return from_dict(json.loads(text))


@lru_cache(maxsize=1)
def _spec(text: str) -> ModelSpec:
    return ModelSpec.from_text(text)


@lru_cache(maxsize=1)  # and all studies of one size come one after the other
def _everybody(text: str, size: Size) -> Ratings:
    return everybody(_plan(text), size)


def _fitted(spec: ModelSpec, ratings: Ratings, *, method: str, seed: int) -> tuple[Fit, str]:
    """A fit, and how it was made: in full, where there is no short chain."""
    if method == "approximate":
        near = from_mode(spec, ratings, seed=seed)
        if near is not None:
            return near, "approximate"
    full = fit(spec, ratings, seed=seed, engine="collapsed", progress=False, cores=1, **SHORT)
    return uninterrupted(full), "exact"


def _read(fitted: Fit, method: str, plan: Plan, about: Sequence[Conclusion]) -> dict[str, Any]:
    """Keep supports of conclusions, and 95% intervals of what they are about."""
    known = drawn(fitted, about)
    intervals = {one.name: np.quantile(_of(one, known), TAILS).tolist() for one in about}
    return {
        "method": method,
        "support": {one.name: float(holds(one, known).mean()) for one in plan.stated},
        "interval": intervals,
    }


def _of(one: Conclusion, known: Mapping[str, Any]) -> Floats:
    """Draws of what a conclusion is about: a quantity, or how far it is above another."""
    values = known[one.quantity].transpose("chain", "draw").values
    for other in (one.less, one.above_quantity):
        if other is not None:
            values = values - known[other].transpose("chain", "draw").values
    return np.asarray(values)
