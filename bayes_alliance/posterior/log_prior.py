r"""Log prior density of a fit's draws, prior by prior, from the named moments alone.

It is the density of the quantities themselves (coefficients and standard deviations in rating
points, correlation matrices), as a reader would state the prior, not of the coordinates a sampler
moves in: what power scaling needs (Kallioinen et al. 2024).
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.likelihoods import law_of, leaving, residual
from bayes_alliance.posterior.exact import in_order
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.specification.priors import (
    CorrelationPrior,
    NumberPrior,
    Prior,
    of_correlations,
    of_numbers,
)
from bayes_alliance.specification.quantity import Quantity
from bayes_alliance.specification.structures import STRUCTURES


def log_prior(
    fit: Fit, *, priors: Mapping[str, Prior] | None = None, to_scale: bool = False
) -> xr.Dataset:
    """Log prior density of every draw, by prior.

    Parameters
    ----------
    priors : mapping of str to prior, optional
        Other priors of quantities of the model, to be taken instead; those of the fit, all of
        them, if not given.
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
        If the density of a prior does not follow from the named moments: shrinkage priors for
        covariates, a common factor of two informants, priors of other families' own quantities.
    """
    problems: list[Problem] = []
    densities: dict[str, Floats] = {}
    chosen = fit.spec.priors if priors is None else priors
    for key, quantity in fit.spec.quantities.items():
        if key not in chosen:
            continue
        values = _density(fit, quantity, chosen[key], to_scale=to_scale)
        if values is None:
            message = "the density of this prior does not follow from the named moments"
            problems.append(Problem(where=f"priors.{key}", message=message))
        else:
            densities[key] = values
    if problems:
        raise InputError(problems, f"log prior of '{fit.spec.name}'")
    coords = {name: fit.moments[name].values for name in ("chain", "draw")}
    return xr.Dataset({k: (("chain", "draw"), v) for k, v in densities.items()}, coords=coords)


def _density(fit: Fit, quantity: Quantity, prior: Prior, *, to_scale: bool) -> Floats | None:
    # What a family, the residual or leaving has of its own is not scaled as growth coefficients
    # are, so each says the density of its own prior.
    of_family = any(own.key == quantity.key for own in fit.spec.family.own)
    elsewhere = residual if quantity.key in residual.MOMENTS else leaving
    if of_family or quantity.key in {*residual.MOMENTS, *leaving.NAMES}:
        own = {str(name): array.values for name, array in in_order(fit).items()}
        said = law_of(fit.spec).log_prior if of_family else elsewhere.log_prior
        return said(quantity.key, of_numbers(prior).log_density, own, fit.design)
    match quantity.kind:
        case "coefficient":
            shift, factor = fit.design.coefficient_scale(quantity.key)
            values = fit.moments[quantity.key].transpose("chain", "draw", "informant").values
            return _summed(of_numbers(prior), values, factor, shift)
        case "effect":
            return None if prior.traits.shrinks else _covariates(fit, of_numbers(prior))
        case "sd":
            return _standard_deviations(fit, quantity, of_numbers(prior))
        case _:
            matrices = of_correlations(prior)
            return _correlations(fit, quantity, matrices.governed() if to_scale else matrices)


def _standard_deviations(fit: Fit, quantity: Quantity, prior: NumberPrior) -> Floats:
    arrays, n = fit.design, len(fit.design.informants)
    sd = covariance.standard_deviations(fit.moments[f"{quantity.level}_cov"].values)
    first = 0
    if quantity.coefficient:
        first = arrays.coefficients.index(quantity.coefficient) * n
    return _summed(prior, sd[..., first : first + n], arrays.spread, np.zeros_like(arrays.spread))


def _summed(prior: NumberPrior, values: Floats, factor: Floats, shift: Floats) -> Floats:
    """Sum over the last dim of the log density in rating points."""
    total = np.zeros(values.shape[:-1])
    for k in range(values.shape[-1]):
        total += prior.scaled(float(factor[k]), float(shift[k])).log_density(values[..., k])
    return total


def _covariates(fit: Fit, prior: NumberPrior) -> Floats:
    arrays = fit.design
    total = np.zeros((fit.moments.sizes["chain"], fit.moments.sizes["draw"]))
    for c, name in enumerate(arrays.coefficients):
        for p in np.flatnonzero(arrays.covariate_on[:, c]).tolist():
            effects = fit.moments[f"{name}_on"].isel(covariate=p).values
            # An effect that all informants share is one number, though the moments repeat it for
            # each of them.
            n_free = arrays.n_effects(arrays.covariates[p])
            unit = arrays.spread[:n_free] / arrays.covariate_sd[p]
            total += _summed(prior, effects[..., :n_free], unit, np.zeros_like(unit))
    for p, sd in enumerate(arrays.occasion_covariate_sd):
        effects = fit.moments["rating_on"].isel(occasion_covariate=p).values
        n_free = arrays.n_effects(arrays.occasion_covariates[p])
        unit = arrays.spread[:n_free] / sd
        total += _summed(prior, effects[..., :n_free], unit, np.zeros_like(unit))
    return total


def _correlations(fit: Fit, quantity: Quantity, prior: CorrelationPrior) -> Floats | None:
    arrays, cov = fit.design, fit.moments[f"{quantity.level}_cov"].values
    if quantity.level == "residual":
        terms, structure = np.arange(cov.shape[-1]), fit.spec.residual.structure
        # Residuals of all informants belong together, as if to one growth coefficient.
        factor = np.zeros(len(terms), dtype=np.int64)
    else:
        terms, structure = arrays.term_sets()[quantity.level]
        factor = arrays.factor_of_term[terms]
    cor = covariance.correlations(cov[..., terms[:, None], terms])
    return STRUCTURES[structure].log_prior(cor, factor, prior)
