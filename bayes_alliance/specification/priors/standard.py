r"""Densities and quantiles of priors that are a standard distribution, moved and stretched.

With ``x = location + unit z`` and `z` of a standard form (`Coordinate`),

.. math:: \log p(x) = c + g(z) - \log \mathrm{unit}, \qquad
          g(z) = -z^2 / 2, \; -\tfrac{\nu + 1}{2} \log(1 + z^2 / \nu), \; (a - 1) \log z - z

for normal, Student's t and gamma forms; a half normal or half t is the same above 0, its constant
twice as large. A prior class says its coordinate, and takes both functions as its own.
"""

import math
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv, ndtri, stdtrit, xlogy

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.priors.answers import Coordinate

NORMAL_CONSTANT = -0.5 * math.log(2.0 * math.pi)
HALF_NORMAL_CONSTANT = 0.5 * math.log(2.0 / math.pi)


class Located(Protocol):
    """A prior that is a standard distribution, moved and stretched."""

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        ...


def t_constant(nu: float) -> float:
    """Logarithm of the normalising constant of a t density with nu degrees of freedom."""
    return math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)


def log_density(prior: Located, x: ArrayLike) -> Floats:
    """Logarithm of the density at x, constants included, in the shape of x."""
    at = prior.coordinate
    z = (np.asarray(x, dtype=np.float64) - at.location) / at.unit
    match at.form:
        case "normal" | "half_normal":
            shape = -0.5 * z**2
        case "student_t" | "half_student_t":
            shape = -(at.shape + 1.0) / 2.0 * np.log1p(z**2 / at.shape)
        case "gamma":
            # xlogy: 0 log 0 is 0, so that an exponential (shape 1) is finite at 0.
            shape = xlogy(at.shape - 1.0, np.maximum(z, 0.0)) - z
    inside = at.constant + shape - math.log(at.unit)
    return inside if _has_both_signs(at) else np.where(z < 0.0, -np.inf, inside)[()]


def quantile(prior: Located, p: ArrayLike) -> Floats:
    """Value with probability p below it, in the shape of p."""
    at = prior.coordinate
    p = np.asarray(p, dtype=np.float64)
    # A half normal or half t has the probability p below the point that the whole distribution has
    # (1 + p) / 2 below.
    below = p if _has_both_signs(at) else (1.0 + p) / 2.0
    match at.form:
        case "normal" | "half_normal":
            z = ndtri(below)
        case "student_t" | "half_student_t":
            z = stdtrit(at.shape, below)
        case "gamma" if at.shape == 1.0:
            z = -np.log1p(-p)  # in closed form, and to the last digit near 0
        case "gamma":
            z = gammaincinv(at.shape, p)
    return at.location + at.unit * z


def _has_both_signs(at: Coordinate) -> bool:
    return at.form in ("normal", "student_t")
