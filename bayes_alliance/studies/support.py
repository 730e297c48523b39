"""Support of conclusions in draws as they are and under weights, with its Monte-Carlo error.

Goes in: in which draws each conclusion holds. Comes out: the share of draws, its standard error,
and, under weights, whether they are exact enough (Vehtari, Simpson, Gelman, Yao and Gabry 2024).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.posterior.importance import (
    LEAST_WORTH,
    efficiency_of,
    reliable,
    weighted_mean,
    weights,
)

type Held = Mapping[str, NDArray[np.bool_]]


class Support(NamedTuple):
    """Posterior probability of a conclusion, and the Monte-Carlo standard error of it."""

    share: float
    error: float


def in_draws(true: NDArray[np.bool_]) -> Support:
    """Support in the draws of a fit.

    Parameters
    ----------
    true : array, shape (n_chains, n_draws)
        In which draws a conclusion holds.
    """
    share = float(true.mean())
    return Support(share, _error(share, true))


def under(held: Held, log_ratio: Floats) -> tuple[dict[str, Support], float]:
    """Support under another posterior, of conclusions for which weights are exact enough.

    A Monte-Carlo error of more than twice that of a fit with the same support is too large.

    Parameters
    ----------
    held : mapping of str to array, shape (n_chains, n_draws)
    log_ratio : array, shape (n_chains, n_draws)
        Log density of the other posterior less that of the draws, up to a constant.

    Returns
    -------
    dict, float
        By conclusion, and the Pareto `k` of the weights.
    """
    log_weights, k = weights(log_ratio)
    if not reliable(log_weights, k):
        return {}, k
    known = {}
    for name, true in held.items():
        share, error = weighted_mean(true.astype(np.float64), log_weights)
        if error**2 * LEAST_WORTH <= _error(share, true) ** 2:
            known[name] = Support(share, error)
    return known, k


def _error(share: float, true: NDArray[np.bool_]) -> float:
    """Of a fit with this support, and draws that depend on each other as these do."""
    n_effective = true.size * efficiency_of(true.astype(np.float64))
    return float(np.sqrt(share * (1.0 - share) / n_effective))
