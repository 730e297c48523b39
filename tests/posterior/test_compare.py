"""Leaving out units: closed forms, dense arithmetic, and fits without the unit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import logsumexp

import bayes_alliance as ba
from bayes_alliance.posterior.compare import (
    folds,
    leave_one_child_out,
    leave_one_rating_out,
    leave_one_therapist_out,
)
from bayes_alliance.posterior.comparison import tabulated
from bayes_alliance.posterior.cross_validation import LeftOut
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.importance import highest_k, smoothed
from bayes_alliance.posterior.left_out import without
from bayes_alliance.posterior.refits import refitted_scores
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import load_model, with_covariates
from tests import hand_made
from tests.collapsed.random_designs import long_ratings, truth_of
from tests.collapsed.test_recover import without as others_of
from tests.dense import dense_log_likelihood
from tests.posterior.test_recovery import constant_fit
from tests.small import small_ratings


def one_draw(fit: Fit, chain: int = 0, draw: int = 0) -> dict[str, np.ndarray]:
    return {name: fit.moments[name].values[chain, draw] for name in fit.moments}


def separate(shape: tuple[int, int] = (2, 60)) -> Fit:
    """Every draw the same; no effects of therapists or clinics."""
    child = np.diag([9.0, 7.0, 0.0, 0.0])
    values = {
        "level": np.array([33.0, 36.0]),
        "child_cov": child,
        "residual_cov": np.diag([6.0, 5.0]),
    }
    spec = load_model("separate_levels")
    return hand_made.constant(spec, small_ratings(n_informants=2), values, shape=shape)


def test_importance_sampling_finds_the_closed_form_of_a_normal_mean() -> None:
    # y_i ~ N(theta, 1) with a flat prior: y_i given the others is N(their mean, 1 + 1 / (n - 1)).
    y = np.random.default_rng(2).normal(size=12)
    theta = stats.norm.ppf((np.arange(4000) + 0.5) / 4000, y.mean(), 1 / np.sqrt(len(y)))
    theta = np.random.default_rng(3).permutation(theta).reshape(4, 1000)
    elpd, mcse, pareto_k = smoothed(stats.norm.logpdf(y, theta[..., None], 1.0))
    others = (y.sum() - y) / (len(y) - 1)
    expected = stats.norm.logpdf(y, others, np.sqrt(1 + 1 / (len(y) - 1)))
    np.testing.assert_allclose(elpd, expected, atol=0.02)
    assert (mcse > 0.0).all()
    assert (np.abs(elpd - expected) < 5.0 * mcse).all()
    assert (pareto_k < highest_k(4000)).all()


def test_the_highest_k_falls_with_fewer_draws_and_never_exceeds_seven_tenths() -> None:
    assert highest_k(100) == pytest.approx(0.5)
    assert highest_k(10**6) == 0.7


def test_without_uncertainty_elpd_is_the_dense_conditional_density() -> None:
    linked, alone = constant_fit((2, 60)), separate()
    found = leave_one_therapist_out({"alone": alone, "linked": linked})
    expected = {}
    for name, fit in (("linked", linked), ("alone", alone)):
        ratings, truth = long_ratings(fit.design), truth_of(one_draw(fit), fit.design)
        of_child = fit.ratings.children["therapist"].to_numpy()
        whole = dense_log_likelihood(ratings, truth)
        expected[name] = np.array(
            [
                whole
                - dense_log_likelihood(others_of(ratings, of_child[ratings.child] == label), truth)
                for label in found.by_unit.index
            ]
        )
        np.testing.assert_allclose(found.by_unit[name, "elpd"], expected[name], rtol=1e-8)
    table = found.table
    best, second = sorted(expected, key=lambda name: -expected[name].sum())
    assert list(table.index) == [best, second]
    difference = expected[second] - expected[best]
    assert table.loc[second, "difference"] == pytest.approx(difference.sum(), rel=1e-7)
    se = np.sqrt(len(difference)) * np.std(difference, ddof=1)
    assert table.loc[second, "se_difference"] == pytest.approx(se, rel=1e-7)
    assert table.loc[best, "difference"] == 0.0
    assert (table["high_k"] == 0).all()
    assert f"'{best}'" in found.sentence
    assert "<table" in found._repr_html_()


def test_children_and_ratings_can_be_left_out_too() -> None:
    fit = constant_fit((1, 100))
    ratings, truth = long_ratings(fit.design), truth_of(one_draw(fit), fit.design)
    whole = dense_log_likelihood(ratings, truth)
    child = leave_one_child_out(fit).by_unit["informant_growth", "elpd"]
    third = others_of(ratings, ratings.child == fit.design.children.index("c3"))
    assert child["c3"] == pytest.approx(whole - dense_log_likelihood(third, truth), rel=1e-8)
    rating = leave_one_rating_out(fit).by_unit["informant_growth", "elpd"]
    seventh = others_of(ratings, np.arange(len(ratings.rating)) == 7)
    assert rating.iloc[7] == pytest.approx(whole - dense_log_likelihood(seventh, truth), rel=1e-7)
    assert len(rating) == fit.design.n_ratings


def test_rows_and_informants_in_another_order_are_the_same_ratings() -> None:
    fit = separate()
    study = fit.ratings.study
    turned = dict(reversed(study.informants.items()))
    rows = fit.ratings.to_wide().sample(frac=1.0, random_state=3)
    other = hand_made.constant(
        fit.spec,
        Ratings.from_wide(rows, study=replace(study, informants=turned)),
        {
            "level": np.array([36.0, 33.0]),
            "child_cov": np.diag([7.0, 9.0, 0.0, 0.0]),
            "residual_cov": np.diag([5.0, 6.0]),
        },
        shape=(2, 60),
    )
    assert other.design.informants == fit.design.informants[::-1]
    assert other.design.children != fit.design.children
    for leave_out in (leave_one_rating_out, leave_one_child_out, leave_one_therapist_out):
        found = leave_out({"fit": fit, "other": other})
        elpd = found.by_unit.xs("elpd", axis=1, level=1)
        np.testing.assert_allclose(elpd["other"], elpd["fit"], rtol=1e-8)
        assert found.table["se_difference"].max() < 1e-8
    assert found.table["se"].iloc[0] == pytest.approx(np.sqrt(len(elpd) * elpd["fit"].var()))


def test_a_single_unit_has_no_standard_error() -> None:
    one = LeftOut(
        labels=("k0",),
        elpd=np.array([-3.0]),
        mcse=np.array([0.1]),
        pareto_k=np.array([0.2]),
        high=np.array([False]),
        refitted=np.array([False]),
        unconverged=np.array([False]),
        keys=("k0",),
    )
    assert np.isnan(tabulated({"alone": one})["se"].iloc[0])


def in_crisis(therapist: str) -> Ratings:
    """Small ratings; only children of one therapist, at some occasions, are in a crisis."""
    wide = small_ratings(n_informants=2).to_wide()
    own = (wide["therapist"] == therapist) & (wide["time"] > 4)
    study = small_ratings(n_informants=2).study
    levels = replace(study.covariates, occasion=("stress", "crisis"))
    rows = wide.assign(crisis=own.astype(int))
    return Ratings.from_wide(rows, study=replace(study, covariates=levels))


@pytest.mark.samples
def test_folds_whose_fit_cannot_be_made_are_lost_and_the_others_kept() -> None:
    spec = with_covariates(load_model("informant_level"), {"crisis": ("rating",)})
    ratings = in_crisis("t1")
    values = {
        "level": np.array([33.0, 36.0]),
        "rating_on": np.array([[1.0, 2.0]]),
        "child_cov": np.diag([9.0, 7.0, 0.0, 0.0]),
        "therapist_cov": np.diag([1.0, 1.0, 0.0, 0.0]),
        "residual_cov": np.diag([6.0, 5.0]),
    }
    fit = hand_made.constant(spec, ratings, values, shape=(1, 20))
    bare = hand_made.constant(
        load_model("informant_level"),
        ratings,
        {name: value for name, value in values.items() if name != "rating_on"},
        shape=(1, 20),
    )
    n = len(fit.design.levels[0].labels)
    found = folds({"crisis": fit, "bare": bare}, n=n, seed=1)
    assert "t1" not in found.by_unit.index
    assert (found.table["units"] == n - 1).all()
    assert np.isfinite(found.by_unit.xs("elpd", axis=1, level=1)).all().all()
    assert f"1 of {n} units are not in this comparison" in found.sentence
    assert len(found.failed) == 1
    assert found.failed[0].startswith("crisis: ")
    assert "the same for everybody" in found.failed[0]


@pytest.mark.samples
def test_a_unit_that_alone_has_a_value_is_scored_by_a_fit_without_its_ratings() -> None:
    wide = small_ratings(n_informants=2).to_wide()
    wide["female"] = (wide["child"] == "c3").astype(int)
    ratings = Ratings.from_wide(wide, study=small_ratings(n_informants=2).study)
    spec = with_covariates(load_model("informant_level"), {"female": ("level",)})
    values = {
        "level_on": np.array([[1.0, 2.0]]),
        "child_cov": np.diag([9.0, 7.0, 0.0, 0.0]),
        "therapist_cov": np.diag([1.0, 1.0, 0.0, 0.0]),
        "residual_cov": np.diag([6.0, 5.0]),
    }
    fit = hand_made.constant(spec, ratings, values, shape=(1, 20))
    own = fit.design.children.index("c3")
    again = refitted_scores(fit, "child", "c3", [own], seed=1)
    assert np.isfinite(again.elpd).all()


def test_children_without_ratings_are_no_units() -> None:
    fit = constant_fit((1, 100))
    long = fit.ratings.long.copy()
    own = long["child"] == "c0"
    long.loc[own, "rating"] = np.nan
    long.loc[own, "status"] = "missing"
    silent = replace(fit, ratings=replace(fit.ratings, long=long))
    units = leave_one_child_out(silent).by_unit.index
    assert "c0" not in units
    assert len(units) == len(fit.ratings.children) - 1


def test_ratings_without_a_unit_are_those_read_without_its_rows() -> None:
    ratings = small_ratings()
    wide = ratings.to_wide()
    # Listed: a time at which nobody is rated any more would be no occasion of a file.
    time = replace(ratings.study.time, occasions=(4.0, 8.0, 12.0, 16.0))
    study = replace(ratings.study, time=time)
    for unit, label in (("child", "c4"), ("therapist", "t1"), ("clinic", "k1")):
        kept = Ratings.from_wide(wide[wide[unit] != label], study=study)
        left = without(ratings, unit, label)
        for table in ("long", "children", "therapists", "clinics", "occasions"):
            pd.testing.assert_frame_equal(getattr(left, table), getattr(kept, table))


@pytest.fixture(scope="module")
def small_fit() -> Fit:
    spec = with_covariates(
        load_model("informant_growth"),
        {"age": ("level", "slope"), "experience": ("level",), "stress": ("rating",)},
    )
    ratings = small_ratings(n_children=8, n_informants=2)
    return ba.fit(spec, ratings, seed=3, chains=2, draws=20, tune=200, progress=False)


@pytest.mark.thorough
@pytest.mark.parametrize(("unit", "label"), [("therapist", "t1"), ("child", "c3")])
def test_a_refit_scores_what_it_has_not_seen(small_fit: Fit, unit: str, label: str) -> None:
    fit, ratings = small_fit, small_fit.ratings
    labels = fit.design.children if unit == "child" else fit.design.levels[0].labels
    again = refitted_scores(fit, unit, label, [labels.index(label)], seed=9)
    assert not again.converged  # 20 draws
    found = again.elpd[0]
    wide = ratings.to_wide()
    part = Ratings.from_wide(wide[wide[unit] != label], study=ratings.study)
    refit = ba.fit(fit.spec, part, seed=9, chains=2, draws=20, progress=False)
    whole = long_ratings(fit.design)
    # The covariates of all children, measured from the means of those the refit has seen.
    of_therapist = lambda r: r.children["therapist"].map(r.therapists["experience"])  # noqa: E731
    x = np.column_stack(
        [
            ratings.children["age"] - part.children["age"].mean(),
            of_therapist(ratings) - of_therapist(part).mean(),
        ]
    )
    moved = fit.design.occasion_covariate_centre - refit.design.occasion_covariate_centre
    whole = replace(whole, x=x[whole.child], z=whole.z + moved)
    gone = getattr(whole, unit) == labels.index(label)
    scores = []
    for chain in range(2):
        for draw in range(20):
            truth = truth_of(one_draw(refit, chain, draw), fit.design)
            others = dense_log_likelihood(others_of(whole, gone), truth)
            scores.append(dense_log_likelihood(whole, truth) - others)
    assert found == pytest.approx(logsumexp(scores) - np.log(len(scores)), rel=1e-6)


def test_units_with_a_high_k_are_refitted_and_what_is_left_is_said(small_fit: Fit) -> None:
    none = leave_one_child_out(small_fit, refits=0)
    one = leave_one_child_out(small_fit, refits=1, seed=4)
    name = small_fit.spec.name
    high = int(none.table["high_k"].iloc[0])
    assert high > 1
    assert "raise `refits`" in none.sentence
    assert one.table["refitted"].iloc[0] == 1
    assert one.table["unconverged"].iloc[0] == 1
    assert "1 of 1 units of 'informant_growth' rest on fits that did not converge" in one.sentence
    changed = none.by_unit[name, "elpd"] != one.by_unit[name, "elpd"]
    assert list(changed[changed].index) == [none.by_unit[name, "pareto_k"].idxmax()]


@pytest.mark.samples
def test_folds_leave_out_therapists_together_and_score_each(small_fit: Fit) -> None:
    fit = small_fit
    labels = fit.design.levels[0].labels
    found = folds(fit, n=len(labels), seed=4)
    assert found.by_unit.index.tolist() == list(labels)
    assert repr(found).startswith(f"Therapists left out in {len(labels)} folds")
    assert found.table["refitted"].iloc[0] == len(labels)
    # A fold of one is leaving out one.
    fold = np.random.default_rng(4).permutation(np.arange(len(labels)) % len(labels))
    alone = refitted_scores(fit, "therapist", labels[0], [0], seed=4 + int(fold[0]))
    assert found.by_unit[fit.spec.name, "elpd"].iloc[0] == pytest.approx(alone.elpd[0], rel=1e-9)
    two = folds(fit, n=2, seed=4)
    dealt = np.random.default_rng(4).permutation(np.arange(len(labels)) % 2)
    out = [label for label, number in zip(labels, dealt, strict=True) if number == dealt[0]]
    again = refitted_scores(
        fit, "therapist", out, [labels.index(x) for x in out], seed=4 + int(dealt[0])
    )
    elpd = two.by_unit[fit.spec.name, "elpd"][out].to_numpy()
    np.testing.assert_allclose(elpd, again.elpd, rtol=1e-9)


def test_folds_of_children_are_refused_where_therapists_matter(small_fit: Fit) -> None:
    with pytest.raises(ba.InputError, match="leave out whole therapists"):
        folds(small_fit, unit="child")
    with pytest.raises(ba.InputError, match="from 2 to the number of therapists with ratings"):
        folds(small_fit, n=1)


def test_fits_to_different_ratings_are_refused_with_the_reason() -> None:
    fit = separate()
    long = fit.ratings.long.copy()
    long.loc[long["status"] == "rated", "rating"] += 0.5
    moved = replace(fit, ratings=replace(fit.ratings, long=long))
    fewer = replace(fit, ratings=without(fit.ratings, "child", "c1"))
    alone = replace(fit, spec=replace(fit.spec, informants=("child",)))
    others = {"first": fit, "moved": moved, "fewer": fewer, "alone": alone}
    with pytest.raises(ba.InputError) as caught:
        leave_one_child_out(others)
    messages = [str(problem) for problem in caught.value.problems]
    assert "moved: is about other ratings" in messages[0]
    assert "fewer: is about other children" in messages[1]
    assert "alone: is about child, 'first' about child, therapist_of_child" in messages[2]


def test_censored_ratings_and_unknown_therapists_are_refused() -> None:
    fit = separate()
    likelihood = load_model("growth_with_ceiling").likelihood
    censored = replace(fit, spec=replace(fit.spec, likelihood=likelihood))
    with pytest.raises(ba.InputError, match="is not kept with this fit"):
        leave_one_child_out({"normal": fit, "censored": censored})
    alone = small_ratings(n_informants=2, therapists=False, clinics=False)
    with pytest.raises(ba.InputError, match="do not say which therapist"):
        leave_one_therapist_out(replace(fit, ratings=alone))
    with pytest.raises(ba.InputError, match="there are none"):
        leave_one_child_out({})


@pytest.mark.long
def test_leaving_out_therapists_equals_fits_without_them() -> None:
    ratings, _ = ba.simulate(families=24, therapists=8, seed=2)
    spec = load_model("informant_level")
    fit = ba.fit(spec, ratings, seed=1, chains=2, draws=4000, progress=False)
    found = leave_one_therapist_out(fit, refits=8)
    labels = fit.design.levels[0].labels
    again = [
        refitted_scores(fit, "therapist", label, [i], seed=20 + i) for i, label in enumerate(labels)
    ]
    exact, mcse = np.array([[one.elpd[0], one.mcse[0]] for one in again]).T
    assert all(one.converged for one in again)
    good = (found.by_unit[spec.name, "pareto_k"] < highest_k(8000)).to_numpy()
    assert good.sum() >= 2
    assert found.table["refitted"].iloc[0] == (~good).sum()
    difference = found.by_unit[spec.name, "elpd"].to_numpy() - exact
    assert (np.abs(difference[good]) < 0.3).all()
    error = np.hypot(found.table["mcse"].iloc[0], np.sqrt((mcse**2).sum()))
    assert abs(difference.sum()) < 4.0 * error < 0.1 * found.table["se"].iloc[0]
