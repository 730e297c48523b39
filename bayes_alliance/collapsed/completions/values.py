r"""Values behind ratings, as a function of noise: the compiled part of `latent`.

Given values `l` a rating has a law of its own, :math:`p(x \mid l)`. This is
:math:`N(\hat y; l, D)\, g(l)` with any pseudo rating :math:`\hat y` and any diagonal `D`, and with
:math:`\Sigma` the covariance of values, random effects and residuals together,

.. math:: p(x) = N(\hat y; \mu, \Sigma + D)\; E_{l \mid \hat y}\Big[\prod g(l)\Big] .

The closer `g` is to constant, the less noise and parameters depend on each other, so that pseudo
ratings and their variances come from what each rating tells (`pseudo`). The first factor is what
the recursion computes. The expectation is over the normal distribution of values given pseudo
ratings, of which standard normal noise makes draws (Papandreou and Yuille 2010): with noise for the
effects `u`, for the residuals `e` and for the pseudo ratings' own error `d`,

.. math:: \epsilon = \hat y - \mu - u - e - d, \qquad
          l = \hat y - d + D \alpha, \qquad \alpha = -(\Sigma + D)^{-1} \epsilon,

and :math:`\alpha` is the derivative of the recursion by residuals :math:`\epsilon`. So noise is
sampled, with its standard normal density, and nothing else changes. For the gradient let
:math:`\lambda = D\, \partial \sum \log g / \partial l`. By everything that the recursion is given,
:math:`\lambda' \alpha` has the derivative of half the difference of log densities at
:math:`\epsilon + \lambda` and :math:`\epsilon - \lambda`, because these are squares. The
recursion runs four times, with the same matrices: at :math:`\epsilon`, there plus and minus
:math:`\lambda`, and at :math:`\hat y - \mu`.
"""

import math
from typing import NamedTuple

from numba import njit

from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Floats2,
    Given,
    Integers1,
    Integers2,
    Point,
    Seats,
    Tree,
)

LOG_2_PI = math.log(2.0 * math.pi)
# Runs of the recursion: at the noise, on both sides of it, and at pseudo ratings.
AT_NOISE, ABOVE, BELOW, AT_PSEUDO_RATINGS = range(4)


class Values(NamedTuple):
    """Ratings with a value behind them, child by child; constant but for what is scratch."""

    child_start: Integers1  # (children + 1,) ratings of a child
    child_noise: Integers1  # (children,) first place of the noise of its effects
    child_parent: Integers1  # (children,) unit above, among all units
    unit_noise: Integers1  # (units,) likewise, of units above the children
    informant: Integers1  # (N,)
    slot: Integers1  # (N,)
    cell: Integers1  # (N,)
    lane: Integers1  # (N,)
    occasion_noise: Integers1  # (N,) first place of the noise of the occasion's residuals
    own_noise: Integers1  # (N,) place of the noise of the pseudo rating
    y: Floats1  # (N,) what `expectation` took for the rating
    pseudo: Floats1  # (N,) pseudo rating, as far from the informant's average as it is typically
    variance: Floats1  # (N,) of pseudo ratings, typically
    average: Floats1  # (K,) of pseudo ratings
    center: Floats1  # (K,)
    spread: Floats1  # (K,)
    loading: Integers2  # (K, J) place of the loadings of items among all coordinates; J may be 0
    # Scratch.
    length: Floats1  # (K,) of a unit of what ratings tell of, over the typical one
    by_length: Floats1  # (K,) derivatives by its logarithm
    error: Floats1  # (N,) residuals of pseudo ratings
    less_noise: Floats1  # (N,) these less all noise
    residual: Floats1  # (N,) noise `e`
    own: Floats1  # (N,) noise `d`
    alpha: Floats1  # (N,)
    by_value: Floats1  # (N,) derivatives by values, of `g`
    by_error: Floats1  # (N,) of `lambda' alpha` by residuals
    theta: Floats2  # (2, q) effects of a child, and derivatives
    effect: Floats2  # (units, e) effects of units, and of those above them
    by_effect: Floats2  # (units, e)


@njit(**COMPILED)
def variance_of(own: Values, r: int, given: Given) -> float:
    """`D` of a rating."""
    k = own.informant[r]
    stretch = given.stretch[own.cell[r], k, own.lane[r]]
    return unstretched(own, r) / (stretch * stretch)


@njit(**COMPILED)
def unstretched(own: Values, r: int) -> float:
    """`D` of a rating whose residuals are not stretched."""
    length = own.length[own.informant[r]]
    return own.variance[r] * length * length


@njit(**COMPILED)
def before_run(run: int, own: Values, seats: Seats, tree: Tree, given: Given, point: Point) -> None:
    """Write the residuals at which the recursion runs, and the noise at the first run."""
    if run == AT_NOISE:
        _write_effects(own, tree, given, point)
        _write_noise(own, seats, tree, given, point)
    for r in range(len(own.informant)):
        error = own.less_noise[r]
        if run == AT_PSEUDO_RATINGS:
            error = own.error[r]
        elif run != AT_NOISE:
            away = variance_of(own, r, given) * own.by_value[r]
            error += away if run == ABOVE else -away
        given.error[own.slot[r], own.informant[r], own.lane[r]] = error


@njit(**COMPILED)
def _write_effects(own: Values, tree: Tree, given: Given, point: Point) -> None:
    """Effects of units above the children, with those above them, from the top down."""
    n_levels = len(tree.n_terms)
    for level in range(n_levels - 1, 0, -1):
        root = given.root[level]
        for unit in range(tree.unit_start[level], tree.unit_start[level + 1]):
            for i in range(tree.n_terms[level]):
                total = 0.0
                for c in range(tree.n_columns[level]):
                    total += root[i, c] * point.values[own.unit_noise[unit] + c]
                own.effect[unit, i] = total
            if level + 1 < n_levels:
                for i in range(tree.n_terms[level + 1]):
                    above = own.effect[tree.parent[unit], i]
                    own.effect[unit, tree.up[level, i]] += above


@njit(**COMPILED)
def _write_noise(own: Values, seats: Seats, tree: Tree, given: Given, point: Point) -> None:
    """Noise of ratings; residuals of pseudo ratings, and these less noise."""
    n_informants, q = len(own.center), own.theta.shape[1]
    residual_root, theta = point.residual_root[0], own.theta[0]
    for child in range(len(own.child_noise)):
        for i in range(q):
            theta[i] = 0.0
            for c in range(tree.n_columns[0]):
                theta[i] += given.root[0, i, c] * point.values[own.child_noise[child] + c]
        if len(tree.n_terms) > 1:
            for i in range(tree.n_terms[1]):
                theta[tree.up[0, i]] += own.effect[own.child_parent[child], i]
        for r in range(own.child_start[child], own.child_start[child + 1]):
            k, cell, lane = own.informant[r], own.cell[r], own.lane[r]
            noise = 0.0
            for c in range(seats.basis.shape[1]):
                noise += seats.basis[cell, c, lane] * theta[c * n_informants + k]
            own.residual[r] = 0.0
            for j in range(k + 1):
                own.residual[r] += residual_root[k, j] * point.values[own.occasion_noise[r] + j]
            own.residual[r] /= given.stretch[cell, k, lane]
            given.variance[cell, k, lane] = unstretched(own, r)
            sd = math.sqrt(variance_of(own, r, given))
            own.own[r] = sd * point.values[own.own_noise[r]]
            own.error[r] = given.error[own.slot[r], k, lane]
            own.less_noise[r] = own.error[r] - noise - own.residual[r] - own.own[r]


@njit(**COMPILED)
def half_square(own: Values, given: Given, by: Given) -> float:
    """What a run's log density has that depends on residuals: half of these times derivatives."""
    total = 0.0
    for r in range(len(own.informant)):
        slot, k, lane = own.slot[r], own.informant[r], own.lane[r]
        total += 0.5 * given.error[slot, k, lane] * by.error[slot, k, lane]
    return total


@njit(**COMPILED)
def write_values(own: Values, given: Given, by: Given, point: Point) -> float:
    """Values; minus the log density of pseudo ratings given these, and its derivatives."""
    total = 0.0
    for r in range(len(own.informant)):
        k = own.informant[r]
        variance = variance_of(own, r, given)
        own.alpha[r] = by.error[own.slot[r], k, own.lane[r]]
        away = own.own[r] - variance * own.alpha[r]
        value = _pseudo(own, r) - away
        point.latent[r] = (value - own.center[k]) / own.spread[k]
        point.by_latent[r] = -own.spread[k] * away / variance
        total += 0.5 * (away * away / variance + LOG_2_PI + math.log(variance))
    return total


@njit(**COMPILED)
def _pseudo(own: Values, r: int) -> float:
    k = own.informant[r]
    away = own.pseudo[r] - own.average[k]
    return own.average[k] + own.length[k] * away
