"""Methods and results paragraphs say what was fitted, for every model and option."""

import dataclasses

import pytest

from bayes_alliance.posterior.verdict import Check
from bayes_alliance.ratings.simulation import USUAL_CARE_ITEMS, simulate
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.document.result_sections import for_paper
from bayes_alliance.reporting.prose import courses, paragraphs, sentences
from bayes_alliance.results.collection import collected
from bayes_alliance.specification import list_models, load_model, with_covariates
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
    text = paragraphs.methods(prior)
    for mark, models in MARKS.values():
        assert (mark in text) is (prior.spec.name in models), mark


def test_methods_name_every_prior_covariate_and_informant(prior):
    text = paragraphs.methods(prior)
    for quantity in prior.spec.quantities:
        assert (
            tables.priors(prior.spec, prior.ratings).set_index("parameter").loc[quantity, "prior"]
            in text
        )
    for term in prior.spec.covariates:
        assert " and ".join(term.parts).lower() in text.lower()
    for informant in prior.ratings.informants:
        assert informant.replace("_", " ") in text
    assert "effects are off" not in text


@pytest.mark.builds
def test_results_and_tables_of_every_model_hold_the_same_estimates(prior, records):
    text = paragraphs.results(prior, records=records)
    frames = [records.estimands, records.summary, *(paper.frame for paper in for_paper(records))]
    rows = [
        row
        for frame in frames
        if {"median", "lower", "upper"} <= set(frame)
        for row in frame[["median", "lower", "upper"]].dropna().to_numpy().tolist()
    ]
    assert len(triples(text)) >= len(prior.ratings.informants)
    assert told_nowhere(text, rows) == []


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
    text = paragraphs.methods(fit)
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
    text = paragraphs.methods(fit, checks=(check,))
    assert text.startswith("SYNTHETIC DATA. ")
    assert "(engine pymc): 2 chains of 50 draws after warm-up, seed 1; bayes_alliance 0.0" in text
    assert "Check of convergence: pass. Fine." in text
    exact = paragraphs.methods(dataclasses.replace(fit, engine="collapsed"))
    assert "integrated out exactly" in exact
    assert "cut short" in paragraphs.methods(dataclasses.replace(fit, interrupted=True))
    assert "SYNTHETIC" not in paragraphs.methods(hand_made.fit(synthetic=False))


def test_results_hold_every_sentence_of_the_report():
    fit = hand_made.fit()
    records = collected(fit)
    text = paragraphs.results(fit, records=records)
    for sentence in (*courses.growth(records), courses.change_over_time(records)):
        assert sentence in text
    for sentence in sentences.covariate_effects(records):
        assert sentence in text
    assert "significant" not in text
