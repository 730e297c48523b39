"""Who left, given ratings: the latent numbers of the exact engine, integrated out.

The log density of ratings and latent numbers is quadratic in the latter, so that a few values of
the engine say what normal distribution they have given the ratings; who left is an orthant of it.
"""

import numpy as np
from scipy import stats

from bayes_alliance.collapsed import log_likelihood
from bayes_alliance.collapsed.leavers import completed
from bayes_alliance.design import Design


def latent_given_ratings(
    design: Design, named: dict[str, np.ndarray]
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log density of the ratings, and mean and covariance of the latent numbers given them."""
    n = len(design.leaving.child)
    first, second = np.triu_indices(n, 1)
    unit = np.eye(n)
    points = np.concatenate([np.zeros((1, n)), unit, -unit, unit[first] + unit[second]])
    draws = {k: np.broadcast_to(v, (len(points), *np.shape(v))) for k, v in named.items()}
    values = log_likelihood(*completed(design, draws | {"leaving_latent": points}))
    zero, up, down, both = np.split(values, [1, n + 1, 2 * n + 1])
    precision = np.diag(2 * zero - up - down)
    precision[first, second] = up[first] + up[second] - both - zero
    precision[second, first] = precision[first, second]
    cov = np.linalg.inv(precision)
    linear = (up - down) / 2
    at_mean = zero[0] + linear @ cov @ linear / 2
    log_det = np.linalg.slogdet(2 * np.pi * cov)[1]
    return at_mean + log_det / 2, cov @ linear, cov


def log_probability(direction: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> float:
    """Log probability of a side of zero for every latent number."""
    if not len(mean):
        return 0.0
    flipped = direction[:, None] * cov * direction
    law = stats.multivariate_normal(
        np.zeros(len(mean)), flipped, maxpts=100_000, abseps=1e-9, releps=1e-9, seed=1
    )
    return float(law.logcdf(direction * mean))


def log_probability_of_pattern(
    design: Design, group: np.ndarray, mean: np.ndarray, cov: np.ndarray
) -> float:
    """Of who left, latent numbers of different groups being independent."""
    direction = design.leaving.direction
    own = [np.flatnonzero(group == one) for one in np.unique(group)]
    return sum(log_probability(direction[at], mean[at], cov[np.ix_(at, at)]) for at in own)


def gradient_in_mean(direction: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Gradient of the log probability in the means, by orthants of one dimension less."""
    whole, out = log_probability(direction, mean, cov), np.zeros(len(mean))
    for i in range(len(mean)):
        rest = np.arange(len(mean)) != i
        across = cov[rest, i] / cov[i, i]
        moved = mean[rest] - across * mean[i]
        left = cov[np.ix_(rest, rest)] - np.outer(across, across) * cov[i, i]
        there = stats.norm.logpdf(0.0, mean[i], np.sqrt(cov[i, i]))
        out[i] = direction[i] * np.exp(
            there + log_probability(direction[rest], moved, left) - whole
        )
    return out
