"""Dyadic estimands on a chosen covariance, and against regression on simulated families."""

import numpy as np
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.estimands import agreement, dyads, effects, variance
from bayes_alliance.estimands.dyads.strata import strata
from bayes_alliance.specification import load_model, without
from tests import hand_made
from tests.small import small_ratings

THERAPIST, CLIENT, OTHER = "therapist_of_child", "child", "therapist_of_caregiver"
PAIR = {"therapist": THERAPIST, "client": CLIENT}
DYAD = {"judgement": THERAPIST, "truth": CLIENT}


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


def test_one_with_many_shares_are_variance_shares_under_their_dyadic_names(fit) -> None:
    found = dyads.shares(fit, **PAIR, time=8.0)
    parts = variance.shares(fit, time=8.0)
    for informant, level in ((THERAPIST, "perceiver"), (CLIENT, "partner")):
        own, other = found.sel(informant=informant), parts.sel(informant=informant)
        np.testing.assert_allclose(own.sel(source=level), other.sel(source="therapist"))
        np.testing.assert_allclose(own.sel(source="relationship"), other.sel(source="child"))
        np.testing.assert_allclose(own.sel(source="occasion"), other.sel(source="occasion"))
        np.testing.assert_allclose(own.sum("source"), 1.0)
    assert found.sel(informant=THERAPIST, source="partner").isnull().all()
    assert found.sel(informant=CLIENT, source="perceiver").isnull().all()


def test_shares_found_in_ratings_made_of_perceiver_partner_and_relationship() -> None:
    rng = np.random.default_rng(4)
    n, m = 2000, 20  # therapists, clients of each
    perceiver, partner = rng.multivariate_normal([0, 0], [[4, 1], [1, 1]], n).T[:, :, None]
    dyad = rng.multivariate_normal([0, 0], [[2, 1.5], [1.5, 5]], (n, m))
    by_therapist, by_client = perceiver + dyad[..., 0], partner + dyad[..., 1]
    between = np.cov(by_therapist.mean(1), by_client.mean(1))
    inside = (
        np.cov(
            (by_therapist - by_therapist.mean(1, keepdims=True)).ravel(),
            (by_client - by_client.mean(1, keepdims=True)).ravel(),
        )
        * (n * m - 1)
        / (n * (m - 1))
    )
    therapist, child = np.zeros((4, 4)), np.zeros((4, 4))
    child[:2, :2] = inside
    therapist[:2, :2] = between - inside / m
    data = hand_made.ratings((THERAPIST, CLIENT))
    values = {"child_cov": child, "therapist_cov": therapist, "residual_cov": 1e-9 * np.eye(2)}
    made = hand_made.constant(load_model("informant_growth"), data, values)
    shares = dyads.shares(made, **PAIR).isel(chain=0, draw=0)
    assert float(shares.sel(source="perceiver", informant=THERAPIST)) == pytest.approx(
        4 / 6, abs=0.03
    )
    assert float(shares.sel(source="partner", informant=CLIENT)) == pytest.approx(1 / 6, abs=0.03)
    found = dyads.reciprocity(made, **PAIR).isel(chain=0, draw=0)
    assert float(found.sel(reciprocity="generalised")) == pytest.approx(0.5, abs=0.06)
    dyadic = 1.5 / np.sqrt(10)
    assert float(found.sel(reciprocity="dyadic")) == pytest.approx(dyadic, abs=0.02)


def test_reciprocity_is_correlation_between_therapists_and_between_clients(fit) -> None:
    found = dyads.reciprocity(fit, **PAIR, time=8.0)
    for label, level in (("generalised", "therapist"), ("dyadic", "child")):
        cor = agreement.correlation(fit, level=level, time=8.0)
        expected = cor.sel(informant=CLIENT, informant_=THERAPIST)
        np.testing.assert_allclose(found.sel(reciprocity=label), expected)


def test_tracking_and_assumed_similarity_are_regressions_of_latent_views() -> None:
    rng = np.random.default_rng(3)
    cov = np.array([[9.0, 4.0, 2.0], [4.0, 6.0, 3.0], [2.0, 3.0, 5.0]])
    names = (CLIENT, THERAPIST, OTHER)
    truth, judgement, own = rng.multivariate_normal([40.0, 36.0, 35.0], cov, 300_000).T
    child = np.zeros((6, 6))
    child[:3, :3] = cov - np.diag([1.0, 1.0, 1.0])
    therapist = np.zeros((6, 6))
    therapist[:3, :3] = np.eye(3)
    values = {
        "level": np.array([40.0, 36.0, 35.0]),
        "child_cov": child,
        "therapist_cov": therapist,
        "residual_cov": 7.0 * np.eye(3),
    }
    fit = hand_made.constant(load_model("informant_growth"), hand_made.ratings(names), values)
    slope = np.polyfit(truth, judgement, 1)[0]
    assert float(dyads.tracking(fit, **DYAD)[0, 0]) == pytest.approx(slope, abs=0.01)
    assert float(dyads.tracking(fit, **DYAD)[0, 0]) == pytest.approx(4 / 9)
    assert float(dyads.tracking(fit, **DYAD, level="child")[0, 0]) == pytest.approx(4 / 8)
    cor = float(dyads.tracking(fit, **DYAD, unit="sd")[0, 0])
    assert cor == pytest.approx(np.corrcoef(truth, judgement)[0, 1], abs=0.01)
    z = [(v - v.mean()) / v.std() for v in (truth, own, judgement)]
    forces = np.linalg.lstsq(np.column_stack(z[:2]), z[2], rcond=None)[0]
    found = dyads.assumed_similarity(fit, **DYAD, own=OTHER)[0, 0]
    np.testing.assert_allclose(found, forces, atol=0.01)
    bias = float(dyads.directional_bias(fit, **DYAD)[0, 0])
    assert bias == pytest.approx(-4.0)
    assert bias == pytest.approx((judgement - truth).mean(), abs=0.02)


def test_without_a_link_between_truth_and_own_view_forces_are_correlations() -> None:
    cov = np.zeros((6, 6))
    cov[:3, :3] = [[4.0, 1.0, 0.0], [1.0, 4.0, 2.0], [0.0, 2.0, 4.0]]
    names = (CLIENT, THERAPIST, OTHER)
    values = {"child_cov": cov, "therapist_cov": np.zeros((6, 6)), "residual_cov": np.eye(3)}
    fit = hand_made.constant(load_model("informant_growth"), hand_made.ratings(names), values)
    found = dyads.assumed_similarity(fit, **DYAD, own=OTHER)
    np.testing.assert_allclose(found.sel(force="tracking"), 0.25)
    np.testing.assert_allclose(found.sel(force="assumed similarity"), 0.5)


def test_directional_bias_is_moderated_by_what_the_contrast_says(fit) -> None:
    high, low = (dyads.directional_bias(fit, **DYAD, time=12.0, at={"anxiety": a}) for a in (1, 0))
    moderated = effects.contrast(fit, "anxiety", time=12.0, difference=(THERAPIST, CLIENT))
    np.testing.assert_allclose(high - low, moderated, atol=1e-12)
    average = dyads.directional_bias(fit, **DYAD, time=12.0)
    share = fit.ratings.children["anxiety"].mean()
    np.testing.assert_allclose(average, low + share * moderated)


def test_strata_part_the_children_and_keep_everything_else() -> None:
    ratings = hand_made.ratings()
    parts = strata(ratings, by="experience", cut=1.0)
    assert list(parts) == ["experience <= 1", "experience > 1"]
    assert [len(part.children) for part in parts.values()] == [6, 6]
    assert sum(len(part.observed) for part in parts.values()) == len(ratings.observed)
    low = parts["experience <= 1"]
    assert set(low.children["therapist"]) == {"t1", "t2"}
    assert low.informants == ratings.informants
    assert low.time == ratings.time
    assert list(strata(ratings, by="anxiety")) == ["anxiety = 0", "anxiety = 1"]
    assert list(strata(ratings, by="experience")) == ["experience <= 1.5", "experience > 1.5"]
    with pytest.raises(InputError, match="nobody has experience > 99"):
        strata(ratings, by="experience", cut=99)
    with pytest.raises(InputError, match="Did you mean 'anxiety'"):
        strata(ratings, by="anxeity")


def test_dyads_need_therapists_and_their_informants(fit) -> None:
    data = hand_made.ratings()
    spec = without(load_model("informant_growth"), "therapist")
    values = {"child_cov": np.eye(8), "residual_cov": np.eye(4)}
    alone = hand_made.constant(spec, data, values)
    with pytest.raises(InputError, match="no therapist effects"):
        dyads.shares(alone, **PAIR)
    with pytest.raises(InputError, match="this fit has latent, child"):
        dyads.tracking(alone, **DYAD, level="therapist")
    with pytest.raises(InputError, match="Did you mean 'caregiver'"):
        dyads.tracking(fit, judgement="caregiver_", truth=CLIENT)
    with pytest.raises(InputError, match="at least 2 different"):
        dyads.directional_bias(fit, judgement=CLIENT, truth=CLIENT)


def test_tracking_across_scales_is_given_in_sds_only() -> None:
    scales = {CLIENT: {"lower": 12, "upper": 48}, THERAPIST: {"lower": 0, "upper": 100}}
    fit = hand_made.fit(tuple(scales), covariates=False, scale=scales)
    with pytest.raises(InputError, match='unit="sd"'):
        dyads.tracking(fit, **DYAD)
    with pytest.raises(InputError, match="different scales"):
        dyads.directional_bias(fit, **DYAD)
    assert np.isfinite(dyads.tracking(fit, **DYAD, unit="sd")).all()


def test_strata_of_a_categorical_covariate_are_its_categories() -> None:
    ratings = small_ratings(seed=2)
    parts = strata(ratings, by="ethnicity")
    assert list(parts) == ["ethnicity = a", "ethnicity = b", "ethnicity = c"]
    for label, part in parts.items():
        members = ratings.children.index[ratings.children["ethnicity"] == label[-1]]
        assert list(part.children.index) == list(members)
