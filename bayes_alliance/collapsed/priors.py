r"""Priors as the sampler meets them: a product of densities of one coordinate each.

The sampler moves in an unconstrained vector `x` whose coordinates are of order one:

- a coefficient is `location + unit x`, with `x` standard normal or t;
- a standard deviation is `unit t(x)`, :math:`t(x) = x \Phi(x) + \varphi(x)`, with the density of
  its prior times :math:`\Phi(x)`;
- a share, between 0 and 1, is `1 / (1 + exp(-x))`, with the density of its prior times the slope;
  where what counts are its log odds, they are `x`;
- numbers that complete ratings are one or the other, and `completions` know their density;
- correlations are given by partial correlations `z = tanh(x)`, with density of `x`
  proportional to :math:`(1 - z^2)^b`.

Each prior says which coordinate is its own (`specification.priors`); here it gets a label. All
Jacobians and normalising constants are included.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.kernel import coordinates as kernel
from bayes_alliance.specification.priors import Coordinate as OfPrior
from bayes_alliance.specification.priors import NumberPrior


@dataclass(frozen=True, kw_only=True)
class Coordinate:
    """One coordinate of the unconstrained vector.

    Parameters
    ----------
    label : str
        ``"level[child]"``, ``"child_sd[child,level]"``, ``"child_cor[child,level;...]"``.
    prior : str
        Key of the prior in the specification.
    kind : int
        Which density.
    shape : float
        Degrees of freedom, shape of the gamma, or `b` of a partial correlation.
    constant : float
        Logarithm of the normalising constant.
    location, unit : float
        What turns the coordinate into rating points.
    start : float
        About where sampling starts.
    """

    label: str
    prior: str
    kind: int
    shape: float = 0.0
    constant: float = 0.0
    location: float = 0.0
    unit: float = 1.0
    start: float = 0.0


def standard_deviation(x: Floats) -> Floats:
    r"""Standard deviations of coordinates, in their unit.

    Returns
    -------
    array
        :math:`x \Phi(x) + \varphi(x)`, in the shape of x; see `kernel.coordinates.sd_and_slopes`.
    """
    return x * ndtr(x) + np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)


def labelled(label: str, key: str, own: OfPrior) -> Coordinate:
    """The coordinate of a prior, for one number of a model."""
    return Coordinate(
        label=label,
        prior=key,
        kind=kernel.KINDS[own.form],
        shape=own.shape,
        constant=own.constant,
        location=own.location,
        unit=own.unit,
    )


def of_number(
    label: str, key: str, prior: NumberPrior, *, factor: float, shift: float = 0.0
) -> Coordinate:
    """Coordinate of a coefficient or standard deviation.

    Parameters
    ----------
    prior : NumberPrior
        In units of the scale.
    factor, shift : float
        Rating points are ``shift + factor * (units of the scale)``.
    """
    own = prior.scaled(factor, shift).coordinate
    return labelled(label, key, own)


def standard_normal(label: str, key: str, *, unit: float = 1.0) -> Coordinate:
    """Coordinate of a number with a normal prior around zero, whose sd is its unit."""
    constant = -0.5 * math.log(2.0 * math.pi)
    return Coordinate(label=label, prior=key, kind=kernel.NORMAL, constant=constant, unit=unit)


def placed_normal(label: str, key: str) -> Coordinate:
    """Coordinate of a number that follows, with others, from standard normal ones.

    The completion that makes them knows their density but for this constant.
    """
    return Coordinate(
        label=label, prior=key, kind=kernel.FREE, constant=-0.5 * math.log(2.0 * math.pi)
    )


def standard_half_normal(label: str, key: str) -> Coordinate:
    """Coordinate of the size of a standard normal number."""
    return Coordinate(
        label=label, prior=key, kind=kernel.HALF_NORMAL, constant=0.5 * math.log(2.0 / math.pi)
    )


def values_of(coordinates: Sequence[Coordinate], x: Floats) -> Floats:
    """What coordinates say, as the kernel computes it, but for partial correlations.

    Parameters
    ----------
    x : array, shape (..., n)

    Returns
    -------
    array, shape (..., n)
        In rating points or the unit that the number has.
    """
    location, unit = (
        np.array([getattr(one, name) for one in coordinates], dtype=np.float64)
        for name in ("location", "unit")
    )
    shares, odds = (
        np.array([one.kind == kind for one in coordinates], dtype=bool)
        for kind in (kernel.SHARE, kernel.LOG_ODDS)
    )
    signed = np.array([one.kind in kernel.SIGNED for one in coordinates], dtype=bool)
    values = np.where(signed, location + unit * x, unit * standard_deviation(x))
    return np.where(odds, x, np.where(shares, expit(x), values))
