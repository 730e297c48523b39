"""Ratings follow a straight line."""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.trajectories.shape import LEVEL, SLOPE, Coefficient, Shape


def coefficients(_n_knots: int) -> tuple[Coefficient, ...]:
    """Level and slope."""
    return LEVEL, SLOPE


def basis(s: Floats, _knots: Floats) -> Floats:
    """`phi(s) = (1, s)`."""
    return np.column_stack([np.ones_like(s), s])


def sentence(_knots: Sequence[float]) -> str:
    """What a model says about time."""
    return (
        "A child's ratings by one informant follow a straight line: a level, read at the time "
        "origin, and a slope, the change per unit of scaled time."
    )


SHAPE = Shape(coefficients=coefficients, basis=basis, sentence=sentence, is_straight=True)
