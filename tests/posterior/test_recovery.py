"""Recovered effects of a fit against conditional normals of the dense oracle."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.recovery import random_effects
from bayes_alliance.specification import Effects, ModelSpec, load_model
from tests import hand_made
from tests.collapsed.random_designs import long_ratings, truth_of
from tests.dense import conditional_effects
from tests.small import small_ratings


def three_levels() -> ModelSpec:
    growth = load_model("informant_growth")
    prior = growth.priors["therapist_sd.level"]
    return replace(
        growth,
        clinic=Effects(terms=("level",), structure="independent"),
        priors=dict(growth.priors) | {"clinic_sd.level": prior},
    )


def constant_fit(shape: tuple[int, int] = (2, 1500)) -> Fit:
    """Every draw the same: children, therapists and clinics, two informants."""
    rng = np.random.default_rng(8)
    root = rng.normal(size=(4, 4)) * np.array([3.0, 3.0, 1.0, 1.0])[:, None]
    therapist, clinic = np.zeros((4, 4)), np.zeros((4, 4))
    therapist[:2, :2] = [[2.0, 0.8], [0.8, 1.5]]
    clinic[:2, :2] = np.diag([0.7, 1.1])
    values = {
        "level": np.array([33.0, 36.0]),
        "slope": np.array([-0.5, 1.0]),
        "child_cov": root @ root.T,
        "therapist_cov": therapist,
        "clinic_cov": clinic,
        "residual_cov": np.array([[6.0, 1.0], [1.0, 5.0]]),
    }
    return hand_made.constant(three_levels(), small_ratings(n_informants=2), values, shape=shape)


def oracle(fit: Fit) -> tuple:
    one = {name: fit.moments[name].values[0, 0] for name in fit.moments}
    return long_ratings(fit.design), truth_of(one, fit.design)


@pytest.mark.thorough
def test_effects_scatter_as_the_dense_conditional_normal_says() -> None:
    fit = constant_fit()
    found = random_effects(fit, seed=2)
    ratings, truth = oracle(fit)
    for level, labels in (
        ("child", fit.design.children),
        ("therapist", fit.design.levels[0].labels),
        ("clinic", fit.design.levels[1].labels),
    ):
        assert found[f"{level}_effect"].dims == ("chain", "draw", level, "term")
        for unit, label in enumerate(labels[:3]):
            draws = found[f"{level}_effect"].sel({level: label}).values.reshape(-1, 4)
            mean, cov = conditional_effects(ratings, truth, level, unit)
            error = 5.0 * np.sqrt(np.maximum(np.diag(cov), 0.0) / len(draws)) + 1e-9
            assert (np.abs(draws.mean(axis=0) - mean) < error).all()
            spread = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
            np.testing.assert_allclose(np.cov(draws.T), cov, atol=0.15 * spread.max() + 1e-9)


def test_censored_ratings_count_as_far_as_each_draw_says_they_are() -> None:
    plain = constant_fit((1, 1))
    data = small_ratings(n_informants=2, at_ends=0.4)
    spec = replace(three_levels(), likelihood=load_model("growth_with_ceiling").likelihood)
    one = {name: plain.moments[name].values[0, 0] for name in plain.moments}
    fit = hand_made.constant(spec, data, one, shape=(1, 1500))
    with pytest.raises(ba.InputError, match="whose values beyond the ends"):
        random_effects(fit, seed=1)
    row, informant, direction = fit.design.censored
    assert set(direction) == {-1.0, 1.0}
    excess = np.random.default_rng(4).gamma(2.0, 2.0, size=len(row))
    dims = ("chain", "draw", "censored")
    kept = fit.moments.assign(excess=(dims, np.tile(excess, (1, 1500, 1))))
    posterior = xr.DataTree.from_dict({"posterior": kept, "sample_stats": fit.stats})
    found = random_effects(replace(fit, posterior=posterior), seed=1, level="child")
    ratings, truth = oracle(fit)
    y = fit.design.y.copy()
    y[row, informant] += direction * excess
    ratings = replace(ratings, rating=y[fit.design.present])
    for unit, label in enumerate(fit.design.children):
        draws = found["child_effect"].sel(child=label).values.reshape(-1, 4)
        mean, cov = conditional_effects(ratings, truth, "child", unit)
        assert (np.abs(draws.mean(axis=0) - mean) < 5.0 * np.sqrt(np.diag(cov) / 1500)).all()


def test_terms_are_labelled_and_what_does_not_vary_is_zero() -> None:
    found = random_effects(hand_made.fit(), seed=1)
    assert list(found.data_vars) == ["child_effect", "therapist_effect"]
    slopes = found["therapist_effect"].sel(term="caregiver,slope")
    levels = found["therapist_effect"].sel(term="caregiver,level", therapist="t2")
    assert (slopes == 0.0).all()
    assert float(levels.std()) > 0.1


def test_one_level_and_chosen_draws_are_part_of_the_whole() -> None:
    fit = hand_made.fit()
    whole = random_effects(fit, seed=4)
    part = random_effects(fit, seed=4, level="therapist", draws=7)
    assert list(part.data_vars) == ["therapist_effect"]
    assert part.sizes["draw"] == 7
    np.testing.assert_array_equal(part["draw"].values[[0, -1]], [0, 49])
    same = whole["therapist_effect"].sel(draw=part["draw"])
    np.testing.assert_array_equal(part["therapist_effect"].values, same.values)
    other = random_effects(fit, seed=5, level="therapist", draws=7)
    assert (other["therapist_effect"] != part["therapist_effect"]).any()


def test_a_saved_fit_gives_the_same_effects(tmp_path) -> None:
    fit = hand_made.fit()
    loaded = Fit.load(fit.save(tmp_path / "fit.nc"))
    first, second = (random_effects(one, seed=3, draws=5) for one in (fit, loaded))
    assert first.equals(second)


def test_unknown_levels_and_too_many_draws_are_refused() -> None:
    fit = hand_made.fit()
    with pytest.raises(ba.InputError, match="Did you mean 'therapist'"):
        random_effects(fit, seed=1, level="therapists")
    with pytest.raises(ba.InputError, match="one of child, therapist"):
        random_effects(fit, seed=1, level="clinic")
    with pytest.raises(ba.InputError, match="from 1 to 50"):
        random_effects(fit, seed=1, draws=51)
