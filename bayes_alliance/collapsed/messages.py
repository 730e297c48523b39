r"""The four small steps of the recursion, on eight units at once.

A unit (child, therapist, clinic) with precision `A` and information `b` from everything below it,
and random effects with covariance `S = L L'`, sends upwards what remains once its effects are
integrated out:

.. math:: C C' = I + L' A L, \quad U = A L C^{-T}, \quad R A = A - U U', \quad
          c = C^{-1} L' b, \quad g_0 = b - U c,

with log weight :math:`-\log|C| + c'c/2` (`integrate`, `absorb`). `S` is never inverted, so a
standard deviation of zero is no special case. Going down, with mean `v` and covariance `P` of the
effects above it (`explain`, `spread`),

.. math:: g = g_0 - R A\,v, \quad E[\text{effects}] = v + S g, \quad
          \mathrm{Cov}[\text{effects}] = V V' + M P M', \quad V = L C^{-T}, \quad M = E - S R A,

    2\, \partial/\partial S = g g' - R A + R A\, P\, R A.

Matrices of lanes lie in the workspace row by row; the square root is given by its elements that are
not fixed at zero, column by column. What is shared by all functions: ``block`` numbers the level
(0 is the child), ``root`` holds the elements of all square roots, ``index`` and ``work`` are the
kernel's arrays (`header`), and other arguments are places in the workspace.
"""

import math

from numba import njit

from bayes_alliance.collapsed.access import COMPILED, at, root_of, terms_above
from bayes_alliance.collapsed.header import (
    ABOVE,
    BLOCK_COLUMNS,
    BLOCK_DIM,
    COUNT,
    DS_PLACE,
    LG,
    LRA,
    MP,
    RAP,
    C,
    G,
    M,
    P,
    U,
    V,
)
from bayes_alliance.collapsed.lanes import (
    LANES,
    fma,
    fnma,
    load,
    over,
    plus,
    splat,
    square_root,
    store,
    times,
)


@njit(**COMPILED)
def fill(work, start, n, value):  # type: ignore[no-untyped-def]
    """Set ``n`` lanes to a value."""
    lanes = splat(value)
    for i in range(n):
        store(work, start + i * LANES, lanes)


@njit(**COMPILED)
def integrate(block, a, factor, root, index, work):  # type: ignore[no-untyped-def]
    """Factor `I + L'A L`, compute `U`, and overwrite `A` by `R A`.

    ``factor`` receives `C` (m, m) and then the reciprocals of its diagonal (m,).
    """
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    starts, rows = root_of(index, block)
    u = index[U]
    reciprocal = factor + m * m * LANES
    for i in range(dim):
        for j in range(m):
            total = splat(0.0)
            for n in range(starts[j], starts[j + 1]):
                total = fma(load(work, a + (i * dim + rows[n]) * LANES), splat(root[n]), total)
            store(work, u + (i * m + j) * LANES, total)
    for i in range(m):
        for j in range(i + 1):
            total = splat(1.0 if i == j else 0.0)
            for n in range(starts[i], starts[i + 1]):
                total = fma(load(work, u + (rows[n] * m + j) * LANES), splat(root[n]), total)
            for h in range(j):
                left = load(work, factor + (i * m + h) * LANES)
                total = fnma(left, load(work, factor + (j * m + h) * LANES), total)
            if i == j:
                total = square_root(total)
                store(work, reciprocal + i * LANES, over(splat(1.0), total))
            else:
                total = times(total, load(work, reciprocal + j * LANES))
            store(work, factor + (i * m + j) * LANES, total)
    _solve(u, factor, dim, m, work)
    for i in range(dim):
        for j in range(i + 1):
            total = load(work, a + (i * dim + j) * LANES)
            for h in range(m):
                left = load(work, u + (i * m + h) * LANES)
                total = fnma(left, load(work, u + (j * m + h) * LANES), total)
            store(work, a + (i * dim + j) * LANES, total)
            store(work, a + (j * dim + i) * LANES, total)


@njit(**COMPILED)
def _solve(x, factor, dim, m, work):  # type: ignore[no-untyped-def]
    """Overwrite `X` (dim, m) by `X C^-T`."""
    reciprocal = factor + m * m * LANES
    for i in range(dim):
        for j in range(m):
            total = load(work, x + (i * m + j) * LANES)
            for h in range(j):
                left = load(work, x + (i * m + h) * LANES)
                total = fnma(left, load(work, factor + (j * m + h) * LANES), total)
            total = times(total, load(work, reciprocal + j * LANES))
            store(work, x + (i * m + j) * LANES, total)


@njit(**COMPILED)
def log_determinant(factor, m, out, work):  # type: ignore[no-untyped-def]
    """Write `log|C|`; logarithms are taken of products of four, which cannot overflow earlier."""
    for lane in range(LANES):
        total = 0.0
        product = 1.0
        for i in range(m):
            product *= work[factor + (i * m + i) * LANES + lane]
            if i % 4 == 3 or i == m - 1:
                total += math.log(product)
                product = 1.0
        work[out + lane] = total


@njit(**COMPILED)
def absorb(block, b, factor, weight, root, index, work):  # type: ignore[no-untyped-def]
    """Compute `c`, overwrite `b` by `g0`, and add `c'c / 2` to the log weight."""
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    starts, rows = root_of(index, block)
    c, u = index[C], index[U]
    reciprocal = factor + m * m * LANES
    square = splat(0.0)
    for j in range(m):
        total = splat(0.0)
        for n in range(starts[j], starts[j + 1]):
            total = fma(load(work, b + rows[n] * LANES), splat(root[n]), total)
        for h in range(j):
            left = load(work, factor + (j * m + h) * LANES)
            total = fnma(left, load(work, c + h * LANES), total)
        total = times(total, load(work, reciprocal + j * LANES))
        store(work, c + j * LANES, total)
        square = fma(total, total, square)
    store(work, weight, fma(square, splat(0.5), load(work, weight)))
    for i in range(dim):
        total = load(work, b + i * LANES)
        for j in range(m):
            left = load(work, u + (i * m + j) * LANES)
            total = fnma(left, load(work, c + j * LANES), total)
        store(work, b + i * LANES, total)


@njit(**COMPILED)
def explain(block, ra, g0, effects, root, index, work):  # type: ignore[no-untyped-def]
    """Compute `g`, add `v + S g` to ``effects`` and `g g'` to the block's derivative."""
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    starts, rows = root_of(index, block)
    up = terms_above(index, block)
    v, g, lg = index[ABOVE], index[G], index[LG]
    for i in range(dim):
        total = load(work, g0 + i * LANES)
        for p in range(len(up)):
            left = load(work, ra + (i * dim + up[p]) * LANES)
            total = fnma(left, load(work, v + p * LANES), total)
        store(work, g + i * LANES, total)
    for p in range(len(up)):
        place = effects + up[p] * LANES
        store(work, place, plus(load(work, place), load(work, v + p * LANES)))
    for j in range(m):
        total = splat(0.0)
        for n in range(starts[j], starts[j + 1]):
            total = fma(load(work, g + rows[n] * LANES), splat(root[n]), total)
        store(work, lg + j * LANES, total)
    for j in range(m):
        total = load(work, lg + j * LANES)
        for n in range(starts[j], starts[j + 1]):
            place = effects + rows[n] * LANES
            store(work, place, fma(total, splat(root[n]), load(work, place)))
    add_square(g, dim, at(index, DS_PLACE, block), work)


@njit(**COMPILED)
def add_square(x, dim, out, work):  # type: ignore[no-untyped-def]
    """Add the lower triangle of `x x'` to ``out``."""
    place = out
    for i in range(dim):
        left = load(work, x + i * LANES)
        for j in range(i + 1):
            store(work, place, fma(left, load(work, x + j * LANES), load(work, place)))
            place += LANES


@njit(**COMPILED)
def spread(block, ra, factor, cov, root, index, work):  # type: ignore[no-untyped-def]
    """Add `n V V' + M P M'` to ``cov`` and `R A P R A - n R A` to the block's derivative.

    `n` units share the matrices (`COUNT`); `P` is the sum of the covariances above them.
    """
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    starts, rows = root_of(index, block)
    up = terms_above(index, block)
    n_up = len(up)
    v, rap, mp, mm, p = index[V], index[RAP], index[MP], index[M], index[P]
    fill(work, v, dim * m, 0.0)
    for j in range(m):
        for n in range(starts[j], starts[j + 1]):
            store(work, v + (rows[n] * m + j) * LANES, splat(root[n]))
    _solve(v, factor, dim, m, work)
    _projection(block, ra, root, index, work)
    for i in range(dim):
        for h in range(n_up):
            first = splat(0.0)
            second = splat(0.0)
            for o in range(n_up):
                middle = load(work, p + (o * n_up + h) * LANES)
                first = fma(load(work, ra + (i * dim + up[o]) * LANES), middle, first)
                second = fma(load(work, mm + (i * n_up + o) * LANES), middle, second)
            store(work, rap + (i * n_up + h) * LANES, first)
            store(work, mp + (i * n_up + h) * LANES, second)
    n_units = load(work, index[COUNT])
    ds = at(index, DS_PLACE, block)
    place = 0
    for i in range(dim):
        for j in range(i + 1):
            total = splat(0.0)
            for h in range(m):
                left = load(work, v + (i * m + h) * LANES)
                total = fma(left, load(work, v + (j * m + h) * LANES), total)
            total = fma(total, n_units, load(work, cov + place))
            above = load(work, ds + place)
            above = fnma(n_units, load(work, ra + (i * dim + j) * LANES), above)
            for o in range(n_up):
                left = load(work, mp + (i * n_up + o) * LANES)
                total = fma(left, load(work, mm + (j * n_up + o) * LANES), total)
                left = load(work, rap + (i * n_up + o) * LANES)
                above = fma(left, load(work, ra + (j * dim + up[o]) * LANES), above)
            store(work, cov + place, total)
            store(work, ds + place, above)
            place += LANES


@njit(**COMPILED)
def _projection(block, ra, root, index, work):  # type: ignore[no-untyped-def]
    """`M = E - L (L' R A)`: how a unit's coefficients move with the effects above it."""
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    starts, rows = root_of(index, block)
    up = terms_above(index, block)
    n_up = len(up)
    lra, mm = index[LRA], index[M]
    for j in range(m):
        for o in range(n_up):
            total = splat(0.0)
            for n in range(starts[j], starts[j + 1]):
                right = load(work, ra + (rows[n] * dim + up[o]) * LANES)
                total = fma(right, splat(root[n]), total)
            store(work, lra + (j * n_up + o) * LANES, total)
    fill(work, mm, dim * n_up, 0.0)
    for o in range(n_up):
        store(work, mm + (up[o] * n_up + o) * LANES, splat(1.0))
    for j in range(m):
        for o in range(n_up):
            total = load(work, lra + (j * n_up + o) * LANES)
            for n in range(starts[j], starts[j + 1]):
                place = mm + (rows[n] * n_up + o) * LANES
                store(work, place, fnma(total, splat(root[n]), load(work, place)))
