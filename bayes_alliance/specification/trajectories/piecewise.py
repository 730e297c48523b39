"""Ratings follow straight lines joined at knots, where the slope may change."""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.phrases import listed
from bayes_alliance.specification.trajectories.shape import (
    LEVEL,
    SLOPE,
    Coefficient,
    Shape,
    knot_symbol,
)


def coefficients(n_knots: int) -> tuple[Coefficient, ...]:
    """Level, slope before the first knot, and a change of slope from each knot on."""
    changes = (
        Coefficient(name=f"slope_change_{n}", factor=f"(sᵢₜ − {knot_symbol(n)})₊", is_rate=True)
        for n in range(1, n_knots + 1)
    )
    return LEVEL, SLOPE, *changes


def basis(s: Floats, knots: Floats) -> Floats:
    """`phi(s) = (1, s, (s - k_1)_+, ...)`."""
    return np.column_stack([np.ones_like(s), s, *(np.maximum(s - knot, 0.0) for knot in knots)])


def sentence(knots: Sequence[float]) -> str:
    """What a model says about time."""
    one = len(knots) == 1
    return (
        "A child's ratings by one informant follow straight lines joined at the "
        f"{'knot' if one else 'knots'} {listed(f'{knot:g}' for knot in knots)} (in units of the "
        "time column). The line before the first knot has a level, read at the time origin, and a "
        f"slope; from {'the' if one else 'each'} knot on, a slope change is added to the slope."
    )


SHAPE = Shape(
    coefficients=coefficients,
    basis=basis,
    sentence=sentence,
    n_knots=1,
    too_few_knots="is needed for a piecewise trajectory: times where the slope may change",
    legend=("(x)₊: x where positive, else 0",),
)
