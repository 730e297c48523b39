r"""Ratings of new families as a fitted model would have them: the stuff of predictive checks.

For draws of the named moments the effects of children, therapists and clinics are drawn anew,

.. math:: u \sim N(0, S_{child}), \quad v \sim N(0, S_{therapist}), \quad w \sim N(0, S_{clinic}),
          \quad e \sim N(0, S_{residual})

(residuals with heavy tails, with a spread that depends on covariates or that go on over occasions,
points counted on the scale, items answered, as the model says), and ratings are put together as in
`Design`. Times, covariates, who is nested in whom and which ratings exist stay as observed, so that
replicated and observed ratings differ only by chance and by what the model gets wrong.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit

from bayes_alliance import covariance
from bayes_alliance.design import Design
from bayes_alliance.design.latent_means import LatentMean
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.posterior.fit import Fit

type Floats = NDArray[np.float64]

FAMILIES = ("normal", "censored_normal", "student_t", "beta_binomial", "ordinal")


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
        Dims (replicate, occasion, informant), rating points; NaN where no rating exists. With a
        censored, beta-binomial or ordinal likelihood ratings end where the scale ends; with others
        they may go beyond.

    Raises
    ------
    InputError
        For other families.
    """
    _require_known(fit)
    arrays, moments = fit.design, fit.moments
    n_draws = moments.sizes["draw"]
    total = moments.sizes["chain"] * n_draws
    chosen = np.unique(np.linspace(0, total - 1, min(n, total)).round().astype(int))
    rng = np.random.default_rng(seed)
    values = np.empty((len(chosen), *arrays.present.shape))
    for number, draw in enumerate(chosen):
        one = moments.isel(chain=draw // n_draws, draw=draw % n_draws)
        curve, residuals = _drawn(arrays, {name: one[name].values for name in one}, rng)
        values[number] = _written(fit, curve + residuals, one, rng)
    return xr.DataArray(
        values,
        dims=("replicate", "occasion", "informant"),
        coords={"informant": list(arrays.informants)},
    )


def with_growth_curves(fit: Fit, *, seed: int) -> tuple[Floats, Floats]:
    """Replicated ratings of the fit's first draw, and the alliance behind them.

    Parameters
    ----------
    fit : Fit
        Of a family that `replicated` knows.

    Returns
    -------
    ratings, curves : array, shape (n_occasions, n_informants)
        Rating points. Ratings are as from `replicated`; curves are what they scatter around, at
        all occasions.

    Raises
    ------
    InputError
        As `replicated`.
    """
    _require_known(fit)
    one = fit.moments.isel(chain=0, draw=0)
    moments = {name: one[name].values for name in one}
    rng = np.random.default_rng(seed)
    curves, residuals = _drawn(fit.design, moments, rng)
    return _written(fit, curves + residuals, one, rng), curves


def _require_known(fit: Fit) -> None:
    family = fit.spec.likelihood.family
    if family not in FAMILIES:
        message = f"ratings can be replicated for {' and '.join(FAMILIES)} likelihoods only"
        raise InputError([Problem(where="likelihood", value=family, message=message)], "replicated")


def _written(fit: Fit, values: Floats, one: xr.Dataset, rng: np.random.Generator) -> Floats:
    """Ratings as they are written down: within their scale, nothing where none exists."""
    arrays = fit.design
    if fit.spec.likelihood.family == "beta_binomial":
        values = _counted(arrays, values, one["residual_dispersion"].values, rng)
    if fit.spec.likelihood.family == "ordinal":
        values = _answered(arrays, values, one, rng)
    if fit.spec.likelihood.family == "censored_normal":
        lower = np.array([fit.ratings.scales[k].lower for k in arrays.informants], dtype=float)
        upper = np.array([fit.ratings.scales[k].upper for k in arrays.informants], dtype=float)
        values = np.clip(values, lower, upper)
    return np.where(arrays.present, values, np.nan)


def _counted(arrays: Design, values: Floats, rho: Floats, rng: np.random.Generator) -> Floats:
    """Points out of those of the scale, by a chance that scatters around what is expected."""
    most = np.round(2.0 * arrays.spread).astype(np.int64)
    p = np.clip(expit(2.0 * (values - arrays.center) / arrays.spread), 1e-12, 1.0 - 1e-12)
    concentration = (1.0 - rho) / np.maximum(rho, 1e-12)
    chance = rng.beta(p * concentration, (1.0 - p) * concentration)
    return arrays.center - arrays.spread + rng.binomial(most, chance)


def _answered(arrays: Design, values: Floats, one: xr.Dataset, rng: np.random.Generator) -> Floats:
    """Totals of responses to the items that were answered, given the alliance behind them."""
    items = arrays.items
    assert items is not None
    loading = one["item_loading"].transpose("informant", "item").values
    threshold = one["item_threshold"].transpose("informant", "item", "step").values
    noise = rng.standard_normal((*values.shape, len(items.names))) * items.half / loading
    felt = values[..., None] / len(items.names) + noise
    return items.totals((felt[..., None] > threshold).sum(axis=-1))


def _drawn(arrays: Design, moments: dict, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Growth curves and residuals at all occasions, absent ratings included, shape (R, K)."""
    means = {one.name: _child_means(arrays, one, moments, rng) for one in arrays.latent_means}
    theta = expected_coefficients(arrays, moments, means)
    unit = np.arange(len(arrays.children))
    effects = np.zeros((len(arrays.children), len(arrays.terms)))
    if "child_cov" in moments:
        effects += covariance.normal_draws(moments["child_cov"], len(arrays.children), rng)
    for level in arrays.levels:
        unit = level.parent[unit]
        cov = moments[f"{level.name}_cov"]
        effects += covariance.normal_draws(cov, len(level.labels), rng)[unit]
    theta = theta + effects.reshape(theta.shape)
    mean = np.einsum("rc,rck->rk", arrays.basis, theta[arrays.occasion_child])
    if arrays.occasion_covariates:
        z = arrays.z.copy()
        for one in arrays.latent_means:
            z[:, one.within] = one.values - means[one.name][arrays.occasion_child]
        mean = mean + z @ moments["rating_on"]
    return mean, _residuals(arrays, moments, rng)


def _residuals(arrays: Design, moments: dict, rng: np.random.Generator) -> Floats:
    """Residuals of all informants at all occasions, shape (R, K)."""
    n_rows, n_informants = arrays.present.shape
    if "residual_dispersion" in moments:
        shared = rng.standard_normal((n_rows, 1))
        return shared * moments.get("occasion_sd", np.zeros(n_informants))
    root = covariance.root(moments["residual_cov"])
    noise = rng.standard_normal((n_rows, n_informants))
    if "residual_autoregression" in moments:
        rho = float(moments["residual_autoregression"])
        for child in np.unique(arrays.occasion_child):
            own = np.flatnonzero(arrays.occasion_child == child)
            time = arrays.scaled_time[own]
            noise[own] = covariance.root(rho ** np.abs(time[:, None] - time)) @ noise[own]
    residuals = noise @ root.T
    if "residual_nu" in moments:
        nu = float(moments["residual_nu"])
        residuals *= np.sqrt((nu - 2.0) / rng.chisquare(nu, size=(n_rows, 1)))
    if "residual_sd_on" in moments:
        residuals *= np.exp(arrays.residual_x @ moments["residual_sd_on"])
    return residuals


def _child_means(
    arrays: Design, one: LatentMean, moments: dict, rng: np.random.Generator
) -> Floats:
    """Means of children of what varies over occasions, given its values, shape (n_children,)."""
    own, within = (one.sd * moments[f"{one.variable}_{part}"] for part in ("between", "within"))
    mean = np.full(len(arrays.children), moments[f"{one.variable}_intercept"])
    for number, p in enumerate(one.given):
        weight = moments[f"{one.variable}_weight"][number]
        mean = mean + weight * arrays.x[:, p] / arrays.covariate_sd[p]
    mean = one.sd * mean
    n = np.bincount(arrays.occasion_child, minlength=len(mean))
    left = one.values - mean[arrays.occasion_child]
    total = np.bincount(arrays.occasion_child, weights=left, minlength=len(mean))
    # Precisions times both variances, so that a variance of zero does no harm.
    known = within**2 + n * own**2
    spread = own * within / np.sqrt(known)
    return mean + own**2 * total / known + spread * rng.standard_normal(len(mean))


def expected_coefficients(
    arrays: Design, moments: dict, means: Mapping[str, Floats] | None = None
) -> Floats:
    r"""Growth coefficients that the covariates of each child let expect, `Gamma x_i`.

    Parameters
    ----------
    moments : dict
        One draw: ``level``, ..., ``level_on``, ... as arrays.
    means : mapping of str to array, shape (n_children,), optional
        By covariate, means of children that are parameters; those computed if not given.

    Returns
    -------
    array, shape (n_children, T, K)
        Rating points.
    """
    out = np.empty((len(arrays.children), len(arrays.coefficients), len(arrays.informants)))
    # Imputed values are not kept: a missing one stands at the mean or the reference category.
    x = np.nan_to_num(arrays.x, nan=0.0)
    for one in arrays.latent_means:
        if means is not None:
            x[:, one.between] = means[one.name]
    for position, name in enumerate(arrays.coefficients):
        out[:, position] = moments[name]
        if f"{name}_on" in moments:
            out[:, position] += x @ moments[f"{name}_on"]
    return out
