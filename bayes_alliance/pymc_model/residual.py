r"""What is left of the ratings of one occasion: its distribution, and the ratings it makes.

With residual covariance `S`, informant `k`'s residual at an occasion with covariates `x` is

.. math:: e_{k} = r_{k} \exp(x' \alpha_k), \qquad r \sim N(0, S),

so that the standard deviation depends on covariates (Hedeker, Mermelstein and Demirtas 2008); or
`r` has a multivariate Student's t distribution with covariance `S`, whose scale matrix is
:math:`S (\nu - 2) / \nu` (Lange, Little and Taylor 1989). With :math:`n_o` informants present and
:math:`q = r_o' S_{oo}^{-1} r_o` the density of these is, the marginal of a t keeping its
:math:`\nu`,

.. math::
   \log \Gamma(\tfrac{\nu + n_o}{2}) - \log \Gamma(\tfrac{\nu}{2})
   - \tfrac{n_o}{2} \log((\nu - 2) \pi) - \tfrac12 \log|S_{oo}|
   - \tfrac{\nu + n_o}{2} \log\!\Big(1 + \frac{q}{\nu - 2}\Big).

Residuals that go on over occasions are in `autoregression`.
"""

from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import covariance
from bayes_alliance.pymc_model.autoregression import blocks, log_density_of_blocks
from bayes_alliance.pymc_model.response import LOG_2_PI, observed_log_density, occasion_sets
from bayes_alliance.specification import Beta, Exponential, Gamma, ModelSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class Left:
    """Distribution of the residuals.

    Parameters
    ----------
    cov : tensor, shape (K, K)
        Covariance of the residuals of one occasion, covariates at zero.
    log_factor : tensor, shape (R, K), or None
        Logarithm of what each occasion's standard deviations are multiplied by.
    nu : tensor, scalar, or None
        Degrees of freedom; None for normal residuals.
    rho : tensor, scalar, or None
        Correlation of residuals one unit of scaled time apart; None if occasions are unrelated.
    root : tensor, shape (K, K), optional
        A square root of the covariance.
    """

    cov: TensorVariable
    log_factor: TensorVariable | None = None
    nu: TensorVariable | None = None
    rho: TensorVariable | None = None
    root: TensorVariable | None = None

    @property
    def parameters(self) -> tuple[TensorVariable, ...]:
        """Everything but the covariance."""
        return tuple(v for v in (self.log_factor, self.nu, self.rho) if v is not None)

    @property
    def core(self) -> tuple[str, ...]:
        """Shapes of one occasion's parameters, as in a signature."""
        given = (("(k)", self.log_factor), ("()", self.nu), ("()", self.rho))
        return tuple(shape for shape, value in given if value is not None)

    def having(self, cov: TensorVariable, values: tuple[TensorVariable, ...]) -> "Left":
        """Return the same distribution with other values, in the order of ``parameters``."""
        rest = list(values)
        names = [name for name in ("log_factor", "nu", "rho") if getattr(self, name) is not None]
        return Left(cov=cov, **dict(zip(names, rest, strict=True)))


def registered(spec: ModelSpec, arrays: Design, sd: TensorVariable) -> Left:
    """Register the parameters of the residuals.

    Parameters
    ----------
    sd : tensor, shape (K,)
        Residual standard deviations, covariates at zero.

    Returns
    -------
    Left
        Registered are ``residual_cov`` (informant, informant_), ``residual_cor_cholesky``; where
        the model has them ``residual_sd_on`` (residual_covariate, informant),
        ``residual_nu_above_2`` and ``residual_nu``, ``residual_autoregression``.
    """
    n_informants = len(arrays.informants)
    prior = spec.priors.get("residual_cor")
    root = covariance.cholesky("residual", sd, np.zeros(n_informants, dtype=np.int64), prior=prior)
    cov = pm.Deterministic("residual_cov", root @ root.T, dims=("informant", "informant_"))
    log_factor = nu = rho = None
    if arrays.residual_covariates:
        unit = np.repeat(1.0 / arrays.residual_x_sd[:, None], n_informants, axis=1)
        effects = covariance.coefficient(
            "residual_sd_on",
            spec.priors["residual_sd_on"],
            shift=np.zeros_like(unit),
            factor=unit,
            dims=("residual_covariate", "informant"),
        )
        log_factor = pt.dot(pt.constant(arrays.residual_x), effects)
    match spec.priors.get("residual_nu"):
        case Gamma(alpha=alpha, beta=beta):
            nu = 2.0 + pm.Gamma("residual_nu_above_2", alpha=alpha, beta=beta)
        case Exponential(rate=rate):
            nu = 2.0 + pm.Exponential("residual_nu_above_2", lam=rate)
    nu = nu if nu is None else pm.Deterministic("residual_nu", nu)
    match spec.priors.get("residual_autoregression"):
        case Beta(alpha=alpha, beta=beta):
            rho = pm.Beta("residual_autoregression", alpha=alpha, beta=beta)
    return Left(cov=cov, log_factor=log_factor, nu=nu, rho=rho, root=root)


def log_density(
    left: Left,
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
    if left.log_factor is not None:
        log_factor = left.log_factor[occasion]
        error = error * pt.exp(-log_factor)
        stretched = (log_factor * present).sum(axis=1)
    if left.rho is not None:
        if len(occasion) != len(arrays.y):
            raise ValueError("occasions that go on from another are taken together")
        found = blocks(present, arrays.occasion_child, arrays.scaled_time)
        return log_density_of_blocks(error, left.cov, left.rho, found=found) - stretched
    sets, set_index = occasion_sets(present)
    none = pt.zeros_like(error)
    normal = observed_log_density(error, none, left.cov, sets=sets, set_index=set_index)
    if left.nu is None:
        return normal - stretched
    # The normal density at zero holds the determinant, its difference the quadratic form.
    zero = pt.constant(np.zeros(sets.shape))
    numbers = np.arange(len(sets), dtype=np.int64)
    at_zero = observed_log_density(zero, zero, left.cov, sets=sets, set_index=numbers)
    n_present = sets.sum(axis=1).astype(np.float64)
    nu, below = left.nu, left.nu - 2.0
    constant = (
        pt.gammaln(0.5 * (nu + n_present))
        - pt.gammaln(0.5 * nu)
        - 0.5 * n_present * (pt.log(below) - LOG_2_PI + np.log(np.pi))
        + at_zero
    )
    q = 2.0 * (at_zero[set_index] - normal)
    tail = 0.5 * (nu + n_present[set_index]) * pt.log1p(q / below)
    return constant[set_index] - tail - stretched


def weights(nu: TensorVariable) -> TensorVariable:
    r"""Register the weights that make normal residuals heavy-tailed.

    .. math::
       r \mid w \sim N(0, S / w), \quad w \sim \mathrm{Gamma}(\alpha, \alpha - 1), \quad
       \alpha = \nu / 2 \quad\Rightarrow\quad r \sim t_\nu \text{ with covariance } S .

    Sampled is how far :math:`\log w` lies from about where the law puts it, in about its standard
    deviations, so that weights the ratings say little about do not tie down the degrees of freedom;
    a potential makes the law exact.

    Parameters
    ----------
    nu : tensor, scalar

    Returns
    -------
    tensor, shape (R,)
        Registered are ``residual_weight_raw`` and ``residual_weight`` (occasion), and the potential
        ``residual_weight_law``.
    """
    alpha = 0.5 * nu
    beta = alpha - 1.0
    raw = pm.Normal("residual_weight_raw", 0.0, 1.0, dims="occasion")
    # About the mean and the standard deviation of the logarithm of such a variable.
    scale = pt.sqrt(1.0 / alpha + 0.5 / alpha**2)
    log_weight = pt.log(alpha / beta) - 0.5 / alpha + scale * raw
    weight = pm.Deterministic("residual_weight", pt.exp(log_weight), dims="occasion")
    law = alpha * (pt.log(beta) + log_weight) - beta * weight - pt.gammaln(alpha) + pt.log(scale)
    standard = -0.5 * (raw**2 + LOG_2_PI)
    pm.Potential("residual_weight_law", (law - standard).sum())
    return weight


def ratings(left: Left, arrays: Design, mean: TensorVariable) -> None:
    """Register the observed ratings; absent ones are no variables at all.

    Parameters
    ----------
    mean : tensor, shape (R, K)
    """
    everything = np.arange(len(arrays.y))
    n_core = {"(k)": 2, "()": 0}

    def density(
        y: TensorVariable, mean: TensorVariable, cov: TensorVariable, *rest: TensorVariable
    ) -> TensorVariable:
        # PyMC aligns batch dims: what all occasions share arrives as (1, ...).
        shared = cov[(0,) * (cov.ndim - 2)]
        values = tuple(
            value[(0,) * (value.ndim - n_core[core])]
            for core, value in zip(left.core, rest, strict=True)
        )
        return log_density(left.having(shared, values), arrays, y, mean, everything)

    def random(*given: np.ndarray, rng: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        mean, cov, *rest = given
        names = [name for name in ("log_factor", "nu", "rho") if getattr(left, name) is not None]
        values = dict(zip(names, rest, strict=True))
        shape = (*(size or mean.shape[:-1]), mean.shape[-1])
        noise = rng.standard_normal(shape)
        if "rho" in values:
            noise = going_on(arrays, noise, float(np.ravel(values["rho"])[0]))
        noise = noise @ np.linalg.cholesky(cov.reshape(-1, *cov.shape[-2:])[0]).T
        if "nu" in values:
            nu = float(np.ravel(values["nu"])[0])
            noise = noise * np.sqrt((nu - 2.0) / rng.chisquare(nu, size=(*shape[:-1], 1)))
        return mean + noise * np.exp(values.get("log_factor", 0.0))

    pm.CustomDist(
        "rating",
        mean,
        left.cov,
        *left.parameters,
        logp=density,
        random=random,
        signature=f"{','.join(('(k)', '(k,k)', *left.core))}->(k)",
        observed=arrays.y,
        dims=("occasion", "informant"),
    )


def going_on(arrays: Design, noise: NDArray[np.float64], rho: float) -> NDArray[np.float64]:
    """Let independent standard noise of each child go on over its occasions.

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
