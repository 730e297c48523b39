"""Values behind ratings, functions of noise: density and distribution by dense algebra."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from bayes_alliance.collapsed import CollapsedModel, log_likelihood
from bayes_alliance.collapsed.moments import moments
from tests.collapsed.of_coordinates import log_density, of_averages
from tests.collapsed.random_designs import long_ratings, truth_of
from tests.collapsed.test_completions import residual_covariance, scale_of
from tests.collapsed.test_density import named_moments
from tests.dense import covariance, mean


def normal_measurements(
    slope: Callable[[int, float], float], rough: np.ndarray, informant: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What ratings tell of their values, in units of the scale: pseudo ratings, variances, modes.

    Parameters
    ----------
    slope : callable
        From the number of a rating and a value to the slope of its log density there.
    rough, informant : array, shape (N,)
        Rough values, whose distribution is the mode's prior.
    """
    pseudo, variance, modes = np.zeros((3, len(rough)))
    for r, k in enumerate(informant):
        own = rough[informant == k]
        mean, spread = own.mean(), own.var() + 1e-3

        def of_both(value: float, r: int = r, mean: float = mean, spread: float = spread) -> float:
            return slope(r, value) - (value - mean) / spread

        mode = optimize.brentq(of_both, -2.5, 2.5, xtol=1e-14)
        near, far = (slope(r, mode + h) - slope(r, mode - h) for h in (1e-3, 2e-3))
        variance[r] = 12e-3 / (far - 8.0 * near)
        pseudo[r], modes[r] = mode + slope(r, mode) * variance[r], mode
    return pseudo, variance, modes


def check(
    model: CollapsedModel,
    x: np.ndarray,
    *,
    pseudo: np.ndarray,
    variance: np.ndarray,
    log_observed: Callable[[np.ndarray], float],
) -> None:
    """Hold a model against dense normal densities.

    Parameters
    ----------
    pseudo, variance : array, shape (N,)
        Pseudo ratings, and variances of their error where residuals are not scaled.
    log_observed : callable
        Log density of what was observed, given the values (N,).
    """
    design, named = model.design, named_moments(model, x)
    ratings, truth = long_ratings(design), truth_of(named, design)
    total = covariance(ratings, truth)
    total -= covariance(ratings, replace(truth, child_cov=None, therapist_cov=None))
    scale = scale_of(design, named)[design.present]
    total += residual_covariance(design, named) / np.outer(scale, scale)
    error, expected = np.diag(variance / scale**2), mean(ratings, truth)

    # Together with the density of pseudo ratings given values, these are what they should be.
    gain = total @ np.linalg.inv(total + error)
    noise = [i for i, label in enumerate(model.labels) if label.startswith("noise[")]
    at = np.tile(x, (1 + len(noise), 1))
    at[:, noise] = np.vstack([np.zeros(len(noise)), np.eye(len(noise))])
    at_zero, *moved = moments(model, at[None])["latent"][1][0]
    root = np.array(moved) - at_zero
    np.testing.assert_allclose(at_zero, expected + gain @ (pseudo - expected), rtol=1e-8)
    np.testing.assert_allclose(root.T @ root, total - gain @ total, atol=1e-7)

    values = named["latent"]
    of_values = stats.multivariate_normal(expected, total).logpdf(values)
    assert log_likelihood(design, named) == pytest.approx(of_values, rel=1e-8)
    density = stats.multivariate_normal(expected, total + error).logpdf(pseudo)
    density -= stats.norm(values, np.sqrt(np.diag(error))).logpdf(pseudo).sum()
    density += log_observed(values)
    density += sum(float(log_density(c, x[i])) for i, c in enumerate(model.layout.coordinates))
    density += sum(float(factor) for factor in of_averages(model, x).values())
    value, gradient = model.log_density_and_gradient(x)
    assert value == pytest.approx(density, rel=1e-9)

    found, function = gradient.copy(), model.density()
    for e in 1e-4 * np.eye(len(x)):
        near = function(x + e)[0] - function(x - e)[0]
        far = function(x + 2 * e)[0] - function(x - 2 * e)[0]
        assert found @ e / 1e-4 == pytest.approx((8 * near - far) / 12e-4, rel=1e-6, abs=1e-6)
