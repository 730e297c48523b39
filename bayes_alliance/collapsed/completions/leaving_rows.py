r"""The compiled part of `leaving`: what leaving is as one more informant, and derivatives by it.

Residuals of leaving, its rows in the residual covariance, and `E`, what its growth coefficients
follow (see `leavers`), are written here. `E` holds :math:`\tau`, what leaving follows of the level
of today, of which :math:`r = (1 - w)\,\tau` is with the rating and the rest with the alliance; and
`h`, what it follows of the slope. Where occasions have weights the noise of leaving has none: its
residual is stretched by the inverse of the weight's square root, which takes the weight out.
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
)


class Leaving(NamedTuple):
    """Children at risk, and where numbers of leaving are; constant.

    Places are among all coordinates; -1: there is no such number.
    """

    place: Integers1  # (n,) of how far the latent number lies from 0; that of copies is one
    direction: Floats1  # (n,) 1: above, left; -1: below, stayed
    slot: Integers1  # (n,)
    cell: Integers1  # (n,)
    lane: Integers1  # (n,)
    turn: Integers1  # (n,) round of the child
    group: Integers1  # (n,)
    baseline: Integers1  # (n,) place of `a_t`
    covariate: Integers1  # (C,) place of `c`
    column: Integers1  # (C,) of `point.x`, where missing values of it are
    w: Floats2  # (n, C); NaN where missing
    z: Floats2  # (n, Q) covariates of the occasion
    on: Integers2  # (groups, K) place of `tau`
    on_slope: Integers2  # (groups, K) place of `h`
    share: Integers1  # (1,) place of the share
    fixed_share: Floats1  # (1,) the share where it has no place
    slope: Integers1  # (1,) which growth coefficient the slope is
    therapist: Integers1  # (4,) place of the sd, and level, row and column of its root; or none
    on_covariate: Integers1  # (n_on,) as in `expectation`, like all that follows
    on_coefficient: Integers1  # (n_on,)
    source: Integers1  # (coefficients,)
    factor: Floats1  # (coefficients,)


@njit(**COMPILED)
def valued(place: int, point: Point) -> float:
    """Value of a coordinate, 0 where there is none."""
    return point.values[place] if place >= 0 else 0.0


@njit(**COMPILED)
def add_by(place: int, derivative: float, point: Point) -> None:
    """Add to the derivative by a coordinate, if there is one."""
    if place >= 0:
        point.by_values[place] += derivative


@njit(**COMPILED)
def share_of_alliance(own: Leaving, point: Point) -> float:
    """Share of what leaving follows that is the alliance."""
    return point.values[own.share[0]] if own.share[0] >= 0 else own.fixed_share[0]


@njit(**COMPILED)
def covariate_of(own: Leaving, i: int, p: int, point: Point) -> float:
    """`w` of a child at risk, completed where it is missing."""
    known = own.w[i, p]
    return point.x[own.turn[i], own.column[p], own.lane[i]] if math.isnan(known) else known


@njit(**COMPILED)
def acting(own: Leaving, i: int, c: int, k: int, seats: Seats, point: Point) -> float:
    """What leaving follows of coefficient `c` of informant `k`, at an occasion: `phi' E`."""
    total = valued(own.on[own.group[i], k], point) * seats.basis[own.cell[i], c, own.lane[i]]
    if c == own.slope[0]:
        total += valued(own.on_slope[own.group[i], k], point)
    return total


@njit(**COMPILED)
def complete(own: Leaving, seats: Seats, given: Given, point: Point) -> float:
    """Write what leaving follows, its rows in the residual covariance, and its residuals."""
    if len(own.place) == 0:
        return 0.0
    n_groups, k_informants = own.on.shape
    n_coefficients = seats.basis.shape[1]
    rest = 1.0 - share_of_alliance(own, point)
    for g in range(n_groups):
        for k in range(k_informants):
            for c in range(n_coefficients):
                tau = valued(own.on[g, k], point)
                given.follow[c * n_groups + g, c * k_informants + k] = tau
            if own.slope[0] >= 0:
                h = valued(own.on_slope[g, k], point)
                given.follow[g, own.slope[0] * k_informants + k] = h
        if own.therapist[0] >= 0:
            given.follow[g, n_coefficients * k_informants] = 1.0
    if own.therapist[0] >= 0:
        level, row, column = own.therapist[1], own.therapist[2], own.therapist[3]
        given.root[level, row, column] = point.values[own.therapist[0]]
    for g in range(n_groups):
        variance = 1.0
        for k in range(k_informants):
            total = 0.0
            for j in range(k_informants):
                total += given.cov[k, j] * rest * valued(own.on[g, j], point)
            given.cov[k_informants + g, k] = total
            given.cov[k, k_informants + g] = total
            variance += rest * valued(own.on[g, k], point) * total
        given.cov[k_informants + g, k_informants + g] = variance
    first_delta = n_coefficients * k_informants + len(own.on_covariate) * k_informants
    for i in range(len(own.place)):
        g, lane = own.group[i], own.lane[i]
        error = own.direction[i] * point.values[own.place[i]] - point.values[own.baseline[i]]
        for p in range(len(own.covariate)):
            error -= point.values[own.covariate[p]] * covariate_of(own, i, p, point)
        for pair in range(len(own.on_covariate)):
            c, value = own.on_coefficient[pair], point.x[own.turn[i], own.on_covariate[pair], lane]
            first = (n_coefficients + pair) * k_informants
            for k in range(k_informants):
                beta = point.coefficients[first + k]
                error -= acting(own, i, c, k, seats, point) * beta * value
        for p in range(own.z.shape[1]):
            for k in range(k_informants):
                delta = point.coefficients[first_delta + p * k_informants + k]
                error -= rest * valued(own.on[g, k], point) * delta * own.z[i, p]
        given.error[own.slot[i], k_informants + g, lane] = error
        # Most models have no weights, and roots cost more than all else here.
        weight = given.weight[own.cell[i], lane]
        stretch = 1.0 if weight == 1.0 else 1.0 / math.sqrt(weight)
        given.stretch[own.cell[i], k_informants + g, lane] = stretch
    return 0.0


@njit(**COMPILED)
def differentiate(own: Leaving, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """By everything that residuals, covariance and growth coefficients of leaving are made of."""
    if len(own.place) == 0:
        return
    k_informants = own.on.shape[1]
    rest, by_rest = 1.0 - share_of_alliance(own, point), 0.0
    n_coefficients = seats.basis.shape[1]
    first_delta = n_coefficients * k_informants + len(own.on_covariate) * k_informants
    for i in range(len(own.place)):
        g, lane, cell = own.group[i], own.lane[i], own.cell[i]
        by_error = by.error[own.slot[i], k_informants + g, lane]
        point.by_values[own.place[i]] += own.direction[i] * by_error
        point.by_values[own.baseline[i]] -= by_error
        for p in range(len(own.covariate)):
            effect, value = point.values[own.covariate[p]], covariate_of(own, i, p, point)
            point.by_values[own.covariate[p]] -= value * by_error
            if math.isnan(own.w[i, p]) and len(point.by_x):
                point.by_x[own.turn[i], own.column[p], lane] -= effect * by_error
        for pair in range(len(own.on_covariate)):
            c, column = own.on_coefficient[pair], own.on_covariate[pair]
            value, first = (
                point.x[own.turn[i], column, lane],
                (n_coefficients + pair) * k_informants,
            )
            for k in range(k_informants):
                beta, source = point.coefficients[first + k], own.source[first + k]
                acts = acting(own, i, c, k, seats, point)
                point.by_values[source] -= own.factor[first + k] * acts * value * by_error
                by_acting = -beta * value * by_error
                add_by(own.on[g, k], seats.basis[cell, c, lane] * by_acting, point)
                if c == own.slope[0]:
                    add_by(own.on_slope[g, k], by_acting, point)
                if len(point.by_x):
                    point.by_x[own.turn[i], column, lane] -= acts * beta * by_error
        for p in range(own.z.shape[1]):
            for k in range(k_informants):
                at, tau = first_delta + p * k_informants + k, valued(own.on[g, k], point)
                by_r = -point.coefficients[at] * own.z[i, p] * by_error
                by_delta = -rest * tau * own.z[i, p] * by_error
                point.by_values[own.source[at]] += own.factor[at] * by_delta
                add_by(own.on[g, k], rest * by_r, point)
                by_rest += tau * by_r
        # Of 1 / sqrt(w) by w, where each child has cells of its own; its Jacobian and that of the
        # weight cancel.
        stretched = by.stretch[cell, k_informants + g, lane]
        stretched *= given.stretch[cell, k_informants + g, lane]
        by_weight = -0.5 * stretched / given.weight[cell, lane]
        by.weight[cell, lane] += by_weight
    by_rest += by_residual_cov(own, rest, given, by, point)
    add_by_follow(own, n_coefficients, by, point)
    add_by(own.share[0], -by_rest, point)


@njit(**COMPILED)
def by_residual_cov(own: Leaving, rest: float, given: Given, by: Given, point: Point) -> float:
    """By `r` and by the residual covariance of ratings; returns that by `1 - w`."""
    n_groups, k_informants = own.on.shape
    by_rest = 0.0
    for g in range(n_groups):
        last = k_informants + g
        of_variance = by.cov[last, last]
        for j in range(k_informants):
            by_r, tau = 2.0 * of_variance * given.cov[last, j], valued(own.on[g, j], point)
            for k in range(k_informants):
                by_r += 2.0 * by.cov[last, k] * given.cov[k, j]
            add_by(own.on[g, j], rest * by_r, point)
            by_rest += tau * by_r
        for k in range(k_informants):
            r_k = rest * valued(own.on[g, k], point)
            for j in range(k_informants):
                r_j = rest * valued(own.on[g, j], point)
                by.cov[k, j] += by.cov[last, k] * r_j + by.cov[last, j] * r_k
                by.cov[k, j] += of_variance * r_k * r_j
    return by_rest


@njit(**COMPILED)
def add_by_follow(own: Leaving, n_coefficients: int, by: Given, point: Point) -> None:
    """By `E`, and by how much therapists differ in leaving."""
    n_groups, k_informants = own.on.shape
    for g in range(n_groups):
        for k in range(k_informants):
            for c in range(n_coefficients):
                derivative = by.follow[c * n_groups + g, c * k_informants + k]
                add_by(own.on[g, k], derivative, point)
            if own.slope[0] >= 0:
                derivative = by.follow[g, own.slope[0] * k_informants + k]
                add_by(own.on_slope[g, k], derivative, point)
    if own.therapist[0] >= 0:
        level, row, column = own.therapist[1], own.therapist[2], own.therapist[3]
        point.by_values[own.therapist[0]] += by.root[level, row, column]
