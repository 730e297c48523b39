r"""From the sampler's unconstrained vector to the likelihood's parameters, and derivatives back.

A covariance `S = L L'` is parametrised by standard deviations `s` and partial correlations `z`. For
a correlated structure (Lewandowski, Kurowicka and Joe 2009)

.. math:: L_{ij} = s_i\, z_{ij} \prod_{h<j} \sqrt{1 - z_{ih}^2}, \qquad
          L_{ii} = s_i \prod_{h<i} \sqrt{1 - z_{ih}^2};

for an independent one `L` is diagonal; for one common factor with standardised loadings `z`,

.. math:: L = \big[\, s z \;\big|\; \mathrm{diag}(s \sqrt{1 - z^2}) \,\big].

Standard deviations come from coordinates by `coordinates.soft`, partial correlations by `tanh`.
Elements of `L` that are not fixed at zero are stored column by column, as the likelihood takes
them.
"""

import math

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED
from bayes_alliance.collapsed.kernel.coordinates import soft

INDEPENDENT, CORRELATED, COMMON_FACTOR = range(3)

# Columns of the table of covariances that the functions below take, one row per covariance.
STRUCTURE, N_TERMS, FIRST_SD, FIRST_CORRELATION, PLACE, IS_RESIDUAL = range(6)


@njit(**COMPILED)
def parameters_from(x, values, n_coefficients, table, parameters, roots):  # type: ignore[no-untyped-def]
    """Write the likelihood's parameters.

    Parameters
    ----------
    x, values : array, shape (n,)
        Unconstrained coordinates and their values in rating points (`priors`).
    n_coefficients : int
        Coordinates of coefficients; they come first.
    table : array of int, shape (n_covariances, 6)
        Structure, number of terms, first coordinate of the standard deviations and of the partial
        correlations, place of the result among the parameters, whether it is the residual's.
    parameters : array
        As in `log_likelihood_and_gradient`.
    roots : array, shape (K * (K + 1),)
        Scratch; its first half receives the square root of the residual covariance.
    """
    parameters[:n_coefficients] = values[:n_coefficients]
    for row in table:
        n = row[N_TERMS]
        if not row[IS_RESIDUAL]:
            _write_root(x, values, row, parameters[row[PLACE] :])
            continue
        _write_root(x, values, row, roots)
        for i in range(n):
            for j in range(n):
                total = 0.0
                for h in range(min(i, j) + 1):
                    left, right = _element(roots, row, i, h), _element(roots, row, j, h)
                    total += left * right
                parameters[row[PLACE] + i * n + j] = total


@njit(**COMPILED)
def _element(root, row, i, j):  # type: ignore[no-untyped-def]
    """Element of the residual's square root, `j <= i`."""
    n = row[N_TERMS]
    if row[STRUCTURE] == CORRELATED:
        return root[j * n - j * (j - 1) // 2 + i - j]
    return root[i] if i == j else 0.0


@njit(**COMPILED)
def _write_root(x, values, row, out):  # type: ignore[no-untyped-def]
    n, sd, cor = row[N_TERMS], row[FIRST_SD], row[FIRST_CORRELATION]
    if row[STRUCTURE] == INDEPENDENT:
        for i in range(n):
            out[i] = values[sd + i]
    elif row[STRUCTURE] == CORRELATED:
        place = cor
        for i in range(n):
            left = values[sd + i]
            for j in range(i):
                out[j * n - j * (j - 1) // 2 + i - j] = left * values[place]
                left *= _sech(x[place])
                place += 1
            out[i * n - i * (i - 1) // 2] = left
    else:
        for i in range(n):
            out[i] = values[sd + i] * values[cor + i]
            out[n + i] = values[sd + i] * _sech(x[cor + i])


@njit(**COMPILED)
def _sech(x):  # type: ignore[no-untyped-def]
    """`sqrt(1 - tanh(x)^2)`, accurate where the correlation is almost one."""
    small = math.exp(-abs(x))
    return 2.0 * small / (1.0 + small * small)


@njit(**COMPILED)
def _relative_slope(x):  # type: ignore[no-untyped-def]
    """Derivative of the logarithm of a standard deviation by its coordinate."""
    t, slope = soft(x)
    return slope / t


@njit(**COMPILED)
def add_gradient(  # type: ignore[no-untyped-def]
    x, values, numbers, n_coefficients, table, parameters, roots, by_parameter, gradient
):
    """Chain derivatives by the likelihood's parameters to the unconstrained coordinates.

    Parameters
    ----------
    x, values : array, shape (n,)
    numbers : array, shape (n, 4)
        As in `log_prior_and_gradient`.
    n_coefficients, table, parameters, roots
        As in `parameters_from`, after it was called.
    by_parameter : array
        Derivatives by the parameters.
    gradient : array, shape (n,)
        Derivatives are added to it.
    """
    for i in range(n_coefficients):
        gradient[i] += by_parameter[i] * numbers[i, 3]
    for row in table:
        place, n = row[PLACE], row[N_TERMS]
        if not row[IS_RESIDUAL]:
            _add_root_gradient(x, values, row, parameters[place:], by_parameter[place:], gradient)
            continue
        # `dL = 2 dS L`, in the second half of the scratch array.
        half = len(roots) // 2
        for j in range(n):
            for i in range(j, n):
                if i > j and row[STRUCTURE] == INDEPENDENT:
                    continue
                total = 0.0
                for h in range(j, n):
                    total += 2.0 * by_parameter[place + i * n + h] * _element(roots, row, h, j)
                position = j * n - j * (j - 1) // 2 + i - j
                roots[half + (position if row[STRUCTURE] == CORRELATED else i)] = total
        _add_root_gradient(x, values, row, roots, roots[half:], gradient)


@njit(**COMPILED)
def _add_root_gradient(x, values, row, root, by_root, gradient):  # type: ignore[no-untyped-def]
    n, sd, cor = row[N_TERMS], row[FIRST_SD], row[FIRST_CORRELATION]
    if row[STRUCTURE] == INDEPENDENT:
        for i in range(n):
            gradient[sd + i] += by_root[i] * root[i] * _relative_slope(x[sd + i])
    elif row[STRUCTURE] == CORRELATED:
        coordinate = cor
        for i in range(n):
            # Derivative by the logarithm of whatever scales columns j, j + 1, ... of this row.
            scaling = 0.0
            for j in range(i + 1):
                element = j * n - j * (j - 1) // 2 + i - j
                scaling += by_root[element] * root[element]
            gradient[sd + i] += scaling * _relative_slope(x[sd + i])
            left = values[sd + i]
            for j in range(i):
                element = j * n - j * (j - 1) // 2 + i - j
                scaling -= by_root[element] * root[element]
                s = _sech(x[coordinate])
                gradient[coordinate] += by_root[element] * left * s * s
                gradient[coordinate] -= values[coordinate] * scaling
                left *= s
                coordinate += 1
    else:
        for i in range(n):
            unique = by_root[n + i] * root[n + i]
            gradient[sd + i] += (by_root[i] * root[i] + unique) * _relative_slope(x[sd + i])
            gradient[cor + i] -= values[cor + i] * unique
            gradient[cor + i] += by_root[i] * root[n + i] * _sech(x[cor + i])
