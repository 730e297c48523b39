r"""From the sampler's coordinates to the square roots of covariances, and derivatives back.

A covariance `S = L L'` is parametrised by standard deviations `s` and partial correlations `z`. For
a correlated structure (Lewandowski, Kurowicka and Joe 2009)

.. math:: L_{ij} = s_i\, z_{ij} \prod_{h<j} \sqrt{1 - z_{ih}^2}, \qquad
          L_{ii} = s_i \prod_{h<i} \sqrt{1 - z_{ih}^2};

for an independent one `L` is diagonal; for common factors with standardised loadings `z`, a column
for each factor,

.. math:: L = \big[\, s z \;\big|\; \mathrm{diag}(s \sqrt{1 - z^2}) \,\big].

Standard deviations come from coordinates by `coordinates.sd_and_slopes`, partial correlations by
`tanh`.

The density of correlations may have a factor beside those of the coordinates, by the average
correlation of the first `n` rows: with `L_i` the rows of the square root of the correlations,

.. math:: \log f = c - a \Big[ \frac{1}{n} \log \Big| \sum_i L_i \Big|^2
          + \log \sum_{i<j} |L_i - L_j|^2 - \Big( \frac{1}{n} + 1 \Big) \log n^2 \Big],

in which nothing cancels where all informants nearly agree.
"""

import math

from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Given, Parameters, Point
from bayes_alliance.collapsed.kernel.coordinates import sd_and_slopes

INDEPENDENT, CORRELATED, COMMON_FACTOR = range(3)


@njit(**COMPILED)
def write_covariances(x: Floats, parameters: Parameters, given: Given, point: Point) -> None:
    """`L` of every level, and `S = L L'` of the residuals."""
    for covariance in range(len(parameters.level)):
        level = parameters.level[covariance]
        if level >= 0:
            _write_root(x, point.values, covariance, parameters, given.root[level])
            continue
        root = point.residual_root[0]
        _write_root(x, point.values, covariance, parameters, root)
        for i in range(len(root)):
            for j in range(len(root)):
                total = 0.0
                for k in range(min(i, j) + 1):
                    total += root[i, k] * root[j, k]
                given.cov[i, j] = total
                point.residual_root[1, i, j] = 0.0


@njit(**COMPILED)
def add_by_covariances(
    x: Floats, parameters: Parameters, given: Given, by: Given, point: Point, gradient: Floats
) -> None:
    """Chain `d/dL` of every level, and `d/dL = 2 d/dS L` of the residuals, to the coordinates."""
    for covariance in range(len(parameters.level)):
        level = parameters.level[covariance]
        if level >= 0:
            root, by_root = given.root[level], by.root[level]
            _add_by_root(x, point.values, covariance, parameters, root, by_root, gradient)
            continue
        root, by_root = point.residual_root[0], point.residual_root[1]
        for i in range(len(root)):
            for j in range(i + 1):
                total = 0.0
                for k in range(j, len(root)):
                    total += 2.0 * by.cov[i, k] * root[k, j]
                by_root[i, j] += total
        _add_by_root(x, point.values, covariance, parameters, root, by_root, gradient)


@njit(**COMPILED)
def _write_root(
    x: Floats, values: Floats, covariance: int, parameters: Parameters, root: Floats
) -> None:
    """`L` from standard deviations and partial correlations; elements fixed at zero stay so."""
    n, row = parameters.n_varying[covariance], parameters.row[covariance]
    sd, cor = parameters.first_sd[covariance], parameters.first_correlation[covariance]
    structure, factor = parameters.structure[covariance], parameters.factor[covariance]
    if structure == INDEPENDENT:
        for i in range(n):
            root[row[i], i] = values[sd + i]
    elif structure == CORRELATED:
        place = cor
        for i in range(n):
            _write_row(x, values, place, i, values[sd + i], root[row[i]])
            place += i
    else:
        n_factors = factor[n - 1] + 1
        for i in range(n):
            root[row[i], factor[i]] = values[sd + i] * values[cor + i]
            root[row[i], n_factors + i] = values[sd + i] * _sech(x[cor + i])


@njit(**COMPILED)
def _add_by_root(
    x: Floats,
    values: Floats,
    covariance: int,
    parameters: Parameters,
    root: Floats,
    by_root: Floats,
    gradient: Floats,
) -> None:
    """Add derivatives by the coordinates, given those by `L`."""
    n, row = parameters.n_varying[covariance], parameters.row[covariance]
    sd, cor = parameters.first_sd[covariance], parameters.first_correlation[covariance]
    structure, factor = parameters.structure[covariance], parameters.factor[covariance]
    if structure == INDEPENDENT:
        for i in range(n):
            scaling = by_root[row[i], i] * root[row[i], i]
            gradient[sd + i] += scaling * _relative_slope(x[sd + i])
    elif structure == CORRELATED:
        coordinate = cor
        for i in range(n):
            own, by_own = root[row[i]], by_root[row[i]]
            scaling = _add_by_row(x, values, coordinate, i, values[sd + i], own, by_own, gradient)
            gradient[sd + i] += scaling * _relative_slope(x[sd + i])
            coordinate += i
    else:
        n_factors = factor[n - 1] + 1
        for i in range(n):
            by_loading, loading = by_root[row[i], factor[i]], root[row[i], factor[i]]
            by_unique, unique = by_root[row[i], n_factors + i], root[row[i], n_factors + i]
            scaling = by_loading * loading + by_unique * unique
            gradient[sd + i] += scaling * _relative_slope(x[sd + i])
            gradient[cor + i] += by_loading * unique * _sech(x[cor + i])
            gradient[cor + i] -= values[cor + i] * by_unique * unique


@njit(**COMPILED)
def _write_row(x: Floats, values: Floats, first: int, i: int, scale: float, root: Floats) -> None:
    """Row `i` of a square root, its partial correlations at `first` and after."""
    for j in range(i):
        root[j] = scale * values[first + j]
        scale *= _sech(x[first + j])
    root[i] = scale


@njit(**COMPILED)
def _add_by_row(
    x: Floats,
    values: Floats,
    first: int,
    i: int,
    scale: float,
    root: Floats,
    by_root: Floats,
    gradient: Floats,
) -> float:
    """Add derivatives by its partial correlations; returns that by the logarithm of its scale."""
    whole = 0.0
    for j in range(i + 1):
        whole += by_root[j] * root[j]
    # By the logarithm of what scales columns j, j + 1, ...
    scaling = whole
    for j in range(i):
        scaling -= by_root[j] * root[j]
        s = _sech(x[first + j])
        gradient[first + j] += by_root[j] * scale * s * s
        gradient[first + j] -= values[first + j] * scaling
        scale *= s
    return whole


@njit(**COMPILED)
def add_average_factors(x: Floats, parameters: Parameters, point: Point, gradient: Floats) -> float:
    """Log density that correlations have by their average; derivatives are added."""
    total = 0.0
    for covariance in range(len(parameters.level)):
        n = parameters.n_averaged[covariance]
        if n == 0:
            continue
        first = parameters.first_correlation[covariance]
        exponent = parameters.by_average[covariance, 0]
        total += parameters.by_average[covariance, 1]
        root, by_root = point.unit_root[0], point.unit_root[1]
        place = first
        for i in range(n):
            _write_row(x, point.values, place, i, 1.0, root[i])
            place += i
        together, apart = 0.0, 0.0
        for j in range(n):
            # Above the diagonal the root is zero.
            column = 0.0
            for i in range(j, n):
                column += root[i, j]
            together += column * column
            for i in range(n):
                by_root[i, j] = column
            for i in range(j, n):
                for h in range(i):
                    distance = root[i, j] - (root[h, j] if h >= j else 0.0)
                    apart += distance * distance
        n_squared = float(n * n)
        total -= exponent * (math.log(together / n_squared) / n + math.log(apart / n_squared))
        place = first
        for i in range(n):
            for j in range(i + 1):
                away = 0.0
                for h in range(n):
                    away += root[i, j] - (root[h, j] if h >= j else 0.0)
                by_root[i, j] = -2.0 * exponent * (by_root[i, j] / (n * together) + away / apart)
            _add_by_row(x, point.values, place, i, 1.0, root[i], by_root[i], gradient)
            place += i
    return total


@njit(**COMPILED)
def _sech(x: float) -> float:
    """`sqrt(1 - tanh(x)^2)`, accurate where the correlation is almost one."""
    small = math.exp(-abs(x))
    return 2.0 * small / (1.0 + small * small)


@njit(**COMPILED)
def _relative_slope(x: float) -> float:
    """Derivative of the logarithm of a standard deviation by its coordinate."""
    t, slope, _ = sd_and_slopes(x)
    return slope / t
