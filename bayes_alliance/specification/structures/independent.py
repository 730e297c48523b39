"""Effects of different informants and coefficients are unrelated."""

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.specification.priors.answers import CorrelationPrior
from bayes_alliance.specification.structures.structure import Structure


def sentence(differ: str, _terms: str, many: bool, alone: bool) -> str:
    """What a model says about a level."""
    if alone:
        return f"{differ}, independently for each coefficient." if many else f"{differ}."
    return f"{differ}, independently for each informant{' and each coefficient' if many else ''}."


def root(s: Floats, _z: Floats, _rest: Floats, _coefficient: Integers) -> Floats:
    """`L = diag(s)`."""
    return s[..., None] * np.eye(s.shape[-1])


def columns(rows: Integers, _coefficient: Integers) -> tuple[Integers, ...]:
    """The diagonal."""
    return tuple(rows[[a]] for a in range(len(rows)))


def n_partials(_n: int) -> int:
    """There are none."""
    return 0


def partial_draws(
    _prior: CorrelationPrior,
    _coefficient: Integers,
    size: tuple[int, ...],
    _rng: np.random.Generator,
) -> Floats:
    """There are none."""
    return np.zeros((*size, 0))


def log_prior(_cor: Floats, _coefficient: Integers, _prior: CorrelationPrior) -> None:
    """There are no correlations to have a prior."""


STRUCTURE = Structure(
    name="independent",
    sentence=sentence,
    formula="no correlations",
    root=root,
    columns=columns,
    n_partials=n_partials,
    partial_draws=partial_draws,
    log_prior=log_prior,
)
