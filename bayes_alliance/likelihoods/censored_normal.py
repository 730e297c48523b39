r"""Ratings cut off at the ends of their scale.

What lies beyond a bound :math:`a'` or :math:`b'` is rated as the end `a` or `b` of the scale. The
bounds are the ends or, where ratings come in steps, half a step inside (`Scale.bounds`):

.. math:: y = a \;(m \le a'), \quad y = m, \quad y = b \;(m \ge b'), \qquad
   E[y] = a\,\Phi(\alpha) + b\,(1 - \Phi(\beta)) + \mu\,(\Phi(\beta) - \Phi(\alpha))
   - \sigma\,(\varphi(\beta) - \varphi(\alpha)), \quad
   \alpha = (a' - \mu) / \sigma,\; \beta = (b' - \mu) / \sigma

(Tobin 1958, Econometrica 26, 24-36).
"""

import numpy as np
from scipy.special import ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.likelihoods.law import Law, Moments


def observed(
    latent: Floats, moments: Moments, arrays: Design, rng: np.random.Generator, *, planned: bool
) -> Floats:
    """Ratings beyond a bound, at the end of the scale."""
    (lower, upper), (floor, ceiling) = arrays.ends, arrays.bounds
    return np.where(latent >= ceiling, upper, np.where(latent <= floor, lower, latent))


def expected(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Expected rating, one beyond a bound counted as the end."""
    (lower, upper), (floor, ceiling) = arrays.ends, arrays.bounds
    sd = np.sqrt(variance)
    alpha, beta = (floor - mean) / sd, (ceiling - mean) / sd
    density = (np.exp(-0.5 * beta**2) - np.exp(-0.5 * alpha**2)) / np.sqrt(2.0 * np.pi)
    inside = mean * (ndtr(beta) - ndtr(alpha)) - sd * density
    return lower * ndtr(alpha) + upper * ndtr(-beta) + inside


def at_ceiling(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Chance of a rating at the upper end."""
    return ndtr((mean - arrays.bounds[1]) / np.sqrt(variance))


LAW = Law(
    observed=observed, moments={"excess": ("censored",)}, expected=expected, at_ceiling=at_ceiling
)
