"""Short chains from the mode: right where a normal distribution at the mode is not."""

import numpy as np
import pytest
from scipy.special import digamma, polygamma

from bayes_alliance.posterior.at_mode import chain


def test_a_chain_from_the_mode_draws_from_a_skewed_density() -> None:
    r"""Logarithms of gamma variables, turned: their mean is digamma(a), their mode log(a).

    The log density of each is :math:`a y - e^y` with curvature `a` at the mode; correlated sums of
    them have the means and the covariance that follow.
    """
    shape = np.array([0.5, 2.0, 8.0])
    turn = np.array([[1.0, 0.0, 0.0], [0.8, 1.0, 0.0], [-0.5, 0.3, 1.0]])
    back = np.linalg.inv(turn)

    def density(x: np.ndarray) -> tuple[float, np.ndarray]:
        y = back @ x
        return float(shape @ y - np.exp(y).sum()), back.T @ (shape - np.exp(y))

    curvature = back.T @ np.diag(shape) @ back
    mode = turn @ np.log(shape)
    drawn = chain(density, mode, np.linalg.cholesky(curvature), seed=1, n=4000)
    cov = turn @ np.diag(polygamma(1, shape)) @ turn.T
    sd = np.sqrt(np.diag(cov))
    np.testing.assert_allclose((drawn.mean(axis=0) - turn @ digamma(shape)) / sd, 0.0, atol=0.1)
    assert abs(mode[0] - digamma(0.5)) > 0.4 * sd[0]
    np.testing.assert_allclose(
        np.cov(drawn.T) / np.outer(sd, sd), cov / np.outer(sd, sd), atol=0.15
    )
    assert drawn[0] != pytest.approx(mode)


def test_the_chain_of_a_seed_has_other_random_numbers_than_the_ratings_of_that_seed() -> None:
    visited = []

    def standard_normal(x: np.ndarray) -> tuple[float, np.ndarray]:
        visited.append(x)
        return -0.5 * float(x @ x), -x

    d = 50
    chain(standard_normal, np.zeros(d), np.eye(d), seed=3, n=1)
    # The first step away from the mode is along the first momentum.
    direction = visited[1] / np.linalg.norm(visited[1])
    ratings = np.random.default_rng(3).standard_normal(d)
    assert abs(direction @ ratings) / np.linalg.norm(ratings) < 0.5
