r"""Log prior density of a fit's draws, prior by prior, from the named moments alone.

It is the density of the quantities themselves (coefficients and standard deviations in rating
points, correlation matrices), as a reader would state the prior, not of the coordinates a sampler
moves in: what power scaling needs (Kallioinen et al. 2024).
"""

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayes_alliance import covariance
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.likelihoods import law_of, residual
from bayes_alliance.likelihoods.law import Density
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.named import in_order
from bayes_alliance.specification import LKJ
from bayes_alliance.specification.structures import STRUCTURES

type Floats = NDArray[np.float64]


def log_prior(fit: Fit, *, to_scale: bool = False) -> xr.Dataset:
    """Log prior density of every draw, by prior.

    Parameters
    ----------
    to_scale : bool
        For power scaling: of a prior of correlations by coefficient only the part that `eta`
        governs, so that a uniform one stays uniform.

    Returns
    -------
    Dataset
        A variable per key of the specification's priors (``"child_sd.level"``), dims (chain, draw),
        summed over all quantities that share the prior.

    Raises
    ------
    InputError
        If the density of a prior cannot be told from the named moments: shrinkage priors for
        covariates, a common factor of two informants, priors of other families' own quantities.
    """
    problems: list[Problem] = []
    found: dict[str, Floats] = {}
    for key in fit.spec.priors:
        values = _density(fit, key, to_scale=to_scale)
        if values is None:
            message = "the density of this prior cannot be told from the named moments"
            problems.append(Problem(where=f"priors.{key}", message=message))
        else:
            found[key] = values
    if problems:
        raise InputError(problems, f"log prior of '{fit.spec.name}'")
    coords = {name: fit.moments[name].values for name in ("chain", "draw")}
    return xr.Dataset({k: (("chain", "draw"), v) for k, v in found.items()}, coords=coords)


def _density(fit: Fit, key: str, *, to_scale: bool) -> Floats | None:
    arrays, moments, prior = fit.design, fit.moments, fit.spec.priors[key]
    name, _, coefficient = key.partition(".")
    level, _, what = name.rpartition("_")
    if key in arrays.coefficients:
        shift, factor = arrays.coefficient_scale(key)
        values = moments[key].transpose("chain", "draw", "informant").values
        return _summed(prior, values, factor, shift)
    if key == "covariate" and prior.distribution in ("Normal", "StudentT"):
        return _covariates(fit)
    of_family = any(own.key == key for own in fit.spec.family.own)
    if of_family or key in residual.MOMENTS:
        own = {str(name): array.values for name, array in in_order(fit).items()}
        density: Density = prior.log_density  # type: ignore[union-attr, assignment]
        said = law_of(fit.spec).log_prior if of_family else residual.log_prior
        return said(key, density, own, arrays)
    if f"{level}_cov" not in moments:
        return None
    cov = moments[f"{level}_cov"].values
    sd = covariance.standard_deviations(cov)
    if key == "residual_sd":
        return _summed(prior, sd, arrays.spread, np.zeros_like(arrays.spread))
    if what == "sd" and coefficient in arrays.coefficients:
        n = len(arrays.informants)
        first = arrays.coefficients.index(coefficient) * n
        values = sd[..., first : first + n]
        return _summed(prior, values, arrays.spread, np.zeros_like(arrays.spread))
    if what == "cor" and isinstance(prior, LKJ):
        return _correlations(fit, level, cov, replace(prior, by=None) if to_scale else prior)
    return None


def _summed(prior, values: Floats, factor: Floats, shift: Floats) -> Floats:  # type: ignore[no-untyped-def]
    """Sum over informants of the log density in rating points."""
    total = np.zeros(values.shape[:-1])
    for k in range(values.shape[-1]):
        total += prior.scaled(float(factor[k]), float(shift[k])).log_density(values[..., k])
    return total


def _covariates(fit: Fit) -> Floats:
    arrays, prior = fit.design, fit.spec.priors["covariate"]
    total = np.zeros((fit.moments.sizes["chain"], fit.moments.sizes["draw"]))
    for c, name in enumerate(arrays.coefficients):
        for p in np.flatnonzero(arrays.covariate_on[:, c]).tolist():
            effects = fit.moments[f"{name}_on"].isel(covariate=p).values
            n_free = arrays.n_effects(arrays.covariates[p])
            unit = arrays.spread[:n_free] / arrays.covariate_sd[p]
            total += _summed(prior, effects[..., :n_free], unit, np.zeros_like(unit))
    for p, sd in enumerate(arrays.occasion_covariate_sd):
        effects = fit.moments["rating_on"].isel(occasion_covariate=p).values
        n_free = arrays.n_effects(arrays.occasion_covariates[p])
        unit = arrays.spread[:n_free] / sd
        total += _summed(prior, effects[..., :n_free], unit, np.zeros_like(unit))
    return total


def _correlations(fit: Fit, level: str, cov: Floats, prior: LKJ) -> Floats | None:
    arrays = fit.design
    if level == "residual":
        terms, structure = np.arange(cov.shape[-1]), fit.spec.residual.structure
        factor = np.zeros(len(terms), dtype=np.int64)
    else:
        terms, structure = arrays.term_sets()[level]
        factor = arrays.factor_of_term[terms]
    cor = covariance.correlations(cov[..., terms[:, None], terms])
    return STRUCTURES[structure].log_prior(cor, factor, prior)
