"""The usual analysis beside the joint model."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.estimands import agreement, variance
from bayes_alliance.estimands.usual import alone, raw_correlation, side_by_side, usual_analysis
from bayes_alliance.estimands.usual_words import hardly_differ, in_words, why
from bayes_alliance.specification import load_model
from tests import hand_made


@pytest.fixture(scope="module")
def found():
    separate = hand_made.constant(
        load_model("separate_levels"),
        hand_made.ratings(),
        {
            "level": np.array([39.0, 36.5, 42.0, 35.0]),
            "slope": np.array([-0.1, -0.8, 0.3, 0.4]),
            "child_cov": np.diag([16.0] * 4 + [0.0] * 4),
            "residual_cov": 4.0 * np.eye(4),
        },
    )
    return side_by_side(separate, hand_made.fit(covariates=False), prob=0.9)


def test_the_table_has_the_medians_and_intervals_of_both_fits(found) -> None:
    table = found.table.set_index(["quantity", "of"])
    row = table.loc[("average level", "child")]
    assert row["usual"] == row["usual_lower"] == row["usual_upper"] == 39.0
    draws = found.joint.moments["level"].sel(informant="child").values
    expected = np.quantile(draws, [0.5, 0.05, 0.95])
    assert row[["joint", "joint_lower", "joint_upper"]].tolist() == pytest.approx(expected)
    assert row["difference"] == pytest.approx(1.0)
    assert table.loc[("share between children", "caregiver"), "usual"] == pytest.approx(0.8)
    shares = variance.shares(found.joint).sel(source="therapist", informant="caregiver")
    therapists = table.loc[("share between therapists", "caregiver")]
    assert therapists["joint"] == pytest.approx(float(shares.median()))
    assert np.isnan(therapists["usual"])


def test_agreement_is_latent_beside_that_of_the_ratings(found) -> None:
    row = found.table.set_index(["quantity", "of"]).loc[("agreement", "child;caregiver")]
    latent = agreement.correlation(found.joint).sel(informant="child", informant_="caregiver")
    assert row["joint"] == pytest.approx(float(latent.median()))
    wide = found.joint.ratings.to_wide().query("time == 4")
    result = stats.pearsonr(wide["rating_child"], wide["rating_caregiver"])
    interval = result.confidence_interval(0.9)
    assert row[["usual", "usual_lower", "usual_upper"]].tolist() == pytest.approx(
        [result.statistic, interval.low, interval.high]
    )


def test_every_row_says_why_and_the_sentence_names_what_changes(found) -> None:
    assert found.table["why"].str.len().min() > 20
    assert found.table["differs"].all()
    assert "SYNTHETIC" in found.sentence
    assert "Therapists, absent from the usual analysis" in found.sentence
    assert found.sentence in repr(found)
    assert "<table" in found._repr_html_()


def test_what_hardly_differs_is_said_to_and_gets_no_reason() -> None:
    joint = hand_made.fit(covariates=False)
    same = side_by_side(joint, joint).table.set_index("quantity")
    assert not same.loc["average level", "differs"].any()
    assert same.loc["average level", "why"].str.startswith("hardly differs").all()
    assert "average changes hardly differ" in side_by_side(joint, joint).sentence
    answer = (1.0, 0.0, 2.0)
    assert hardly_differ(answer, (1.19, 0.0, 2.0))
    assert not hardly_differ(answer, (1.21, 0.0, 2.0))
    assert not hardly_differ(answer, (1.0, -0.3, 2.3))
    assert not hardly_differ((np.nan,) * 3, answer)


def test_reasons_are_given_only_where_they_apply() -> None:
    both = why(hand_made.fit(covariates=False))
    assert "same therapist" in both["agreement"]
    assert "children may differ in change" in both["average change"]
    assert "alike in the covariates" in why(hand_made.fit())["agreement"]
    single = why(hand_made.fit(("child",), model="informant_level", covariates=False))
    assert "other informants" not in single["average level"]
    assert "differ in change" not in "".join(single.values())


def test_the_usual_analysis_has_the_covariates_of_the_joint_model() -> None:
    joint = ba.with_covariates(
        load_model("slowing_growth"),
        {
            "anxiety": {"on": ("level", "slope"), "shared": True},
            "experience": ("level", "slope"),
            "anxiety:experience": ("slope",),
        },
    )
    spec = alone(joint)
    assert {term.name: term.on for term in spec.covariates} == {
        "anxiety": ("level", "slope"),
        "experience": ("level", "slope"),
        "anxiety:experience": ("slope",),
    }
    assert not any(term.shared for term in spec.covariates)
    assert spec.priors["covariate"] == joint.priors["covariate"]
    assert alone(load_model("informant_growth")) == load_model("separate_levels")
    assert alone(load_model("screen_predictors")).priors["covariate"] is not None


def test_few_pairs_have_no_raw_correlation() -> None:
    ratings = hand_made.ratings()
    few = ba.Ratings.from_wide(ratings.to_wide().head(3), study=ratings.study)
    assert np.isnan(raw_correlation(few, "child", "caregiver")).all()


def test_a_probability_in_percent_is_refused_before_anything_is_fitted() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        usual_analysis(hand_made.ratings(), seed=1, prob=95)


@pytest.mark.samples
def test_the_usual_analysis_fits_both_models_and_finds_what_it_hides() -> None:
    ratings = ba.load_example("usual_care")
    found = ba.usual_analysis(ratings, seed=1, draws=300, chains=2)
    assert found.separate.spec.name == "separate_levels"
    assert found.joint.spec.name == "informant_growth"
    table = found.table.set_index(["quantity", "of"])
    pair = table.loc[("agreement", "child;caregiver")]
    assert pair["joint"] > pair["usual"]
    assert table.loc[("share between therapists", "therapist_of_child"), "joint"] > 0.1


@pytest.mark.samples
def test_strata_are_fitted_apart_and_their_tracking_may_be_subtracted() -> None:
    ratings = ba.load_example("usual_care")
    fits = ba.dyads.stratified(
        load_model("informant_level"), ratings, by="experience", seed=1, draws=200, chains=2
    )
    low, high = (
        ba.dyads.tracking(fit, judgement="therapist_of_caregiver", truth="caregiver")
        for fit in fits.values()
    )
    assert (low - high).sizes == {"chain": 2, "draw": 200}
    children = [set(fit.ratings.children.index) for fit in fits.values()]
    assert not children[0] & children[1]
    assert set.union(*children) == set(ratings.children.index)


@pytest.mark.parametrize("name", ["slowing_growth", "two_phase_growth", "level_once"])
def test_the_usual_analysis_runs_as_the_joint_model_does_over_time(name: str) -> None:
    joint = load_model(name)
    usual = alone(joint)
    assert usual.trajectory == joint.trajectory
    assert {key: usual.priors[key] for key in joint.trajectory.coefficients} == {
        key: joint.priors[key] for key in joint.trajectory.coefficients
    }
    assert usual.child == load_model("separate_levels").child


def test_a_difference_in_width_alone_is_not_one_of_averages() -> None:
    row = {"quantity": "average change", "of": "child", "usual": 0.5, "joint": 0.51}
    row |= {"usual_lower": 0.0, "usual_upper": 1.0, "joint_lower": -0.2, "joint_upper": 1.2}
    table = pd.DataFrame([row | {"difference": 0.01, "differs": True}])
    said = in_words(table, hand_made.fit())
    assert "average changes hardly differ; their intervals do (of child 1.4 times as wide)" in said
