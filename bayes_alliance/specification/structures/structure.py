"""What a structure of effects is: a `Structure` answers all who ask.

A structure says how the effects of one unit go together, across informants and growth coefficients.
It is one file of this folder, which holds one value, ``STRUCTURE``: what it says in words and in
symbols, and the arithmetic of its covariances. All of them are made of standard deviations `s` and
partial correlations `z`, which are independent under the prior.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.specification.priors.answers import CorrelationPrior


@dataclass(frozen=True, kw_only=True)
class Structure:
    r"""How effects of one unit go together.

    Parameters
    ----------
    name : str
        As in a model file.
    sentence : callable
        From "children differ in level", the terms that vary, whether there are several, and
        whether there is one informant, to what the model says.
    formula : str
        What its correlations are, in symbols; ``{level}`` stands for the level.
    correlations : str
        What the prior of its correlations is about; ``{units}`` stands for the units of the level.
        Empty: it has none.
    has_factors : bool
        Whether a common factor for each growth coefficient stands behind all informants, so that
        its partial correlations are correlations with the factor.
    too_few : str
        Why one informant is not enough; empty: it is.
    root : callable
        From ``s`` (..., n), ``z`` (..., n_partial), :math:`\sqrt{1 - z^2}` and the growth
        coefficient of each term (n,) to `L` with `L L'` the covariance, shape (..., n, n_sources).
    columns : callable
        From rows, one for each term, and the growth coefficient of each term to the rows of each
        column of `L` that are not fixed at zero.
    n_partials : callable
        From the number of terms to that of partial correlations.
    partial_draws : callable
        From the prior of correlations, the growth coefficient of each term, a shape of draws and a
        random generator to prior draws of ``z``.
    log_prior : callable
        From correlation matrices (..., n, n), the growth coefficient of each term and the prior to
        its log density; None if it does not follow from them.
    """

    name: str
    sentence: Callable[[str, str, bool, bool], str]
    formula: str
    root: Callable[[Floats, Floats, Floats, Integers], Floats]
    columns: Callable[[Integers, Integers], tuple[Integers, ...]]
    n_partials: Callable[[int], int]
    partial_draws: Callable[
        [CorrelationPrior, Integers, tuple[int, ...], np.random.Generator], Floats
    ]
    log_prior: Callable[[Floats, Integers, CorrelationPrior], Floats | None]
    correlations: str = ""
    has_factors: bool = False
    too_few: str = ""


def correlation_draws(
    structure: Structure,
    prior: CorrelationPrior | None,
    coefficient: Integers,
    *,
    size: tuple[int, ...],
    rng: np.random.Generator,
) -> Floats:
    """Prior draws of correlation matrices.

    Parameters
    ----------
    prior : CorrelationPrior or None
        None for a structure without correlations.
    coefficient : array of int, shape (n,)
        Growth coefficient of each term.
    size : tuple of int
        Shape of the draws.

    Returns
    -------
    array, shape (*size, n, n)
    """
    ones = np.ones((*size, len(coefficient)))
    z = np.zeros((*size, 0))
    if prior is not None:
        z = structure.partial_draws(prior, coefficient, size, rng)
    root = structure.root(ones, z, np.sqrt(1.0 - z**2), coefficient)
    return root @ np.swapaxes(root, -1, -2)
