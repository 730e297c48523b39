r"""Ratings as points counted on a bounded scale: the beta-binomial density.

A rating is :math:`y = lower + x` with `x` of :math:`n = upper - lower` points, and

.. math::
   x \sim \mathrm{BetaBinomial}\big(n, p\,c, (1 - p)\,c\big), \qquad
   \mathrm{logit}\, p = \frac{2 (m - center)}{spread}, \qquad c = \frac{1 - \rho}{\rho},

where `m` is what growth, covariates, effects and the occasion add up to, in points of a scale
without ends: a point of `m` is a point of the expected rating at the middle of the scale, and less
and less of one towards its ends. The dispersion :math:`\rho` is the correlation between single
points of one rating; at 0 the rating is binomial. With :math:`\kappa = 1 / c`,

.. math::
   \log P(x) = \log \binom{n}{x} + \sum_{j=0}^{x-1} \log(p + j \kappa)
   + \sum_{j=0}^{n-x-1} \log(1 - p + j \kappa) - \sum_{j=0}^{n-1} \log(1 + j \kappa),

which loses no digits as the dispersion goes to zero (Skellam 1948; Prentice 1986).
"""

from dataclasses import replace

import numba
import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable
from scipy.special import gammaln

from bayes_alliance.design import Design
from bayes_alliance.likelihoods.beta_binomial import drawn, most_points
from bayes_alliance.pymc_model import covariance
from bayes_alliance.pymc_model.compiled import Compiled
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.specification import ModelSpec

PER_LOGARITHM = 6  # factors between 1e-50 and 40 multiplied before a logarithm is taken
SMALLEST = 1e-50


@numba.njit(cache=True)
def _rising(start, step, n):  # type: ignore[no-untyped-def]
    """Sum of the logarithms of ``start + j step``, and its derivatives by start and step."""
    total, by_start, by_step = 0.0, 0.0, 0.0
    product, taken = 1.0, 0
    for j in range(n):
        factor = start + j * step
        factor = factor if factor > SMALLEST else SMALLEST
        inverse = 1.0 / factor
        by_start += inverse
        by_step += j * inverse
        product *= factor
        taken += 1
        if taken == PER_LOGARITHM:
            total += np.log(product)
            product, taken = 1.0, 0
    return total + np.log(product), by_start, by_step


@numba.njit(cache=True)
def _counted(logit, kappa, x, n):  # type: ignore[no-untyped-def]
    """Log density of every rating but the binomial coefficient, and its gradients."""
    size = len(logit)
    out, by_logit, by_kappa = np.empty(size), np.empty(size), np.empty(size)
    for r in range(size):
        up = 1.0 / (1.0 + np.exp(-logit[r]))
        down = 1.0 / (1.0 + np.exp(logit[r]))
        above, by_up, first = _rising(up, kappa[r], x[r])
        below, by_down, second = _rising(down, kappa[r], n[r] - x[r])
        both, _, third = _rising(1.0, kappa[r], n[r])
        out[r] = above + below - both
        by_logit[r] = (by_up - by_down) * up * down
        by_kappa[r] = first + second - third
    return out, by_logit, by_kappa


# Inputs are, of each rating, the logit, one over the concentration, the points and the most points.
COUNTED = Compiled("counted", _counted, like=(0, 0, 0))


def registered(spec: ModelSpec, arrays: Design, expected: Expected) -> None:
    """Register dispersions, what informants share of one occasion, and the ratings.

    Notes
    -----
    ``residual_cov`` (informant, informant_) is what makes ratings of one occasion differ, on the
    scale without ends; see `bayes_alliance.likelihoods.beta_binomial.residual_cov`.
    """
    dispersion, effect = parameters(spec, arrays)
    mean = expected.mean if effect is None else expected.mean + effect[expected.occasion]
    expected = replace(expected, mean=mean)

    def density(y: TensorVariable, mean: TensorVariable, occasion: NDArray) -> TensorVariable:
        return log_density(arrays, y, mean, dispersion, occasion)

    ratings(arrays, expected.of_occasions(arrays), dispersion)
    expected.sum_over_categories(arrays, density)


def parameters(spec: ModelSpec, arrays: Design) -> tuple[TensorVariable, TensorVariable | None]:
    """Register dispersions and the effects of occasions.

    Returns
    -------
    dispersion : tensor, shape (K,)
        ``residual_dispersion`` (informant).
    effect : tensor, shape (R, K), or None
        In points of a scale without ends: ``occasion_sd`` (informant) times what one occasion has
        in common for all informants, ``occasion_raw`` (occasion). None where the structure of the
        residual is independent.
    """
    dispersion = covariance.free(
        "residual_dispersion", spec.priors["residual_dispersion"], dims=("informant",)
    )
    most = most_points(arrays)
    logit = 2.0 * (pm.modelcontext(None)["level"] - arrays.center) / arrays.spread
    odds = 2.0 + pt.exp(logit) + pt.exp(-logit)
    cov = pt.diag(most / 16.0 * (1.0 + (most - 1.0) * dispersion) * odds)
    effect = None
    if spec.residual.is_correlated:
        sd = covariance.free(
            "occasion_sd", spec.priors["occasion_sd"], factor=arrays.spread, dims=("informant",)
        )
        raw = pm.Normal("occasion_raw", 0.0, 1.0, dims="occasion")
        effect = raw[:, None] * sd[None, :]
        cov = cov + sd[:, None] * sd[None, :]
    pm.Deterministic("residual_cov", cov, dims=("informant", "informant_"))
    return dispersion, effect


def log_density(
    arrays: Design,
    y: TensorVariable,
    mean: TensorVariable,
    dispersion: TensorVariable,
    occasion: NDArray[np.int64],
) -> TensorVariable:
    """Log density of the ratings that exist, given everything.

    Parameters
    ----------
    y, mean : tensor, shape (n, K)
        Ratings (any number where absent) and `m` of the module's formula.
    dispersion : tensor, shape (K,)
    occasion : array of int, shape (n,)
        The occasion of each row.

    Returns
    -------
    tensor, shape (n,)
    """
    row, informant = np.nonzero(arrays.present[occasion])
    lower, most = arrays.ends[0], most_points(arrays)
    logit = 2.0 * (mean - arrays.center) / arrays.spread
    x = pt.cast(pt.round(y[row, informant] - lower[informant]), "int64")
    kappa = dispersion / (1.0 - dispersion)
    n = most[informant]
    counted = COUNTED(logit[row, informant], kappa[informant], x, pt.constant(n))
    choose = gammaln(n + 1.0) - pt.gammaln(x + 1.0) - pt.gammaln(n - x + 1.0)
    return pt.inc_subtensor(pt.zeros(len(occasion))[row], counted[0] + choose)


def ratings(arrays: Design, mean: TensorVariable, dispersion: TensorVariable) -> None:
    """Register the observed ratings; absent ones are no variables at all.

    Parameters
    ----------
    mean : tensor, shape (R, K)
    dispersion : tensor, shape (K,)
    """
    everything = np.arange(len(arrays.y))
    lower, most = arrays.ends[0], most_points(arrays)

    def density(
        y: TensorVariable, mean: TensorVariable, dispersion: TensorVariable
    ) -> TensorVariable:
        # PyMC aligns batch dims: what all occasions share arrives as (1, K).
        shared = dispersion[(0,) * (dispersion.ndim - 1)]
        return log_density(arrays, y, mean, shared, everything)

    def random(
        mean: np.ndarray,
        dispersion: np.ndarray,
        *,
        rng: np.random.Generator,
        size: tuple[int, ...] | None,
    ) -> np.ndarray:
        shape = (*(size or mean.shape[:-1]), mean.shape[-1])
        p = 1.0 / (1.0 + np.exp(-2.0 * (mean - arrays.center) / arrays.spread))
        rho = dispersion.reshape(-1, dispersion.shape[-1])[0]
        return lower + drawn(np.broadcast_to(p, shape), rho, most, rng)

    pm.CustomDist(
        "rating",
        mean,
        dispersion,
        logp=density,
        random=random,
        signature="(k),(k)->(k)",
        observed=arrays.y,
        dims=("occasion", "informant"),
    )
