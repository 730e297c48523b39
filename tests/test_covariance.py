"""Roots, standard deviations and correlations of covariance matrices, singular ones among them."""

import numpy as np
import pytest

from bayes_alliance import covariance

SD = np.array([2.0, 3.0, 0.0])
COR = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
# The second matrix is not singular.
COV = np.array([COR * np.outer(SD, SD), [[4.0, 1.0, 0.0], [1.0, 9.0, -2.0], [0.0, -2.0, 5.0]]])


@pytest.mark.parametrize("root", [covariance.root, covariance.symmetric_root])
def test_a_root_times_its_transpose_is_the_covariance_singular_or_not(root):
    found = root(COV)
    np.testing.assert_allclose(found @ np.swapaxes(found, -1, -2), COV, atol=1e-12)


def test_the_symmetric_root_follows_a_relabelling():
    order = [2, 0, 1]
    found = covariance.symmetric_root(COV)
    np.testing.assert_allclose(found, np.swapaxes(found, -1, -2), atol=1e-12)
    relabelled = covariance.symmetric_root(COV[:, order][:, :, order])
    np.testing.assert_allclose(relabelled, found[:, order][:, :, order], atol=1e-9)


def test_eigenvalues_that_rounding_made_negative_count_as_zero():
    assert np.isfinite(covariance.root(COV - 1e-12 * np.eye(3))).all()


def test_standard_deviations_and_correlations_make_the_covariance_again():
    sd = covariance.standard_deviations(COV)
    np.testing.assert_allclose(sd, [SD, np.sqrt([4.0, 9.0, 5.0])])
    cor = covariance.correlations(COV)
    np.testing.assert_allclose(cor[1], COV[1] / np.outer(sd[1], sd[1]))
    np.testing.assert_allclose(cor[0, :2, :2], 1.0)
    assert np.isnan(cor[0, 2]).all()
    assert np.isnan(cor[0, :, 2]).all()
    np.testing.assert_allclose(covariance.from_correlations(cor[1], sd[1]), COV[1])


def test_draws_have_the_covariance_and_are_zero_where_nothing_varies():
    draws = covariance.normal_draws(COV, 40_000, np.random.default_rng(1))
    assert draws.shape == (2, 40_000, 3)
    np.testing.assert_allclose(np.cov(draws[1].T), COV[1], atol=0.2)
    np.testing.assert_allclose(draws[0, :, 1], 1.5 * draws[0, :, 0], atol=1e-6)
    np.testing.assert_allclose(draws[0, :, 2], 0.0, atol=1e-6)
