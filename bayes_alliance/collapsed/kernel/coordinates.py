"""The prior as a sum over coordinates, compiled; `priors` says what the numbers mean."""

import math

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED

NORMAL, STUDENT_T, HALF_NORMAL, HALF_STUDENT_T, EXPONENTIAL, GAMMA, CORRELATION = range(7)


@njit(**COMPILED)
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
