import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayes_alliance.reporting import tables
from bayes_alliance.reporting.prose import courses, sentences
from bayes_alliance.reporting.tables.data_tables import in_words
from bayes_alliance.results.collection import collected
from bayes_alliance.specification import load_model, with_covariates
from tests import hand_made
from tests.small import small_ratings

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


@pytest.fixture(scope="module")
def records(fit):
    return collected(fit)


def test_each_informant_is_told_with_level_change_and_direction(records):
    texts = courses.growth(records)
    assert texts[2] == (
        "Caregiver: 42.00 [41.62, 42.38] points at 4 months; change per 4 months 0.10 "
        "[−0.09, 0.29]; probability that it rises .75."
    )
    assert texts[1].startswith("Therapist of child: 36.00")
    assert texts[1].endswith("probability that it falls > .99.")


def test_a_wider_interval_is_told_by_the_sentence_that_asks_for_it(fit, records):
    narrow, wide = (courses.growth(one)[0] for one in (collected(fit, prob=0.5), records))
    assert "[39.80, 40.20]" in narrow
    assert "[39.62, 40.38]" in wide


def test_change_over_the_time_observed_is_three_slopes(records):
    text = courses.change_over_time(records)
    assert text.startswith("From 4 to 16 months")
    assert "from −2.4 [−3.0, −1.8] points (therapist of child)" in text
    assert "to 1.2 [0.6, 1.8] points (therapist of caregiver)" in text
    assert text.endswith("The scale spans 36 points.")


def test_the_range_of_agreement_names_the_pairs_at_its_ends(fit, records):
    text = sentences.agreement_range(records, level="total")
    total = fit.moments["child_cov"].sel(term="child,level", term_="caregiver,level")
    total = total + fit.moments["therapist_cov"].sel(term="child,level", term_="caregiver,level")
    total = total + fit.moments["residual_cov"].sel(informant="child", informant_="caregiver")
    assert np.isfinite(total).all()
    medians = [float(number) for number in re.findall(r"(\.\d+) \[", text)]
    assert medians == sorted(medians)
    assert text.startswith("Between single ratings of one occasion at 4 months")


def test_two_informants_have_one_correlation():
    texts = sentences.agreement_range(
        collected(hand_made.fit(("child", "caregiver"))), level="child"
    )
    assert "the correlation between informants is .45 [.41, .49]" in texts


def test_shares_are_told_largest_first(records):
    texts = sentences.shares(records, time=4)
    assert re.findall(r"(child|occasion|therapist) \.\d", texts[0]) == [
        "child",
        "occasion",
        "therapist",
    ]


def test_effects_of_covariates_are_told_for_each_informant(records):
    texts = sentences.covariate_effects(records)
    assert len(texts) == 2
    assert texts[0].startswith("Anxiety on level: child 0.50 [0.12, 0.88] (probability of being")
    assert "caregiver −0.50 [−0.88, −0.12] (probability of being negative > .99)" in texts[0]
    assert sentences.covariate_effects(collected(hand_made.fit(covariates=False))) == []


def test_the_data_are_told_with_leaving_and_missing_apart(fit):
    texts = in_words(fit.ratings)
    assert texts[0].startswith("12 children and 4 therapists; 127 ratings between 4 and 16")
    assert texts[1] == "Of 128 possible ratings of children in treatment, 1% are missing."
    assert texts[2] == "Of 12 children, 6 (50%) were in treatment at 16 months."


def test_unknown_leaving_is_said_to_be_unknown():
    texts = in_words(hand_made.ratings(treatment=None))
    assert "does not say who was in treatment" in texts[-1]
    assert texts[1].startswith("Of 192 possible ratings in the file, 34% are missing")


def test_a_label_keeps_its_capitals_at_the_head_of_a_sentence():
    texts = courses.growth(collected(hand_made.fit(("raterADHD",), covariates=False)))
    assert texts[0].startswith("RaterADHD: ")


def test_changes_on_different_scales_are_not_set_beside_each_other():
    scales = {"child": {"lower": 12, "upper": 48}, "caregiver": {"lower": 0, "upper": 60}}
    fit = hand_made.fit(tuple(scales), covariates=False, scale=scales)
    assert courses.change_over_time(collected(fit)).startswith("Informants use different scales")


def test_effects_on_single_ratings_are_told_too():
    spec = with_covariates(load_model("informant_growth"), {"stress": ("rating",)})
    values = {"child_cov": np.eye(4), "residual_cov": np.eye(2)}
    fit = hand_made.constant(spec, small_ratings(n_informants=2), values, shape=(2, 50))
    draws = 0.4 * hand_made.steps().reshape(2, 50, 1, 1) - np.array([0.0, 4.0])
    own = (("chain", "draw", "occasion_covariate", "informant"), draws)
    groups = {"posterior": fit.moments.assign(rating_on=own), "sample_stats": fit.stats}
    stress = replace(fit, posterior=xr.DataTree.from_dict(groups))
    assert sentences.covariate_effects(collected(stress)) == [
        "Stress on rating: child 0.00 [−0.38, 0.38] (probability of being positive .50); "
        "therapist of child −4.00 [−4.38, −3.62] (probability of being negative > .99)."
    ]
    assert "rating_on[stress,therapist_of_child]" in set(tables.summary(stress)["quantity"])
