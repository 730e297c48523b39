"""The design holds the right numbers under the right labels."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.design import basis, design
from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings, TimeAxis
from bayes_alliance.specification import (
    CovariateTerm,
    Effects,
    Likelihood,
    Trajectory,
    load_model,
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


def test_a_missing_covariate_names_the_children() -> None:
    ratings = small_ratings()
    children = ratings.children.copy()
    children.loc[["c2", "c5"], "age"] = np.nan
    with pytest.raises(InputError, match=r"missing for 2 of 9 \(c2, c5\)"):
        design(with_terms(age=("level",)), replace(ratings, children=children))


def test_a_slope_from_one_occasion_is_refused_with_a_way_out() -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "t": 0.0, "y": [1.0, 2.0, 3.0]})
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"teacher": "y"},
        "scale": {"lower": 0, "upper": 4},
    }
    ratings = Ratings.from_wide(frame, study=study)
    with pytest.raises(InputError, match='shape = "level"'):
        design(load_model("separate_levels"), ratings)


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
    told = {problem.where: problem.message for problem in caught.value.problems}
    assert set(told) == {"likelihood.family", "child.structure"}
    assert "the scale of teacher has none" in told["likelihood.family"]
    assert "teacher is the only one" in told["child.structure"]
