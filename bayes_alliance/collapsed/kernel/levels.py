"""The part of the recursion above the children: therapists, clinics, any depth.

Each unit's node in the workspace holds, by lane: precision (overwritten by `R A`), information
(overwritten by `g0`), `V` and log weight. What a unit and those below it tell each other lies in
the unit's box, a few neighbouring doubles, because those below come in any order: on the way up the
lower triangle of the precision and the information, on the way down the lower triangle of the
posterior covariance and the mean of the sum of its own effects and all effects above.
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
    BOX_PLACE,
    COUNT,
    LEVEL_PLACE,
    LOG_DET,
    N_BLOCKS,
    NODE_STRIDE,
    SECOND,
    THETA,
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
    """
    return dim * dim + dim + dim * columns + 1


def box_size(dim: int) -> int:
    """Doubles in the box of a unit.

    Parameters
    ----------
    dim : int
        Terms at the level.
    """
    return dim * (dim + 1) // 2 + dim


@njit(**COMPILED)
def _node(level, chunk, index):  # type: ignore[no-untyped-def]
    """Places of precision, information, `V` and log weight of a chunk."""
    dim, m = at(index, BLOCK_DIM, level), at(index, BLOCK_COLUMNS, level)
    precision = at(index, LEVEL_PLACE, level) + chunk * at(index, NODE_STRIDE, level)
    information = precision + dim * dim * LANES
    v = information + dim * LANES
    return precision, information, v, v + dim * m * LANES


@njit(**COMPILED)
def clear_level(level, index, work):  # type: ignore[no-untyped-def]
    """Empty the boxes of a level, ready to receive messages."""
    dim, n_chunks = at(index, BLOCK_DIM, level), at(index, BLOCK_CHUNKS, level)
    fill(work, at(index, BOX_PLACE, level), n_chunks * (dim * (dim + 1) // 2 + dim), 0.0)


@njit(**COMPILED)
def _open(level, chunk, index, work):  # type: ignore[no-untyped-def]
    """Take what arrived in the boxes of a chunk into its node."""
    dim = at(index, BLOCK_DIM, level)
    size = dim * (dim + 1) // 2 + dim
    precision, information, _, _ = _node(level, chunk, index)
    box = at(index, BOX_PLACE, level) + chunk * LANES * size
    for lane in range(LANES):
        source = box + lane * size
        for i in range(dim):
            for j in range(i + 1):
                value = work[source]
                work[precision + (i * dim + j) * LANES + lane] = value
                work[precision + (j * dim + i) * LANES + lane] = value
                source += 1
        for i in range(dim):
            work[information + i * LANES + lane] = work[source + i]


@njit(**COMPILED)
def _fill_boxes(level, chunk, index, work):  # type: ignore[no-untyped-def]
    """Leave covariance (at SECOND) and mean (at THETA) of a chunk in its boxes."""
    dim = at(index, BLOCK_DIM, level)
    n_cov = dim * (dim + 1) // 2
    box = at(index, BOX_PLACE, level) + chunk * LANES * (n_cov + dim)
    for lane in range(LANES):
        target = box + lane * (n_cov + dim)
        for i in range(n_cov):
            work[target + i] = work[index[SECOND] + i * LANES + lane]
        for i in range(dim):
            work[target + n_cov + i] = work[index[THETA] + i * LANES + lane]


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
    total = 0.0
    for chunk in range(at(index, BLOCK_CHUNKS, level)):
        a, b, v, weight = _node(level, chunk, index)
        _open(level, chunk, index, work)
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
    for lane in range(min(LANES, at(index, BLOCK_UNITS, level) - chunk * LANES)):
        unit = at(index, UNIT_START, level) + chunk * LANES + lane
        box = at(index, BOX_PLACE, level + 1) + at(index, UNIT_PARENT, unit)
        for i in range(e):
            for j in range(i + 1):
                work[box] += work[a + (up[i] * dim + up[j]) * LANES + lane]
                box += 1
        for i in range(e):
            work[box + i] += work[b + up[i] * LANES + lane]


@njit(**COMPILED)
def explain_level(level, root, index, work):  # type: ignore[no-untyped-def]
    """Posterior mean and covariance at a level given those above, and derivatives.

    Parameters
    ----------
    level, root, index, work
        As in `absorb_level`.
    """
    dim = at(index, BLOCK_DIM, level)
    mean, cov = index[THETA], index[SECOND]
    store(work, index[COUNT], splat(1.0))
    for chunk in range(at(index, BLOCK_CHUNKS, level)):
        ra, g0, v, _ = _node(level, chunk, index)
        fill(work, mean, dim, 0.0)
        fill(work, cov, dim * (dim + 1) // 2, 0.0)
        if level + 1 < index[N_BLOCKS]:
            _gather(level, chunk, index, work)
        explain(level, ra, g0, mean, root, index, work)
        spread(level, ra, v, cov, root, index, work)
        _fill_boxes(level, chunk, index, work)


@njit(**COMPILED)
def _gather(level, chunk, index, work):  # type: ignore[no-untyped-def]
    """Mean and covariance of the effects above each unit of a chunk."""
    e = at(index, BLOCK_DIM, level + 1)
    above, p = index[ABOVE], index[P]
    fill(work, above, e, 0.0)
    fill(work, p, e * e, 0.0)
    for lane in range(min(LANES, at(index, BLOCK_UNITS, level) - chunk * LANES)):
        unit = at(index, UNIT_START, level) + chunk * LANES + lane
        box = at(index, BOX_PLACE, level + 1) + at(index, UNIT_PARENT, unit)
        for i in range(e):
            for j in range(i + 1):
                value = work[box]
                work[p + (i * e + j) * LANES + lane] = value
                work[p + (j * e + i) * LANES + lane] = value
                box += 1
        for i in range(e):
            work[above + i * LANES + lane] = work[box + i]
