r"""Censored ratings: latent values of the ratings at an end of their scale, and nothing else.

A rating at the ceiling says "this much or more". What it would be on a scale without ends,

.. math:: y = \mathrm{end} \pm \mathrm{excess}, \qquad \mathrm{excess} > 0,

is a coordinate of the sampler's vector. Given all of these the ratings are normal, so every random
effect integrates out as before: the sums over occasions, constants otherwise, are completed in a
copy of the data, and derivatives by the completed ratings are

.. math::
   \frac{\partial \log p}{\partial y_t}
   = -\Omega_{o(t)} (y_t - \phi_t' E[\theta] - z_t' \delta).
"""

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED, at, informants_of
from bayes_alliance.collapsed.kernel.header import (
    CENSORED_END,
    CENSORED_INFORMANT,
    CENSORED_PHI,
    CENSORED_POSITION,
    CENSORED_SEAT,
    CENSORED_SET,
    CENSORED_SIGN,
    CENSORED_START,
    CENSORED_Y,
    CENSORED_YB,
    CENSORED_Z,
    MEANS,
    N_CENSORED_ROWS,
    N_Z,
    OMEGA,
    SMALL,
    YB,
    YY,
    ZY,
    K,
    Q,
    T,
)
from bayes_alliance.collapsed.kernel.lanes import LANES, load, store


@njit(**COMPILED)
def complete(excess, index, data, completed):  # type: ignore[no-untyped-def]
    """Add censored ratings to the sums over occasions.

    Parameters
    ----------
    excess : array, shape (n_censored,)
        How far each censored rating lies beyond the end of its scale.
    index, data : array
        The arrays of `Constants`; sums are without the censored ratings.
    completed : array
        A copy of `data`, which receives the ratings and the sums with them.
    """
    n, n_t, n_z = index[K], index[T], index[N_Z]
    for row in range(index[N_CENSORED_ROWS]):
        s = at(index, CENSORED_SET, row)
        members = informants_of(index, s)
        y = index[CENSORED_Y] + row * n
        phi, z = index[CENSORED_PHI] + row * n_t, index[CENSORED_Z] + row * n_z
        for cell in range(at(index, CENSORED_START, row), at(index, CENSORED_START, row + 1)):
            sign = data[index[CENSORED_SIGN] + cell]
            value = data[index[CENSORED_END] + cell] + sign * excess[cell]
            completed[y + at(index, CENSORED_INFORMANT, cell)] = value
            place = index[YB] + at(index, CENSORED_YB, cell)
            for c in range(n_t):
                completed[place + c * len(members) * LANES] += data[phi + c] * value
        for a in members:
            for b in members:
                product = completed[y + a] * completed[y + b] - data[y + a] * data[y + b]
                completed[index[YY] + (s * n + a) * n + b] += product
            for p in range(n_z):
                more = data[z + p] * (completed[y + a] - data[y + a])
                completed[index[ZY] + (s * n_z + p) * n + a] += more


@njit(**COMPILED)
def keep_means(theta, round_, index, work):  # type: ignore[no-untyped-def]
    """Keep the posterior means of the coefficients of a round of children."""
    q = index[Q]
    for i in range(q):
        place = index[MEANS] + (round_ * q + i) * LANES
        store(work, place, load(work, theta + i * LANES))


@njit(**COMPILED)
def excess_gradients(delta, index, completed, work, out):  # type: ignore[no-untyped-def]
    """Write derivatives of the log likelihood by how far censored ratings lie beyond the ends.

    Parameters
    ----------
    delta : array, shape (n_z * K,)
        Effects of occasion covariates.
    index, completed, work : array
        After the likelihood was evaluated at the completed data.
    out : array, shape (n_censored,)
    """
    n, n_t, n_z, q = index[K], index[T], index[N_Z], index[Q]
    residual = index[SMALL]
    for row in range(index[N_CENSORED_ROWS]):
        s = at(index, CENSORED_SET, row)
        members = informants_of(index, s)
        seat = at(index, CENSORED_SEAT, row)
        theta = index[MEANS] + seat // LANES * q * LANES + seat % LANES
        phi, z = index[CENSORED_PHI] + row * n_t, index[CENSORED_Z] + row * n_z
        for j in range(len(members)):
            k = members[j]
            total = completed[index[CENSORED_Y] + row * n + k]
            for c in range(n_t):
                total -= completed[phi + c] * work[theta + (c * n + k) * LANES]
            for p in range(n_z):
                total -= completed[z + p] * delta[p * n + k]
            work[residual + j] = total
        for cell in range(at(index, CENSORED_START, row), at(index, CENSORED_START, row + 1)):
            omega = index[OMEGA] + s * n * n + at(index, CENSORED_POSITION, cell) * n
            total = 0.0
            for j in range(len(members)):
                total += work[omega + j] * work[residual + j]
            out[cell] = -completed[index[CENSORED_SIGN] + cell] * total
