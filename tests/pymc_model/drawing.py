"""Draws of correlation matrices are one graph for all models: to write it was half of each.

PyMC writes it anew for every correlation matrix of a model, with a loop over rows, and no density
needs it. What it says is the same whatever `eta`, which is an input.
"""

from functools import cache

import pymc as pm
import pytensor.tensor as pt
import pytest
from pymc.distributions.multivariate import LKJCorrRV
from pymc.distributions.shape_utils import rv_size_is_none
from pymc.pytensorf import normalize_rng_param
from pytensor.graph.op import Op
from pytensor.tensor import TensorVariable

_WRITTEN = LKJCorrRV.rv_op


@cache
def _of_rows(n: int, dtype: str) -> Op:
    return _WRITTEN(n, pt.constant(1.0, dtype=dtype)).owner.op


def shared(n: int, eta: object, *, size: object = None, rng: object = None) -> TensorVariable:
    """What ``LKJCorrRV.rv_op`` returns."""
    if not rv_size_is_none(size):
        return _WRITTEN(n, eta, size=size, rng=rng)
    n_rows, own = pt.as_tensor(n, ndim=0, dtype=int), pt.as_tensor(eta, ndim=0)
    # A number is no more precise than it must be: 1 is not of the kind of 1.4.
    op = _of_rows(int(pt.get_underlying_scalar_constant_value(n_rows)), own.dtype)
    none = pt.random.utils.normalize_size_param(None)
    return op(normalize_rng_param(rng), none, n_rows, own)


def share(patch: pytest.MonkeyPatch) -> None:
    """Let models share it."""
    patch.setattr(pm.LKJCorr, "rv_op", shared)
