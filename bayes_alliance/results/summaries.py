"""Draws in, summaries out: the one place where posterior draws become numbers to print.

`summarise` reduces any labelled draws to a tidy frame with intervals and convergence diagnostics
(Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021); `rows` does so for records, all in one pass,
and adds how much the ratings added to its prior (contraction of the variance; Schad,
Betancourt and Vasishth 2021). Intervals are equal-tailed; frames keep full precision.
"""

from collections.abc import Hashable, Sequence
from dataclasses import fields

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.estimands.variance import PRIOR_DRIVEN, contraction
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.scalars import Scalar
from bayes_alliance.ratings.words import Words
from bayes_alliance.results.record import Result

STATISTICS = ("mean", "sd", "median", "lower", "upper", "ess_bulk", "ess_tail", "r_hat", "mcse")
DIAGNOSTICS = {
    "ess_bulk": "ess_bulk",
    "ess_tail": "ess_tail",
    "r_hat": "r_hat",
    "mcse": "mcse_mean",
}
TIMES = ("time", "time_")
NO_LABELS = ("is_bounded", "needs", "draws")
# Judgement: an estimate that lies so far out under its prior is one that the prior pulls at.
FAR_OUT = 0.05
CONSTANT = 1e-12  # a spread below this share of the size is rounding, not variation


@checked_arguments
def summarise(
    draws: xr.DataArray,
    *,
    prob: Prob = 0.95,
    prior: xr.DataArray | None = None,
    words: Words | None = None,
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
    words : Words, optional
        Names for print of what labels the rows, as the study file has them
        (``fit.ratings.words``); labels if not given.

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
    InputError
        If the draws lack the dims ``chain`` and ``draw``, or `prob` is not between 0 and 1.

    References
    ----------
    Vehtari, A., Gelman, A., Simpson, D., Carpenter, B., & Bürkner, P.-C. (2021).
    Rank-normalization, folding, and localization: An improved R-hat. Bayesian Analysis, 16(2),
    667-718.
    """
    _check(draws, "draws")
    others = [dim for dim in draws.dims if dim not in ("chain", "draw")]
    values = draws.transpose(*others, "chain", "draw").to_numpy().astype(float)
    index = _index(draws, others, words or Words())
    flat = xr.DataArray(
        values.reshape(-1, *values.shape[-2:]),
        dims=("quantity", "chain", "draw"),
        coords={"quantity": np.arange(len(index))},
    )
    frame = _statistics(flat, prob).set_axis(index, axis=0)
    if prior is not None:
        _check(prior, "prior")
        labels = {dim: draws[dim] for dim in others if dim in draws.coords}
        learnt = contraction(draws, prior.sel(labels)).transpose(*others)
        frame["contraction"] = np.atleast_1d(learnt.to_numpy()).reshape(-1)
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
    InputError
        As `summarise`.
    """
    _check(draws, "draws")
    probabilities = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    quantiles = draws.quantile(probabilities, dim=("chain", "draw"))
    names = ("median", "lower", "upper")
    return xr.Dataset({name: quantiles.isel(quantile=i, drop=True) for i, name in enumerate(names)})


def rows(
    records: Sequence[Scalar] | Sequence[Result],
    *,
    prob: float = 0.95,
    before: Sequence[Scalar] | Sequence[Result] = (),
) -> pd.DataFrame:
    """Summarise records in one pass.

    Parameters
    ----------
    prob : float
        Posterior probability inside the interval.
    before : sequence of records
        The same of the prior, in any order; records that are not there have no contraction.

    Returns
    -------
    DataFrame
        A row per record: its ``name``, its labels, the columns of `summarise`, ``above`` and
        ``below`` (the shares of draws above and below 0), ``is_bounded``, ``contraction``,
        ``prior_driven``; of the prior ``prior_median``, ``prior_lower`` and ``prior_upper``, and
        ``prior_tail``, twice the share of its draws that lie beyond the posterior median.
    """
    labels = [one.name for one in fields(records[0]) if one.name not in NO_LABELS]
    frame = pd.DataFrame([one.labels for one in records], columns=labels, dtype=object)
    for name in TIMES:
        if name in frame:
            frame[name] = frame[name].astype(float)
    frame.insert(0, "name", [one.name for one in records])
    values = _values(records)
    stacked = xr.DataArray(
        values, dims=("quantity", "chain", "draw"), coords={"quantity": np.arange(len(values))}
    )
    flat = values.reshape(len(values), -1)
    frame = pd.concat([frame, _statistics(stacked, prob)], axis=1)
    frame["above"], frame["below"] = (flat > 0).mean(axis=1), (flat < 0).mean(axis=1)
    under = _values(before).reshape(len(before), -1) if before else np.zeros((0, 1))
    # By labels: the prior may lack records that ratings make possible, and have others.
    labelled = [one.labels for one in before]
    prior = dict(zip(labelled, under, strict=True))
    variances = dict(zip(labelled, _variances(under), strict=True))
    wide = np.array([variances.get(one.labels, np.nan) for one in records])
    frame["is_bounded"] = [one.is_bounded for one in records]
    frame["contraction"] = 1.0 - _variances(flat) / np.where(wide > 0, wide, np.nan)
    driven = frame["contraction"].lt(PRIOR_DRIVEN).astype(object)
    frame["prior_driven"] = driven.where(frame["contraction"].notna())
    medians = frame["median"].to_numpy()
    none = np.full(1, np.nan)
    own = [prior.get(one.labels, none) for one in records]
    expected = [_expected(draws, at, prob) for draws, at in zip(own, medians, strict=True)]
    frame[["prior_median", "prior_lower", "prior_upper", "prior_tail"]] = expected
    return frame


def _expected(draws: np.ndarray, estimate: float, prob: float) -> list[float]:
    """Median and interval of a prior, and how little of it lies beyond an estimate."""
    known = draws[np.isfinite(draws)]
    if not len(known):
        return [np.nan] * 4
    middle = np.quantile(known, [0.5, (1 - prob) / 2, (1 + prob) / 2])
    beyond = min((known <= estimate).mean(), (known >= estimate).mean())
    tail = min(1.0, 2.0 * beyond) if np.isfinite(estimate) else np.nan
    return [*middle.tolist(), float(tail)]


def free(results: Sequence[Result], before: Sequence[Result]) -> tuple[Result, ...]:
    """Select the results that the model does not fix: they are no findings.

    Parameters
    ----------
    before : sequence of Result
        The same of the prior. What does not move in it is fixed; without its prior a result is
        taken to be free.
    """
    fixed = {one.labels for one in before if not moves(one.draws.to_numpy())}
    return tuple(one for one in results if one.labels not in fixed)


def moves(values: np.ndarray) -> bool:
    """Whether draws vary by more than rounding; what is not defined in some draw does."""
    if not np.isfinite(values).all():
        return True
    size = max(float(np.abs(values).max(initial=0.0)), np.finfo(float).tiny)
    return bool(np.ptp(values) > CONSTANT * size)


def _check(draws: xr.DataArray, where: str) -> None:
    if not {"chain", "draw"} <= set(draws.dims):
        message = f"draws need the dims chain and draw; they have {', '.join(map(str, draws.dims))}"
        raise InputError([Problem(where=where, message=message)], "draws")


def _index(draws: xr.DataArray, others: list[Hashable], words: Words) -> pd.Index:
    """Labels of the dims that are not chain or draw, in the order of the flattened values."""
    labels = [draws[dim].to_numpy() for dim in others]
    labels = [
        np.array([words.of(dim, one) for one in own]) if own.dtype.kind in "OUT" else own
        for dim, own in zip(others, labels, strict=True)
    ]
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
    # A number that is not defined in some draw has no mean: its draws are of different things.
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
    convergence = diagnostics.table(draws.isel(quantity=moving))
    for column, source in DIAGNOSTICS.items():
        out.loc[moving, column] = convergence[source].to_numpy()
    return out


def _values(records: Sequence[Scalar] | Sequence[Result]) -> np.ndarray:
    """Draws of all records, shape (n_records, chain, draw)."""
    return np.stack([_in_order(one.draws).to_numpy() for one in records])


def _in_order(draws: xr.DataArray) -> xr.DataArray:
    return draws if draws.dims == ("chain", "draw") else draws.transpose("chain", "draw")


def _variances(values: np.ndarray) -> np.ndarray:
    """Variance of each record over the draws in which it is defined, of shape (n_records, n)."""
    if np.isfinite(values).all():
        return values.var(axis=1)
    # Prior draws may be undefined where a variance is 0; contraction is over the others.
    return np.ma.masked_invalid(values).var(axis=1).filled(np.nan)
