"""Covariances in the graph: standard deviations, correlations, and the effects they govern.

From a specification's priors come free standard deviations (one vector over informants per growth
coefficient) and, for a correlated structure, the Cholesky factor of an LKJ correlation matrix
(Lewandowski, Kurowicka and Joe 2009); for a common factor, each term's loading. Effects are
non-centred (Papaspiliopoulos, Roberts and Sköld 2007): standard normal draws times a square root
of the covariance.
"""

import functools

import numpy as np
import pymc as pm
import pytensor.scalar as ps
import pytensor.tensor as pt
from numpy.typing import ArrayLike, NDArray
from pymc.distributions.transforms import Transform
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.specification.priors import (
    AverageFactor,
    Counterpart,
    Prior,
    of_correlations,
    of_numbers,
)

type Factor = NDArray[np.float64] | float

# From above, Newton's method on a convex function comes down to the root without overshooting.
STEPS = 16


class NormalTails(Transform):
    r"""The coordinate in which standard deviations are sampled: one with normal tails.

    A standard deviation is :math:`s\,t(x)`, `s` the scale of its prior, with

    .. math:: t(x) = x\,\Phi(x) + \varphi(x), \qquad t'(x) = \Phi(x),

    the integral of the normal distribution function: `x` where `x` is large, positive everywhere.
    A density that is flat towards zero becomes one of `x` with normal tails, where the sampler's
    steps fit; under the logarithm, PyMC's default, it would fall off so slowly that chains wander.
    The collapsed engine uses the same coordinate.

    Parameters
    ----------
    unit : float or array
        Scale of the prior in rating points.
    """

    name = "normal_tails"

    def __init__(self, unit: ArrayLike) -> None:
        self.unit = np.asarray(unit, dtype=np.float64)

    def forward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Coordinate of a standard deviation."""
        return _inverse()(value / self.unit)

    def backward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Standard deviation of a coordinate."""
        return self.unit * (value * _probability(value) + _density(value))

    def log_jac_det(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Logarithm of the derivative of `backward`."""
        return pt.log(self.unit * _probability(value))


def _probability(x: TensorVariable) -> TensorVariable:
    # erfc keeps its relative precision far on the left, where 1 + erf is 0.
    return 0.5 * pt.erfc(-x / np.sqrt(2.0))


def _density(x: TensorVariable) -> TensorVariable:
    return pt.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)


@functools.cache
def _inverse() -> Elemwise:
    """The coordinate of `t`, by Newton's method, as one node of a graph.

    PyMC puts it into the graph of every model once for each standard deviation, and with a node for
    each operation of each step it was most of the graph.
    """
    t = ps.float64("t")
    x = t
    # t(x) is convex and nowhere below x, so that x = t lies right of the root and every step comes
    # nearer without overshooting.
    for _ in range(STEPS):
        probability = 0.5 * ps.erfc(-x / np.sqrt(2.0))
        density = ps.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)
        x = x - (x * probability + density - t) / probability
    return Elemwise(ps.Composite([t], [x]))


def free(
    name: str,
    prior: Prior,
    *,
    factor: Factor = 1.0,
    shift: Factor = 0.0,
    dims: tuple[str, ...] = (),
) -> TensorVariable:
    """Free numbers of one prior, in rating points.

    Parameters
    ----------
    prior : Prior
        Of numbers, in units of the scale.
    factor, shift : float or array
        Rating points are ``shift + factor * (units of the scale)``.

    Returns
    -------
    tensor
        With the given dims; standard deviations are sampled in the coordinate of `NormalTails`
        where the prior has mass at 0.
    """
    own = of_numbers(prior).counterpart(factor=factor, shift=shift)
    transform = {} if own.unit is None else {"default_transform": NormalTails(own.unit)}
    return registered(name, own, dims=dims, **transform)


def registered(
    name: str, own: Counterpart, *, dims: tuple[str, ...] = (), **options: object
) -> TensorVariable:
    """The distribution of a prior, with the sampler's own options."""
    return getattr(pm, own.name)(name, **own.arguments, dims=dims or None, **options)


def cholesky(
    name: str, sd: TensorVariable, coefficient: NDArray[np.int64], *, prior: Prior | None
) -> TensorVariable:
    """Square root of a covariance matrix.

    Parameters
    ----------
    name : str
        ``"child"`` registers ``child_cor_cholesky`` and, for a prior by coefficient,
        ``child_cor_by_coefficient``: what its log density has beyond that of LKJ; for one that is
        flat in the average, ``child_cor_average``, likewise.
    sd : tensor, shape (n,)
    coefficient : array of int, shape (n,)
        Growth coefficient of each row.
    prior : Prior or None
        None for an independent structure.

    Returns
    -------
    tensor, shape (n, n)
        Lower triangular `L` with `L L'` the covariance.
    """
    n = len(coefficient)
    if n == 1 or prior is None:
        return pt.diag(sd)
    of_matrix = of_correlations(prior)
    factor = registered(f"{name}_cor_cholesky", of_matrix.counterpart(n))
    constant, per_row = of_matrix.beyond_counterpart(coefficient)
    if per_row.any():
        beyond = constant + pt.dot(per_row, pt.log(pt.diagonal(factor)))
        pm.Potential(f"{name}_cor_by_coefficient", beyond)
    if of_average := of_matrix.average_factor(coefficient):
        pm.Potential(f"{name}_cor_average", _log_factor(of_average, factor))
    return sd[:, None] * factor


def _log_factor(own: AverageFactor, root: TensorVariable) -> TensorVariable:
    """Logarithm of a factor by the average correlation, from the matrix' square root.

    How far the average is from 1 is a sum of squared distances between rows: nothing cancels.
    """
    n = own.n_rows
    rows = root[:n, :n]
    u = pt.sqr(rows.sum(axis=0)).sum() / n**2
    rest = pt.sqr(rows[:, None] - rows[None]).sum() / (2.0 * n**2)
    return own.constant - own.exponent * (pt.log(u) / n + pt.log(rest))


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
    dims = f"{name}_term"
    pair = of_correlations(prior).pair_counterpart()
    half = registered(f"{name}_loading_beta", pair, dims=(dims,))
    loading = 2.0 * half - 1.0
    member = (factor[:, None] == np.arange(factor.max() + 1)).astype(np.float64)
    sign = pt.sign(pt.dot(member, pt.dot(member.T, loading)))
    pm.Deterministic(f"{name}_loading", sign * loading, dims=dims)
    # sqrt(1 - loading^2) without the rounding of a loading near 1.
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
    select = selection(positions, n)
    return select.T @ cov @ select


def selection(positions: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Matrix, shape (m, n), that takes `m` of `n` rows: rows by number have a wrong gradient."""
    return np.eye(n)[positions]
