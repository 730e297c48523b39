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
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, ndtr

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design
from bayes_alliance.design.item_responses import ItemResponses

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
    mode, slope, curvature = _modes(design, row, informant)
    spread = design.spread[informant]
    pseudo = design.center[informant] + spread * (mode + slope / curvature)
    return pseudo, spread**2 / curvature


def _modes(design: Design, row: Integers, informant: Integers) -> tuple[Floats, Floats, Floats]:
    """Modes of some ratings, and the laws' slopes and curvatures there."""
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
    return mode, *law(mode)


def _points(design: Design, row: Integers, informant: Integers) -> Law:
    """Of points counted, `logit p = 2 z` (`points`)."""
    x = design.y[row, informant] - design.ends[0][informant]
    most = design.points[informant]

    def law(z: Floats) -> tuple[Floats, Floats]:
        p = expit(2.0 * z)
        return 2.0 * (x - most * p), 4.0 * most * p * (1.0 - p)

    return law


def typical_steps(items: ItemResponses) -> Floats:
    """Steps as far apart as each other, in units of the scale, shape (C - 1,)."""
    return np.linspace(-items.outermost, items.outermost, len(items.steps))


class _Responses(NamedTuple):
    """What single responses say at a value, shape (N, J) each; 0 where there is none.

    Parameters
    ----------
    by_z : array
        Derivative of the log probability, over the loading.
    below, above : array
        Derivatives of this by the scaled distances of both steps, and these distances.
    """

    by_z: Floats
    by_below: Floats
    by_above: Floats
    below: Floats
    above: Floats


def _responses(design: Design, row: Integers, informant: Integers, z: Floats) -> _Responses:
    items = design.items
    assert items is not None
    edges = np.concatenate([[-1e6], typical_steps(items), [1e6]])
    response = items.values[row, informant]
    answered = response >= 0
    at = np.where(answered, response, 0)
    below, above = (TYPICAL * (edges[edge] - z[:, None]) for edge in (at, at + 1))
    p = np.maximum(ndtr(above) - ndtr(below), 1e-300)
    of_below, of_above = (
        np.exp(-0.5 * bound**2) / np.sqrt(2.0 * np.pi) / p for bound in (below, above)
    )
    by_z = of_below - of_above
    return _Responses(
        *np.where(
            answered,
            (by_z, of_below * (by_z - below), of_above * (above - by_z), below, above),
            0.0,
        )
    )


def _items(design: Design, row: Integers, informant: Integers) -> Law:
    """Of responses to items whose steps are as far apart as each other (`items`)."""

    def law(z: Floats) -> tuple[Floats, Floats]:
        responses = _responses(design, row, informant, z)
        curvature = (responses.by_below + responses.by_above).sum(axis=-1)
        return TYPICAL * responses.by_z.sum(axis=-1), TYPICAL**2 * curvature

    return law


def slopes_by_items(design: Design, row: Integers, informant: Integers) -> Floats:
    r"""How pseudo ratings move with the steps and loadings of items, in points of the rating.

    What moves the slope `s` of a rating's logarithm by `ds` moves the value that it tells by
    :math:`ds / c`.

    Returns
    -------
    array, shape (N, J, 3)
        By the step below a response, the step above it and the logarithm of the item's loading;
        steps in units of the scale.
    """
    mode, _, curvature = _modes(design, row, informant)
    responses = _responses(design, row, informant, mode)
    by_loading = (
        responses.by_z + responses.below * responses.by_below + responses.above * responses.by_above
    )
    of_slope = (
        TYPICAL**2 * responses.by_below,
        TYPICAL**2 * responses.by_above,
        TYPICAL * by_loading,
    )
    by = design.spread[informant] / curvature
    return np.stack(of_slope, axis=-1) * by[:, None, None]
