"""Ratings have an average of their own at every occasion: visits as categories.

As in the usual analysis of a trial, nothing is assumed about the course. With the origin and the
knots as nodes the basis is :math:`(1, h_1(s), ..., h_m(s))`, h_n the hat function of the n-th knot:
1 there, 0 at the origin and at every other knot, straight between neighbours, flat beyond the
outer two. The level is then the rating at the origin and each coefficient the change from there to
one occasion, in rating points. Mallinckrodt et al. (2008), Drug Information Journal 42(4), 303-319.
"""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.phrases import listed
from bayes_alliance.specification.trajectories.shape import LEVEL, SUBSCRIPTS, Coefficient, Shape


def coefficients(n_knots: int) -> tuple[Coefficient, ...]:
    """The level, and the change from there to each of the other occasions."""
    changes = (
        Coefficient(name=f"change_{n}", factor=f"h{str(n).translate(SUBSCRIPTS)}(sᵢₜ)", knot=n)
        for n in range(1, n_knots + 1)
    )
    return LEVEL, *changes


def basis(s: Floats, knots: Floats) -> Floats:
    """`phi(s) = (1, h_1(s), ...)`."""
    # The level is the value at the origin, which is a node without a column.
    nodes = np.append(knots, 0.0)
    order = np.argsort(nodes)
    hats = np.eye(len(nodes))[order]
    columns = [np.interp(s, nodes[order], hats[:, knot]) for knot in range(len(knots))]
    return np.column_stack([np.ones_like(s), *columns])


def sentence(knots: Sequence[float]) -> str:
    """What a model says about time."""
    change, to = ("a change", "occasion") if len(knots) == 1 else ("changes", "occasions")
    return (
        "A child's ratings by one informant may have any course over the occasions, which are "
        f"categories: a level, read at the time origin, and {change} from there to the {to} at "
        f"{listed(f'{knot:g}' for knot in knots)} (in units of the time column). Where a rating "
        "between two occasions is spoken of, it lies on the straight line that joins them."
    )


SHAPE = Shape(
    coefficients=coefficients,
    basis=basis,
    sentence=sentence,
    n_knots=1,
    too_few_knots="must name all times at which ratings were given, other than the time origin",
    legend=(
        "hₙ(s): 1 at κₙ, 0 at the origin and at every other knot, straight between neighbours",
    ),
    only_at_knots=True,
)
