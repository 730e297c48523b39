"""Every structure of effects, found in its folder, goes through the same checks."""

import numpy as np
import pytest

from bayes_alliance import covariance
from bayes_alliance.errors import InputError
from bayes_alliance.specification import LKJ, Effects, Residual
from bayes_alliance.specification.structures import (
    SIMPLEST,
    STRUCTURES,
    WITHOUT_FACTORS,
    Structure,
    correlation_draws,
)

COEFFICIENT = np.repeat([0, 1], 3)
PRIOR = LKJ(eta=1.5, reason="test")


def drawn(structure: Structure, n: int = 500) -> np.ndarray:
    prior = PRIOR if structure.correlations else None
    rng = np.random.default_rng(1)
    return correlation_draws(structure, prior, COEFFICIENT, size=(n,), rng=rng)


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_prior_draws_are_correlation_matrices(structure: Structure) -> None:
    cor = drawn(structure)
    np.testing.assert_allclose(covariance.variances(cor), 1.0)
    assert np.linalg.eigvalsh(cor).min() > -1e-9
    assert (np.abs(cor).max(axis=0) > 0.5).all() == (structure.name == "correlated")


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_roots_scale_with_standard_deviations(structure: Structure) -> None:
    prior = PRIOR if structure.correlations else None
    rng = np.random.default_rng(2)
    z = structure.partial_draws(PRIOR, COEFFICIENT, (4,), rng) if prior else np.zeros((4, 0))
    s, rest = np.arange(1.0, 7.0), np.sqrt(1.0 - z**2)
    root = structure.root(np.broadcast_to(s, (4, 6)), z, rest, COEFFICIENT)
    alone = structure.root(np.ones((4, 6)), z, rest, COEFFICIENT)
    np.testing.assert_allclose(
        root @ np.swapaxes(root, -1, -2),
        covariance.from_correlations(alone @ np.swapaxes(alone, -1, -2), np.tile(s, (4, 1))),
    )
    assert root.shape[-1] == 6 + 2 * structure.has_factors


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_columns_are_where_a_root_is_not_zero(structure: Structure) -> None:
    z = np.full(structure.n_partials(6), 0.4)
    root = structure.root(np.ones(6), z, np.sqrt(1.0 - z**2), COEFFICIENT)
    columns = structure.columns(np.arange(6), COEFFICIENT)
    assert len(columns) == root.shape[-1]
    for number, rows in enumerate(columns):
        np.testing.assert_array_equal(np.flatnonzero(root[:, number]), rows)


def test_a_common_factor_links_informants_within_a_coefficient_only() -> None:
    cor = drawn(STRUCTURES["common_factor"])
    np.testing.assert_array_equal(cor[:, :3, 3:], 0.0)
    # Products of loadings: of three informants, r12 r13 / r23 is a square.
    squared = cor[:, 0, 1] * cor[:, 0, 2] / cor[:, 1, 2]
    assert ((squared > 0) & (squared < 1.0 + 1e-9)).all()


@pytest.mark.parametrize("name", ["correlated", "common_factor"])
def test_log_priors_are_densities_of_what_is_drawn(name: str) -> None:
    structure, cor = STRUCTURES[name], drawn(STRUCTURES[name])
    density = structure.log_prior(cor, COEFFICIENT, PRIOR)
    assert density is not None
    assert np.isfinite(density).all()


def test_a_factor_of_two_informants_has_no_density_of_its_own() -> None:
    cor = np.array([[1.0, 0.3], [0.3, 1.0]])
    factor = STRUCTURES["common_factor"]
    assert factor.log_prior(cor, np.zeros(2, dtype=np.int64), PRIOR) is None


def test_unknown_structures_are_refused_and_a_residual_has_no_factors() -> None:
    assert SIMPLEST.name == "independent"
    assert WITHOUT_FACTORS == ("independent", "correlated")
    with pytest.raises(InputError, match='"independent", "correlated" or "common_factor"'):
        Effects(terms=("level",), structure="correlatd")
    with pytest.raises(InputError, match='"independent" or "correlated"'):
        Residual(structure="common_factor")
