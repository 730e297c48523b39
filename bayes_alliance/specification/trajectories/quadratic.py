"""Ratings follow a parabola: level and slope, both read at the origin, and a curvature."""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.trajectories.shape import LEVEL, SLOPE, Coefficient, Shape

CURVATURE = Coefficient(name="quadratic", factor="sᵢₜ²", words="curvature")


def coefficients(_n_knots: int) -> tuple[Coefficient, ...]:
    """Level, slope and curvature."""
    return LEVEL, SLOPE, CURVATURE


def basis(s: Floats, _knots: Floats) -> Floats:
    """`phi(s) = (1, s, s^2)`."""
    return np.column_stack([np.ones_like(s), s, s**2])


def sentence(_knots: Sequence[float]) -> str:
    """What a model says about time."""
    return (
        "A child's ratings by one informant follow a curve: a level and a slope, both read at the "
        "time origin, and a curvature (quadratic)."
    )


SHAPE = Shape(coefficients=coefficients, basis=basis, sentence=sentence)
