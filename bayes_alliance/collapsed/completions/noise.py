"""Derivatives of values behind ratings, and by the noise they come from (`values`)."""

import math

from numba import njit

from bayes_alliance.collapsed.completions.values import (
    ABOVE,
    AT_NOISE,
    Values,
    unstretched,
    variance_of,
)
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Given, Point, Seats, Tree


@njit(**COMPILED)
def after_run(run: int, own: Values, given: Given, by: Given, aside: Given, point: Point) -> None:
    """Keep derivatives of `lambda' alpha` aside."""
    if run == AT_NOISE:
        for r in range(len(own.informant)):
            own.by_value[r] = point.by_latent[r] / own.spread[own.informant[r]]
            own.by_error[r] = 0.0
        aside.root[:] = 0.0
        aside.cov[:] = 0.0
        aside.stretch[:] = 0.0
        aside.variance[:] = 0.0
        return
    half = 0.5 if run == ABOVE else -0.5
    for r in range(len(own.informant)):
        own.by_error[r] += half * by.error[own.slot[r], own.informant[r], own.lane[r]]
    for level in range(by.root.shape[0]):
        for i in range(by.root.shape[1]):
            for c in range(by.root.shape[2]):
                aside.root[level, i, c] += half * by.root[level, i, c]
    for k in range(len(by.cov)):
        for j in range(len(by.cov)):
            aside.cov[k, j] += half * by.cov[k, j]
    for cell in range(by.stretch.shape[0]):
        for k in range(by.stretch.shape[1]):
            for lane in range(by.stretch.shape[2]):
                aside.stretch[cell, k, lane] += half * by.stretch[cell, k, lane]
                aside.variance[cell, k, lane] += half * by.variance[cell, k, lane]


@njit(**COMPILED)
def differentiate_values(
    own: Values, seats: Seats, tree: Tree, given: Given, by: Given, aside: Given, point: Point
) -> None:
    """Add what noise and values make of derivatives to those by all that is given, and by noise."""
    for level in range(by.root.shape[0]):
        for i in range(by.root.shape[1]):
            for c in range(by.root.shape[2]):
                by.root[level, i, c] += aside.root[level, i, c]
    for k in range(len(by.cov)):
        for j in range(len(by.cov)):
            by.cov[k, j] += aside.cov[k, j]
    for cell in range(by.stretch.shape[0]):
        for k in range(by.stretch.shape[1]):
            for lane in range(by.stretch.shape[2]):
                by.stretch[cell, k, lane] += aside.stretch[cell, k, lane]
                by.variance[cell, k, lane] += aside.variance[cell, k, lane]
    own.by_length[:] = 0.0
    for r in range(len(own.informant)):
        k = own.informant[r]
        by_variance = by.variance[own.cell[r], k, own.lane[r]]
        own.by_length[k] += 2.0 * unstretched(own, r) * by_variance
    for unit in range(len(own.unit_noise)):
        for i in range(own.by_effect.shape[1]):
            own.by_effect[unit, i] = 0.0
    _by_noise_of_ratings(own, seats, tree, given, by, point)
    _by_noise_of_units(own, tree, given, by, point)


@njit(**COMPILED)
def _by_noise_of_ratings(
    own: Values, seats: Seats, tree: Tree, given: Given, by: Given, point: Point
) -> None:
    n_informants, q = len(own.center), own.theta.shape[1]
    root, by_root, by_theta = point.residual_root[0], point.residual_root[1], own.theta[1]
    for child in range(len(own.child_noise)):
        for i in range(q):
            by_theta[i] = 0.0
        for r in range(own.child_start[child], own.child_start[child + 1]):
            k, cell, lane, slot = own.informant[r], own.cell[r], own.lane[r], own.slot[r]
            stretch, variance = given.stretch[cell, k, lane], variance_of(own, r, given)
            by_noise, by_value = -own.by_error[r], own.by_value[r]
            by_own = by_noise - by_value
            # Of the density of the pseudo rating given the value: it stands in the last run and,
            # with the other sign, in `g`.
            away = own.own[r] - variance * own.alpha[r]
            by_pseudo = by_value + away / variance
            by_log_variance = 0.5 - 0.5 * away * away / variance
            by_log_variance += by_value * variance * own.alpha[r] + 0.5 * by_own * own.own[r]
            by.error[slot, k, lane] -= by_noise
            by_pseudo += by.error[slot, k, lane]
            by_factor = own.length[k] * (own.pseudo[r] - own.average[k]) * by_pseudo
            own.by_length[k] += by_factor + 2.0 * by_log_variance
            by_log_stretch = -2.0 * by_log_variance - by_noise * own.residual[r]
            by.stretch[cell, k, lane] += by_log_stretch / stretch
            point.by_values[own.own_noise[r]] += math.sqrt(variance) * by_own
            for j in range(k + 1):
                place = own.occasion_noise[r] + j
                by_root[k, j] += by_noise / stretch * point.values[place]
                point.by_values[place] += by_noise / stretch * root[k, j]
            for c in range(seats.basis.shape[1]):
                by_theta[c * n_informants + k] += seats.basis[cell, c, lane] * by_noise
        for c in range(tree.n_columns[0]):
            place = own.child_noise[child] + c
            for i in range(q):
                by.root[0, i, c] += by_theta[i] * point.values[place]
                point.by_values[place] += by_theta[i] * given.root[0, i, c]
        if len(tree.n_terms) > 1:
            for i in range(tree.n_terms[1]):
                own.by_effect[own.child_parent[child], i] += by_theta[tree.up[0, i]]


@njit(**COMPILED)
def _by_noise_of_units(own: Values, tree: Tree, given: Given, by: Given, point: Point) -> None:
    for level in range(1, len(tree.n_terms)):
        for unit in range(tree.unit_start[level], tree.unit_start[level + 1]):
            for c in range(tree.n_columns[level]):
                place = own.unit_noise[unit] + c
                for i in range(tree.n_terms[level]):
                    by_effect = own.by_effect[unit, i]
                    by.root[level, i, c] += by_effect * point.values[place]
                    point.by_values[place] += by_effect * given.root[level, i, c]
            if level + 1 < len(tree.n_terms):
                for i in range(tree.n_terms[level + 1]):
                    by_above = own.by_effect[unit, tree.up[level, i]]
                    own.by_effect[tree.parent[unit], i] += by_above
