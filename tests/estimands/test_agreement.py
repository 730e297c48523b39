"""Agreement indices against sums over pairs written out, and against normal theory."""

import dataclasses

import numpy as np
import pytest
from scipy import integrate, stats

from bayes_alliance.errors import InputError
from bayes_alliance.estimands import agreement
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Scale
from bayes_alliance.specification import Gamma, Likelihood, load_model
from tests import hand_made

K = 4


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


def total(fit, month: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean over children, and total covariance of new ones, at a time."""
    s = (month - 4.0) / 4.0
    basis = np.vstack([np.eye(K), s * np.eye(K)])
    m = fit.moments
    cov = basis.T @ (m["child_cov"].values + m["therapist_cov"].values) @ basis
    anxious = fit.ratings.children["anxiety"].mean()
    mean = m["level"] + s * m["slope"]
    effect = (m["level_on"] + s * m["slope_on"]).sel(covariate="anxiety", drop=True)
    mean, effect = (mean + anxious * effect).values, effect.values
    explained = anxious * (1.0 - anxious) * effect[..., :, None] * effect[..., None, :]
    return mean, cov + explained + m["residual_cov"].values


@pytest.mark.parametrize("month", [4.0, 12.0])
def test_indices_are_their_formulas_of_means_and_covariances(fit, month: float) -> None:
    mean, cov = total(fit, month)
    j, k = 1, 2
    first, second = hand_made.FOUR[j], hand_made.FOUR[k]
    d = mean[..., j] - mean[..., k]
    both = cov[..., j, j] + cov[..., k, k]
    pair = {"informant": first, "informant_": second}
    np.testing.assert_allclose(agreement.mean_difference(fit, time=month).sel(pair), d)
    np.testing.assert_allclose(
        agreement.mean_difference(fit, time=month, unit="sd").sel(pair), d / np.sqrt(both / 2)
    )
    np.testing.assert_allclose(
        agreement.concordance(fit, time=month).sel(pair), 2 * cov[..., j, k] / (both + d**2)
    )
    sd = np.sqrt(both - 2 * cov[..., j, k])
    limits = agreement.limits(fit, time=month, prob=0.9).sel(pair)
    np.testing.assert_allclose(limits.sel(limit="lower"), d - stats.norm.ppf(0.95) * sd)
    np.testing.assert_allclose(limits.sel(limit="upper"), d + stats.norm.ppf(0.95) * sd)
    inside = stats.norm.cdf(4, d, sd) - stats.norm.cdf(-4, d, sd)
    np.testing.assert_allclose(agreement.within(fit, 4, time=month).sel(pair), inside)


def test_all_informants_together_are_sums_over_pairs(fit) -> None:
    mean, cov = total(fit, 4.0)
    variances = np.diagonal(cov, axis1=-2, axis2=-1)
    pairs = [(j, k) for j in range(K) for k in range(j + 1, K)]
    above = sum(cov[..., j, k] for j, k in pairs)
    consistency = above / len(pairs) / variances.mean(-1)
    np.testing.assert_allclose(agreement.intraclass_consistency(fit), consistency)
    below = sum(
        cov[..., j, j] + cov[..., k, k] + (mean[..., j] - mean[..., k]) ** 2 for j, k in pairs
    )
    np.testing.assert_allclose(agreement.concordance(fit, informants="all"), 2 * above / below)
    np.testing.assert_allclose(agreement.intraclass_agreement(fit), 2 * above / below)


def test_two_informants_together_are_their_pair(fit) -> None:
    two = ["caregiver", "child"]
    for index in (
        agreement.concordance,
        agreement.intraclass_agreement,
        agreement.intraclass_consistency,
    ):
        together = index(fit, informants=two, time=[4.0, 16.0])
        pair = index(fit, informants="pairs", time=[4.0, 16.0])
        np.testing.assert_allclose(together, pair.sel(informant="child", informant_="caregiver"))
        np.testing.assert_allclose(pair.sel(informant="child", informant_="child"), 1.0)


@pytest.mark.parametrize("level", ["child", "therapist", "occasion", "total"])
def test_every_index_exists_at_every_level_and_as_a_curve(fit, level: str) -> None:
    for index in (agreement.concordance, agreement.limits):
        curve = index(fit, level=level, time=[4.0, 16.0])
        assert curve.sizes["time"] == 2
        at = index(fit, level=level, time=16.0)
        np.testing.assert_allclose(curve.sel(time=16.0), at.transpose(*curve.sel(time=16.0).dims))
    cov = agreement.covariance(fit, level=level, time=4.0)
    found = agreement.intraclass_consistency(fit, level=level, informants="pairs")
    variance = cov.values[..., 0, 0] + cov.values[..., 1, 1]
    np.testing.assert_allclose(found.values[..., 0, 1], 2 * cov.values[..., 0, 1] / variance)


def test_an_informant_agrees_with_itself(fit) -> None:
    own = {"informant": "child", "informant_": "child"}
    assert (agreement.limits(fit).sel(own) == 0).all()
    assert (agreement.within(fit, 0.0).sel(own) == 1).all()
    assert (agreement.mean_difference(fit).sel(own) == 0).all()


def test_differences_change_sign_with_the_order_of_the_pair(fit) -> None:
    limits = agreement.limits(fit)
    turned = limits.rename(informant="informant_", informant_="informant").transpose(*limits.dims)
    np.testing.assert_allclose(limits.sel(limit="lower"), -turned.sel(limit="upper"))


def test_difference_in_slopes_is_that_of_the_average_slopes(fit) -> None:
    m = fit.moments
    slope = m["slope"] + 0.5 * m["slope_on"].sel(covariate="anxiety", drop=True)
    found = agreement.mean_difference(fit, of="slope")
    expected = slope.sel(informant="caregiver") - slope.sel(informant="child")
    np.testing.assert_allclose(found.sel(informant="caregiver", informant_="child"), expected)


def censored(lower: float = 12.0, upper: float = 48.0):
    """Two informants near the ceiling, every draw the same."""
    data = hand_made.ratings(("child", "caregiver"), scale={"lower": lower, "upper": upper})
    cov = np.zeros((4, 4))
    cov[:2, :2] = [[16.0, 5.0], [5.0, 9.0]]
    values = {
        "level": np.array([44.0, 40.0]),
        "child_cov": cov,
        "therapist_cov": np.zeros((4, 4)),
        "residual_cov": np.array([[9.0, 2.0], [2.0, 16.0]]),
    }
    return hand_made.constant(load_model("growth_with_ceiling"), data, values)


def test_far_from_the_ends_observed_agreement_is_latent_agreement() -> None:
    fit = censored(lower=-1000.0, upper=1000.0)
    for index in (agreement.concordance, agreement.mean_difference):
        observed = index(fit, observed=True, seed=3)
        np.testing.assert_allclose(observed, index(fit), rtol=1e-10, atol=1e-10)
    for seed in (1, 2):
        limits = agreement.limits(fit, observed=True, seed=seed)
        np.testing.assert_allclose(limits, agreement.limits(fit), atol=0.9)
        within = agreement.within(fit, 5.0, observed=True, seed=seed)
        np.testing.assert_allclose(within, agreement.within(fit, 5.0), atol=0.03)


def test_observed_agreement_near_the_ceiling_is_that_of_clamped_ratings() -> None:
    fit = censored()
    rng = np.random.default_rng(11)
    cov = [[25.0, 7.0], [7.0, 25.0]]
    ratings = rng.multivariate_normal([44.0, 40.0], cov, size=400_000)
    ratings = np.where(ratings >= 47.5, 48.0, np.where(ratings <= 12.5, 12.0, ratings))
    d = ratings[:, 0] - ratings[:, 1]
    pair = {"informant": "child", "informant_": "caregiver"}
    difference = float(agreement.mean_difference(fit, observed=True, seed=1).sel(pair)[0, 0])
    assert difference == pytest.approx(d.mean(), abs=0.15)
    second = np.cov(ratings.T)
    lin = 2 * second[0, 1] / (second[0, 0] + second[1, 1] + d.mean() ** 2)
    found = float(agreement.concordance(fit, observed=True, seed=1).sel(pair)[0, 0])
    assert found == pytest.approx(lin, abs=0.03)
    limits = agreement.limits(fit, observed=True, seed=1, prob=0.8).sel(pair)[0, 0]
    np.testing.assert_allclose(limits, np.quantile(d, [0.1, 0.9]), atol=0.5)
    within = float(agreement.within(fit, 3.0, observed=True, seed=1).sel(pair)[0, 0])
    assert within == pytest.approx((abs(d) <= 3).mean(), abs=0.03)
    assert difference < float(agreement.mean_difference(fit).sel(pair)[0, 0])


def test_the_observed_mean_is_that_of_the_censored_normal_distribution() -> None:
    fit = censored()
    found = agreement.mean_difference(fit, observed=True, seed=4)
    means = []
    for mean in (44.0, 40.0):
        normal = stats.norm(mean, 5.0)
        inside = integrate.quad(lambda y, normal=normal: y * normal.pdf(y), 12.5, 47.5)[0]
        means.append(12 * normal.cdf(12.5) + inside + 48 * normal.sf(47.5))
    pair = {"informant": "child", "informant_": "caregiver"}
    assert float(found.sel(pair)[0, 0]) == pytest.approx(means[0] - means[1], abs=0.1)


def test_whole_points_are_whole() -> None:
    fit = censored()
    limits = agreement.limits(fit, observed="whole points", seed=1, time=[4.0, 16.0], prob=0.5)
    assert limits.dims == ("chain", "draw", "time", "limit", "informant", "informant_")
    np.testing.assert_allclose(limits % 1, 0.0)
    assert (agreement.within(fit, 0.0, observed="whole points", seed=1) > 0.04).all()


def counted() -> Fit:
    """Two informants whose ratings are points near the ceiling, every draw the same."""
    data = hand_made.ratings(("child", "caregiver"))
    cov = np.zeros((4, 4))
    cov[:2, :2] = [[64.0, 20.0], [20.0, 36.0]]
    values = {
        "level": np.array([44.0, 36.0]),
        "child_cov": cov,
        "therapist_cov": np.zeros((4, 4)),
        "residual_cov": np.array([[9.0, 6.0], [6.0, 4.0]]),
    }
    return hand_made.constant(load_model("binomial"), data, values)


@pytest.mark.thorough
def test_observed_agreement_of_points_is_that_of_points_counted_one_by_one() -> None:
    fit = counted()
    rng = np.random.default_rng(17)
    cov = [[73.0, 26.0], [26.0, 40.0]]
    m = rng.multivariate_normal([44.0, 36.0], cov, size=400_000)
    ratings = 12.0 + rng.binomial(36, 1.0 / (1.0 + np.exp(-(m - 30.0) / 9.0)))
    d = ratings[:, 0] - ratings[:, 1]
    pair = {"informant": "child", "informant_": "caregiver", "chain": 0, "draw": 0}

    def averaged(index, *given: float, **options: object) -> np.ndarray:
        drawn = [index(fit, *given, observed=True, seed=s, **options).sel(pair) for s in range(8)]
        return np.mean([one.values for one in drawn], axis=0)

    assert averaged(agreement.mean_difference) == pytest.approx(d.mean(), abs=0.3)
    second = np.cov(ratings.T)
    lin = 2 * second[0, 1] / (second[0, 0] + second[1, 1] + d.mean() ** 2)
    assert averaged(agreement.concordance) == pytest.approx(lin, abs=0.03)
    limits = averaged(agreement.limits, prob=0.8)
    np.testing.assert_allclose(limits, np.quantile(d, [0.1, 0.9]), atol=0.6)
    within = averaged(agreement.within, 3.0)
    assert within == pytest.approx((abs(d) <= 3).mean(), abs=0.03)
    latent = agreement.mean_difference(fit).sel(pair)
    assert float(latent) == pytest.approx(8.0)
    assert abs(d.mean()) < 7.0


def test_limits_of_normal_ratings_are_not_those_of_points() -> None:
    with pytest.raises(InputError, match="not for binomial"):
        agreement.limits(counted())


def test_points_are_whole_already() -> None:
    fit = counted()
    seen = [agreement.within(fit, 2.0, observed=how, seed=1) for how in (True, "whole points")]
    np.testing.assert_array_equal(*seen)


def test_the_same_seed_gives_the_same_observed_agreement() -> None:
    fit = censored()
    first, again = (agreement.concordance(fit, observed=True, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not (first == agreement.concordance(fit, observed=True, seed=6)).all()


def test_observed_agreement_is_refused_where_nothing_is_censored(fit) -> None:
    with pytest.raises(InputError) as caught:
        agreement.limits(fit, level="child", observed=True)
    assert {problem.where for problem in caught.value.problems} == {"observed", "level", "seed"}


def test_different_scales_are_refused_and_say_what_is_free_of_them() -> None:
    scales = {"child": {"lower": 12, "upper": 48}, "caregiver": {"lower": 0, "upper": 100}}
    fit = hand_made.fit(tuple(scales), covariates=False, scale=scales)
    assert isinstance(fit.ratings.scales["child"], Scale)
    for index in (
        agreement.concordance,
        agreement.intraclass_agreement,
        agreement.intraclass_consistency,
        agreement.limits,
        agreement.mean_difference,
    ):
        with pytest.raises(InputError, match=r"free of the scale is agreement\.correlation"):
            index(fit)
    with pytest.raises(InputError, match="different scales"):
        agreement.within(fit, 3.0)
    with pytest.raises(InputError, match="different scales"):
        agreement.mean_difference(fit, of="slope")
    assert np.isfinite(agreement.correlation(fit)).all()


def test_wrong_arguments_are_refused(fit) -> None:
    with pytest.raises(InputError, match="Did you mean 'caregiver'"):
        agreement.concordance(fit, informants=["child", "caregivr"])
    with pytest.raises(InputError, match="at least 2 different"):
        agreement.intraclass_agreement(fit, informants=["child"])
    with pytest.raises(InputError, match="between 0 and 1"):
        agreement.limits(fit, prob=95)
    with pytest.raises(InputError, match="at least 0"):
        agreement.within(fit, -1.0)
    with pytest.raises(InputError, match="not observed by anybody"):
        agreement.mean_difference(fit, of="slope", observed=True)


def test_heavy_tails_keep_moments_but_refuse_what_needs_normal_ratings(fit) -> None:
    heavy = dataclasses.replace(
        load_model("informant_growth"),
        likelihood=Likelihood(family="student_t"),
        priors=dict(load_model("informant_growth").priors)
        | {"residual_nu": Gamma(alpha=2.0, beta=0.1, reason="judgement")},
    )
    plain = hand_made.fit(covariates=False)
    tailed = dataclasses.replace(plain, spec=heavy)
    np.testing.assert_allclose(agreement.concordance(tailed), agreement.concordance(plain))
    for estimand in (agreement.limits, lambda one: agreement.within(one, 3.0)):
        with pytest.raises(InputError, match="not for student_t"):
            estimand(tailed)
