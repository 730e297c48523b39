"""Draws in, tables out: the one place where posterior draws become numbers to print.

`summarise` reduces any labelled draws to a tidy frame with intervals and convergence diagnostics
(Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021); `summary` and `estimands` apply it to
everything a fit holds. Intervals are equal-tailed. Frames keep full precision; `rounded` makes text
of them with as many digits as the posterior supports.
"""

from collections.abc import Hashable

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.errors import Prob, checked_arguments
from bayes_alliance.estimands.variance import PRIOR_DRIVEN, contraction
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.quantity import by_name
from bayes_alliance.reporting.prose.wording import digits, written
from bayes_alliance.reporting.tables.implied import implied
from bayes_alliance.reporting.tables.prior_told import drawn_prior, informed

STATISTICS = (
    "mean",
    "sd",
    "median",
    "lower",
    "upper",
    "ess_bulk",
    "ess_tail",
    "r_hat",
    "mcse",
)
DIAGNOSTICS = {
    "ess_bulk": "ess_bulk",
    "ess_tail": "ess_tail",
    "r_hat": "r_hat",
    "mcse": "mcse_mean",
}
POINTS = ("mean", "sd", "median", "lower", "upper", "mcse")
SUMMARY = ["mean", "sd", "median", "lower", "upper", "ess_bulk", "ess_tail", "r_hat"]
ESTIMANDS = ["mean", "sd", "median", "lower", "upper", "ess_bulk", "r_hat"]
INFORMED = ["contraction", "prior_driven"]
CONSTANT = 1e-12  # a spread below this share of the size is rounding, not variation


@checked_arguments
def summarise(
    draws: xr.DataArray, *, prob: Prob = 0.95, prior: xr.DataArray | None = None
) -> pd.DataFrame:
    """Summarise labelled draws, one row per quantity.

    Parameters
    ----------
    draws : DataArray
        Dims (chain, draw, ...); the other dims become the index, labelled by their coordinates.
    prob : float
        Posterior probability inside the equal-tailed interval from ``lower`` to ``upper``.
    prior : DataArray, optional
        Prior draws of the same quantities: the same estimand of ``prior_fit(spec, ratings,
        seed=)``.

    Returns
    -------
    DataFrame
        Columns ``mean, sd, median, lower, upper, ess_bulk, ess_tail, r_hat, mcse`` in full
        precision (``mcse`` is the Monte Carlo standard error of the mean). A constant (the
        diagonal of a correlation matrix) has sd and mcse 0 and no diagnostics; a quantity that is
        not defined in some draw has NaN throughout. With `prior`, also ``contraction`` (how much
        of the prior's variance the ratings took away) and ``prior_driven`` (whether that is too
        little for the number to stand on the ratings; see `variance.prior_driven`).

    Raises
    ------
    ValueError
        If the draws lack the dims ``chain`` and ``draw``, or `prob` is not between 0 and 1.

    References
    ----------
    Vehtari, A., Gelman, A., Simpson, D., Carpenter, B., & Bürkner, P.-C. (2021).
    Rank-normalization, folding, and localization: An improved R-hat. Bayesian Analysis, 16(2),
    667-718.
    """
    _check(draws, prob)
    others = [dim for dim in draws.dims if dim not in ("chain", "draw")]
    values = draws.transpose(*others, "chain", "draw").to_numpy().astype(float)
    index = _index(draws, others)
    flat = xr.DataArray(
        values.reshape(-1, *values.shape[-2:]),
        dims=("quantity", "chain", "draw"),
        coords={"quantity": np.arange(len(index))},
    )
    frame = _statistics(flat, prob).set_axis(index, axis=0)
    if prior is not None:
        _check(prior, prob)
        labels = {dim: draws[dim] for dim in others if dim in draws.coords}
        found = contraction(draws, prior.sel(labels)).transpose(*others)
        frame["contraction"] = np.atleast_1d(found.to_numpy()).reshape(-1)
        frame["prior_driven"] = frame["contraction"] < PRIOR_DRIVEN
    return frame


@checked_arguments
def intervals(draws: xr.DataArray, *, prob: Prob = 0.95) -> xr.Dataset:
    """Median and equal-tailed interval of labelled draws, without diagnostics.

    Parameters
    ----------
    draws : DataArray
        Dims (chain, draw, ...).
    prob : float
        Posterior probability inside the interval.

    Returns
    -------
    Dataset
        Variables ``median``, ``lower``, ``upper`` with the dims that are not chain or draw.

    Raises
    ------
    ValueError
        As `summarise`.
    """
    _check(draws, prob)
    probabilities = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    found = draws.quantile(probabilities, dim=("chain", "draw"))
    names = ("median", "lower", "upper")
    return xr.Dataset({name: found.isel(quantile=i, drop=True) for i, name in enumerate(names)})


@checked_arguments
def summary(fit: Fit, *, prob: Prob = 0.95) -> pd.DataFrame:
    """Summarise every parameter of a fit: what ``summary.csv`` holds.

    Parameters
    ----------
    prob : float
        Posterior probability inside the interval.

    Returns
    -------
    DataFrame
        Columns ``quantity, mean, sd, median, lower, upper, ess_bulk, ess_tail, r_hat``, in rating
        points. Quantities are written ``level[child]``, ``level_on[anxiety,child]``,
        ``child_sd[child,level]``, ``child_cor[child,level;caregiver,level]``,
        ``residual_cor[child;caregiver]``; what the model fixes is left out.
    """
    found = summarise(diagnostics.stacked(by_name(fit.moments).items()), prob=prob)
    return found[SUMMARY].rename_axis("quantity").reset_index()


@checked_arguments
def estimands(fit: Fit, *, prob: Prob = 0.95, prior: Fit | None = None) -> pd.DataFrame:
    """Summarise what the model implies: what ``estimands.csv`` holds.

    Parameters
    ----------
    prob : float
        Posterior probability inside the interval.
    prior : Fit, optional
        The prior, as from ``prior_fit``; drawn here, with the seed of the fit, if not given.

    Returns
    -------
    DataFrame
        Columns ``estimand, of, mean, sd, median, lower, upper, ess_bulk, r_hat, contraction,
        prior_driven``. ``estimand`` is the dotted name of the function, ``of`` its labels:
        ``variance.shares`` of ``therapist,child,time=4`` (source, informant, time),
        ``agreement.correlation`` of ``child,level,child;caregiver`` or
        ``total,time=4,child;caregiver`` (level, growth coefficient or time, pair), and further
        those of `implied`. The last two columns are empty where the prior cannot be drawn.
    """
    stacked = diagnostics.stacked(implied(fit))
    found = summarise(stacked, prob=prob)[ESTIMANDS]
    before = drawn_prior(fit) if prior is None else prior
    found[INFORMED] = informed(stacked, dict(implied(before)) if before else {})
    names = pd.Series(stacked["quantity"].to_numpy()).str.partition("|")
    found.insert(0, "estimand", names[0].to_numpy())
    found.insert(1, "of", names[2].to_numpy())
    return found.reset_index(drop=True)


@checked_arguments
def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Make text of a table, with as many digits as the posterior supports.

    Parameters
    ----------
    frame : DataFrame
        As from `summarise`, `summary` or `estimands`; other columns are kept.

    Returns
    -------
    DataFrame
        Points, bounds and sds show the width of the interval to two digits (``38.2``, ``-0.31``);
        quantities of one kind (all ``level[...]``) have the decimals of the narrowest interval
        among them. Effective sample sizes are whole numbers, R-hat has three decimals; ``-``
        where there is no number.
    """
    shown = frame.copy()
    decimals = (frame["upper"] - frame["lower"]).map(digits)
    if "quantity" in frame:
        kinds = frame["quantity"].str.partition("[")[0]
        decimals = decimals.groupby(kinds).transform("max")
    for column in frame.columns:
        if column in POINTS:
            more = 1 if column == "mcse" else 0
            shown[column] = [
                written(value, places + more)
                for value, places in zip(frame[column], decimals, strict=True)
            ]
        elif column in ("ess_bulk", "ess_tail"):
            shown[column] = [written(value, 0) for value in frame[column]]
        elif column == "r_hat":
            shown[column] = [written(value, 3) for value in frame[column]]
        elif column == "contraction":
            shown[column] = [written(value, 2) for value in frame[column]]
        elif column == "prior_driven":
            shown[column] = [
                "-" if pd.isna(value) else "yes" if value else "no" for value in frame[column]
            ]
    return shown


def _check(draws: xr.DataArray, prob: float) -> None:
    if not {"chain", "draw"} <= set(draws.dims):
        raise ValueError(f"draws need the dims chain and draw; they have {draws.dims}")
    if not 0 < prob < 1:
        raise ValueError(f"prob must lie between 0 and 1, not {prob}")


def _index(draws: xr.DataArray, others: list[Hashable]) -> pd.Index:
    """Labels of the dims that are not chain or draw, in the order of the flattened values."""
    labels = [draws[dim].to_numpy() for dim in others]
    match len(others):
        case 0:
            return pd.Index(np.array([str(draws.name or "draws")]))
        case 1:
            return pd.Index(labels[0], name=others[0])
        case _:
            return pd.MultiIndex.from_product(labels, names=others)


def _statistics(draws: xr.DataArray, prob: float) -> pd.DataFrame:
    """Rows of `STATISTICS` for draws with dims (quantity, chain, draw)."""
    values = draws.to_numpy().reshape(draws.sizes["quantity"], -1)
    known = np.isfinite(values).all(axis=1)
    spread = np.ptp(values[known], axis=1)
    size = np.abs(values[known]).max(axis=1, initial=0.0)
    moving = known.copy()
    moving[known] = spread > CONSTANT * np.maximum(size, np.finfo(float).tiny)
    fixed = known & ~moving
    out = pd.DataFrame(np.nan, index=range(len(values)), columns=list(STATISTICS))
    out.loc[fixed, ["mean", "median", "lower", "upper"]] = values[fixed, :1]
    out.loc[fixed, ["sd", "mcse"]] = 0.0
    if not moving.any():
        return out
    alive = values[moving]
    tails = ((1 - prob) / 2, (1 + prob) / 2)
    out.loc[moving, "mean"] = alive.mean(axis=1)
    out.loc[moving, "sd"] = alive.std(axis=1, ddof=1)
    out.loc[moving, ["median", "lower", "upper"]] = np.quantile(alive, [0.5, *tails], axis=1).T
    found = diagnostics.table(draws.isel(quantity=moving))
    for column, source in DIAGNOSTICS.items():
        out.loc[moving, column] = found[source].to_numpy()
    return out
