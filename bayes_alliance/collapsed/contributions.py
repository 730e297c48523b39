r"""Log density of one child's, therapist's or clinic's ratings given all other ratings.

Cross-validation that leaves out a unit needs the *joint* density of all its ratings given those of
the others, at every draw of the parameters (Vehtari, Gelman and Gabry 2017). Ratings of a unit are
not independent of the others given the parameters, because they share a therapist or clinic; what
they share is `w`, with posterior `N(v, P)`, and the unit's message about it has precision `R A`,
information `g0` and log weight `a`. From

.. math:: \frac{1}{p(y_i \mid y_{-i})} = E\!\left[\frac{1}{p(y_i \mid w)} \,\middle|\, y\right],
          \qquad P = F F', \quad D D' = I - F' R A F, \quad g = g_0 - R A\, v,

    \log p(y_i \mid y_{-i}) = a + \log|D| + g_0' v - \tfrac12 v' R A\, v - \tfrac12 |D^{-1} F' g|^2.

At the top of the hierarchy nothing is shared, and this is the log weight alone.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.given import log_scales
from bayes_alliance.collapsed.seating import rows_by_informants
from bayes_alliance.collapsed.units import Rows, Units, over_draws
from bayes_alliance.design import Design


def log_scores(design: Design, moments: Mapping[str, ArrayLike]) -> dict[str, Floats]:
    """Log density of each unit's ratings given the ratings of all others.

    Parameters
    ----------
    moments : mapping
        Named moments with one leading dim, the draws; see `moments.log_likelihood`.

    Returns
    -------
    dict
        ``"child"`` and each level above to values, shape (n_draws, n_units).
    """
    n_draws = len(np.asarray(moments["residual_cov"]))
    counts = {"child": len(design.children)}
    counts |= {level.name: len(level.labels) for level in design.levels}
    out = {name: np.zeros((n_draws, count)) for name, count in counts.items()}
    residual_cov = np.asarray(moments["residual_cov"], dtype=np.float64)

    def score(draws: slice, rows: Rows, units: tuple[Units, ...]) -> None:
        of_occasion = log_scales(design, rows.scale)
        if rows.rho is None:
            of_occasion = of_occasion - 0.5 * _log_determinants(design, residual_cov[draws])
        # With autocorrelation the determinant is part of the child's own step.
        own = _summed(of_occasion, design.occasion_child, len(design.children))
        weight = units[0].weight + own
        for number, level in enumerate(units):
            if number:
                weight = level.weight + _summed(
                    weight, units[number - 1].parent, level.weight.shape[1]
                )
            above = units[number + 1] if number + 1 < len(units) else None
            scores = weight if above is None else weight + _shared(level, above)
            out[level.block.name][draws] = scores

    over_draws(design, moments, score)
    return out


def _summed(values: Floats, unit: Integers, n_units: int) -> Floats:
    """Sum of the values that belong to each unit, for every draw; values (n_draws, n)."""
    places = (np.arange(len(unit)), unit)
    return values @ csr_array((np.ones(len(unit)), places), shape=(len(unit), n_units))


def _shared(level: Units, above: Units) -> Floats:
    """What the log density gains because others tell about the shared effects."""
    up = level.block.up
    precision = level.precision[..., up[:, None], up]
    information = level.information[..., up]
    root = covariance.root(above.cov)[:, level.parent]
    mean = above.mean[:, level.parent]
    product = (precision @ mean[..., None])[..., 0]
    transposed = np.swapaxes(root, -1, -2)
    factor = np.linalg.cholesky(np.eye(len(up)) - transposed @ precision @ root)
    right = transposed @ (information - product)[..., None]
    solved = np.linalg.solve(factor, right)[..., 0]
    log_det = np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)
    linear = ((information - 0.5 * product) * mean).sum(axis=-1)
    return log_det + linear - 0.5 * (solved**2).sum(axis=-1)


def _log_determinants(design: Design, cov: Floats) -> Floats:
    """`log|2 pi S_o|` of each occasion, for every draw."""
    of_row = np.zeros((len(cov), len(design.y)))
    for rows, members in rows_by_informants(design):
        block = 2.0 * np.pi * cov[:, members[:, None], members]
        of_row[:, rows] = np.linalg.slogdet(block)[1][:, None]
    return of_row
