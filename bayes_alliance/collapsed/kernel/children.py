"""The children's part of the recursion, chunk by chunk: upwards, then downwards.

A chunk holds eight patterns; its rounds hold one child of each (`patterns`). Upwards, ratings
become messages to the level above. Downwards, the posterior mean and covariance of the effects
above become derivatives by everything a child's ratings depend on.
"""

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED, at, terms_above
from bayes_alliance.collapsed.kernel.censored import keep_means
from bayes_alliance.collapsed.kernel.explanations import add_square, explain, spread
from bayes_alliance.collapsed.kernel.header import (
    ABOVE,
    ABOVE_CHILD,
    BLOCK_COLUMNS,
    BOX_PLACE,
    CHILD,
    CHUNK_ROUND_START,
    COUNT,
    D_ON,
    D_THETA,
    KEEP,
    KEPT_CHUNKS,
    KEPT_ROUNDS,
    LOG_DET,
    N_BLOCKS,
    N_CENSORED,
    N_ON,
    N_X,
    ON_COEFFICIENT,
    ON_COLUMN,
    ROUND_PARENT,
    ROUND_VALID,
    SECOND,
    SLOT_COUNT,
    THETA,
    WEIGHT,
    B,
    G,
    K,
    P,
    Q,
    X,
)
from bayes_alliance.collapsed.kernel.lanes import LANES, fma, fnma, load, plus, splat, store, times
from bayes_alliance.collapsed.kernel.messages import (
    absorb,
    fill,
    integrate,
    log_determinant,
)
from bayes_alliance.collapsed.kernel.occasions import (
    add_products,
    information,
    precision,
    subtract_second_moments,
)


def kept_size(q: int, m: int) -> int:
    """Lanes kept per chunk between the passes: `R A` and `V`.

    Parameters
    ----------
    q, m : int
        Terms, and columns of the child's square root.
    """
    return q * q + q * m


@njit(**COMPILED)
def chunk_places(chunk, index):  # type: ignore[no-untyped-def]
    """Places of `R A` and `V` of a chunk, its first round and the round after its last."""
    q, m = index[Q], at(index, BLOCK_COLUMNS, CHILD)
    ra = index[KEPT_CHUNKS] + index[KEEP] * chunk * (q * q + q * m) * LANES
    first = at(index, CHUNK_ROUND_START, chunk)
    return ra, ra + q * q * LANES, first, at(index, CHUNK_ROUND_START, chunk + 1)


@njit(**COMPILED)
def round_places(round_, first, index):  # type: ignore[no-untyped-def]
    """Places of `g0` and `theta0` of a round of a chunk whose first round is given."""
    q = index[Q]
    kept = round_ if index[KEEP] else round_ - first
    g0 = index[KEPT_ROUNDS] + kept * 2 * q * LANES
    return g0, g0 + q * LANES


@njit(**COMPILED)
def absorb_chunk(chunk, gamma, beta, delta, root, index, data, work):  # type: ignore[no-untyped-def]
    """Messages of a chunk's children: `R A`, `g0` and log weights.

    Parameters
    ----------
    chunk : int
    gamma, beta, delta : array
        Coefficients, effects of covariates, effects of occasion covariates.
    root : array
        Elements of the square roots of all blocks, the child's first.
    index, data, work : array
    """
    q = index[Q]
    ra, v, first, end = chunk_places(chunk, index)
    precision(chunk, ra, index, data, work)
    for round_ in range(first, end):
        g0, theta = round_places(round_, first, index)
        _expected(round_, theta, gamma, beta, index, data, work)
        information(chunk, round_, delta, index, data, work)
        half = splat(0.0)
        for i in range(q):
            b = load(work, index[B] + i * LANES)
            less = b
            for j in range(q):
                left = load(work, ra + (i * q + j) * LANES)
                less = fnma(left, load(work, theta + j * LANES), less)
            store(work, g0 + i * LANES, less)
            half = fma(load(work, theta + i * LANES), plus(b, less), half)
        store(work, index[WEIGHT] + round_ * LANES, times(half, splat(0.5)))
    integrate(CHILD, ra, v, root, index, work)
    log_determinant(CHILD, index[LOG_DET], index, work)
    for round_ in range(first, end):
        g0, _ = round_places(round_, first, index)
        weight = index[WEIGHT] + round_ * LANES
        here = load(data, index[X] + round_ * (1 + index[N_X]) * LANES)
        store(work, weight, fnma(here, load(work, index[LOG_DET]), load(work, weight)))
        absorb(CHILD, g0, v, weight, index, work)


@njit(**COMPILED)
def _expected(round_, theta, gamma, beta, index, data, work):  # type: ignore[no-untyped-def]
    """`theta0 = gamma + x beta`, zero where there is no child."""
    n = index[K]
    x = index[X] + round_ * (1 + index[N_X]) * LANES
    here = load(data, x)
    for i in range(index[Q]):
        store(work, theta + i * LANES, times(here, splat(gamma[i])))
    for pair in range(index[N_ON]):
        value = load(data, x + (1 + at(index, ON_COLUMN, pair)) * LANES)
        for i in range(n):
            place = theta + (at(index, ON_COEFFICIENT, pair) * n + i) * LANES
            store(work, place, fma(value, splat(beta[pair * n + i]), load(work, place)))


@njit(**COMPILED)
def send_up(chunk, index, work):  # type: ignore[no-untyped-def]
    """Add a chunk's messages to the units of the level above."""
    q = index[Q]
    up = terms_above(index, CHILD)
    e = len(up)
    ra, _, first, end = chunk_places(chunk, index)
    boxes = at(index, BOX_PLACE, ABOVE_CHILD)
    for round_ in range(first, end):
        g0, _ = round_places(round_, first, index)
        parents = index[ROUND_PARENT] + round_ * LANES
        for lane in range(at(index, ROUND_VALID, round_)):
            box = boxes + index[parents + lane]
            for i in range(e):
                row = ra + up[i] * q * LANES + lane
                for j in range(i + 1):
                    work[box] += work[row + up[j] * LANES]
                    box += 1
            for i in range(e):
                work[box + i] += work[g0 + up[i] * LANES + lane]


@njit(**COMPILED)
def differentiate_chunk(chunk, delta, root, index, data, work):  # type: ignore[no-untyped-def]
    """Derivatives of a chunk's children, given the effects above them.

    Parameters
    ----------
    chunk : int
    delta, root : array
        As in `absorb_chunk`.
    index, data, work : array
    """
    q = index[Q]
    e = len(terms_above(index, CHILD))
    ra, v, first, end = chunk_places(chunk, index)
    fill(work, index[SECOND], q * (q + 1) // 2, 0.0)
    fill(work, index[P], e * e, 0.0)
    fill(work, index[ABOVE], e, 0.0)
    for round_ in range(first, end):
        g0, theta0 = round_places(round_, first, index)
        if index[N_BLOCKS] > 1:
            _gather(round_, e, index, work)
        for i in range(q):
            store(work, index[THETA] + i * LANES, load(work, theta0 + i * LANES))
        explain(CHILD, ra, g0, index[THETA], root, index, work)
        if index[N_CENSORED]:
            keep_means(index[THETA], round_, index, work)
        add_square(index[THETA], q, index[SECOND], work)
        _add_coefficients(round_, index, data, work)
        add_products(chunk, round_, delta, index, data, work)
    for i in range(e):
        for j in range(i):
            lower = load(work, index[P] + (i * e + j) * LANES)
            store(work, index[P] + (j * e + i) * LANES, lower)
    store(work, index[COUNT], load(data, index[SLOT_COUNT] + chunk * LANES))
    spread(CHILD, ra, v, index[SECOND], root, index, work)
    subtract_second_moments(chunk, index, data, work)


@njit(**COMPILED)
def _gather(round_, e, index, work):  # type: ignore[no-untyped-def]
    """Mean of the effects above each child; the lower triangle of their covariances is added up."""
    boxes = at(index, BOX_PLACE, ABOVE_CHILD)
    above, p = index[ABOVE], index[P]
    valid = at(index, ROUND_VALID, round_)
    parents = index[ROUND_PARENT] + round_ * LANES
    for lane in range(valid, LANES):
        for i in range(e):
            work[above + i * LANES + lane] = 0.0
    for lane in range(valid):
        box = boxes + index[parents + lane]
        for i in range(e):
            for j in range(i + 1):
                work[p + (i * e + j) * LANES + lane] += work[box]
                box += 1
        for i in range(e):
            work[above + i * LANES + lane] = work[box + i]


@njit(**COMPILED)
def _add_coefficients(round_, index, data, work):  # type: ignore[no-untyped-def]
    """Derivatives by gamma and beta: `g` and `x g`."""
    n = index[K]
    for i in range(index[Q]):
        place = index[D_THETA] + i * LANES
        store(work, place, plus(load(work, place), load(work, index[G] + i * LANES)))
    x = index[X] + round_ * (1 + index[N_X]) * LANES
    for pair in range(index[N_ON]):
        value = load(data, x + (1 + at(index, ON_COLUMN, pair)) * LANES)
        for i in range(n):
            place = index[D_ON] + (pair * n + i) * LANES
            g = load(work, index[G] + (at(index, ON_COEFFICIENT, pair) * n + i) * LANES)
            store(work, place, fma(value, g, load(work, place)))
