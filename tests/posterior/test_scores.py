"""Log scores of units against differences of dense log densities."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scores import log_likelihood, log_scores
from bayes_alliance.specification import load_model
from tests import hand_made
from tests.collapsed.random_designs import long_ratings, truth_of
from tests.collapsed.test_completions import dense_normal
from tests.collapsed.test_recover import without
from tests.dense import dense_log_likelihood, normal_log_density
from tests.posterior.test_recovery import constant_fit

UNITS = ("rating", "child", "therapist", "clinic")


@pytest.mark.parametrize("fit", [hand_made.fit(), constant_fit((1, 3))], ids=["two", "three"])
def test_scores_equal_differences_of_dense_log_densities(fit: Fit) -> None:
    scores = log_scores(fit, of=UNITS)
    ratings = long_ratings(fit.design)
    chain, draw = fit.moments.sizes["chain"] - 1, 2
    one = {name: fit.moments[name].values[chain, draw] for name in fit.moments}
    truth = truth_of(one, fit.design)
    whole = dense_log_likelihood(ratings, truth)
    units = {name: getattr(ratings, name) for name in UNITS[1:] if name in scores.dims}
    units["rating"] = np.arange(len(ratings.rating))
    assert set(scores.data_vars) == {f"{name}_score" for name in units}
    for name, unit in units.items():
        assert scores[f"{name}_score"].dims == ("chain", "draw", name)
        for position in range(0, scores.sizes[name], 5):
            rest = dense_log_likelihood(without(ratings, unit == position), truth)
            found = float(scores[f"{name}_score"][chain, draw, position])
            assert found == pytest.approx(whole - rest, rel=1e-7, abs=1e-7)


def test_scores_of_the_highest_level_add_up_to_the_log_likelihood() -> None:
    fit = hand_made.fit()
    top = log_scores(fit)["therapist_score"].sum("therapist")
    np.testing.assert_allclose(top, log_likelihood(fit), rtol=1e-10)


def test_scores_do_not_depend_on_the_order_of_informants() -> None:
    straight = hand_made.fit()
    names = [straight.ratings.informants[k] for k in (2, 0, 3, 1)]
    turned = replace(
        hand_made.permuted(straight, [2, 0, 3, 1]),
        ratings=replace(straight.ratings, informants=tuple(names)),
    )
    first, second = (log_scores(one, of=UNITS) for one in (straight, turned))
    np.testing.assert_allclose(first["child_score"], second["child_score"], rtol=1e-9)
    ordered = second["rating_score"].sel(rating=first.coords["rating"])
    np.testing.assert_allclose(first["rating_score"], ordered, rtol=1e-8)


def test_units_carry_their_labels() -> None:
    scores = log_scores(hand_made.fit(), of=UNITS)
    assert "c3" in scores.coords["child"]
    assert "c2, 8, caregiver" in scores.coords["rating"]
    assert "c1, 8, child" not in scores.coords["rating"]
    assert list(log_scores(hand_made.fit(), of=["child"]).data_vars) == ["child_score"]


def test_a_saved_fit_gives_the_same_scores(tmp_path) -> None:
    fit = hand_made.fit()
    loaded = Fit.load(fit.save(tmp_path / "fit.nc"))
    first, second = (log_scores(one, of=UNITS) for one in (fit, loaded))
    assert first.equals(second)


def test_other_families_and_unknown_units_are_refused() -> None:
    fit = hand_made.fit()
    censored = replace(fit, spec=load_model("growth_with_ceiling"))
    with pytest.raises(ba.InputError, match="a censored rating has no density"):
        log_scores(censored)
    with pytest.raises(ba.InputError, match="Did you mean 'child'"):
        log_scores(fit, of=["children"])


def test_scores_of_heavy_tails_are_given_the_weights_of_occasions() -> None:
    plain = constant_fit((1, 2))
    growth = load_model("robust")
    priors = dict(plain.spec.priors) | {"residual_nu": growth.priors["residual_nu"]}
    fit = replace(plain, spec=replace(plain.spec, likelihood=growth.likelihood, priors=priors))
    with pytest.raises(ba.InputError, match="kept with the fit"):
        log_scores(fit)
    weight = np.random.default_rng(1).gamma(2.0, 0.5, size=len(fit.design.y))
    kept = fit.moments.assign(
        residual_weight=(("chain", "draw", "occasion"), np.tile(weight, (1, 2, 1)))
    )
    tree = xr.DataTree.from_dict({"posterior": kept, "sample_stats": fit.stats})
    fit = replace(fit, posterior=tree)
    one = {name: kept[name].values[0, 0] for name in kept}
    error, cov = dense_normal(fit.design, one)
    whole = normal_log_density(error, cov)
    child = fit.design.occasion_child[np.nonzero(fit.design.present)[0]]
    others = child != 3
    rest = normal_log_density(error[others], cov[np.ix_(others, others)])
    score = float(log_scores(fit, of=("child",))["child_score"][0, 0, 3])
    assert score == pytest.approx(whole - rest, rel=1e-7)
    with pytest.raises(ba.InputError, match="no closed form"):
        log_likelihood(fit)
