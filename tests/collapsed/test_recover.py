"""Recovered effects and scores of units against conditional normals of the dense oracle."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from bayes_alliance.collapsed import collapse
from bayes_alliance.collapsed.contributions import log_score
from bayes_alliance.collapsed.nodes import evaluation_of, units
from bayes_alliance.collapsed.recover import effects, effects_given
from tests.collapsed.random_designs import Shape, long_ratings, random_design, truth_of
from tests.collapsed.test_density import named_moments, spec_of, specifiable
from tests.dense import LongRatings, conditional_effects, dense_log_likelihood

SETTINGS = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
NESTED = Shape(n_clinics=2, n_children=14, n_covariates=1, n_occasion_covariates=1)


@given(shape=specifiable)
@SETTINGS
def test_recovered_effects_have_the_dense_conditional_mean_and_covariance(shape: Shape) -> None:
    design = random_design(shape)
    if not design.n_ratings or not design.term_sets():
        return
    model = collapse(spec_of(design, seed=shape.seed), design)
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    evaluation = evaluation_of(model)
    evaluation.function()(x)
    found = units(model, evaluation)
    silence = [np.zeros(level.spread.shape[::2]) for level in found]
    mean = effects_given(found, silence)
    # Effects are linear in the noise: one unit of noise at a time gives a root of their covariance.
    responses = []
    for number, zeros in enumerate(silence):
        for place in np.ndindex(zeros.shape):
            noise = [array.copy() for array in silence]
            noise[number][place] = 1.0
            responses.append(effects_given(found, noise))
    ratings, truth = long_ratings(design), truth_of(named_moments(model, x), design)
    for level in found:
        name = level.block.name
        if name not in design.term_sets():
            continue
        for unit in range(min(3, len(level.information))):
            root = np.array([r[name][unit] - mean[name][unit] for r in responses])
            expected_mean, expected_cov = conditional_effects(ratings, truth, name, unit)
            terms = level.block.terms
            np.testing.assert_allclose(mean[name][unit], expected_mean[terms], atol=1e-6)
            np.testing.assert_allclose(root.T @ root, expected_cov[np.ix_(terms, terms)], atol=1e-6)


def test_effects_are_reproducible_and_scatter_around_their_means() -> None:
    design = random_design(NESTED)
    model = collapse(spec_of(design, seed=1), design)
    x = np.random.default_rng(1).uniform(-0.5, 0.5, size=model.n_parameters)
    draws = np.tile(x, (1, 2000, 1))
    first = effects(model, draws, seed=3)
    second = effects(model, draws[:, :10], seed=3)
    assert set(first) == {"child_effect", "therapist_effect", "clinic_effect"}
    assert first["child_effect"][0] == ("chain", "draw", "child", "term")
    np.testing.assert_array_equal(first["clinic_effect"][1][:, :10], second["clinic_effect"][1])
    ratings, truth = long_ratings(design), truth_of(named_moments(model, x), design)
    for name in ("child", "therapist", "clinic"):
        values = first[f"{name}_effect"][1][0, :, 0]
        mean, cov = conditional_effects(ratings, truth, name, 0)
        error = 5.0 * np.sqrt(np.maximum(np.diag(cov), 0.0) / 2000) + 1e-9
        assert (np.abs(values.mean(axis=0) - mean) < error).all()


def without(ratings: LongRatings, gone: np.ndarray) -> LongRatings:
    kept = ~gone
    return replace(
        ratings,
        **{name: None if value is None else value[kept] for name, value in vars(ratings).items()},
    )


@given(shape=specifiable)
@SETTINGS
def test_scores_of_units_equal_differences_of_dense_densities(shape: Shape) -> None:
    design = random_design(shape)
    if not design.n_ratings:
        return
    model = collapse(spec_of(design, seed=shape.seed), design)
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    scores = log_score(model, x[None, None])
    ratings, truth = long_ratings(design), truth_of(named_moments(model, x), design)
    whole = dense_log_likelihood(ratings, truth)
    for name, (dims, values) in scores.items():
        assert dims == ("chain", "draw", name)
        for unit in range(min(4, values.shape[-1])):
            gone = getattr(ratings, name) == unit
            rest = without(ratings, gone)
            others = dense_log_likelihood(rest, truth) if len(rest.rating) else 0.0
            assert values[0, 0, unit] == pytest.approx(whole - others, rel=1e-7, abs=1e-7)


def test_scores_of_independent_units_add_up_to_the_log_likelihood() -> None:
    design = random_design(replace(NESTED, n_clinics=3))
    model = collapse(spec_of(design, seed=2), design)
    x = np.random.default_rng(2).uniform(-0.5, 0.5, size=model.n_parameters)
    top = log_score(model, x[None, None])["clinic"][1]
    assert top.sum() == pytest.approx(model.log_likelihood(x), rel=1e-12)
