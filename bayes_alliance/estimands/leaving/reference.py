r"""Trials in which those who leave go on as if without treatment: reference-based averages.

Expected ratings of a patient who was treated and left, after leaving, have the mean of the
reference arm instead of that of their own; what is the patient's own, :math:`u`, given the ratings
that were seen, stays (Carpenter, Roger and Kenward 2013). With means :math:`m` of the arm and
:math:`m'` of the reference, and `s` the last time seen,

.. math:: \text{jump: } m'_t + \phi_t' u, \quad
          \text{copy: } m'_t + \phi_t' u', \quad
          \text{increments: } m_s + m'_t - m'_s + \phi_t' u,

where :math:`u'` is what is the patient's own if the mean was the reference's from the start.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.recover import effects_given
from bayes_alliance.collapsed.units import Rows, Units, over_draws
from bayes_alliance.design import Design, basis
from bayes_alliance.design.expected import expected_coefficients
from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.posterior.exact import arrays_of, by_chain, require_exact
from bayes_alliance.posterior.fit import Fit

type How = Literal["own", "jump", "copy", "increments"]


@checked_arguments
def arms_apart(fit: Fit, *, arm: str, time: float, how: How) -> xr.DataArray:
    """Difference between two arms at a time, those who left as in the reference arm.

    Parameters
    ----------
    arm : str
        A binary covariate of the model, 0 in the reference arm.
    time : float
        In units of the time column.
    how : {"own", "jump", "copy", "increments"}
        What those do who were treated and left before: go on as their own arm, jump to the
        reference, are as if they had been in the reference arm from the start, or change as the
        reference does from where they were.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), rating points; adjusted for the other covariates of the
        model, linearly.

    Raises
    ------
    InputError
        If there is no such covariate, it is not binary, or nobody knows who left.
    """
    arrays, column = fit.design, _column(fit, arm)
    require_exact(fit, what="arms", why="needs ratings that are normal", completed=True)
    moments = arrays_of(fit.moments)
    x = np.nan_to_num(arrays.x)
    control = _with(arrays, x, column, 0.0)
    there = fit.ratings.occasions[fit.ratings.occasions["in_treatment"]]
    last = there.groupby("child")["time"].max().reindex(list(arrays.children)).to_numpy()
    unseen = (x[:, column] > 0.0) & ~(last >= time)
    own = _effects(arrays, moments)
    now, then = (
        basis(fit.spec.trajectory, at, axis=fit.ratings.time)
        for at in (np.full(len(x), time), np.where(np.isnan(last), time, last))
    )
    mean, other = (expected_coefficients(arrays.coefficients, moments, at) for at in (x, control))
    moved = own
    if how == "copy":
        as_reference = np.where(unseen[:, None], control, x)
        moved = _effects(replace(arrays, x=as_reference), moments)
    after = {"own": mean, "jump": other, "copy": other, "increments": other}[how]
    value = _at(now, np.where(unseen[:, None, None], after, mean) + moved)
    if how == "increments":
        value = value + unseen[:, None] * (_at(then, mean) - _at(then, other))
    others = np.delete(x, column, axis=1)
    predictors = np.column_stack([x[:, column], np.ones(len(x)), others])
    contrast = np.linalg.pinv(predictors)[0]
    apart = np.einsum("i,dik->dk", contrast, value)
    coords = {name: fit.moments[name].values for name in ("chain", "draw")}
    return xr.DataArray(
        by_chain(fit.moments, apart),
        dims=("chain", "draw", "informant"),
        coords={**coords, "informant": list(arrays.informants)},
    )


def _column(fit: Fit, arm: str) -> int:
    known = {one.name: one for one in fit.ratings.covariates}
    message = ""
    if arm not in fit.design.covariates or arm not in known:
        message = f"is no covariate of this model ({', '.join(fit.design.covariates) or 'none'})"
    elif known[arm].kind != "binary":
        message = "is not binary: two arms are compared"
    elif not fit.ratings.has_treatment:
        message = "nobody knows who was in treatment when: the study file has no [treatment]"
    if message:
        raise InputError([Problem(where="arm", value=arm, message=message)], "arms")
    return fit.design.covariates.index(arm)


def _with(arrays: Design, x: Floats, column: int, value: float) -> Floats:
    """Covariates with another value of one, products with it included."""
    out = x.copy()
    out[:, column] = value
    for product, first, second in arrays.products:
        out[:, product] = out[:, first] * out[:, second]
    return out


def _effects(arrays: Design, moments: dict[str, Floats]) -> Floats:
    """Expected effects of children and of those above them, shape (n_draws, n_children, T, K)."""
    T, k = len(arrays.coefficients), len(arrays.informants)
    out = np.zeros((len(moments["residual_cov"]), len(arrays.children), T * k))
    unit_of_child = {"child": np.arange(len(arrays.children)), **arrays.unit_of_child()}

    def add(draws: slice, rows: Rows, units: tuple[Units, ...]) -> None:
        silence = [np.zeros(one.spread.shape[:2] + one.spread.shape[3:]) for one in units]
        for level, own in zip(units, effects_given(units, silence).values(), strict=True):
            of_child = own[:, unit_of_child[level.block.name]]
            out[draws][..., level.block.terms] += of_child

    over_draws(arrays, moments, add)
    return out.reshape(*out.shape[:2], T, k)


def _at(phi: Floats, theta: Floats) -> Floats:
    """Expected ratings at a time of each child's own, shape (n_draws, n_children, K)."""
    return np.einsum("ic,dick->dik", phi, theta)
