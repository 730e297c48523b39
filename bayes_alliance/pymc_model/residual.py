r"""The residuals of one occasion: their distribution, and the ratings they make.

With residual covariance `S`, informant `k`'s residual at an occasion with covariates `x` is

.. math:: e_{k} = r_{k} \exp(x' \alpha_k), \qquad r \sim N(0, S),

so that the standard deviation depends on covariates (Hedeker, Mermelstein and Demirtas 2008); a
likelihood family may make `r` larger or smaller for all informants of an occasion together
(`Tail`). Residuals related over occasions are in `autoregression`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import covariance
from bayes_alliance.pymc_model.autoregression import OBSERVED_AUTOREGRESSION, blocks
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.pymc_model.response import OBSERVED_NORMAL, occasion_sets
from bayes_alliance.specification import ModelSpec

# Shapes of one occasion's parameters, as in a signature.
SHAPES = {"log_factor": "(k)", "tail": "()", "rho": "()"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Tail:
    """What makes residuals of one occasion larger or smaller together, normal ones otherwise.

    Parameters
    ----------
    parameter : tensor, scalar
    log_density : callable
        Of the residuals of each occasion, from the normal log density of these, that at zero, how
        many there are, and the parameter.
    factor : callable
        Draws what normal residuals are multiplied by, from the parameter, a shape and a generator.
    """

    parameter: TensorVariable
    log_density: Callable[
        [TensorVariable, TensorVariable, NDArray[np.float64], TensorVariable], TensorVariable
    ]
    factor: Callable[[float, tuple[int, ...], np.random.Generator], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Residual:
    """Distribution of the residuals.

    Parameters
    ----------
    cov : tensor, shape (K, K)
        Covariance of the residuals of one occasion, covariates at zero.
    log_factor : tensor, shape (R, K), or None
        Logarithm of what each occasion's standard deviations are multiplied by.
    tail : Tail or None
        None for normal residuals.
    rho : tensor, scalar, or None
        Correlation of residuals one unit of scaled time apart; None if occasions are unrelated.
    root : tensor, shape (K, K), optional
        A square root of the covariance.
    """

    cov: TensorVariable
    log_factor: TensorVariable | None = None
    tail: Tail | None = None
    rho: TensorVariable | None = None
    root: TensorVariable | None = None

    @property
    def parameters(self) -> dict[str, TensorVariable]:
        """Everything but the covariance, by name."""
        tail = None if self.tail is None else self.tail.parameter
        given = {"log_factor": self.log_factor, "tail": tail, "rho": self.rho}
        return {name: value for name, value in given.items() if value is not None}

    def having(self, cov: TensorVariable, values: Mapping[str, TensorVariable]) -> "Residual":
        """Return the same distribution with other values of its parameters."""
        tail = self.tail and replace(self.tail, parameter=values["tail"])
        return Residual(
            cov=cov,
            log_factor=values.get("log_factor"),
            tail=tail,
            rho=values.get("rho"),
        )


def registered(spec: ModelSpec, arrays: Design) -> Residual:
    """Register the parameters of normal residuals, ``residual_sd`` given.

    Returns
    -------
    Residual
        Registered are ``residual_cov`` (informant, informant_), ``residual_cor_cholesky``; where
        the model has them ``residual_sd_on`` (residual_covariate, informant) and
        ``residual_autoregression``.
    """
    sd = pm.modelcontext(None)["residual_sd"]
    n_informants = len(arrays.informants)
    prior = spec.priors.get("residual_cor")
    root = covariance.cholesky("residual", sd, np.zeros(n_informants, dtype=np.int64), prior=prior)
    cov = pm.Deterministic("residual_cov", root @ root.T, dims=("informant", "informant_"))
    log_factor = rho = None
    if arrays.residual_covariates:
        unit = np.repeat(1.0 / arrays.residual_x_sd[:, None], n_informants, axis=1)
        effects = covariance.free(
            "residual_sd_on",
            spec.priors["residual_sd_on"],
            factor=unit,
            dims=("residual_covariate", "informant"),
        )
        log_factor = pt.dot(pt.constant(arrays.residual_x), effects)
    if "residual_autoregression" in spec.priors:
        rho = covariance.free("residual_autoregression", spec.priors["residual_autoregression"])
    return Residual(cov=cov, log_factor=log_factor, rho=rho, root=root)


def explicit(residual: Residual) -> TensorVariable:
    """Register the residuals themselves, where ratings are observed with scatter of their own.

    Returns
    -------
    tensor, shape (R, K)
        ``residual_raw`` (occasion, informant) times a root of the covariance, stretched.
    """
    assert residual.root is not None
    raw = pm.Normal("residual_raw", 0.0, 1.0, dims=("occasion", "informant"))
    values = pt.dot(raw, residual.root.T)
    return values if residual.log_factor is None else values * pt.exp(residual.log_factor)


def latent(arrays: Design, values: TensorVariable) -> TensorVariable:
    """Register the values behind the ratings that exist.

    Parameters
    ----------
    values : tensor, shape (R, K)

    Returns
    -------
    tensor, shape (N,)
        ``latent`` (rating), in the order of ``np.nonzero(arrays.present)``.
    """
    pm.modelcontext(None).add_coord("rating", list(range(arrays.n_ratings)))
    return pm.Deterministic("latent", values[np.nonzero(arrays.present)], dims="rating")


def log_density(
    residual: Residual,
    arrays: Design,
    y: TensorVariable,
    mean: TensorVariable,
    occasion: NDArray[np.int64],
) -> TensorVariable:
    """Log density of the ratings that exist.

    Parameters
    ----------
    y, mean : tensor, shape (n, K)
        Ratings in points (any number where absent) and their expectation.
    occasion : array of int, shape (n,)
        The occasion of each row. All of them, in order, if they are related.

    Returns
    -------
    tensor, shape (n,)
        By row; where occasions are related by child, at the child's first.
    """
    present = arrays.present[occasion]
    error, stretched = y - mean, 0.0
    if residual.log_factor is not None:
        log_factor = residual.log_factor[occasion]
        error = error * pt.exp(-log_factor)
        stretched = (log_factor * present).sum(axis=1)
    if residual.rho is not None:
        patterns = blocks(present, arrays.occasion_child, arrays.scaled_time)
        return OBSERVED_AUTOREGRESSION(error, residual.cov, residual.rho, *patterns) - stretched
    sets, set_index = occasion_sets(present)
    normal = OBSERVED_NORMAL(error, residual.cov, sets, set_index)
    if residual.tail is None:
        return normal - stretched
    at_zero = OBSERVED_NORMAL(np.zeros(sets.shape), residual.cov, sets, np.arange(len(sets)))
    n_present = sets.sum(axis=1).astype(np.float64)[set_index]
    tail = residual.tail
    return tail.log_density(normal, at_zero[set_index], n_present, tail.parameter) - stretched


def observed(residual: Residual, arrays: Design, expected: Expected) -> None:
    """Register the observed ratings, and what missing categories add to their density."""

    def given_all(y: TensorVariable, mean: TensorVariable, occasion: NDArray) -> TensorVariable:
        return log_density(residual, arrays, y, mean, occasion)

    ratings(residual, arrays, expected.of_occasions(arrays))
    expected.sum_over_categories(arrays, given_all)


def ratings(residual: Residual, arrays: Design, mean: TensorVariable) -> None:
    """Register the observed ratings; absent ones are no variables at all.

    Parameters
    ----------
    mean : tensor, shape (R, K)
    """
    everything = np.arange(len(arrays.y))
    names = tuple(residual.parameters)

    def density(
        y: TensorVariable, mean: TensorVariable, cov: TensorVariable, *rest: TensorVariable
    ) -> TensorVariable:
        # PyMC aligns batch dims: what all occasions share arrives as (1, ...).
        shared = cov[(0,) * (cov.ndim - 2)]
        values = {
            name: value[(0,) * (value.ndim - 2 * (SHAPES[name] == "(k)"))]
            for name, value in zip(names, rest, strict=True)
        }
        return log_density(residual.having(shared, values), arrays, y, mean, everything)

    def random(*given: np.ndarray, rng: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        mean, cov, *rest = given
        values = dict(zip(names, rest, strict=True))
        shape = (*(size or mean.shape[:-1]), mean.shape[-1])
        noise = rng.standard_normal(shape)
        if "rho" in values:
            noise = autocorrelated(arrays, noise, float(np.ravel(values["rho"])[0]))
        noise = noise @ np.linalg.cholesky(cov.reshape(-1, *cov.shape[-2:])[0]).T
        if residual.tail is not None:
            parameter = float(np.ravel(values["tail"])[0])
            noise = noise * residual.tail.factor(parameter, (*shape[:-1], 1), rng)
        return mean + noise * np.exp(values.get("log_factor", 0.0))

    pm.CustomDist(
        "rating",
        mean,
        residual.cov,
        *residual.parameters.values(),
        logp=density,
        random=random,
        signature=f"{','.join(('(k)', '(k,k)', *(SHAPES[name] for name in names)))}->(k)",
        observed=arrays.y,
        dims=("occasion", "informant"),
    )


def autocorrelated(arrays: Design, noise: NDArray[np.float64], rho: float) -> NDArray[np.float64]:
    """Turn independent standard noise of each child into autocorrelated noise.

    Parameters
    ----------
    noise : array, shape (R, K)
    rho : float
        Correlation one unit of scaled time apart.

    Returns
    -------
    array, shape (R, K)
    """
    out = np.empty_like(noise)
    time = arrays.scaled_time
    for child in np.unique(arrays.occasion_child):
        own = np.flatnonzero(arrays.occasion_child == child)
        gaps = np.abs(time[own][:, None] - time[own])
        out[own] = np.linalg.cholesky(rho**gaps) @ noise[own]
    return out
