"""What a prior names as its distribution in PyMC has its density, in rating points."""

import numpy as np
import pymc as pm
import pytest

from bayes_alliance.pymc_model import covariance
from tests.specification.every_prior import CORRELATIONS, NUMBERS

COEFFICIENT = np.array([0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize("prior", NUMBERS, ids=lambda prior: repr(prior)[:24])
def test_the_counterpart_of_a_prior_of_numbers_has_its_density(prior) -> None:
    fits = {"coefficient", "sd"} & set(prior.traits.fits)
    factor, shift = (18.0, 30.0 if "coefficient" in fits else 0.0) if fits else (1.0, 0.0)
    own = prior.counterpart(factor=factor, shift=shift)
    x = prior.scaled(factor, shift).quantile(np.array([0.01, 0.3, 0.5, 0.9, 0.999]))
    found = pm.logp(getattr(pm, own.name).dist(**own.arguments), x).eval()
    expected = prior.scaled(factor, shift).log_density(x)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.compiles
@pytest.mark.parametrize("prior", CORRELATIONS, ids=lambda prior: repr(prior)[:24])
def test_the_counterpart_of_a_prior_of_correlations_has_its_density(prior) -> None:
    """Of the Cholesky factor, whose density is that of the matrix times a Jacobian."""
    half = prior.pair_counterpart()
    r = np.array([-0.6, 0.1, 0.8])
    found = pm.logp(getattr(pm, half.name).dist(**half.arguments), 0.5 * (1.0 + r)).eval()
    pairs = np.stack([np.stack([1.0 + 0.0 * r, r], -1), np.stack([r, 1.0 + 0.0 * r], -1)], -1)
    expected = prior.log_density(pairs, np.zeros(2))
    np.testing.assert_allclose(found - np.log(2.0), expected, rtol=1e-7, atol=1e-7)
    with pm.Model() as model:
        covariance.cholesky("child", np.ones(6), COEFFICIENT, prior=prior)
    point = model.initial_point()
    point = {name: value + 0.3 * np.arange(value.size) for name, value in point.items()}
    (free,) = model.free_RVs
    transform = model.rvs_to_transforms[free]
    value = np.asarray(next(iter(point.values())))
    root = transform.backward(value, *free.owner.inputs).eval()
    log_jacobian = transform.log_jac_det(value, *free.owner.inputs).eval()
    n = len(root)
    # From the matrix to its Cholesky factor with unit rows.
    of_factor = ((n - 1 - np.arange(n)) * np.log(np.diag(root))).sum()
    expected = prior.log_density(root @ root.T, COEFFICIENT) + of_factor + log_jacobian
    assert model.compile_logp()(point) == pytest.approx(float(expected), rel=1e-9)
