r"""The two small steps of the recursion upwards, on eight units at once.

A unit (child, therapist, clinic) with precision `A` and information `b` from everything below it,
and random effects with covariance `S = L L'`, sends upwards what remains once its effects are
integrated out:

.. math:: C C' = I + L' A L, \quad U = A L C^{-T}, \quad R A = A - U U', \quad
          c = C^{-1} L' b, \quad g_0 = b - U c,

with log weight :math:`-\log|C| + c'c/2` (`integrate`, `absorb`). `S` is never inverted, so a
standard deviation of zero is no special case. The way down is in `explanations`.

Matrices of lanes lie in the workspace row by row; the square root is given by its elements that are
not fixed at zero, column by column. What is shared by all functions: ``block`` numbers the level
(0 is the child), ``root`` holds the elements of all square roots, ``index`` and ``work`` are the
kernel's arrays (`header`), and other arguments are places in the workspace.
"""

import math

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED, at, root_of
from bayes_alliance.collapsed.kernel.header import (
    BLOCK_COLUMNS,
    BLOCK_DIM,
    FACTOR,
    C,
    U,
)
from bayes_alliance.collapsed.kernel.lanes import (
    LANES,
    fma,
    fnma,
    load,
    over,
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
def four(start, first, last, width):  # type: ignore[no-untyped-def]
    """Places of four rows of a matrix; rows beyond the last one repeat it.

    Four sums at a time keep the processor busy while each waits for its last addition; a row done
    twice gives the same result twice.
    """
    width = width * LANES
    return (
        start + first * width,
        start + min(first + 1, last) * width,
        start + min(first + 2, last) * width,
        start + min(first + 3, last) * width,
    )


@njit(**COMPILED)
def integrate(block, a, v, root, index, work):  # type: ignore[no-untyped-def]
    """Factor `I + L'A L`, compute `U` and `V`, and overwrite `A` by `R A`.

    The factor `C` (m, m) and the reciprocals of its diagonal (m,) are left at FACTOR.
    """
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    starts, rows = root_of(index, block)
    u, factor = index[U], index[FACTOR]
    for i in range(0, dim, 4):
        a0, a1, a2, a3 = four(a, i, dim - 1, dim)
        u0, u1, u2, u3 = four(u, i, dim - 1, m)
        for j in range(m):
            t0 = t1 = t2 = t3 = splat(0.0)
            for n in range(starts[j], starts[j + 1]):
                right, row = splat(root[n]), rows[n] * LANES
                t0 = fma(load(work, a0 + row), right, t0)
                t1 = fma(load(work, a1 + row), right, t1)
                t2 = fma(load(work, a2 + row), right, t2)
                t3 = fma(load(work, a3 + row), right, t3)
            store(work, u0 + j * LANES, t0)
            store(work, u1 + j * LANES, t1)
            store(work, u2 + j * LANES, t2)
            store(work, u3 + j * LANES, t3)
    for i in range(m):
        for j in range(i + 1):
            total = splat(1.0 if i == j else 0.0)
            for n in range(starts[i], starts[i + 1]):
                total = fma(load(work, u + (rows[n] * m + j) * LANES), splat(root[n]), total)
            store(work, factor + (i * m + j) * LANES, total)
    _factorise(factor, m, work)
    _solve(u, factor, dim, m, work)
    fill(work, v, dim * m, 0.0)
    for j in range(m):
        for n in range(starts[j], starts[j + 1]):
            store(work, v + (rows[n] * m + j) * LANES, splat(root[n]))
    _solve(v, factor, dim, m, work)
    for i in range(dim):
        row, left_row = a + i * dim * LANES, u + i * m * LANES
        for j in range(0, i + 1, 4):
            a0, a1, a2, a3 = four(row, j, i, 1)
            u0, u1, u2, u3 = four(u, j, i, m)
            t0, t1, t2, t3 = load(work, a0), load(work, a1), load(work, a2), load(work, a3)
            for h in range(0, m * LANES, LANES):
                left = load(work, left_row + h)
                t0 = fnma(left, load(work, u0 + h), t0)
                t1 = fnma(left, load(work, u1 + h), t1)
                t2 = fnma(left, load(work, u2 + h), t2)
                t3 = fnma(left, load(work, u3 + h), t3)
            store(work, a0, t0)
            store(work, a1, t1)
            store(work, a2, t2)
            store(work, a3, t3)
        for j in range(i):
            store(work, a + (j * dim + i) * LANES, load(work, row + j * LANES))


@njit(**COMPILED)
def _factorise(factor, m, work):  # type: ignore[no-untyped-def]
    """Overwrite the lower triangle of `G` by its Cholesky factor; reciprocal diagonal behind it."""
    reciprocal = factor + m * m * LANES
    for j in range(m):
        row = factor + j * m * LANES
        total = load(work, row + j * LANES)
        for h in range(0, j * LANES, LANES):
            left = load(work, row + h)
            total = fnma(left, left, total)
        total = square_root(total)
        inverse = over(splat(1.0), total)
        store(work, row + j * LANES, total)
        store(work, reciprocal + j * LANES, inverse)
        for i in range(j + 1, m, 4):
            f0, f1, f2, f3 = four(factor, i, m - 1, m)
            t0, t1 = load(work, f0 + j * LANES), load(work, f1 + j * LANES)
            t2, t3 = load(work, f2 + j * LANES), load(work, f3 + j * LANES)
            for h in range(0, j * LANES, LANES):
                right = load(work, row + h)
                t0 = fnma(load(work, f0 + h), right, t0)
                t1 = fnma(load(work, f1 + h), right, t1)
                t2 = fnma(load(work, f2 + h), right, t2)
                t3 = fnma(load(work, f3 + h), right, t3)
            store(work, f0 + j * LANES, times(t0, inverse))
            store(work, f1 + j * LANES, times(t1, inverse))
            store(work, f2 + j * LANES, times(t2, inverse))
            store(work, f3 + j * LANES, times(t3, inverse))


@njit(**COMPILED)
def _solve(x, factor, dim, m, work):  # type: ignore[no-untyped-def]
    """Overwrite `X` (dim, m) by `X C^-T`."""
    reciprocal = factor + m * m * LANES
    for i in range(0, dim, 4):
        x0, x1, x2, x3 = four(x, i, dim - 1, m)
        for j in range(m):
            row, place = factor + j * m * LANES, j * LANES
            t0, t1 = load(work, x0 + place), load(work, x1 + place)
            t2, t3 = load(work, x2 + place), load(work, x3 + place)
            for h in range(0, place, LANES):
                right = load(work, row + h)
                t0 = fnma(load(work, x0 + h), right, t0)
                t1 = fnma(load(work, x1 + h), right, t1)
                t2 = fnma(load(work, x2 + h), right, t2)
                t3 = fnma(load(work, x3 + h), right, t3)
            inverse = load(work, reciprocal + place)
            store(work, x0 + place, times(t0, inverse))
            store(work, x1 + place, times(t1, inverse))
            store(work, x2 + place, times(t2, inverse))
            store(work, x3 + place, times(t3, inverse))


@njit(**COMPILED)
def log_determinant(block, out, index, work):  # type: ignore[no-untyped-def]
    """Write `log|C|`; logarithms are taken of products of four, which cannot overflow earlier."""
    m, factor = at(index, BLOCK_COLUMNS, block), index[FACTOR]
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
def absorb(block, b, v, weight, index, work):  # type: ignore[no-untyped-def]
    """Compute `c`, overwrite `b` by `g0`, and add `c'c / 2` to the log weight."""
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    c, u = index[C], index[U]
    square = splat(0.0)
    for j in range(m):
        total = splat(0.0)
        for i in range(dim):
            left = load(work, v + (i * m + j) * LANES)
            total = fma(left, load(work, b + i * LANES), total)
        store(work, c + j * LANES, total)
        square = fma(total, total, square)
    store(work, weight, fma(square, splat(0.5), load(work, weight)))
    for i in range(dim):
        total = load(work, b + i * LANES)
        for j in range(m):
            left = load(work, u + (i * m + j) * LANES)
            total = fnma(left, load(work, c + j * LANES), total)
        store(work, b + i * LANES, total)
