"""Prior densities of the unconstrained coordinates: Jacobians and normalising constants."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from bayes_alliance.collapsed.priors import (
    coefficient_coordinate,
    correlation_coordinate,
    sd_coordinate,
)
from bayes_alliance.specification import (
    LKJ,
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    Normal,
    StudentT,
)

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
    coordinate = coefficient_coordinate("g", "level", prior, factor=18.0, shift=30.0)
    g = coordinate.location + coordinate.unit * X
    np.testing.assert_allclose(
        coordinate.log_density(X), expected(g) + np.log(coordinate.unit), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("name", SDS)
def test_standard_deviation_densities_equal_scipy(name: str) -> None:
    prior, expected = SDS[name]
    coordinate = sd_coordinate("s", "child_sd.level", prior, factor=18.0)
    s = coordinate.unit * (X * stats.norm.cdf(X) + stats.norm.pdf(X))
    jacobian = np.log(coordinate.unit) + stats.norm.logcdf(X)
    np.testing.assert_allclose(
        coordinate.log_density(X), expected(s) + jacobian, rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("eta", [0.7, 1.0, 2.0, 5.0])
def test_partial_correlation_densities_integrate_to_one(eta: float) -> None:
    coordinate = correlation_coordinate("z", "child_cor", shape=eta)
    total, _ = quad(lambda x: np.exp(coordinate.log_density(np.array(x))), -20, 20)
    assert total == pytest.approx(1.0, abs=1e-8)


def test_a_prior_of_the_wrong_kind_is_refused() -> None:
    normal = Normal(mean=0.0, sd=1.0, reason="test")
    with pytest.raises(TypeError, match="standard deviations"):
        sd_coordinate("s", "child_sd.level", normal, factor=1.0)
    with pytest.raises(TypeError, match="coefficients"):
        coefficient_coordinate("g", "level", LKJ(eta=2.0, reason="test"), factor=1.0)
