"""Log prior of named moments against SciPy and against what the collapsed engine says."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import bayes_alliance as ba
from bayes_alliance.collapsed.density import collapse
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.log_prior import log_prior
from bayes_alliance.posterior.moments import coords
from bayes_alliance.specification import LKJ
from tests import hand_made
from tests.collapsed.of_coordinates import log_prior as log_prior_of_coordinates


def fit_at(spec: ba.ModelSpec, draws: np.ndarray) -> tuple[Fit, dict[str, np.ndarray]]:
    """A fit whose draws are those of an unconstrained vector, and their log prior."""
    made = hand_made.fit()
    arrays = replace(made, spec=spec).design
    model = collapse(spec, arrays)
    x = 0.5 * draws[..., : model.n_parameters]
    labels = {"chain": np.arange(x.shape[0]), "draw": np.arange(x.shape[1])}
    posterior = xr.Dataset(moments(model, x), coords=labels | coords(arrays))
    tree = xr.DataTree.from_dict({"posterior": posterior})
    return replace(made, spec=spec, posterior=tree), log_prior_of_coordinates(model, x)


@pytest.mark.parametrize("name", ["informant_growth", "informant_level", "common_factor"])
def test_log_prior_of_named_moments_equals_that_of_the_coordinates(name: str) -> None:
    spec = ba.with_covariates(ba.load_model(name), {"anxiety": ("level",)})
    fit, expected = fit_at(spec, np.random.default_rng(1).normal(size=(2, 3, 200)))
    found = log_prior(fit)
    assert set(found.data_vars) == set(spec.priors)
    for key, values in expected.items():
        np.testing.assert_allclose(found[key].values, values, rtol=1e-8, atol=1e-8)


def test_log_prior_that_is_flat_in_the_average_equals_that_of_the_coordinates() -> None:
    spec = ba.load_model("informant_growth")
    flat = LKJ(eta=1.3, by="coefficient", mean="flat", reason="test")
    names = ("child_cor", "therapist_cor", "residual_cor")
    spec = replace(spec, priors=dict(spec.priors) | dict.fromkeys(names, flat))
    fit, expected = fit_at(spec, np.random.default_rng(4).normal(size=(2, 3, 200)))
    found = log_prior(fit)
    for key in names:
        np.testing.assert_allclose(found[key].values, expected[key], rtol=1e-8, atol=1e-8)
    # Raised to a power is what eta governs, and no more.
    plain = replace(
        fit, spec=replace(spec, priors=dict(spec.priors) | {"child_cor": flat.governed()})
    )
    scaled = log_prior(fit, to_scale=True)["child_cor"]
    np.testing.assert_allclose(scaled.values, log_prior(plain)["child_cor"].values)


def test_levels_and_standard_deviations_equal_scipy() -> None:
    spec = ba.load_model("informant_growth")
    fit, _ = fit_at(spec, np.random.default_rng(2).normal(size=(1, 2, 200)))
    found = log_prior(fit)
    level = fit.moments["level"].values
    expected = stats.norm(30.0, 9.0).logpdf(level).sum(axis=-1)
    np.testing.assert_allclose(found["level"].values, expected)
    variances = np.diagonal(fit.moments["residual_cov"].values, axis1=-2, axis2=-1)
    expected = stats.halfnorm(scale=9.0).logpdf(np.sqrt(variances)).sum(axis=-1)
    np.testing.assert_allclose(found["residual_sd"].values, expected)


@pytest.mark.thorough
@pytest.mark.parametrize("eta", [0.8, 2.0])
def test_the_density_of_correlation_matrices_integrates_to_one(eta: float) -> None:
    r = np.linspace(-1, 1, 200_001)[1:-1]
    cor = np.stack([np.stack([np.ones_like(r), r], -1), np.stack([r, np.ones_like(r)], -1)], -2)
    prior = LKJ(eta=eta, by="coefficient", reason="test")
    assert np.trapezoid(np.exp(prior.log_density(cor, [0, 0])), r) == pytest.approx(1.0, abs=5e-3)
    rng = np.random.default_rng(3)
    a, b, c = rng.uniform(-1, 1, size=(3, 400_000))
    one = np.ones_like(a)
    whole = np.moveaxis(np.array([[one, a, b], [a, one, c], [b, c, one]]), -1, 0)
    inside = np.linalg.det(whole) > 0
    valid = np.where(inside[:, None, None], whole, np.eye(3))
    for coefficient in ([0, 0, 0], [0, 0, 1]):
        density = np.where(inside, np.exp(prior.log_density(valid, coefficient)), 0.0)
        assert 8 * density.mean() == pytest.approx(1.0, abs=0.02)


def test_a_common_factor_of_two_informants_is_refused() -> None:
    spec = ba.load_model("common_factor")
    made = hand_made.fit(informants=hand_made.FOUR[:2])
    with pytest.raises(InputError, match="child_cor"):
        log_prior(replace(made, spec=spec))
