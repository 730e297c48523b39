"""What a rating leaves open of the value behind it, about: the inverse of its information."""

import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.collapsed.completions.latent import error_variances
from bayes_alliance.design import design
from tests.small import small_ratings


def test_counted_points_leave_the_inverse_of_their_information() -> None:
    arrays = design(ba.load_model("binomial"), small_ratings(seed=3, whole=True))
    found = error_variances(arrays, {})
    row, informant = np.nonzero(arrays.present)
    n = arrays.points[informant]
    share = (arrays.y[row, informant] - arrays.ends[0][informant]) / n
    inner = (share > 0.2) & (share < 0.8)
    spread = arrays.spread[informant]
    # The mode lies a little nearer to the average than the share itself.
    expected = spread**2 / (4.0 * n * share * (1.0 - share))
    np.testing.assert_allclose(found[row, informant][inner], expected[inner], rtol=0.1)
    assert (found[~arrays.present] == 0.0).all()
    # Near an end of the scale a rating tells less.
    assert found[row, informant][~inner].mean() > found[row, informant][inner].mean()


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_items_that_follow_the_value_more_closely_leave_less(factor: float) -> None:
    arrays = design(ba.load_model("binomial"), small_ratings(seed=3, whole=True))
    shape = (1, 6, len(arrays.informants))
    usual, other = (
        error_variances(arrays, {"item_loading": np.full(shape, loading)})
        for loading in (2.0, 2.0 * factor)
    )
    np.testing.assert_allclose(usual, error_variances(arrays, {}))
    np.testing.assert_allclose(other, usual / factor**2)
