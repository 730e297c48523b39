r"""Ratings as totals of items, answered by the alliance behind them.

The alliance `a` of an informant, in points of the total, is normal over families (or therapists,
occasions) with mean :math:`\mu` and variance :math:`\sigma^2`. With `n` items from `lower` on,
loadings :math:`\lambda_j`, thresholds :math:`\tau_{jc}` and half an item's range `h` (see
`collapsed.completions.items`) the expected total and its chance to be at the ceiling are

.. math::
   E[y] = n\, lower + \sum_{j,c} \Phi\!\left(
   \frac{\mu / n - \tau_{jc}}{\sqrt{(h / \lambda_j)^2 + \sigma^2 / n^2}}\right), \qquad
   P(y = upper) = E\Big[\prod_j \Phi\big(\lambda_j (a / n - \tau_{j,C-1}) / h\big)\Big],

the last by Gauss-Hermite quadrature. The standardised loading of an item is the correlation of the
item, before it is cut into responses, with the alliance, and the reliability of the total the share
of its variance that differences in alliance make,

.. math:: \frac{\lambda \sigma}{\sqrt{1 + \lambda^2 \sigma^2}}, \qquad
          \frac{Var(E[y \mid a])}{Var(E[y \mid a]) + E[Var(y \mid a)]}

with :math:`\sigma` in spreads of the scale (Samejima 1969; Green and Yang 2009, for responses in
categories).
"""

import numpy as np
from scipy.special import log_ndtr, ndtr

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design
from bayes_alliance.design.item_responses import ItemResponses
from bayes_alliance.likelihoods.law import (
    Density,
    Drawing,
    Law,
    Measurement,
    Moments,
    Variables,
    hermite,
)
from bayes_alliance.specification import ModelSpec


def items_of(arrays: Design) -> ItemResponses:
    """Return the items of a design that has some."""
    assert arrays.items is not None, "asked for the items of a design without items"
    return arrays.items


def responses(
    latent: Floats, moments: Moments, arrays: Design, rng: np.random.Generator
) -> Integers:
    """Responses above the lowest one to all items, shape (R, K, J)."""
    items = items_of(arrays)
    loading, threshold = moments["item_loading"], moments["item_threshold"]
    noise = rng.standard_normal((*latent.shape, len(items.names))) * items.half / loading.T
    before_cut = latent[..., None] / len(items.names) + noise
    steps = np.moveaxis(threshold, -1, 0)
    above: Integers = (before_cut[..., None] > steps).sum(axis=-1)
    return above


def observed(
    latent: Floats, moments: Moments, arrays: Design, rng: np.random.Generator, *, planned: bool
) -> Floats:
    """Totals of responses to the items, of those answered in the design or of all."""
    items, above = items_of(arrays), responses(latent, moments, arrays, rng)
    if planned:
        return items.totals(above)
    lowest = items.lower * len(items.names)
    return (lowest + above.sum(axis=-1)).astype(np.float64)


def expected(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Expected total."""
    items, per_item = items_of(arrays), mean / len(items_of(arrays).names)
    own = variance / len(items.names) ** 2
    total = np.full(mean.shape, float(len(items.names) * items.lower))
    for j in range(len(items.names)):
        sd = np.sqrt((items.half / moments["item_loading"][:, None, j]) ** 2 + own)
        for c in range(len(items.steps)):
            total += ndtr((per_item - moments["item_threshold"][:, None, j, c]) / sd)
    return total


def at_ceiling(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Chance of the highest response to every item."""
    items = items_of(arrays)
    loading, last = moments["item_loading"], moments["item_threshold"][:, :, -1]
    total = np.zeros(mean.shape)
    for node, weight in zip(*hermite(), strict=True):
        per_item = (mean + node * np.sqrt(variance)) / len(items.names)
        log_p = np.zeros(mean.shape)
        for j in range(len(items.names)):
            log_p += log_ndtr(loading[:, None, j] * (per_item - last[:, None, j]) / items.half)
        total += weight * np.exp(log_p)
    return total


def loadings(variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Standardised loadings, shape (D, T, J, K)."""
    sd = np.sqrt(variance) / arrays.spread
    steep = moments["item_loading"][:, None] * sd[:, :, None]
    return steep / np.sqrt(1.0 + steep**2)


def reliability(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Share of the variance of totals, all items answered, that differences in alliance make."""
    items = items_of(arrays)
    loading, threshold = moments["item_loading"], moments["item_threshold"]
    nodes, weights = hermite()
    total, own = (np.zeros((len(nodes), *mean.shape)) for _ in range(2))
    # E[x^2] of a count is the sum of (2 c - 1) P(x >= c).
    odd = 2.0 * np.arange(1, len(items.steps) + 1) - 1.0
    for number, node in enumerate(nodes):
        per_item = (mean + node * np.sqrt(variance)) / len(items.names)
        for j in range(len(items.names)):
            gap = (per_item[:, :, None] - threshold[:, None, j]) / items.half
            above = ndtr(loading[:, None, None, j] * gap)
            first = above.sum(axis=-2)
            total[number] += first
            own[number] += np.einsum("...ck,c->...k", above, odd) - first**2
    average = np.einsum("n...,n->...", total, weights)
    between = np.einsum("n...,n->...", (total - average) ** 2, weights)
    within = np.einsum("n...,n->...", own, weights)
    return between / (between + within)


def prior_draws(drawing: Drawing, spec: ModelSpec, arrays: Design, level: Floats) -> Variables:
    """Draw loadings and thresholds of the items."""
    items, (*size, n) = items_of(arrays), level.shape
    n_items, n_steps = len(items.names), len(items.steps)
    loading = drawing("item_loading", (*size, n_items, n))
    middle = drawing("item_difficulty", (*size, n_items, n))
    middle = middle - middle.mean(axis=-2, keepdims=True)
    width = np.exp(drawing("item_spacing", (*size, n_items, n_steps - 1, n)))
    # On average over the items, first and last steps lie `outermost` from the middle.
    width *= 2.0 * items.outermost / width.sum(axis=-2, keepdims=True).mean(axis=-3, keepdims=True)
    steps = np.concatenate([np.zeros((*size, n_items, 1, n)), np.cumsum(width, axis=-2)], axis=-2)
    unit = middle[..., None, :] + steps - 0.5 * steps[..., -1:, :]
    front = ("chain", "draw")
    return {
        "item_loading": ((*front, *LAW.moments["item_loading"]), loading),
        "item_threshold": (
            (*front, *LAW.moments["item_threshold"]),
            items.middle + items.half * unit,
        ),
    }


def log_prior(key: str, log_density: Density, moments: Moments, arrays: Design) -> Floats:
    """Log density of loadings, or of differences between items, which add up to zero."""
    if key == "item_loading":
        return log_density(moments[key]).sum(axis=(-2, -1))
    steps = np.moveaxis(moments["item_threshold"], -1, -3) / items_of(arrays).half
    if key == "item_difficulty":
        differences = 0.5 * (steps[..., 0] + steps[..., -1])
    else:
        gaps = np.log(np.diff(steps, axis=-1))
        differences = gaps.reshape(*gaps.shape[:-2], -1)
    differences = differences - differences.mean(axis=-1, keepdims=True)
    # They lie in a space of one dimension fewer, where the density lacks one constant.
    one = float(log_density(np.zeros(())))
    return (log_density(differences).sum(axis=-1) - one).sum(axis=-1)


LAW = Law(
    observed=observed,
    moments={
        "item_loading": ("item", "informant"),
        "item_threshold": ("item", "step", "informant"),
        "latent": ("rating",),
    },
    expected=expected,
    at_ceiling=at_ceiling,
    measurement=Measurement(loadings=loadings, reliability=reliability, responses=responses),
    prior_draws=prior_draws,
    log_prior=log_prior,
)
