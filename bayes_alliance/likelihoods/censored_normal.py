r"""Ratings cut off at the ends of their scale.

.. math:: y = \min(\max(m, a), b), \qquad
   E[y] = a\,\Phi(\alpha) + b\,(1 - \Phi(\beta)) + \mu\,(\Phi(\beta) - \Phi(\alpha))
   - \sigma\,(\varphi(\beta) - \varphi(\alpha)), \quad
   \alpha = (a - \mu) / \sigma,\; \beta = (b - \mu) / \sigma

(Tobin 1958, Econometrica 26, 24-36).
"""

import numpy as np
from scipy.special import ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.likelihoods.law import Law, Moments, ends


def observed(
    latent: Floats, moments: Moments, arrays: Design, rng: np.random.Generator, *, planned: bool
) -> Floats:
    """Ratings beyond an end of the scale, at this end."""
    return np.clip(latent, *ends(arrays))


def expected(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Expected rating, one beyond an end counted as the end."""
    (lower, upper), sd = ends(arrays), np.sqrt(variance)
    alpha, beta = (lower - mean) / sd, (upper - mean) / sd
    density = (np.exp(-0.5 * beta**2) - np.exp(-0.5 * alpha**2)) / np.sqrt(2.0 * np.pi)
    inside = mean * (ndtr(beta) - ndtr(alpha)) - sd * density
    return lower * ndtr(alpha) + upper * ndtr(-beta) + inside


def at_ceiling(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Chance of a rating at the upper end."""
    return ndtr((mean - ends(arrays)[1]) / np.sqrt(variance))


LAW = Law(
    observed=observed, moments={"excess": ("censored",)}, expected=expected, at_ceiling=at_ceiling
)
