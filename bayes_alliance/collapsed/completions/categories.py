r"""Missing categories of children: how probable each is, given other covariates.

Where a category is missing, the density is a sum over all that may be assumed (`kernel.assumed`);
this says with which probabilities. A covariate with categories `0, 1, ...` has multinomial logits,
one of two categories a logit, in standard deviations `w` of the covariates it is given:

.. math:: \log p(c \mid w) = \eta_c - \log \sum_d e^{\eta_d}, \qquad
          \eta_0 = 0, \quad \eta_c = a_c + b_c'w .

Categories of everybody say what `a` and `b` are; those of children who are assumed to be there are
part of the probability of the assumption. Priors Normal(0, 1.5): judgement, wide for standardised
covariates (Gelman, Jakulin, Pittau and Su 2008 on logits).
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from bayes_alliance.arrays import Integers
from bayes_alliance.collapsed.assumed import categories_of
from bayes_alliance.collapsed.completions.completion import Completion, Places
from bayes_alliance.collapsed.completions.missing import name_of
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Given,
    Integers1,
    Integers2,
    Point,
    Seats,
)
from bayes_alliance.collapsed.priors import Coordinate, standard_normal
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec

LOGIT_SD = 1.5


class Categories(NamedTuple):
    """Regressions of covariates with missing categories; constant."""

    contrast_start: Integers1  # (covariates + 1,) categories of a covariate but the first
    given_start: Integers1  # (covariates + 1,) regressors of a covariate
    given: Integers1  # (regressors,) column of `x`
    given_unit: Floats1  # (regressors,)
    first: Integers1  # (covariates,) place of `a`, then of `b`, regressor by regressor
    round: Integers1  # (children,)
    lane: Integers1  # (children,)
    assumption: Integers1  # (children,) by which the child is there; -1: none
    code: Integers2  # (covariates, children) number of the category
    chance: Floats1  # (categories,) scratch


@njit(**COMPILED)
def log_chance(own: Categories, covariate: int, child: int, point: Point) -> float:
    """Log probability of a child's category; those of all categories are left in `chance`."""
    n = own.contrast_start[covariate + 1] - own.contrast_start[covariate]
    first, start = own.first[covariate], own.given_start[covariate]
    own.chance[0] = most = 0.0
    for c in range(n):
        eta, at = point.values[first + c], first + n + c
        for g in range(start, own.given_start[covariate + 1]):
            value = point.x[own.round[child], own.given[g], own.lane[child]] / own.given_unit[g]
            eta += point.values[at] * value
            at += n
        own.chance[c + 1] = eta
        most = max(most, eta)
    total, here = 0.0, own.chance[own.code[covariate, child]]
    for c in range(n + 1):
        own.chance[c] = math.exp(own.chance[c] - most)
        total += own.chance[c]
    for c in range(n + 1):
        own.chance[c] /= total
    return here - most - math.log(total)


@njit(**COMPILED)
def complete(own: Categories, seats: Seats, given: Given, point: Point) -> float:
    """Write the probabilities of assumptions; the log density of what is not assumed."""
    total = 0.0
    given.log_chance[:] = 0.0
    for covariate in range(len(own.first)):
        for child in range(len(own.round)):
            own_chance, assumption = log_chance(own, covariate, child, point), own.assumption[child]
            if assumption < 0:
                total += own_chance
            else:
                given.log_chance[assumption] += own_chance
    return total


@njit(**COMPILED)
def differentiate(own: Categories, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """`d/d eta_c = w (1[category is c] - p_c)`, through regressors that are sampled as well."""
    for covariate in range(len(own.first)):
        n = own.contrast_start[covariate + 1] - own.contrast_start[covariate]
        first, start = own.first[covariate], own.given_start[covariate]
        for child in range(len(own.round)):
            log_chance(own, covariate, child, point)
            assumption, weight = own.assumption[child], 1.0
            if assumption >= 0:
                weight = by.log_chance[assumption]
            turn, lane = own.round[child], own.lane[child]
            for c in range(n):
                is_it = 1.0 if own.code[covariate, child] == c + 1 else 0.0
                by_eta, at = weight * (is_it - own.chance[c + 1]), first + n + c
                point.by_values[first + c] += by_eta
                for g in range(start, own.given_start[covariate + 1]):
                    scaled = by_eta / own.given_unit[g]
                    point.by_values[at] += scaled * point.x[turn, own.given[g], lane]
                    if len(point.by_x):
                        point.by_x[turn, own.given[g], lane] += scaled * point.values[at]
                    at += n


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Of each covariate with missing categories: intercepts, and weights by regressor."""
    for one in categories_of(design):
        name, contrasts = name_of(one), [design.covariates[p] for p in one.columns]
        for contrast in contrasts:
            yield standard_normal(f"{name}_intercept[{contrast}]", name, unit=LOGIT_SD)
        for p in one.given:
            for contrast in contrasts:
                label = f"{name}_weight[{design.covariates[p]};{contrast}]"
                yield standard_normal(label, name, unit=LOGIT_SD)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Categories:
    """Where children sit, and where the values of coordinates go.

    Parameters
    ----------
    design : Design
        With everybody who is assumed to be there, nothing missing in categories.
    """
    lacking = categories_of(design)
    n_contrasts = [len(one.columns) for one in lacking]
    sizes = [n * (1 + len(one.given)) for n, one in zip(n_contrasts, lacking, strict=True)]
    given = np.array([p for one in lacking for p in one.given], dtype=np.int64)
    there = np.arange(len(design.children) if lacking else 0)
    turn, lane = seating.round[there], seating.lane[there]
    codes = np.array([one.values for one in lacking]).reshape(len(lacking), len(there))
    return Categories(
        contrast_start=_starts(n_contrasts),
        given_start=_starts([len(one.given) for one in lacking]),
        given=given,
        given_unit=design.covariate_sd[given],
        first=places.own[_starts(sizes)[:-1]],
        round=turn,
        lane=lane,
        assumption=seating.seats.assumed[turn, lane].copy() if lacking else turn,
        code=codes.astype(np.int64),
        chance=np.zeros(1 + max(n_contrasts, default=0)),
    )


def _starts(sizes: list[int]) -> Integers:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


CATEGORIES = Completion(
    own=Categories,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    scratch=("chance",),
)
