r"""Differences in change, between groups or informants, if unseen ratings are lower than expected.

With :math:`\kappa_i` what a shift by one point takes from the least-squares change of child `i`
(`shifts`), the effect of a covariate on the change, a coefficient of a linear model of all
covariates, is lower by the coefficient that :math:`d_i \kappa_i` have in that model. Where all
ratings are shifted alike that is `d` times the difference between groups in how much is unseen; the
two arms of a trial may also be shifted by amounts of their own, and so may two informants whose
changes are compared.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.estimands.effects import contrast
from bayes_alliance.estimands.leaving.shifts import Cells, change_of, shifted, unseen
from bayes_alliance.posterior.fit import Fit


@checked_arguments
def effect_tipping_point(
    fit: Fit,
    *,
    covariate: str,
    conclusion: Literal["positive", "negative"],
    prob: Prob = 0.95,
    growing: bool = False,
    cells: Cells = "left",
) -> xr.DataArray:
    """Shift at which the direction of a covariate's effect on the change is no longer a conclusion.

    Parameters
    ----------
    covariate : str
        Of children, therapists or clinics, that acts on the slope and with no other covariate.
    conclusion : {"positive", "negative"}
    prob : float
        The chance at which it counts as one.
    growing, cells
        As in `shifted`.

    Returns
    -------
    DataArray
        Dims (arm, informant), rating points lower than expected: the conclusion holds on one side
        of it, that of 0 if it holds without a shift. ``arm`` is ``"both"``, where everybody's
        ratings are shifted, and for a binary covariate also ``"treated"``, where only those of
        children in whom it is 1 are. NaN where no shift changes the effect.

    Raises
    ------
    InputError
        If the covariate does not act on change by one number, and as `shifted`.
    """
    effect = _effect(fit, covariate)
    treated, reference = _of_arms(fit, covariate, growing=growing, cells=cells)
    kappa = {"both": treated - reference}
    if is_binary(fit, covariate):
        kappa["treated"] = treated
    p = 1.0 - prob if conclusion == "positive" else prob
    at = effect.quantile(p, dim=("chain", "draw")).drop_vars("quantile")
    found = [at / one.where(np.abs(one) > 1e-12) for one in kappa.values()]
    return xr.concat(found, dim="arm").assign_coords(arm=list(kappa))


@checked_arguments
def two_shifts(
    fit: Fit,
    *,
    shifts: Sequence[float],
    covariate: str | None = None,
    informants: tuple[str, str] | None = None,
) -> xr.DataArray:
    """Chance that a difference in change is positive, if its two sides are shifted differently.

    Parameters
    ----------
    shifts : sequence of float
        By how many points ratings after leaving are lower than expected.
    covariate : str, optional
        Binary: its effect on the change; ``shift`` is that of children in whom it is 1, ``shift_``
        that of the others.
    informants : pair of str, optional
        Instead of a covariate: the change of the first less that of the second; ``shift`` is that
        of the first, ``shift_`` that of the second.

    Returns
    -------
    DataArray
        Dims (shift, shift_, informant) for a covariate, (shift, shift_) for informants.

    Raises
    ------
    InputError
        If not exactly one of the two is given, and as `effect_tipping_point`.
    """
    coords: dict[str, list[float] | list[str]] = {"shift": list(shifts), "shift_": list(shifts)}
    if covariate is not None and informants is None:
        effect = _effect(fit, covariate)
        _require_binary(fit, covariate)
        treated, others = _of_arms(fit, covariate, growing=False, cells="left")
        names = list(fit.design.informants)
        found = [_chance(effect, treated, others, k, shifts) for k in names]
        values, dims = np.stack(found, axis=-1), ("shift", "shift_", "informant")
        return xr.DataArray(values, dims=dims, coords=coords | {"informant": names})
    if covariate is None and informants is not None:
        one, other = informants
        change = shifted(fit, by=0.0)
        kappa = change_of(fit, unseen(fit, growing=False, cells="left").mean("child"))
        # Under the first one's name, so that it can be taken out again.
        apart = change - change.sel(informant=other)
        second = xr.full_like(kappa, float(kappa.sel(informant=other)))
        values = _chance(apart, kappa, second, one, shifts)
        return xr.DataArray(values, dims=("shift", "shift_"), coords=coords)
    message = "name a covariate, or two informants"
    raise InputError([Problem(where="covariate", message=message)], "two shifts")


def _chance(
    difference: xr.DataArray,
    first: xr.DataArray,
    second: xr.DataArray,
    informant: str,
    shifts: Sequence[float],
) -> Floats:
    """Share of draws above what the two shifts take from them, shape (n_shifts, n_shifts)."""
    draws, one, other = (of.sel(informant=informant) for of in (difference, first, second))
    d = np.asarray(shifts, dtype=np.float64)
    taken = d[:, None] * float(one) - d * float(other)
    values = np.sort(draws.values.ravel())
    above: Floats = 1.0 - np.searchsorted(values, taken, side="right") / len(values)
    return above


def acts_alone_on_change(fit: Fit, covariate: str) -> str:
    """Why the effect of a covariate on change is not one number; "" if it is."""
    arrays = fit.design
    if covariate not in arrays.covariates:
        known = ", ".join(arrays.covariates) or "none"
        return f"is no covariate of growth in this model ({known})"
    column = arrays.covariates.index(covariate)
    if any(column in product for product in arrays.products):
        return "acts together with another covariate: its effect on change is not one number"
    if not arrays.covariate_on[column, 1:].any():
        return "acts on the level alone, at entry, where a shift after leaving moves nothing"
    return ""


def _effect(fit: Fit, covariate: str) -> xr.DataArray:
    """Effect on the least-squares change over the times of the study."""
    if message := acts_alone_on_change(fit, covariate):
        raise InputError([Problem(where="covariate", value=covariate, message=message)], "shift")
    times = sorted(fit.ratings.occasions["time"].unique().tolist())
    return change_of(fit, contrast(fit, covariate, time=times))


def is_binary(fit: Fit, covariate: str) -> bool:
    """Whether a covariate has two arms."""
    return any(one.name == covariate and one.kind == "binary" for one in fit.ratings.covariates)


def _require_binary(fit: Fit, covariate: str) -> None:
    if not is_binary(fit, covariate):
        message = "is not binary: there are no two arms to shift"
        raise InputError([Problem(where="covariate", value=covariate, message=message)], "shift")


def _of_arms(
    fit: Fit, covariate: str, *, growing: bool, cells: str
) -> tuple[xr.DataArray, xr.DataArray]:
    """What a point takes from the effect in children with the covariate, and gives in others.

    Numbers of a covariate that is not binary weigh likewise.
    """
    x = np.nan_to_num(fit.design.x)
    column = fit.design.covariates.index(covariate)
    predictors = np.column_stack([x[:, column], np.ones(len(x)), np.delete(x, column, axis=1)])
    weight = np.linalg.pinv(predictors)[0]
    own = x[:, column] + (fit.design.covariate_centre[column])
    by_child = change_of(fit, unseen(fit, growing=growing, cells=cells))
    treated = xr.DataArray(weight * own, dims="child")
    others = xr.DataArray(weight * (own - 1.0), dims="child")
    return xr.dot(by_child, treated, dim="child"), xr.dot(by_child, others, dim="child")
