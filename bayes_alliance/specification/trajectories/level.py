"""Ratings stay at one level."""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.trajectories.shape import LEVEL, Coefficient, Shape


def coefficients(_n_knots: int) -> tuple[Coefficient, ...]:
    """The level alone."""
    return (LEVEL,)


def basis(s: Floats, _knots: Floats) -> Floats:
    """`phi(s) = (1)`."""
    return np.ones((len(s), 1))


def sentence(_knots: Sequence[float]) -> str:
    """What a model says about time."""
    return "A child's ratings by one informant stay at one level; they do not change."


SHAPE = Shape(coefficients=coefficients, basis=basis, sentence=sentence, is_straight=True)
