"""Prior densities of the unconstrained coordinates: Jacobians and normalising constants."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import expit

from bayes_alliance.collapsed.priors import labelled, of_number, values_of
from bayes_alliance.specification import (
    LKJ,
    Beta,
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    Normal,
    StudentT,
)
from tests.collapsed.of_coordinates import log_density

COEFFICIENTS = {
    "normal": (
        Normal(mean=0.3, sd=0.5, reason="test"),
        lambda g: stats.norm.logpdf(g, 30 + 18 * 0.3, 18 * 0.5),
    ),
    "student_t": (
        StudentT(nu=4.0, mean=-0.2, scale=0.4, reason="test"),
        lambda g: stats.t.logpdf(g, 4.0, 30 - 18 * 0.2, 18 * 0.4),
    ),
}
SDS = {
    "half_normal": (
        HalfNormal(scale=0.5, reason="test"),
        lambda s: stats.halfnorm.logpdf(s, scale=9.0),
    ),
    "half_student_t": (
        HalfStudentT(nu=3.0, scale=0.5, reason="test"),
        lambda s: np.log(2.0) + stats.t.logpdf(s, 3.0, scale=9.0),
    ),
    "exponential": (
        Exponential(rate=2.0, reason="test"),
        lambda s: stats.expon.logpdf(s, scale=9.0),
    ),
    "gamma": (
        Gamma(alpha=2.5, beta=5.0, reason="test"),
        lambda s: stats.gamma.logpdf(s, 2.5, scale=18.0 / 5.0),
    ),
}
X = np.linspace(-4.0, 3.0, 11)


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_coefficient_densities_equal_scipy(name: str) -> None:
    prior, expected = COEFFICIENTS[name]
    coordinate = of_number("g", "level", prior, factor=18.0, shift=30.0)
    g = coordinate.location + coordinate.unit * X
    np.testing.assert_allclose(
        log_density(coordinate, X), expected(g) + np.log(coordinate.unit), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("name", SDS)
def test_standard_deviation_densities_equal_scipy(name: str) -> None:
    prior, expected = SDS[name]
    coordinate = of_number("s", "child_sd.level", prior, factor=18.0)
    s = coordinate.unit * (X * stats.norm.cdf(X) + stats.norm.pdf(X))
    jacobian = np.log(coordinate.unit) + stats.norm.logcdf(X)
    np.testing.assert_allclose(
        log_density(coordinate, X), expected(s) + jacobian, rtol=1e-12, atol=1e-12
    )


def test_densities_of_shares_equal_scipy() -> None:
    coordinate = of_number("r", "residual", Beta(alpha=0.7, beta=3.0, reason="test"), factor=1.0)
    share = expit(X)
    slope = np.log(share) + np.log1p(-share)
    expected = stats.beta.logpdf(share, 0.7, 3.0) + slope
    np.testing.assert_allclose(log_density(coordinate, X), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(values_of([coordinate], X[:, None])[:, 0], share, rtol=1e-12)


@pytest.mark.parametrize("eta", [0.7, 1.0, 2.0, 5.0])
def test_partial_correlation_densities_integrate_to_one(eta: float) -> None:
    own = LKJ(eta=eta, reason="test").coordinates([0, 0])[1, 0]
    coordinate = labelled("z", "child_cor", own)
    assert coordinate.shape == eta
    total, _ = quad(lambda x: np.exp(log_density(coordinate, np.array(x))), -20, 20)
    assert total == pytest.approx(1.0, abs=1e-8)
