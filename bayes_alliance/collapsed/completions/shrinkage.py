r"""Effects of covariates whose prior shrinks them together: normal, given scales that are sampled.

Effects are :math:`\beta = s \circ r` with `r` standard normal in the prior. In its unit `u` a
squared scale is a product of odds of shares in units of their own, of a part of a whole where a
share is split, and of the squared standard deviation that covariates leave unexplained; a slab of
precision `p` bounds it:

.. math:: s^2 = u^2 \frac{A}{1 + p A}, \qquad
          A = \prod_h u_h^2 \frac{v_h}{1 - v_h} \cdot \phi \cdot \sigma^2 .

A half-Cauchy number is such odds' root; parts of a whole are broken off one after the other.

Effects and their scales make a funnel where ratings say little, and none where they say much. What
they say is about a normal density with information `J` and score `h`. Sampled is where in the
normal posterior that these make of the prior, whatever `s` is, the effects lie:

.. math:: M = I + S J S = L L', \qquad r = L'^{-1} (L^{-1} S h + w) ,

a change of variables, exact for every `J` and `h`: `w` has log density
:math:`-r'r / 2 - \sum_i \log L_{ii}`, but for a constant.
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions.completion import Completion, Named, Places
from bayes_alliance.collapsed.completions.expectation import EXPECTATION
from bayes_alliance.collapsed.completions.scales import constants, numbers
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
from bayes_alliance.collapsed.kernel.coordinates import log_one_plus_exp
from bayes_alliance.collapsed.kernel.memory import nothing
from bayes_alliance.collapsed.priors import Coordinate, labelled
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_shrinkage


class Shrinkage(NamedTuple):
    """Effects block by block (`scales.blocks`), in a block those on one thing together.

    The first are constant; from `scale` on they are memory of a thread. Rows of matrices are
    effects, columns those of their block.
    """

    effect: Integers1  # (effects,) place of `w`, later of the effect, among all coordinates
    block_start: Integers1  # (blocks + 1,)
    unit: Floats1  # (effects,) `u`
    log_units: Floats1  # (effects,) sum of the logarithms of the units of odds
    odds: Integers2  # (effects, odds of each) places of their logarithms
    part: Integers1  # (effects,) place of its log odds in the stick; -1: the whole remainder
    unexplained: Integers2  # (effects, 0 or 1) place of the standard deviation
    slab: Integers1  # (0 or 1,) place of the precision
    information: Floats2  # (effects, largest block)
    score: Floats1  # (effects,)
    scale: Floats1  # (effects,) `s`, likewise all that follow
    raw: Floats1  # `r`
    half: Floats1  # `L^-1 S h`
    root: Floats2  # `L`
    by_scale: Floats1  # derivatives, as those below
    by_where: Floats1
    by_right: Floats1  # by `S h`
    by_root: Floats2  # by `L`, then by the lower triangle of `M`


@njit(**COMPILED)
def complete(own: Shrinkage, seats: Seats, given: Given, point: Point) -> float:
    """Write effects where `w` was; the log density of `w`."""
    rest = 0.0
    for i in range(len(own.effect)):
        log_scale = own.log_units[i] + 0.5 * rest
        for h in range(own.odds.shape[1]):
            log_scale += 0.5 * point.values[own.odds[i, h]]
        for h in range(own.unexplained.shape[1]):
            log_scale += math.log(point.values[own.unexplained[i, h]])
        if own.part[i] < 0:
            rest = 0.0
        else:
            log_odds = point.values[own.part[i]]
            log_scale -= 0.5 * log_one_plus_exp(-log_odds)
            rest -= log_one_plus_exp(log_odds)
        for h in range(len(own.slab)):
            bound = math.log(point.values[own.slab[h]])
            log_scale -= 0.5 * log_one_plus_exp(2.0 * log_scale + bound)
        own.scale[i] = own.unit[i] * math.exp(log_scale)
    total = 0.0
    for block in range(len(own.block_start) - 1):
        total += place(own, own.block_start[block], own.block_start[block + 1], point)
    return total


@njit(**COMPILED)
def place(own: Shrinkage, first: int, end: int, point: Point) -> float:
    """Effects of one block from where they lie."""
    total = 0.0
    for i in range(first, end):
        right = own.scale[i] * own.score[i]
        for j in range(first, i + 1):
            value = own.scale[i] * own.information[i, j - first] * own.scale[j]
            for k in range(j - first):
                value -= own.root[i, k] * own.root[j, k]
            if i == j:
                own.root[i, i - first] = math.sqrt(1.0 + value)
            else:
                own.root[i, j - first] = value / own.root[j, j - first]
                right -= own.root[i, j - first] * own.half[j]
        own.half[i] = right / own.root[i, i - first]
        total -= math.log(own.root[i, i - first])
    for i in range(end - 1, first - 1, -1):
        value = own.half[i] + point.values[own.effect[i]]
        for k in range(i + 1, end):
            value -= own.root[k, i - first] * own.raw[k]
        own.raw[i] = value / own.root[i, i - first]
        point.values[own.effect[i]] = own.scale[i] * own.raw[i]
        total -= 0.5 * own.raw[i] * own.raw[i]
    return total


@njit(**COMPILED)
def differentiate(own: Shrinkage, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """By `w`, where derivatives by effects were, and by all that scales are made of."""
    for block in range(len(own.block_start) - 1):
        displace(own, own.block_start[block], own.block_start[block + 1], point)
    # By the logarithms of the parts of the whole that come after one.
    after = 0.0
    for i in range(len(own.effect) - 1, -1, -1):
        by_log = own.by_scale[i] * own.scale[i]
        for h in range(len(own.slab)):
            squared = (own.scale[i] / own.unit[i]) ** 2
            precision = point.values[own.slab[h]]
            point.by_values[own.slab[h]] -= 0.5 * squared * by_log
            by_log *= 1.0 - precision * squared
        for h in range(own.odds.shape[1]):
            point.by_values[own.odds[i, h]] += 0.5 * by_log
        for h in range(own.unexplained.shape[1]):
            sd = own.unexplained[i, h]
            point.by_values[sd] += by_log / point.values[sd]
        if own.part[i] < 0:
            after = 0.5 * by_log
        else:
            part = math.exp(-log_one_plus_exp(-point.values[own.part[i]]))
            point.by_values[own.part[i]] += 0.5 * by_log * (1.0 - part) - part * after
            after += 0.5 * by_log


@njit(**COMPILED)
def displace(own: Shrinkage, first: int, end: int, point: Point) -> None:
    r"""Derivatives by `w` and `s` of one block, the steps of `place` in reverse.

    With `q` on the right of `L' r = q` and derivatives by `x` written `x*`: `q* = L^-1 r*`,
    `(S h)* = L'^-1 q*`, and, of the lower triangle, `L* = -r q*' - (S h)* (L^-1 S h)' - diag(1/L)`.
    """
    for i in range(first, end):
        by_effect = point.by_values[own.effect[i]]
        own.by_scale[i] = by_effect * own.raw[i]
        value = by_effect * own.scale[i] - own.raw[i]
        for k in range(first, i):
            value -= own.root[i, k - first] * own.by_where[k]
        own.by_where[i] = value / own.root[i, i - first]
        point.by_values[own.effect[i]] = own.by_where[i]
    for i in range(end - 1, first - 1, -1):
        value = own.by_where[i]
        for k in range(i + 1, end):
            value -= own.root[k, i - first] * own.by_right[k]
        own.by_right[i] = value / own.root[i, i - first]
        own.by_scale[i] += own.by_right[i] * own.score[i]
        for j in range(first, i + 1):
            by_element = own.raw[i] * own.by_where[j] + own.by_right[i] * own.half[j]
            own.by_root[i, j - first] = -by_element
        own.by_root[i, i - first] -= 1.0 / own.root[i, i - first]
    # From `L` to `M`, column by column, the last one first (Murray 2016, section 3.1).
    for j in range(end - 1, first - 1, -1):
        diagonal = own.root[j, j - first]
        by_diagonal = own.by_root[j, j - first]
        for i in range(j + 1, end):
            own.by_root[i, j - first] /= diagonal
            by_diagonal -= own.root[i, j - first] * own.by_root[i, j - first]
        by_diagonal /= diagonal
        for k in range(j - first):
            own.by_root[j, k] -= by_diagonal * own.root[j, k]
        for i in range(j + 1, end):
            by_element = own.by_root[i, j - first]
            for k in range(j - first):
                own.by_root[j, k] -= by_element * own.root[i, k]
                own.by_root[i, k] -= by_element * own.root[j, k]
        own.by_root[j, j - first] = 0.5 * by_diagonal
    for i in range(first, end):
        for j in range(first, i + 1):
            slope = own.by_root[i, j - first] * own.information[i, j - first]
            own.by_scale[i] += slope * own.scale[j]
            own.by_scale[j] += slope * own.scale[i]


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Of all that scales are made of, but for standard deviations that covariates leave."""
    prior = of_shrinkage(spec.priors.get("covariate"))
    if prior is not None:
        for one in numbers(prior, design):
            yield labelled(one.label, "covariate", one.coordinate)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Shrinkage:
    """Where effects and the numbers behind their scales are; nothing is known of ratings yet."""
    prior = of_shrinkage(spec.priors.get("covariate"))
    if prior is None:
        return nothing(Shrinkage)
    fields: dict[str, Any] = dict(constants(prior, design, places))
    n, largest = len(fields["effect"]), int(np.diff(fields["block_start"]).max(initial=0))
    vectors = ("score", "scale", "raw", "half", "by_scale", "by_where", "by_right")
    fields |= {name: np.zeros(n) for name in vectors}
    fields |= {name: np.zeros((n, largest)) for name in ("information", "root", "by_root")}
    return Shrinkage(**fields)


def placed(own: Shrinkage, scale: Floats, gradient: Floats, information: Floats) -> Shrinkage:
    """The same, of effects that are placed by what ratings say about them.

    Parameters
    ----------
    scale : array, shape (effects,)
        Scales at the point at which the effects are zero.
    gradient : array, shape (n,)
        There, of the log density by the coordinates of coefficients, effects not placed yet.
    information : array, shape (n, n)
        Minus its derivative.
    """
    known, score = np.zeros_like(own.information), gradient[own.effect] / scale
    for first, end in pairwise(own.block_start):
        here = own.effect[first:end]
        # The prior of raw effects is part of the density.
        of_ratings = information[np.ix_(here, here)] - np.eye(len(here))
        of_ratings = of_ratings / np.outer(scale[first:end], scale[first:end])
        values, vectors = np.linalg.eigh(0.5 * (of_ratings + of_ratings.T))
        known[first:end, : end - first] = vectors * np.maximum(values, 0.0) @ vectors.T
    return own._replace(information=known, score=score)


def rewrite(own: Shrinkage, design: Design, values: Floats) -> Named:
    """Write effects; their standard deviations given the numbers behind these."""
    if not len(own.effect):
        return {}
    scale = _scales(own, values)
    for first, end in pairwise(own.block_start):
        here, s = own.effect[first:end], scale[..., first:end]
        matrix = s[..., :, None] * own.information[first:end, : end - first] * s[..., None, :]
        root = np.linalg.cholesky(np.eye(end - first) + matrix)
        half = np.linalg.solve(root, (s * own.score[first:end])[..., None])
        where = half + values[..., here, None]
        values[..., here] = s * np.linalg.solve(np.swapaxes(root, -1, -2), where)[..., 0]
    scales = np.zeros_like(values)
    scales[..., own.effect] = scale
    of_effects = EXPECTATION.moments(design, scales)
    return {
        f"{name}_scale": named
        for name, named in of_effects.items()
        if name not in design.coefficients
    }


def _scales(own: Shrinkage, values: Floats) -> Floats:
    """Scales at values of all coordinates, shape (..., effects)."""
    squared = np.exp(2.0 * own.log_units + values[..., own.odds].sum(axis=-1))
    squared *= (values[..., own.unexplained] ** 2).prod(axis=-1)
    rest = np.ones(values.shape[:-1])
    for i, at in enumerate(own.part):
        if at < 0:
            squared[..., i] *= rest
            rest = np.ones_like(rest)
        else:
            squared[..., i] *= rest / (1.0 + np.exp(-values[..., at]))
            rest = rest / (1.0 + np.exp(values[..., at]))
    for at in own.slab:
        squared /= 1.0 + values[..., at, None] * squared
    return own.unit * np.sqrt(squared)


SHRINKAGE = Completion(
    own=Shrinkage,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    scratch=("scale", "raw", "half", "root", "by_scale", "by_where", "by_right", "by_root"),
    rewrite=rewrite,
)
