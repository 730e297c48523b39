"""Simulated ratings against arithmetic: exact where nothing is random, by moments where it is."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings, Scale, TimeAxis
from bayes_alliance.ratings.simulation import (
    INFORMANTS,
    USUAL_CARE,
    Binary,
    Categorical,
    CovariateEffect,
    Leaving,
    Numeric,
    Population,
    Recording,
    SimulatedCovariate,
    Variation,
    simulate,
)
from tests.reference.variation_of import variation_of

LINES = Population(level={"child": 40.0, "caregiver": 44.0}, slope={"child": -1.5})
PAIR = Population(
    level={"child": 40.0, "caregiver": 42.0},
    slope={"child": 0.5},
    child=Variation(
        sd={"child,level": 3.0, "caregiver,level": 2.0, "child,slope": 1.0},
        cor={("child,level", "caregiver,level"): 0.4, ("child,slope", "child,level"): -0.3},
    ),
    residual=Variation(sd={"child": 2.0, "caregiver": 1.5}, cor={("child", "caregiver"): 0.25}),
)


def cube(ratings: Ratings) -> np.ndarray:
    """Ratings as an array, shape (n_children, n_occasions, n_informants)."""
    n_informants = len(ratings.informants)
    rating = ratings.long["rating"].to_numpy()
    return rating.reshape(len(ratings.children), -1, n_informants)


def here(ratings: Ratings) -> np.ndarray:
    """Who is in treatment, shape (n_children, n_occasions)."""
    return ratings.occasions["in_treatment"].to_numpy().reshape(len(ratings.children), -1)


def test_without_variation_every_rating_lies_on_the_average_line():
    ratings, _ = simulate(LINES, families=7, recording=Recording(), seed=1)
    expected = np.array([[40.0, 44.0], [38.5, 44.0], [37.0, 44.0], [35.5, 44.0]])
    np.testing.assert_array_equal(cube(ratings), np.broadcast_to(expected, (7, 4, 2)))


def test_time_is_read_from_its_origin_in_its_own_unit():
    population = replace(LINES, time=TimeAxis(origin=6.0, per=2.0, unit="weeks"))
    ratings, _ = simulate(
        population, families=3, recording=Recording(occasions=(1.0, 6.0, 7.0)), seed=1
    )
    assert cube(ratings)[0, :, 0].tolist() == [40.0 + 2.5 * 1.5, 40.0, 40.0 - 0.5 * 1.5]
    assert ratings.time == population.time


def test_whole_points_round_and_clipping_stops_at_the_ends_of_the_scale():
    population = Population(
        level={"child": 45.4, "caregiver": 14.4}, slope={"child": 1.2, "caregiver": -1.2}
    )
    exact, _ = simulate(population, families=2, recording=Recording(), seed=1)
    rounded, _ = simulate(population, families=2, recording=Recording(whole_points=True), seed=1)
    clipped, _ = simulate(population, families=2, recording=Recording(clipped=True), seed=1)
    both, _ = simulate(
        population, families=2, recording=Recording(whole_points=True, clipped=True), seed=1
    )
    np.testing.assert_allclose(cube(exact)[0, :, 0], [45.4, 46.6, 47.8, 49.0])
    assert cube(rounded)[0].tolist() == [[45, 14], [47, 13], [48, 12], [49, 11]]
    np.testing.assert_allclose(cube(clipped)[0, :, 0], [45.4, 46.6, 47.8, 48.0])
    assert cube(both)[0].tolist() == [[45, 14], [47, 13], [48, 12], [48, 12]]


def test_unclipped_ratings_keep_center_and_spread_but_claim_no_bounds():
    clipped, _ = simulate(LINES, families=2, recording=Recording(clipped=True), seed=1)
    exact, _ = simulate(LINES, families=2, recording=Recording(), seed=1)
    assert clipped.common_scale == Scale.bounded(lower=12, upper=48)
    assert exact.common_scale == Scale.unbounded(center=30, spread=18)


def test_informants_may_have_scales_of_their_own():
    scales = {
        "caregiver": Scale.bounded(lower=0, upper=43),
        "child": Scale.bounded(lower=12, upper=48),
    }
    ratings, _ = simulate(
        replace(LINES, scale=scales), families=2, recording=Recording(clipped=True), seed=1
    )
    # The caregiver's ratings happen to be whole: all lie at the end.
    assert ratings.scales == scales | {"caregiver": Scale.bounded(lower=0, upper=43, step=1)}
    assert set(cube(ratings)[:, :, 1].ravel()) == {43.0}


def test_the_same_seed_gives_the_same_ratings_and_another_seed_gives_others():
    first, again, other = (simulate(seed=seed)[0] for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first.long, again.long)
    pd.testing.assert_frame_equal(first.children, again.children)
    assert not np.array_equal(cube(first), cube(other), equal_nan=True)
    assert not first.children.equals(other.children)


def test_informants_in_another_order_give_the_same_families():
    order = ("caregiver", "child")
    permuted = replace(PAIR, level={k: PAIR.level[k] for k in order})
    ratings, truth = simulate(
        PAIR, families=50, recording=Recording(missing={"child": 0.3}), seed=8
    )
    other, other_truth = simulate(
        permuted, families=50, recording=Recording(missing={"child": 0.3}), seed=8
    )
    assert other.informants == order
    np.testing.assert_allclose(cube(other)[:, :, ::-1], cube(ratings), rtol=1e-12)
    pd.testing.assert_frame_equal(
        other_truth.child_effect[truth.child_effect.columns], truth.child_effect, atol=1e-12
    )
    pair = re.compile(r"_cor\[(.*);(.*)\]")
    named = {
        pair.sub(lambda m: str(sorted(m.groups())), q): v for q, v in truth.quantities().items()
    }
    other_named = {
        pair.sub(lambda m: str(sorted(m.groups())), q): v
        for q, v in other_truth.quantities().items()
    }
    assert named == other_named


def test_leaving_and_missing_ratings_change_nothing_but_who_is_seen():
    full, _ = simulate(PAIR, families=300, recording=Recording(), seed=2)
    some, _ = simulate(
        PAIR,
        families=300,
        recording=Recording(leaving=Leaving(hazards=(0.3, 0.3, 0.3)), missing={"child": 0.2}),
        seed=2,
    )
    seen = ~np.isnan(cube(some))
    assert 0.2 < seen.mean() < 0.9
    np.testing.assert_array_equal(cube(some)[seen], cube(full)[seen])


def test_later_occasions_change_nothing_about_earlier_ones():
    short, _ = simulate(PAIR, families=20, recording=Recording(occasions=(4.0, 8.0)), seed=2)
    long, _ = simulate(PAIR, families=20, recording=Recording(), seed=2)
    np.testing.assert_array_equal(cube(long)[:, :2], cube(short))


def test_exactly_the_given_counts_stay_and_nobody_comes_back():
    counts = (209, 141, 100, 61)
    ratings, _ = simulate(recording=Recording(leaving=Leaving(counts=counts)), seed=5)
    assert tuple(here(ratings).sum(axis=0)) == counts
    assert (np.diff(here(ratings).astype(int), axis=1) <= 0).all()
    status = ratings.long["status"].to_numpy().reshape(209, 4, 4)
    np.testing.assert_array_equal((status == "not in treatment").all(axis=2), ~here(ratings))


@pytest.mark.thorough
@settings(deadline=None, max_examples=25)
@given(
    later=st.lists(st.integers(0, 30), min_size=1, max_size=5),
    log_odds=st.floats(-1, 1),
    seed=st.integers(0, 2**32),
)
def test_any_falling_counts_are_met_whatever_the_alliance_does(later, log_odds, seed):
    counts = (30, *sorted(later, reverse=True))
    recording = Recording(
        occasions=tuple(range(len(counts))),
        leaving=Leaving(counts=counts, log_odds={"child": log_odds}),
    )
    ratings, _ = simulate(PAIR, families=30, recording=recording, seed=seed)
    assert tuple(here(ratings).sum(axis=0)) == counts
    assert (np.diff(here(ratings).astype(int), axis=1) <= 0).all()


def test_hazards_of_zero_keep_everybody():
    recording = Recording(leaving=Leaving(hazards=(0.0, 0.0, 0.0)))
    assert here(simulate(PAIR, families=50, recording=recording, seed=1)[0]).all()


@pytest.mark.thorough
def test_hazards_are_the_shares_that_leave():
    hazards = (0.325, 0.291, 0.390)
    recording = Recording(leaving=Leaving(hazards=hazards))
    stays = here(simulate(PAIR, families=20_000, recording=recording, seed=1)[0])
    for t, hazard in enumerate(hazards):
        at_risk = stays[:, t]
        left = 1 - stays[at_risk, t + 1].mean()
        assert abs(left - hazard) < 4 * np.sqrt(hazard * (1 - hazard) / at_risk.sum())


def test_missing_shares_are_met_per_informant_independently_and_only_in_treatment():
    missing = {"child": 0.3, "caregiver": 0.1}
    recording = Recording(leaving=Leaving(hazards=(0.2, 0.2, 0.2)), missing=missing)
    ratings, _ = simulate(PAIR, families=10_000, recording=recording, seed=4)
    absent = np.isnan(cube(ratings))
    stays = here(ratings)
    assert absent[~stays].all()
    due = absent[stays]
    tolerance = 4 * np.sqrt(0.25 / len(due))
    assert abs(due[:, 0].mean() - 0.3) < tolerance
    assert abs(due[:, 1].mean() - 0.1) < tolerance
    assert abs((due[:, 0] & due[:, 1]).mean() - 0.03) < tolerance


def logistic(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logistic regression by Newton's method: coefficients and standard errors."""
    x = np.column_stack([np.ones(len(x)), x])
    b = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ b))
        information = (x * (p * (1 - p))[:, None]).T @ x
        b = b + np.linalg.solve(information, x.T @ (y - p))
    return b, np.sqrt(np.diag(np.linalg.inv(information)))


@pytest.mark.thorough
@pytest.mark.parametrize("follows", ["alliance", "rating"])
def test_leaving_follows_the_alliance_or_the_rating_with_the_stated_log_odds(follows):
    log_odds = {"child": -0.25, "caregiver": 0.1}
    leaving = Leaving(hazards=(0.3, 0.4), log_odds=log_odds, follows=follows)
    recording = Recording(occasions=(4.0, 8.0, 12.0), leaving=leaving)
    ratings, truth = simulate(PAIR, families=20_000, recording=recording, seed=6)
    complete, _ = simulate(PAIR, families=20_000, recording=Recording(), seed=6)
    growth = truth.growth.to_numpy().reshape(-1, 2, 2)
    stays = here(ratings)
    for t, hazard in enumerate(leaving.hazards):
        alliance = growth[:, 0] + t * growth[:, 1]
        followed = alliance if follows == "alliance" else cube(complete)[:, t]
        around_mean = followed - followed.mean(axis=0)
        at_risk = stays[:, t]
        b, se = logistic(around_mean[at_risk], ~stays[at_risk, t + 1])
        expected = [np.log(hazard / (1 - hazard)), *log_odds.values()]
        assert (np.abs(b - expected) < 4 * se).all()
        assert (se < 0.05).all()


def test_leaving_that_follows_ratings_bears_an_occasion_that_nobody_rated():
    leaving = Leaving(hazards=(0.5, 0.5, 0.5), log_odds={"child": 1.0}, follows="rating")
    recording = Recording(leaving=leaving, missing={"child": 0.7})
    ratings, _ = simulate(PAIR, families=3, recording=recording, seed=1)
    complete, _ = simulate(
        PAIR, families=3, recording=replace(recording, leaving=Leaving()), seed=1
    )
    assert np.isnan(cube(complete)[:, :, 0]).all(axis=0).any()
    assert here(ratings)[:, 0].all()


def test_with_counts_families_with_a_weaker_alliance_leave_first():
    leaving = Leaving(counts=(4000, 2000), log_odds={"child": -0.5})
    recording = Recording(occasions=(4.0, 8.0), leaving=leaving)
    ratings, truth = simulate(PAIR, families=4000, recording=recording, seed=6)
    level = truth.growth["child,level"].to_numpy()
    stays = here(ratings)[:, 1]
    assert level[stays].mean() - level[~stays].mean() > 1.5
    sure = replace(leaving, log_odds={"child": -500.0})
    ratings, _ = simulate(PAIR, families=4000, recording=replace(recording, leaving=sure), seed=6)
    stays = here(ratings)[:, 1]
    assert (level[stays] > level[~stays].mean()).all()


def test_children_are_nested_in_therapists_and_clinics_unevenly():
    ratings, truth = simulate(USUAL_CARE, seed=11)
    assert ratings.children["therapist"].nunique() == 85
    assert ratings.children["clinic"].nunique() == 6
    assert len(ratings.children[["therapist", "clinic"]].drop_duplicates()) == 85
    caseload = ratings.children["therapist"].value_counts()
    assert caseload.min() == 1
    assert caseload.max() > 4
    assert set(truth.therapist_effect.index) == set(ratings.therapists.index)
    assert set(truth.clinic_effect.index) == set(ratings.clinics.index)
    assert list(truth.child_effect.index) == list(ratings.children.index)


def test_therapists_and_clinics_can_be_left_out():
    alone, truth = simulate(PAIR, families=20, therapists=0, recording=Recording(), seed=1)
    assert not alone.has_therapists
    assert not alone.has_clinics
    assert len(truth.therapist_effect) == len(truth.clinic_effect) == 0
    clinics, _ = simulate(PAIR, families=20, therapists=0, clinics=3, recording=Recording(), seed=1)
    assert not clinics.has_therapists
    assert clinics.children["clinic"].nunique() == 3


def test_one_informant_and_one_occasion_are_enough():
    population = Population(level={"child": 40.0}, residual=Variation(sd={"child": 1.0}))
    ratings, truth = simulate(population, families=5, recording=Recording(occasions=(4.0,)), seed=1)
    assert cube(ratings).shape == (5, 1, 1)
    assert list(truth.table()["quantity"]) == ["level[child]", "slope[child]", "residual_sd[child]"]


def test_covariates_act_per_contrast_and_numeric_ones_around_their_mean():
    population = replace(
        LINES,
        covariates=(
            SimulatedCovariate(name="anxiety"),
            SimulatedCovariate(name="age", distribution=Numeric(mean=9.0, sd=2.0, unit="years")),
            SimulatedCovariate(
                name="ethnicity",
                distribution=Categorical(shares={"white": 0.5, "black": 0.3, "latino": 0.2}),
            ),
            SimulatedCovariate(name="experience", level="therapist", distribution=Numeric()),
        ),
        effects=(
            CovariateEffect(of="anxiety", level={"caregiver": 2.0}, slope={"child": 0.75}),
            CovariateEffect(of="age", level={"child": -0.5}),
            CovariateEffect(of="ethnicity[latino]", level={"child": 3.0}),
            CovariateEffect(of="experience", slope={"caregiver": 0.25}),
        ),
    )
    ratings, truth = simulate(population, families=60, therapists=20, recording=Recording(), seed=3)
    children = ratings.children
    experience = ratings.therapists["experience"].loc[children["therapist"]].to_numpy()
    anxiety, age = children["anxiety"].to_numpy(), children["age"].to_numpy()
    s = np.arange(4)
    child = 40.0 - 0.5 * (age - age.mean()) + 3.0 * (children["ethnicity"] == "latino").to_numpy()
    np.testing.assert_allclose(
        cube(ratings)[:, :, 0], child[:, None] + np.outer(-1.5 + 0.75 * anxiety, s)
    )
    np.testing.assert_allclose(
        cube(ratings)[:, :, 1],
        (44.0 + 2.0 * anxiety)[:, None] + np.outer(0.25 * (experience - experience.mean()), s),
    )
    kinds = {c.name: (c.level, c.kind, c.unit) for c in ratings.covariates}
    assert kinds == {
        "anxiety": ("child", "binary", ""),
        "age": ("child", "numeric", "years"),
        "ethnicity": ("child", "categorical", ""),
        "experience": ("therapist", "numeric", ""),
    }
    ethnicity = next(c for c in ratings.covariates if c.name == "ethnicity")
    assert ethnicity.categories[0] == "white"
    value = truth.table().set_index("quantity")["value"]
    assert value["level_on[ethnicity[latino],child]"] == 3.0
    assert value["level_on[ethnicity[black],child]"] == 0.0
    assert value["slope_on[anxiety,child]"] == 0.75


def test_covariate_values_follow_their_distribution():
    population = replace(
        LINES,
        covariates=(
            SimulatedCovariate(name="female", distribution=Binary(share=0.3)),
            SimulatedCovariate(
                name="age",
                distribution=Numeric(mean=9.0, sd=2.0, lower=4.0, upper=13.0, decimals=0),
            ),
            SimulatedCovariate(
                name="school", distribution=Categorical(shares={"a": 0.6, "b": 0.3, "c": 0.1})
            ),
        ),
    )
    ratings, _ = simulate(
        population, families=10_000, therapists=0, recording=Recording(occasions=(4.0,)), seed=3
    )
    children = ratings.children
    assert abs(children["female"].mean() - 0.3) < 0.02
    assert set(children["age"]) == set(range(4, 14))
    assert abs(children["age"].mean() - 9.0) < 0.1
    shares = children["school"].value_counts(normalize=True)
    assert (abs(shares[["a", "b", "c"]] - [0.6, 0.3, 0.1]) < 0.02).all()


def test_perfectly_correlated_effects_are_proportional():
    population = replace(
        LINES,
        child=Variation(
            sd={"child,level": 3.0, "caregiver,level": 1.5},
            cor={("child,level", "caregiver,level"): 1.0},
        ),
    )
    _, truth = simulate(population, families=40, recording=Recording(), seed=1)
    effect = truth.child_effect
    assert effect["child,level"].std() > 1
    np.testing.assert_allclose(effect["child,level"], 2 * effect["caregiver,level"], atol=1e-7)
    assert (effect[["child,slope", "caregiver,slope"]] == 0).all(axis=None)


def test_growth_is_the_sum_of_average_covariates_and_effects():
    ratings, truth = simulate(seed=12)
    children = ratings.children
    x = children[["female", "age", "anxiety", "caregiver_female", "caregiver_white"]].copy()
    x["experience"] = ratings.therapists["experience"].loc[children["therapist"]].to_numpy()
    x["age"] -= x["age"].mean()
    x["experience"] -= x["experience"].mean()
    expected = (
        USUAL_CARE.coefficients()
        + x.to_numpy(dtype=float) @ USUAL_CARE.contrast_effects()
        + truth.child_effect.to_numpy()
        + truth.therapist_effect.loc[children["therapist"]].to_numpy()
        + truth.clinic_effect.loc[children["clinic"]].to_numpy()
    )
    np.testing.assert_allclose(truth.growth.to_numpy(), expected)
    fixed = USUAL_CARE.coefficients() + x.to_numpy(dtype=float) @ USUAL_CARE.contrast_effects()
    np.testing.assert_allclose(truth.average, fixed.mean(axis=0))


LARGE = 50_000


@pytest.fixture(scope="module")
def large():
    """Fifty thousand families of usual care, exactly normal; without covariate effects."""
    population = replace(USUAL_CARE, effects=(), covariates=())
    return simulate(
        population,
        families=LARGE,
        clinics=LARGE // 50,
        recording=Recording(occasions=(4.0, 8.0)),
        seed=7,
    )


def assert_cov(found: np.ndarray, expected: np.ndarray, n: int) -> None:
    """Sample covariances lie within four standard errors of what was asked for."""
    variance = np.diag(expected)
    se = np.sqrt((np.outer(variance, variance) + expected**2) / n)
    assert (np.abs(found - expected) <= 4 * se + 1e-12).all()


@pytest.mark.thorough
def test_effects_of_a_large_simulation_have_the_stated_covariances(large):
    _, truth = large
    population = truth.population
    for level in ("child", "therapist", "clinic"):
        effect = getattr(truth, f"{level}_effect")
        expected = getattr(population, level).cov(population.terms)
        assert_cov(np.cov(effect.to_numpy().T), expected, len(effect))


@pytest.mark.thorough
def test_residuals_of_a_large_simulation_have_the_stated_covariance(large):
    ratings, truth = large
    growth = truth.growth.to_numpy().reshape(-1, 2, 4)
    residual = cube(ratings) - (growth[:, :1] + np.arange(2)[None, :, None] * growth[:, 1:])
    expected = truth.population.residual.cov(INFORMANTS)
    assert_cov(np.cov(residual.reshape(-1, 4).T), expected, 2 * LARGE)
    across = np.corrcoef(residual[:, 0].T, residual[:, 1].T)[:4, 4:]
    assert (np.abs(across) < 4 / np.sqrt(LARGE)).all()


@pytest.mark.thorough
def test_ratings_of_a_large_simulation_have_the_moments_the_truth_implies(large):
    ratings, truth = large
    population = truth.population
    child, therapist, clinic = (
        variation.cov(population.terms)
        for variation in (population.child, population.therapist, population.clinic)
    )
    residual = population.residual.cov(INFORMANTS)
    first, second = cube(ratings)[:, 0], cube(ratings)[:, 1]
    # The level at the first occasion, level + slope at the second.
    one = np.hstack([np.eye(4), np.zeros((4, 4))])
    two = np.hstack([np.eye(4), np.eye(4)])
    total = child + therapist + clinic
    n = 2 * LARGE // 5  # as many independent therapists, roughly
    assert_cov(np.cov(first.T), one @ total @ one.T + residual, n)
    assert_cov(np.cov(second.T), two @ total @ two.T + residual, n)
    across = np.cov(first.T, second.T)[:4, 4:]
    np.testing.assert_allclose(across, one @ total @ two.T, atol=0.4)
    levels = np.array([population.level[k] for k in INFORMANTS])
    slopes = np.array([population.slope[k] for k in INFORMANTS])
    se = np.sqrt(np.diag(total)[:4].max() / (LARGE // 50))
    np.testing.assert_allclose(first.mean(axis=0), levels, atol=se)
    np.testing.assert_allclose((second - first).mean(axis=0), slopes, atol=0.05)


@pytest.mark.thorough
def test_two_children_of_one_therapist_share_what_therapist_and_clinic_give(large):
    ratings, truth = large
    population = truth.population
    frame = pd.DataFrame(cube(ratings)[:, 0], columns=list(INFORMANTS))
    frame["therapist"] = ratings.children["therapist"].to_numpy()
    frame["position"] = frame.groupby("therapist").cumcount()
    firsts = frame[frame["position"] == 0].set_index("therapist")[list(INFORMANTS)]
    seconds = frame[frame["position"] == 1].set_index("therapist")[list(INFORMANTS)]
    firsts = firsts.loc[seconds.index]
    shared = np.cov(firsts.T, seconds.T)[:4, 4:]
    expected = (
        population.therapist.cov(population.terms) + population.clinic.cov(population.terms)
    )[:4, :4]
    np.testing.assert_allclose(shared, expected, atol=0.9)
    assert len(seconds) > LARGE // 5
    ratio = np.diag(shared)[[1, 3]] / np.diag(expected)[[1, 3]]
    np.testing.assert_allclose(ratio, 1.0, atol=0.06)


def test_truth_is_tabulated_under_the_names_of_summaries():
    _, truth = simulate(seed=1)
    table = truth.table()
    assert list(table.columns) == ["quantity", "value"]
    value = table.set_index("quantity")["value"]
    assert value.index.is_unique
    assert value["level[child]"] == USUAL_CARE.level["child"]
    slope = USUAL_CARE.slope["therapist_of_child"]
    assert value["slope_at_reference[therapist_of_child]"] == slope
    average = dict(zip(truth.population.terms, truth.average, strict=True))
    assert value["slope[therapist_of_child]"] == average["therapist_of_child,slope"]
    assert value["level_on[anxiety,child]"] == 0.0
    assert value["slope_on[anxiety,therapist_of_child]"] == 0.9
    assert value["child_sd[child,level]"] == 4.4
    assert value["child_cor[child,level;caregiver,level]"] == 0.5
    assert value["child_cor[child,level;caregiver,slope]"] == 0.0
    assert value["therapist_sd[child,level]"] == 0.5
    assert value["residual_sd[child]"] == 2.6
    assert value["residual_cor[child;caregiver]"] == 0.15
    assert "therapist_sd[child,slope]" not in value
    shapes = (
        r"(level|slope)(_at_reference)?\[\w+\]|(level|slope)_on\[\w+,\w+\]|(child|therapist|clinic)_sd\[\w+,\w+\]|"
        r"(child|therapist|clinic)_cor\[\w+,\w+;\w+,\w+\]|residual_sd\[\w+\]|residual_cor\[\w+;\w+\]"
    )
    assert all(re.fullmatch(shapes, quantity) for quantity in value.index)
    counts = value.index.str.extract(r"^(\w+?)\[")[0].value_counts().to_dict()
    assert counts == {
        "level": 4,
        "level_at_reference": 2,
        "slope": 4,
        "slope_at_reference": 2,
        "level_on": 24,
        "slope_on": 24,
        "child_sd": 8,
        "child_cor": 28,
        "therapist_sd": 4,
        "therapist_cor": 6,
        "clinic_sd": 4,
        "clinic_cor": 6,
        "residual_sd": 4,
        "residual_cor": 6,
    }


def test_truth_is_written_as_json_with_every_effect():
    ratings, truth = simulate(families=30, therapists=9, seed=1)
    written = json.loads(truth.to_json())
    assert written["synthetic"] is True
    assert written["seed"] == 1
    assert written["terms"] == list(truth.population.terms)
    assert written["quantities"] == truth.quantities()
    for name in ("child_effect", "therapist_effect", "clinic_effect", "growth"):
        effect = pd.DataFrame.from_dict(written[name], orient="index")
        np.testing.assert_array_equal(effect.to_numpy(), getattr(truth, name).to_numpy())
    assert list(written["growth"]) == list(ratings.children.index)
    assert "SYNTHETIC" in repr(truth)


def test_simulated_ratings_say_that_they_are_synthetic_and_survive_files(tmp_path):
    ratings, _ = simulate(families=40, therapists=12, seed=9)
    assert ratings.synthetic
    assert "SYNTHETIC" in repr(ratings)
    again = Ratings.from_wide(ratings.to_wide(), study=ratings.study)
    pd.testing.assert_frame_equal(again.long, ratings.long)
    pd.testing.assert_frame_equal(again.children, ratings.children)
    pd.testing.assert_frame_equal(again.therapists, ratings.therapists)


def test_by_default_therapists_and_clinics_grow_with_the_families():
    usual, _ = simulate(seed=1)
    double, _ = simulate(families=418, seed=1)
    assert (len(usual.children), len(usual.therapists), len(usual.clinics)) == (209, 85, 6)
    assert (len(double.therapists), len(double.clinics)) == (170, 12)


def test_a_covariance_matrix_gives_the_variation_that_gives_it_back():
    labels = ("child,level", "child,slope", "caregiver,level")
    cov = np.array([[9.0, 0.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.0, 4.0]])
    variation = variation_of(cov, labels)
    np.testing.assert_allclose(variation.cov(labels), cov)
    assert variation.problems(labels, where="child") == []


def test_all_problems_of_a_population_come_in_one_message():
    with pytest.raises(InputError) as error:
        Population(
            level={"child": 40.0, "": np.nan},
            slope={"chld": 1.0},
            child=Variation(sd={"child,levl": 1.0, "child,slope": -1.0}),
            residual=Variation(cor={"child": 0.5, ("child", "child"): 2.0}),
            effects=(CovariateEffect(of="sex"),),
            covariates=(SimulatedCovariate(name="age", distribution=Binary(share=1.5)),),
        )
    message = str(error.value)
    for part in (
        "label is not empty",
        "level[]",
        "Did you mean 'child'?",
        "Did you mean 'child,level'?",
        "child.sd[child,slope]",
        "between two labels",
        "between -1 and 1",
        "effects = 'sex'",
        "a share lies between 0 and 1",
    ):
        assert part in message


def test_labels_of_informants_may_hold_what_separates_others():
    first, second = "a,b;c", "d[e]"
    population = Population(
        level={first: 40.0, second: 38.0},
        child=Variation(
            sd={f"{first},level": 2.0, f"{second},level": 1.0},
            cor={(f"{second},level", f"{first},level"): 0.5},
        ),
    )
    np.testing.assert_array_equal(population.child.cov(population.terms)[:2, :2], [[4, 1], [1, 1]])
    ratings, truth = simulate(population, families=20, therapists=0, recording=Recording(), seed=1)
    assert ratings.informants == (first, second)
    assert truth.quantities()["child_cor[a,b;c,level;d[e],level]"] == 0.5


def test_correlations_that_cannot_go_together_are_refused():
    sd = dict.fromkeys(("a", "b", "c"), 1.0)
    cor = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}
    with pytest.raises(InputError, match="no variables can have these correlations"):
        Population(level=sd, residual=Variation(sd=sd, cor=cor))


def test_a_pair_given_in_both_orders_is_refused():
    variation = Variation(sd={"a": 1.0, "b": 1.0}, cor={("a", "b"): 0.1, ("b", "a"): 0.2})
    with pytest.raises(InputError, match="given twice"):
        Population(level={"a": 1.0, "b": 1.0}, residual=variation)


def test_all_problems_of_a_simulation_come_in_one_message():
    recording = Recording(
        occasions=(4.0, 4.0),
        leaving=Leaving(counts=(9, 12), log_odds={"childd": 1.0}),
        missing={"chid": 0.1, "child": 1.0},
    )
    with pytest.raises(InputError) as error:
        simulate(families=10, therapists=0, clinics=11, recording=recording, seed=-1)
    places = {problem.where for problem in error.value.problems}
    assert places >= {
        "therapists",
        "clinics",
        "seed",
        "occasions",
        "leaving.counts",
        "leaving.log_odds",
        "missing",
        "missing[child]",
    }


@pytest.mark.parametrize(
    ("leaving", "message"),
    [
        (Leaving(hazards=(0.1,)), "one hazard after each occasion"),
        (Leaving(hazards=(0.1, 0.2, 1.0)), "below 1"),
        (Leaving(hazards=(0.1, 0.2, 0.3), counts=(10, 9, 8, 7)), "not both"),
        (Leaving(log_odds={"child": 1.0}), "nobody leaves without"),
    ],
)
def test_a_leaving_process_that_contradicts_itself_is_refused(leaving, message):
    with pytest.raises(InputError, match=message):
        simulate(PAIR, families=10, recording=Recording(leaving=leaving), seed=1)


def test_a_covariate_may_not_take_the_name_of_another_column():
    population = replace(LINES, covariates=(SimulatedCovariate(name="rating_child"),))
    with pytest.raises(InputError, match="taken by another column"):
        simulate(population, families=5, recording=Recording(), seed=1)
