r"""Priors as the sampler meets them: a product of densities of one coordinate each.

The sampler moves in an unconstrained vector `x` whose coordinates are of order one:

- a coefficient is `location + unit x`, with `x` standard normal or t;
- a standard deviation is `unit t(x)`, :math:`t(x) = x \Phi(x) + \varphi(x)`, with the density of
  its prior times :math:`\Phi(x)`;
- the excess of a censored rating beyond the end of its scale is `unit t(x)` too, with a flat
  density of its own;
- correlations are given by partial correlations `z = tanh(x)`, with density of `x`
  proportional to :math:`(1 - z^2)^b`.

The last is the LKJ distribution, exactly (`specification.correlation_prior`). All Jacobians and
normalising constants are included.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, log_ndtr, ndtr

from bayes_alliance.collapsed.kernel import coordinates
from bayes_alliance.specification import (
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    Normal,
    Prior,
    StudentT,
)

type Floats = NDArray[np.float64]

COEFFICIENTS = (coordinates.NORMAL, coordinates.STUDENT_T)


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

    def log_density(self, x: Floats) -> Floats:
        """Log density of the coordinate.

        Parameters
        ----------
        x : array

        Returns
        -------
        array
        """
        match self.kind:
            case coordinates.NORMAL:
                varying = -0.5 * x**2
            case coordinates.STUDENT_T:
                varying = -0.5 * (self.shape + 1.0) * np.log1p(x**2 / self.shape)
            case coordinates.HALF_NORMAL:
                varying = log_ndtr(x) - 0.5 * standard_deviation(x) ** 2
            case coordinates.HALF_STUDENT_T:
                squared = standard_deviation(x) ** 2
                varying = log_ndtr(x) - 0.5 * (self.shape + 1.0) * np.log1p(squared / self.shape)
            case coordinates.EXCESS:
                varying = log_ndtr(x)
            case coordinates.EXPONENTIAL | coordinates.GAMMA:
                t = standard_deviation(x)
                varying = log_ndtr(x) + (self.shape - 1.0) * np.log(t) - t
            case _:
                varying = -2.0 * self.shape * np.logaddexp(x, -x) + 2.0 * self.shape * np.log(2.0)
        return self.constant + varying


def standard_deviation(x: Floats) -> Floats:
    r"""Standard deviations of coordinates, in their unit.

    Parameters
    ----------
    x : array

    Returns
    -------
    array
        :math:`x \Phi(x) + \varphi(x)`; see `kernel.coordinates.soft`.
    """
    return x * ndtr(x) + np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)


def coefficient_coordinate(
    label: str, key: str, prior: Prior, *, factor: float, shift: float = 0.0
) -> Coordinate:
    """Coordinate of a coefficient.

    Parameters
    ----------
    prior : Normal or StudentT
        In units of the scale.
    factor, shift : float
        Rating points are ``shift + factor * (units of the scale)``.
    """
    match prior.scaled(factor, shift):
        case Normal(mean=location, sd=unit):
            kind, shape, constant = coordinates.NORMAL, 0.0, -0.5 * math.log(2.0 * math.pi)
        case StudentT(nu=shape, mean=location, scale=unit):
            kind, constant = coordinates.STUDENT_T, _t_constant(shape)
        case _:
            raise TypeError(f"{prior.distribution} is not a prior for coefficients")
    return Coordinate(
        label=label,
        prior=key,
        kind=kind,
        shape=shape,
        constant=constant,
        location=location,
        unit=unit,
    )


def sd_coordinate(label: str, key: str, prior: Prior, *, factor: float) -> Coordinate:
    """Coordinate of a standard deviation.

    Parameters
    ----------
    prior : HalfNormal, HalfStudentT, Exponential or Gamma
        In units of the scale.
    factor : float
        Rating points per unit of the scale.
    """
    match prior.scaled(factor):
        case HalfNormal(scale=unit):
            kind, shape, constant = coordinates.HALF_NORMAL, 0.0, 0.5 * math.log(2.0 / math.pi)
        case HalfStudentT(nu=shape, scale=unit):
            kind, constant = coordinates.HALF_STUDENT_T, math.log(2.0) + _t_constant(shape)
        case Exponential(rate=rate):
            kind, shape, constant, unit = coordinates.EXPONENTIAL, 1.0, 0.0, 1.0 / rate
        case Gamma(alpha=shape, beta=rate):
            kind, constant, unit = coordinates.GAMMA, -math.lgamma(shape), 1.0 / rate
        case _:
            raise TypeError(f"{prior.distribution} is not a prior for standard deviations")
    return Coordinate(
        label=label, prior=key, kind=kind, shape=shape, constant=constant, location=0.0, unit=unit
    )


def correlation_coordinate(label: str, key: str, *, shape: float) -> Coordinate:
    """Coordinate of one partial correlation of a correlation matrix.

    Parameters
    ----------
    shape : float
        The partial correlation is ``2 Beta(shape, shape) - 1`` (`LKJ.shapes`).
    """
    b = float(shape)
    return Coordinate(
        label=label,
        prior=key,
        kind=coordinates.CORRELATION,
        shape=b,
        constant=float(-(2.0 * b - 1.0) * math.log(2.0) - betaln(b, b)),
        location=0.0,
        unit=1.0,
    )


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


def _t_constant(nu: float) -> float:
    return math.lgamma((nu + 1.0) / 2.0) - math.lgamma(nu / 2.0) - 0.5 * math.log(nu * math.pi)
