"""The collapsed likelihood equals the density of one big multivariate normal, and so its gradient.

The kernel is exercised through its own parameters (`task.likelihood_task`): the elements of the
square roots are drawn at random, the oracle gets the covariances they imply.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from bayes_alliance.collapsed.blocks import blocks_of
from bayes_alliance.collapsed.constants import encode
from bayes_alliance.collapsed.moments import log_likelihood
from bayes_alliance.collapsed.patterns import seat
from bayes_alliance.collapsed.task import Evaluation, likelihood_task
from bayes_alliance.design import Design
from tests.collapsed.random_designs import Shape, long_ratings, random_design, shapes, truth_of
from tests.dense import dense_log_likelihood

SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def random_moments(design: Design, *, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Named moments, and the same as parameters of the kernel."""
    rng = np.random.default_rng(seed)
    k, t = len(design.informants), len(design.coefficients)
    moments: dict[str, np.ndarray] = {}
    gamma = rng.normal(size=(t, k))
    gamma[0] += 30.0
    beta = [rng.normal(size=k) for _ in range(int(design.covariate_on.sum()))]
    delta = rng.normal(size=(len(design.occasion_covariates), k))
    for c, name in enumerate(design.coefficients):
        moments[name] = gamma[c]
        moments[f"{name}_on"] = np.zeros((len(design.covariates), k))
    for effect, (p, c) in zip(beta, np.argwhere(design.covariate_on), strict=True):
        moments[f"{design.coefficients[c]}_on"][p] = effect
    moments["rating_on"] = delta
    elements = []
    for block in blocks_of(design):
        root = np.zeros((len(block.terms), len(block.columns)))
        for column, rows in enumerate(block.columns):
            root[rows, column] = 2.0 * rng.normal(size=len(rows))
            elements.append(root[rows, column])
        cov = np.zeros((t * k, t * k))
        cov[np.ix_(block.terms, block.terms)] = root @ root.T
        moments[f"{block.name}_cov"] = cov
    residual = 2.0 * rng.normal(size=(k, k + 2))
    moments["residual_cov"] = residual @ residual.T
    pieces = [gamma, *beta, delta, *elements, moments["residual_cov"]]
    return moments, np.concatenate([np.ravel(piece) for piece in pieces])


def dense_value(design: Design, moments: dict[str, np.ndarray]) -> float:
    ratings = long_ratings(design)
    return dense_log_likelihood(ratings, truth_of(moments, design)) if len(ratings.rating) else 0.0


def numerical_gradient(function, x: np.ndarray, direction: np.ndarray, step: float) -> float:
    """Fourth-order central difference along a direction."""
    near = function(x + step * direction)[0] - function(x - step * direction)[0]
    far = function(x + 2 * step * direction)[0] - function(x - 2 * step * direction)[0]
    return (8 * near - far) / (12 * step)


@given(shape=shapes)
@SETTINGS
def test_value_equals_the_dense_normal_density(shape: Shape) -> None:
    design = random_design(shape)
    moments, parameters = random_moments(design, seed=shape.seed)
    evaluation = Evaluation.of(likelihood_task(encode(design)))
    evaluation.work[:] = np.nan  # nothing may depend on what the workspace held before
    value, _ = evaluation.function()(parameters)
    expected = dense_value(design, moments)
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-8)
    assert log_likelihood(design, moments) == pytest.approx(expected, rel=1e-9, abs=1e-8)


@given(shape=shapes)
@SETTINGS
def test_gradient_equals_central_differences(shape: Shape) -> None:
    design = random_design(shape)
    _, parameters = random_moments(design, seed=shape.seed)
    function = Evaluation.of(likelihood_task(encode(design))).function()
    gradient = function(parameters)[1].copy()
    rng = np.random.default_rng(shape.seed)
    k = len(design.informants)
    scale = np.maximum(1.0, np.abs(gradient).max())
    for _ in range(6):
        direction = rng.normal(size=len(parameters))
        residual = direction[-k * k :].reshape(k, k)
        direction[-k * k :] = (residual + residual.T).ravel() / 2.0
        expected = numerical_gradient(function, parameters, direction, 1e-5)
        assert gradient @ direction == pytest.approx(expected, rel=1e-6, abs=1e-6 * scale)


def test_every_single_derivative_equals_central_differences() -> None:
    design = random_design(
        Shape(n_clinics=2, n_covariates=2, n_occasion_covariates=1, therapist_coefficients=2)
    )
    _, parameters = random_moments(design, seed=4)
    function = Evaluation.of(likelihood_task(encode(design))).function()
    gradient = function(parameters)[1].copy()
    k = len(design.informants)
    for i in range(len(parameters) - k * k):
        direction = np.zeros_like(parameters)
        direction[i] = 1.0
        expected = numerical_gradient(function, parameters, direction, 1e-5)
        assert gradient[i] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("own_times", [False, True])
def test_results_do_not_depend_on_what_is_kept_between_the_passes(
    own_times: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = random_design(Shape(n_children=60, own_times=own_times, n_clinics=2))
    _, parameters = random_moments(design, seed=1)
    kept = Evaluation.of(likelihood_task(encode(design))).function()(parameters)
    monkeypatch.setattr("bayes_alliance.collapsed.constants.MOST_KEPT", 0)
    recomputed = Evaluation.of(likelihood_task(encode(design))).function()(parameters)
    assert recomputed[0] == kept[0]
    np.testing.assert_array_equal(recomputed[1], kept[1])


@pytest.mark.parametrize("level", ["child", "therapist", "clinic"])
def test_a_standard_deviation_of_zero_is_no_special_case(level: str) -> None:
    design = random_design(Shape(n_clinics=3, n_children=20))
    moments, _ = random_moments(design, seed=2)
    moments[f"{level}_cov"][:] = 0.0
    expected = dense_value(design, moments)
    assert log_likelihood(design, moments) == pytest.approx(expected, rel=1e-10)
    one_missing = moments[f"{level}_cov"].copy()
    one_missing[1, 1] = 4.0
    moments[f"{level}_cov"] = one_missing
    expected = dense_value(design, moments)
    assert log_likelihood(design, moments) == pytest.approx(expected, rel=1e-10)


def test_a_perfect_correlation_is_no_special_case() -> None:
    design = random_design(Shape(n_children=20))
    moments, _ = random_moments(design, seed=2)
    sd = np.array([3.0, 1.0, 2.0, 0.5, 3e-8, 1.0])
    moments["child_cov"] = np.outer(sd, sd)
    expected = dense_value(design, moments)
    assert log_likelihood(design, moments) == pytest.approx(expected, rel=1e-10)


def test_gradient_at_zero_standard_deviations_is_finite_and_right() -> None:
    design = random_design(Shape(n_clinics=2, child="independent", therapist="independent"))
    _, parameters = random_moments(design, seed=2)
    k = len(design.informants)
    parameters[2 * k : -k * k] = 0.0
    function = Evaluation.of(likelihood_task(encode(design))).function()
    gradient = function(parameters)[1].copy()
    assert np.isfinite(gradient).all()
    # The density is even in every standard deviation, so all these derivatives vanish.
    np.testing.assert_array_equal(gradient[2 * k : -k * k], 0.0)
    direction = np.zeros_like(parameters)
    direction[0] = 1.0
    expected = numerical_gradient(function, parameters, direction, 1e-4)
    assert gradient[0] == pytest.approx(expected, rel=1e-7)


def test_a_singular_residual_covariance_has_no_density() -> None:
    design = random_design(Shape())
    moments, _ = random_moments(design, seed=2)
    moments["residual_cov"] = np.zeros_like(moments["residual_cov"])
    assert log_likelihood(design, moments) == -np.inf


@given(shape=shapes)
@settings(SETTINGS, max_examples=15)
def test_the_order_of_children_does_not_matter(shape: Shape) -> None:
    design = random_design(shape)
    rng = np.random.default_rng(shape.seed)
    order = rng.permutation(len(design.children))
    place = np.argsort(order)
    rows = np.argsort(place[design.occasion_child], kind="stable")
    first = [replace(level, parent=level.parent[order]) for level in design.levels[:1]]
    permuted = replace(
        design,
        children=tuple(design.children[i] for i in order),
        levels=(*first, *design.levels[1:]),
        occasion_child=place[design.occasion_child][rows],
        basis=design.basis[rows],
        y=design.y[rows],
        present=design.present[rows],
        x=design.x[order],
        z=design.z[rows],
    )
    moments, _ = random_moments(design, seed=shape.seed)
    assert log_likelihood(permuted, moments) == pytest.approx(
        log_likelihood(design, moments), rel=1e-11
    )


@given(shape=shapes)
@settings(SETTINGS, max_examples=15)
def test_shifting_and_rescaling_ratings_changes_the_density_as_it_must(shape: Shape) -> None:
    design = random_design(shape)
    moments, _ = random_moments(design, seed=shape.seed)
    factor = 2.5
    rescaled = {
        name: value * (factor**2 if name.endswith("_cov") else factor)
        for name, value in moments.items()
    }
    rescaled["level"] = rescaled["level"] + 7.0
    moved = replace(design, y=np.where(design.present, factor * design.y + 7.0, 0.0))
    expected = log_likelihood(design, moments) - design.n_ratings * np.log(factor)
    assert log_likelihood(moved, rescaled) == pytest.approx(expected, rel=1e-9, abs=1e-7)


def test_children_of_one_pattern_share_a_slot_and_all_are_seated_once() -> None:
    design = random_design(Shape(n_children=200, n_informants=2, n_occasions=2, missing=0.1))
    seating = seat(design)
    seats = {*zip(seating.chunk, seating.round, seating.lane, strict=True)}
    assert len(seats) == 200
    assert seating.n_patterns < 40
    pattern_of_slot: dict[tuple[int, int], tuple[bytes, bytes]] = {}
    for child in range(200):
        rows = design.occasion_child == child
        pattern = (design.basis[rows].tobytes(), design.present[rows].tobytes())
        slot = (seating.chunk[child], seating.lane[child])
        assert pattern_of_slot.setdefault(slot, pattern) == pattern
