r"""The four small steps that all levels share: two upward, two downward.

A unit (child, therapist, clinic) with precision `A` and information `b` from everything below it,
and random effects with covariance `S = L L'`, sends upward what remains once its effects are
integrated out:

.. math:: C C' = I + L' A L, \quad U = A L C^{-T}, \quad V = L C^{-T}, \quad R A = A - U U', \quad
          g_0 = b - U V' b,

with log weight :math:`-\log|C| + |V'b|^2 / 2` (`integrate`, `absorb`). `S` is never inverted, so a
standard deviation of zero is no special case. Downward, with mean `v` and covariance `P` of the
effects above the unit (`explain`, `spread`),

.. math:: g = g_0 - R A\,v, \quad E[\text{effects}] = v + S g, \quad
          \mathrm{Cov}[\text{effects}] = V V' + M P M', \quad M = E - S R A,

    2\, \partial/\partial S = g g' - R A + R A\, P\, R A.

`q` is the number of the level's terms, `m` of its root's columns, `e` of the terms above, which
stand at `up` among the level's. Every number is one of eight lanes.
"""

import math

from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Eight, Eights, Tree, Work
from bayes_alliance.collapsed.kernel.lanes import lanes, square_root, zero


@njit(**COMPILED)
def terms_above(level: int, tree: Tree) -> int:
    """`e`: terms of the next level; none at the top."""
    return tree.n_terms[level + 1] if level + 1 < len(tree.n_terms) else 0


@njit(**COMPILED)
def integrate(
    level: int, tree: Tree, a: Eights, root: Floats, u: Eights, v: Eights, factor: Eights
) -> None:
    """`C C' = I + L'A L`, `U = A L C^-T`, `V = L C^-T`; `A` becomes `R A = A - U U'`.

    `factor` receives `C` with the reciprocals of its diagonal in place of the diagonal.
    """
    q, m = tree.n_terms[level], tree.n_columns[level]
    first_row, end_row = tree.first_row[level], tree.end_row[level]
    for i in range(q):
        for j in range(m):
            total = zero()
            for k in range(first_row[j], end_row[j]):
                total += a[i, k] * root[k, j]
            u[i, j] = total
            v[i, j] = root[i, j]
    for i in range(m):
        for j in range(i + 1):
            total = zero() + (1.0 if i == j else 0.0)
            for k in range(first_row[i], end_row[i]):
                total += u[k, j] * root[k, i]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            # Divisions cost ten products each: one for a column, reciprocals from then on.
            factor[i, j] = 1.0 / square_root(total) if i == j else total * factor[j, j]
    for i in range(q):
        for j in range(m):
            of_u, of_v = u[i, j], v[i, j]
            for k in range(j):
                of_u -= u[i, k] * factor[j, k]
                of_v -= v[i, k] * factor[j, k]
            u[i, j] = of_u * factor[j, j]
            v[i, j] = of_v * factor[j, j]
    for i in range(q):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(m):
                total -= u[i, k] * u[j, k]
            a[i, j] = total
            a[j, i] = total


@njit(**COMPILED)
def absorb(b: Eights, u: Eights, v: Eights, q: int, m: int, c: Eights) -> Eight:
    """`c = V'b`; `b` becomes `g0 = b - U c`; returns `|c|^2`."""
    square = zero()
    for j in range(m):
        total = zero()
        for i in range(q):
            total += v[i, j] * b[i]
        c[j] = total
        square += total * total
    for i in range(q):
        total = b[i]
        for j in range(m):
            total -= u[i, j] * c[j]
        b[i] = total
    return square


@njit(**COMPILED)
def log_determinant(factor: Floats, m: int, lane: int) -> float:
    """`log|C|^2` of a lane; logarithms are taken of products of four, which cannot underflow."""
    total, product = 0.0, 1.0
    for i in range(m):
        product *= factor[i, i, lane]
        if i % 4 == 3 or i == m - 1:
            total -= 2.0 * math.log(product)
            product = 1.0
    return total


@njit(**COMPILED)
def explain(
    level: int,
    tree: Tree,
    precision: Eights,
    information: Eights,
    above: Eights,
    mean: Eights,
    g: Eights,
    chance: Eight,
    work: Work,
) -> None:
    """`g = g0 - R A v` and `E[effects] = v + S g`; `g g'`, weighted, is added to that by `S`."""
    q, e, up = tree.n_terms[level], terms_above(level, tree), tree.up[level]
    cov, by_cov = work.cov[level], lanes(work.by_cov[level])
    for i in range(q):
        total = information[i]
        for p in range(e):
            total -= precision[i, up[p]] * above[p]
        g[i] = total
    for i in range(q):
        total = zero()
        for k in range(q):
            total += cov[i, k] * g[k]
        mean[i] = total
        weighted = chance * g[i]
        for k in range(i + 1):
            by_cov[i, k] += weighted * g[k]
    for p in range(e):
        mean[up[p]] += above[p]


@njit(**COMPILED)
def spread(
    level: int,
    tree: Tree,
    precision: Eights,
    v: Eights,
    above: Eights,
    n_units: Eight,
    out: Eights,
    work: Work,
) -> None:
    """Sum of the covariances `V V' + M P M'` of units that share all but `P`, lower triangle.

    `above` is the sum of their `P`; `R A P R A - R A` is added to the derivative by `S`.
    """
    q, m, e = tree.n_terms[level], tree.n_columns[level], terms_above(level, tree)
    up, cov, by_cov = tree.up[level], work.cov[level], lanes(work.by_cov[level])
    for i in range(q):
        for j in range(i + 1):
            total = zero()
            for k in range(m):
                total += v[i, k] * v[j, k]
            out[i, j] = total * n_units
            by_cov[i, j] -= n_units * precision[i, j]
    if e == 0:
        return
    columns, projection = lanes(work.matrices[2]), lanes(work.matrices[3])
    columns_above, projection_above = lanes(work.matrices[4]), lanes(work.matrices[5])
    for i in range(q):
        for p in range(e):
            total = zero()
            for k in range(q):
                total -= cov[i, k] * precision[k, up[p]]
            projection[i, p] = total
            columns[i, p] = precision[i, up[p]]
    for p in range(e):
        projection[up[p], p] += 1.0
    for i in range(q):
        for p in range(e):
            first, second = zero(), zero()
            for o in range(e):
                first += columns[i, o] * above[o, p]
                second += projection[i, o] * above[o, p]
            columns_above[i, p] = first
            projection_above[i, p] = second
    for i in range(q):
        for j in range(i + 1):
            first, second = by_cov[i, j], out[i, j]
            for p in range(e):
                first += columns_above[i, p] * columns[j, p]
                second += projection_above[i, p] * projection[j, p]
            by_cov[i, j] = first
            out[i, j] = second
