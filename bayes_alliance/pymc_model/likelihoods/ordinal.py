"""Responses to single items: cumulative probit given the alliance behind them.

The formulas are those of `collapsed.completions.items`.
"""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import ArrayLike
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.likelihoods.ordinal import items_of
from bayes_alliance.pymc_model import covariance, residual
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers


def registered(spec: ModelSpec, arrays: Design, expected: Expected) -> Expected:
    """Register the residual, loadings and steps of all items, and the responses.

    Notes
    -----
    Registered are ``item_loading`` (item, informant), ``item_threshold`` (item, step, informant) in
    points of an item and behind it ``item_difficulty`` (informant, item) and ``item_spacing``
    (informant, item_gap); what `residual.explicit` names; ``latent`` (rating), the alliance in
    rating points; and ``response`` (response_to_item), observed.
    """
    items = items_of(arrays)
    row, informant, item, response = items.answered()
    pm.modelcontext(None).add_coords(
        {
            "item": list(items.names),
            "step": list(items.steps),
            "item_gap": list(range(len(items.names) * (len(items.steps) - 1))),
            "response_to_item": list(range(len(response))),
        }
    )
    mean = expected.mean + residual.explicit(residual.registered(spec, arrays))
    latent = residual.latent(arrays, mean)
    loading, threshold = parameters(spec, arrays)
    place = np.nonzero(arrays.present)[1]
    unit = (latent - arrays.center[place]) / arrays.spread[place]
    rating = np.cumsum(arrays.present).reshape(arrays.present.shape) - 1
    slope = loading[informant, item]
    pm.OrderedProbit(
        "response",
        eta=slope * unit[rating[row, informant]],
        cutpoints=slope[:, None] * threshold[informant, item],
        compute_p=False,
        observed=response,
        dims="response_to_item",
    )
    return expected


def parameters(spec: ModelSpec, arrays: Design) -> tuple[TensorVariable, TensorVariable]:
    """Register loadings and steps of all items.

    Returns
    -------
    loading : tensor, shape (K, J)
    threshold : tensor, shape (K, J, C - 1)
        In units of the scale.
    """
    items = items_of(arrays)
    n_items, n_steps = len(items.names), len(items.steps)
    n_informants = len(arrays.informants)
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
