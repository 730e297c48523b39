r"""Log density of one rating given all other ratings.

Given the parameters a child's growth coefficients are normal with posterior mean and covariance
`E`, `C`; from them and the rows `H` of an occasion follow the elements of the precision of all
ratings that concern one rating alone (Sundararajan and Keerthi 2001):

.. math:: a = \Omega_o (y - H E), \qquad Q = \Omega_o - \Omega_o H C H' \Omega_o, \qquad
    \log p(y_r \mid y_{-r}) = \tfrac12 \log Q_{rr} - \tfrac12 a_r^2 / Q_{rr}
    - \tfrac12 \log 2\pi .

Where residuals are scaled, all this is of scaled ratings, and the logarithm of the scale is added.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayes_alliance.arrays import Floats
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
        for rows, members in rows_by_informants(design):
            block = given["residual_cov"][draws, members[:, None], members]
            omega = np.linalg.inv(block)
            a = error[:, rows[:, None], members] @ omega
            s = scale[:, rows[:, None], members]
            of_rating = _of_ratings(design, cov, rows, members) * s[..., :, None] * s[..., None, :]
            # The diagonal of omega times the covariance times omega, for every occasion.
            removed = np.einsum("dik,drkl,dli->dri", omega, of_rating, omega, optimize=True)
            q = np.diagonal(omega, axis1=-2, axis2=-1)[:, None] - removed
            log_density = 0.5 * (np.log(q) - a**2 / q - np.log(2.0 * np.pi)) + np.log(s)
            out[draws, place[rows[:, None], members]] = log_density

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


def _of_ratings(design: Design, cov: Floats, rows: NDArray, members: NDArray) -> Floats:
    """`H C H'` of occasions with the same informants, shape (n_draws, n_rows, m, m)."""
    n_coefficients, n_informants = len(design.coefficients), len(design.informants)
    phi = design.basis[rows]
    total = np.zeros((len(cov), len(rows), len(members), len(members)))
    for c in range(n_coefficients):
        for d in range(n_coefficients):
            left, right = c * n_informants + members, d * n_informants + members
            part = cov[:, design.occasion_child[rows]][..., left[:, None], right]
            total += (phi[:, c] * phi[:, d])[:, None, None] * part
    return total
