"""Recovered effects and scores of units against conditional normals of the dense oracle."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from bayes_alliance.collapsed import CollapsedModel, collapse
from bayes_alliance.collapsed.contributions import log_scores
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.collapsed.recover import effects, effects_given
from bayes_alliance.collapsed.units import Units, over_draws
from bayes_alliance.design import Design
from tests.collapsed.random_designs import Shape, long_ratings, random_design, truth_of
from tests.collapsed.test_density import named_moments, spec_of, specifiable
from tests.dense import LongRatings, conditional_effects, dense_log_likelihood

SETTINGS = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
NESTED = Shape(n_clinics=2, n_children=14, n_covariates=1, n_occasion_covariates=1)


def moments_of(model: CollapsedModel, x: np.ndarray) -> dict[str, np.ndarray]:
    """Named moments of points, the points as leading dim."""
    return {name: value[0] for name, (_, value) in moments(model, x[None]).items()}


def units_at(design: Design, given: dict[str, np.ndarray]) -> tuple[Units, ...]:
    caught = []
    over_draws(design, given, lambda _, error, found: caught.append(found))
    return caught[0]


@given(shape=specifiable)
@SETTINGS
def test_recovered_effects_have_the_dense_conditional_mean_and_covariance(shape: Shape) -> None:
    design = random_design(shape)
    if not design.n_ratings or not design.term_sets():
        return
    model = collapse(spec_of(design, seed=shape.seed), design)
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    found = units_at(design, moments_of(model, x[None]))
    silence = [np.zeros(level.spread.shape[:2] + level.spread.shape[3:]) for level in found]
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
        for unit in range(min(3, level.weight.shape[1])):
            root = np.array([r[name][0, unit] - mean[name][0, unit] for r in responses])
            expected_mean, expected_cov = conditional_effects(ratings, truth, name, unit)
            terms = level.block.terms
            np.testing.assert_allclose(mean[name][0, unit], expected_mean[terms], atol=1e-6)
            np.testing.assert_allclose(root.T @ root, expected_cov[np.ix_(terms, terms)], atol=1e-6)


def test_effects_of_a_draw_do_not_depend_on_the_others_and_scatter_around_their_means() -> None:
    design = random_design(NESTED)
    model = collapse(spec_of(design, seed=1), design)
    x = np.random.default_rng(1).uniform(-0.5, 0.5, size=model.n_parameters)
    given = moments_of(model, np.tile(x, (2000, 1)))
    seeds = [(3, draw) for draw in range(2000)]
    whole = {name: np.arange(2) for name in ("child", "therapist", "clinic")}
    first = effects(design, given, seeds=seeds, only=whole)
    few = {name: value[40:50] for name, value in given.items()}
    second = effects(design, few, seeds=seeds[40:50], only={"clinic": np.arange(1)})
    assert set(first) == {"child", "therapist", "clinic"}
    assert set(second) == {"clinic"}
    assert first["child"].shape == (2000, 2, len(design.terms))
    np.testing.assert_array_equal(first["clinic"][40:50, :1], second["clinic"])
    ratings, truth = long_ratings(design), truth_of(named_moments(model, x), design)
    for name, values in first.items():
        mean, cov = conditional_effects(ratings, truth, name, 0)
        error = 5.0 * np.sqrt(np.maximum(np.diag(cov), 0.0) / 2000) + 1e-9
        assert (np.abs(values[:, 0].mean(axis=0) - mean) < error).all()


def test_a_singular_residual_covariance_is_refused() -> None:
    design = random_design(NESTED)
    model = collapse(spec_of(design, seed=1), design)
    given = moments_of(model, np.zeros((3, model.n_parameters)))
    given["residual_cov"][1] = 0.0
    with pytest.raises(ValueError, match="draw 1 has a singular residual covariance"):
        log_scores(design, given)


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
    scores = log_scores(design, moments_of(model, x[None]))
    ratings, truth = long_ratings(design), truth_of(named_moments(model, x), design)
    whole = dense_log_likelihood(ratings, truth)
    assert set(scores) == {"child", *(level.name for level in design.levels)}
    for name, values in scores.items():
        for unit in range(min(4, values.shape[-1])):
            gone = getattr(ratings, name) == unit
            rest = without(ratings, gone)
            others = dense_log_likelihood(rest, truth) if len(rest.rating) else 0.0
            assert values[0, unit] == pytest.approx(whole - others, rel=1e-7, abs=1e-7)


def test_scores_of_independent_units_add_up_to_the_log_likelihood() -> None:
    design = random_design(replace(NESTED, n_clinics=3))
    model = collapse(spec_of(design, seed=2), design)
    x = np.random.default_rng(2).uniform(-0.5, 0.5, size=model.n_parameters)
    top = log_scores(design, moments_of(model, x[None]))["clinic"]
    assert top.sum() == pytest.approx(model.log_likelihood(x), rel=1e-12)
