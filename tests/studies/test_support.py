"""Support under weights: its error is that of repetition; refused where few draws share them."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from bayes_alliance.posterior.importance import LEAST_WORTH, highest_k, weighted_mean, worth
from bayes_alliance.studies.support import in_draws, under

BOUND = -1.5


def normal(seed: int, *, n_draws: int = 1000) -> np.ndarray:
    """Independent standard normal draws of four chains."""
    return np.random.default_rng(seed).standard_normal((4, n_draws))


def moved(draws: np.ndarray, by: float) -> np.ndarray:
    """Log density of a normal distribution elsewhere, less that of the draws."""
    return by * draws - by**2 / 2.0


def test_errors_of_weighted_supports_are_those_of_repetition() -> None:
    shares, errors = [], []
    for seed in range(60):
        draws = normal(seed)
        known, _ = under({"a": draws > BOUND}, moved(draws, -0.4))
        shares.append(known["a"].share)
        errors.append(known["a"].error)
    assert np.mean(shares) == pytest.approx(1.0 - ndtr(BOUND + 0.4), abs=0.003)
    assert np.std(shares) == pytest.approx(np.mean(errors), rel=0.25)


def test_a_low_pareto_k_is_not_enough() -> None:
    # A narrow normal distribution: weights are bounded, and few draws have any.
    draws = normal(1)
    narrow = -(draws**2) * (0.04**-2 - 1.0) / 2.0
    known, k = under({"a": draws > 0.0}, narrow)
    assert k < highest_k(draws.size)
    assert known == {}
    wide, _ = under({"a": draws > 0.0}, -(draws**2) * 0.2)
    assert wide["a"].share == pytest.approx(0.5, abs=0.03)


def test_what_weighted_draws_are_worth_is_known_of_equal_weights() -> None:
    some = np.log(np.where(np.arange(400) < 100, 0.01, 1e-300))
    assert worth(some) == pytest.approx(0.25)


def test_chains_that_differ_make_the_error_larger() -> None:
    values = ndtri((np.arange(4000) + 0.5) / 4000)
    alike = np.random.default_rng(1).permutation(values).reshape(4, 1000)
    differing = np.sort(alike.ravel()).reshape(4, 1000)
    equal = np.full(4000, -np.log(4000.0))
    errors = [weighted_mean((one > BOUND).astype(float), equal)[1] for one in (alike, differing)]
    assert errors[1] > 3.0 * errors[0]
    assert in_draws(differing > BOUND).error > 3.0 * in_draws(alike > BOUND).error


def test_a_conclusion_with_too_large_an_error_is_left_out_and_others_are_not() -> None:
    draws = normal(2, n_draws=2000)
    held = {"in the middle": draws > 0.0, "at the weighted end": draws > -2.2}
    known, k = under(held, moved(draws, -1.1))
    assert k < highest_k(draws.size)
    assert 1.0 / np.exp(1.1**2) > LEAST_WORTH  # what the weighted draws are worth
    assert set(known) == {"in the middle"}
    all_true, _ = under({"a": draws > -99.0}, moved(draws, 0.5))
    assert all_true["a"] == (1.0, 0.0)
