r"""The coordinate in which standard deviations are sampled: one with normal tails.

A standard deviation is :math:`s\,t(x)`, `s` the scale of its prior, with

.. math:: t(x) = x\,\Phi(x) + \varphi(x), \qquad t'(x) = \Phi(x),

the integral of the normal distribution function: `x` where `x` is large, positive everywhere. A
density that is flat towards zero becomes one of `x` with normal tails, where the sampler's steps
fit; under the logarithm, PyMC's default, it would fall off so slowly that chains wander. The
collapsed engine uses the same coordinate.
"""

import numpy as np
import pytensor.tensor as pt
from numpy.typing import ArrayLike
from pymc.distributions.transforms import Transform
from pytensor.tensor.variable import TensorVariable

# From above, Newton's method on a convex function comes down to the root without overshooting.
STEPS = 16


class Soft(Transform):
    """From a standard deviation to its coordinate and back.

    Parameters
    ----------
    unit : float or array
        Scale of the prior in rating points.
    """

    name = "soft"

    def __init__(self, unit: ArrayLike) -> None:
        self.unit = np.asarray(unit, dtype=np.float64)

    def forward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Coordinate of a standard deviation."""
        t = value / self.unit
        x = t
        for _ in range(STEPS):
            area = _area(x)
            x = x - (x * area + _density(x) - t) / area
        return x

    def backward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Standard deviation of a coordinate."""
        return self.unit * (value * _area(value) + _density(value))

    def log_jac_det(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Logarithm of the derivative of `backward`."""
        return pt.log(self.unit * _area(value))


def _area(x: TensorVariable) -> TensorVariable:
    return 0.5 * pt.erfc(-x / np.sqrt(2.0))


def _density(x: TensorVariable) -> TensorVariable:
    return pt.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)
