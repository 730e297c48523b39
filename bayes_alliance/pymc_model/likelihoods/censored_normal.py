"""Ratings at the ends of a bounded scale: what they would be on a scale without ends.

A censored rating says "this much or more" (or less), where ratings come in steps from half a step
inside the end on. Only such ratings get a free variable, how far beyond that bound they would lie
(Tobin 1958), so that the ratings of one occasion stay jointly normal, whoever of the informants is
at an end.
"""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import residual
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.specification import ModelSpec


def registered(spec: ModelSpec, arrays: Design, expected: Expected) -> Expected:
    """Register the residual, how far ratings lie beyond the ends, and the ratings."""
    of = residual.registered(spec, arrays)
    if arrays.floor.any() or arrays.ceiling.any():
        mean = expected.mean - beyond_the_ends(arrays)[expected.occasion]
        expected = replace(expected, mean=mean)
    residual.observed(of, arrays, expected)
    return expected


def beyond_the_ends(arrays: Design) -> TensorVariable:
    """Register how far censored ratings would lie beyond the ends of their scale.

    Parameters
    ----------
    arrays : Design
        With at least one censored rating. The free variable is ``excess``, positive, in rating
        points, dims censored, labelled "child, time, informant".

    Returns
    -------
    tensor, shape (R, K)
        Positive beyond the upper end, negative beyond the lower, zero where not censored.
    """
    row, informant, direction = arrays.censored
    pm.modelcontext(None).add_coord("censored", list(arrays.censored_labels))
    # A flat prior: given everything else, the rating is normal, cut off at the end of the scale.
    excess = pm.HalfFlat("excess", dims="censored")
    which = np.zeros(arrays.present.shape, dtype=np.int64)
    which[row, informant] = 1 + np.arange(len(row))
    return pt.concatenate([np.zeros(1), direction * excess])[which]
