"""The coordinate of standard deviations: there and back, and its Jacobian."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from pymc.distributions.multivariate import LKJCorrRV
from pytensor.compile.mode import Mode
from scipy import stats

from bayes_alliance.pymc_model import build
from bayes_alliance.pymc_model.covariance import NormalTails
from bayes_alliance.specification import load_model
from tests.pymc_model import drawing
from tests.small import small_ratings

PYTHON = Mode(linker="py", optimizer="fast_compile")
X = np.array([-4.0, -0.7, 0.0, 0.4, 3.0])


@pytest.mark.compiles
def test_a_standard_deviation_comes_back_from_its_coordinate() -> None:
    coordinate = NormalTails(np.full(5, 1.7))
    x = pt.vector("x")
    sd = coordinate.backward(x).eval({x: X}, mode=PYTHON)
    np.testing.assert_allclose(sd, 1.7 * (X * stats.norm.cdf(X) + stats.norm.pdf(X)))
    np.testing.assert_allclose(coordinate.forward(x).eval({x: sd}, mode=PYTHON), X, atol=1e-8)


def test_the_jacobian_is_the_derivative() -> None:
    coordinate = NormalTails(np.full(5, 1.7))
    x = pt.vector("x")
    found = coordinate.log_jac_det(x).eval({x: X}, mode=PYTHON)
    np.testing.assert_allclose(found, np.log(1.7 * stats.norm.cdf(X)))
    step = 1e-6
    above, below = (coordinate.backward(x).eval({x: X + s}, mode=PYTHON) for s in (step, -step))
    np.testing.assert_allclose(np.exp(found), (above - below) / (2 * step), rtol=1e-5)


@pytest.mark.compiles
def test_the_density_of_the_coordinate_is_that_of_the_prior() -> None:
    model = build(load_model("informant_growth"), small_ratings())
    value = next(v for v in model.value_vars if v.name.startswith("therapist_sd_level"))
    scale = 0.2 * 18.0
    x = np.array([-2.0, 0.5, 1.0])
    (term,) = model.logp(vars=[model["therapist_sd_level"]], sum=False)
    expected = stats.halfnorm.logpdf(
        scale * (x * stats.norm.cdf(x) + stats.norm.pdf(x)), scale=scale
    ) + np.log(scale * stats.norm.cdf(x))
    assert term.eval({value: x}, mode=PYTHON) == pytest.approx(expected)


@pytest.mark.compiles
@pytest.mark.parametrize(("n", "eta"), [(3, 1.0), (4, 2.5)])
def test_draws_of_the_graph_that_models_of_tests_share_are_those_of_pymc(
    n: int, eta: float
) -> None:
    ours, theirs = (
        pm.draw(write(n, eta), draws=2, random_seed=3, mode=PYTHON)
        for write in (drawing.shared, LKJCorrRV.rv_op)
    )
    np.testing.assert_array_equal(ours, theirs)
    assert pm.LKJCorr.rv_op is drawing.shared
