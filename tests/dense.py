"""An independent oracle: the covariance of all ratings, element by element.

Raw long-format arrays go in; nothing of the package is imported. Every element of the covariance is
written down from the model (same child, same therapist, same clinic, same occasion) and the log
density is that of one multivariate normal.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve


@dataclass(frozen=True, kw_only=True)
class LongRatings:
    """One entry per rating; ``phi`` and ``z`` are the rows of its occasion."""

    child: np.ndarray
    therapist: np.ndarray | None
    clinic: np.ndarray | None
    occasion: np.ndarray
    informant: np.ndarray
    rating: np.ndarray
    phi: np.ndarray
    z: np.ndarray
    x: np.ndarray  # the covariates of the rating's child, one row per rating


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Parameters: gamma (T, K), beta (P, T, K), delta (Q, K) and covariances, terms c * K + k."""

    gamma: np.ndarray
    beta: np.ndarray
    delta: np.ndarray
    residual_cov: np.ndarray
    child_cov: np.ndarray | None = None
    therapist_cov: np.ndarray | None = None
    clinic_cov: np.ndarray | None = None


def loading(ratings: LongRatings, r: int, n_informants: int) -> np.ndarray:
    """What each term contributes to rating r."""
    n_coefficients = ratings.phi.shape[1]
    h = np.zeros(n_coefficients * n_informants)
    for c in range(n_coefficients):
        h[c * n_informants + ratings.informant[r]] = ratings.phi[r, c]
    return h


def mean(ratings: LongRatings, truth: Truth) -> np.ndarray:
    out = np.zeros(len(ratings.rating))
    for r in range(len(out)):
        k = ratings.informant[r]
        for c in range(truth.gamma.shape[0]):
            theta = truth.gamma[c, k]
            for p in range(ratings.x.shape[1]):
                theta += ratings.x[r, p] * truth.beta[p, c, k]
            out[r] += ratings.phi[r, c] * theta
        for p in range(ratings.z.shape[1]):
            out[r] += ratings.z[r, p] * truth.delta[p, k]
    return out


def covariance(ratings: LongRatings, truth: Truth) -> np.ndarray:
    n = len(ratings.rating)
    n_informants = truth.gamma.shape[1]
    loadings = [loading(ratings, r, n_informants) for r in range(n)]
    out = np.zeros((n, n))
    levels = [
        (ratings.child, truth.child_cov),
        (ratings.therapist, truth.therapist_cov),
        (ratings.clinic, truth.clinic_cov),
    ]
    for r in range(n):
        for s in range(r + 1):
            total = 0.0
            for unit, cov in levels:
                if cov is not None and unit[r] == unit[s]:
                    total += loadings[r] @ cov @ loadings[s]
            if ratings.occasion[r] == ratings.occasion[s]:
                total += truth.residual_cov[ratings.informant[r], ratings.informant[s]]
            out[r, s] = out[s, r] = total
    return out


def dense_log_likelihood(ratings: LongRatings, truth: Truth) -> float:
    """Log density of all ratings."""
    error = ratings.rating - mean(ratings, truth)
    factor = cho_factor(covariance(ratings, truth), lower=True)
    log_det = 2.0 * np.log(np.diag(factor[0])).sum()
    n = len(error)
    return float(-0.5 * (n * np.log(2.0 * np.pi) + log_det + error @ cho_solve(factor, error)))


def conditional_effects(
    ratings: LongRatings, truth: Truth, level: str, unit: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of one unit's effects, given the ratings."""
    cov = getattr(truth, f"{level}_cov")
    units = getattr(ratings, level)
    n = len(ratings.rating)
    n_informants = truth.gamma.shape[1]
    cross = np.zeros((len(cov), n))
    for r in range(n):
        if units[r] == unit:
            cross[:, r] = cov @ loading(ratings, r, n_informants)
    factor = cho_factor(covariance(ratings, truth), lower=True)
    error = ratings.rating - mean(ratings, truth)
    return cross @ cho_solve(factor, error), cov - cross @ cho_solve(factor, cross.T)
