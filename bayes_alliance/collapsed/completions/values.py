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
    Floats3,
    Given,
    Integers1,
    Point,
    Seats,
    Tree,
)
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes, square_root, summed, zero

LOG_2_PI = math.log(2.0 * math.pi)
# Runs of the recursion: at the noise, on both sides of it, and at pseudo ratings.
AT_NOISE, ABOVE, BELOW, AT_PSEUDO_RATINGS = range(4)


class Values(NamedTuple):
    """Ratings with a value behind them; constant but for what is scratch.

    No two children share a pattern, so that a cell is one occasion of each of eight children, and
    numbers of ratings stand by cell.
    """

    # Where noise is among all coordinates, and who it is of.
    child_noise: Integers1  # (children,) first place of the noise of its effects
    child_chunk: Integers1  # (children,)
    child_lane: Integers1  # (children,)
    unit_noise: Integers1  # (units,) first place, of units above the children
    occasion_noise: Integers1  # (R,) first place of the noise of its residuals
    occasion_cell: Integers1  # (R,)
    occasion_lane: Integers1  # (R,)
    own_noise: Integers1  # (N,) place of the noise of the pseudo rating
    informant: Integers1  # (N,)
    cell: Integers1  # (N,)
    lane: Integers1  # (N,)
    y: Floats3  # (cells, K, 8) what `expectation` took for the rating
    typical: Floats3  # (cells, K, 8) pseudo rating of typical items
    variance: Floats3  # (cells, K, 8) of pseudo ratings, typically; 1 where there is none
    start: Integers1  # (K J C + 1,) responses of this value, item and informant
    rating: Integers1  # (responses,) number of the rating; none if there are no items
    slopes: Floats2  # (responses, 3) of its pseudo rating by step below, above, log of loading
    typical_step: Floats1  # (C - 1,)
    center: Floats1  # (K,)
    spread: Floats1  # (K,)
    only: Floats1  # (1,) 1 if values are all that is asked for, without a density
    # Scratch. Noise; in its place, in the end, derivatives by it.
    effect_noise: Floats3  # (chunks, m, 8)
    residual_noise: Floats3  # (cells, K, 8)
    rating_noise: Floats3  # (cells, K, 8)
    move: Floats1  # (N,) how far pseudo ratings are from those of typical items; derivatives by it
    moved: Floats3  # (cells, K, 8) the same
    pseudo: Floats3  # (cells, K, 8) pseudo ratings
    by_pseudo: Floats3  # (cells, K, 8)
    length: Floats1  # (K,) of a unit of what ratings tell of, over the typical one
    by_length: Floats2  # (K, 8) derivatives by its logarithm
    error: Floats3  # (cells, K, 8) residuals of pseudo ratings
    less_noise: Floats3  # (cells, K, 8) these less all noise
    residual: Floats3  # (cells, K, 8) noise `e`
    own_variance: Floats3  # (cells, K, 8) `D`
    own: Floats3  # (cells, K, 8) noise `d`
    alpha: Floats3  # (cells, K, 8)
    value: Floats3  # (cells, K, 8) values, in units of the scale
    by_value: Floats3  # (cells, K, 8) derivatives by values, of `g`; in rating points
    by_error: Floats3  # (cells, K, 8) of `lambda' alpha` by residuals
    scaled: Floats2  # (K, 8) derivatives by scaled residuals
    theta: Floats3  # (2, q, 8) effects of children, and derivatives
    by_root: Floats3  # (q, m, 8) derivatives by the root of their covariance, by lane
    by_residual_root: Floats3  # (K, K, 8) likewise of residuals
    effect: Floats2  # (units, e) effects of units, and of those above them
    by_effect: Floats2  # (units, e)


@njit(**COMPILED)
def before_run(run: int, own: Values, seats: Seats, tree: Tree, given: Given, point: Point) -> None:
    """Write the residuals at which the recursion runs, and the noise at the first run."""
    if run == AT_NOISE:
        _gather_noise(own, tree, point)
        _write_effects(own, tree, given, point)
        for chunk in range(len(seats.n_children)):
            _write_noise(chunk, own, seats, tree, given, point)
    error, noiseless, less_noise = lanes(given.error), lanes(own.error), lanes(own.less_noise)
    variance, by_value = lanes(own.own_variance), lanes(own.by_value)
    sign = 1.0 if run == ABOVE else -1.0
    for cell in range(error.shape[0]):
        for k in range(error.shape[1]):
            if run == AT_NOISE:
                error[cell, k] = less_noise[cell, k]
            elif run == AT_PSEUDO_RATINGS:
                error[cell, k] = noiseless[cell, k]
            else:
                away = sign * variance[cell, k] * by_value[cell, k]
                error[cell, k] = less_noise[cell, k] + away


@njit(**COMPILED)
def _gather_noise(own: Values, tree: Tree, point: Point) -> None:
    """Noise of the eight children of a chunk, side by side."""
    n_informants = len(own.center)
    for child in range(len(own.child_noise)):
        for c in range(tree.n_columns[0]):
            noise = point.values[own.child_noise[child] + c]
            own.effect_noise[own.child_chunk[child], c, own.child_lane[child]] = noise
    for row in range(len(own.occasion_noise)):
        for k in range(n_informants):
            noise = point.values[own.occasion_noise[row] + k]
            own.residual_noise[own.occasion_cell[row], k, own.occasion_lane[row]] = noise
    for r in range(len(own.own_noise)):
        noise = point.values[own.own_noise[r]]
        own.rating_noise[own.cell[r], own.informant[r], own.lane[r]] = noise


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
def _write_noise(
    chunk: int, own: Values, seats: Seats, tree: Tree, given: Given, point: Point
) -> None:
    """Noise of ratings; residuals of pseudo ratings, and these less noise."""
    basis, stretch, error = lanes(seats.basis), lanes(given.stretch), lanes(given.error)
    of_effects, of_residuals = lanes(own.effect_noise), lanes(own.residual_noise)
    of_ratings, residual, less_noise = (
        lanes(own.rating_noise),
        lanes(own.residual),
        lanes(own.less_noise),
    )
    added, typical, variance = lanes(given.variance), lanes(own.variance), lanes(own.own_variance)
    noiseless, of_rating, theta = lanes(own.error), lanes(own.own), lanes(own.theta[0])
    root, residual_root = given.root[0], point.residual_root[0]
    n_informants, turn = len(own.center), seats.round_start[chunk]
    for i in range(tree.n_terms[0]):
        total = zero()
        for c in range(tree.n_columns[0]):
            total += root[i, c] * of_effects[chunk, c]
        theta[i] = total
    if len(tree.n_terms) > 1:
        for lane in range(seats.n_seated[turn]):
            for i in range(tree.n_terms[1]):
                own.theta[0, tree.up[0, i], lane] += own.effect[seats.parent[turn, lane], i]
    for cell in range(seats.cell_start[chunk], seats.cell_start[chunk + 1]):
        for k in range(n_informants):
            noise = zero()
            for c in range(basis.shape[1]):
                noise += basis[cell, c] * theta[c * n_informants + k]
            total = zero()
            for j in range(k + 1):
                total += residual_root[k, j] * of_residuals[cell, j]
            residual[cell, k] = total / stretch[cell, k]
            unstretched = typical[cell, k] * (own.length[k] * own.length[k])
            added[cell, k] = unstretched
            variance[cell, k] = unstretched / (stretch[cell, k] * stretch[cell, k])
            of_rating[cell, k] = square_root(variance[cell, k]) * of_ratings[cell, k]
            noiseless[cell, k] = error[cell, k]
            noise = noise + residual[cell, k] + of_rating[cell, k]
            less_noise[cell, k] = error[cell, k] - noise


@njit(**COMPILED)
def half_square(given: Given, by: Given) -> float:
    """What a run's log density has that depends on residuals: half of these times derivatives."""
    error, by_error = lanes(given.error), lanes(by.error)
    total = zero()
    for cell in range(error.shape[0]):
        for k in range(error.shape[1]):
            total += error[cell, k] * by_error[cell, k]
    return 0.5 * summed(total)


@njit(**COMPILED)
def write_values(own: Values, seats: Seats, by: Given, point: Point) -> float:
    """Values; minus the log density of pseudo ratings given these, and its derivatives."""
    alpha, by_error, value = lanes(own.alpha), lanes(by.error), lanes(own.value)
    of_rating, variance, by_value = lanes(own.own), lanes(own.own_variance), lanes(own.by_value)
    pseudo, rated = lanes(own.pseudo), lanes(seats.rated)
    square, total = zero(), LOG_2_PI * len(own.own_noise)
    for cell in range(alpha.shape[0]):
        for k in range(alpha.shape[1]):
            alpha[cell, k] = by_error[cell, k]
            away = of_rating[cell, k] - variance[cell, k] * alpha[cell, k]
            value[cell, k] = (pseudo[cell, k] - away - own.center[k]) / own.spread[k]
            by_value[cell, k] = 0.0 - away / variance[cell, k]
            square -= rated[cell, k] * away * by_value[cell, k]
        for lane in range(LANES):
            product = 1.0
            for k in range(alpha.shape[1]):
                if seats.rated[cell, k, lane] > 0.0:
                    product *= own.own_variance[cell, k, lane]
            total += math.log(product)
    for r in range(len(own.own_noise)):
        cell, k, lane = own.cell[r], own.informant[r], own.lane[r]
        point.latent[r] = own.value[cell, k, lane]
        point.by_latent[r] = own.spread[k] * own.by_value[cell, k, lane]
    return 0.5 * (summed(square) + total)
