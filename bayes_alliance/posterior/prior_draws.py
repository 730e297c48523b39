r"""Draws from the prior, shaped like a fit, so that every estimand can be computed under the prior.

Priors are independent of each other and of the ratings, so plain Monte Carlo suffices: coefficients
and standard deviations by their quantile functions, correlation matrices by their partial
correlations, :math:`2\,\mathrm{Beta}(b_j, b_j) - 1` with :math:`b_j = \eta + (n - 2 - j) / 2` for
column `j` (Lewandowski, Kurowicka and Joe 2009). Nothing here is shared with the engines; that they
mean the same prior is tested.
"""

import platform
from importlib.metadata import version

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design, design, modelled
from bayes_alliance.errors import Count, Seed, checked_arguments
from bayes_alliance.likelihoods import covariates, law_of, leaving, residual
from bayes_alliance.posterior import moments
from bayes_alliance.posterior.fit import PACKAGES, Fit
from bayes_alliance.posterior.prior_effects import drawn_effects
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_correlations, of_numbers
from bayes_alliance.specification.structures import STRUCTURES, correlation_draws

type Shape = tuple[int, ...]

CHAINS = 4  # as many as fits have, so that draws of both can be put beside each other


@checked_arguments
def prior_fit(spec: ModelSpec, ratings: Ratings, *, seed: Seed, draws: Count = 1000) -> Fit:
    """The prior of a model, as a fit whose draws have not seen the ratings.

    Parameters
    ----------
    ratings : Ratings
        For the scale, the informants, the times and the covariates; no rating is used.
    draws : int
        Of each of four chains.

    Returns
    -------
    Fit
        With engine ``"prior"``; estimands of it are prior draws.

    Raises
    ------
    InputError
        If the model does not go with the ratings.

    Examples
    --------
    >>> prior = prior_fit(fit.spec, fit.ratings, seed=1)  # doctest: +SKIP
    >>> variance.contraction(variance.shares(fit), variance.shares(prior))  # doctest: +SKIP
    """
    ratings = modelled(spec, ratings)
    drawn = prior_moments(spec, design(spec, ratings), seed=seed, draws=draws)
    shape = (drawn.sizes["chain"], drawn.sizes["draw"])
    stats = xr.Dataset(
        {"diverging": (("chain", "draw"), np.zeros(shape, dtype=bool))},
        coords={name: drawn[name] for name in ("chain", "draw")},
    )
    return Fit(
        spec=spec,
        ratings=ratings,
        posterior=xr.DataTree.from_dict({"posterior": drawn, "sample_stats": stats}),
        engine="prior",
        seed=seed,
        versions={name: version(name) for name in PACKAGES} | {"python": platform.python_version()},
        seconds={},
        gradient_evaluations={"warmup": 0, "sampling": 0},
    )


def prior_moments(spec: ModelSpec, arrays: Design, *, seed: int, draws: int = 1000) -> xr.Dataset:
    """Prior draws of the named moments.

    Parameters
    ----------
    arrays : Design
        As from ``design(spec, ratings)``.
    draws : int
        Of each of four chains.

    Returns
    -------
    Dataset
        The named moments, dims (chain, draw, ...), rating points.
    """
    rng = np.random.default_rng(seed)
    size = (CHAINS, draws)
    n_informants, n_terms = len(arrays.informants), len(arrays.terms)
    variables: dict[str, tuple[tuple[str, ...], Floats]] = {}
    front = ("chain", "draw")
    unexplained: dict[str, Floats] = {}
    for name in arrays.coefficients:
        shift, factor = arrays.coefficient_scale(name)
        unit = _drawn(spec, name, rng, (*size, n_informants))
        variables[name] = (*front, "informant"), shift + factor * unit
    for level, (positions, structure) in arrays.term_sets().items():
        sd = np.empty((*size, len(positions)))
        factors = arrays.factor_of_term[positions]
        for factor in np.unique(factors):
            own = np.flatnonzero(factors == factor)
            unit = _drawn(spec, f"{level}_sd.{arrays.coefficients[factor]}", rng, (*size, len(own)))
            sd[..., own] = unit * arrays.spread[positions[own] % n_informants]
            if level == "child":
                unexplained[arrays.coefficients[factor]] = sd[..., own]
        cor = _correlations(spec, f"{level}_cor", structure, rng, (*size, len(positions)), factors)
        # Terms that do not vary at this level keep zeros, as in draws of a fit.
        cov = np.zeros((*size, n_terms, n_terms))
        cov[..., positions[:, None], positions] = covariance.from_correlations(cor, sd)
        variables[f"{level}_cov"] = (*front, "term", "term_"), cov
    sd = _drawn(spec, "residual_sd", rng, (*size, n_informants)) * arrays.spread
    structure, together = spec.residual.structure, np.zeros(n_informants, dtype=np.int64)
    cor = _correlations(spec, "residual_cor", structure, rng, (*size, n_informants), together)
    cov = covariance.from_correlations(cor, sd)
    variables["residual_cov"] = (*front, "informant", "informant_"), cov

    def drawing(key: str, shape: Shape) -> Floats:
        return _drawn(spec, key, rng, shape)

    variables |= law_of(spec).prior_draws(drawing, spec, arrays, variables["level"][1])
    variables |= residual.prior_draws(drawing, spec, arrays, size)
    variables |= covariates.prior_draws(arrays, size, rng)
    variables |= leaving.prior_draws(drawing, arrays, size)
    unexplained["rating"] = covariance.standard_deviations(variables["residual_cov"][1])
    variables |= drawn_effects(spec, arrays, unexplained, size=size, rng=rng)
    chain_draw = {"chain": np.arange(CHAINS), "draw": np.arange(draws)}
    return xr.Dataset(variables, coords=chain_draw | moments.coords(arrays))


def _drawn(spec: ModelSpec, quantity: str, rng: np.random.Generator, shape: Shape) -> Floats:
    """Independent draws of one prior, in units of the scale."""
    return of_numbers(spec.priors[quantity]).draw(rng, shape)


def _correlations(
    spec: ModelSpec,
    quantity: str,
    structure: str,
    rng: np.random.Generator,
    shape: Shape,
    factors: Integers,
) -> Floats:
    """Correlation matrices, shape (..., n, n) for shape (..., n)."""
    given = spec.priors.get(quantity)
    prior = None if given is None else of_correlations(given)
    return correlation_draws(STRUCTURES[structure], prior, factors, size=shape[:-1], rng=rng)
