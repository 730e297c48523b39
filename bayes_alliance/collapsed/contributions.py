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
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from bayes_alliance import covariance
from bayes_alliance.collapsed.nodes import Units, over_draws
from bayes_alliance.collapsed.patterns import seat
from bayes_alliance.design import Design

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


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
    row_set = seat(design).row_set
    delta = np.asarray(moments["rating_on"]) if design.occasion_covariates else None
    residual_cov = np.asarray(moments["residual_cov"], dtype=np.float64)

    def score(draws: slice, found: tuple[Units, ...]) -> None:
        errors = design.y[None] if delta is None else design.y - design.z @ delta[draws]
        weight = found[0].weight + _ratings_weight(design, row_set, errors, residual_cov[draws])
        for number, level in enumerate(found):
            if number:
                weight = level.weight + _summed(
                    weight, found[number - 1].parent, level.weight.shape[1]
                )
            above = found[number + 1] if number + 1 < len(found) else None
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


def _ratings_weight(design: Design, row_set: Integers, errors: Floats, cov: Floats) -> Floats:
    """`-1/2 sum_t (r_t' Omega r_t + log|2 pi S|)` of each child, for every draw."""
    of_row = np.zeros((len(cov), len(row_set)))
    for s in range(row_set.max(initial=-1) + 1):
        rows = np.flatnonzero(row_set == s)
        members = np.flatnonzero(design.present[rows[0]])
        factor = np.linalg.cholesky(cov[:, members[:, None], members])
        here = np.swapaxes(errors[:, rows[:, None], members], -1, -2)
        white = np.linalg.solve(factor, np.broadcast_to(here, (len(cov), *here.shape[1:])))
        log_det = 2.0 * np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)
        constant = log_det + len(members) * np.log(2.0 * np.pi)
        of_row[:, rows] = -0.5 * ((white**2).sum(axis=-2) + constant[:, None])
    return _summed(of_row, design.occasion_child, len(design.children))
