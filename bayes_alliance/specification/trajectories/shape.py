"""What a shape of a trajectory is: a `Shape` answers all who ask.

A shape is one file of this folder, which holds one value, ``SHAPE``: its growth coefficients, what
each of them is multiplied by, the knots it needs, and what it says in words and in symbols. Times
come scaled, ``s = (time - origin) / per``, knots as well, so that nothing here knows any ratings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Floats

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """A growth coefficient of a shape.

    Parameters
    ----------
    name : str
        As in model files and results.
    factor : str
        What it is multiplied by in the equation of the rating; empty for the level.
    is_rate : bool
        Whether it is a change per unit of scaled time.
    words : str
        How it is said; empty: as its name, with spaces.
    knot : int
        Number of the knot, counted from 1, to which it is the change from the origin; 0: of none.
    """

    name: str
    factor: str
    is_rate: bool = False
    words: str = ""
    knot: int = 0


LEVEL = Coefficient(name="level", factor="")
SLOPE = Coefficient(name="slope", factor="sᵢₜ", is_rate=True)


@dataclass(frozen=True, kw_only=True)
class Shape:
    r"""How ratings of one child by one informant may move over time.

    Parameters
    ----------
    coefficients : callable
        From the number of knots to the growth coefficients, the level first.
    basis : callable
        From scaled times (n_times,) and scaled knots to `phi(s)`, shape (n_times, n_coefficients).
    sentence : callable
        From the knots, in units of the time column, to what the model says about time.
    n_knots : int
        Knots it needs at the least; 0: it has none.
    too_few_knots : str
        What is said where there are fewer.
    legend : tuple of str
        Meaning of the symbols that only this shape uses.
    starts_after : float
        Scaled time that all times must exceed.
    is_straight : bool
        Whether ratings change by the same amount in every unit of time, so that the slope, if there
        is one, is the change.
    only_at_knots : bool
        Whether ratings lie at the origin and at all knots, and at no other time.
    """

    coefficients: Callable[[int], tuple[Coefficient, ...]]
    basis: Callable[[Floats, Floats], Floats]
    sentence: Callable[[Sequence[float]], str]
    n_knots: int = 0
    too_few_knots: str = ""
    legend: tuple[str, ...] = ()
    starts_after: float = -np.inf
    is_straight: bool = False
    only_at_knots: bool = False


def knot_symbol(number: int) -> str:
    """The symbol of a knot, counted from 1: ``"κ₁"``."""
    return f"κ{str(number).translate(SUBSCRIPTS)}"
