"""The prior as a sum over coordinates, compiled; `priors` says what the numbers mean."""

import math
from collections.abc import Mapping

from numba import njit

from bayes_alliance.collapsed.kernel.arrays import COMPILED
from bayes_alliance.specification.priors.answers import Form

NORMAL, STUDENT_T, HALF_NORMAL, HALF_STUDENT_T, GAMMA, CORRELATION = range(6)
# Of numbers whose density a completion knows: of either sign, and above 0.
FREE, POSITIVE = 6, 7
# A share, and what it is as log odds.
SHARE, LOG_ODDS = 8, 9
SIGNED = frozenset({NORMAL, STUDENT_T, FREE})

# Numbers no smaller than this, times another, are not rounded to 0.
SMALL = 1e-150
# By the form that a prior says its coordinate has.
KINDS: Mapping[Form, int] = {
    "normal": NORMAL,
    "student_t": STUDENT_T,
    "half_normal": HALF_NORMAL,
    "half_student_t": HALF_STUDENT_T,
    "gamma": GAMMA,
    "partial_correlation": CORRELATION,
    "share": SHARE,
    "log_odds": LOG_ODDS,
}


@njit(**COMPILED)
def log_one_plus_exp(x: float) -> float:
    """`log(1 + exp(x))`, whatever the size of `x`."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@njit(**COMPILED)
def turned(x, parameters, coordinates):  # type: ignore[no-untyped-def]
    """Coordinates at a vector, `s + R z` the first of them; returns `log|R|`."""
    for i in range(len(x)):
        coordinates[i] = x[i]
    log_det = 0.0
    for i in range(len(parameters.shift)):
        total = parameters.shift[i]
        for j in range(i, len(parameters.shift)):
            total += parameters.turn[i, j] * x[j]
        coordinates[i] = total
        log_det += math.log(parameters.turn[i, i])
    return log_det


@njit(**COMPILED)
def turn_back(parameters, gradient):  # type: ignore[no-untyped-def]
    """From derivatives by coordinates to those by the vector, `R' d`, in their place."""
    for j in range(len(parameters.shift) - 1, -1, -1):
        total = 0.0
        for i in range(j + 1):
            total += parameters.turn[i, j] * gradient[i]
        gradient[j] = total


@njit(**COMPILED)
def sd_and_slopes(x):  # type: ignore[no-untyped-def]
    r"""Standard deviation of a coordinate, in its unit, with first and second derivative.

    :math:`t(x) = x \Phi(x) + \varphi(x)`, the integral of the normal distribution function: `x`
    where `x` is large, positive everywhere. A density of `t` that is flat towards zero thus becomes
    one of `x` with normal tails, where the sampler's steps fit; under `exp(x)` it would fall off so
    slowly that chains wander.
    """
    area = 0.5 * math.erfc(-x / math.sqrt(2.0))
    density = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    return x * area + density, area, density


@njit(**COMPILED)
def log_prior_and_gradient(x, kinds, numbers, point, gradient):  # type: ignore[no-untyped-def]
    """Log density of the unconstrained coordinates under the priors.

    Parameters
    ----------
    x : array, shape (n,)
    kinds : array of int, shape (n,)
    numbers : array, shape (n, 4)
        Shape, constant, location, unit; of a share the location is its second shape.
    point : Point
        Receives coefficients and standard deviations in rating points, partial correlations, and
        their slopes.
    gradient : array, shape (n,)
    """
    total, product = 0.0, 1.0
    values, slopes = point.values, point.slopes
    for i in range(len(x)):
        kind, shape, unit = kinds[i], numbers[i, 0], numbers[i, 3]
        total += numbers[i, 1]
        if kind in (NORMAL, STUDENT_T, FREE):
            values[i] = numbers[i, 2] + unit * x[i]
            slopes[i] = unit
            if kind == NORMAL:
                total -= 0.5 * x[i] * x[i]
                gradient[i] = -x[i]
            elif kind == STUDENT_T:
                total -= 0.5 * (shape + 1.0) * math.log1p(x[i] * x[i] / shape)
                gradient[i] = -(shape + 1.0) * x[i] / (shape + x[i] * x[i])
            else:
                gradient[i] = 0.0
        elif kind == CORRELATION:
            z = math.tanh(x[i])
            away = abs(x[i])
            log_cosh = away + math.log1p(math.exp(-2.0 * away)) - math.log(2.0)
            total -= 2.0 * shape * log_cosh
            gradient[i] = -2.0 * shape * z
            values[i] = z
            slopes[i] = 1.0 - z * z
        elif kind in (SHARE, LOG_ODDS):
            # Of either end the logarithm of what is left is exact.
            log_share, log_rest = -log_one_plus_exp(-x[i]), -log_one_plus_exp(x[i])
            share, second = math.exp(log_share), numbers[i, 2]
            total += shape * log_share + second * log_rest
            gradient[i] = shape * math.exp(log_rest) - second * share
            if kind == SHARE:
                values[i] = share
                slopes[i] = math.exp(log_share + log_rest)
            else:
                values[i] = x[i]
                slopes[i] = 1.0
        else:
            t, slope, curvature = sd_and_slopes(x[i])
            values[i] = unit * t
            slopes[i] = unit * slope
            # The Jacobian: its logarithm, and the derivative of that. A model with leaving has
            # hundreds of these: logarithms are taken of products, before they can underflow.
            if slope < SMALL:
                total += math.log(slope)
            else:
                product *= slope
            if product < SMALL:
                total += math.log(product)
                product = 1.0
            gradient[i] = curvature / slope
            if kind == HALF_NORMAL:
                total -= 0.5 * t * t
                gradient[i] -= t * slope
            elif kind == HALF_STUDENT_T:
                total -= 0.5 * (shape + 1.0) * math.log1p(t * t / shape)
                gradient[i] -= (shape + 1.0) * t / (shape + t * t) * slope
            elif kind == GAMMA:
                total += (shape - 1.0) * math.log(t) - t
                gradient[i] += ((shape - 1.0) / t - 1.0) * slope
    return total + math.log(product)
