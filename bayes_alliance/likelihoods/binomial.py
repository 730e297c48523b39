r"""Ratings as points counted on a bounded scale.

Given `m` on the scale without ends, a rating is `lower` and a binomial number of the `n` points of
the scale. Over a normal `m` its expectation and the chance of all points are

.. math::
   E[y] = lower + n\, E[p(m)], \qquad P(y = upper) = E\big[p(m)^n\big], \qquad
   p(m) = \frac{1}{1 + e^{-2 (m - center) / spread}},

by Gauss-Hermite quadrature. What varies normally, the residual with it, is in `m`.
"""

import numpy as np
from scipy.special import expit, log_expit

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.likelihoods.law import Law, Moments, hermite


def observed(
    latent: Floats, moments: Moments, arrays: Design, rng: np.random.Generator, *, planned: bool
) -> Floats:
    """Points out of those of the scale, above its lower end."""
    points = rng.binomial(arrays.points, expit(logit(latent, arrays)))
    return arrays.ends[0] + points.astype(np.float64)


def logit(latent: Floats, arrays: Design) -> Floats:
    """Logit of a point's chance, in the shape (..., K) of values on the scale without ends."""
    return 2.0 * (latent - arrays.center) / arrays.spread


def expected(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Expected rating."""
    sd, total = np.sqrt(variance), np.zeros(mean.shape)
    for node, weight in zip(*hermite(), strict=True):
        total += weight * expit(logit(mean + sd * node, arrays))
    return arrays.ends[0] + arrays.points * total


def at_ceiling(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Chance of all points of the scale."""
    sd, total = np.sqrt(variance), np.zeros(mean.shape)
    for node, weight in zip(*hermite(), strict=True):
        total += weight * np.exp(arrays.points * log_expit(logit(mean + sd * node, arrays)))
    return total


LAW = Law(
    observed=observed, moments={"latent": ("rating",)}, expected=expected, at_ceiling=at_ceiling
)
