r"""The two small steps of the recursion downwards, on eight units at once.

With what a unit sent upwards (`messages`), and mean `v` and covariance `P` of the effects above it
(`explain`, `spread`),

.. math:: g = g_0 - R A\,v, \quad E[\text{effects}] = v + S g, \quad
          \mathrm{Cov}[\text{effects}] = V V' + M P M', \quad V = L C^{-T}, \quad M = E - S R A,

    2\, \partial/\partial S = g g' - R A + R A\, P\, R A.

Arguments are those of `messages`.
"""

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED, at, root_of, terms_above
from bayes_alliance.collapsed.kernel.header import (
    ABOVE,
    BLOCK_COLUMNS,
    BLOCK_DIM,
    COUNT,
    DS_PLACE,
    LG,
    MP,
    RAE,
    RAP,
    C,
    G,
    M,
    P,
)
from bayes_alliance.collapsed.kernel.lanes import (
    LANES,
    fma,
    fnma,
    load,
    plus,
    splat,
    store,
)
from bayes_alliance.collapsed.kernel.messages import fill, four


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
def spread(block, ra, v, cov, root, index, work):  # type: ignore[no-untyped-def]
    """Add `n V V' + M P M'` to ``cov`` and `R A P R A - n R A` to the block's derivative.

    `n` units share the matrices (`COUNT`); `P` is the sum of the covariances above them.
    """
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    up = terms_above(index, block)
    e = len(up)
    rap, mp, mm, p, rae = index[RAP], index[MP], index[M], index[P], index[RAE]
    ds = at(index, DS_PLACE, block)
    n_units = load(work, index[COUNT])
    for i in range(dim):
        for j in range(i + 1):
            place = ds + (i * (i + 1) // 2 + j) * LANES
            above = load(work, ra + (i * dim + j) * LANES)
            store(work, place, fnma(n_units, above, load(work, place)))
    _add_products(cov, v, v, dim, m, n_units, work)
    if not e:
        return
    for i in range(dim):
        for o in range(e):
            store(work, rae + (i * e + o) * LANES, load(work, ra + (i * dim + up[o]) * LANES))
    _projection(block, rae, root, index, work)
    _times(rap, rae, p, dim, e, work)
    _times(mp, mm, p, dim, e, work)
    _add_products(ds, rap, rae, dim, e, splat(1.0), work)
    _add_products(cov, mp, mm, dim, e, splat(1.0), work)


@njit(**COMPILED)
def _add_products(out, x, y, dim, width, factor, work):  # type: ignore[no-untyped-def]
    """Add the lower triangle of `factor X Y'` to ``out``."""
    row = out
    for i in range(dim):
        left_row = x + i * width * LANES
        for j in range(0, i + 1, 4):
            o0, o1, o2, o3 = four(row, j, i, 1)
            y0, y1, y2, y3 = four(y, j, i, width)
            t0 = t1 = t2 = t3 = splat(0.0)
            for h in range(0, width * LANES, LANES):
                left = load(work, left_row + h)
                t0 = fma(left, load(work, y0 + h), t0)
                t1 = fma(left, load(work, y1 + h), t1)
                t2 = fma(left, load(work, y2 + h), t2)
                t3 = fma(left, load(work, y3 + h), t3)
            t0, t1 = fma(t0, factor, load(work, o0)), fma(t1, factor, load(work, o1))
            t2, t3 = fma(t2, factor, load(work, o2)), fma(t3, factor, load(work, o3))
            store(work, o0, t0)
            store(work, o1, t1)
            store(work, o2, t2)
            store(work, o3, t3)
        row += (i + 1) * LANES


@njit(**COMPILED)
def _times(out, x, p, dim, e, work):  # type: ignore[no-untyped-def]
    """`X P` for symmetric `P` (e, e)."""
    for i in range(0, dim, 4):
        x0, x1, x2, x3 = four(x, i, dim - 1, e)
        o0, o1, o2, o3 = four(out, i, dim - 1, e)
        for j in range(e):
            row, place = p + j * e * LANES, j * LANES
            t0 = t1 = t2 = t3 = splat(0.0)
            for h in range(0, e * LANES, LANES):
                right = load(work, row + h)
                t0 = fma(load(work, x0 + h), right, t0)
                t1 = fma(load(work, x1 + h), right, t1)
                t2 = fma(load(work, x2 + h), right, t2)
                t3 = fma(load(work, x3 + h), right, t3)
            store(work, o0 + place, t0)
            store(work, o1 + place, t1)
            store(work, o2 + place, t2)
            store(work, o3 + place, t3)


@njit(**COMPILED)
def _projection(block, rae, root, index, work):  # type: ignore[no-untyped-def]
    """`M = E - L (L' R A E)`: how a unit's coefficients move with the effects above it."""
    dim, m = at(index, BLOCK_DIM, block), at(index, BLOCK_COLUMNS, block)
    starts, rows = root_of(index, block)
    up = terms_above(index, block)
    e = len(up)
    mm, lra = index[M], index[C]
    fill(work, mm, dim * e, 0.0)
    for o in range(e):
        store(work, mm + (up[o] * e + o) * LANES, splat(1.0))
    for o in range(e):
        for j in range(m):
            total = splat(0.0)
            for n in range(starts[j], starts[j + 1]):
                total = fma(load(work, rae + (rows[n] * e + o) * LANES), splat(root[n]), total)
            store(work, lra + j * LANES, total)
        for j in range(m):
            total = load(work, lra + j * LANES)
            for n in range(starts[j], starts[j + 1]):
                place = mm + (rows[n] * e + o) * LANES
                store(work, place, fnma(total, splat(root[n]), load(work, place)))
