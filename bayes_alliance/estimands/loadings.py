r"""Loadings: how closely each informant's differences follow a common factor.

A level with structure ``"common_factor"`` has, for each growth coefficient, correlations between
informants that are products of loadings, :math:`r_{kl} = \lambda_k \lambda_l`. With three
informants or more these can be taken apart again, whatever engine drew the covariance:

.. math:: \lambda_k^2 = \left| \frac{r_{kl}\, r_{km}}{r_{lm}} \right|,

by the pair of others with the largest :math:`|r_{lm}|`, for the least rounding error. With two
informants only the product is known (Bollen 1989, ch. 7).
"""

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem, checked_arguments, none_of
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior import moments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.specification import Effects
from bayes_alliance.specification.structures import STRUCTURES


@checked_arguments
def loadings(fit: Fit, *, level: str = "child", positive: str | None = None) -> xr.DataArray:
    """Correlation of each informant's differences with the factor common to all informants.

    Parameters
    ----------
    fit : Fit
        Whose `level` has structure ``"common_factor"``.
    level : {"child", "therapist", "clinic"}
    positive : str, optional
        The informant whose loadings are made positive in every draw. The sign of a factor is
        arbitrary; without this, the sum of its loadings is made positive.

    Returns
    -------
    DataArray
        Dims (chain, draw, coefficient, informant), between -1 and 1; the square is the share of an
        informant's differences, among those alike in the covariates, that follows the factor.

    Raises
    ------
    InputError
        If the level has no common factor, fewer than three informants, or there is no such
        informant.
    """
    problems = _problems(fit, level, positive)
    if problems:
        raise InputError(problems, "loadings")
    informants = fit.design.informants
    effects = getattr(fit.spec, level)
    cor = moments.correlations(fit.moments[f"{level}_cov"])
    by_coefficient = []
    coefficients = [name for name in fit.design.coefficients if name in effects.terms]
    for coefficient in coefficients:
        terms = [f"{informant},{coefficient}" for informant in informants]
        between = cor.sel(term=terms, term_=terms).transpose("chain", "draw", "term", "term_")
        by_coefficient.append(_signed(_taken_apart(between.values), informants, positive))
    return xr.DataArray(
        np.stack(by_coefficient, axis=2),
        dims=("chain", "draw", "coefficient", "informant"),
        coords={
            "chain": fit.moments["chain"],
            "draw": fit.moments["draw"],
            "coefficient": coefficients,
            "informant": list(informants),
        },
        name="loadings",
    )


def _taken_apart(cor: Floats) -> Floats:
    """Loadings up to the sign of all, shape (..., K)."""
    n = cor.shape[-1]
    size = np.empty(cor.shape[:-1])
    for k in range(n):
        others = [m for m in range(n) if m != k]
        pairs = [(a, b) for i, a in enumerate(others) for b in others[i + 1 :]]
        between = np.stack([np.abs(cor[..., a, b]) for a, b in pairs], axis=-1)
        products = np.stack([np.abs(cor[..., k, a] * cor[..., k, b]) for a, b in pairs], axis=-1)
        best = between.argmax(axis=-1)[..., None]
        above = np.take_along_axis(products, best, axis=-1)[..., 0]
        below = np.take_along_axis(between, best, axis=-1)[..., 0]
        # A correlation of 0 between two others says nothing of the loading; it is then 0 as well.
        squared = np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)
        # Rounding takes a loading of 1 a little above.
        size[..., k] = np.sqrt(np.clip(squared, 0.0, 1.0))
    largest = size.argmax(axis=-1)[..., None, None]
    # Signs are those of correlations with the informant of the largest loading, which lie furthest
    # from 0.
    with_largest = np.take_along_axis(cor, largest, axis=-1)[..., 0]
    return np.where(with_largest < 0.0, -size, size)


def _signed(values: Floats, informants: tuple[str, ...], positive: str | None) -> Floats:
    direction = values.sum(axis=-1) if positive is None else values[..., informants.index(positive)]
    return np.where(direction[..., None] < 0.0, -values, values)


def _problems(fit: Fit, level: str, positive: str | None) -> list[Problem]:
    informants = fit.design.informants
    problems = []
    if level not in LEVELS:
        problems.append(none_of(level, LEVELS, where="level"))
    elif not _has_factors(getattr(fit.spec, level)):
        message = f'has no common factor in this model: {level}.structure is not "common_factor"'
        problems.append(Problem(where="level", value=level, message=message))
    if len(informants) < 3:
        message = (
            f"loadings of {len(informants)} informants are not identified, only their product is: "
            "the correlation; three informants are needed"
        )
        problems.append(Problem(where="informants", message=message))
    if positive is not None and positive not in informants:
        problems.append(none_of(positive, informants, where="positive"))
    return problems


def _has_factors(effects: Effects | None) -> bool:
    return effects is not None and STRUCTURES[effects.structure].has_factors
