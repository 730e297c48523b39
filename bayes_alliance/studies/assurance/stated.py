"""Stated true values in the place of what is drawn, and what is wrong with them."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.posterior import moments
from bayes_alliance.posterior.scalars import Scalar, quantities
from bayes_alliance.studies.assurance.plan import Plan

TABLE = "[truth.values]"
ROUNDING = 1e-9  # what it may make of an eigenvalue of 0

type Stated = Sequence[tuple[Scalar, float]]


def stated(plan: Plan, drawn: xr.Dataset, arrays: Design) -> xr.Dataset:
    """Put stated values in the place of what is drawn; alone, everything else is 0.

    Raises
    ------
    InputError
        If they are not those of the model, or no families can have them; all of it at once.
    """
    given = plan.truth.values
    if not given:
        return drawn
    if problems := wrong_values(plan, drawn, arrays):
        raise InputError(problems, "design file")
    known = {one.name: one for one in quantities(drawn, arrays)}
    own = [(known[name], value) for name, value in given.items()]
    out = drawn.copy(deep=True)
    if not plan.truth.drawn:
        for array in out.values():
            array.values[...] = 0.0
    for one, value in own:
        if one.level is None or one.quantity in out:
            place = {} if one.informant is None else {"informant": one.informant}
            out[one.quantity].loc[place] = value
    for level in _levels(out, own):
        cov, cor, sd = _parts(out[f"{level}_cov"], level, own)
        out[f"{level}_cov"] = cov.copy(data=covariance.from_correlations(cor, sd))
    return out


def wrong_values(plan: Plan, drawn: xr.Dataset, arrays: Design) -> list[Problem]:
    """What is wrong with stated values: of no quantity, missing, or of no families.

    Parameters
    ----------
    drawn : Dataset
        Named moments of the model, one chain.
    """
    given = plan.truth.values
    known = {one.name: one for one in quantities(drawn, arrays)}
    problems = [
        Problem(where=f"{TABLE} {name}", message=f"no such quantity.{nearest(name, known)}")
        for name in given
        if name not in known
    ]
    if given and not plan.truth.drawn:
        problems += [
            Problem(where=f"{TABLE} {name}", message="is missing")
            for name in _needed(known, drawn)
            if name not in given
        ]
    own = [(known[name], value) for name, value in given.items() if name in known]
    if plan.truth.drawn:
        message = "correlations are stated only where all values are, without prior and fit"
        return problems + [
            Problem(where=f"{TABLE} {one.name}", message=message)
            for one, _ in own
            if one.informant_ is not None
        ]
    return problems + _impossible(drawn, own)


def _needed(known: Mapping[str, Scalar], drawn: xr.Dataset) -> list[str]:
    """Quantities without which stated values alone are no truth."""
    return [
        name
        for name, one in known.items()
        if one.coefficient_ is None
        and one.informant_ is None
        and (one.quantity in ("level", "residual_sd") or _is_own(one, drawn))
    ]


def _is_own(one: Scalar, drawn: xr.Dataset) -> bool:
    """Whether a quantity is a parameter that no growth coefficient or covariance holds."""
    return one.quantity in drawn and one.coefficient is None


def _impossible(drawn: xr.Dataset, own: Stated) -> list[Problem]:
    """Correlations that no variables can have together, at any level."""
    problems = []
    # One beyond 1 is a problem of its own.
    possible = [(one, value) for one, value in own if one.informant_ is None or abs(value) <= 1]
    nothing = drawn * 0.0
    for level in _levels(drawn, possible):
        labels = [
            one.name for one, _ in possible if one.level == level and one.informant_ is not None
        ]
        _, cor, _ = _parts(nothing[f"{level}_cov"], level, possible)
        if float(np.linalg.eigvalsh(cor).min()) < -ROUNDING:
            message = f"no variables can have these correlations together ({', '.join(labels)})"
            problems.append(Problem(where=TABLE, message=message))
    return problems


def _levels(drawn: xr.Dataset, own: Stated) -> list[str]:
    """Levels of whose covariances something is stated."""
    named = dict.fromkeys(one.level for one, _ in own if one.level is not None)
    return [str(level) for level in named if f"{level}_cov" in drawn]


def _parts(cov: xr.DataArray, level: str, own: Stated) -> tuple[xr.DataArray, Floats, Floats]:
    """A covariance, and correlations and standard deviations of it with those that are stated."""
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
    for one, value in own:
        if one.level != level:
            continue
        at = places[one.informant, one.coefficient]
        if one.informant_ is None:
            sd[..., at] = value
        else:
            other = places[one.informant_, one.coefficient_]
            cor[..., at, other] = cor[..., other, at] = value
    return ordered, cor, sd


def _places(cov: xr.DataArray) -> dict[tuple[str | None, str | None], int]:
    """Place of each informant and growth coefficient among the rows of a covariance."""
    if "term" not in cov.dims:
        return {(str(k), None): at for at, k in enumerate(cov["informant"].values)}
    labels = zip(cov["term_informant"].values, cov["term_coefficient"].values, strict=True)
    return {(str(k), str(c)): at for at, (k, c) in enumerate(labels)}
