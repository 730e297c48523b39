"""Loadings are taken apart from the covariance they make, exactly."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.specification import LKJ, Effects
from tests import hand_made


def fit_with(loading: np.ndarray) -> Fit:
    """A fit whose children's levels and slopes follow factors, loadings (..., coefficient, K)."""
    fit = hand_made.fit()
    spec = replace(
        fit.spec,
        child=Effects(terms=("level", "slope"), structure="common_factor"),
        priors=dict(fit.spec.priors) | {"child_cor": LKJ(eta=1.0, reason="test")},
    )
    n = loading.shape[-1]
    sd = np.linspace(1.0, 5.0, 2 * n)
    cov = np.zeros((*loading.shape[:-2], 2 * n, 2 * n))
    for c in range(2):
        own = slice(c * n, (c + 1) * n)
        cor = loading[..., c, :, None] * loading[..., c, None, :]
        cov[..., own, own] = np.where(np.eye(n, dtype=bool), 1.0, cor)
    moments = fit.moments
    moments["child_cov"] = moments["child_cov"].copy(data=cov * sd[:, None] * sd)
    tree = xr.DataTree.from_dict({"posterior": moments, "sample_stats": fit.stats})
    return replace(fit, spec=spec, posterior=tree)


def drawn(seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.95, 0.95, size=(hand_made.CHAINS, hand_made.DRAWS, 2, 4))


def test_loadings_are_those_the_covariance_was_made_of_up_to_the_sign_of_the_factor() -> None:
    loading = drawn()
    found = ba.loadings(fit_with(loading))
    assert found.dims == ("chain", "draw", "coefficient", "informant")
    assert list(found["coefficient"].values) == ["level", "slope"]
    expected = loading * np.sign(loading.sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(found.values, expected, atol=1e-10)
    assert (found.sum("informant") > 0).all()


def test_an_informant_may_be_chosen_whose_loadings_are_positive() -> None:
    loading = drawn(2)
    found = ba.loadings(fit_with(loading), positive="caregiver")
    expected = loading * np.sign(loading[..., [2]])
    np.testing.assert_allclose(found.values, expected, atol=1e-10)


def test_a_loading_of_zero_stays_zero() -> None:
    loading = np.abs(drawn(3))
    loading[..., 1] = 0.0
    found = ba.loadings(fit_with(loading))
    np.testing.assert_allclose(found.values, loading, atol=1e-10)


def test_loadings_are_refused_where_nothing_identifies_them() -> None:
    with pytest.raises(InputError, match=r'child\.structure is not "common_factor"'):
        ba.loadings(hand_made.fit())
    with pytest.raises(InputError, match="Did you mean 'child'"):
        ba.loadings(hand_made.fit(), level="chlid")
    with pytest.raises(InputError, match="Did you mean 'caregiver'"):
        ba.loadings(fit_with(drawn()), positive="caregivr")
    two = hand_made.fit(("child", "caregiver"), model="informant_growth")
    child = Effects(terms=("level", "slope"), structure="common_factor")
    two = replace(two, spec=replace(two.spec, child=child))
    with pytest.raises(InputError, match="loadings of 2 informants are not identified"):
        ba.loadings(two)


@pytest.mark.long
def test_both_engines_and_the_graphs_own_loadings_agree() -> None:
    ratings, _ = ba.simulate(families=60, seed=4)
    spec = ba.without(ba.load_model("common_factor"), "therapist")
    spec = replace(
        spec,
        child=Effects(terms=("level",), structure="common_factor"),
        priors={k: p for k, p in spec.priors.items() if k != "child_sd.slope"},
    )
    means = []
    for engine in ("collapsed", "pymc"):
        fit = ba.fit(spec, ratings, seed=2, engine=engine, draws=400, tune=400, progress=False)
        found = ba.loadings(fit)
        means.append(found.mean(("chain", "draw")).values)
    np.testing.assert_allclose(means[0], means[1], atol=0.08)
