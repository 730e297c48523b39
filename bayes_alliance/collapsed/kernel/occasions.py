r"""Between occasions and growth coefficients: precision and information of a child's ratings.

With :math:`\Omega_o` the residual precision of the informants `o` who rated at an occasion,

.. math:: A = \sum_o \Big(\sum_{t: o(t) = o} \phi_t \phi_t'\Big) \otimes \Omega_o, \qquad
          b = \sum_t \phi_t \otimes \Omega_{o(t)} (y_t - z_t \delta),

and, downwards, derivatives by :math:`\Omega_o` from the posterior moments of the coefficients. The
sums over occasions are constants, so the number of occasions costs nothing; absent ratings are
never touched.
"""

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED, at, informants_of
from bayes_alliance.collapsed.kernel.header import (
    CHUNK_SET,
    CHUNK_SET_START,
    D_OMEGA,
    D_Z,
    N_Z,
    OMEGA,
    PHI,
    RESIDUAL,
    ROUND_YB,
    ROUND_YZ,
    SECOND,
    THETA,
    YB,
    YZ,
    B,
    K,
    Q,
    T,
)
from bayes_alliance.collapsed.kernel.lanes import LANES, fma, fnma, load, splat, store
from bayes_alliance.collapsed.kernel.messages import fill


@njit(**COMPILED)
def precision(chunk, a, index, data, work):  # type: ignore[no-untyped-def]
    """Write `A` of a chunk's patterns."""
    n, n_t, q = index[K], index[T], index[Q]
    n_pairs = n_t * (n_t + 1) // 2
    fill(work, a, q * q, 0.0)
    for cell in range(at(index, CHUNK_SET_START, chunk), at(index, CHUNK_SET_START, chunk + 1)):
        s = at(index, CHUNK_SET, cell)
        members = informants_of(index, s)
        omega = index[OMEGA] + s * n * n
        pair = index[PHI] + cell * n_pairs * LANES
        for c in range(n_t):
            for d in range(c + 1):
                phi = load(data, pair)
                pair += LANES
                for i in range(len(members)):
                    row = a + ((c * n + members[i]) * q + d * n) * LANES
                    for j in range(len(members)):
                        place = row + members[j] * LANES
                        weight = splat(work[omega + i * n + j])
                        store(work, place, fma(phi, weight, load(work, place)))
    for i in range(q):
        for j in range(i // n * n):
            store(work, a + (j * q + i) * LANES, load(work, a + (i * q + j) * LANES))


@njit(**COMPILED)
def information(chunk, round_, delta, index, data, work):  # type: ignore[no-untyped-def]
    """Write `b` of a round of children."""
    n, n_t, n_z, b = index[K], index[T], index[N_Z], index[B]
    source, yb = data, index[YB] + at(index, ROUND_YB, round_)
    yz = index[YZ] + at(index, ROUND_YZ, round_)
    fill(work, b, index[Q], 0.0)
    for cell in range(at(index, CHUNK_SET_START, chunk), at(index, CHUNK_SET_START, chunk + 1)):
        s = at(index, CHUNK_SET, cell)
        members = informants_of(index, s)
        m = len(members)
        omega = index[OMEGA] + s * n * n
        sums = yb
        if n_z:
            _residual_sums(members, yb, yz, delta, index, data, work)
            source, sums = work, index[RESIDUAL]
        for c in range(n_t):
            for i in range(m):
                place = b + (c * n + members[i]) * LANES
                total = load(work, place)
                for j in range(m):
                    weight = splat(work[omega + i * n + j])
                    total = fma(load(source, sums + (c * m + j) * LANES), weight, total)
                store(work, place, total)
        yb += n_t * m * LANES
        yz += n_t * n_z * LANES


@njit(**COMPILED)
def _residual_sums(members, yb, yz, delta, index, data, work):  # type: ignore[no-untyped-def]
    """Sums of `phi (y - z delta)'` over the occasions of one set."""
    n, n_z, m = index[K], index[N_Z], len(members)
    for c in range(index[T]):
        for i in range(m):
            total = load(data, yb + (c * m + i) * LANES)
            for p in range(n_z):
                z = load(data, yz + (c * n_z + p) * LANES)
                total = fnma(z, splat(delta[p * n + members[i]]), total)
            store(work, index[RESIDUAL] + (c * m + i) * LANES, total)


@njit(**COMPILED)
def add_products(chunk, round_, delta, index, data, work):  # type: ignore[no-untyped-def]
    """Derivatives by the precisions through `b`: twice the symmetric part of `theta r'`."""
    n, n_t, n_z = index[K], index[T], index[N_Z]
    theta, source, yb = index[THETA], data, index[YB] + at(index, ROUND_YB, round_)
    yz = index[YZ] + at(index, ROUND_YZ, round_)
    for cell in range(at(index, CHUNK_SET_START, chunk), at(index, CHUNK_SET_START, chunk + 1)):
        s = at(index, CHUNK_SET, cell)
        members = informants_of(index, s)
        m = len(members)
        sums = yb
        if n_z:
            _residual_sums(members, yb, yz, delta, index, data, work)
            source, sums = work, index[RESIDUAL]
            _add_occasion_covariates(s, members, yz, index, data, work)
        d_omega = index[D_OMEGA] + s * n * n * LANES
        for i in range(m):
            first = theta + members[i] * LANES
            for j in range(i + 1):
                second = theta + members[j] * LANES
                place = d_omega + (i * n + j) * LANES
                total = load(work, place)
                for c in range(n_t):
                    left = load(work, first + c * n * LANES)
                    total = fma(left, load(source, sums + (c * m + j) * LANES), total)
                    left = load(work, second + c * n * LANES)
                    total = fma(left, load(source, sums + (c * m + i) * LANES), total)
                store(work, place, total)
        yb += n_t * m * LANES
        yz += n_t * n_z * LANES


@njit(**COMPILED)
def _add_occasion_covariates(s, members, yz, index, data, work):  # type: ignore[no-untyped-def]
    """Sums of `z phi' theta`, by informant: what delta's derivative needs."""
    n, n_z = index[K], index[N_Z]
    for p in range(n_z):
        for i in range(len(members)):
            place = index[D_Z] + ((s * n_z + p) * n + i) * LANES
            total = load(work, place)
            for c in range(index[T]):
                left = load(work, index[THETA] + (c * n + members[i]) * LANES)
                total = fma(left, load(data, yz + (c * n_z + p) * LANES), total)
            store(work, place, total)


@njit(**COMPILED)
def subtract_second_moments(chunk, index, data, work):  # type: ignore[no-untyped-def]
    """Derivatives by the precisions through `A`: `- sum phi_c phi_d E[theta_c theta_d']`."""
    n, n_t = index[K], index[T]
    n_pairs = n_t * (n_t + 1) // 2
    second = index[SECOND]
    for cell in range(at(index, CHUNK_SET_START, chunk), at(index, CHUNK_SET_START, chunk + 1)):
        s = at(index, CHUNK_SET, cell)
        members = informants_of(index, s)
        for i in range(len(members)):
            for j in range(i + 1):
                place = index[D_OMEGA] + ((s * n + i) * n + j) * LANES
                total = load(work, place)
                pair = index[PHI] + cell * n_pairs * LANES
                for c in range(n_t):
                    row, other = c * n + members[i], c * n + members[j]
                    of_row, of_other = row * (row + 1) // 2, other * (other + 1) // 2
                    for d in range(c):
                        phi = load(data, pair)
                        pair += LANES
                        moment = load(work, second + (of_row + d * n + members[j]) * LANES)
                        total = fnma(phi, moment, total)
                        moment = load(work, second + (of_other + d * n + members[i]) * LANES)
                        total = fnma(phi, moment, total)
                    moment = load(work, second + (of_row + other) * LANES)
                    total = fnma(load(data, pair), moment, total)
                    pair += LANES
                store(work, place, total)
