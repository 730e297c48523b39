r"""Priors as the sampler meets them: a product of densities of one coordinate each.

The sampler moves in an unconstrained vector `x` whose coordinates are of order one:

- a coefficient is `location + unit x`, with `x` standard normal or t;
- a standard deviation is `unit t(x)`, :math:`t(x) = x \Phi(x) + \varphi(x)`, with the density of
  its prior times :math:`\Phi(x)`;
- the excess of a censored rating beyond the end of its scale is `unit t(x)` too, with a flat
  density of its own;
- correlations are given by partial correlations `z = tanh(x)`, with density of `x`
  proportional to :math:`(1 - z^2)^b`.

Each prior says which coordinate is its own (`specification.priors`); here it gets a label. All
Jacobians and normalising constants are included.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.kernel import coordinates
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
    """

    label: str
    prior: str
    kind: int
    shape: float
    constant: float
    location: float
    unit: float


def standard_deviation(x: Floats) -> Floats:
    r"""Standard deviations of coordinates, in their unit.

    Returns
    -------
    array
        :math:`x \Phi(x) + \varphi(x)`, in the shape of x; see `kernel.coordinates.sd_and_slope`.
    """
    return x * ndtr(x) + np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)


def labelled(label: str, key: str, own: OfPrior) -> Coordinate:
    """The coordinate of a prior, for one number of a model."""
    return Coordinate(
        label=label,
        prior=key,
        kind=coordinates.KINDS[own.form],
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
    assert own is not None, f"a quantity of this kind with a prior without coordinate: {label}"
    return labelled(label, key, own)


def excess_coordinate(label: str, *, spread: float) -> Coordinate:
    """Coordinate of how far a censored rating lies beyond the end of its scale.

    Parameters
    ----------
    spread : float
        Half range of the scale, rating points. A fifth of it is the coordinate's unit, which
        matters to the sampler only.

    Returns
    -------
    Coordinate
        With a flat density of the excess: given everything else, the rating is normal, cut off at
        the end of the scale.
    """
    unit = spread / 5.0
    return Coordinate(
        label=label,
        prior="excess",
        kind=coordinates.EXCESS,
        shape=0.0,
        constant=math.log(unit),
        location=0.0,
        unit=unit,
    )
