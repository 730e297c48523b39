"""Who left, with latent numbers integrated out of the exact engine: numbers made elsewhere."""

import json

import numpy as np
import pytest
from scipy import stats

from tests.collapsed.test_leaving import ACTS, ORACLE, oracle_design, oracle_moments, with_oracle
from tests.leaving_pattern import (
    gradient_in_mean,
    latent_given_ratings,
    log_probability_of_pattern,
)

pytestmark = with_oracle


@pytest.fixture(scope="module")
def known():
    known = json.loads(ORACLE.read_text(encoding="utf-8"))
    given, out = known["input"], known["output"]
    design = oracle_design(given, ACTS, given["stay"])
    return design, given, out, latent_given_ratings(design, oracle_moments(given, design, 0.0))


def test_a_child_alone_with_its_therapist_leaves_as_likely_as_in_the_oracle(known) -> None:
    design, _, out, (_, mean, cov) = known
    (one,) = np.flatnonzero(design.leaving.child == 0)
    own = out["child0_alone"]
    assert mean[one] == pytest.approx(own["predictor_mean"], abs=1e-8)
    assert np.sqrt(cov[one, one]) == pytest.approx(own["predictor_sd"], abs=1e-8)
    left = stats.norm.cdf(mean[one] / np.sqrt(cov[one, one]))
    assert left == pytest.approx(own["p_left_given_ratings"], abs=1e-8)


def test_ratings_and_who_left_have_the_density_of_the_oracle(known) -> None:
    design, given, out, (log_p, mean, cov) = known
    assert log_p == pytest.approx(out["log_p_ratings"], abs=1e-8)
    group = np.array(given["ther"])[design.leaving.child]
    # Therapists couple their own children only.
    assert np.abs(cov[group[:, None] != group]).max() < 1e-9
    who = log_probability_of_pattern(design, group, mean, cov)
    assert who == pytest.approx(out["log_p_pattern_given_ratings"], abs=1e-5)
    assert log_p + who == pytest.approx(out["log_p_ratings_and_pattern"], abs=1e-5)


def test_hazards_and_covariates_have_the_gradient_of_the_oracle(known) -> None:
    design, given, out, (_, mean, cov) = known
    leaving, group = design.leaving, np.array(given["ther"])[design.leaving.child]
    slope = np.zeros(len(mean))
    for one in np.unique(group):
        at = np.flatnonzero(group == one)
        slope[at] = gradient_in_mean(leaving.direction[at], mean[at], cov[np.ix_(at, at)])
    of_intervals = np.bincount(leaving.interval, weights=slope)
    np.testing.assert_allclose(of_intervals, out["gradient_marginal"]["a"], atol=1e-4)
    of_covariate = slope @ leaving.x[leaving.child]
    np.testing.assert_allclose(of_covariate, out["gradient_marginal"]["c"], atol=1e-4)


@pytest.mark.parametrize("place", range(3), ids=["alliance of one", "of another", "slope"])
def test_what_leaving_follows_has_the_gradient_of_the_oracle(known, place: int) -> None:
    design, given, out, _ = known
    group = np.array(given["ther"])[design.leaving.child]

    def log_density(by: float) -> float:
        g = np.array(given["g"])
        g[place] += by
        moments = oracle_moments(given | {"g": g}, design, 0.0)
        log_p, mean, cov = latent_given_ratings(design, moments)
        return log_p + log_probability_of_pattern(design, group, mean, cov)

    near, far = (log_density(e) - log_density(-e) for e in (0.004, 0.008))
    slope = (8 * near - far) / (12 * 0.004)
    assert slope == pytest.approx(out["gradient_marginal"]["g"][place], abs=5e-4)
