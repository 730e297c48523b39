"""Expected growth coefficients are sums over covariates, for one draw and for many."""

import numpy as np

from bayes_alliance.design.expected import expected_coefficients


def test_expected_coefficients_are_sums_over_covariates() -> None:
    rng = np.random.default_rng(1)
    level, slope = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 3))
    on, x = rng.normal(size=(2, 5, 4, 3)), rng.normal(size=(7, 4))
    moments = {"level": level, "slope": slope, "level_on": on}
    found = expected_coefficients(("level", "slope"), moments, x)
    assert found.shape == (2, 5, 7, 2, 3)
    for child in range(7):
        total = level + sum(x[child, p] * on[:, :, p] for p in range(4))
        np.testing.assert_allclose(found[:, :, child, 0], total)
        np.testing.assert_allclose(found[:, :, child, 1], slope)
    one = {name: values[1, 3] for name, values in moments.items()}
    np.testing.assert_allclose(expected_coefficients(("level", "slope"), one, x), found[1, 3])
