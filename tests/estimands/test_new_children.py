"""Of whom a variance is: a new child of the population, or one alike in the covariates."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayes_alliance.estimands import agreement, dyads, effects, variance
from bayes_alliance.estimands.explained import residual_covariance
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.specification import ModelSpec, load_model, with_covariates
from tests import hand_made
from tests.small import small_ratings

K = 3
FIRST, SECOND, THIRD = "child", "therapist_of_child", "caregiver"
TIMES = (4.0, 12.0)
CHILD = np.array([[9.0, 3.0, 2.0], [3.0, 4.0, 1.0], [2.0, 1.0, 16.0]])


@pytest.fixture(scope="module")
def fit() -> Fit:
    """Effects of covariates of every kind that are not small beside what varies at random."""
    both = ("level", "slope")
    acting = {"female": both, "age": both, "experience": ("level",), "stress": ("rating",)}
    child = np.zeros((6, 6))
    child[:K, :K], child[K:, K:] = CHILD, 0.1 * CHILD
    values = {
        "level": np.array([40.0, 38.0, 36.0]),
        "slope": np.array([1.0, 0.5, -1.0]),
        "level_on": np.array([[6.0, -3.0, 4.0], [1.0, 2.0, -1.0], [0.5, 2.0, 1.0]]),
        "slope_on": np.array([[2.0, 1.0, -1.0], [0.3, -0.4, 0.2], [0.0, 0.0, 0.0]]),
        "rating_on": np.array([[3.0, 1.0, -2.0]]),
        "child_cov": child,
        "therapist_cov": np.diag([1.0, 2.0, 3.0, 0.0, 0.0, 0.0]),
        "residual_cov": np.array([[4.0, 0.5, 0.0], [0.5, 5.0, 1.0], [0.0, 1.0, 6.0]]),
    }
    spec = with_covariates(load_model("informant_growth"), acting)
    return hand_made.constant(spec, small_ratings(seed=2), values)


@pytest.fixture(scope="module")
def simulated(fit) -> tuple[np.ndarray, np.ndarray]:
    """Ratings of many new children at two times, and what informants mean: (n, 2, K) each.

    A new child has the covariates of a child of the study taken at random, and at each time what
    varies over occasions at one of that child's, taken at random too.
    """
    rng = np.random.default_rng(8)
    n, arrays = 400_000, fit.design
    one = {name: array.isel(chain=0, draw=0).values for name, array in fit.moments.items()}
    own = rng.integers(0, len(arrays.children), n)
    occasions = [np.flatnonzero(arrays.occasion_child == i) for i in range(len(arrays.children))]
    z = np.empty((n, 2, 1))
    middle = np.empty((n, 1, 1))
    for i, rows in enumerate(occasions):
        chosen = own == i
        z[chosen] = arrays.z[rng.choice(rows, size=(chosen.sum(), 2))]
        middle[chosen] = arrays.z[rows].mean(axis=0)
    level = one["level"] + arrays.x[own] @ one["level_on"]
    slope = one["slope"] + arrays.x[own] @ one["slope_on"]
    both = np.concatenate([level, slope], axis=1)
    for name in ("child_cov", "therapist_cov"):
        both = both + rng.multivariate_normal(np.zeros(6), one[name], size=n)
    s = np.array([0.0, 2.0])[:, None]
    smooth = both[:, None, :K] + s * both[:, None, K:]
    noise = rng.multivariate_normal(np.zeros(K), one["residual_cov"], size=(n, 2))
    return smooth + z @ one["rating_on"] + noise, smooth + middle @ one["rating_on"]


def one(draws: xr.DataArray) -> np.ndarray:
    return draws.isel(chain=0, draw=0).values


@pytest.mark.thorough
def test_the_covariance_of_new_children_is_that_of_simulated_ones(fit, simulated) -> None:
    ratings, _ = simulated
    found = one(agreement.covariance(fit, level="total", time=TIMES))
    for place in range(2):
        np.testing.assert_allclose(found[place], np.cov(ratings[:, place].T), rtol=0.02, atol=0.15)
    alike = one(agreement.covariance(fit, level="alike", time=TIMES))
    assert (np.diagonal(alike, axis1=1, axis2=2) < np.diagonal(found, axis1=1, axis2=2)).all()
    r = one(agreement.correlation(fit, level="total", time=12.0))
    np.testing.assert_allclose(r, np.corrcoef(ratings[:, 1].T), atol=0.01)


def test_limits_hold_the_differences_of_new_children(fit, simulated) -> None:
    ratings, _ = simulated
    apart = ratings[:, 1, 0] - ratings[:, 1, 1]
    pair = {"informant": FIRST, "informant_": SECOND}
    limits = one(agreement.limits(fit, time=12.0).sel(pair))
    half = (limits[1] - limits[0]) / 2.0
    assert half == pytest.approx(1.96 * apart.std(), rel=0.01)
    assert np.mean((apart > limits[0]) & (apart < limits[1])) == pytest.approx(0.95, abs=0.01)
    narrow = one(agreement.limits(fit, time=12.0, level="alike").sel(pair))
    assert np.mean((apart > narrow[0]) & (apart < narrow[1])) < 0.93
    near = float(agreement.within(fit, 5.0, time=12.0).sel(pair)[0, 0])
    assert near == pytest.approx(np.mean(np.abs(apart) <= 5.0), abs=0.02)


def test_tracking_and_assumed_similarity_are_regressions_over_new_children(fit, simulated) -> None:
    _, meant = simulated
    values = meant[:, 1] - meant[:, 1].mean(axis=0)
    judged = values[:, 1]
    found = dyads.tracking(fit, judgement=SECOND, truth=FIRST, time=12.0)
    slope = (judged @ values[:, 0]) / (values[:, 0] @ values[:, 0])
    assert float(found[0, 0]) == pytest.approx(slope, abs=0.01)
    alike = dyads.tracking(fit, judgement=SECOND, truth=FIRST, time=12.0, level="alike")
    assert abs(float(alike[0, 0]) - slope) > 0.02
    scaled = values / values.std(axis=0)
    forces = np.linalg.lstsq(scaled[:, [0, 2]], scaled[:, 1], rcond=None)[0]
    both = dyads.assumed_similarity(fit, judgement=SECOND, truth=FIRST, own=THIRD, time=12.0)
    np.testing.assert_allclose(one(both), forces, atol=0.01)
    inside = dyads.tracking(fit, judgement=SECOND, truth=FIRST, time=12.0, level="child")
    assert float(inside[0, 0]) == pytest.approx((3.0 + 4 * 0.3) / (9.0 + 4 * 0.9))


def test_stability_is_the_correlation_over_new_children(fit, simulated) -> None:
    ratings, meant = simulated
    found = one(variance.stability(fit, times=TIMES))[:, 0]
    for kind, values in enumerate((ratings, meant)):
        r = [np.corrcoef(values[:, 0, k], values[:, 1, k])[0, 1] for k in range(K)]
        np.testing.assert_allclose(found[kind], r, atol=0.01)
    alike = one(variance.stability(fit, times=TIMES, among="alike"))[:, 0]
    assert (np.abs(alike - found) > 0.02).any()


def test_shares_tell_covariates_from_what_varies_at_random(fit, simulated) -> None:
    ratings, _ = simulated
    shares = variance.shares(fit, time=12.0)
    assert shares["source"].values.tolist() == ["covariates", "therapist", "child", "occasion"]
    np.testing.assert_allclose(shares.sum("source"), 1.0)
    parts = one(variance.components(fit, time=12.0))
    np.testing.assert_allclose(parts.sum(axis=0), ratings[:, 1].var(axis=0), rtol=0.01)
    alike = variance.shares(fit, time=12.0, among="alike")
    assert alike["source"].values.tolist() == ["therapist", "child", "occasion"]
    of_slope = one(variance.components(fit, of="slope").sel(source="covariates"))
    slopes = fit.design.x @ fit.moments["slope_on"].isel(chain=0, draw=0).values
    np.testing.assert_allclose(of_slope, slopes.var(axis=0))
    dyad = dyads.shares(fit, therapist=SECOND, client=FIRST)
    np.testing.assert_allclose(dyad.sum("source"), 1.0)
    assert "covariates" in dyad["source"].values


def test_an_effect_in_sds_is_one_among_children_alike(fit) -> None:
    parts = variance.components(fit, time=12.0, among="alike").sum("source")
    points = effects.contrast(fit, "female", time=12.0)
    in_sd = effects.contrast(fit, "female", time=12.0, unit="sd")
    np.testing.assert_allclose(in_sd, points / parts**0.5)


def test_without_covariates_all_children_are_alike() -> None:
    bare = hand_made.fit(covariates=False)
    for estimand in (variance.shares, variance.stability, variance.slope_reliability):
        xr.testing.assert_identical(estimand(bare), estimand(bare, among="alike"))
    total, alike = (agreement.covariance(bare, level=level) for level in ("total", "alike"))
    xr.testing.assert_identical(total, alike)


def test_the_covariance_of_residuals_is_averaged_over_occasions_they_spread_at() -> None:
    spec: ModelSpec = with_covariates(load_model("growth_scale"), {"anxiety": ("level", "slope")})
    data = small_ratings(seed=2, n_informants=2)
    residual = np.array([[4.0, 1.0], [1.0, 9.0]])
    made = hand_made.constant(
        spec, data, {"child_cov": np.eye(4), "residual_cov": residual, "level_on": np.zeros((1, 2))}
    )
    on = np.array([[0.4, -0.3]])
    assert made.design.residual_covariates == ("anxiety",)
    dims = ("chain", "draw", "residual_covariate", "informant")
    moments = made.moments.assign(residual_sd_on=(dims, np.broadcast_to(on, (2, 5, 1, 2))))
    groups = {"posterior": moments, "sample_stats": made.stats}
    scattered = replace(made, posterior=xr.DataTree.from_dict(groups))
    factor = np.exp(scattered.design.residual_x @ on)
    expected = residual * (factor.T @ factor) / len(factor)
    np.testing.assert_allclose(one(residual_covariance(scattered)), expected)
    shares = variance.components(scattered).sel(source="occasion")
    np.testing.assert_allclose(one(shares), np.diag(expected))
