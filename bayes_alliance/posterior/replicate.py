r"""Ratings of new families as a fitted model would have them: the stuff of predictive checks.

For draws of the named moments the effects of children, therapists and clinics are drawn anew,

.. math:: u \sim N(0, S_{child}), \quad v \sim N(0, S_{therapist}), \quad w \sim N(0, S_{clinic}),
          \quad e \sim N(0, S_{residual})

(residuals with heavy tails, with a spread that depends on covariates or that are autocorrelated,
points counted on the scale, items answered, as the model says), and ratings are put together as in
`Design`. Times, covariates, who is nested in whom and which ratings exist stay as observed, so that
replicated and observed ratings differ only by chance and by what the model gets wrong.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.design.expected import expected_coefficients
from bayes_alliance.likelihoods import covariates, law_of
from bayes_alliance.posterior.exact import in_order
from bayes_alliance.posterior.fit import Fit


def replicated(fit: Fit, *, seed: int, n: int = 1000) -> xr.DataArray:
    """Replicated ratings.

    Parameters
    ----------
    n : int
        Replicated data sets, each from a draw of its own (draws chosen evenly; fewer if the fit
        has fewer).

    Returns
    -------
    DataArray
        Dims (replicate, occasion, informant), rating points; NaN where no rating exists. Of
        families without ends they may lie beyond the scale.
    """
    return xr.DataArray(
        np.stack(list(replicates(fit, seed=seed, n=n))),
        dims=("replicate", "occasion", "informant"),
        coords={"informant": list(fit.design.informants)},
    )


def replicates(fit: Fit, *, seed: int, n: int = 1000) -> Iterator[Floats]:
    """Replicated ratings, one data set after the other.

    Parameters
    ----------
    n : int
        As in `replicated`.

    Yields
    ------
    array, shape (R, K)
    """
    arrays, moments = fit.design, in_order(fit)
    n_draws = moments.sizes["draw"]
    total = moments.sizes["chain"] * n_draws
    # Draws of one chain lie next to each other: evenly chosen ones come from all chains.
    chosen = np.unique(np.linspace(0, total - 1, min(n, total)).round().astype(int))
    rng = np.random.default_rng(seed)
    by_draw = {
        str(name): array.transpose("chain", "draw", ...).values for name, array in moments.items()
    }
    for draw in chosen:
        one = {name: array[divmod(draw, n_draws)] for name, array in by_draw.items()}
        latent = _curves(arrays, one, rng) + law_of(fit.spec).residuals(arrays, one, rng)
        yield _observed(fit, latent, one, rng)


def with_growth_curves(fit: Fit, *, seed: int) -> tuple[Floats, Floats]:
    """Replicated ratings of the fit's first draw, and the alliance behind them.

    Returns
    -------
    ratings, curves : array, shape (n_occasions, n_informants)
        Rating points. Ratings are as from `replicated`; curves are what they scatter around, at
        all occasions.
    """
    dataset = in_order(fit).isel(chain=0, draw=0)
    one = {str(name): dataset[name].values for name in dataset}
    rng = np.random.default_rng(seed)
    curves = _curves(fit.design, one, rng)
    latent = curves + law_of(fit.spec).residuals(fit.design, one, rng)
    return _observed(fit, latent, one, rng), curves


def _observed(
    fit: Fit, latent: Floats, moments: Mapping[str, Floats], rng: np.random.Generator
) -> Floats:
    """Ratings as they are observed: within their scale, nothing where none exists."""
    arrays = fit.design
    ratings = law_of(fit.spec).observed(latent, moments, arrays, rng, planned=True)
    return np.where(arrays.present, ratings, np.nan)


def _curves(arrays: Design, moments: Mapping[str, Floats], rng: np.random.Generator) -> Floats:
    """What ratings scatter around at all occasions, absent ratings included, shape (R, K)."""
    x, z = covariates.drawn(arrays, moments, rng)
    theta = expected_coefficients(arrays.coefficients, moments, x)
    effects = np.zeros((len(arrays.children), len(arrays.terms)))
    if "child_cov" in moments:
        effects += covariance.normal_draws(moments["child_cov"], len(arrays.children), rng)
    # Drawn once for every unit and then handed to its children: they share it.
    units = arrays.unit_of_child()
    for level in arrays.levels:
        cov = moments[f"{level.name}_cov"]
        effects += covariance.normal_draws(cov, len(level.labels), rng)[units[level.name]]
    theta = theta + effects.reshape(theta.shape)
    mean = np.einsum("rc,rck->rk", arrays.basis, theta[arrays.occasion_child])
    if arrays.occasion_covariates:
        mean = mean + z @ moments["rating_on"]
    return mean
