r"""What if ratings nobody saw are lower than the model says? Shifts and tipping points, no refit.

With :math:`\pi_t` the share of ratings of the study that are unseen at time `t` and all of these
`d` points lower, the average curve is lower by :math:`d \pi_t`, and its least-squares slope over
the times of the study, in units of scaled time, by :math:`d \kappa`,

.. math:: \kappa = \sum_t w_t \pi_t, \qquad w_t = (s_t - \bar s) / \sum_u (s_u - \bar s)^2 .

Where the shift grows by `d` with every occasion since leaving, :math:`\pi_t` is the mean number of
these occasions. The chance that averages rise is at least `p` as long as `d` is at most the
:math:`1 - p` quantile of :math:`\mathrm{slope} / \kappa`, and that they fall from its `p` quantile
on.
"""

from typing import Literal

import numpy as np
import xarray as xr
from scipy.special import ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, NotNegative, Prob, Problem, checked_arguments
from bayes_alliance.estimands.effects import trajectories
from bayes_alliance.posterior.fit import Fit

type Cells = Literal["left", "missing"]


@checked_arguments
def shifted(
    fit: Fit, *, by: float, growing: bool = False, cells: Cells = "left", curve: bool = False
) -> xr.DataArray:
    """Average change, if unseen ratings are lower than the model says.

    Parameters
    ----------
    by : float
        Rating points; higher if negative.
    growing : bool
        Lower by so much for every occasion since leaving, instead of by the same.
    cells : {"left", "missing"}
        Which are shifted: those after leaving, or every rating that was not given.
    curve : bool
        Return averages at the times of the study instead of their change.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), least-squares change per unit of scaled time; or (chain,
        draw, time, informant).

    Raises
    ------
    InputError
        If nobody knows who left, or times are not common.
    """
    share = _unseen(fit, growing=growing, cells=cells)
    average = _averages(fit, share) - by * share
    return average if curve else change_of(fit, average)


@checked_arguments
def tipping_point(
    fit: Fit,
    *,
    conclusion: Literal["rises", "falls"],
    prob: Prob = 0.95,
    growing: bool = False,
    cells: Cells = "left",
) -> xr.DataArray:
    """Shift at which a conclusion about the average change no longer holds.

    Parameters
    ----------
    conclusion : {"rises", "falls"}
    prob : float
        The chance at which it counts as one.
    growing, cells
        As in `shifted`.

    Returns
    -------
    DataArray
        Dim (informant,), rating points: ratings rise if the shift is at most this, they fall if it
        is at least this. NaN where shifts do not change the slope downwards.

    Raises
    ------
    InputError
        As `shifted`.
    """
    ratio, kappa = _ratio(fit, growing=growing, cells=cells)
    at = ratio.quantile(1.0 - prob if conclusion == "rises" else prob, dim=("chain", "draw"))
    return at.drop_vars("quantile").where(kappa > 0.0)


@checked_arguments
def support(
    fit: Fit,
    *,
    conclusion: Literal["rises", "falls"],
    mean: float,
    sd: NotNegative,
    growing: bool = False,
    cells: Cells = "left",
) -> xr.DataArray:
    """Chance of a conclusion about the average change, under a normal prior of the shift.

    Parameters
    ----------
    conclusion : {"rises", "falls"}
    mean, sd : float
        Of the shift, rating points.
    growing, cells
        As in `shifted`.

    Returns
    -------
    DataArray
        Dim (informant,).

    Raises
    ------
    InputError
        As `shifted`.
    """
    share = _unseen(fit, growing=growing, cells=cells)
    slope, kappa = change_of(fit, _averages(fit, share)), change_of(fit, share)
    spread, away = np.abs(sd * kappa), slope - mean * kappa
    certain = (away > 0.0).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        rises = xr.where(spread > 0.0, xr.apply_ufunc(ndtr, away / spread), certain)
    chance = rises.mean(("chain", "draw"))
    return chance if conclusion == "rises" else 1.0 - chance


def _ratio(fit: Fit, *, growing: bool, cells: str) -> tuple[xr.DataArray, xr.DataArray]:
    share = _unseen(fit, growing=growing, cells=cells)
    kappa = change_of(fit, share)
    with np.errstate(divide="ignore", invalid="ignore"):
        return change_of(fit, _averages(fit, share)) / kappa, kappa


def _averages(fit: Fit, share: xr.DataArray) -> xr.DataArray:
    return trajectories(fit, times=share["time"].values.tolist())


def change_of(fit: Fit, curve: xr.DataArray) -> xr.DataArray:
    """Least-squares slope over time of a curve."""
    weight = weights(fit.ratings.time.scaled(curve["time"].values))
    return xr.dot(curve, xr.DataArray(weight, dims="time", coords={"time": curve["time"]}))


def weights(scaled: Floats) -> Floats:
    """What a least-squares slope gives each time."""
    around = scaled - scaled.mean()
    return around / (around**2).sum()


def _unseen(fit: Fit, *, growing: bool, cells: str) -> xr.DataArray:
    """Share of unseen ratings, or mean number of occasions since leaving, (time, informant)."""
    return unseen(fit, growing=growing, cells=cells).mean("child")


def unseen(fit: Fit, *, growing: bool, cells: str) -> xr.DataArray:
    """Whether a rating is shifted, or by how many times as much, dims (child, time, informant)."""
    occasions, informants = fit.ratings.occasions, list(fit.design.informants)
    n_times, n = occasions["time"].nunique(), len(fit.ratings.children)
    message = ""
    if not fit.ratings.has_treatment:
        message = "nobody knows who was in treatment when: the study file has no [treatment]"
    elif len(occasions) < n_times * n:
        message = "needs times that all children have in common"
    elif growing and cells == "missing":
        message = "only grows since leaving: say cells='left'"
    if message:
        raise InputError([Problem(where="shift", message=message)], "shift")
    there = occasions.pivot_table(index="child", columns="time", values="in_treatment") > 0
    there = there.reindex(index=fit.ratings.children.index)
    times, gone = there.columns.to_numpy(dtype=np.float64), (~there).to_numpy()
    since = np.cumsum(gone, axis=1) if growing else np.ones(gone.shape)
    shifted_cells = np.zeros((n, n_times, len(informants)))
    for k, informant in enumerate(informants):
        own = fit.ratings.observed
        own = own[own["informant"] == informant].pivot_table(
            index="child", columns="time", values="rating"
        )
        # Ratings may be given after leaving, about the time in treatment.
        absent = own.reindex(index=there.index, columns=there.columns).isna().to_numpy()
        shifted_cells[..., k] = (absent if cells == "missing" else absent & gone) * since
    return xr.DataArray(
        shifted_cells,
        dims=("child", "time", "informant"),
        coords={"time": times, "informant": informants},
    )
