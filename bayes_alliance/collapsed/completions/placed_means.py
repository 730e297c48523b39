r"""Child means that are parameters, placed by what ratings say of them.

Notation is that of `child_means`. Ratings say something of a mean too, the more the larger
:math:`a = \beta - \delta` is. Sampled given the covariate's own values alone, means would hold
effects and standard deviations where they are. Sampled is `w`, where the mean lies in what values
and ratings say of it, roughly: with `c` ratings of an informant that lie `E` above a regression on
everything else, and :math:`V = \sigma^2 + c S^2` of residuals and of children,

.. math:: r = \frac{h}{P} + \frac{w}{\sqrt P}, \quad
          h = u \sum_k \frac{a_k}{V_k} \big(E_k - c_k (a_k \bar\xi + \delta_k m)\big), \quad
          P = 1 + u^2 \sum_k \frac{a_k^2 c_k}{V_k},

`u` the spread of :math:`\xi` above and :math:`\bar\xi` its middle: a change of
variables, exact however rough.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Floats2,
    Integers1,
    Integers2,
    Point,
)
from bayes_alliance.design import Design


class ChildMeans(NamedTuple):
    """Covariates whose means are parameters, and the children; constant."""

    intercept: Integers1  # (covariates,) place among all coordinates
    between: Integers1  # (covariates,) likewise
    within: Integers1  # (covariates,) likewise
    weight_start: Integers1  # (covariates + 1,) regressors of a covariate
    weight: Integers1  # (regressors,) place among all coordinates
    regressor: Floats2  # (regressors, children) in their standard deviations
    raw: Integers2  # (covariates, children) place of `w`
    mean: Floats2  # (covariates, children) of the values, in standard deviations
    squares: Floats2  # (covariates, children) sum of squared deviations from it
    computed: Floats2  # (covariates, children) mean in the design, in standard deviations
    unit: Floats1  # (covariates,) standard deviation
    n: Floats1  # (children,) values of each child
    chunk: Integers1  # (children,)
    round: Integers1  # (children,)
    lane: Integers1  # (children,)
    first_between: Integers1  # (covariates,) first coefficient of the mean
    acts_on: Integers1  # (covariates,) growth coefficient it acts on
    first_within: Integers1  # (covariates,) first coefficient of the deviation
    n_rated: Floats2  # (children, K) ratings of each informant
    surplus: Floats2  # (children, K) `E`
    residual_sd: Integers1  # (K,) place among all coordinates
    child_sd: Integers2  # (covariates, K) likewise, of what the mean acts on; -1: does not vary
    source: Integers1  # (coefficients,) as in `expectation`
    factor: Floats1  # (coefficients,) likewise


@njit(**COMPILED)
def variance(own: ChildMeans, covariate: int, child: int, k: int, point: Point) -> float:
    """`V` of an informant."""
    sd, total = point.values[own.residual_sd[k]], 0.0
    if own.child_sd[covariate, k] >= 0:
        total = point.values[own.child_sd[covariate, k]] ** 2
    return sd * sd + own.n_rated[child, k] * total


@njit(**COMPILED)
def score_of_mean(
    own: ChildMeans, covariate: int, child: int, middle: float, point: Point
) -> tuple[float, float]:
    """`h / u` and `(P - 1) / u^2`."""
    score = information = 0.0
    between, within = own.first_between[covariate], own.first_within[covariate]
    computed = own.unit[covariate] * own.computed[covariate, child]
    for k in range(own.n_rated.shape[1]):
        n, delta = own.n_rated[child, k], point.coefficients[within + k]
        acts = point.coefficients[between + k] - delta
        beyond = own.surplus[child, k] - n * (acts * middle + delta * computed)
        precision = 1.0 / variance(own, covariate, child, k, point)
        score += acts * precision * beyond
        information += acts * acts * n * precision
    return score, information


@njit(**COMPILED)
def by_score_of_mean(
    own: ChildMeans,
    covariate: int,
    child: int,
    middle: float,
    by_score: float,
    by_information: float,
    point: Point,
) -> float:
    """By all that `score_of_mean` is made of; returns that by the middle."""
    by_middle = 0.0
    between, within = own.first_between[covariate], own.first_within[covariate]
    computed = own.unit[covariate] * own.computed[covariate, child]
    for k in range(own.n_rated.shape[1]):
        n, delta = own.n_rated[child, k], point.coefficients[within + k]
        acts = point.coefficients[between + k] - delta
        beyond = own.surplus[child, k] - n * (acts * middle + delta * computed)
        precision = 1.0 / variance(own, covariate, child, k, point)
        by_beyond = by_score * acts * precision
        by_acts = by_score * precision * beyond - n * middle * by_beyond
        by_acts += 2.0 * by_information * acts * n * precision
        by_middle -= n * acts * by_beyond
        by_delta = -by_acts - n * computed * by_beyond
        first, second = between + k, within + k
        point.by_values[own.source[first]] += own.factor[first] * by_acts
        point.by_values[own.source[second]] += own.factor[second] * by_delta
        by_variance = by_score * acts * beyond + by_information * acts * acts * n
        by_variance *= -precision * precision
        sd, own_sd = own.residual_sd[k], own.child_sd[covariate, k]
        point.by_values[sd] += 2.0 * point.values[sd] * by_variance
        if own_sd >= 0:
            point.by_values[own_sd] += 2.0 * n * point.values[own_sd] * by_variance
    return by_middle


def beyond_others(design: Design) -> tuple[Floats, Floats]:
    """Ratings by child and informant, and how far they lie above a regression on all else."""
    shape = (len(design.children), len(design.informants))
    n_rated, surplus = np.zeros(shape), np.zeros(shape)
    x = np.nan_to_num(np.delete(design.x, [one.between for one in design.latent_means], axis=1))
    z = np.delete(design.z, [one.within for one in design.latent_means], axis=1)
    regressors = np.hstack([design.basis, x[design.occasion_child], z])
    for k, present in enumerate(design.present.T):
        child, y, given = design.occasion_child[present], design.y[present, k], regressors[present]
        residual = y - given @ np.linalg.lstsq(given, y)[0]
        n_rated[:, k] = np.bincount(child, minlength=shape[0])
        surplus[:, k] = np.bincount(child, weights=residual, minlength=shape[0])
    return n_rated, surplus
