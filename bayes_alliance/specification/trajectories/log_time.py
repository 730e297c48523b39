"""Ratings follow a line in ``log(1 + s)``: change that slows down.

The level is read at the origin and the slope is the change per unit of scaled time there. The
logarithm starts one unit of scaled time before the origin.
"""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.trajectories.shape import LEVEL, Coefficient, Shape

SLOPE_AT_ORIGIN = Coefficient(name="slope", factor="log(1 + sᵢₜ)", is_rate=True)


def coefficients(_n_knots: int) -> tuple[Coefficient, ...]:
    """Level and slope at the origin."""
    return LEVEL, SLOPE_AT_ORIGIN


def basis(s: Floats, _knots: Floats) -> Floats:
    """`phi(s) = (1, log(1 + s))`."""
    return np.column_stack([np.ones_like(s), np.log1p(s)])


def sentence(_knots: Sequence[float]) -> str:
    """What a model says about time."""
    return (
        "A child's ratings by one informant change fast at first and ever more slowly later, along "
        "the logarithm of 1 plus scaled time: a level, read at the time origin, and a slope, the "
        "change per unit of scaled time at the origin."
    )


SHAPE = Shape(coefficients=coefficients, basis=basis, sentence=sentence, starts_after=-1.0)
