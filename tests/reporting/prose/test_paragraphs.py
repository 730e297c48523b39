"""Methods and results paragraphs say what was fitted, for every model and option."""

import dataclasses

import pandas as pd
import pytest

from bayes_alliance.posterior.verdict import Check
from bayes_alliance.ratings.simulation import USUAL_CARE_ITEMS, simulate
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.document.paper_tables import for_paper
from bayes_alliance.reporting.prose import courses, paragraphs
from bayes_alliance.results.collection import collected
from bayes_alliance.specification import Effects, list_models, load_model, with_covariates
from tests import hand_made
from tests.reporting.page import told_nowhere, triples
from tests.small import small_ratings

MODELS = list(list_models()["name"])
RATINGS = small_ratings(n_informants=4, n_children=12, missing=0.1, whole=True)
LEAVING = small_ratings(n_informants=4, n_children=12, missing=0.1, whole=True, leaves=True)
WITH_ITEMS = simulate(families=12, therapists=6, recording=USUAL_CARE_ITEMS, seed=1)[0]
# What the methods of a model must say, and what those of others must not.
MARKS = {
    "common_factor": ("one common factor", {"common_factor"}),
    "growth_with_clinics": ("Clinics differ in", {"growth_with_clinics"}),
    "binomial": ("binomial distribution", {"binomial"}),
    "ordinal_items": ("Ratings are totals of items", {"ordinal_items"}),
    "robust": ("Student's t distribution", {"robust"}),
    "growth_with_ceiling": ("censored at the ends of the scale", {"growth_with_ceiling"}),
    "autoregressive": (
        "are autocorrelated over occasions",
        {"autoregressive", "categorical_visits"},
    ),
    "growth_scale": ("This standard deviation depends on", {"growth_scale"}),
    "quadratic_growth": ("a curvature (quadratic)", {"quadratic_growth"}),
    "slowing_growth": ("along the logarithm", {"slowing_growth"}),
    "categorical_visits": (
        "changes from there to the occasions at 8, 12 and 16",
        {"categorical_visits"},
    ),
    "two_phase_growth": ("straight lines joined at the knot 8", {"two_phase_growth"}),
}


def whole(passages) -> str:
    """The text of all paragraphs."""
    return " ".join(one.text for one in passages)


# All numbers of a model are reported for each: the quick tests take three models.
QUICK = ("informant_growth", "ordinal_items", "predict_caregiver")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.builds] * (name not in QUICK)) for name in MODELS
    ],
)
def prior(request):
    ratings = {"ordinal_items": WITH_ITEMS}.get(request.param, RATINGS)
    if load_model(request.param).leaving is not None:
        ratings = LEAVING
    return hand_made.of_prior(request.param, ratings, draws=30)


@pytest.fixture(scope="module")
def records(prior):
    return collected(prior, prior=prior)


def test_methods_say_the_options_of_the_model_and_of_no_other(prior):
    text = whole(paragraphs.methods(prior))
    for mark, models in MARKS.values():
        assert (mark in text) is (prior.spec.name in models), mark


def test_methods_name_every_prior_covariate_and_informant(prior):
    text = whole(paragraphs.methods(prior))
    printed = tables.priors_for_paper(prior)
    assert list(printed.frame["parameter"]) == list(prior.spec.quantities)
    assert list(printed.shown["Prior"]) == list(printed.frame["prior"])
    for term in prior.spec.covariates:
        assert " and ".join(term.parts).lower().replace("_", " ") in text.lower()
    for informant in prior.ratings.informants:
        assert informant.replace("_", " ") in text
    assert "effects are off" not in text


# Models in which children differ in level alone.
ONE_COURSE = {
    *("informant_level", "level_with_leaving", "separate_levels", "categorical_visits"),
    *("predict_caregiver", "predict_child", "predict_therapist"),
}


@pytest.mark.builds
def test_results_and_tables_of_every_model_hold_the_same_estimates_and_one_assumption(
    prior, records
):
    passages, printed = paragraphs.results(prior, records=records), for_paper(records)
    text = whole(passages)
    frames = [records.estimands, records.summary, *(paper.frame for paper in printed)]
    rows = [
        row
        for frame in frames
        if {"median", "lower", "upper"} <= set(frame)
        for row in frame[["median", "lower", "upper"]].dropna().to_numpy().tolist()
    ]
    assert len(triples(text)) >= len(prior.ratings.informants)
    assert told_nowhere(text, rows) == []

    # Correlations over time say where they rest on one course for all children.
    assumed, one_course = "do not differ in change; if they do", prior.spec.name in ONE_COURSE
    said = {one.head: one.text for one in passages}.get("Stability", "")
    notes = [paper.note for paper in printed if paper.name == "stability"]
    assert (assumed in said) is one_course
    assert all((assumed in note) is one_course for note in notes)
    assert any(assumed in point for point in courses.stability(records)) is one_course


def test_children_who_differ_in_slope_alone_differ_in_change():
    assert Effects(terms=("slope",), structure="independent").in_change
    assert not Effects(terms=("level",), structure="independent").in_change


def test_every_estimand_of_every_model_is_a_number(records):
    estimands = records.estimands
    assert estimands["median"].notna().all()
    assert not estimands[["estimand", "of"]].duplicated().any()
    assert (estimands["contraction"].dropna().abs() < 1e-9).all()


def test_shared_effects_interactions_and_parts_within_children_are_told():
    spec = with_covariates(
        load_model("informant_growth"),
        {
            "anxiety": {"on": ("level",), "shared": True},
            "female": ("level", "slope"),
            "anxiety:female": ("level",),
            "stress": {"on": ("rating",), "within_between": True},
        },
    )
    fit = dataclasses.replace(hand_made.of_prior("informant_growth", RATINGS), spec=spec)
    text = whole(paragraphs.methods(fit))
    assert "by one effect for all informants" in text
    assert "The interaction of anxiety and female" in text
    assert "deviation from the child's mean acts on the rating itself" in text


def test_methods_tell_engine_draws_seed_versions_and_checks():
    fit = hand_made.fit()
    check = Check(
        name="convergence",
        verdict="pass",
        table=tables.summary(fit),
        sentence="Fine.",
        reference="",
    )
    text = whole(paragraphs.methods(fit, checks=(check,)))
    assert text.startswith("SYNTHETIC DATA. ")
    assert "There were 2 chains of 50 draws after warm-up (seed 1)." in text
    assert "the Python package bayes_alliance (Version 0.0)" in text
    assert "The convergence check was passed (Vehtari et al., 2021): the largest R-hat was" in text
    exact = whole(paragraphs.methods(dataclasses.replace(fit, engine="collapsed")))
    assert "integrated out exactly" in exact
    assert "cut short" in whole(paragraphs.methods(dataclasses.replace(fit, interrupted=True)))
    assert "SYNTHETIC" not in whole(paragraphs.methods(hand_made.fit(synthetic=False)))


def test_results_call_tables_and_figures_and_tell_the_ends_of_what_informants_range_over():
    records = collected(hand_made.fit())
    calls = {"fixed_effects": "Table 3", "trajectories": "Figure 1", "stability": "Table 4"}
    calls |= {"agreement_by_pair": "Table 5", "covariate_effects": "Table 7"}
    by_head = {
        one.head: one.text for one in paragraphs.results(records.fit, records=records, calls=calls)
    }
    assert list(by_head) == ["Change", "Stability", "Agreement", "Variance", "Predictors"]
    assert by_head["Change"] == (
        "At 4 months expected ratings were highest for caregiver, 42.00 [41.62, 42.38] points "
        "(Table 3, Figure 1). They were lowest for therapist of caregiver, 35.00 [34.62, 35.38] "
        "points. From 4 to 16 months the largest fall was that of therapist of child, −2.4 [−3.0, "
        "−1.8] points (probability of a fall > .99). The largest rise was that of therapist of "
        "caregiver, 1.2 [0.6, 1.8] points (probability of a rise > .99)."
    )
    assert "(Table 5)" in by_head["Agreement"]
    assert "Anxiety on the level at 4 months of therapist of child: 1.5" in by_head["Predictors"]
    assert "significant" not in whole(paragraphs.results(records.fit, records=records))


@pytest.mark.parametrize("verdict", ["warn", "fail"])
def test_methods_do_not_tell_the_reader_to_sample_longer(verdict):
    fit = hand_made.fit()
    table = pd.DataFrame(
        {"r_hat": [1.02, 1.07], "ess_bulk": [320.4, 185.9], "ess_tail": [85.9, 400.0]}
    )
    check = Check(
        name="convergence", verdict=verdict, table=table, sentence="Sample longer.", reference=""
    )
    text = whole(paragraphs.methods(fit, checks=(check,)))
    assert "Sample longer" not in text
    assert "the largest R-hat was 1.070 and the smallest effective sample size 85." in text
    assert "The results are to be read with this in mind" in text


def test_of_one_informant_nothing_is_said_between_informants() -> None:
    fit = hand_made.fit(hand_made.FOUR[:1], covariates=False)
    text = whole(paragraphs.methods(fit))
    assert "informants" not in text.replace("Growth, informants linked", "")
    assert "Children differ in level and slope; these differences are correlated. " in text
    assert "correlations LKJ" not in tables.fixed_effects(fit).note
    assert "child correlations LKJ" in tables.variation(fit, prior=fit).note
    assert "residual correlations" not in tables.variation(fit, prior=fit).note


def test_who_left_and_what_is_missing_are_said_only_if_there_is_any() -> None:
    never = hand_made.ratings(("child", "caregiver"), months=(4,), treatment=None)
    text = whole(paragraphs.methods(hand_made.of_prior("level_once", never)))
    assert "Children with missing ratings were kept" in text
    assert "Of 24 possible ratings in the file, none is missing." in text
    assert "those who left" in whole(paragraphs.methods(hand_made.fit()))
