"""The prior of correlations that is flat in the average: draws, density, constant, words."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import gamma, jv

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.specification import LKJ, ModelSpec
from bayes_alliance.specification.structures import STRUCTURES, correlation_draws

# A sample from the right distribution is rejected once in ten thousand times.
ALPHA = 1e-4
N = 8000


def flat(eta: float = 1.0) -> LKJ:
    return LKJ(eta=eta, by="coefficient", mean="flat", reason="test")


def cor_drawn(prior: LKJ, coefficient: list[int]) -> np.ndarray:
    rng, rows = np.random.default_rng(7), np.array(coefficient)
    return correlation_draws(STRUCTURES["correlated"], prior, rows, size=(N,), rng=rng)


def average_of(cor: np.ndarray) -> np.ndarray:
    """Squared length of the mean of the unit vectors whose matrix it is."""
    return cor.mean(axis=(-2, -1))


def density_of_walk(u: np.ndarray, n: int, eta: float) -> np.ndarray:
    """Density of the squared length of the mean of n unit vectors, by Kluyver's (1905) integral."""
    d = n - 1 + 2 * eta
    order = d / 2 - 1
    x = 0.05 * (0.5 + np.arange(2000))
    one_step = gamma(d / 2) * (2 / x) ** order * jv(order, x)
    rho = n * np.sqrt(u)
    waves = jv(order, rho[:, None] * x) @ (one_step**n * x ** (d / 2)) * 0.05
    return 2 ** (1 - d / 2) / gamma(d / 2) * rho ** (d / 2) * waves * n / (2 * np.sqrt(u))


@pytest.mark.thorough
@pytest.mark.parametrize("n", [4, 5])
def test_the_average_has_the_density_of_a_random_walk_times_the_factor(n: int) -> None:
    prior = flat()
    factor = prior.average_factor(np.zeros(n))
    assert factor is not None
    step = 1 / 500
    u = step * (0.5 + np.arange(490))
    density = density_of_walk(u, n, 1.0) * np.exp(
        factor.constant - factor.exponent * (np.log(u) / n + np.log(1 - u))
    )
    inside = u < (0.98 if n == 4 else 0.85)
    if n == 4:
        # Near 1 the walk's density is as small as the integral's rounding, the product a constant.
        total = step * density[inside].sum() + 0.02 * density[inside][-1]
        assert total == pytest.approx(1.0, abs=1e-3)
        # About uniform, which without the factor it is not at all.
        assert (np.abs(density[inside & (u > 0.05)] - 1.0) < 0.75).all()
        assert density_of_walk(u, n, 1.0)[u > 0.8].max() < 0.02
    drawn = average_of(cor_drawn(prior, [0] * n))
    expected = step * np.cumsum(density[inside])
    shares = (drawn[:, None] < u[inside] + step / 2).mean(axis=0)
    errors = 5.0 * np.sqrt(0.25 / N)
    assert np.abs(shares - expected).max() < errors


@pytest.mark.thorough
@pytest.mark.parametrize("eta", [0.6, 1.0, 2.5])
@pytest.mark.parametrize("n", [3, 4])
def test_draws_weighted_by_the_ratio_of_densities_are_those_of_lkj(n: int, eta: float) -> None:
    prior, rows = flat(eta), np.zeros(n)
    cor = cor_drawn(prior, [0] * n)
    weight = np.exp(replace(prior, mean=None).log_density(cor, rows) - prior.log_density(cor, rows))
    assert weight.mean() == pytest.approx(1.0, abs=5 * weight.std() / np.sqrt(N))
    row, column = np.tril_indices(n, -1)
    squares = cor[:, row, column] ** 2
    expected = 1 / (n - 1 + 2 * eta)
    for square in squares.T:
        error = 5 * (weight * (square - expected)).std() / np.sqrt(N)
        assert (weight * square).mean() == pytest.approx(expected, abs=error + 0.01 * expected)


@pytest.mark.thorough
@pytest.mark.parametrize("eta", [0.8, 1.0, 3.0])
def test_the_order_of_informants_does_not_matter(eta: float) -> None:
    prior, rows = flat(eta), [0, 0, 0, 0, 1, 1, 1, 1]
    cor = cor_drawn(prior, rows)
    p = np.linspace(0.02, 0.98, 97)
    quantiles = prior.marginal_quantile(p, rows)
    for i in range(4):
        for j in range(i):
            shares = (cor[:, i, j, None] < quantiles).mean(axis=0)
            assert np.abs(shares - p).max() < 5.0 * np.sqrt(0.25 / N)
    turned = np.array([2, 0, 3, 1, 4, 6, 5, 7])
    np.testing.assert_allclose(
        prior.log_density(cor[:50, turned[:, None], turned], rows),
        prior.log_density(cor[:50], rows),
        rtol=1e-8,
    )


def test_other_coefficients_are_as_without() -> None:
    cor = cor_drawn(flat(), [0, 0, 0, 1, 1, 1])
    levels, across, slopes = cor[:, :3, :3], cor[:, 3:, :3], cor[:, 3:, 3:]
    left = slopes - across @ np.linalg.solve(levels, np.swapaxes(across, -1, -2))
    sd = np.sqrt(np.diagonal(left, axis1=-2, axis2=-1))
    partial = left / sd[:, :, None] / sd[:, None, :]
    for i in range(3):
        for j in range(i):
            share = (partial[:, i, j] + 1) / 2
            assert stats.kstest(share, stats.beta(1.5, 1.5).cdf).pvalue > ALPHA


def test_two_informants_are_as_without() -> None:
    for rows in ([0, 0], [0, 0, 1, 1], [0, 1]):
        assert flat(1.7).average_factor(np.array(rows)) is None
    pair, plain = [0, 0, 1, 1], LKJ(eta=1.7, by="coefficient", reason="test")
    cor = cor_drawn(plain, pair)[:20]
    np.testing.assert_array_equal(flat(1.7).log_density(cor, pair), plain.log_density(cor, pair))


@pytest.mark.parametrize(
    ("n", "mean", "sd", "negative"), [(3, 0.19, 0.55, 0.37), (4, 0.22, 0.51, 0.34)]
)
def test_a_pair_is_as_the_documentation_says(
    n: int, mean: float, sd: float, negative: float
) -> None:
    p = (0.5 + np.arange(20_000)) / 20_000
    r = flat().marginal_quantile(p, np.zeros(n))
    assert r.mean() == pytest.approx(mean, abs=0.006)
    assert r.std() == pytest.approx(sd, abs=0.006)
    assert (r < 0).mean() == pytest.approx(negative, abs=0.006)


def test_it_goes_by_coefficient_only_and_with_etas_that_the_grid_holds() -> None:
    with pytest.raises(InputError, match='by = "coefficient" only'):
        LKJ(eta=1.0, mean="flat", reason="test")
    with pytest.raises(InputError, match=r"must be 0\.1 to 100"):
        flat(0.05)
    with pytest.raises(InputError, match=r"must be 0\.1 to 100"):
        flat(60.0).widened(0.5)
    with pytest.raises(InputError, match="mean"):
        LKJ(eta=1.0, by="coefficient", mean="fat", reason="test")
    assert flat(0.1).widened(0.5).eta == 0.2
    assert flat().governed() == LKJ(eta=1.0, reason="test")


def test_a_model_file_holds_it_and_says_it_in_words() -> None:
    spec = ba.load_model("informant_growth")
    spec = replace(spec, priors=dict(spec.priors) | {"child_cor": flat()})
    assert 'mean = "flat"' in spec.to_toml()
    assert ModelSpec.from_text(spec.to_toml()) == spec
    said = " ".join(str(spec).split())
    assert "the average correlation of informants may be any" in said
    assert "LKJ(eta 1, by coefficient, mean flat)" in said
    wide = flat(2.0).words(spec.quantities["child_cor"])
    assert wide == "the average correlation of informants is spread as that of two alone"
