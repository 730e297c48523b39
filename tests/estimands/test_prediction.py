"""Predictions against closed forms and against effects put together by hand."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.estimands.prediction import predictions
from bayes_alliance.posterior.recovery import random_effects
from bayes_alliance.specification import with_covariates
from tests import hand_made
from tests.dense import conditional_effects
from tests.posterior.test_recovery import constant_fit, oracle, three_levels
from tests.small import small_ratings

TIMES = (4.0, 10.0)
# Loadings of level and slope of two informants at these times, rows time by informant.
H = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 1.5, 0], [0, 1, 0, 1.5]])


def compare(draws: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> None:
    sd = np.sqrt(np.diag(cov))
    assert (np.abs(draws.mean(axis=0) - mean) < 5.0 * sd / np.sqrt(len(draws))).all()
    np.testing.assert_allclose(np.cov(draws.T), cov, atol=0.12 * np.outer(sd, sd).max())


@pytest.mark.parametrize("noise", [False, True])
def test_a_new_family_has_the_mean_and_covariance_of_the_model(noise: bool) -> None:
    fit = constant_fit()
    one = {name: fit.moments[name].values[0, 0] for name in fit.moments}
    found = predictions(fit, seed=3, time=TIMES, noise=noise)
    assert found.dims == ("chain", "draw", "time", "informant")
    cov = H @ (one["child_cov"] + one["therapist_cov"] + one["clinic_cov"]) @ H.T
    cov += np.kron(np.eye(2), one["residual_cov"]) * noise
    mean = H @ np.concatenate([one["level"], one["slope"]])
    compare(found.values.reshape(-1, 4), mean, cov)


def test_a_new_child_of_a_new_therapist_shares_the_clinics_effect() -> None:
    fit = constant_fit()
    one = {name: fit.moments[name].values[0, 0] for name in fit.moments}
    clinic = fit.design.levels[1].labels[1]
    found = predictions(fit, seed=3, of=("clinic", clinic), time=TIMES)
    effect, spread = conditional_effects(*oracle(fit), "clinic", 1)
    cov = H @ (one["child_cov"] + one["therapist_cov"] + spread) @ H.T
    mean = H @ (np.concatenate([one["level"], one["slope"]]) + effect)
    compare(found.values.reshape(-1, 4), mean, cov)


def test_a_rated_child_keeps_its_own_effects_and_covariates() -> None:
    fit = hand_made.fit()
    found = predictions(fit, seed=6, of=("child", "c5"), time=8.0)
    assert found.dims == ("chain", "draw", "informant")
    effects = random_effects(fit, seed=6)
    own = effects["child_effect"].sel(child="c5") + effects["therapist_effect"].sel(therapist="t2")
    for k, informant in enumerate(fit.design.informants):
        expected = sum(
            weight
            * (
                fit.moments[name].values[..., k]
                + fit.moments[f"{name}_on"].values[..., 0, k]
                + own.sel(term=f"{informant},{name}").values
            )
            for name, weight in (("level", 1.0), ("slope", 1.0))
        )
        np.testing.assert_allclose(found.sel(informant=informant), expected, rtol=1e-12)


def test_a_known_childs_covariates_can_be_asked_to_differ() -> None:
    fit = hand_made.fit()
    as_is = predictions(fit, seed=6, of=("child", "c5"), time=4.0)
    other = predictions(fit, seed=6, of=("child", "c5"), time=4.0, at={"anxiety": 0})
    change = fit.moments["level_on"].sel(covariate="anxiety", drop=True)
    np.testing.assert_allclose(as_is - other, change, rtol=1e-9)


def test_a_new_child_of_a_known_therapist_has_the_therapists_covariates() -> None:
    spec = with_covariates(three_levels(), {"experience": ("level",), "anxiety": ("level",)})
    data = small_ratings(n_informants=2)
    base = constant_fit((1, 4))
    one = {name: base.moments[name].values[0, 0] for name in base.moments}
    one["child_cov"] = one["therapist_cov"] = one["clinic_cov"] = np.zeros((4, 4))
    arrays = design(spec, data)
    effects = np.zeros((len(arrays.covariates), 2))
    effects[arrays.covariates.index("experience")] = [1.0, -2.0]
    effects[arrays.covariates.index("anxiety")] = [4.0, 4.0]
    fit = hand_made.constant(spec, data, one | {"level_on": effects}, shape=(1, 4))
    found = predictions(fit, seed=1, of=("therapist", "t2"), time=4.0)
    experience = data.therapists["experience"]
    of_child = data.children["therapist"].map(experience)
    expected = np.array([33.0, 36.0]) + np.array([1.0, -2.0]) * (3.0 - of_child.mean())
    expected += 4.0 * data.children["anxiety"].mean()
    np.testing.assert_allclose(found.values[0, 0], expected, rtol=1e-12)
    assert float(found.std("draw").max()) < 1e-9


def test_same_seed_same_predictions_also_from_a_saved_fit(tmp_path) -> None:
    fit = hand_made.fit()
    loaded = ba.Fit.load(fit.save(tmp_path / "fit.nc"))
    first, second = (
        predictions(one, seed=2, of=("therapist", "t1"), noise=True) for one in (fit, loaded)
    )
    assert first.equals(second)
    assert first.sizes["time"] == 4
    assert not first.equals(predictions(fit, seed=3, of=("therapist", "t1"), noise=True))


def test_unknown_units_and_known_units_of_censored_models_are_refused() -> None:
    fit = hand_made.fit()
    with pytest.raises(ba.InputError, match="no child of these ratings"):
        predictions(fit, seed=1, of=("child", "c99"))
    with pytest.raises(ba.InputError, match="one of child, therapist"):
        predictions(fit, seed=1, of=("clinic", "k1"))
    with pytest.raises(ba.InputError, match="not a covariate of this model"):
        predictions(fit, seed=1, at={"mood": 1})
    censored = replace(
        fit, spec=replace(fit.spec, likelihood=ba.load_model("growth_with_ceiling").likelihood)
    )
    with pytest.raises(ba.InputError, match="no closed form"):
        predictions(censored, seed=1, of=("child", "c1"))
    assert predictions(censored, seed=1).sizes["informant"] == 4


def test_a_known_child_whose_covariate_is_missing_needs_a_value() -> None:
    spec = with_covariates(three_levels(), {"age": ("level",)})
    data = small_ratings(n_informants=2)
    children = data.children.copy()
    children.loc["c5", "age"] = np.nan
    base = constant_fit((1, 4))
    one = {name: base.moments[name].values[0, 0] for name in base.moments}
    effects = {"level_on": np.array([[2.0, -1.0]])}
    fit = hand_made.constant(spec, replace(data, children=children), one | effects, shape=(1, 4))
    of = ("child", "c5")
    with pytest.raises(ba.InputError, match="not kept with the fit"):
        predictions(fit, seed=1, of=of)
    kept = fit.moments.assign(missing_age=(("chain", "draw", "missing_age_of"), np.ones((1, 4, 1))))
    tree = xr.DataTree.from_dict({"posterior": kept, "sample_stats": fit.stats})
    fit = replace(fit, posterior=tree)
    with pytest.raises(ba.InputError, match="missing for c5: give a value"):
        predictions(fit, seed=1, of=of)
    older, younger = (predictions(fit, seed=1, of=of, at={"age": age}) for age in (9.0, 8.0))
    np.testing.assert_allclose(older - younger, np.broadcast_to([2.0, -1.0], older.shape))
    assert predictions(fit, seed=1, of=("child", "c4")).notnull().all()
