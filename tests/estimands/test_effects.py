"""Profiles, contrasts, probabilities at the ceiling: linear arithmetic and normal theory."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bayes_alliance.design import design
from bayes_alliance.design.groups import groups
from bayes_alliance.errors import InputError
from bayes_alliance.estimands import effects
from bayes_alliance.likelihoods import censored_normal
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import load_model, with_covariates
from tests import hand_made
from tests.small import small_ratings

K = 3


@pytest.fixture(scope="module")
def data() -> Ratings:
    """Nine children with covariates of every kind and level."""
    return small_ratings(seed=2)


@pytest.fixture(scope="module")
def fit(data):
    """Effects are different numbers for every covariate, coefficient and informant."""
    both = ("level", "slope")
    spec = with_covariates(
        load_model("informant_growth"),
        {
            "female": both,
            "age": both,
            "ethnicity": ("level",),
            "experience": ("slope",),
            "stress": ("rating",),
        },
    )
    cov = np.diag([9.0, 4.0, 16.0, 1.0, 0.5, 2.0])
    therapist = np.diag([1.0, 2.0, 3.0, 0.0, 0.0, 0.0])
    residual = np.diag([4.0, 5.0, 6.0])
    level_on, slope_on = np.zeros((5, K)), np.zeros((5, K))
    level_on[:4] = np.arange(1.0, 13.0).reshape(4, K)
    slope_on[[0, 1, 4]] = -0.1 * np.arange(1.0, 10.0).reshape(3, K)
    values = {
        "level": np.array([40.0, 38.0, 36.0]),
        "slope": np.array([1.0, 0.5, -1.0]),
        "level_on": level_on,
        "slope_on": slope_on,
        "rating_on": np.array([[0.2, 0.4, 0.6]]),
        "child_cov": cov,
        "therapist_cov": therapist,
        "residual_cov": residual,
    }
    made = hand_made.constant(spec, data, values)
    assert made.design.covariates == (
        "female",
        "age",
        "ethnicity[b]",
        "ethnicity[c]",
        "experience",
    )
    return made


def one(draws: xr.DataArray) -> np.ndarray:
    """All draws are the same; return one."""
    xr.testing.assert_allclose(draws.min(("chain", "draw")), draws.max(("chain", "draw")))
    return draws.isel(chain=0, draw=0).values


def test_a_profile_is_given_in_the_units_of_the_covariates(fit, data) -> None:
    age, years = data.children["age"].mean(), fit.design.covariate_centre[4]
    at = {"female": 1, "age": 9.0, "ethnicity": "c", "experience": 3.0, "stress": 0.5}
    found = effects.trajectories(fit, times=[4.0, 12.0], at=at)
    stress = data.occasions.set_index(["child", "time"])["stress"]
    rated = data.observed[["child", "time"]].drop_duplicates()
    middle = stress.loc[list(zip(rated["child"], rated["time"], strict=True))].mean()
    level = np.array([40.0, 38, 36]) + [1.0, 2, 3] + (9.0 - age) * np.array([4.0, 5, 6])
    level = level + np.array([10.0, 11, 12])
    slope = np.array([1.0, 0.5, -1.0]) - [0.1, 0.2, 0.3] - (9.0 - age) * np.array([0.4, 0.5, 0.6])
    slope = slope - (3.0 - years) * np.array([0.7, 0.8, 0.9])
    rating = (0.5 - middle) * np.array([0.2, 0.4, 0.6])
    np.testing.assert_allclose(one(found), [level + rating, level + 2 * slope + rating])


def test_a_contrast_is_the_difference_of_two_trajectories(fit) -> None:
    for name, start, end in (
        ("female", 0, 1),
        ("age", 5.0, 8.5),
        ("ethnicity", "b", "c"),
        ("experience", 1, 4),
        ("stress", -1.0, 1.0),
    ):
        found = effects.contrast(fit, {name: (start, end)}, time=[4.0, 16.0])
        high, low = (
            effects.trajectories(fit, times=[4.0, 16.0], at={name: value}) for value in (end, start)
        )
        np.testing.assert_allclose(found, high - low, atol=1e-10)


def test_a_contrast_by_name_is_one_unit_or_one_category_against_the_reference(fit) -> None:
    np.testing.assert_allclose(one(effects.contrast(fit, "female")), [1, 2, 3])
    np.testing.assert_allclose(one(effects.contrast(fit, "age", on="level")), [4, 5, 6])
    np.testing.assert_allclose(one(effects.contrast(fit, "age", on="slope")), [-0.4, -0.5, -0.6])
    np.testing.assert_allclose(one(effects.contrast(fit, "ethnicity[c]")), [10, 11, 12])
    np.testing.assert_allclose(one(effects.contrast(fit, "ethnicity[c]", on="slope")), 0.0)
    np.testing.assert_allclose(one(effects.contrast(fit, "stress", time=12.0)), [0.2, 0.4, 0.6])


def test_a_difference_between_informants_is_the_first_minus_the_second(fit) -> None:
    first, second = fit.ratings.informants[2], fit.ratings.informants[0]
    found = effects.contrast(fit, "female", time=12.0, difference=(first, second))
    assert found.dims == ("chain", "draw")
    np.testing.assert_allclose(one(found), (3 - 2 * 0.3) - (1 - 2 * 0.1))


def test_in_sd_an_effect_is_divided_by_the_sd_of_what_it_acts_on(fit) -> None:
    on_rating = one(effects.contrast(fit, "female", time=12.0, unit="sd"))
    variance = np.array([9 + 4 * 1 + 1 + 4, 4 + 4 * 0.5 + 2 + 5, 16 + 4 * 2 + 3 + 6])
    np.testing.assert_allclose(on_rating, [0.8, 1.6, 2.4] / np.sqrt(variance))
    on_slope = one(effects.contrast(fit, "female", on="slope", unit="sd"))
    np.testing.assert_allclose(on_slope, [-0.1, -0.2, -0.3] / np.sqrt([1.0, 0.5, 2.0]))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("over", "variance"),
    [
        ("nobody", [4.0, 5.0, 6.0]),
        ("therapists", [5.0, 7.0, 9.0]),
        ("families", [14.0, 11.0, 25.0]),
    ],
)
def test_the_probability_of_the_ceiling_is_a_normal_tail(fit, over: str, variance: list) -> None:
    at = {"female": 1, "age": 9.0, "ethnicity": "a", "experience": 3.0, "stress": 0.5}
    mean = one(effects.trajectories(fit, times=[4.0], at=at))[0]
    found = effects.at_ceiling(fit, at=at, over=over)
    np.testing.assert_allclose(one(found), stats.norm.sf(48, mean, np.sqrt(variance)))
    scales = {k: replace(scale, step=1.0) for k, scale in fit.ratings.scales.items()}
    whole = replace(fit, ratings=replace(fit.ratings, scales=scales))
    half_below = one(effects.at_ceiling(whole, at=at, over=over))
    np.testing.assert_allclose(half_below, stats.norm.sf(47.5, mean, np.sqrt(variance)))
    change = effects.ceiling_contrast(fit, "female", over=over)
    high, low = (effects.at_ceiling(fit, at={"female": female}, over=over) for female in (1, 0))
    np.testing.assert_allclose(change, high - low)
    first, second = fit.ratings.informants[:2]
    apart = effects.ceiling_contrast(fit, "female", over=over, difference=(first, second))
    np.testing.assert_allclose(one(apart), one(change)[0] - one(change)[1])


def children_of(fit) -> list[dict[str, object]]:
    """The profile of every child of the study."""
    frame = fit.ratings.children
    years = frame["therapist"].map(fit.ratings.therapists["experience"])
    names = ["female", "age", "ethnicity"]
    return [
        {name: frame.loc[child, name] for name in names} | {"experience": years[child]}
        for child in frame.index
    ]


def test_without_a_profile_the_expected_rating_is_the_average_of_those_of_the_children(fit) -> None:
    each = [effects.trajectories(fit, times=[4.0, 12.0], at=at) for at in children_of(fit)]
    found = effects.trajectories(fit, times=[4.0, 12.0])
    np.testing.assert_allclose(found, sum(each) / len(each))
    some = fit.design.children[2:5]
    of_some = effects.trajectories(fit, times=[4.0, 12.0], children=some, at={"stress": 0.0})
    own = [
        effects.trajectories(fit, times=[4.0, 12.0], at=at | {"stress": 0.0})
        for at in children_of(fit)[2:5]
    ]
    np.testing.assert_allclose(of_some, sum(own) / 3)
    with pytest.raises(InputError, match="one of c0"):
        effects.trajectories(fit, children=["c99"])


def test_the_chance_of_the_ceiling_is_the_average_of_those_of_the_children(fit) -> None:
    still = {"stress": 0.5}
    each = [effects.at_ceiling(fit, time=12.0, at=at | still) for at in children_of(fit)]
    found = effects.at_ceiling(fit, time=12.0, at=still)
    np.testing.assert_allclose(found, sum(each) / len(each), rtol=1e-10)
    assert not np.allclose(
        found, stats.norm.sf(48, effects.trajectories(fit, times=[12.0], at=still).isel(time=0), 4)
    )


def test_many_children_are_averaged_in_few_groups() -> None:
    rng = np.random.default_rng(5)
    x = np.column_stack([rng.gamma(2.0, size=400), rng.integers(0, 2, size=400)])
    effect, sd = np.array([[1.5], [4.0]]), 3.0
    made = list(groups(x, np.array([x[:, 0].std(), 1.0])))
    assert len(made) <= 12
    assert sum(one.share for one in made) == pytest.approx(1.0)
    np.testing.assert_allclose(sum(one.share * one.mean for one in made), x.mean(axis=0))
    found = sum(
        one.share
        * stats.norm.sf(8.0, one.mean @ effect, np.sqrt(sd**2 + effect.T @ one.cov @ effect))
        for one in made
    )
    assert found.item() == pytest.approx(stats.norm.sf(8.0, x @ effect, sd).mean(), abs=1e-3)
    alike = list(groups(np.array([[1.0], [0.0], [1.0]]), np.ones(1)))
    assert {(one.share, one.mean.item(), one.cov.item()) for one in alike} == {
        (2 / 3, 1.0, 0.0),
        (1 / 3, 0.0, 0.0),
    }


def test_an_interaction_follows_from_the_covariates_it_joins(data) -> None:
    spec = with_covariates(
        load_model("informant_growth"),
        {"female": ("level",), "age": ("level",), "female:age": ("level",)},
    )
    values = {
        "level": np.array([40.0, 38.0, 36.0]),
        "level_on": np.array([[1.0] * 3, [2.0] * 3, [0.5] * 3]),
        "child_cov": np.eye(6),
        "residual_cov": np.eye(3),
    }
    fit = hand_made.constant(spec, data, values)
    age = data.children["age"].mean()
    at_mean = effects.contrast(fit, "female", on="level")
    np.testing.assert_allclose(one(at_mean), 1.0)
    older = effects.contrast(fit, {"female": (0, 1), "age": (10.0, 10.0)}, on="level")
    np.testing.assert_allclose(one(older), 1.0 + 0.5 * (10.0 - age))


def test_direction_and_region_are_shares_of_draws() -> None:
    values = np.array([[-1.0, 0.0, 0.5, 1.0], [2.0, 3.0, -0.5, 4.0]])
    draws = xr.DataArray(values, dims=("chain", "draw"))
    assert float(effects.direction(draws)) == 5 / 8
    assert float(effects.direction(-draws)) == 5 / 8
    assert float(effects.inside(draws, (-0.5, 1.0))) == 4 / 8
    assert float(effects.inside(draws, (5.0, 6.0))) == 0
    undefined = draws.where(draws > -1)
    assert np.isnan(effects.direction(undefined))
    assert np.isnan(effects.inside(undefined, (0, 1)))
    with pytest.raises(InputError, match="the lower one first"):
        effects.inside(draws, (1.0, 0.0))


def test_the_mean_of_ratings_cut_off_at_both_ends_is_that_of_simulated_ones() -> None:
    rng = np.random.default_rng(2)
    mean, sd = np.array([46.0, 14.0, 30.0]), np.array([5.0, 3.0, 2.0])
    drawn = mean + sd * rng.standard_normal((1_000_000, 3))
    # In whole points all that is rounded to an end is rated this end.
    drawn = np.where(drawn >= 47.5, 48.0, np.where(drawn <= 12.5, 12.0, drawn)).mean(0)
    ratings = hand_made.ratings(("child", "caregiver", "therapist_of_child"))
    arrays = design(load_model("growth_with_ceiling"), ratings)
    found = censored_normal.expected(mean[None, None], sd[None, None] ** 2, {}, arrays)
    np.testing.assert_allclose(found[0, 0], drawn, atol=0.02)


def test_observed_trajectories_stay_inside_the_scale_and_meet_the_latent_ones_far_from_it() -> None:
    data = hand_made.ratings(("child", "caregiver"))
    values = {
        "level": np.array([47.0, 30.0]),
        "slope": np.array([3.0, 0.0]),
        "child_cov": np.diag([9.0, 4.0, 0.0, 0.0]),
        "therapist_cov": np.zeros((4, 4)),
        "residual_cov": np.diag([4.0, 1.0]),
    }
    fit = hand_made.constant(load_model("growth_with_ceiling"), data, values)
    latent, observed = (
        one(effects.trajectories(fit, times=[4.0, 16.0], observed=which)) for which in (False, True)
    )
    assert latent[1, 0] > 48
    assert (observed[:, 0] < 48).all()
    np.testing.assert_allclose(observed[:, 1], latent[:, 1], atol=1e-6)
    with pytest.raises(InputError, match="censored_normal"):
        effects.trajectories(hand_made.fit(), observed=True)


def test_wrong_names_and_values_are_all_reported(fit) -> None:
    at = {"femal": 1, "age": "old", "ethnicity": "bb", "female": 3}
    with pytest.raises(InputError) as caught:
        effects.trajectories(fit, at=at)
    assert len(caught.value.problems) == 4
    assert "Did you mean 'female'?" in str(caught.value)
    with pytest.raises(InputError, match="Did you mean 'experience'"):
        effects.contrast(fit, "experiense")
    with pytest.raises(InputError, match=r"say which category: ethnicity\[b\]"):
        effects.contrast(fit, "ethnicity")
    with pytest.raises(InputError, match="one of a, b, c"):
        effects.contrast(fit, "ethnicity[d]")
    with pytest.raises(InputError, match="from and to"):
        effects.contrast(fit, {"age": (1, 2, 3)})
    with pytest.raises(InputError, match="acts on the rating"):
        effects.contrast(fit, "stress", on="slope")
    with pytest.raises(InputError) as caught:
        effects.contrast(fit, "age", on="slopes", time=4.0)
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="one of nobody, therapists, families"):
        effects.at_ceiling(fit, over="everybody")


def test_points_of_different_scales_are_not_subtracted_but_sds_are() -> None:
    scales = {"child": {"lower": 12, "upper": 48}, "caregiver": {"lower": 0, "upper": 100}}
    fit = hand_made.fit(tuple(scales), scale=scales)
    with pytest.raises(InputError, match='unit="sd"'):
        effects.contrast(fit, "anxiety", difference=("child", "caregiver"))
    found = effects.contrast(fit, "anxiety", difference=("child", "caregiver"), unit="sd")
    by_informant = effects.contrast(fit, "anxiety", unit="sd")
    apart = by_informant.sel(informant="child") - by_informant.sel(informant="caregiver")
    np.testing.assert_allclose(found, apart)
    unbounded = hand_made.fit(scale={"center": 36.0, "spread": 10.0})
    with pytest.raises(InputError, match="no upper end"):
        effects.at_ceiling(unbounded)


def test_a_covariate_taken_apart_acts_within_and_between_children(data) -> None:
    spec = with_covariates(
        load_model("informant_growth"), {"stress": {"on": ("rating",), "within_between": True}}
    )
    values = {
        "level": np.array([40.0, 38.0, 36.0]),
        "level_on": np.array([[2.0, 3.0, 4.0]]),
        "rating_on": np.array([[-0.5, 0.5, 1.0]]),
        "child_cov": np.eye(6),
        "residual_cov": np.eye(3),
    }
    fit = hand_made.constant(spec, data, values)
    stress = data.occasions.set_index(["child", "time"])["stress"]
    rated = data.observed[["child", "time"]].drop_duplicates()
    own = stress.loc[list(zip(rated["child"], rated["time"], strict=True))]
    middle = own.groupby(level="child").mean().mean()
    at = {"stress[between]": middle + 2.0, "stress[within]": -1.0}
    found = one(effects.trajectories(fit, times=[8.0], at=at))[0]
    np.testing.assert_allclose(found, [40 + 4 + 0.5, 38 + 6 - 0.5, 36 + 8 - 1.0])
    np.testing.assert_allclose(one(effects.contrast(fit, "stress[within]")), [-0.5, 0.5, 1.0])
    np.testing.assert_allclose(one(effects.contrast(fit, "stress[between]")), [2.0, 3.0, 4.0])
    with pytest.raises(InputError, match=r"stress\[within\]"):
        effects.contrast(fit, "stress")
