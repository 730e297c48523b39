r"""Effects of children, therapists and clinics integrated out of given child densities.

Given everything else, the log density of child `i`'s ratings is quadratic in the sum `t` of the
effects it lives under,

.. math:: \ell_i(t) = c_i + b_i't - \tfrac12 t'A_i t .

A unit with effects :math:`u \sim N(0, LL')` and data `(A, b)` below it hands on

.. math::
   \Lambda = A - Y'Y, \quad h = b - Y'z, \quad -\tfrac12 \log|M| + \tfrac12 z'z, \qquad
   M = I + L'AL = CC', \; X = C^{-1}L', \; Y = XA, \; z = Xb,

and its parent adds up what its units hand on. Downwards, with mean `m` and covariance `V` of the
effects above a unit, those of the sum including its own are

.. math:: m + X'(z - Ym), \qquad (I - X'Y)\,V\,(I - Y'X) + X'X,

and the gradient of the log density by :math:`LL'` is the sum over units of
:math:`\tfrac12(gg' - \Lambda + \Lambda V \Lambda)`, :math:`g = h - \Lambda m`. Nothing is inverted
that can be singular, so a standard deviation may be zero.
"""

import numba
import numpy as np

# What lets loops be vectorised, and still knows NaN from a number.
FAST = {"reassoc", "contract", "nsz", "arcp"}


@numba.njit(cache=True, fastmath=FAST)
def solved(information, root, rank):  # type: ignore[no-untyped-def]
    """`X` of the module's formulas, and the log determinant of `M`.

    Parameters
    ----------
    information : array, shape (q, q)
        `A`.
    root : array, shape (q, at least rank)
        `L`.
    rank : int
        Columns of `L` that count.

    Returns
    -------
    array, shape (rank, q)
    float
    """
    q = len(information)
    x = np.empty((rank, q))
    if rank == 0:
        return x, 0.0
    below = np.zeros((q, rank))
    for i in range(q):
        for j in range(q):
            a = information[i, j]
            if a != 0.0:
                for k in range(rank):
                    below[i, k] += a * root[j, k]
    chol = np.zeros((rank, rank))
    log_det = 0.0
    for i in range(rank):
        for j in range(i + 1):
            total = 1.0 if i == j else 0.0
            for k in range(q):
                total += root[k, i] * below[k, j]
            for k in range(j):
                total -= chol[i, k] * chol[j, k]
            if i == j:
                chol[i, i] = np.sqrt(total) if total > 0.0 else np.nan
                log_det += 2.0 * np.log(chol[i, i])
            else:
                chol[i, j] = total / chol[j, j]
    for i in range(rank):
        for k in range(q):
            x[i, k] = root[k, i]
        for j in range(i):
            factor = chol[i, j]
            for k in range(q):
                x[i, k] -= factor * x[j, k]
        for k in range(q):
            x[i, k] /= chol[i, i]
    return x, log_det


@numba.njit(cache=True, fastmath=FAST)
def _upwards(information, score, roots, ranks, level, parent):  # type: ignore[no-untyped-def]
    """Hand on from units to their parents; return the log density, and `X`, `Y`, `z` of all."""
    n_units, q = score.shape
    most = roots.shape[2]
    xs, ys = np.zeros((n_units, most, q)), np.zeros((n_units, most, q))
    zs = np.zeros((n_units, most))
    log_density = 0.0
    for unit in range(n_units):
        rank = ranks[level[unit]]
        x, log_det = solved(information[unit], roots[level[unit]], rank)
        log_density -= 0.5 * log_det
        y, z = ys[unit], zs[unit]
        for i in range(rank):
            for k in range(q):
                xs[unit, i, k] = x[i, k]
                z[i] += x[i, k] * score[unit, k]
                a = x[i, k]
                for j in range(q):
                    y[i, j] += a * information[unit, k, j]
            log_density += 0.5 * z[i] * z[i]
        for i in range(rank):
            for k in range(q):
                score[unit, k] -= y[i, k] * z[i]
                a = y[i, k]
                for j in range(q):
                    information[unit, k, j] -= a * y[i, j]
        if parent[unit] >= 0:
            above = parent[unit]
            for k in range(q):
                score[above, k] += score[unit, k]
                for j in range(q):
                    information[above, k, j] += information[unit, k, j]
    return log_density, (xs, ys, zs)


@numba.njit(cache=True, fastmath=FAST)
def _downwards(information, score, solution, ranks, level, parent):  # type: ignore[no-untyped-def]
    """Gradient by the covariance of every level; mean and covariance of the effects."""
    n_units, q = score.shape
    xs, ys, zs = solution
    mean, cov = np.zeros((n_units, q)), np.zeros((n_units, q, q))
    by_cov = np.zeros((len(ranks), q, q))
    gradient, work, shrunk = np.empty(q), np.empty((q, q)), np.empty((q, q))
    for unit in range(n_units - 1, -1, -1):
        rank, own = ranks[level[unit]], by_cov[level[unit]]
        handed = information[unit]
        for k in range(q):
            gradient[k] = score[unit, k]
        above = parent[unit]
        if above >= 0:
            m, v = mean[above], cov[above]
            for k in range(q):
                for j in range(q):
                    gradient[k] -= handed[k, j] * m[j]
            work[:] = 0.0
            for k in range(q):
                for j in range(q):
                    a = handed[k, j]
                    for i in range(q):
                        work[k, i] += a * v[j, i]
            for k in range(q):
                for j in range(q):
                    a = work[k, j]
                    for i in range(q):
                        own[k, i] += 0.5 * a * handed[j, i]
        for k in range(q):
            for j in range(q):
                own[k, j] += 0.5 * (gradient[k] * gradient[j] - handed[k, j])
        for i in range(rank):
            total = zs[unit, i]
            if above >= 0:
                for k in range(q):
                    total -= ys[unit, i, k] * mean[above, k]
            for k in range(q):
                mean[unit, k] += xs[unit, i, k] * total
        if above >= 0:
            # (I - X'Y) V (I - Y'X)
            for k in range(q):
                mean[unit, k] += mean[above, k]
                for j in range(q):
                    shrunk[k, j] = 1.0 if k == j else 0.0
            for i in range(rank):
                for k in range(q):
                    a = xs[unit, i, k]
                    for j in range(q):
                        shrunk[k, j] -= a * ys[unit, i, j]
            work[:] = 0.0
            for k in range(q):
                for j in range(q):
                    a = shrunk[k, j]
                    for i in range(q):
                        work[k, i] += a * cov[above, j, i]
            for k in range(q):
                for j in range(q):
                    a = work[k, j]
                    for i in range(q):
                        cov[unit, k, i] += a * shrunk[i, j]
        for i in range(rank):
            for k in range(q):
                a = xs[unit, i, k]
                for j in range(q):
                    cov[unit, k, j] += a * xs[unit, i, j]
    return by_cov, mean, cov


@numba.njit(cache=True, fastmath=FAST)
def over_effects(information, score, roots, ranks, level, parent):  # type: ignore[no-untyped-def]
    """Integrate the effects of all units out.

    Parameters
    ----------
    information : array, shape (n_units, q, q)
        `A` of every child first; zero for the units above, in the order of the levels. Changed.
    score : array, shape (n_units, q)
        `b`, likewise. Changed.
    roots : array, shape (n_levels, q, m)
        `L` of every level.
    ranks : array of int, shape (n_levels,)
        Columns of each that count.
    level, parent : array of int, shape (n_units,)
        Parents come after their units; -1 at the top.

    Returns
    -------
    log_density : float
        Without the children's constants.
    by_roots : array, shape (n_levels, q, m)
        Its gradient.
    mean : array, shape (n_units, q)
    cov : array, shape (n_units, q, q)
        Of the sum of a unit's effects and those above it, given all ratings.
    """
    log_density, solution = _upwards(information, score, roots, ranks, level, parent)
    by_cov, mean, cov = _downwards(information, score, solution, ranks, level, parent)
    q = score.shape[1]
    by_roots = np.zeros(roots.shape)
    for number in range(len(ranks)):
        for k in range(q):
            for j in range(q):
                a = by_cov[number, k, j] + by_cov[number, j, k]
                for i in range(ranks[number]):
                    by_roots[number, k, i] += a * roots[number, j, i]
    return log_density, by_roots, mean, cov
