"""Estimands on a hand-made posterior: exact answers and the invariances they must have."""

import numpy as np
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.estimands import agreement, effects, variance
from bayes_alliance.posterior.study_average import average_growth
from tests import hand_made

K = 4


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit(covariates=False)


def covs(fit):
    moments = fit.moments
    return {
        name: moments[f"{name}_cov"].transpose("chain", "draw", ...).values
        for name in ("child", "therapist", "residual")
    }


@pytest.mark.parametrize("month", [4.0, 10.0, 16.0])
def test_components_are_phi_s_phi_at_every_level(fit, month: float) -> None:
    s = (month - 4.0) / 4.0
    parts = variance.components(fit, time=month)
    assert parts.dims == ("chain", "draw", "source", "informant")
    assert list(parts["source"].values) == ["therapist", "child", "occasion"]
    for k, informant in enumerate(hand_made.FOUR):
        child = covs(fit)["child"]
        expected = child[..., k, k] + 2 * s * child[..., k, K + k] + s**2 * child[..., K + k, K + k]
        found = parts.sel(informant=informant)
        np.testing.assert_allclose(found.sel(source="child"), expected)
        np.testing.assert_allclose(found.sel(source="therapist"), covs(fit)["therapist"][..., k, k])
        np.testing.assert_allclose(found.sel(source="occasion"), covs(fit)["residual"][..., k, k])


def test_shares_sum_to_one_at_every_time(fit) -> None:
    shares = variance.shares(fit, time=[4.0, 8.0, 16.0])
    assert shares.dims == ("chain", "draw", "time", "source", "informant")
    np.testing.assert_allclose(shares.sum("source"), 1.0)
    assert (shares > 0).all()


def test_correlation_of_levels_and_slopes_is_that_of_the_child_covariance(fit) -> None:
    cor = agreement.correlation(fit, level="child", of="slope")
    child = covs(fit)["child"]
    expected = child[..., K, K + 2] / np.sqrt(child[..., K, K] * child[..., K + 2, K + 2])
    np.testing.assert_allclose(cor.sel(informant="child", informant_="caregiver"), expected)
    np.testing.assert_allclose(cor.sel(informant="caregiver", informant_="caregiver"), 1.0)


def test_correlation_at_a_time_uses_the_covariance_of_expected_ratings(fit) -> None:
    child = covs(fit)["child"]
    s = 2.0
    basis = np.vstack([np.eye(K), s * np.eye(K)])
    expected = basis.T @ child @ basis
    found = agreement.covariance(fit, level="child", time=12.0)
    np.testing.assert_allclose(found, expected)
    total = agreement.covariance(fit, level="total", time=12.0)
    therapist = covs(fit)["therapist"][..., :K, :K]
    np.testing.assert_allclose(total, expected + therapist + covs(fit)["residual"])


def test_agreement_as_a_curve_equals_agreement_at_each_time(fit) -> None:
    curve = agreement.correlation(fit, level="total", time=[4.0, 12.0])
    for month in (4.0, 12.0):
        np.testing.assert_allclose(
            curve.sel(time=month), agreement.correlation(fit, level="total", time=month)
        )


def test_the_level_is_the_expected_rating_at_the_origin(fit) -> None:
    np.testing.assert_allclose(
        agreement.correlation(fit, level="child"),
        agreement.correlation(fit, level="child", of="level"),
    )


def test_trajectories_are_straight_lines_through_level_and_slope(fit) -> None:
    lines = effects.trajectories(fit, times=[4.0, 6.0, 16.0])
    averages = average_growth(fit.moments, fit.design)
    level, slope = averages["level"], averages["slope"]
    for month, s in ((4.0, 0.0), (6.0, 0.5), (16.0, 3.0)):
        np.testing.assert_allclose(lines.sel(time=month), level + s * slope)


def test_permuting_informants_permutes_results_and_changes_no_number() -> None:
    straight = hand_made.fit()
    order = [2, 0, 3, 1]
    names = [hand_made.FOUR[k] for k in order]
    permuted = straight.moments.sel(informant=names, informant_=names)
    terms = [f"{name},{c}" for c in ("level", "slope") for name in names]
    permuted = permuted.sel(term=terms, term_=terms)
    ratings = hand_made.ratings(tuple(names))
    import dataclasses

    import xarray as xr

    other = dataclasses.replace(
        straight,
        ratings=ratings,
        posterior=xr.DataTree.from_dict({"posterior": permuted, "sample_stats": straight.stats}),
    )
    for month in (4.0, 16.0):
        np.testing.assert_allclose(
            agreement.correlation(other, level="total", time=month).sel(
                informant=list(hand_made.FOUR), informant_=list(hand_made.FOUR)
            ),
            agreement.correlation(straight, level="total", time=month),
        )
        np.testing.assert_allclose(
            variance.shares(other, time=month).sel(informant=list(hand_made.FOUR)),
            variance.shares(straight, time=month),
        )


def test_wrong_names_are_all_reported_with_the_nearest(fit) -> None:
    with pytest.raises(InputError) as caught:
        agreement.correlation(fit, level="chld", of="slop", time=4.0)
    assert len(caught.value.problems) == 3
    assert "Did you mean 'child'?" in str(caught.value)
    assert "Did you mean 'slope'?" in str(caught.value)
    with pytest.raises(InputError, match="this fit has child, therapist, occasion, total"):
        agreement.correlation(fit, level="clinic")
