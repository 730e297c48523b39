r"""One correlation matrix over all informants and coefficients of a level.

Partial correlations (Lewandowski, Kurowicka and Joe 2009) go row by row:

.. math:: L_{ij} = s_i\, z_{ij} \prod_{h<j} \sqrt{1 - z_{ih}^2}, \qquad
          L_{ii} = s_i \prod_{h<i} \sqrt{1 - z_{ih}^2}.
"""

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.specification.priors.answers import CorrelationPrior
from bayes_alliance.specification.structures.structure import Structure


def sentence(differ: str, terms: str, many: bool, alone: bool) -> str:
    """What a model says about a level."""
    if alone:
        return f"{differ}; these differences are correlated." if many else f"{differ}."
    across = f", within an informant (between {terms}) and" if many else ""
    return f"{differ}; these differences are correlated{across} between informants."


def root(s: Floats, z: Floats, rest: Floats, _coefficient: Integers) -> Floats:
    """Lower triangular `L`."""
    n = s.shape[-1]
    out = np.zeros((*s.shape, n))
    place = 0
    for i in range(n):
        remaining = s[..., i]
        for j in range(i):
            out[..., i, j] = remaining * z[..., place]
            remaining = remaining * rest[..., place]
            place += 1
        out[..., i, i] = remaining
    return out


def columns(rows: Integers, _coefficient: Integers) -> tuple[Integers, ...]:
    """The lower triangle."""
    return tuple(rows[a:] for a in range(len(rows)))


def n_partials(n: int) -> int:
    """One for each pair of terms."""
    return n * (n - 1) // 2


def partial_draws(
    prior: CorrelationPrior, coefficient: Integers, size: tuple[int, ...], rng: np.random.Generator
) -> Floats:
    """Prior draws of partial correlations, row by row."""
    return prior.draw(rng, size, coefficient)


def log_prior(cor: Floats, coefficient: Integers, prior: CorrelationPrior) -> Floats:
    """Log prior density of correlation matrices, shape (...)."""
    return prior.log_density(cor, coefficient)


STRUCTURE = Structure(
    name="correlated",
    sentence=sentence,
    formula="correlations {level}_cor",
    root=root,
    columns=columns,
    n_partials=n_partials,
    partial_draws=partial_draws,
    log_prior=log_prior,
    correlations="how differences between {units} go together (correlations)",
)
