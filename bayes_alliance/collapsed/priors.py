r"""Priors as the sampler meets them: a product of densities of one coordinate each.

The sampler moves in an unconstrained vector `x` whose coordinates are of order one:

==================  ==============================================  =============================
quantity            coordinate                                      density of the coordinate
==================  ==============================================  =============================
coefficient `g`     :math:`g = \mathrm{location} + \mathrm{unit}\,x`  standard normal or t
sd `s`              :math:`s = \mathrm{unit}\,e^x`                    of the prior, times :math:`e^x`
correlations        partial correlation :math:`z = \tanh x`           :math:`(1 - z^2)^b`, scaled
==================  ==============================================  =============================

The last row is the LKJ distribution, exactly: the partial correlation of row `i` and column `j`
given columns before `j` is, independently of all others, :math:`2\,\mathrm{Beta}(b_j, b_j) - 1` with
:math:`b_j = \eta + (n - 2 - j) / 2` (Lewandowski, Kurowicka and Joe 2009). All Jacobians and
normalising constants are included.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import betaln

from bayes_alliance.specification import (
    LKJ,
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    Normal,
    Prior,
    StudentT,
)

type Floats = NDArray[np.float64]

NORMAL, STUDENT_T, HALF_NORMAL, HALF_STUDENT_T, EXPONENTIAL, GAMMA, CORRELATION = range(7)
COEFFICIENTS = (NORMAL, STUDENT_T)


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
            case 0:
                varying = -0.5 * x**2
            case 1:
                varying = -0.5 * (self.shape + 1.0) * np.log1p(x**2 / self.shape)
            case 2:
                varying = x - 0.5 * np.exp(2.0 * x)
            case 3:
                squared = np.exp(2.0 * x)
                varying = x - 0.5 * (self.shape + 1.0) * np.log1p(squared / self.shape)
            case 4 | 5:
                varying = self.shape * x - np.exp(x)
            case _:
                varying = -2.0 * self.shape * np.logaddexp(x, -x) + 2.0 * self.shape * np.log(2.0)
        return self.constant + varying


def coefficient_coordinate(
    label: str, key: str, prior: Prior, *, factor: float, shift: float = 0.0
) -> Coordinate:
    """Coordinate of a coefficient.

    Parameters
    ----------
    label, key : str
    prior : Normal or StudentT
        In units of the scale.
    factor, shift : float
        Rating points are ``shift + factor * (units of the scale)``.

    Returns
    -------
    Coordinate
    """
    match prior.scaled(factor, shift):
        case Normal(mean=location, sd=unit):
            kind, shape, constant = NORMAL, 0.0, -0.5 * math.log(2.0 * math.pi)
        case StudentT(nu=shape, mean=location, scale=unit):
            kind, constant = STUDENT_T, _t_constant(shape)
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
    label, key : str
    prior : HalfNormal, HalfStudentT, Exponential or Gamma
        In units of the scale.
    factor : float
        Rating points per unit of the scale.

    Returns
    -------
    Coordinate
    """
    match prior.scaled(factor):
        case HalfNormal(scale=unit):
            kind, shape, constant = HALF_NORMAL, 0.0, 0.5 * math.log(2.0 / math.pi)
        case HalfStudentT(nu=shape, scale=unit):
            kind, constant = HALF_STUDENT_T, math.log(2.0) + _t_constant(shape)
        case Exponential(rate=rate):
            kind, shape, constant, unit = EXPONENTIAL, 1.0, 0.0, 1.0 / rate
        case Gamma(alpha=shape, beta=rate):
            kind, constant, unit = GAMMA, -math.lgamma(shape), 1.0 / rate
        case _:
            raise TypeError(f"{prior.distribution} is not a prior for standard deviations")
    return Coordinate(
        label=label, prior=key, kind=kind, shape=shape, constant=constant, location=0.0, unit=unit
    )


def correlation_coordinate(label: str, key: str, prior: Prior, *, n: int, column: int) -> Coordinate:
    """Coordinate of one partial correlation of a correlation matrix.

    Parameters
    ----------
    label, key : str
    prior : LKJ
    n : int
        Rows of the correlation matrix.
    column : int
        Column of the partial correlation, 0 to n - 2.

    Returns
    -------
    Coordinate
    """
    if not isinstance(prior, LKJ):
        raise TypeError(f"{prior.distribution} is not a prior for correlations")
    b = prior.eta + 0.5 * (n - 2 - column)
    return Coordinate(
        label=label,
        prior=key,
        kind=CORRELATION,
        shape=b,
        constant=float(-(2.0 * b - 1.0) * math.log(2.0) - betaln(b, b)),
        location=0.0,
        unit=1.0,
    )


def _t_constant(nu: float) -> float:
    return math.lgamma((nu + 1.0) / 2.0) - math.lgamma(nu / 2.0) - 0.5 * math.log(nu * math.pi)


@njit(cache=True, error_model="numpy")
def log_prior_and_gradient(x, kinds, numbers, values, gradient):  # type: ignore[no-untyped-def]
    """Log density of the unconstrained coordinates under the priors.

    Parameters
    ----------
    x : array, shape (n,)
    kinds : array of int, shape (n,)
    numbers : array, shape (n, 4)
        Shape, constant, location, unit.
    values : array, shape (n,)
        Receives coefficients and standard deviations in rating points, partial correlations.
    gradient : array, shape (n,)

    Returns
    -------
    float
    """
    total = 0.0
    for i in range(len(x)):
        kind, shape, unit = kinds[i], numbers[i, 0], numbers[i, 3]
        total += numbers[i, 1]
        if kind == NORMAL:
            total -= 0.5 * x[i] * x[i]
            gradient[i] = -x[i]
            values[i] = numbers[i, 2] + unit * x[i]
        elif kind == STUDENT_T:
            total -= 0.5 * (shape + 1.0) * math.log1p(x[i] * x[i] / shape)
            gradient[i] = -(shape + 1.0) * x[i] / (shape + x[i] * x[i])
            values[i] = numbers[i, 2] + unit * x[i]
        elif kind == CORRELATION:
            z = math.tanh(x[i])
            away = abs(x[i])
            log_cosh = away + math.log1p(math.exp(-2.0 * away)) - math.log(2.0)
            total -= 2.0 * shape * log_cosh
            gradient[i] = -2.0 * shape * z
            values[i] = z
        else:
            t = math.exp(x[i])
            values[i] = unit * t
            if kind == HALF_NORMAL:
                total += x[i] - 0.5 * t * t
                gradient[i] = 1.0 - t * t
            elif kind == HALF_STUDENT_T:
                total += x[i] - 0.5 * (shape + 1.0) * math.log1p(t * t / shape)
                gradient[i] = 1.0 - (shape + 1.0) * t * t / (shape + t * t)
            else:
                total += shape * x[i] - t
                gradient[i] = shape - t
    return total

