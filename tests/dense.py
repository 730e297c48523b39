"""An independent oracle: the covariance of all ratings with each other.

Raw long-format arrays go in; nothing of the package is imported. The covariance of any two ratings
is written down from the model (same child, same therapist, same clinic, same occasion) and the log
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


def loadings(ratings: LongRatings, n_informants: int) -> np.ndarray:
    """What each term contributes to each rating, shape (n_ratings, n_terms)."""
    own = np.eye(n_informants)[ratings.informant]
    return (ratings.phi[:, :, None] * own[:, None, :]).reshape(len(own), -1)


def mean(ratings: LongRatings, truth: Truth) -> np.ndarray:
    k = ratings.informant
    theta = truth.gamma[:, k].T + np.einsum("rp,pcr->rc", ratings.x, truth.beta[:, :, k])
    of_occasion = np.einsum("rp,pr->r", ratings.z, truth.delta[:, k])
    return (ratings.phi * theta).sum(axis=1) + of_occasion


def covariance(ratings: LongRatings, truth: Truth) -> np.ndarray:
    terms = loadings(ratings, truth.gamma.shape[1])
    k, occasion = ratings.informant, ratings.occasion
    out = truth.residual_cov[k[:, None], k] * (occasion[:, None] == occasion)
    for unit, cov in (
        (ratings.child, truth.child_cov),
        (ratings.therapist, truth.therapist_cov),
        (ratings.clinic, truth.clinic_cov),
    ):
        if unit is not None and cov is not None:
            out += terms @ cov @ terms.T * (unit[:, None] == unit)
    return out


def normal_log_density(error: np.ndarray, cov: np.ndarray) -> float:
    """Log density of a multivariate normal at a distance from its mean."""
    factor = cho_factor(cov, lower=True)
    log_det = 2.0 * np.log(np.diag(factor[0])).sum()
    n = len(error)
    return float(-0.5 * (n * np.log(2.0 * np.pi) + log_det + error @ cho_solve(factor, error)))


def dense_log_likelihood(ratings: LongRatings, truth: Truth) -> float:
    """Log density of all ratings."""
    error = ratings.rating - mean(ratings, truth)
    return normal_log_density(error, covariance(ratings, truth))


def conditional_effects(
    ratings: LongRatings, truth: Truth, level: str, unit: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of one unit's effects, given the ratings."""
    cov = getattr(truth, f"{level}_cov")
    units = getattr(ratings, level)
    terms = loadings(ratings, truth.gamma.shape[1])
    cross = cov @ (terms * (units == unit)[:, None]).T
    factor = cho_factor(covariance(ratings, truth), lower=True)
    error = ratings.rating - mean(ratings, truth)
    return cross @ cho_solve(factor, error), cov - cross @ cho_solve(factor, cross.T)
