"""The part of the recursion above the children: therapists, clinics, any depth.

Each unit's node in the workspace holds, by lane: precision (overwritten by `R A`), information
(overwritten by `g0`), `V`, posterior mean and covariance of the sum
of its own effects and all effects above, and log weight.
"""

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED, at, terms_above
from bayes_alliance.collapsed.kernel.explanations import explain, spread
from bayes_alliance.collapsed.kernel.header import (
    ABOVE,
    BLOCK_CHUNKS,
    BLOCK_COLUMNS,
    BLOCK_DIM,
    BLOCK_UNITS,
    COUNT,
    FIRST,
    LEVEL_PLACE,
    LOG_DET,
    N_BLOCKS,
    NODE_STRIDE,
    UNIT_PARENT,
    UNIT_START,
    P,
)
from bayes_alliance.collapsed.kernel.lanes import LANES, fnma, load, splat, store
from bayes_alliance.collapsed.kernel.messages import (
    absorb,
    fill,
    integrate,
    log_determinant,
)


def node_size(dim: int, columns: int) -> int:
    """Lanes of workspace per chunk of a level.

    Parameters
    ----------
    dim : int
        Terms at the level.
    columns : int
        Columns of its square root.

    Returns
    -------
    int
    """
    return dim * dim + dim + dim * columns + dim + dim * (dim + 1) // 2 + 1


@njit(**COMPILED)
def node_places(level, chunk, index):  # type: ignore[no-untyped-def]
    """Places of precision, information, `V`, mean, covariance and log weight of a chunk."""
    dim, m = at(index, BLOCK_DIM, level), at(index, BLOCK_COLUMNS, level)
    precision = at(index, LEVEL_PLACE, level) + chunk * at(index, NODE_STRIDE, level)
    information = precision + dim * dim * LANES
    v = information + dim * LANES
    mean = v + dim * m * LANES
    cov = mean + dim * LANES
    return precision, information, v, mean, cov, cov + dim * (dim + 1) // 2 * LANES


@njit(**COMPILED)
def clear_level(level, index, work):  # type: ignore[no-untyped-def]
    """Set precisions and information to zero, ready to receive messages."""
    dim = at(index, BLOCK_DIM, level)
    for chunk in range(at(index, BLOCK_CHUNKS, level)):
        fill(work, node_places(level, chunk, index)[0], dim * dim + dim, 0.0)


@njit(**COMPILED)
def absorb_level(level, root, index, work):  # type: ignore[no-untyped-def]
    """Integrate out the effects of a level, send messages up, return the sum of log weights.

    Parameters
    ----------
    level : int
        Position among the blocks; 1 is the level above the children.
    root : array
        Elements of the square roots of all blocks.
    index, work : array

    Returns
    -------
    float
    """
    dim = at(index, BLOCK_DIM, level)
    total = 0.0
    for chunk in range(at(index, BLOCK_CHUNKS, level)):
        a, b, v, _, _, weight = node_places(level, chunk, index)
        for i in range(dim):
            for j in range(i):
                store(work, a + (j * dim + i) * LANES, load(work, a + (i * dim + j) * LANES))
        integrate(level, a, v, root, index, work)
        log_determinant(level, index[LOG_DET], index, work)
        store(work, weight, fnma(splat(1.0), load(work, index[LOG_DET]), splat(0.0)))
        absorb(level, b, v, weight, index, work)
        for lane in range(LANES):
            total += work[weight + lane]
        if level + 1 < index[N_BLOCKS]:
            _send_up(level, chunk, a, b, index, work)
    return total


@njit(**COMPILED)
def _send_up(level, chunk, a, b, index, work):  # type: ignore[no-untyped-def]
    """Add a chunk's messages to the units of the level above."""
    dim, e = at(index, BLOCK_DIM, level), at(index, BLOCK_DIM, level + 1)
    up = terms_above(index, level)
    precision, information, _, _, _, _ = node_places(level + 1, FIRST, index)
    for lane in range(min(LANES, at(index, BLOCK_UNITS, level) - chunk * LANES)):
        unit = at(index, UNIT_START, level) + chunk * LANES + lane
        node = at(index, UNIT_PARENT, unit)
        for i in range(e):
            for j in range(i + 1):
                work[precision + node + (i * e + j) * LANES] += work[
                    a + (up[i] * dim + up[j]) * LANES + lane
                ]
            work[information + node + i * LANES] += work[b + up[i] * LANES + lane]


@njit(**COMPILED)
def explain_level(level, root, index, work):  # type: ignore[no-untyped-def]
    """Posterior mean and covariance at a level given those above, and derivatives.

    Parameters
    ----------
    level, root, index, work
        As in `absorb_level`.
    """
    dim = at(index, BLOCK_DIM, level)
    store(work, index[COUNT], splat(1.0))
    for chunk in range(at(index, BLOCK_CHUNKS, level)):
        ra, g0, v, mean, cov, _ = node_places(level, chunk, index)
        fill(work, mean, dim + dim * (dim + 1) // 2, 0.0)
        if level + 1 < index[N_BLOCKS]:
            _gather(level, chunk, index, work)
        explain(level, ra, g0, mean, root, index, work)
        spread(level, ra, v, cov, root, index, work)


@njit(**COMPILED)
def _gather(level, chunk, index, work):  # type: ignore[no-untyped-def]
    """Mean and covariance of the effects above each unit of a chunk."""
    e = at(index, BLOCK_DIM, level + 1)
    _, _, _, mean, cov, _ = node_places(level + 1, FIRST, index)
    fill(work, index[ABOVE], e, 0.0)
    fill(work, index[P], e * e, 0.0)
    for lane in range(min(LANES, at(index, BLOCK_UNITS, level) - chunk * LANES)):
        unit = at(index, UNIT_START, level) + chunk * LANES + lane
        node = at(index, UNIT_PARENT, unit)
        for i in range(e):
            work[index[ABOVE] + i * LANES + lane] = work[mean + node + i * LANES]
            for j in range(i + 1):
                value = work[cov + node + (i * (i + 1) // 2 + j) * LANES]
                work[index[P] + (i * e + j) * LANES + lane] = value
                work[index[P] + (j * e + i) * LANES + lane] = value
