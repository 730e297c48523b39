"""Models of other families as a competent PyMC user would write them by hand: peers of ours.

Child and therapist effects non-centred from `LKJCholeskyCov`, the family PyMC's own distribution,
priors those of the shipped models, but one LKJ(1) per correlation matrix. PyMC has no multivariate
distribution with censored or partly missing cells to lean on, so that ratings of one occasion are
unrelated given the effects (and the occasion's weight): the peers of `growth_with_ceiling`,
`robust` and `growth_scale` lack the residual correlations and are the simpler models. Nothing of
bayes_alliance is imported.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

CENTER, SPREAD, LOWEST, HIGHEST = 30.0, 18.0, 12.0, 48.0
N_ITEMS, N_STEPS = 12, 3


class Rows(NamedTuple):
    """What every model reads: ratings, who gave them and when."""

    observed: pd.DataFrame
    anxiety: pd.Series
    informant: np.ndarray
    child: np.ndarray
    therapist: np.ndarray
    occasion: np.ndarray
    scaled_time: np.ndarray
    rating: np.ndarray


class Priors(NamedTuple):
    """Scales of priors in spreads."""

    level: float = 0.5
    slope: float = 0.2
    child_level: float = 0.5
    child_slope: float = 0.2
    therapist: float = 0.2


NARROW = Priors()
WIDER = Priors(level=1.0, slope=0.3, child_slope=0.3, therapist=0.3)


def model(name: str, observed: pd.DataFrame, anxiety: pd.Series) -> pm.Model:
    """Write a model down.

    Parameters
    ----------
    name : str
        Of the shipped model, a key of `MODELS`.
    observed : DataFrame
        One row per rating: child, therapist, time, informant, rating, and the items turned around
        (1-4) where the model is one of items.
    anxiety : Series
        By child.

    Returns
    -------
    pm.Model
    """
    informants = list(dict.fromkeys(observed["informant"]))
    occasions = observed["child"] + " " + observed["time"].astype(str)
    rows = Rows(
        observed=observed,
        anxiety=anxiety,
        informant=observed["informant"].map(informants.index).to_numpy(),
        child=np.unique(observed["child"], return_inverse=True)[1],
        therapist=np.unique(observed["therapist"], return_inverse=True)[1],
        occasion=np.unique(occasions, return_inverse=True)[1],
        scaled_time=((observed["time"] - 4.0) / 4.0).to_numpy(),
        rating=observed["rating"].to_numpy(dtype=float),
    )
    with pm.Model(coords={"informant": informants}) as written:
        MODELS[name](rows, len(informants))
    return written


def growth(rows: Rows, n: int, priors: Priors = NARROW) -> TensorVariable:
    """Level and slope of informants, children and therapists: the mean of every rating."""
    k, child, therapist, s = rows.informant, rows.child, rows.therapist, rows.scaled_time
    level = pm.Normal("level", CENTER, priors.level * SPREAD, dims="informant")
    slope = pm.Normal("slope", 0.0, priors.slope * SPREAD, dims="informant")
    scales = SPREAD * np.repeat([priors.child_level, priors.child_slope], n)
    child_root, _, _ = pm.LKJCholeskyCov(
        "child_cov", n=2 * n, eta=1.0, sd_dist=pm.HalfNormal.dist(scales, shape=2 * n)
    )
    therapist_root, _, _ = pm.LKJCholeskyCov(
        "therapist_cov",
        n=n,
        eta=1.0,
        sd_dist=pm.HalfNormal.dist(priors.therapist * SPREAD, shape=n),
    )
    u = pt.dot(pm.Normal("child_raw", 0.0, 1.0, shape=(child.max() + 1, 2 * n)), child_root.T)
    v = pt.dot(
        pm.Normal("therapist_raw", 0.0, 1.0, shape=(therapist.max() + 1, n)), therapist_root.T
    )
    return level[k] + u[child, k] + v[therapist, k] + (slope[k] + u[child, n + k]) * s


def n_occasions(rows: Rows) -> int:
    """Count occasions of all children."""
    return int(rows.occasion.max()) + 1


def growth_with_ceiling(rows: Rows, n: int) -> None:
    """Write down ratings censored at both ends."""
    sd = pm.HalfNormal("residual_sd", 0.5 * SPREAD, dims="informant")
    exact = pm.Normal.dist(growth(rows, n), sd[rows.informant])
    pm.Censored("rating", exact, lower=LOWEST, upper=HIGHEST, observed=rows.rating)


def robust(rows: Rows, n: int) -> None:
    """Write down Student's t as a normal with a weight for each occasion."""
    mean, k = growth(rows, n), rows.informant
    sd = pm.HalfNormal("residual_sd", 0.5 * SPREAD, dims="informant")
    nu = 2.0 + pm.Gamma("nu_above_2", 2.0, 0.1)
    weight = pm.Gamma("weight", 0.5 * nu, 0.5 * nu - 1.0, shape=n_occasions(rows))
    pm.Normal("rating", mean, sd[k] / pt.sqrt(weight[rows.occasion]), observed=rows.rating)


def growth_scale(rows: Rows, n: int) -> None:
    """Write down a residual standard deviation that depends on anxiety."""
    mean, k = growth(rows, n), rows.informant
    x = rows.anxiety[rows.observed["child"]].to_numpy()
    on_level = pm.Normal("level_on", 0.0, 0.25 * SPREAD, dims="informant")
    on_slope = pm.Normal("slope_on", 0.0, 0.25 * SPREAD, dims="informant")
    mean = mean + (on_level[k] + on_slope[k] * rows.scaled_time) * x
    sd = pm.HalfNormal("residual_sd", 0.5 * SPREAD, dims="informant")
    scatter = pm.Normal("residual_sd_on", 0.0, 0.3, dims="informant")
    pm.Normal("rating", mean, sd[k] * pt.exp(scatter[k] * x), observed=rows.rating)


def binomial(rows: Rows, n: int) -> None:
    """Write down points counted above the lowest rating, given a value behind each."""
    mean, k = growth(rows, n, WIDER), rows.informant
    root, _, _ = pm.LKJCholeskyCov(
        "residual_cov", n=n, eta=1.0, sd_dist=pm.HalfNormal.dist(0.3 * SPREAD, shape=n)
    )
    raw = pm.Normal("occasion_raw", 0.0, 1.0, shape=(n_occasions(rows), n))
    value = mean + pt.dot(raw, root.T)[rows.occasion, k]
    points = (rows.rating - LOWEST).astype(int)
    logit = 2.0 * (value - CENTER) / SPREAD
    pm.Binomial("rating", n=int(HIGHEST - LOWEST), logit_p=logit, observed=points)


def ordinal_items(rows: Rows, n: int) -> None:
    """Write down items as ordered probits of one alliance for each rating."""
    k = rows.informant
    mean = growth(rows, n, WIDER._replace(level=0.75))
    root, _, _ = pm.LKJCholeskyCov(
        "residual_cov", n=n, eta=1.0, sd_dist=pm.HalfNormal.dist(0.3 * SPREAD, shape=n)
    )
    raw = pm.Normal("occasion_raw", 0.0, 1.0, shape=(n_occasions(rows), n))
    alliance = (mean + pt.dot(raw, root.T)[rows.occasion, k] - CENTER) / SPREAD
    loading = pm.Gamma("loading", 4.0, 2.0, shape=(n, N_ITEMS))
    middle = pm.ZeroSumNormal("difficulty", sigma=0.4, shape=(n, N_ITEMS))
    n_gaps = N_ITEMS * (N_STEPS - 1)
    spacing = pt.exp(pm.ZeroSumNormal("spacing", sigma=0.5, shape=(n, n_gaps)))
    # On average first and last steps lie half a point within the ends of an item.
    width = 2.0 * (N_STEPS - 1) / N_STEPS * N_ITEMS
    gap = (width * spacing / spacing.sum(axis=1, keepdims=True)).reshape((n, N_ITEMS, N_STEPS - 1))
    first = (middle - 0.5 * gap.sum(axis=2))[:, :, None]
    step = pt.concatenate([first, first + pt.cumsum(gap, axis=2)], axis=2)
    responses = rows.observed.filter(like="item_").to_numpy(dtype=float)
    rating, item = np.nonzero(~np.isnan(responses))
    slope = loading[k[rating], item]
    pm.OrderedProbit(
        "response",
        eta=slope * alliance[rating],
        cutpoints=slope[:, None] * step[k[rating], item],
        compute_p=False,
        observed=responses[rating, item].astype(int) - 1,
    )


MODELS: dict[str, Callable[[Rows, int], None]] = {
    "growth_with_ceiling": growth_with_ceiling,
    "robust": robust,
    "growth_scale": growth_scale,
    "binomial": binomial,
    "ordinal_items": ordinal_items,
}
