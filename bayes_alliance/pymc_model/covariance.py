"""Covariances in the graph: standard deviations, correlations, and the effects they govern.

From a specification's priors come free standard deviations (one vector over informants per growth
coefficient) and, for a correlated structure, the Cholesky factor of an LKJ correlation matrix
(Lewandowski, Kurowicka and Joe 2009); for a common factor, each term's loading. Effects are
non-centred (Papaspiliopoulos, Roberts and Sköld 2007): standard normal draws times a square root
of the covariance.
"""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.pymc_model.soft import Soft
from bayes_alliance.specification import (
    LKJ,
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    Normal,
    Prior,
    StudentT,
)


def coefficient(
    name: str, prior: Prior, *, shift: NDArray, factor: NDArray, dims: tuple[str, ...]
) -> TensorVariable:
    """Free coefficients in rating points.

    Parameters
    ----------
    prior : Normal or StudentT
        In units of the scale.
    shift, factor : array
        Rating points are ``shift + factor * (units of the scale)``.

    Returns
    -------
    tensor
        With the given dims.
    """
    match prior:
        case Normal():
            return pm.Normal(name, shift + factor * prior.mean, factor * prior.sd, dims=dims)
        case StudentT():
            return pm.StudentT(
                name,
                nu=prior.nu,
                mu=shift + factor * prior.mean,
                sigma=factor * prior.scale,
                dims=dims,
            )
        case _:
            raise TypeError(f"{prior.distribution} is not a prior for coefficients")


def standard_deviation(
    name: str, prior: Prior, *, factor: NDArray, dims: tuple[str, ...]
) -> TensorVariable:
    """Free standard deviations in rating points.

    Parameters
    ----------
    prior : HalfNormal, HalfStudentT, Exponential or Gamma
        In units of the scale.
    factor : array
        Rating points per unit of the scale.

    Returns
    -------
    tensor
        With the given dims; sampled in the coordinate of `soft` where the prior has mass at 0.
    """
    match prior:
        case HalfNormal():
            unit = factor * prior.scale
            return pm.HalfNormal(name, unit, dims=dims, default_transform=Soft(unit))
        case HalfStudentT():
            unit = factor * prior.scale
            return pm.HalfStudentT(
                name, nu=prior.nu, sigma=unit, dims=dims, default_transform=Soft(unit)
            )
        case Exponential():
            unit = factor / prior.rate
            return pm.Exponential(name, scale=unit, dims=dims, default_transform=Soft(unit))
        case Gamma():
            return pm.Gamma(name, alpha=prior.alpha, beta=prior.beta / factor, dims=dims)
        case _:
            raise TypeError(f"{prior.distribution} is not a prior for standard deviations")


def cholesky(
    name: str, sd: TensorVariable, coefficient: NDArray[np.int64], *, prior: Prior | None
) -> TensorVariable:
    """Square root of a covariance matrix.

    Parameters
    ----------
    name : str
        ``"child"`` registers ``child_cor_cholesky`` and, for a prior by coefficient,
        ``child_cor_by_coefficient``: what its log density has beyond that of LKJ.
    sd : tensor, shape (n,)
    coefficient : array of int, shape (n,)
        Growth coefficient of each row.
    prior : LKJ or None
        None for an independent structure.

    Returns
    -------
    tensor, shape (n, n)
        Lower triangular `L` with `L L'` the covariance.
    """
    n = len(coefficient)
    if n == 1 or not isinstance(prior, LKJ):
        return pt.diag(sd)
    factor = pm.LKJCorr(f"{name}_cor_cholesky", n=n, eta=prior.eta)
    after = prior.rows_after(coefficient)
    if after.any():
        constant = prior.log_constant(coefficient) - prior.log_constant(np.zeros(n))
        beyond = constant - pt.dot(after, pt.log(pt.diagonal(factor)))
        pm.Potential(f"{name}_cor_by_coefficient", beyond)
    return sd[:, None] * factor


def loadings_and_own(
    name: str, sd: TensorVariable, factor: NDArray[np.int64], *, prior: Prior
) -> TensorVariable:
    r"""Square root of a covariance matrix with one common factor per growth coefficient.

    .. math:: L = \big[\, s_j \lambda_j \,[f(j) = f] \;\big|\;
              \mathrm{diag}(s_j \sqrt{1 - \lambda_j^2}) \,\big]

    The loading of a term is its correlation with the factor, with the LKJ distribution of two rows,
    :math:`(1 + \lambda) / 2 \sim \mathrm{Beta}(\eta, \eta)`. Turning all signs of a factor changes
    neither covariance nor prior. Both signs are sampled: if one loading were held positive, the
    covariance itself would have two modes wherever that loading is near zero.

    Parameters
    ----------
    name : str
        ``"child"`` registers ``child_loading_beta``, which is free, and ``child_loading``, with the
        sign of each factor chosen such that its loadings have a positive sum.
    sd : tensor, shape (n,)
    factor : array of int, shape (n,)
        The factor of each term, from 0.

    Returns
    -------
    tensor, shape (n, n_factors + n)
    """
    if not isinstance(prior, LKJ):
        raise TypeError(f"{prior.distribution} is not a prior for correlations")
    dims = f"{name}_term"
    half = pm.Beta(f"{name}_loading_beta", alpha=prior.eta, beta=prior.eta, dims=dims)
    loading = 2.0 * half - 1.0
    member = (factor[:, None] == np.arange(factor.max() + 1)).astype(np.float64)
    sign = pt.sign(pt.dot(member, pt.dot(member.T, loading)))
    pm.Deterministic(f"{name}_loading", sign * loading, dims=dims)
    unique = 2.0 * sd * pt.sqrt(half * (1.0 - half))
    return pt.concatenate([(sd * loading)[:, None] * member, pt.diag(unique)], axis=1)


def embedded(cov: TensorVariable, positions: NDArray[np.int64], n: int) -> TensorVariable:
    """Covariance among all terms: zero where a term does not vary.

    Parameters
    ----------
    cov : tensor, shape (m, m)
    positions : array of int, shape (m,)

    Returns
    -------
    tensor, shape (n, n)
    """
    if len(positions) == n:
        return cov
    select = np.zeros((n, len(positions)))
    select[positions, np.arange(len(positions))] = 1.0
    return select @ cov @ select.T
