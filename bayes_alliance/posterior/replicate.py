r"""Ratings as a fitted model would have them, of new families or of the same: predictive checks.

For draws of the named moments the effects of children, therapists and clinics are drawn anew,

.. math:: u \sim N(0, S_{child}), \quad v \sim N(0, S_{therapist}), \quad w \sim N(0, S_{clinic}),
          \quad e \sim N(0, S_{residual})

(residuals with heavy tails, with a spread that depends on covariates or that are autocorrelated,
points counted on the scale, items answered, as the model says), and ratings are put together as in
`Design`. Times, covariates, who is nested in whom and which ratings exist stay as observed, so that
replicated and observed ratings differ only by chance and by what the model gets wrong.

That goes for new families if nobody leaves by their ratings. If they do, those who stay are not
like new families. The same families keep the effects that their ratings say they have, and only
residuals are new: these have mean zero at every occasion, whoever has left by what was rated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.given import errors
from bayes_alliance.collapsed.recover import effects
from bayes_alliance.design import Design
from bayes_alliance.design.expected import expected_coefficients
from bayes_alliance.likelihoods import covariates, law_of
from bayes_alliance.posterior import transposed
from bayes_alliance.posterior.exact import arrays_of, in_order
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
    rng = np.random.default_rng(seed)
    by_draw = arrays_of(in_order(fit))
    for draw in _chosen(fit, n):
        one = {name: array[draw] for name, array in by_draw.items()}
        theta, _, z = _growth(fit.design, one, rng)
        curves = _curves(fit.design, one, theta, z)
        latent = curves + law_of(fit.spec).residuals(fit.design, one, rng)
        yield _observed(fit, latent, one, rng)


def replicates_of_same(fit: Fit, *, seed: int, n: int) -> Iterator[Floats]:
    """Replicated ratings of the same families, one data set after the other.

    Parameters
    ----------
    fit : Fit
        With ratings that are normal, given what is kept with the fit.
    n : int
        As in `replicated`.

    Yields
    ------
    array, shape (R, K)
    """
    arrays, law, rng = fit.design, law_of(fit.spec), np.random.default_rng(seed)
    by_draw, chosen = arrays_of(in_order(fit)), _chosen(fit, n)
    everybody = {
        name: np.arange(len(arrays.units[name]), dtype=np.int64) for name in arrays.term_sets()
    }
    units = {"child": np.arange(len(arrays.children)), **arrays.unit_of_child()}
    size = max(1, transposed.MOST_IN_BLOCK // (4 * arrays.present.size))
    for first in range(0, len(chosen), size):
        some = {name: array[chosen[first : first + size]] for name, array in by_draw.items()}
        seeds = [(seed, int(draw)) for draw in chosen[first : first + size]]
        own = effects(arrays, some, seeds=seeds, only=everybody)
        # Ratings less their errors are what is expected, if nothing completes the ratings.
        completing = {*law.moments, *fit.spec.family.completion}
        plain = {name: values for name, values in some.items() if name not in completing}
        mean = arrays.y - errors(arrays, plain)
        for number, expected in enumerate(mean):
            total = sum((own[name][number][units[name]] for name in own), np.zeros((1, 1)))
            theta = np.broadcast_to(total, (len(arrays.children), len(arrays.terms)))
            theta = theta.reshape(-1, len(arrays.coefficients), len(arrays.informants))
            curve = np.einsum("rc,rck->rk", arrays.basis, theta[arrays.occasion_child])
            one = {name: array[number] for name, array in some.items()}
            latent = expected + curve + law.residuals(arrays, one, rng)
            yield _observed(fit, latent, one, rng)


def _chosen(fit: Fit, n: int) -> Integers:
    """Places of evenly chosen draws, one chain after the other: they come from all chains."""
    total = fit.moments.sizes["chain"] * fit.moments.sizes["draw"]
    chosen: Integers = np.unique(np.linspace(0, total - 1, min(n, total)).round().astype(np.int64))
    return chosen


@dataclass(frozen=True, kw_only=True, eq=False)
class Replicate:
    """Ratings of new families, and what is behind them.

    Parameters
    ----------
    ratings : array, shape (n_occasions, n_informants)
        As from `replicated`.
    latent : array, shape (n_occasions, n_informants)
        The same before scales end and where no rating exists.
    curves : array, shape (n_occasions, n_informants)
        What these scatter around.
    theta : array, shape (n_children, n_coefficients, n_informants)
        Growth coefficients.
    x : array, shape (n_children, P)
        Coded covariates, missing ones drawn.
    responses : array, shape (n_occasions, n_informants, n_items), optional
        Those above the lowest one to all items of which ratings are totals.
    """

    ratings: Floats
    latent: Floats
    curves: Floats
    theta: Floats
    x: Floats
    responses: Integers | None = None


def new_families(fit: Fit, *, seed: int) -> Replicate:
    """Replicated ratings of the fit's first draw, and what is behind them."""
    dataset = in_order(fit).isel(chain=0, draw=0)
    one = {str(name): dataset[name].values for name in dataset}
    rng = np.random.default_rng(seed)
    theta, x, z = _growth(fit.design, one, rng)
    curves = _curves(fit.design, one, theta, z)
    law = law_of(fit.spec)
    latent = curves + law.residuals(fit.design, one, rng)
    responses = None
    if fit.design.items is not None and law.measurement is not None:
        responses = law.measurement.responses(latent, one, fit.design, rng)
        ratings = fit.design.items.totals(responses)
    else:
        ratings = _observed(fit, latent, one, rng)
    return Replicate(
        ratings=ratings, latent=latent, curves=curves, theta=theta, x=x, responses=responses
    )


def _observed(
    fit: Fit, latent: Floats, moments: Mapping[str, Floats], rng: np.random.Generator
) -> Floats:
    """Ratings as they are observed: within their scale, nothing where none exists."""
    arrays = fit.design
    ratings = law_of(fit.spec).observed(latent, moments, arrays, rng, planned=True)
    return np.where(arrays.present, ratings, np.nan)


def _growth(
    arrays: Design, moments: Mapping[str, Floats], rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Growth coefficients of new children, shape (n_children, C, K), and covariates."""
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
    return theta + effects.reshape(theta.shape), x, z


def _curves(arrays: Design, moments: Mapping[str, Floats], theta: Floats, z: Floats) -> Floats:
    """What ratings scatter around at all occasions, absent ratings included, shape (R, K)."""
    mean = np.einsum("rc,rck->rk", arrays.basis, theta[arrays.occasion_child])
    if arrays.occasion_covariates:
        mean = mean + z @ moments["rating_on"]
    return mean
