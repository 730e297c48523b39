"""Stability, reliability and contraction against arithmetic of their own."""

import numpy as np
import pytest
import xarray as xr

from bayes_alliance.errors import InputError
from bayes_alliance.estimands import variance
from bayes_alliance.specification import load_model
from tests import hand_made

K = 4


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit(covariates=False)


def dense(fit, k: int, months: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of one informant's ratings at several times, with and without residual."""
    s = (np.array(months) - 4.0) / 4.0
    z = np.column_stack([np.ones_like(s), s])
    own = [k, K + k]
    latent = 0.0
    for level in ("child", "therapist"):
        cov = fit.moments[f"{level}_cov"].values[..., own, :][..., own]
        latent = latent + z @ cov @ z.T
    residual = fit.moments["residual_cov"].values[..., k, k]
    return latent + residual[..., None, None] * np.eye(len(s)), latent


def test_stability_is_the_correlation_of_the_implied_covariance_of_ratings(fit) -> None:
    months = (4.0, 10.0, 16.0)
    found = variance.stability(fit, times=months)
    assert list(found["time"].values) == [10.0, 16.0]
    for k, informant in enumerate(hand_made.FOUR):
        total, latent = dense(fit, k, months)
        for label, cov in (("total", total), ("disattenuated", latent)):
            sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
            for later in (1, 2):
                expected = cov[..., 0, later] / (sd[..., 0] * sd[..., later])
                own = found.sel(stability=label, time=months[later], informant=informant)
                np.testing.assert_allclose(own, expected)


def test_stability_is_between_the_first_and_the_last_rating_unless_told(fit) -> None:
    found = variance.stability(fit)
    assert found.dims == ("chain", "draw", "stability", "time", "informant")
    np.testing.assert_allclose(found, variance.stability(fit, times=(4.0, 16.0)))
    with pytest.raises(InputError, match="at least one later time"):
        variance.stability(fit, times=[4.0])


def levels_only():
    """One informant whose children and therapists differ in level alone."""
    child, therapist = np.diag([9.0, 0.0]), np.diag([2.0, 0.0])
    values = {"child_cov": child, "therapist_cov": therapist, "residual_cov": np.array([[4.0]])}
    spec = load_model("informant_level")
    return hand_made.constant(spec, hand_made.ratings(("child",)), values)


def test_without_slopes_stability_is_the_share_between_families() -> None:
    fit = levels_only()
    found = variance.stability(fit).isel(time=0)
    shares = variance.shares(fit)
    between = shares.sel(source=["child", "therapist"]).sum("source")
    np.testing.assert_allclose(found.sel(stability="total"), between)
    np.testing.assert_allclose(between, 11 / 15)
    np.testing.assert_allclose(found.sel(stability="disattenuated"), 1.0)


def test_slope_reliability_is_that_of_the_textbook_for_a_straight_line(fit) -> None:
    months = np.array([4.0, 8.0, 12.0, 16.0])
    s = (months - 4.0) / 4.0
    found = variance.slope_reliability(fit, times=months.tolist())
    for k, informant in enumerate(hand_made.FOUR):
        slope = fit.moments["child_cov"].values[..., K + k, K + k]
        error = fit.moments["residual_cov"].values[..., k, k] / ((s - s.mean()) ** 2).sum()
        np.testing.assert_allclose(found.sel(informant=informant), slope / (slope + error))


def test_slope_reliability_is_the_squared_correlation_of_estimated_and_true_slopes() -> None:
    rng = np.random.default_rng(5)
    s = np.array([0.0, 1.0, 3.0])
    true = np.column_stack([rng.normal(36, 4, 200_000), rng.normal(0, 0.8, 200_000)])
    y = true[:, :1] + true[:, 1:] * s + rng.normal(0, 1.5, (200_000, 3))
    estimate = np.linalg.lstsq(np.column_stack([np.ones(3), s]), y.T, rcond=None)[0][1]
    cov = np.diag([16.0, 0.64])
    data = hand_made.ratings(("child",))
    one = hand_made.constant(
        load_model("informant_growth"),
        data,
        {
            "child_cov": cov,
            "therapist_cov": np.zeros((2, 2)),
            "residual_cov": np.array([[2.25]]),
        },
    )
    found = float(variance.slope_reliability(one, times=[4.0, 8.0, 16.0])[0, 0, 0])
    assert found == pytest.approx(np.corrcoef(estimate, true[:, 1])[0, 1] ** 2, abs=0.005)


def test_occasions_that_cannot_tell_a_slope_are_refused(fit) -> None:
    with pytest.raises(InputError, match="tell level, slope apart"):
        variance.slope_reliability(fit, times=[8.0, 8.0])
    with pytest.raises(InputError, match="Did you mean 'slope'"):
        variance.slope_reliability(fit, of="slop")


def test_components_of_slopes_are_the_slope_variances(fit) -> None:
    parts = variance.components(fit, of="slope")
    assert list(parts["source"].values) == ["therapist", "child"]
    for k, informant in enumerate(hand_made.FOUR):
        own = parts.sel(informant=informant)
        child = fit.moments["child_cov"].values[..., K + k, K + k]
        np.testing.assert_allclose(own.sel(source="child"), child)
        assert (own.sel(source="therapist") == 0).all()
    sd = variance.standard_deviations(fit, of="slope").sel(source="child")
    np.testing.assert_allclose(sd**2, parts.sel(source="child"))
    with pytest.raises(InputError, match="no time"):
        variance.components(fit, of="slope", time=4.0)


def test_shares_of_what_does_not_vary_are_undefined() -> None:
    assert variance.shares(levels_only(), of="slope").isnull().all()


def test_contraction_is_one_minus_the_ratio_of_variances() -> None:
    steps = hand_made.steps().reshape(2, 50)
    labels = {"informant": ["a", "b", "c", "d"]}
    posterior = xr.DataArray(
        np.stack([0.5 * steps, 0.9 * steps, 2.0 * steps, 0.0 * steps], axis=-1),
        dims=("chain", "draw", "informant"),
        coords=labels,
    )
    prior = xr.DataArray(
        np.stack([steps, steps, steps, 0.0 * steps], axis=-1),
        dims=("chain", "draw", "informant"),
        coords=labels,
    )
    found = variance.contraction(posterior, prior)
    np.testing.assert_allclose(found, [0.75, 0.19, -3.0, np.nan])
    flags = variance.prior_driven(posterior, prior)
    assert flags.values.tolist() == [False, True, True, False]
    assert variance.PRIOR_DRIVEN == 0.5


def test_contraction_does_not_depend_on_the_unit_or_the_numbering_of_draws() -> None:
    rng = np.random.default_rng(1)
    posterior = xr.DataArray(
        rng.normal(size=(2, 50)), dims=("chain", "draw"), coords={"draw": np.arange(50)}
    )
    prior = xr.DataArray(
        3 * rng.normal(size=(4, 70)), dims=("chain", "draw"), coords={"draw": np.arange(70)}
    )
    straight = variance.contraction(posterior, prior)
    np.testing.assert_allclose(variance.contraction(5 + 2 * posterior, 5 + 2 * prior), straight)


def test_residuals_that_go_on_add_to_stability_and_to_the_error_of_slopes() -> None:
    rho, residual = 0.6, 4.0
    child = np.array([[9.0, -0.5], [-0.5, 0.8]])
    values = {
        "child_cov": child,
        "therapist_cov": np.zeros((2, 2)),
        "residual_cov": np.array([[residual]]),
        "residual_autoregression": np.array(rho),
    }
    fit = hand_made.constant(load_model("informant_growth"), hand_made.ratings(("child",)), values)
    months = np.array([4.0, 8.0, 16.0])
    s = (months - 4.0) / 4.0
    z = np.column_stack([np.ones(3), s])
    going_on = residual * rho ** abs(s[:, None] - s)
    whole = z @ child @ z.T + going_on
    sd = np.sqrt(np.diag(whole))
    found = variance.stability(fit, times=months.tolist())[0, 0].sel(informant="child")
    total = found.sel(stability="total")
    np.testing.assert_allclose(total, (whole / sd[:, None] / sd)[0, 1:])
    latent = z @ child @ z.T
    free = latent / np.sqrt(np.outer(np.diag(latent), np.diag(latent)))
    np.testing.assert_allclose(found.sel(stability="disattenuated"), free[0, 1:])
    solve = np.linalg.inv(z.T @ z) @ z.T
    error = (solve @ going_on @ solve.T)[1, 1]
    reliability = variance.slope_reliability(fit, times=months.tolist())
    np.testing.assert_allclose(reliability, 0.8 / (0.8 + error))
