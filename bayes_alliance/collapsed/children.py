"""The children's part of the recursion, chunk by chunk: upwards, then downwards.

A chunk holds eight patterns; its rounds hold one child of each (`patterns`). Upwards, ratings become
messages to the level above. Downwards, the posterior mean and covariance of the effects above
become derivatives by everything a child's ratings depend on.
"""

from numba import njit

from bayes_alliance.collapsed.constants import KEEP, N_BLOCKS, N_ON, N_X, N_Z, K, Q, T
from bayes_alliance.collapsed.lanes import LANES, fma, fnma, load, splat, store
from bayes_alliance.collapsed.messages import (
    COMPILED,
    absorb,
    add_square,
    explain,
    fill,
    integrate,
    log_determinant,
    spread,
)
from bayes_alliance.collapsed.workspace import (
    ABOVE,
    COUNT,
    D_OMEGA,
    D_ON,
    D_THETA,
    D_Z,
    KEPT_CHUNKS,
    KEPT_ROUNDS,
    LG,
    LOG_DET,
    LRA,
    MP,
    OMEGA,
    RAP,
    RESIDUAL,
    SECOND,
    THETA,
    WEIGHT,
    B,
    C,
    G,
    M,
    P,
    U,
    V,
)


@njit(**COMPILED)
def chunk_places(chunk, k):  # type: ignore[no-untyped-def]
    """Places of `R A` and the factor of a chunk, and the offset of its rounds."""
    q, m = index[Q], index[index[BLOCK_COLUMNS] + 0]
    kept = index[KEEP]
    ra = index[KEPT_CHUNKS] + kept * chunk * (q * q + m * m + m) * LANES
    first_round = (1 - kept) * index[index[CHUNK_ROUND_START] + chunk]
    return ra, ra + q * q * LANES, first_round


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
    k : Constants
    work : array
    """
    q, m = index[Q], index[index[BLOCK_COLUMNS] + 0]
    starts = index[index[COLUMN_START] : index[COLUMN_START] + m + 1]
    ra, factor, first_round = chunk_places(chunk, k)
    rounds = range(index[index[CHUNK_ROUND_START] + chunk], index[index[CHUNK_ROUND_START] + chunk + 1])
    _precision(chunk, ra, index, data, work)
    for round_ in rounds:
        g0 = index[KEPT_ROUNDS] + (round_ - first_round) * 2 * q * LANES
        _expected(round_, g0 + q * LANES, gamma, beta, index, data, work)
        _information(chunk, round_, delta, index, data, work)
        half = splat(0.0)
        for i in range(q):
            b = load(work, index[B] + i * LANES)
            less = b
            for j in range(q):
                theta = load(work, g0 + (q + j) * LANES)
                less = fnma(load(work, ra + (i * q + j) * LANES), theta, less)
            store(work, g0 + i * LANES, less)
            half = fma(load(work, g0 + (q + i) * LANES), b + less, half)
        store(work, index[WEIGHT] + round_ * LANES, half * splat(0.5))
    integrate(work, ra, index[U], factor, q, m, root, starts, k.column_row)
    log_determinant(work, factor, m, index[LOG_DET])
    for round_ in rounds:
        g0 = index[KEPT_ROUNDS] + (round_ - first_round) * 2 * q * LANES
        weight = index[WEIGHT] + round_ * LANES
        here = load(data, index[X] + round_ * (1 + index[N_X]) * LANES)
        log_det = load(work, index[LOG_DET])
        store(work, weight, fnma(here, log_det, load(work, weight)))
        absorb(
            work, g0, index[C], index[U], factor, q, m, weight, root, starts, k.column_row
        )


@njit(**COMPILED)
def send_up(chunk, index, data, work):  # type: ignore[no-untyped-def]
    """Add a chunk's messages to the units of the level above."""
    q, e = index[Q], index[index[BLOCK_DIM] + 1]
    up = index[index[UP_POSITION] : index[UP_POSITION] + index[index[UP_START] + 1]]
    ra, _, first_round = chunk_places(chunk, k)
    for round_ in range(index[index[CHUNK_ROUND_START] + chunk], index[index[CHUNK_ROUND_START] + chunk + 1]):
        g0 = index[KEPT_ROUNDS] + (round_ - first_round) * 2 * q * LANES
        for lane in range(index[index[ROUND_VALID] + round_]):
            node = index[index[LEVEL_PLACE] + 1] + index[index[ROUND_PARENT] + round_ * LANES + lane]
            for i in range(e):
                for j in range(i + 1):
                    work[node + (i * e + j) * LANES] += work[
                        ra + (up[i] * q + up[j]) * LANES + lane
                    ]
                work[node + (e * e + i) * LANES] += work[g0 + up[i] * LANES + lane]


@njit(**COMPILED)
def differentiate_chunk(chunk, delta, root, index, data, work):  # type: ignore[no-untyped-def]
    """Derivatives of a chunk's children, given the effects above them.

    Parameters
    ----------
    chunk : int
    delta, root : array
        As in `absorb_chunk`.
    k : Constants
    work : array
    """
    q, m = index[Q], index[index[BLOCK_COLUMNS] + 0]
    starts = index[index[COLUMN_START] : index[COLUMN_START] + m + 1]
    up = index[index[UP_POSITION] : index[UP_POSITION] + index[index[UP_START] + 1]]
    e = len(up)
    ra, factor, first_round = chunk_places(chunk, k)
    place = k.place
    fill(work, place[SECOND], q * (q + 1) // 2, 0.0)
    fill(work, place[P], e * e, 0.0)
    fill(work, place[ABOVE], e, 0.0)
    for round_ in range(index[index[CHUNK_ROUND_START] + chunk], index[index[CHUNK_ROUND_START] + chunk + 1]):
        g0 = place[KEPT_ROUNDS] + (round_ - first_round) * 2 * q * LANES
        if index[N_BLOCKS] > 1:
            _gather(round_, e, index, data, work)
        for i in range(q):
            store(work, place[THETA] + i * LANES, load(work, g0 + (q + i) * LANES))
        explain(
            work,
            ra,
            g0,
            place[ABOVE],
            place[G],
            place[LG],
            place[THETA],
            q,
            m,
            index[index[DS_PLACE] + 0],
            root,
            starts,
            k.column_row,
            up,
        )
        add_square(work, place[THETA], q, place[SECOND])
        _add_coefficients(round_, index, data, work)
        _add_precisions(chunk, round_, delta, index, data, work)
    store(work, place[COUNT], load(data, index[SLOT_COUNT] + chunk * LANES))
    spread(
        work,
        ra,
        factor,
        q,
        m,
        place[COUNT],
        place[SECOND],
        place[P],
        place[V],
        place[RAP],
        place[LRA],
        place[M],
        place[MP],
        index[index[DS_PLACE] + 0],
        root,
        starts,
        k.column_row,
        up,
    )
    _subtract_second_moments(chunk, index, data, work)


@njit(**COMPILED)
def _precision(chunk, a, index, data, work):  # type: ignore[no-untyped-def]
    """`A = sum_o phi_o (x) Omega_o`."""
    n, n_t, q = index[K], index[T], index[Q]
    n_pairs = n_t * (n_t + 1) // 2
    fill(work, a, q * q, 0.0)
    for cell in range(index[index[CHUNK_SET_START] + chunk], index[index[CHUNK_SET_START] + chunk + 1]):
        s = index[index[CHUNK_SET] + cell]
        members = members_of(s, index)
        omega = index[OMEGA] + s * n * n
        pair = cell * n_pairs * LANES
        for c in range(n_t):
            for d in range(c + 1):
                phi = load(data, index[PHI] + pair)
                pair += LANES
                for i in range(len(members)):
                    for j in range(len(members)):
                        row, column = c * n + members[i], d * n + members[j]
                        entry = a + (row * q + column) * LANES
                        weight = splat(work[omega + i * n + j])
                        store(work, entry, fma(phi, weight, load(work, entry)))
    for i in range(q):
        for j in range(i // n * n):
            store(work, a + (j * q + i) * LANES, load(work, a + (i * q + j) * LANES))


@njit(**COMPILED)
def _expected(round_, theta, gamma, beta, index, data, work):  # type: ignore[no-untyped-def]
    """`theta0 = gamma + x beta`, zero where there is no child."""
    n = index[K]
    x = round_ * (1 + index[N_X]) * LANES
    here = load(data, index[X] + x)
    for i in range(index[Q]):
        store(work, theta + i * LANES, here * splat(gamma[i]))
    for pair in range(index[N_ON]):
        value = load(data, index[X] + x + (1 + index[index[ON_COLUMN] + pair]) * LANES)
        for i in range(n):
            place = theta + (index[index[ON_COEFFICIENT] + pair] * n + i) * LANES
            store(work, place, fma(value, splat(beta[pair * n + i]), load(work, place)))


@njit(**COMPILED)
def _residual_sums(members, yb, yz, delta, index, data, work):  # type: ignore[no-untyped-def]
    """`sum_t phi_t r_t'` of one cell: sums of ratings less those of occasion covariates."""
    n, n_z, m = index[K], index[N_Z], len(members)
    for c in range(index[T]):
        for i in range(m):
            total = load(data, index[YB] + yb + (c * m + i) * LANES)
            for p in range(n_z):
                z = load(data, index[YZ] + yz + (c * n_z + p) * LANES)
                total = fnma(z, splat(delta[p * n + members[i]]), total)
            store(work, index[RESIDUAL] + (c * m + i) * LANES, total)


@njit(**COMPILED)
def _information(chunk, round_, delta, index, data, work):  # type: ignore[no-untyped-def]
    """`b = sum_t phi_t (x) Omega_o r_t`."""
    n, n_t, n_z = index[K], index[T], index[N_Z]
    b, source, place = index[B], k.yb, index[index[ROUND_YB] + round_]
    yz = index[index[ROUND_YZ] + round_]
    fill(work, b, index[Q], 0.0)
    for cell in range(index[index[CHUNK_SET_START] + chunk], index[index[CHUNK_SET_START] + chunk + 1]):
        s = index[index[CHUNK_SET] + cell]
        members = members_of(s, index)
        m = len(members)
        omega = index[OMEGA] + s * n * n
        sums = place
        if n_z:
            _residual_sums(members, place, yz, delta, index, data, work)
            source, sums = work, index[RESIDUAL]
        for c in range(n_t):
            for i in range(m):
                entry = b + (c * n + members[i]) * LANES
                total = load(work, entry)
                for j in range(m):
                    right = splat(work[omega + i * n + j])
                    total = fma(load(source, sums + (c * m + j) * LANES), right, total)
                store(work, entry, total)
        place += n_t * m * LANES
        yz += n_t * n_z * LANES


@njit(**COMPILED)
def _gather(round_, e, index, data, work):  # type: ignore[no-untyped-def]
    """Mean of the effects above each child, and the sum of their covariances."""
    mean = e * e + e + index[index[BLOCK_COLUMNS] + 1] * (index[index[BLOCK_COLUMNS] + 1] + 1)
    valid = index[index[ROUND_VALID] + round_]
    for lane in range(valid, LANES):
        for i in range(e):
            work[index[ABOVE] + i * LANES + lane] = 0.0
    for lane in range(valid):
        node = index[index[LEVEL_PLACE] + 1] + index[index[ROUND_PARENT] + round_ * LANES + lane] + mean * LANES
        cov = node + e * LANES
        for i in range(e):
            work[index[ABOVE] + i * LANES + lane] = work[node + i * LANES]
            for j in range(i):
                value = work[cov]
                work[index[P] + (i * e + j) * LANES + lane] += value
                work[index[P] + (j * e + i) * LANES + lane] += value
                cov += LANES
            work[index[P] + (i * e + i) * LANES + lane] += work[cov]
            cov += LANES


@njit(**COMPILED)
def _add_coefficients(round_, index, data, work):  # type: ignore[no-untyped-def]
    """Derivatives by gamma and beta: `g` and `x g`."""
    n = index[K]
    g = index[G]
    for i in range(index[Q]):
        place = index[D_THETA] + i * LANES
        store(work, place, load(work, place) + load(work, g + i * LANES))
    x = round_ * (1 + index[N_X]) * LANES
    for pair in range(index[N_ON]):
        value = load(data, index[X] + x + (1 + index[index[ON_COLUMN] + pair]) * LANES)
        for i in range(n):
            place = index[D_ON] + (pair * n + i) * LANES
            right = load(work, g + (index[index[ON_COEFFICIENT] + pair] * n + i) * LANES)
            store(work, place, fma(value, right, load(work, place)))


@njit(**COMPILED)
def _add_precisions(chunk, round_, delta, index, data, work):  # type: ignore[no-untyped-def]
    """Derivatives by the precisions through `b`: `theta r'`, twice its symmetric part."""
    n, n_t, n_z = index[K], index[T], index[N_Z]
    theta, source, place = index[THETA], k.yb, index[index[ROUND_YB] + round_]
    yz = index[index[ROUND_YZ] + round_]
    for cell in range(index[index[CHUNK_SET_START] + chunk], index[index[CHUNK_SET_START] + chunk + 1]):
        s = index[index[CHUNK_SET] + cell]
        members = members_of(s, index)
        m = len(members)
        sums = place
        if n_z:
            _residual_sums(members, place, yz, delta, index, data, work)
            source, sums = work, index[RESIDUAL]
            _add_occasion_covariates(s, members, yz, index, data, work)
        for i in range(m):
            for j in range(i + 1):
                entry = index[D_OMEGA] + ((s * n + i) * n + j) * LANES
                total = load(work, entry)
                for c in range(n_t):
                    left = load(work, theta + (c * n + members[i]) * LANES)
                    total = fma(left, load(source, sums + (c * m + j) * LANES), total)
                    left = load(work, theta + (c * n + members[j]) * LANES)
                    total = fma(left, load(source, sums + (c * m + i) * LANES), total)
                store(work, entry, total)
        place += n_t * m * LANES
        yz += n_t * n_z * LANES


@njit(**COMPILED)
def _add_occasion_covariates(s, members, yz, index, data, work):  # type: ignore[no-untyped-def]
    """Sum of `z_t phi_t' theta` over occasions, by informant."""
    n, n_z = index[K], index[N_Z]
    for p in range(n_z):
        for i in range(len(members)):
            entry = index[D_Z] + ((s * n_z + p) * n + i) * LANES
            total = load(work, entry)
            for c in range(index[T]):
                left = load(work, index[THETA] + (c * n + members[i]) * LANES)
                total = fma(left, load(data, index[YZ] + yz + (c * n_z + p) * LANES), total)
            store(work, entry, total)


@njit(**COMPILED)
def _subtract_second_moments(chunk, index, data, work):  # type: ignore[no-untyped-def]
    """Derivatives by the precisions through `A`: `- sum_cd phi_cd E[theta_c theta_d']`."""
    n, n_t = index[K], index[T]
    n_pairs = n_t * (n_t + 1) // 2
    second = index[SECOND]
    for cell in range(index[index[CHUNK_SET_START] + chunk], index[index[CHUNK_SET_START] + chunk + 1]):
        s = index[index[CHUNK_SET] + cell]
        members = members_of(s, index)
        for i in range(len(members)):
            for j in range(i + 1):
                entry = index[D_OMEGA] + ((s * n + i) * n + j) * LANES
                total = load(work, entry)
                pair = cell * n_pairs * LANES
                for c in range(n_t):
                    row, other = c * n + members[i], c * n + members[j]
                    for d in range(c):
                        phi = load(data, index[PHI] + pair)
                        pair += LANES
                        column = d * n + members[j]
                        place = second + (row * (row + 1) // 2 + column) * LANES
                        total = fnma(phi, load(work, place), total)
                        column = d * n + members[i]
                        place = second + (other * (other + 1) // 2 + column) * LANES
                        total = fnma(phi, load(work, place), total)
                    place = second + (row * (row + 1) // 2 + other) * LANES
                    total = fnma(load(data, index[PHI] + pair), load(work, place), total)
                    pair += LANES
                store(work, entry, total)
