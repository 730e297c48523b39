r"""Log density of one rating given all other ratings.

Given the parameters a child's growth coefficients are normal with posterior mean and covariance
`E`, `C`; from them and the rows `H` of an occasion follow the elements of the precision of all
ratings that concern one rating alone (Sundararajan and Keerthi 2001):

.. math:: a = \Omega_o (y - H E), \qquad Q = \Omega_o - \Omega_o H C H' \Omega_o, \qquad
    \log p(y_r \mid y_{-r}) = \tfrac12 \log Q_{rr} - \tfrac12 a_r^2 / Q_{rr}
    - \tfrac12 \log 2\pi .

Where residuals are scaled, all this is of scaled ratings, and the logarithm of the scale is added;
where they are autocorrelated, of all ratings of a child instead of those of an occasion.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.seating import rows_by_informants
from bayes_alliance.collapsed.units import Rows, Units, over_draws
from bayes_alliance.design import Design


def rating_scores(design: Design, moments: Mapping[str, ArrayLike]) -> Floats:
    """Log density of each rating given all others.

    Parameters
    ----------
    moments : mapping
        Named moments with one leading dim, the draws; see `moments.log_likelihood`.

    Returns
    -------
    array, shape (n_draws, n_ratings)
        In the order of ``numpy.nonzero(design.present)``.
    """
    given = {name: np.asarray(value, dtype=np.float64) for name, value in moments.items()}
    place = np.cumsum(design.present.ravel()).reshape(design.present.shape) - 1
    out = np.zeros((len(given["residual_cov"]), design.n_ratings))

    def score(draws: slice, occasions: Rows, units: tuple[Units, ...]) -> None:
        mean, cov = _children_given_ratings(units)
        effects = mean.reshape(*mean.shape[:2], len(design.coefficients), -1)
        explained = effects[:, design.occasion_child]
        error = occasions.error - np.einsum("rc,drck->drk", design.basis, explained)
        scale = np.ones(error.shape) if occasions.scale is None else occasions.scale
        error = error * scale
        for rows, members in _blocks(design, related=occasions.rho is not None):
            omega = np.linalg.inv(
                _residual_cov(design, given["residual_cov"][draws], occasions.rho, rows, members)
            )
            s = scale[:, rows, members]
            a = (omega @ error[:, rows, members][..., None])[..., 0]
            of_ratings = _of_ratings(design, cov, rows, members) * s[..., :, None] * s[..., None, :]
            # The diagonal of omega times the covariance times omega, for every block.
            removed = ((omega @ of_ratings) * omega).sum(axis=-1)
            q = np.diagonal(omega, axis1=-2, axis2=-1) - removed
            log_density = 0.5 * (np.log(q) - a**2 / q - np.log(2.0 * np.pi)) + np.log(s)
            out[draws, place[rows, members]] = log_density

    over_draws(design, given, score)
    return out


def _children_given_ratings(units: tuple[Units, ...]) -> tuple[Floats, Floats]:
    """Posterior moments of the sum of a child's effects and those above it.

    From units, children first; mean, shape (n_draws, n_children, q), and cov.
    """
    child = units[0]
    S = (child.root @ np.swapaxes(child.root, -1, -2))[:, None]
    mean = (S @ child.information[..., None])[..., 0]
    cov = child.spread @ np.swapaxes(child.spread, -1, -2)
    if len(units) > 1:
        up = child.block.up
        passed = np.eye(S.shape[-1])[:, up] - S @ child.precision[..., up]
        v, P = units[1].mean[:, child.parent], units[1].cov[:, child.parent]
        mean = mean + (passed @ v[..., None])[..., 0]
        cov = cov + passed @ P @ np.swapaxes(passed, -1, -2)
    return mean, cov


def _blocks(design: Design, *, related: bool) -> Iterator[tuple[Integers, Integers]]:
    """Ratings with related residuals: their occasions and informants, blocks of a size together.

    Yields
    ------
    rows, members : array, shape (n_blocks, m)
        Unrelated occasions are blocks, those with the same informants together.
    """
    if not related:
        for rows, members in rows_by_informants(design):
            shape = (len(rows), len(members))
            yield np.broadcast_to(rows[:, None], shape), np.broadcast_to(members, shape)
        return
    row, informant = np.nonzero(design.present)
    counts = np.bincount(design.occasion_child[row], minlength=len(design.children))
    first = np.cumsum(counts) - counts
    for size in np.unique(counts[counts > 0]):
        place = first[counts == size, None] + np.arange(size)
        yield row[place], informant[place]


def _residual_cov(
    design: Design, cov: Floats, rho: Floats | None, rows: Integers, members: Integers
) -> Floats:
    """Covariance of the residuals of blocks, shape (n_draws, n_blocks or 1, m, m)."""
    if rho is None:
        return cov[:, None, members[0][:, None], members[0]]
    gap = np.abs(design.scaled_time[rows][:, :, None] - design.scaled_time[rows][:, None])
    return cov[:, members[:, :, None], members[:, None]] * np.power.outer(rho, gap)


def _of_ratings(design: Design, cov: Floats, rows: Integers, members: Integers) -> Floats:
    """`H C H'` of blocks of a child's ratings, shape (n_draws, n_blocks, m, m)."""
    n_coefficients, n_informants = len(design.coefficients), len(design.informants)
    phi, child = design.basis[rows], design.occasion_child[rows[:, 0], None, None]
    total = np.zeros((len(cov), *rows.shape, rows.shape[1]))
    for c in range(n_coefficients):
        for d in range(n_coefficients):
            left, right = c * n_informants + members, d * n_informants + members
            part = cov[:, child, left[:, :, None], right[:, None]]
            total += phi[:, :, c][:, :, None] * phi[:, :, d][:, None] * part
    return total
