"""Leaving as part of a specification: reading, writing, words, symbols, and what it refuses."""

from dataclasses import replace

import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.specification import (
    Effects,
    ModelSpec,
    Trajectory,
    load_model,
    variants,
    without,
)
from bayes_alliance.specification.leaving import Leaving
from bayes_alliance.specification.leaving_quantities import PRIORS

GROWTH = load_model("informant_growth")


def with_leaving(spec: ModelSpec, **entries) -> ModelSpec:
    return variants.with_leaving(spec, Leaving(**entries))


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"follows": "rating", "informants": ("child",)},
        {"follows": "alliance", "on": ("slope",)},
        {"on": ("level_now", "slope"), "covariates": ("female",), "by": "arm", "therapist": True},
    ],
)
def test_a_model_file_with_leaving_reads_back(entries) -> None:
    spec = with_leaving(GROWTH, **entries)
    assert ModelSpec.from_text(spec.to_toml()) == spec
    printed = str(spec)
    assert f"leaving by {spec.leaving.brief}" in repr(spec)
    assert "zᵢₜ" in printed
    assert "Whether a family in treatment" in printed
    assert max(map(len, printed.splitlines())) <= 100


def test_what_leaving_follows_is_said_in_words_and_symbols() -> None:
    either = with_leaving(GROWTH, by="arm", therapist=True, covariates=("female",))
    assert "in shares that are estimated" in either.leaving.sentence
    (formula,) = either.leaving.formulas
    assert "leaving_share · mᵢₜₖ + (1 − leaving_share) · yᵢₜₖ" in formula
    assert "leaving_on[armᵢ]ₖ" in formula
    assert "leaving_covariate[female] · femaleᵢ" in formula
    assert "leaving_therapist_sd" in formula
    rating = with_leaving(GROWTH, follows="rating")
    assert "leaving could be ignored given the ratings" in rating.leaving.sentence
    assert rating.leaving.share == 0.0


def problems_of(make) -> list[str]:
    with pytest.raises(InputError) as caught:
        make()
    return [f"{one.where}: {one.message}" for one in caught.value.problems]


def test_a_level_only_model_has_no_slope_to_follow() -> None:
    priors = {k: v for k, v in GROWTH.priors.items() if "slope" not in k}
    only = Effects(terms=("level",), structure="correlated")
    level = replace(GROWTH, trajectory=Trajectory(shape="level"), child=only, priors=priors)
    (problem,) = problems_of(lambda: with_leaving(level, follows="alliance", on=("slope",)))
    assert problem == "leaving.on: the trajectory has no slope (its coefficients: level)"


def test_ratings_do_not_have_slopes_to_follow() -> None:
    (problem,) = problems_of(lambda: Leaving(on=("slope",)))
    assert problem == 'follows: must be "alliance": a slope is never that of a rating'


@pytest.mark.parametrize("name", ["binomial", "ordinal_items"])
def test_families_with_values_behind_ratings_are_refused(name: str) -> None:
    (problem,) = problems_of(lambda: with_leaving(load_model(name)))
    assert problem.startswith("likelihood.family: does not go with leaving")


def test_autocorrelated_residuals_are_refused() -> None:
    (problem,) = problems_of(lambda: with_leaving(load_model("autoregressive")))
    assert problem.startswith("leaving: needs occasions that are unrelated")


def test_where_residuals_are_not_alike_leaving_follows_the_alliance() -> None:
    (problem,) = problems_of(lambda: with_leaving(load_model("robust")))
    assert problem.startswith("leaving.follows: where residuals are not alike")
    assert with_leaving(load_model("robust"), follows="alliance").leaving.share == 1.0


def test_therapists_differ_in_leaving_only_beside_therapist_effects() -> None:
    spec = with_leaving(GROWTH, therapist=True)
    smaller = without(spec, "therapist")
    assert not smaller.leaving.therapist
    assert "leaving_therapist_sd" not in smaller.priors
    priors = {k: v for k, v in spec.priors.items() if not k.startswith("therapist_")}
    (problem,) = problems_of(lambda: replace(spec, therapist=None, priors=priors))
    assert problem == "leaving.therapist: needs therapist effects, in a table [therapist]"


def test_a_prior_without_leaving_is_for_nothing() -> None:
    priors = {**GROWTH.priors, "leaving_on": PRIORS["leaving_on"]}
    (problem,) = problems_of(lambda: replace(GROWTH, priors=priors))
    assert problem.endswith("is a prior for nothing in this model: it has no [leaving] table")
    spec = with_leaving(GROWTH)
    (problem,) = problems_of(lambda: replace(spec, leaving=replace(spec.leaving, follows="rating")))
    assert problem.endswith('leaving.follows is "rating"')


def test_a_misspelt_entry_names_the_nearest() -> None:
    text = with_leaving(GROWTH).to_toml().replace('follows = "either"', 'follows = "eiter"')
    (problem,) = problems_of(lambda: ModelSpec.from_text(text))
    assert "leaving.follows" in problem
    assert '"either"' in problem


def test_a_model_is_given_another_idea_of_who_leaves() -> None:
    either = with_leaving(GROWTH)
    assert with_leaving(either, follows="rating") == with_leaving(GROWTH, follows="rating")
    assert variants.with_leaving(either, None) == GROWTH
    own = replace(PRIORS["leaving_on"], sd=1.0)
    narrow = replace(either, priors={**either.priors, "leaving_on": own})
    assert with_leaving(narrow, follows="alliance").priors["leaving_on"] == own
