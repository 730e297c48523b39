"""Latent scores and the regression of an outcome on them; what two steps cost."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.estimands import congruence
from bayes_alliance.estimands.surface import surface
from bayes_alliance.posterior.recovery import random_effects
from bayes_alliance.specification import with_covariates
from tests import hand_made
from tests.reference import estimand_coverage as coverage

K = 4
PAIR = ("child", "caregiver")


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


@pytest.fixture(scope="module")
def effects(fit) -> xr.Dataset:
    """Effects of children and therapists; therapists stand in an order of their own."""
    rng = np.random.default_rng(8)
    arrays = fit.design
    size = (hand_made.CHAINS, hand_made.DRAWS)
    therapists = list(arrays.levels[0].labels)[::-1]
    child = rng.standard_normal((*size, len(arrays.children), 2 * K))
    therapist = rng.standard_normal((*size, len(therapists), 2 * K))
    therapist[..., K:] = 0.0
    return xr.Dataset(
        {
            "child_effect": (("chain", "draw", "child", "term"), child),
            "therapist_effect": (("chain", "draw", "therapist", "term"), therapist),
        },
        coords={
            "chain": np.arange(size[0]),
            "draw": np.arange(size[1]),
            "child": list(arrays.children),
            "therapist": therapists,
            "term": list(arrays.terms),
        },
    )


@pytest.fixture(scope="module")
def scores(fit, effects) -> xr.DataArray:
    return congruence.latent_scores(fit, effects, time=12.0)


def test_a_score_adds_average_covariates_therapist_and_child(fit, effects, scores) -> None:
    assert scores.dims == ("chain", "draw", "child", "informant")
    m = fit.moments
    for child in fit.design.children:
        therapist = fit.ratings.children.loc[child, "therapist"]
        anxious = fit.ratings.children.loc[child, "anxiety"]
        for k, informant in enumerate(hand_made.FOUR):
            at = {"covariate": "anxiety", "informant": informant}
            level = m["level"].sel(informant=informant) + anxious * m["level_on"].sel(at)
            slope = m["slope"].sel(informant=informant) + anxious * m["slope_on"].sel(at)
            own = effects["child_effect"].sel(child=child)
            above = effects["therapist_effect"].sel(therapist=therapist)
            expected = level.values + own.values[..., k] + above.values[..., k]
            expected = expected + 2.0 * (slope.values + own.values[..., K + k])
            np.testing.assert_allclose(scores.sel(child=child, informant=informant), expected)


def test_effects_of_some_draws_give_scores_of_these_draws(fit, effects, scores) -> None:
    some = congruence.latent_scores(fit, effects.isel(draw=slice(0, None, 10)), time=12.0)
    np.testing.assert_allclose(some, scores.isel(draw=slice(0, None, 10)))
    assert some["draw"].values.tolist() == [0, 10, 20, 30, 40]


def test_terms_that_do_not_vary_may_be_left_out_of_the_effects(fit, effects, scores) -> None:
    short = xr.Dataset(
        {
            "child_effect": effects["child_effect"],
            "therapist_effect": effects["therapist_effect"],
        }
    )
    varying = short["therapist_effect"].isel(term=slice(K)).rename(term="varying")
    whole = varying.rename(varying="term").reindex(term=short["term"].values, fill_value=0.0)
    short = short.assign(therapist_effect=whole)
    np.testing.assert_allclose(congruence.latent_scores(fit, short, time=12.0), scores)


def test_a_discrepancy_is_the_difference_of_two_scores(fit, scores) -> None:
    found = congruence.discrepancy(fit, scores, informants=PAIR)
    assert found.dims == ("chain", "draw", "child")
    expected = scores.sel(informant="child") - scores.sel(informant="caregiver")
    np.testing.assert_allclose(found, expected)
    turned = congruence.discrepancy(fit, scores, informants=PAIR[::-1])
    np.testing.assert_allclose(turned, -expected)


def test_the_surface_of_a_fit_is_that_of_its_centred_scores(fit, scores) -> None:
    found = congruence.response_surface(
        fit, scores, outcome="anxiety", informants=PAIR, centre=38.0, seed=4
    )
    outcome = fit.ratings.children["anxiety"].to_numpy(dtype=float)
    x, y = (scores.sel(informant=name, drop=True) - 38.0 for name in PAIR)
    np.testing.assert_allclose(found, surface(outcome, x, y, seed=4))
    middle = float(scores.sel(informant=list(PAIR)).mean())
    np.testing.assert_allclose(
        congruence.response_surface(fit, scores, outcome="anxiety", informants=PAIR, seed=4),
        congruence.response_surface(
            fit, scores, outcome="anxiety", informants=PAIR, centre=middle, seed=4
        ),
    )


def test_a_surface_of_scores_that_do_not_know_the_outcome_is_warned_of(fit, effects) -> None:
    spec = with_covariates(fit.spec, {"anxiety": ("level",)})
    partly = replace(fit, spec=spec)
    scores = congruence.latent_scores(fit, effects)
    with pytest.warns(UserWarning, match="let anxiety act on level and slope"):
        congruence.response_surface(partly, scores, outcome="anxiety", informants=PAIR, seed=4)


def test_wrong_effects_informants_and_outcomes_are_refused(fit, effects, scores) -> None:
    with pytest.raises(InputError, match="therapist_effect"):
        congruence.latent_scores(fit, effects.drop_vars("therapist_effect"))
    with pytest.raises(InputError, match="Did you mean 'anxiety'"):
        congruence.response_surface(fit, scores, outcome="anxeity", informants=PAIR, seed=1)
    with pytest.raises(InputError, match="at least 2 different"):
        congruence.discrepancy(fit, scores, informants=("child", "child"))
    scales = {"child": {"lower": 12, "upper": 48}, "caregiver": {"lower": 0, "upper": 100}}
    apart = hand_made.fit(tuple(scales), covariates=False, scale=scales)
    with pytest.raises(InputError, match="different scales"):
        congruence.discrepancy(apart, scores, informants=PAIR)


def plausible(
    rng: np.random.Generator, y: np.ndarray, mean: np.ndarray, cov: np.ndarray, noise: np.ndarray
) -> xr.DataArray:
    """Draws of scores given ratings, mean and covariance: the normal posterior, exactly."""
    gain = cov @ np.linalg.inv(cov + noise)
    centre = mean + (y - mean) @ gain.T
    root = np.linalg.cholesky(cov - gain @ cov)
    drawn = centre + rng.standard_normal((1, 20, *y.shape)) @ root.T
    coords = {"chain": [0], "draw": np.arange(20), "informant": ["x", "y"]}
    return xr.DataArray(drawn, dims=("chain", "draw", "child", "informant"), coords=coords)


@pytest.mark.parametrize("curvature", [0.0, 0.3])
def test_knowing_the_outcome_repairs_linear_coefficients_but_not_curvature(
    curvature: float,
) -> None:
    rng = np.random.default_rng(12)
    n = 20_000
    cov, noise = np.array([[1.0, 0.4], [0.4, 1.0]]), 0.7 * np.eye(2)
    theta = rng.multivariate_normal([0, 0], cov, n)
    y = theta + rng.multivariate_normal([0, 0], noise, n)
    true = np.array([0.6, -0.2, curvature])
    outcome = np.column_stack([theta, theta[:, 0] ** 2]) @ true + 0.5 * rng.standard_normal(n)

    slope = cov @ true[:2] / outcome.var()
    left = cov - outcome.var() * np.outer(slope, slope)
    expected = (outcome - outcome.mean())[:, None] * slope
    found = {}
    for name, mean, between in (("blind", np.zeros(2), cov), ("informed", expected, left)):
        draws = plausible(rng, y, mean, between, noise)
        x, z = (draws.sel(informant=informant, drop=True) for informant in ("x", "y"))
        surfaces = surface(outcome, x, z, seed=1).mean(("chain", "draw"))
        found[name] = surfaces.sel(coefficient=["b1", "b2", "b3"]).values

    assert found["blind"][0] < 0.8 * true[0]
    tolerance = 0.03 if curvature == 0 else 0.1 * true[0]
    np.testing.assert_allclose(found["informed"][:2], true[:2], atol=tolerance)
    for drawn in found.values():
        assert drawn[2] < 0.75 * curvature + 0.02


@pytest.mark.samples
def test_recovered_scores_cover_the_true_growth_of_every_child() -> None:
    covered = []
    for seed in (1, 4, 9):
        ratings, truth = ba.simulate(
            coverage.from_prior(seed),
            families=120,
            therapists=40,
            clinics=0,
            recording=coverage.RECORDING,
            seed=seed,
        )
        ratings = coverage.bounded(ratings)
        fit = ba.fit(coverage.SPEC, ratings, seed=1, draws=500, chains=1, progress=False)
        effects = random_effects(fit, seed=2)
        names = list(ratings.informants)
        level = truth.growth[[f"{name},level" for name in names]].to_numpy()
        slope = truth.growth[[f"{name},slope" for name in names]].to_numpy()
        for month in (4.0, 16.0):
            scores = congruence.latent_scores(fit, effects, time=month)
            found = scores.sel(child=list(truth.growth.index), informant=names)
            lower, upper = found.quantile([0.05, 0.95], dim=("chain", "draw")).values
            true = level + (month - 4.0) / 4.0 * slope
            covered.append(((lower <= true) & (true <= upper)).mean())
    # The share of one cohort varies with a standard deviation of about 0.03.
    assert 0.84 < np.mean(covered) < 0.96
