r"""Ratings as points counted on a bounded scale.

Given `m` on the scale without ends, a rating is `lower` and a beta-binomial number of the `n`
points of the scale. Over a normal `m` its expectation and the chance of all points are

.. math::
   E[y] = lower + n\, E[p(m)], \qquad
   P(y = upper) = E\Big[\prod_{j=0}^{n-1} \frac{p(m) + j \kappa}{1 + j \kappa}\Big], \qquad
   p(m) = \frac{1}{1 + e^{-2 (m - center) / spread}}, \quad \kappa = \frac{\rho}{1 - \rho},

by Gauss-Hermite quadrature. What informants share of one occasion is in `m`; the scatter of points,
with the dispersion :math:`\rho`, is counted.
"""

import numpy as np
from scipy.special import expit

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.likelihoods.law import Density, Drawing, Law, Moments, Variables, hermite
from bayes_alliance.specification import ModelSpec

SMALLEST = 1e-12  # dispersion and distance of a chance from 0 and 1 that numbers can still tell


def residuals(arrays: Design, moments: Moments, rng: np.random.Generator) -> Floats:
    """What informants share of each occasion of a design, shape (R, K)."""
    shared = rng.standard_normal((len(arrays.present), 1))
    return shared * moments.get("occasion_sd", np.zeros(len(arrays.informants)))


def occasion_cov(moments: Moments, arrays: Design) -> Floats:
    """Covariance of what informants share of one occasion, shape (..., K, K)."""
    sd = moments.get("occasion_sd", np.zeros_like(moments["residual_dispersion"]))
    return sd[..., :, None] * sd[..., None, :]


def observed(
    latent: Floats, moments: Moments, arrays: Design, rng: np.random.Generator, *, planned: bool
) -> Floats:
    """Points out of those of the scale, above its lower end."""
    p = expit(2.0 * (latent - arrays.center) / arrays.spread)
    points = drawn(p, moments["residual_dispersion"], most_points(arrays), rng)
    return arrays.ends[0] + points


def drawn(p: Floats, dispersion: Floats, most: np.ndarray, rng: np.random.Generator) -> Floats:
    """Draw beta-binomial points.

    Parameters
    ----------
    p : array, shape (..., K)
    dispersion : array, shape (K,)
    most : array of int, shape (K,)

    Returns
    -------
    array, shape (..., K)
    """
    concentration = (1.0 - dispersion) / np.maximum(dispersion, SMALLEST)
    inside = np.clip(p, SMALLEST, 1.0 - SMALLEST)
    chance = rng.beta(inside * concentration, (1.0 - inside) * concentration)
    return rng.binomial(most, chance).astype(np.float64)


def most_points(arrays: Design) -> np.ndarray:
    """Number of points above the lower end of each informant's scale, shape (K,), integers."""
    return np.round(2.0 * arrays.spread).astype(np.int64)


def expected(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Expected rating."""
    sd, total = np.sqrt(variance), np.zeros(mean.shape)
    for node, weight in zip(*hermite(), strict=True):
        total += weight * expit(2.0 * (mean + sd * node - arrays.center) / arrays.spread)
    return arrays.ends[0] + most_points(arrays) * total


def at_ceiling(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Chance of all points of the scale."""
    rho = moments["residual_dispersion"]
    kappa = np.broadcast_to((rho / (1.0 - rho))[:, None, :], mean.shape)
    sd, total = np.sqrt(variance), np.zeros(mean.shape)
    for node, weight in zip(*hermite(), strict=True):
        p = expit(2.0 * (mean + sd * node - arrays.center) / arrays.spread)
        log_p = np.zeros(mean.shape)
        for k, n in enumerate(most_points(arrays).tolist()):
            for j in range(n):
                own = j * kappa[..., k]
                log_p[..., k] += np.log(p[..., k] + own) - np.log1p(own)
        total += weight * np.exp(log_p)
    return total


def residual_cov(moments: Moments, level: Floats, arrays: Design) -> Floats:
    r"""Covariance of what makes ratings of one occasion differ, on the scale without ends.

    That of what informants share and, on the diagonal, the scatter of points at the average `p`, by
    the delta method (Nakagawa, Johnson and Schielzeth 2017),

    .. math:: \frac{n p (1 - p) (1 + (n - 1) \rho)}{(4 p (1 - p))^2} .

    Parameters
    ----------
    level : array, shape (..., K)

    Returns
    -------
    array, shape (..., K, K)
    """
    n, rho = 2.0 * arrays.spread, moments["residual_dispersion"]
    p = expit(2.0 * (level - arrays.center) / arrays.spread)
    scatter = n * p * (1.0 - p) * (1.0 + (n - 1.0) * rho) / (4.0 * p * (1.0 - p)) ** 2
    return scatter[..., :, None] * np.eye(level.shape[-1]) + occasion_cov(moments, arrays)


def prior_draws(drawing: Drawing, spec: ModelSpec, arrays: Design, level: Floats) -> Variables:
    """Draw the dispersion and what informants share of one occasion, where they share some."""
    own = ("chain", "draw", "informant")
    draws = {"residual_dispersion": drawing("residual_dispersion", level.shape)}
    if "occasion_sd" in spec.priors:
        draws["occasion_sd"] = drawing("occasion_sd", level.shape) * arrays.spread
    variables: Variables = {name: (own, values) for name, values in draws.items()}
    variables["residual_cov"] = (*own, "informant_"), residual_cov(draws, level, arrays)
    return variables


def log_prior(key: str, log_density: Density, moments: Moments, arrays: Design) -> Floats:
    """Log density of the dispersion, or of what informants share in points."""
    unit = arrays.spread if key == "occasion_sd" else np.ones_like(arrays.spread)
    return (log_density(moments[key] / unit) - np.log(unit)).sum(axis=-1)


LAW = Law(
    observed=observed,
    moments={"residual_dispersion": ("informant",), "occasion_sd": ("informant",)},
    residuals=residuals,
    occasion_cov=occasion_cov,
    expected=expected,
    at_ceiling=at_ceiling,
    prior_draws=prior_draws,
    log_prior=log_prior,
)
