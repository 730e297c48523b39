"""Priors: densities, quantiles and scaling against SciPy; refusals in plain words."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bayes_alliance.errors import InputError
from bayes_alliance.specification import (
    LKJ,
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    Normal,
    Prior,
    Priors,
    StudentT,
)
from tests.specification.strategies import coefficient_priors, priors, sd_priors

SCIPY = [
    (Normal(mean=0.3, sd=0.7, reason="test"), stats.norm(0.3, 0.7)),
    (StudentT(nu=4.0, mean=-0.2, scale=0.6, reason="test"), stats.t(4.0, -0.2, 0.6)),
    (HalfNormal(scale=0.5, reason="test"), stats.halfnorm(scale=0.5)),
    (Exponential(rate=2.5, reason="test"), stats.expon(scale=1 / 2.5)),
    (Gamma(alpha=2.0, beta=3.0, reason="test"), stats.gamma(2.0, scale=1 / 3.0)),
    (Gamma(alpha=1.0, beta=3.0, reason="test"), stats.gamma(1.0, scale=1 / 3.0)),
    (Gamma(alpha=0.5, beta=3.0, reason="test"), stats.gamma(0.5, scale=1 / 3.0)),
]
VALUES = np.array([-2.0, -0.1, 0.0, 0.2, 1.0, 7.0])
PROBABILITIES = np.array([0.025, 0.3, 0.5, 0.9, 0.975])


@pytest.mark.parametrize(("prior", "reference"), SCIPY, ids=lambda value: repr(value)[:24])
def test_log_density_is_that_of_scipy(prior: Prior, reference) -> None:
    np.testing.assert_allclose(prior.log_density(VALUES), reference.logpdf(VALUES), rtol=1e-12)
    for value in VALUES:
        assert prior.log_density(value) == pytest.approx(reference.logpdf(value), rel=1e-12)


@pytest.mark.parametrize(("prior", "reference"), SCIPY, ids=lambda value: repr(value)[:24])
def test_quantiles_are_those_of_scipy(prior: Prior, reference) -> None:
    expected = reference.ppf(PROBABILITIES)
    np.testing.assert_allclose(prior.quantile(PROBABILITIES), expected, rtol=1e-9, atol=1e-12)


def test_half_student_t_is_a_folded_student_t() -> None:
    prior = HalfStudentT(nu=3.0, scale=0.4, reason="test")
    t = stats.t(3.0, 0.0, 0.4)
    above = VALUES[VALUES >= 0]
    np.testing.assert_allclose(prior.log_density(above), np.log(2) + t.logpdf(above), rtol=1e-12)
    assert np.all(prior.log_density(VALUES[VALUES < 0]) == -np.inf)
    expected = t.ppf((1 + PROBABILITIES) / 2)
    np.testing.assert_allclose(prior.quantile(PROBABILITIES), expected, rtol=1e-9)


@given(prior=coefficient_priors, factor=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_scaling_a_coefficient_changes_its_density_as_a_change_of_unit(
    prior: Prior, factor: float, shift: float
) -> None:
    x = np.asarray(prior.quantile(np.array([0.1, 0.5, 0.8])))
    moved = prior.scaled(factor, shift)
    assert moved.reason == prior.reason
    nearby = np.spacing(np.abs(x).max() * factor + abs(shift)) / (factor * prior.coordinate.unit)
    np.testing.assert_allclose(
        moved.log_density(shift + factor * x),
        prior.log_density(x) - np.log(factor),
        rtol=1e-9,
        atol=1e-9 + 1e3 * nearby,
    )


@given(prior=sd_priors, factor=st.floats(0.01, 100), x=st.floats(1e-6, 1e3))
def test_scaling_a_standard_deviation_changes_its_density_as_a_change_of_unit(
    prior: Prior, factor: float, x: float
) -> None:
    expected = prior.log_density(x) - np.log(factor)
    assert prior.scaled(factor).log_density(factor * x) == pytest.approx(
        expected, rel=1e-8, abs=1e-6
    )


@given(prior=sd_priors)
def test_a_standard_deviation_is_not_shifted(prior: Prior) -> None:
    with pytest.raises(ValueError, match="no shift 1"):
        prior.scaled(2.0, 1.0)


@given(prior=priors)
def test_priors_are_values(prior: Prior) -> None:
    assert pickle.loads(pickle.dumps(prior)) == prior
    assert hash(prior) == hash(pickle.loads(pickle.dumps(prior)))
    assert prior.distribution == type(prior).__name__


def test_every_problem_of_a_prior_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Normal(mean=float("nan"), sd=-1.0, reason="  ", sigma=2.0)
    messages = {problem.where: problem.message for problem in caught.value.problems}
    assert messages == {
        "mean": "must be a finite number",
        "sd": "must be greater than 0",
        "reason": "must not be empty",
        "sigma": "is not a known key. Known keys: mean, sd, reason.",
    }


@pytest.mark.parametrize("wrong", [True, "0.5", None, [1.0]])
def test_a_parameter_must_be_a_number(wrong: object) -> None:
    with pytest.raises(InputError, match=r"scale.*: must be a number"):
        HalfNormal(scale=wrong, reason="test")


@pytest.mark.parametrize("wrong", [0.0, -1.0])
def test_eta_must_be_positive(wrong: float) -> None:
    with pytest.raises(InputError, match=r"eta = .*: must be greater than 0"):
        LKJ(eta=wrong, reason="test")


def test_parameters_are_given_by_name() -> None:
    with pytest.raises(InputError, match="must be given by name"):
        Normal(0.0, 1.0, "test")


def test_priors_of_a_model_cannot_be_changed() -> None:
    given_priors = {"level": Normal(mean=0.0, sd=1.0, reason="test")}
    kept = Priors(given_priors)
    given_priors.clear()
    assert list(kept) == ["level"]
    with pytest.raises(TypeError):
        kept["level"] = LKJ(eta=1.0, reason="test")
    assert kept == Priors(dict(kept))
    assert hash(kept) == hash(Priors(dict(kept)))
