r"""Informants whose growth coefficients follow from those of the others, and who have no effects.

With `theta` the growth coefficients that vary, those of all informants are :math:`B \theta`: rows
of `B` are those of the unit matrix for informants who vary, and those of `E` for the last ones, who
follow them. What occasions say of all (marked by a tilde) says of `theta`

.. math:: A = B' \tilde A B, \qquad b = B' \tilde b,

so that the recursion has no terms for those who follow; downward, from posterior mean `m` and
covariance `C` of `theta`,

.. math:: \tilde m = B m, \qquad \tilde C = B C B', \qquad
          \partial/\partial B = \sum_i \Big[ \Big( \sum_t \phi_t \otimes W r_t \Big) m'
          - \tilde A B\, C \Big]_i,

of which the rows of `E` are kept. A row of `E` is a growth coefficient and one who follows.
"""

from numba import njit

from bayes_alliance.collapsed.kernel.arrays import COMPILED, Eights, Given, Seats, Work
from bayes_alliance.collapsed.kernel.lanes import lanes, summed, zero


@njit(**COMPILED)
def counts(seats: Seats, given: Given) -> tuple[int, int, int]:
    """Growth coefficients, informants who vary, and who follow."""
    n_coefficients = seats.basis.shape[1]
    n_followers = len(given.follow) // n_coefficients
    return n_coefficients, given.stretch.shape[1] - n_followers, n_followers


@njit(**COMPILED)
def fold_precision(
    place: int, whole: Eights, a: Eights, seats: Seats, given: Given, work: Work
) -> None:
    """`A` of a chunk from that of all informants; keeps the rows `E` of `A~ B`."""
    n_coefficients, n_own, n_followers = counts(seats, given)
    n, q, follow, half = n_own + n_followers, len(a), given.follow, lanes(work.followed[place])
    for e in range(n_coefficients):
        for g in range(n_followers):
            row, at = e * n_followers + g, e * n + n_own + g
            for i in range(q):
                half[row, i] = zero()
            for c in range(n_coefficients):
                for k in range(n_own):
                    half[row, c * n_own + k] = whole[at, c * n + k]
            for c in range(n_coefficients):
                for h in range(n_followers):
                    other = whole[at, c * n + n_own + h]
                    for i in range(q):
                        half[row, i] += follow[c * n_followers + h, i] * other
    for i in range(q):
        for j in range(i + 1):
            a[i, j] = zero()
    for c in range(n_coefficients):
        for k in range(n_own):
            i, here = c * n_own + k, c * n + k
            for d in range(c + 1):
                for j in range(k + 1 if c == d else n_own):
                    a[i, d * n_own + j] = whole[here, d * n + j]
            for e in range(n_coefficients):
                for g in range(n_followers):
                    across = whole[here, e * n + n_own + g]
                    for j in range(i + 1):
                        a[i, j] += follow[e * n_followers + g, j] * across
    for i in range(q):
        for j in range(i + 1):
            total = a[i, j]
            for row in range(len(follow)):
                total += follow[row, i] * half[row, j]
            a[i, j] = total
            a[j, i] = total


@njit(**COMPILED)
def fold_information(whole: Eights, b: Eights, q: int, seats: Seats, given: Given) -> None:
    """`b` of a round's children from that of all informants."""
    n_coefficients, n_own, n_followers = counts(seats, given)
    n = n_own + n_followers
    for i in range(q):
        total = zero()
        for c in range(n_coefficients):
            for g in range(n_followers):
                total += given.follow[c * n_followers + g, i] * whole[c * n + n_own + g]
        b[i] = total
    for c in range(n_coefficients):
        for k in range(n_own):
            b[c * n_own + k] += whole[c * n + k]


@njit(**COMPILED)
def unfold_mean(mean: Eights, q: int, whole: Eights, seats: Seats, given: Given) -> None:
    """Means of the growth coefficients of all informants."""
    n_coefficients, n_own, n_followers = counts(seats, given)
    n = n_own + n_followers
    for c in range(n_coefficients):
        for k in range(n_own):
            whole[c * n + k] = mean[c * n_own + k]
        for g in range(n_followers):
            total = zero()
            for i in range(q):
                total += given.follow[c * n_followers + g, i] * mean[i]
            whole[c * n + n_own + g] = total


@njit(**COMPILED)
def unfold_covariance(
    cov: Eights, q: int, whole: Eights, seats: Seats, given: Given, work: Work
) -> None:
    """Covariance of the growth coefficients of all informants."""
    n_coefficients, n_own, n_followers = counts(seats, given)
    n, follow, across = n_own + n_followers, given.follow, lanes(work.matrices[5])
    for c in range(n_coefficients):
        for d in range(n_coefficients):
            for k in range(n_own):
                for j in range(n_own):
                    whole[c * n + k, d * n + j] = cov[c * n_own + k, d * n_own + j]
        for g in range(n_followers):
            row, at = c * n_followers + g, c * n + n_own + g
            for i in range(q):
                total = zero()
                for j in range(q):
                    total += follow[row, j] * cov[j, i]
                across[row, i] = total
            for d in range(n_coefficients):
                for j in range(n_own):
                    whole[at, d * n + j] = across[row, d * n_own + j]
                    whole[d * n + j, at] = across[row, d * n_own + j]
    for c in range(n_coefficients):
        for g in range(n_followers):
            for d in range(n_coefficients):
                for h in range(n_followers):
                    total = zero()
                    for i in range(q):
                        total += across[c * n_followers + g, i] * follow[d * n_followers + h, i]
                    whole[c * n + n_own + g, d * n + n_own + h] = total


@njit(**COMPILED)
def add_by_mean(
    chunk: int,
    turn: int,
    mean: Eights,
    q: int,
    seats: Seats,
    given: Given,
    by: Given,
    work: Work,
) -> None:
    """Add `(sum_t phi (x) W r) m'` of a round's children; `-W r` is the derivative by `e`."""
    n_coefficients, n_own, n_followers = counts(seats, given)
    basis, by_error, out = lanes(seats.basis), lanes(by.error), lanes(work.by_follow)
    start = seats.cell_start[chunk]
    for c in range(n_coefficients):
        for g in range(n_followers):
            score = zero()
            for t in range(seats.cell_start[chunk + 1] - start):
                score -= basis[start + t, c] * by_error[seats.slot_start[turn] + t, n_own + g]
            for i in range(q):
                out[c * n_followers + g, i] += score * mean[i]


@njit(**COMPILED)
def add_by_covariance(place: int, cov: Eights, q: int, work: Work) -> None:
    """Subtract `A~ B C` of a chunk, `cov` being the sum over a pattern's children."""
    half, out = lanes(work.followed[place]), lanes(work.by_follow)
    for row in range(len(half)):
        for i in range(q):
            total = out[row, i]
            for j in range(q):
                total -= half[row, j] * cov[j, i]
            out[row, i] = total


@njit(**COMPILED)
def write_by_follow(by: Given, work: Work) -> None:
    """Derivatives by `E`; lanes are added up."""
    out = lanes(work.by_follow)
    for row in range(by.follow.shape[0]):
        for i in range(by.follow.shape[1]):
            by.follow[row, i] = summed(out[row, i])
