"""Censored ratings: completed ratings against a dense normal density, and against Tobit's."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bayes_alliance.collapsed.density import collapse
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.design import Design
from tests.collapsed.of_coordinates import log_density, of_averages
from tests.collapsed.random_designs import Shape, long_ratings, random_design, truth_of
from tests.collapsed.test_density import spec_of, specifiable
from tests.dense import dense_log_likelihood


def censored_design(shape: Shape, share: float) -> Design:
    """A random design some of whose ratings are at an end of their scale."""
    design = random_design(shape)
    rng = np.random.default_rng([shape.seed, 1])
    chosen = design.present & (rng.random(design.present.shape) < share)
    up = rng.random(design.present.shape) < 0.7
    return replace(design, ceiling=chosen & up, floor=chosen & ~up)


def expected_log_density(design: Design, x: np.ndarray) -> float:
    """Prior, Jacobians and a dense normal density of the completed ratings."""
    model = collapse(spec_of(design, seed=1), design)
    named = {name: value[0, 0] for name, (_, value) in moments(model, x[None, None]).items()}
    n = int((design.floor | design.ceiling).sum())
    prior = sum(
        float(log_density(c, x[i])) for i, c in enumerate(model.layout.coordinates[: len(x) - n])
    )
    prior += sum(float(factor) for factor in of_averages(model, x).values())
    hidden = x[len(x) - n :]
    units = np.array([c.unit for c in model.layout.coordinates[len(x) - n :]])
    jacobian = float(np.sum(np.log(units) + stats.norm.logcdf(hidden)))
    y = design.y.copy()
    row, informant = np.nonzero(design.floor | design.ceiling)
    sign = np.where(design.ceiling[row, informant], 1.0, -1.0)
    excess = units * (hidden * stats.norm.cdf(hidden) + stats.norm.pdf(hidden))
    y[row, informant] += sign * excess
    whole = replace(design, y=y)
    ratings = long_ratings(whole)
    likelihood = (
        dense_log_likelihood(ratings, truth_of(named, whole)) if len(ratings.rating) else 0.0
    )
    return prior + jacobian + likelihood


@pytest.mark.thorough
@settings(max_examples=25, deadline=None, derandomize=True)
@given(shape=specifiable, share=st.sampled_from([0.1, 0.4, 1.0]))
def test_density_and_gradient_equal_those_of_the_completed_ratings(
    shape: Shape, share: float
) -> None:
    design = censored_design(shape, share)
    model = collapse(spec_of(design, seed=1), design)
    n_censored = int((design.floor | design.ceiling).sum())
    assert len(model.labels) == model.n_parameters
    assert sum(label.startswith("excess[") for label in model.labels) == n_censored
    x = 0.5 * np.random.default_rng(shape.seed).normal(size=model.n_parameters)
    density = model.density()
    value, gradient = density(x)
    gradient = gradient.copy()
    assert value == pytest.approx(expected_log_density(design, x), rel=1e-8, abs=1e-7)
    rng = np.random.default_rng(2)
    direction = rng.normal(size=len(x))
    e = 1e-4 * direction
    near = density(x + e)[0] - density(x - e)[0]
    far = density(x + 2 * e)[0] - density(x - 2 * e)[0]
    slope = (8 * near - far) / 12e-4
    assert gradient @ direction == pytest.approx(slope, rel=1e-6, abs=1e-5)


def test_the_gradient_by_every_excess_is_right() -> None:
    shape = Shape(n_clinics=2, n_covariates=1, n_occasion_covariates=2, own_times=True, seed=4)
    design = censored_design(shape, 0.3)
    model = collapse(spec_of(design, seed=1), design)
    x = 0.4 * np.random.default_rng(5).normal(size=model.n_parameters)
    density = model.density()
    gradient = density(x)[1].copy()
    n_censored = int((design.floor | design.ceiling).sum())
    for i in range(len(x) - n_censored, len(x)):
        e = np.zeros_like(x)
        e[i] = 1e-4
        near = density(x + e)[0] - density(x - e)[0]
        far = density(x + 2 * e)[0] - density(x - 2 * e)[0]
        assert gradient[i] == pytest.approx((8 * near - far) / 12e-4, rel=1e-6, abs=1e-6)


def test_integrating_the_excess_gives_the_probability_of_the_censored_rating() -> None:
    design = random_design(Shape(n_informants=2, n_children=6, seed=3))
    row, informant = np.argwhere(design.present)[4]
    ceiling = np.zeros_like(design.present)
    ceiling[row, informant] = True
    design = replace(design, ceiling=ceiling)
    model = collapse(spec_of(design, seed=1), design)
    x = 0.3 * np.random.default_rng(1).normal(size=model.n_parameters)
    density = model.density()
    grid = np.linspace(-9, 40, 20_001)
    values = np.array([density(np.append(x[:-1], g))[0] for g in grid])
    top = values.max()
    integral = top + np.log(np.trapezoid(np.exp(values - top), grid))

    named = {name: value[0, 0] for name, (_, value) in moments(model, x[None, None]).items()}
    prior = sum(float(log_density(c, x[i])) for i, c in enumerate(model.layout.coordinates[:-1]))
    prior += sum(float(factor) for factor in of_averages(model, x).values())
    end = design.y[row, informant]
    at = np.linspace(end - 400, end + 400, 3)
    dense = []
    for y in at:
        shifted = design.y.copy()
        shifted[row, informant] = y
        ratings = long_ratings(replace(design, y=shifted))
        dense.append(dense_log_likelihood(ratings, truth_of(named, design)))
    # The log density is quadratic in one rating: its peak, curvature and integral are exact.
    curvature = (dense[0] - 2 * dense[1] + dense[2]) / 400.0**2
    slope = (dense[2] - dense[0]) / 800.0
    sd, mean = np.sqrt(-1.0 / curvature), end - slope / curvature
    peak = dense[1] - 0.5 * curvature * (mean - end) ** 2
    tail = stats.norm.logsf(end, mean, sd)
    expected = prior + peak + 0.5 * np.log(2 * np.pi) + np.log(sd) + tail
    assert integral == pytest.approx(expected, abs=1e-6)
