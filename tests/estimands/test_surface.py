"""Response surfaces: on exact polynomials, against SciPy's regression, and under rescaling."""

import numpy as np
import pytest
import xarray as xr

from bayes_alliance.errors import InputError
from bayes_alliance.estimands.surface import surface

N = 60


def scores(rng: np.random.Generator, shape: tuple[int, int] = (1, 1)) -> xr.DataArray:
    return xr.DataArray(
        rng.standard_normal((*shape, N)),
        dims=("chain", "draw", "child"),
        coords={"chain": np.arange(shape[0]), "draw": np.arange(shape[1])},
    )


def test_an_exact_polynomial_is_found_with_its_surface() -> None:
    rng = np.random.default_rng(1)
    x, y = scores(rng, (2, 3)), scores(rng)
    y = y.isel(chain=0, draw=0, drop=True).broadcast_like(x)
    x = x.isel(chain=0, draw=0, drop=True).broadcast_like(x)
    b = [2.0, 0.5, -0.3, 0.2, 0.4, -0.1]
    u, v = x.values[0, 0], y.values[0, 0]
    outcome = b[0] + b[1] * u + b[2] * v + b[3] * u**2 + b[4] * u * v + b[5] * v**2
    found = surface(outcome, x, y, seed=1)
    expected = [*b, 0.2, 0.5, 0.8, -0.3, 0.0]
    np.testing.assert_allclose(found, np.broadcast_to(expected, (2, 3, 11)), atol=1e-8)
    assert list(found["coefficient"].values[-5:]) == ["a1", "a2", "a3", "a4", "sigma"]


def test_given_the_scores_draws_have_the_posterior_of_a_regression() -> None:
    rng = np.random.default_rng(2)
    x, y = scores(rng), scores(rng)
    u, v = x.values.ravel(), y.values.ravel()
    outcome = 1 + 0.5 * u - 0.4 * v + rng.standard_normal(N)
    many = {"chain": np.arange(2), "draw": np.arange(20_000)}
    like = xr.DataArray(np.zeros((2, 20_000)), dims=("chain", "draw"), coords=many)
    spread = [s.isel(chain=0, draw=0, drop=True).broadcast_like(like) for s in (x, y)]
    found = surface(outcome, *spread, seed=3).sel(coefficient=["b0", "b1", "b2", "b3", "b4", "b5"])
    columns = np.column_stack([np.ones(N), u, v, u**2, u * v, v**2])
    fitted, rss, *_ = np.linalg.lstsq(columns, outcome, rcond=None)
    # The posterior is a t distribution with n - 6 degrees of freedom.
    cov = rss[0] / (N - 6) * np.linalg.inv(columns.T @ columns) * (N - 6) / (N - 8)
    flat = found.values.reshape(-1, 6)
    np.testing.assert_allclose(flat.mean(0), fitted, atol=0.01)
    np.testing.assert_allclose(np.cov(flat.T), cov, atol=0.05 * cov.max())


def test_exchanging_the_informants_mirrors_the_surface() -> None:
    rng = np.random.default_rng(4)
    x, y = scores(rng), scores(rng)
    u, v = x.values.ravel(), y.values.ravel()
    outcome = u - 0.5 * v + 0.3 * u**2 + 0.2 * u * v
    straight, turned = surface(outcome, x, y, seed=1), surface(outcome, y, x, seed=1)
    for name, mirrored, sign in (
        ("a1", "a1", 1),
        ("a2", "a2", 1),
        ("a3", "a3", -1),
        ("a4", "a4", 1),
    ):
        np.testing.assert_allclose(
            straight.sel(coefficient=name), sign * turned.sel(coefficient=mirrored), atol=1e-8
        )


def test_scores_in_other_units_change_coefficients_by_their_powers() -> None:
    rng = np.random.default_rng(5)
    x, y = scores(rng), scores(rng)
    outcome = rng.standard_normal(N)
    one, ten = surface(outcome, x, y, seed=1), surface(outcome, 10 * x, 10 * y, seed=1)
    for name, power in (("b0", 0), ("b1", 1), ("b4", 2), ("a1", 1), ("a4", 2), ("sigma", 0)):
        np.testing.assert_allclose(
            one.sel(coefficient=name), 10**power * ten.sel(coefficient=name), rtol=1e-8
        )


def test_scores_that_are_the_same_or_too_few_are_refused() -> None:
    rng = np.random.default_rng(6)
    x = scores(rng)
    with pytest.raises(InputError, match="do not vary apart"):
        surface(rng.standard_normal(N), x, x, seed=1)
    few = x.isel(child=slice(7))
    with pytest.raises(InputError, match="at least eight"):
        surface(rng.standard_normal(7), few, few, seed=1)
