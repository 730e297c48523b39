"""True values of simulated studies: drawn from a prior, from a saved fit, or stated by their names.

A truth knows nothing of the size of a study, so the same truths serve all designs, and designs are
compared without noise between them.
"""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from bayes_alliance.design import Design, design
from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.prior_draws import CHAINS, prior_moments
from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.assurance.cohort import everybody
from bayes_alliance.studies.assurance.contradictions import of_ends
from bayes_alliance.studies.assurance.plan import Plan
from bayes_alliance.studies.assurance.stated import stated
from bayes_alliance.studies.assurance.tables import PlannedScale
from bayes_alliance.studies.truth import Truth, as_json

# What truths consist of; moments with other dims are of the ratings that a fit has seen.
OF_THE_MODEL = {"chain", "draw", "informant", "informant_", "term", "term_"}


def truths(plan: Plan, *, seed: int) -> tuple[ModelSpec, list[Truth]]:
    """True values of every simulated study, and the model that makes its ratings.

    Returns
    -------
    spec : ModelSpec
    truths : list of dict
        As many as there are studies of each design; of stated values, one.

    Raises
    ------
    InputError
        If a fit cannot be read or is not about these informants, scales and times, or stated
        values are not those of the model.
    """
    spec = plan.spec
    if plan.truth.fit is not None:
        fit = of_fit(plan, Path(plan.truth.fit))
        spec, drawn = fit.spec, stacked(fit.moments)
    else:
        n = plan.simulation.fits if plan.truth.prior else CHAINS
        draws = math.ceil(n / CHAINS)
        drawn = stacked(prior_moments(spec, arrays(plan, spec), seed=seed, draws=draws))
    if not plan.truth.drawn:
        drawn = drawn.isel(draw=[0])
    drawn = stated(plan, drawn, arrays(plan, spec))
    n = min(plan.simulation.fits, drawn.sizes["draw"])
    # From all chains and their whole length.
    chosen = np.linspace(0, drawn.sizes["draw"] - 1, n).round().astype(int)
    return spec, [as_json(drawn.isel(draw=[at])) for at in chosen]


def arrays(plan: Plan, spec: ModelSpec) -> Design:
    """A design of the fewest families: names of quantities are those of all designs."""
    # Of the longest scale, which is that of no design in particular.
    return design(spec, everybody(plan, replace(plan.sizes[0], ceiling=None)))


def stacked(drawn: xr.Dataset) -> xr.Dataset:
    """What is of the model, the draws of all chains one after the other, in one chain."""
    kept = {
        str(name): array.transpose("chain", "draw", ...)
        for name, array in drawn.items()
        if set(array.dims) <= OF_THE_MODEL
    }
    n = drawn.sizes["chain"] * drawn.sizes["draw"]
    values = {
        name: (array.dims, array.values.reshape(1, n, *array.shape[2:]))
        for name, array in kept.items()
    }
    others = {k: v for k, v in drawn.coords.items() if set(v.dims) <= OF_THE_MODEL}
    coords = {k: v for k, v in others.items() if not {"chain", "draw"} & set(v.dims)}
    return xr.Dataset(values, coords=coords | {"chain": [0], "draw": np.arange(n)})


def of_fit(plan: Plan, path: Path) -> Fit:
    """Read the fit that true values are drawn from.

    Raises
    ------
    InputError
        If there is none, or it is not about the informants, scales and times of the plan.
    """
    fit = Fit.load(path)
    problems: list[Problem] = []
    where = "[truth] fit"
    if fit.spec.covariates:
        message = "has covariates, which planned studies do not: fit again without"
        problems.append(Problem(where=where, value=str(path), message=message))
    if fit.spec.leaving is not None or fit.spec.family.items:
        message = "has leaving or single items as a part: fit again without"
        problems.append(Problem(where=where, value=str(path), message=message))
    if isinstance(plan.scale, PlannedScale):
        problems += of_ends(plan.scale, fit.spec, where=where)
    informants = fit.design.informants
    problems += [
        Problem(where=where, value=k, message=f"is not in the fit.{nearest(k, informants)}")
        for k in plan.informants
        if k not in informants
    ]
    if not problems and informants != plan.informants:
        message = f"is of {', '.join(informants)}: name all of them, in this order"
        problems.append(Problem(where="informants", value=list(plan.informants), message=message))
    for k, scale in plan.scales.items() if not problems else ():
        other = fit.ratings.scales[k]
        if (scale.center, scale.spread) != (other.center, other.spread):
            message = f"is not that of the fit, {other}"
            problems.append(Problem(where=f"scale.{k}", value=str(scale), message=message))
    origin = plan.time.first if plan.time.origin is None else plan.time.origin
    if (origin, plan.time.per) != (fit.ratings.time.origin, fit.ratings.time.per):
        message = (
            f"origin and per must be those of the fit, {fit.ratings.time.origin:g} and "
            f"{fit.ratings.time.per:g}"
        )
        problems.append(Problem(where="[time]", message=message))
    for level in ("therapist", "clinic"):
        units = plan.clinics if level == "clinic" else min(plan.therapists, default=0)
        if getattr(fit.spec, level) is not None and not units:
            message = f"has {level} effects: say how many {level}s there are"
            problems.append(Problem(where=where, value=str(path), message=message))
    if problems:
        raise InputError(problems, "design file")
    return fit
