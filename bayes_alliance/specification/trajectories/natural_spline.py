r"""Ratings follow a natural cubic spline: cubic between its knots, straight beyond the outer two.

With knots :math:`k_1 < \ldots < k_m` the basis is :math:`(1, s, B_2(s) - B_2(0), \ldots)`,

.. math:: B_{j+1}(s) = \frac{(s - k_j)_+^3
          - \frac{k_m - k_j}{k_m - k_{m-1}} (s - k_{m-1})_+^3
          + \frac{k_{m-1} - k_j}{k_m - k_{m-1}} (s - k_m)_+^3}{(k_m - k_1)^2},

j = 1 .. m - 2 (Harrell 2015, section 2.4.5), so that the level is read at the origin and every
coefficient is in rating points per unit of scaled time.
"""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.phrases import listed
from bayes_alliance.specification.trajectories.shape import LEVEL, SUBSCRIPTS, Coefficient, Shape

# With two it would be a straight line.
FEWEST_KNOTS = 3


def coefficients(n_knots: int) -> tuple[Coefficient, ...]:
    """The level, and one coefficient per piece between knots; none of these is a rate by itself."""
    pieces = (
        Coefficient(name=f"spline_{n}", factor=f"B{str(n).translate(SUBSCRIPTS)}(sᵢₜ)")
        for n in range(1, n_knots)
    )
    return LEVEL, *pieces


def basis(s: Floats, knots: Floats) -> Floats:
    """`phi(s) = (1, s, B_2(s) - B_2(0), ...)`."""
    pieces = _truncated_powers(s, knots) - _truncated_powers(np.zeros(1), knots)
    return np.column_stack([np.ones_like(s), pieces])


def _truncated_powers(s: Floats, knots: Floats) -> Floats:
    """The basis without its constant, shape (n_times, n_knots - 1)."""

    def cubed(knot: float) -> Floats:
        return np.maximum(s - knot, 0.0) ** 3

    *inner, before_last, last = knots.tolist()
    curved = [
        cubed(knot)
        - (last - knot) / (last - before_last) * cubed(before_last)
        + (before_last - knot) / (last - before_last) * cubed(last)
        for knot in inner
    ]
    return np.column_stack([s, *(column / (last - knots[0]) ** 2 for column in curved)])


def sentence(knots: Sequence[float]) -> str:
    """What a model says about time."""
    return (
        "A child's ratings by one informant follow a smooth curve, a natural cubic spline with "
        f"knots {listed(f'{knot:g}' for knot in knots)} (in units of the time column; the first "
        "and the last are its boundaries, beyond which it is straight): a level, read at the time "
        "origin, and one coefficient per piece of the curve, which have no meaning one by one."
    )


SHAPE = Shape(
    coefficients=coefficients,
    basis=basis,
    sentence=sentence,
    n_knots=FEWEST_KNOTS,
    too_few_knots=(
        f"must name at least {FEWEST_KNOTS} times for a natural spline: its two boundaries and "
        'what lies between; with two it is a straight line, shape = "linear"'
    ),
    legend=(
        "B: natural cubic splines with these knots, zero at the origin, as in Harrell (2015), "
        "section 2.4.5",
    ),
)
