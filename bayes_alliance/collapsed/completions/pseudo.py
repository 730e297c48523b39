r"""What a rating tells of the value behind it, about: a normal pseudo rating.

Near its mode :math:`\hat l` the law of a rating given its value is that of a normal measurement
with the same slope and curvature of its logarithm,

.. math:: \hat y = \hat l + D s, \qquad D = 1 / c, \qquad
          s = \partial \log p / \partial l, \quad c = -\partial^2 \log p / \partial l^2,

as in Laplace's approximation. The mode is that under a normal law of an informant's values, without
which a rating at an end of the scale would have none. How fast the sampler mixes depends on how
good this is, and how much checks of fit expect ratings to tell; draws do not.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit, ndtr

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design

TYPICAL = 2.0  # loading from which sampling starts
STEPS = 24  # of Newton's method, from the average on; the logarithm is concave
# Where a rating is far from the average its law is nearly flat there, and a whole step of Newton's
# method would pass the mode and come back as far, to where the law has no curvature at all.
LONGEST = 1.0

# From values to slopes and curvatures.
type Law = Callable[[Floats], tuple[Floats, Floats]]


def pseudo_ratings(design: Design, row: Integers, informant: Integers) -> tuple[Floats, Floats]:
    """Pseudo ratings of some ratings, and the variances of their error, shape (N,) each.

    Parameters
    ----------
    row, informant : array of int, shape (N,)
    """
    law = (_points if design.items is None else _items)(design, row, informant)
    lower, upper = design.ends
    rating, scale = design.y[row, informant], (upper - lower)[informant]
    rough = 0.5 * logit((rating - lower[informant] + 0.5) / (scale + 1.0))
    n_informants = len(design.informants)
    n = np.maximum(np.bincount(informant, minlength=n_informants), 1)
    average = np.bincount(informant, weights=rough, minlength=n_informants) / n
    away = rough - average[informant]
    variance = np.bincount(informant, weights=away**2, minlength=n_informants) / n + 1e-3
    mode, expected, precision = average[informant], average[informant], 1.0 / variance[informant]
    for _ in range(STEPS):
        slope, curvature = law(mode)
        step = (slope - precision * (mode - expected)) / (curvature + precision)
        mode = mode + np.clip(step, -LONGEST, LONGEST)
    slope, curvature = law(mode)
    spread = design.spread[informant]
    pseudo = design.center[informant] + spread * (mode + slope / curvature)
    return pseudo, spread**2 / curvature


def _points(design: Design, row: Integers, informant: Integers) -> Law:
    """Of points counted, `logit p = 2 z` (`points`)."""
    x = design.y[row, informant] - design.ends[0][informant]
    most = design.points[informant]

    def law(z: Floats) -> tuple[Floats, Floats]:
        p = expit(2.0 * z)
        return 2.0 * (x - most * p), 4.0 * most * p * (1.0 - p)

    return law


def _items(design: Design, row: Integers, informant: Integers) -> Law:
    """Of responses to items whose steps are as far apart as each other (`items`)."""
    items = design.items
    assert items is not None
    steps = np.linspace(-items.outermost, items.outermost, len(items.steps))
    edges = np.concatenate([[-1e6], steps, [1e6]])
    response = items.values[row, informant]
    answered = response >= 0
    at = np.where(answered, response, 0)

    def law(z: Floats) -> tuple[Floats, Floats]:
        low, high = (TYPICAL * (edges[edge] - z[:, None]) for edge in (at, at + 1))
        p = np.maximum(ndtr(high) - ndtr(low), 1e-300)
        density_low, density_high = (
            np.exp(-0.5 * bound**2) / np.sqrt(2.0 * np.pi) for bound in (low, high)
        )
        slope = (density_low - density_high) / p
        curvature = (high * density_high - low * density_low) / p + slope**2
        slope, curvature = np.where(answered, (slope, curvature), 0.0).sum(axis=-1)
        return TYPICAL * slope, TYPICAL**2 * curvature

    return law
