"""Ratings as one normal vector: the recursion over children and units equals one large matrix."""

import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior.exact import arrays_of
from bayes_alliance.posterior.innovations import innovations_of, predictions
from bayes_alliance.posterior.marginal import Marginal, marginal
from bayes_alliance.posterior.prior_draws import prior_fit
from tests.small import small_ratings

MODELS = ("informant_level", "growth_with_clinics", "autoregressive", "growth_scale")


def at_a_draw(model: str) -> tuple[Marginal, np.ndarray, np.ndarray]:
    """A model's ratings at a prior draw, their covariance element by element, and which exist."""
    spec = ba.load_model(model)
    fit = prior_fit(spec, small_ratings(seed=3), seed=4, draws=1)
    design = fit.design
    one = {name: values[:1] for name, values in arrays_of(fit.moments).items()}
    made = marginal(design, one, design.present)
    row, k = np.nonzero(design.present)
    child = design.occasion_child[row]
    same_time = row[:, None] == row
    related = same_time.astype(float)
    if "residual_autoregression" in one:
        gap = np.abs(design.scaled_time[row][:, None] - design.scaled_time[row])
        related = one["residual_autoregression"][0] ** gap * (child[:, None] == child)
    loading = (
        design.basis[row][:, :, None]
        * (k[:, None] == np.arange(len(design.informants)))[:, None, :]
    )
    loading = loading.reshape(len(row), -1)
    factor = np.ones(len(row))
    if "residual_sd_on" in one:
        factor = np.exp(design.residual_x @ one["residual_sd_on"][0])[row, k]
    cov = one["residual_cov"][0][k[:, None], k] * related * np.outer(factor, factor)
    units = {"child": np.arange(len(design.children))} | design.unit_of_child()
    for level, unit in units.items():
        if f"{level}_cov" in one:
            same = unit[child][:, None] == unit[child]
            cov += loading @ one[f"{level}_cov"][0] @ loading.T * same
    return made, cov, design.present


@pytest.mark.parametrize("model", MODELS)
def test_weights_of_ratings_are_those_of_the_inverse_of_their_covariance(model: str) -> None:
    made, cov, present = at_a_draw(model)
    errors = np.zeros((*present.shape, 3))
    errors[present] = np.random.default_rng(1).normal(size=(present.sum(), 3))
    expected = np.linalg.solve(cov, errors[present])
    np.testing.assert_allclose(made.weights(errors)[present], expected, atol=1e-9)
    assert not made.weights(errors)[~present].any()


@pytest.mark.parametrize("model", MODELS)
def test_what_is_known_of_residuals_is_that_of_the_normal_distribution(model: str) -> None:
    made, cov, present = at_a_draw(model)
    row, _ = np.nonzero(present)
    errors = np.zeros((*present.shape, 1))
    errors[present] = np.random.default_rng(1).normal(size=(present.sum(), 1))
    residual = np.zeros_like(cov)
    place = np.full(present.shape, -1)
    place[present] = np.arange(len(row))
    for group in made.groups:
        for own, of_cells, who in zip(group.residual, group.row, group.informant, strict=True):
            at = place[of_cells, who]
            residual[np.ix_(at, at)] = own
    smoothed = made.smoothed(made.weights(errors))[present]
    np.testing.assert_allclose(smoothed, residual @ np.linalg.solve(cov, errors[present]))
    variance = np.diag(residual @ np.linalg.solve(cov, residual))
    np.testing.assert_allclose(made.spread[present] ** 2, variance)
    np.testing.assert_allclose(made.share[present], variance / np.diag(residual))


def test_draws_have_the_covariance_of_the_ratings() -> None:
    made, cov, present = at_a_draw("growth_with_clinics")
    drawn = made.draws([np.random.default_rng([5, number]) for number in range(6_000)])
    assert not drawn[~present].any()
    found = np.cov(drawn[present])
    scale = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
    np.testing.assert_allclose(found / scale, cov / scale, atol=0.07)


def test_a_rating_is_expected_from_the_earlier_ones_of_its_child() -> None:
    made, cov, present = at_a_draw("growth_with_clinics")
    row, k = np.nonzero(present)
    errors = np.zeros((*present.shape, 1))
    errors[present] = np.random.default_rng(1).normal(size=(present.sum(), 1))
    innovations, sd = innovations_of(errors, predictions(made))
    expected = errors - innovations
    group = max(made.groups, key=lambda one: one.row.shape[1])
    cells = list(zip(group.row[0], group.informant[0], strict=True))
    place = {cell: i for i, cell in enumerate(zip(row, k, strict=True))}
    for cell in cells:
        past = [place[other] for other in cells if other[0] < cell[0]]
        at = place[cell]
        weight = np.linalg.solve(cov[np.ix_(past, past)], cov[past, at]) if past else np.zeros(0)
        values = errors[present][past, 0]
        np.testing.assert_allclose(expected[cell][0], weight @ values, atol=1e-9)
        np.testing.assert_allclose(sd[cell] ** 2, cov[at, at] - weight @ cov[past, at])


def test_measurements_of_ratings_have_their_noise_beside_the_covariance_of_ratings() -> None:
    fit = prior_fit(ba.load_model("informant_growth"), small_ratings(seed=3), seed=4, draws=1)
    design, present = fit.design, fit.design.present
    one = {name: values[:1] for name, values in arrays_of(fit.moments).items()}
    noise = np.random.default_rng(5).uniform(1.0, 9.0, present.shape)
    _, cov, _ = at_a_draw("informant_growth")
    made = marginal(design, one, present, noise=noise)
    whole = cov + np.diag(noise[present])
    weights = made.weights(made.error[..., None])[..., 0]
    np.testing.assert_allclose(weights[present], np.linalg.solve(whole, made.error[present]))
    # Residuals are those of ratings; noise is no part of them.
    row, k = np.nonzero(present)
    residual = one["residual_cov"][0][k[:, None], k] * (row[:, None] == row)
    known = np.diagonal(residual @ np.linalg.inv(whole) @ residual)
    np.testing.assert_allclose(made.share[present], known / np.diagonal(residual))
