r"""Responses to single items: cumulative probit given the alliance behind them.

The alliance of informant `k` at an occasion is :math:`\eta` points of a scale without ends, in
units of the scale :math:`z = (\eta - center) / spread`. Item `j` of that informant is answered
above its step `c` with probability

.. math:: P(x_{j} > c) = \Phi\big(\lambda_{jk} (z - \tau_{jkc})\big), \qquad c = 1, ..., C - 1

(Samejima 1969; the loading :math:`\lambda` is one over the standard deviation of what the item
adds of its own). What the scale is, its zero and its unit, is fixed by the steps alone, as in
Liddell and Kruschke (2018): over the items of an informant the first steps lie half a point above
the lowest response on average, the last half a point below the highest, in these units at
:math:`\mp a` with :math:`a = (C - 2) / (C - 1)`. So

.. math::
   \tau_{j1} = m_j - w_j / 2, \quad \tau_{j,c+1} = \tau_{jc} + g_{jc}, \quad w_j = \sum_c g_{jc},
   \quad \sum_j m_j = 0, \quad
   g_{jc} = 2 a J \frac{e^{b_{jc}}}{\sum_{il} e^{b_{il}}}, \quad \sum_{jc} b_{jc} = 0,

with normal difficulties `m` and spacings `b`. Loadings are positive: reverse items are turned.
"""

import math

import numba
import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import ArrayLike, NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.likelihoods.ordinal import items_of
from bayes_alliance.pymc_model import covariance, normal_ratings, residual
from bayes_alliance.pymc_model.compiled import Compiled
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.pymc_model.residual import Residual
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers

ROOT_HALF = math.sqrt(0.5)
DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
FAR = -25.0  # below, probabilities of a normal variable are taken by their first asymptotic term
ENDLESS = 1e10
TYPICAL = 2.0  # loading from which sampling starts


@numba.njit(cache=True)
def _between(a, b):  # type: ignore[no-untyped-def]
    """Logarithm of the probability between two points, and its derivatives by both."""
    turned = a + b > 0.0
    low, high = (-b, -a) if turned else (a, b)
    if high > FAR:
        p = 0.5 * (math.erfc(-high * ROOT_HALF) - math.erfc(-low * ROOT_HALF))
        log_p = math.log(p)
        by_high = DENSITY * math.exp(-0.5 * high * high) / p if high < ENDLESS else 0.0
        by_low = -DENSITY * math.exp(-0.5 * low * low) / p if low > -ENDLESS else 0.0
    else:
        ratio = math.exp(0.5 * (high * high - low * low)) if low > -ENDLESS else 0.0
        inside = 1.0 / -high - ratio / -low
        log_p = -0.5 * high * high + math.log(DENSITY * inside)
        by_high, by_low = 1.0 / inside, -ratio / inside
    if turned:
        return log_p, -by_high, -by_low
    return log_p, by_low, by_high


@numba.njit(cache=True)
def _graded(at, loading, threshold, rating, informant, item, response):  # type: ignore[no-untyped-def]
    """Log density of all responses and its gradients."""
    by_at, by_loading = np.zeros(at.shape), np.zeros(loading.shape)
    by_threshold = np.zeros(threshold.shape)
    n_steps = threshold.shape[2]
    total = 0.0
    for m in range(len(rating)):
        k, j, x, r = informant[m], item[m], response[m], rating[m]
        slope, z = loading[k, j], at[r]
        low = slope * (threshold[k, j, x - 1] - z) if x > 0 else -2.0 * ENDLESS
        high = slope * (threshold[k, j, x] - z) if x < n_steps else 2.0 * ENDLESS
        log_p, by_low, by_high = _between(low, high)
        total += log_p
        by_at[r] -= slope * (by_low + by_high)
        if x > 0:
            by_loading[k, j] += by_low * (threshold[k, j, x - 1] - z)
            by_threshold[k, j, x - 1] += slope * by_low
        if x < n_steps:
            by_loading[k, j] += by_high * (threshold[k, j, x] - z)
            by_threshold[k, j, x] += slope * by_high
    return np.asarray(total), by_at, by_loading, by_threshold


# Inputs are the alliance of each rating in units of the scale (N,), loadings (K, J), steps
# (K, J, C - 1) and, of each response, its rating, informant, item and value (M,).
GRADED = Compiled("graded", _graded, like=("number", 0, 1, 2))


def registered(spec: ModelSpec, arrays: Design, expected: Expected) -> None:
    """Register the residual, loadings and steps of all items, and the responses."""
    of = residual.registered(spec, arrays)
    loading, threshold = parameters(spec, arrays)
    if expected.over is None:
        responses(of, arrays, expected.mean, loading, threshold)
        return
    unit, latent = sampled(arrays, loading)
    normal_ratings.integrate(arrays, of, latent - expected.mean, expected.over)
    pm.Potential("responses", log_density(arrays, unit, loading, threshold))


def parameters(spec: ModelSpec, arrays: Design) -> tuple[TensorVariable, TensorVariable]:
    """Register loadings and steps of all items.

    Returns
    -------
    loading : tensor, shape (K, J)
    threshold : tensor, shape (K, J, C - 1)
        In units of the scale. Registered are ``item_loading`` (item, informant),
        ``item_threshold`` (item, step, informant) in points of an item, and behind them
        ``item_difficulty`` (informant, item) and ``item_spacing`` (informant, item_gap).
    """
    items = items_of(arrays)
    n_items, n_steps = len(items.names), len(items.steps)
    n_informants = len(arrays.informants)
    pm.modelcontext(None).add_coords(
        {
            "item": list(items.names),
            "step": list(items.steps),
            "item_gap": list(range(n_items * (n_steps - 1))),
            "rating": list(range(arrays.n_ratings)),
            "response_to_item": list(range(int((items.values >= 0).sum()))),
        }
    )
    loading = covariance.free(
        "item_loading",
        spec.priors["item_loading"],
        factor=np.ones((n_items, n_informants)),
        dims=("item", "informant"),
    )
    difficulty = pm.ZeroSumNormal(
        "item_difficulty", sigma=_sd(spec, "item_difficulty"), dims=("informant", "item")
    )
    spacing = pm.ZeroSumNormal(
        "item_spacing", sigma=_sd(spec, "item_spacing"), dims=("informant", "item_gap")
    )
    share = pt.exp(spacing) / pt.exp(spacing).sum(axis=1, keepdims=True)
    gap = (2.0 * items.outermost * n_items * share).reshape((n_informants, n_items, n_steps - 1))
    first = difficulty - 0.5 * gap.sum(axis=2)
    further = first[:, :, None] + pt.cumsum(gap, axis=2)
    threshold = pt.concatenate([first[:, :, None], further], axis=2)
    pm.Deterministic(
        "item_threshold",
        items.middle + items.half * threshold.transpose(1, 2, 0),
        dims=("item", "step", "informant"),
    )
    return loading.T, threshold


def _sd(spec: ModelSpec, quantity: str) -> ArrayLike:
    return of_numbers(spec.priors[quantity]).counterpart().arguments["sigma"]


def sampled(arrays: Design, loading: TensorVariable) -> tuple[TensorVariable, TensorVariable]:
    """Register the alliance behind every rating, to be given its density elsewhere.

    Parameters
    ----------
    loading : tensor, shape (K, J)

    Returns
    -------
    unit : tensor, shape (N,)
        In units of the scale; ratings in the order of ``np.nonzero(arrays.present)``.
    latent : tensor, shape (R, K)
        In rating points; 0 where there is no rating.

    Notes
    -----
    Sampled is ``latent_raw`` (rating): the alliance around the informant's average rating, times
    the geometric mean of the informant's loadings. That is what responses tell. How long a unit of
    the scale is they tell less well where few lie at one of its ends, and with the alliance itself
    sampled all of an informant's would have to stretch together. The potential ``latent_unit``
    makes the density one of the alliance in units of the scale.
    """
    row, informant = np.nonzero(arrays.present)
    start = (arrays.y[row, informant] - arrays.center[informant]) / arrays.spread[informant]
    n_informants = len(arrays.informants)
    number = np.bincount(informant, minlength=n_informants)
    pivot = np.bincount(informant, weights=start, minlength=n_informants)
    pivot = pivot / np.maximum(number, 1)
    raw = pm.Flat("latent_raw", dims="rating", initval=TYPICAL * (start - pivot[informant]))
    log_factor = pt.log(loading).mean(axis=1)
    unit = pivot[informant] + raw * pt.exp(-log_factor)[informant]
    pm.Potential("latent_unit", -pt.dot(log_factor, number.astype(np.float64)))
    points = arrays.center[informant] + arrays.spread[informant] * unit
    return unit, pt.set_subtensor(pt.zeros(arrays.present.shape)[row, informant], points)


def log_density(
    arrays: Design,
    unit: TensorVariable,
    loading: TensorVariable,
    threshold: TensorVariable,
) -> TensorVariable:
    """Log density of all responses given the alliance.

    Parameters
    ----------
    unit : tensor, shape (N,)
        As from `sampled`.
    loading, threshold : tensor
        As from `parameters`.

    Returns
    -------
    tensor, scalar
    """
    constants = (pt.constant(x) for x in _indices(arrays))
    return GRADED(unit, loading, threshold, *constants)[0]


def responses(
    of: Residual,
    arrays: Design,
    mean: TensorVariable,
    loading: TensorVariable,
    threshold: TensorVariable,
) -> None:
    """Register the alliance at every occasion and the observed responses, with PyMC's own parts.

    Parameters
    ----------
    of : Residual
        With its root.
    mean : tensor, shape (R, K)
    loading, threshold : tensor
        As from `parameters`.

    Notes
    -----
    ``latent`` (occasion, informant) in rating points is the mean plus ``occasion_raw`` (occasion,
    informant) times a root of the residual covariance; ``response`` (response) is observed.
    """
    assert of.root is not None
    raw = pm.Normal("occasion_raw", 0.0, 1.0, dims=("occasion", "informant"))
    residual = pt.dot(raw, of.root.T)
    if of.log_factor is not None:
        residual = residual * pt.exp(of.log_factor)
    latent = pm.Deterministic("latent", mean + residual, dims=("occasion", "informant"))
    unit = ((latent - arrays.center) / arrays.spread)[np.nonzero(arrays.present)]
    rating, informant, item, response = _indices(arrays)
    slope = loading[informant, item]
    pm.OrderedProbit(
        "response",
        eta=slope * unit[rating],
        cutpoints=slope[:, None] * threshold[informant, item],
        compute_p=False,
        observed=response,
        dims="response_to_item",
    )


def _indices(arrays: Design) -> tuple[NDArray[np.int64], ...]:
    """Rating, informant, item and value of every response."""
    row, informant, item, response = items_of(arrays).answered()
    number = np.cumsum(arrays.present).reshape(arrays.present.shape) - 1
    return number[row, informant].astype(np.int64), informant, item, response
