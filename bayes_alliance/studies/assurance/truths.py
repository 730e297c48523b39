"""True values of simulated studies: drawn from a prior, from a saved fit, or stated by their names.

A truth knows nothing of the size of a study, so the same truths serve all designs, and designs are
compared without noise between them.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.design import Design, design
from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.posterior import moments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.prior_draws import CHAINS, prior_moments
from bayes_alliance.posterior.scalars import Scalar, quantities
from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.assurance.cohort import everybody
from bayes_alliance.studies.assurance.plan import Plan
from bayes_alliance.studies.truth import Truth, as_json

# What truths consist of; moments with other dims are of the ratings that a fit has seen.
OF_THE_MODEL = {"chain", "draw", "informant", "informant_", "term", "term_"}
TABLE = "[truth.values]"
ROUNDING = 1e-9  # what it may make of an eigenvalue of 0


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
        spec, drawn = _of_fit(plan, Path(plan.truth.fit))
    else:
        n = plan.simulation.fits if plan.truth.prior else CHAINS
        draws = math.ceil(n / CHAINS)
        drawn = _stacked(prior_moments(spec, _arrays(plan, spec), seed=seed, draws=draws))
    if not plan.truth.drawn:
        drawn = drawn.isel(draw=[0])
    drawn = _stated(plan, drawn, _arrays(plan, spec))
    n = min(plan.simulation.fits, drawn.sizes["draw"])
    # From all chains and their whole length.
    chosen = np.linspace(0, drawn.sizes["draw"] - 1, n).round().astype(int)
    return spec, [as_json(drawn.isel(draw=[at])) for at in chosen]


def _arrays(plan: Plan, spec: ModelSpec) -> Design:
    """A design of the fewest families: names of quantities are those of all designs."""
    return design(spec, everybody(plan, plan.sizes[0]))


def _stacked(drawn: xr.Dataset) -> xr.Dataset:
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


def _of_fit(plan: Plan, path: Path) -> tuple[ModelSpec, xr.Dataset]:
    fit = Fit.load(path)
    problems: list[Problem] = []
    where = "[truth] fit"
    if fit.spec.covariates:
        message = "has covariates, which planned studies do not: fit again without"
        problems.append(Problem(where=where, value=str(path), message=message))
    if fit.spec.leaving is not None or fit.spec.family.items:
        message = "has leaving or single items as a part: fit again without"
        problems.append(Problem(where=where, value=str(path), message=message))
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
        units = plan.clinics if level == "clinic" else min(plan.therapists)
        if getattr(fit.spec, level) is not None and not units:
            message = f"has {level} effects: say how many {level}s there are"
            problems.append(Problem(where=where, value=str(path), message=message))
    if problems:
        raise InputError(problems, "design file")
    return fit.spec, _stacked(fit.moments)


def _stated(plan: Plan, drawn: xr.Dataset, arrays: Design) -> xr.Dataset:
    """Put stated values in the place of what is drawn; alone, everything else is 0."""
    given = plan.truth.values
    if not given:
        return drawn
    known = {one.name: one for one in quantities(drawn, arrays)}
    problems = [
        Problem(where=TABLE, value=name, message=f"no such quantity.{nearest(name, known)}")
        for name in given
        if name not in known
    ]
    out = drawn.copy(deep=True)
    if not plan.truth.drawn:
        needed = [
            name
            for name, one in known.items()
            if one.coefficient_ is None
            and one.informant_ is None
            and (one.quantity in ("level", "residual_sd") or _is_own(one, drawn))
        ]
        problems += [
            Problem(where=f"{TABLE} {name}", message="is missing")
            for name in needed
            if name not in given
        ]
        for array in out.values():
            array.values[...] = 0.0
    stated = [(known[name], value) for name, value in given.items() if name in known]
    problems += [
        Problem(where=TABLE, value=one.name, message="must be at least 0")
        for one, value in stated
        if one.quantity.endswith("_sd") and value < 0
    ]
    if plan.truth.drawn:
        message = "correlations are stated only where all values are, without prior and fit"
        problems += [
            Problem(where=TABLE, value=one.name, message=message)
            for one, _ in stated
            if one.informant_ is not None
        ]
    if problems:
        raise InputError(problems, "design file")
    for one, value in stated:
        if one.level is None or one.quantity in out:
            place = {} if one.informant is None else {"informant": one.informant}
            out[one.quantity].loc[place] = value
    for level in dict.fromkeys(one.level for one, _ in stated if one.level is not None):
        if f"{level}_cov" in out:
            out[f"{level}_cov"] = _covariance(out[f"{level}_cov"], level, stated)
    return out


def _is_own(one: Scalar, drawn: xr.Dataset) -> bool:
    """Whether a quantity is a parameter that no growth coefficient or covariance holds."""
    return one.quantity in drawn and one.coefficient is None


def _covariance(
    cov: xr.DataArray, level: str, stated: Sequence[tuple[Scalar, float]]
) -> xr.DataArray:
    """A covariance with stated standard deviations and correlations."""
    first, second = moments.pair_of_dims(cov)
    ordered = cov.transpose("chain", "draw", first, second)
    sd, cor = (
        part.values.copy()
        for part in (moments.standard_deviations(ordered), moments.correlations(ordered))
    )
    n = sd.shape[-1]
    cor = np.where(np.isnan(cor), np.eye(n), cor)
    cor[..., range(n), range(n)] = 1.0
    places = _places(ordered)
    own = [(one, value) for one, value in stated if one.level == level]
    for one, value in own:
        at = places[one.informant, one.coefficient]
        if one.informant_ is None:
            sd[..., at] = value
        else:
            other = places[one.informant_, one.coefficient_]
            cor[..., at, other] = cor[..., other, at] = value
    labels = [one.name for one, _ in own if one.informant_ is not None]
    smallest = float(np.linalg.eigvalsh(cor).min())
    if smallest < -ROUNDING:
        message = f"no variables can have these correlations together ({', '.join(labels)})"
        problem = Problem(where=TABLE, message=message)
        raise InputError([problem], "design file")
    return ordered.copy(data=covariance.from_correlations(cor, sd))


def _places(cov: xr.DataArray) -> dict[tuple[str | None, str | None], int]:
    """Place of each informant and growth coefficient among the rows of a covariance."""
    if "term" not in cov.dims:
        return {(str(k), None): at for at, k in enumerate(cov["informant"].values)}
    labels = zip(cov["term_informant"].values, cov["term_coefficient"].values, strict=True)
    return {(str(k), str(c)): at for at, (k, c) in enumerate(labels)}
