r"""Child means of covariates that vary over occasions, as parameters of the graph.

See `design.latent_means` for the model. Priors, in standard deviations of the covariate: intercept
and weights Normal(0, 1), both standard deviations HalfNormal(1): judgement, wide for standardised
covariates, as for missing values of covariates.
"""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.design.latent_means import LatentMean

type Values = NDArray[np.float64] | TensorVariable


def filled(arrays: Design, x: Values, child: NDArray[np.int64]) -> tuple[Values, Values]:
    """Put estimated means, and deviations from them, in the place of computed ones.

    Parameters
    ----------
    x : array or tensor, shape (n_rows, P)
        Coded covariates of children, nothing missing.
    child : array of int, shape (n_rows,)
        The child of each row; the first rows are the children in order.

    Returns
    -------
    x : array or tensor, shape (n_rows, P)
    z : array or tensor, shape (R, Q)

    Notes
    -----
    Registered for a covariate ``mood`` are ``mean_mood_intercept``, ``mean_mood_weight``,
    ``mean_mood_between`` and ``mean_mood_within``, in standard deviations; ``mean_mood_raw``
    (child), ``mean_mood`` (child) in its own unit, centred as the design's column is, and the
    observed ``given_mood``.
    """
    z: Values = arrays.z
    for one in arrays.latent_means:
        expected = _expected(arrays, one, x)
        between = pm.HalfNormal(f"{one.variable}_between", 1.0)
        within = pm.HalfNormal(f"{one.variable}_within", 1.0)
        raw = pm.Normal(f"{one.variable}_raw", 0.0, 1.0, dims="child")
        mean = pm.Deterministic(one.variable, expected + one.sd * between * raw, dims="child")
        of_occasion = mean[arrays.occasion_child]
        pm.Normal(f"given_{one.name}", of_occasion / one.sd, within, observed=one.values / one.sd)
        x = pt.set_subtensor(pt.as_tensor(x)[:, one.between], mean[child])
        z = pt.set_subtensor(pt.as_tensor(z)[:, one.within], one.values - of_occasion)
    return x, z


def _expected(arrays: Design, one: LatentMean, x: Values) -> TensorVariable:
    """What other covariates let expect of the mean of every child, in the covariate's unit."""
    model, n = pm.modelcontext(None), len(arrays.children)
    mean = pm.Normal(f"{one.variable}_intercept", 0.0, 1.0) + pt.zeros(n)
    if one.given:
        model.add_coord(f"{one.variable}_given", [arrays.covariates[p] for p in one.given])
        weight = pm.Normal(f"{one.variable}_weight", 0.0, 1.0, dims=f"{one.variable}_given")
        columns = [x[:n, p] / arrays.covariate_sd[p] for p in one.given]
        mean = mean + pt.dot(pt.stack(columns, axis=1), weight)
    return one.sd * mean
