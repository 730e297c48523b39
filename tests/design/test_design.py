"""The design holds the right numbers under the right labels."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import CubicSpline

from bayes_alliance.design import basis, design, modelled
from bayes_alliance.design.unidentified import unidentified, unidentified_effects
from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings, TimeAxis
from bayes_alliance.specification import (
    CovariateTerm,
    Effects,
    Likelihood,
    Trajectory,
    load_model,
    with_covariates,
    with_knots,
    without,
)
from tests.small import small_ratings


def with_terms(**on: tuple[str, ...]):
    growth = load_model("informant_growth")
    terms = tuple(CovariateTerm(name=name, on=acts) for name, acts in on.items())
    prior = load_model("informant_growth").priors["slope"]
    return replace(growth, covariates=terms, priors=dict(growth.priors) | {"covariate": prior})


def test_basis_of_every_shape_is_its_formula() -> None:
    axis = TimeAxis(origin=4.0, per=4.0, unit="months")
    times = np.array([4.0, 8.0, 16.0])
    s = np.array([0.0, 1.0, 3.0])
    one = np.ones(3)
    expected = {
        "level": one[:, None],
        "linear": np.column_stack([one, s]),
        "quadratic": np.column_stack([one, s, s**2]),
    }
    for shape, values in expected.items():
        np.testing.assert_array_equal(basis(Trajectory(shape=shape), times, axis=axis), values)
    bent = basis(Trajectory(shape="piecewise", knots=(6.0, 12.0)), times, axis=axis)
    np.testing.assert_array_equal(bent, np.column_stack([one, s, [0.0, 0.5, 2.5], [0.0, 0.0, 1.0]]))


def test_occasions_have_a_column_each_and_straight_lines_between() -> None:
    visits = Trajectory(shape="occasions", knots=(4.0, 12.0))
    times = np.array([0.0, 4.0, 8.0, 9.0, 12.0, 20.0])
    to_4, to_12 = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.25, 1.0, 1.0]
    expected = np.column_stack([np.ones(6), to_4, to_12])
    for per in (1.0, 4.0):  # no column is a rate
        axis = TimeAxis(origin=8.0, per=per, unit="months")
        np.testing.assert_allclose(basis(visits, times, axis=axis), expected, atol=1e-15)


@pytest.mark.parametrize(
    ("knots", "said"),
    [
        ((8.0, 12.0), r"lie at 4, 8, 12 and 16, of which 4 is .* must be \[8, 12, 16\]"),
        ((8.0, 12.0, 16.0, 20.0), r"must be \[8, 12, 16\]"),
        ((4.0, 8.0, 12.0, 16.0), r"must be \[8, 12, 16\]"),
        ((8.0, 12.5, 16.0), r"with_knots\(spec, \[8, 12, 16\]\)"),
    ],
)
def test_occasions_that_are_not_those_of_the_ratings_are_refused_with_what_is_right(
    knots, said
) -> None:
    spec, ratings = load_model("categorical_visits"), small_ratings()
    with pytest.raises(InputError, match=said):
        design(with_knots(spec, knots), ratings)
    arrays = design(spec, ratings)
    assert arrays.coefficients == ("level", "change_1", "change_2", "change_3")
    np.testing.assert_array_equal(arrays.basis[:, 1:].sum(axis=1), arrays.occasion_time > 4.0)


def test_occasions_of_each_persons_own_and_an_origin_without_ratings_are_said() -> None:
    spec, ratings = load_model("categorical_visits"), small_ratings()
    moved = replace(ratings, time=replace(ratings.time, origin=0.0))
    with pytest.raises(InputError, match=r"no ratings at the time origin, 0\. Set .* 4, 8, 12 and"):
        design(spec, moved)
    long = ratings.long
    own = long["time"] + 0.01 * pd.factorize(long["child"])[0] * (long["time"] > 4.0)
    alone = replace(ratings, long=long.assign(time=own))
    with pytest.raises(InputError, match="times at which ratings lie are one person's own"):
        design(spec, alone)


def test_ratings_stand_where_child_time_and_informant_say() -> None:
    ratings = small_ratings(missing=0.4)
    arrays = design(load_model("informant_growth"), ratings)
    observed = ratings.observed
    assert arrays.n_ratings == len(observed)
    assert (arrays.present.sum(axis=1) > 0).all()
    rows = {
        (arrays.children[child], time): row
        for row, (child, time) in enumerate(
            zip(arrays.occasion_child, arrays.occasion_time, strict=True)
        )
    }
    for rating in observed.itertuples():
        row, k = rows[rating.child, rating.time], arrays.informants.index(rating.informant)
        assert arrays.present[row, k]
        assert arrays.y[row, k] == rating.rating
    assert (np.diff(arrays.occasion_child) >= 0).all()


def test_terms_are_ordered_coefficient_by_coefficient() -> None:
    arrays = design(load_model("informant_growth"), small_ratings(n_informants=2))
    assert arrays.terms == (
        "child,level",
        "therapist_of_child,level",
        "child,slope",
        "therapist_of_child,slope",
    )
    np.testing.assert_array_equal(arrays.child_terms, [0, 1, 2, 3])
    np.testing.assert_array_equal(arrays.levels[0].terms, [0, 1])


def test_every_child_has_its_therapist_and_every_therapist_its_clinic() -> None:
    ratings = small_ratings()
    growth = load_model("informant_growth")
    spec = replace(
        growth,
        clinic=Effects(terms=("level",), structure="independent"),
        priors=dict(growth.priors) | {"clinic_sd.level": growth.priors["therapist_sd.level"]},
    )
    arrays = design(spec, ratings)
    therapist, clinic = arrays.levels
    for position, child in enumerate(arrays.children):
        label = therapist.labels[therapist.parent[position]]
        assert label == ratings.children.loc[child, "therapist"]
        above = clinic.labels[clinic.parent[therapist.parent[position]]]
        assert above == ratings.children.loc[child, "clinic"]


def test_numeric_covariates_are_centred_and_categories_become_labelled_contrasts() -> None:
    ratings = small_ratings()
    arrays = design(
        with_terms(age=("level", "slope"), ethnicity=("level",), female=("slope",)), ratings
    )
    assert arrays.covariates == ("age", "ethnicity[b]", "ethnicity[c]", "female")
    age = ratings.children["age"].to_numpy()
    np.testing.assert_allclose(arrays.x[:, 0], age - age.mean())
    assert arrays.covariate_sd[0] == pytest.approx(age.std())
    np.testing.assert_array_equal(arrays.x[:, 1], ratings.children["ethnicity"] == "b")
    np.testing.assert_array_equal(arrays.x[:, 3], ratings.children["female"])
    np.testing.assert_array_equal(
        arrays.covariate_on, [[True, True], [True, False], [True, False], [False, True]]
    )


def test_a_covariate_of_the_therapist_reaches_all_their_children() -> None:
    ratings = small_ratings()
    arrays = design(with_terms(experience=("level",)), ratings)
    experience = ratings.children["therapist"].map(ratings.therapists["experience"])
    np.testing.assert_allclose(arrays.x[:, 0], experience - experience.mean())


def test_a_covariate_that_varies_over_occasions_is_centred_over_them() -> None:
    ratings = small_ratings()
    arrays = design(with_terms(stress=("rating",)), ratings)
    stress = ratings.occasions.set_index(["child", "time"])["stress"]
    expected = np.array(
        [
            stress[arrays.children[child], time]
            for child, time in zip(arrays.occasion_child, arrays.occasion_time, strict=True)
        ]
    )
    np.testing.assert_allclose(arrays.z[:, 0], expected - expected.mean())


def test_every_reason_why_model_and_ratings_do_not_fit_comes_at_once() -> None:
    ratings = small_ratings(therapists=False, clinics=False)
    with pytest.raises(InputError) as caught:
        design(with_terms(anxeity=("level",), aeg=("level",), stress=("level",)), ratings)
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "Did you mean 'age'?" in text
    assert 'acts on ["rating"]' in text
    assert "name no therapists" in text


def test_a_missing_covariate_is_kept_missing_and_the_others_are_centred_without_it() -> None:
    ratings = small_ratings()
    children = ratings.children.copy()
    children.loc[["c2", "c5"], "age"] = np.nan
    arrays = design(with_terms(age=("level",)), replace(ratings, children=children))
    np.testing.assert_array_equal(np.isnan(arrays.x[:, 0]), children["age"].isna())
    age = children["age"].dropna()
    assert arrays.covariate_centre[0] == pytest.approx(age.mean())
    assert arrays.covariate_sd[0] == pytest.approx(np.std(age))


def test_an_interaction_is_the_product_of_coded_columns() -> None:
    ratings = small_ratings()
    spec = with_covariates(
        load_model("informant_growth"),
        {
            "age": ("level", "slope"),
            "age:ethnicity": ("slope",),
            "ethnicity": ("slope",),
            "experience": {"on": ("slope",), "shared": True},
            "age:experience": ("slope",),
        },
    )
    arrays = design(spec, ratings)
    assert arrays.covariates == (
        "age",
        "ethnicity[b]",
        "ethnicity[c]",
        "experience",
        "age:ethnicity[b]",
        "age:ethnicity[c]",
        "age:experience",
    )
    age = ratings.children["age"] - ratings.children["age"].mean()
    years = ratings.children["therapist"].map(ratings.therapists["experience"])
    np.testing.assert_allclose(arrays.x[:, 4], age * (ratings.children["ethnicity"] == "b"))
    np.testing.assert_allclose(arrays.x[:, 6], age * (years - years.mean()))
    assert arrays.covariate_sd[4] == pytest.approx(np.std(age))
    assert arrays.covariate_sd[6] == pytest.approx(np.std(age) * np.std(years))
    assert arrays.products == ((4, 0, 1), (5, 0, 2), (6, 0, 3))
    assert arrays.shared_effects == {"experience"}
    np.testing.assert_array_equal(arrays.covariate_on[4:], [[False, True]] * 3)


def test_what_varies_over_occasions_is_taken_apart_within_and_between_children() -> None:
    ratings = small_ratings(missing=0.4)
    spec = with_covariates(
        load_model("informant_growth"), {"stress": {"on": ("rating",), "within_between": True}}
    )
    arrays = design(spec, ratings)
    assert (arrays.covariates, arrays.occasion_covariates) == (
        ("stress[between]",),
        ("stress[within]",),
    )
    np.testing.assert_array_equal(arrays.covariate_on, [[True, False]])
    stress = ratings.occasions.set_index(["child", "time"])["stress"]
    own: dict[int, list[float]] = {}
    for child, time in zip(arrays.occasion_child, arrays.occasion_time, strict=True):
        own.setdefault(child, []).append(stress[arrays.children[child], time])
    rated = sorted(own)
    assert len(rated) == len(arrays.children) - 1
    means = np.array([np.mean(own[child]) for child in rated])
    np.testing.assert_allclose(arrays.x[rated, 0], means - means.mean())
    expected = np.concatenate([np.array(values) - np.mean(values) for values in own.values()])
    np.testing.assert_allclose(arrays.z[:, 0], expected)
    assert arrays.covariate_sd[0] == pytest.approx(np.std(means))
    assert arrays.occasion_covariate_sd[0] == pytest.approx(np.std(expected))


def test_a_model_of_some_informants_leaves_the_others_out() -> None:
    ratings = small_ratings(missing=0.4)
    spec = replace(load_model("informant_growth"), informants=("caregiver", "child"))
    arrays = design(spec, ratings)
    assert arrays.informants == ("child", "caregiver")
    kept = ratings.observed[ratings.observed["informant"] != "therapist_of_child"]
    assert arrays.n_ratings == len(kept)
    assert len(arrays.y) == len(kept[["child", "time"]].drop_duplicates())
    assert (arrays.present.sum(axis=1) > 0).all()
    assert modelled(spec, ratings).informants == ("child", "caregiver")
    assert modelled(load_model("informant_growth"), ratings) is ratings
    with pytest.raises(InputError, match="Did you mean 'caregiver'"):
        design(replace(spec, informants=("caregivr",)), ratings)


def test_log_time_starts_one_unit_before_the_origin() -> None:
    axis = TimeAxis(origin=4.0, per=4.0, unit="months")
    shape = Trajectory(shape="log_time")
    values = basis(shape, np.array([2.0, 4.0, 8.0]), axis=axis)
    np.testing.assert_allclose(values, [[1, np.log(0.5)], [1, 0], [1, np.log(2)]], atol=1e-15)
    with pytest.raises(InputError, match="log time starts at 0"):
        basis(shape, np.array([0.0]), axis=axis)
    late = replace(small_ratings(), time=TimeAxis(origin=12.0, per=4.0, unit="months"))
    growth = load_model("informant_growth")
    with pytest.raises(InputError, match=r"log time starts at 8 .*there are ratings at 4"):
        design(replace(growth, trajectory=shape), late)


def test_a_natural_spline_spans_the_natural_cubic_splines_of_its_knots() -> None:
    axis = TimeAxis(origin=5.0, per=4.0, unit="months")
    knots = np.array([2.0, 5.5, 9.0, 16.0])
    times = np.linspace(-3.0, 22.0, 101)
    values = basis(
        Trajectory(shape="natural_spline", knots=tuple(knots.tolist())), times, axis=axis
    )
    assert values.shape == (101, 4)
    rng = np.random.default_rng(1)
    inside = (times >= 2.0) & (times <= 16.0)
    for _ in range(5):
        heights = rng.normal(size=4)
        curve = CubicSpline(knots, heights, bc_type="natural")
        # Beyond its boundaries a natural spline goes on as the line it ends with.
        expected = np.where(
            times < 2.0,
            heights[0] + curve(2.0, 1) * (times - 2.0),
            np.where(times > 16.0, heights[-1] + curve(16.0, 1) * (times - 16.0), curve(times)),
        )
        weights, *_ = np.linalg.lstsq(values[inside], expected[inside], rcond=None)
        np.testing.assert_allclose(values @ weights, expected, atol=1e-9)
    at_origin = basis(
        Trajectory(shape="natural_spline", knots=(2.0, 5.5, 9.0)), np.array([5.0]), axis=axis
    )
    np.testing.assert_array_equal(at_origin, [[1.0, 0.0, 0.0]])


def test_every_reason_against_options_of_covariates_is_told() -> None:
    ratings = small_ratings()
    growth = load_model("informant_growth")
    split = {"on": ("rating",), "within_between": True}
    constant = ratings.occasions.assign(stress=[float(c[1:]) for c in ratings.occasions["child"]])
    with pytest.raises(InputError, match="never differs from the child's own mean"):
        design(with_covariates(growth, {"stress": split}), replace(ratings, occasions=constant))


def told_of(spec, ratings) -> list[str]:
    return unidentified(design(spec, ratings), ratings)


def test_what_ratings_cannot_tell_of_covariates_is_said() -> None:
    ratings, growth = small_ratings(), load_model("informant_growth")
    plain = {"female": ("level",), "age": ("level", "slope"), "stress": ("rating",)}
    assert told_of(with_covariates(growth, plain), ratings) == []
    balanced = ratings.children.assign(anxiety=1.0 - ratings.children["female"])
    crossed = {"female": ("level",), "anxiety": ("level",), "female:anxiety": ("level",)}
    empty = told_of(with_covariates(growth, crossed), replace(ratings, children=balanced))
    assert empty == [
        "nobody has female and anxiety together: the effect of female:anxiety is left to its prior",
        "covariates female and anxiety say the same of all children: effects of each alone are not "
        "identified by these ratings, and divided between them by their priors",
    ]
    # A sum of others is found among covariates that are not alike two by two.
    summed = ratings.children["female"] + 2.0 * ratings.children["caregiver_white"]
    third = replace(ratings, children=ratings.children.assign(age=summed.astype(float)))
    acting = {"female": ("level",), "caregiver_white": ("level",), "age": ("level",)}
    (text,) = told_of(with_covariates(growth, acting | {"anxiety": ("level",)}), third)
    assert text.startswith("covariates female, caregiver_white and age say the same")
    # Alike in what they act on together, and in nothing else.
    spec = with_covariates(growth, {"female": ("level", "slope"), "anxiety": ("level",)})
    same = replace(ratings, children=balanced)
    assert unidentified_effects(design(spec, same), same) == {
        ("female", "level"),
        ("anxiety", "level"),
    }
    acting["age"] = ("slope",)
    assert told_of(with_covariates(growth, acting), third) == []


def test_a_category_for_every_child_is_said() -> None:
    ratings = small_ratings()
    own = ratings.children.assign(ethnicity=list(ratings.children.index))
    covariates = tuple(
        replace(one, categories=tuple(own["ethnicity"])) if one.name == "ethnicity" else one
        for one in ratings.covariates
    )
    named = replace(ratings, children=own, covariates=covariates)
    spec = with_covariates(load_model("informant_growth"), {"ethnicity": ("level",)})
    assert told_of(spec, named) == [
        "covariate ethnicity has a category of its own for each child: its effects are left to "
        "their priors"
    ]


def test_two_values_have_the_prior_of_zero_and_one_however_they_are_coded() -> None:
    ratings = small_ratings()
    spec = with_covariates(load_model("informant_growth"), {"age": ("level",)})
    zero_one = replace(
        ratings, children=ratings.children.assign(age=ratings.children["female"].astype(float))
    )
    expected = design(spec, zero_one)
    for low, step in ((1.0, 1.0), (-3.0, 0.5)):
        coded = ratings.children.assign(age=low + step * ratings.children["female"])
        found = design(spec, replace(ratings, children=coded))
        np.testing.assert_allclose(found.x, step * expected.x)
        np.testing.assert_allclose(found.covariate_sd, [step])
        np.testing.assert_allclose(found.covariate_centre, [low])


def test_a_slope_from_one_occasion_is_refused_with_a_way_out() -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "t": 0.0, "y": [1.0, 2.0, 3.0]})
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"teacher": "y"},
        "scale": {"lower": 0, "upper": 4},
    }
    ratings = Ratings.from_wide(frame, study=study)
    with pytest.raises(InputError, match='shape = "level", such as level_once'):
        design(load_model("separate_levels"), ratings)
    assert len(design(without(load_model("level_once"), "therapist"), ratings).terms) == 1


@pytest.mark.parametrize("knots", [(4.0,), (16.0,), (20.0,), (4.5, 5.0, 5.5)])
def test_knots_that_the_times_of_ratings_cannot_tell_are_refused(knots) -> None:
    spec, ratings = load_model("two_phase_growth"), small_ratings()
    changes = {f"slope_change_{n}": spec.priors["slope_change_1"] for n in range(1, len(knots) + 1)}
    trajectory = replace(spec.trajectory, knots=knots)
    moved = replace(spec, trajectory=trajectory, priors=dict(spec.priors) | changes)
    with pytest.raises(InputError, match=r"trajectory\.knots|growth coefficients"):
        design(moved, ratings)
    assert design(spec, ratings).coefficients == ("level", "slope", "slope_change_1")


def test_ratings_at_the_ends_are_marked_only_where_the_likelihood_is_censored() -> None:
    ratings = small_ratings(missing=0.3, at_ends=0.4)
    plain = design(load_model("informant_growth"), ratings)
    assert not plain.floor.any()
    assert not plain.ceiling.any()
    arrays = design(load_model("growth_with_ceiling"), ratings)
    np.testing.assert_array_equal(arrays.floor, arrays.present & (arrays.y == 12.0))
    np.testing.assert_array_equal(arrays.ceiling, arrays.present & (arrays.y == 48.0))
    assert arrays.floor.any()
    row, informant, direction = arrays.censored
    assert len(row) == (arrays.floor | arrays.ceiling).sum()
    assert (np.diff(row * len(arrays.informants) + informant) > 0).all()
    np.testing.assert_array_equal(arrays.y[row, informant], np.where(direction > 0, 48.0, 12.0))


def test_each_informant_has_the_ends_of_their_own_scale() -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "a": [10.0, 5.0], "b": [5.0, 1.0]})
    study = {
        "layout": "wide",
        "columns": {"child": "id"},
        "informants": {"first": "a", "second": "b"},
        "scale": {"first": {"lower": 0, "upper": 10}, "second": {"lower": 1, "upper": 5}},
    }
    ratings = Ratings.from_wide(frame, study=study)
    spec = replace(level_alone(), likelihood=Likelihood(family="censored_normal"))
    arrays = design(spec, ratings)
    np.testing.assert_array_equal(arrays.ceiling, [[True, True], [False, False]])
    np.testing.assert_array_equal(arrays.floor, [[False, False], [False, True]])
    # Whole points: what rounding puts at an end lies half a point inside it, or beyond.
    np.testing.assert_array_equal(arrays.bounds, [[0.5, 1.5], [9.5, 4.5]])
    np.testing.assert_array_equal(arrays.y, [[9.5, 4.5], [5.0, 1.5]])
    np.testing.assert_array_equal(arrays.observed, [[10.0, 5.0], [5.0, 1.0]])
    stated = Ratings.from_wide(
        frame,
        study=study | {"scale": {key: own | {"step": 0} for key, own in study["scale"].items()}},
    )
    arrays = design(spec, stated)
    np.testing.assert_array_equal(arrays.bounds, [[0.0, 1.0], [10.0, 5.0]])
    np.testing.assert_array_equal(arrays.y, [[10.0, 5.0], [5.0, 1.0]])


def test_only_a_censored_likelihood_reads_the_bounds_of_an_end() -> None:
    ratings = small_ratings(missing=0.3, at_ends=0.4, whole=True)
    plain, censored = (
        design(load_model(name), ratings) for name in ("informant_growth", "growth_with_ceiling")
    )
    np.testing.assert_array_equal(plain.bounds, censored.bounds)
    np.testing.assert_array_equal(plain.observed, censored.observed)
    np.testing.assert_array_equal(plain.y, np.nan_to_num(plain.observed))
    row, informant, direction = censored.censored
    ends = np.where(direction > 0, 47.5, 12.5)
    np.testing.assert_array_equal(censored.y[row, informant], ends)
    inside = ~(censored.floor | censored.ceiling)
    np.testing.assert_array_equal(censored.y[inside], plain.y[inside])


def level_alone():
    spec = load_model("separate_levels")
    priors = {name: prior for name, prior in spec.priors.items() if name != "slope"}
    return replace(spec, trajectory=Trajectory(shape="level"), priors=priors)


def test_options_that_mean_nothing_for_the_ratings_are_refused_together() -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "t": [0.0, 1.0, 2.0], "y": [1.0, 2.0, 3.0]})
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"teacher": "y"},
        "scale": {"center": 2, "spread": 2},
    }
    spec = replace(
        without(load_model("common_factor"), "therapist"),
        likelihood=Likelihood(family="censored_normal"),
    )
    with pytest.raises(InputError) as caught:
        design(spec, Ratings.from_wide(frame, study=study))
    messages = {problem.where: problem.message for problem in caught.value.problems}
    assert set(messages) == {"likelihood.family", "child.structure"}
    assert "the scale of teacher has no ends" in messages["likelihood.family"]
    assert "teacher is the only one" in messages["child.structure"]
