r"""For each coefficient one factor behind all informants, and what is each informant's own.

With `z` the correlation of each term with its factor, its standardised loading,

.. math:: L = \big[\, s z\, [f(j) = f] \;\big|\; \mathrm{diag}(s \sqrt{1 - z^2}) \,\big].

The factors of different coefficients are independent.
"""

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.specification.priors.answers import CorrelationPrior
from bayes_alliance.specification.structures.structure import Structure

# The prior of a loading is that of the correlation in a matrix of two rows.
OF_TWO = np.zeros(2, dtype=np.int64)


def sentence(differ: str, terms: str, many: bool, _alone: bool) -> str:
    """What a model says about a level."""
    said = (
        f"{differ}. Behind the differences in {'each of these' if many else terms} stands one "
        "common factor: informants agree as far as they follow it, and the rest is each "
        "informant's own."
    )
    if not many:
        return said
    return (
        f"{said} The factors of {terms} are unrelated, so that differences in one tell nothing "
        "about differences in another."
    )


def root(s: Floats, z: Floats, rest: Floats, coefficient: Integers) -> Floats:
    """A column of loadings for each factor beside a diagonal, (..., n, n_factors + n)."""
    loadings = (s * z)[..., None] * (coefficient[:, None] == np.unique(coefficient))
    own = (s * rest)[..., None] * np.eye(s.shape[-1])
    return np.concatenate([loadings, own], axis=-1)


def columns(rows: Integers, coefficient: Integers) -> tuple[Integers, ...]:
    """A column of loadings for each factor beside a diagonal."""
    loadings = (rows[coefficient == one] for one in np.unique(coefficient))
    return (*loadings, *(rows[[a]] for a in range(len(rows))))


def n_partials(n: int) -> int:
    """The loading of each term."""
    return n


def partial_draws(
    prior: CorrelationPrior, coefficient: Integers, size: tuple[int, ...], rng: np.random.Generator
) -> Floats:
    """Prior draws of loadings, independent of each other."""
    return prior.draw(rng, (*size, len(coefficient)), OF_TWO)[..., 0]


def log_prior(cor: Floats, coefficient: Integers, prior: CorrelationPrior) -> Floats | None:
    """Log prior density of the loadings behind correlation matrices; None with two informants."""
    if (np.bincount(coefficient)[np.unique(coefficient)] < 3).any():
        return None
    total = np.zeros(cor.shape[:-2])
    for number in np.unique(coefficient).tolist():
        inside = np.flatnonzero(coefficient == number)
        total += _of_one_factor(cor[..., inside[:, None], inside], prior)
    return total


def _of_one_factor(cor: Floats, prior: CorrelationPrior) -> Floats:
    """The correlation `z_i` with the factor, `z_i^2 = r_ij r_ik / r_jk`, is that of two rows."""
    n = cor.shape[-1]
    total = np.zeros(cor.shape[:-2])
    for i in range(n):
        j, k = (i + 1) % n, (i + 2) % n
        squared = cor[..., i, j] * cor[..., i, k] / cor[..., j, k]
        pair = np.zeros((*squared.shape, 2, 2))
        pair[..., 0, 0] = pair[..., 1, 1] = 1.0
        pair[..., 0, 1] = pair[..., 1, 0] = np.sqrt(np.clip(squared, 0.0, 1.0))
        total += prior.log_density(pair, OF_TWO)
    return total


STRUCTURE = Structure(
    name="common_factor",
    sentence=sentence,
    formula="correlations λₖ λₗ between informants, λ: loadings {level}_cor",
    root=root,
    columns=columns,
    n_partials=n_partials,
    partial_draws=partial_draws,
    log_prior=log_prior,
    correlations=(
        "how closely each informant's differences between {units} follow the common factor "
        "(correlation with it, up to its arbitrary sign)"
    ),
    has_factors=True,
    too_few="a common factor links informants",
)
