"""Ratings as points counted on a bounded scale: binomial given the value behind them.

The formulas are those of `collapsed.completions.points`.
"""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import residual
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.specification import ModelSpec


def registered(spec: ModelSpec, arrays: Design, expected: Expected) -> Expected:
    """Register the residual and the points of the ratings.

    Notes
    -----
    Registered are what `residual.explicit` names; ``latent`` (rating), the values behind ratings in
    points of a scale without ends; and ``points`` (rating), observed.
    """
    residuals = residual.explicit(residual.registered(spec, arrays))
    expected = replace(expected, mean=expected.mean + residuals[expected.occasion])
    latent = residual.latent(arrays, expected.of_occasions(arrays))
    row, informant = np.nonzero(arrays.present)
    pm.Binomial(
        "points",
        n=arrays.points[informant],
        logit_p=_logit(arrays, latent, informant),
        observed=_points(arrays, row, informant),
        dims="rating",
    )

    def density(y: TensorVariable, mean: TensorVariable, occasion: NDArray) -> TensorVariable:
        at, k = np.nonzero(arrays.present[occasion])
        logit_p = _logit(arrays, mean[at, k], k)
        counted = pm.Binomial.dist(n=arrays.points[k], logit_p=logit_p)
        each = pm.logp(counted, _points(arrays, occasion[at], k))
        return pt.inc_subtensor(pt.zeros(len(occasion))[at], each)

    expected.sum_over_categories(arrays, density)
    return expected


def _logit(arrays: Design, latent: TensorVariable, informant: NDArray) -> TensorVariable:
    return 2.0 * (latent - arrays.center[informant]) / arrays.spread[informant]


def _points(arrays: Design, row: NDArray, informant: NDArray) -> NDArray[np.int64]:
    points = arrays.y[row, informant] - arrays.ends[0][informant]
    return np.round(points).astype(np.int64)
