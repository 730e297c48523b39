r"""Weights of occasions: residuals with heavy tails are normal given these.

.. math:: e \mid w \sim N(0, S_{oo} / w), \quad w \sim \mathrm{Gamma}(\alpha, \alpha - 1), \quad
          \alpha = \nu / 2 \quad\Rightarrow\quad e \sim t_\nu \text{ with covariance } S_{oo}

(Lange, Little and Taylor 1989). Sampled is how far the logarithm of a weight lies from about where
the law puts it, in about its standard deviations,

.. math:: \log w = m + c\,r, \qquad m = \log\frac{\alpha}{\alpha - 1} - \frac{1}{2\alpha}, \qquad
          c^2 = \frac1\alpha + \frac1{2\alpha^2},

so that weights the ratings say little about do not tie down the degrees of freedom.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.special import gammaln

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions.completion import (
    Completion,
    Moments,
    Named,
    OfRatings,
    Places,
    without_ends,
)
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Given,
    Integers1,
    Point,
    Seats,
)
from bayes_alliance.collapsed.kernel.coordinates import FREE
from bayes_alliance.collapsed.priors import Coordinate, of_number
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.likelihoods.student_t import LEAST
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers

PRIOR = "residual_nu"


class Weights(NamedTuple):
    """Occasions that have weights; constant."""

    tail: Integers1  # (1,) place, among all coordinates, of how far nu exceeds 2
    place: Integers1  # (R,) of what says the weight of each occasion; that of copies is one
    cell: Integers1  # (R,)
    lane: Integers1  # (R,)
    n_rated: Floats1  # (R,) informants who rated
    counted: Floats1  # (R,) 1, or 0 for copies: a weight has its law once


@njit(**COMPILED)
def digamma(x: float) -> float:
    """Derivative of the logarithm of the gamma function, for x above 0."""
    total = 0.0
    while x < 6.0:
        total -= 1.0 / x
        x += 1.0
    y = 1.0 / (x * x)
    # The asymptotic series, whose next term is below 1e-12.
    series = 1 / 252 - y * (1 / 240 - y * (1 / 132 - y * (691 / 32760 - y / 12)))
    return total + math.log(x) - 0.5 / x - y * (1 / 12 - y * (1 / 120 - y * series))


@njit(**COMPILED)
def complete(own: Weights, seats: Seats, given: Given, point: Point) -> float:
    """Write weights; the law of `r`, and `n / 2 log w` of each occasion, the Jacobian."""
    if len(own.tail) == 0:
        return 0.0
    alpha = 0.5 * (LEAST + point.values[own.tail[0]])
    beta = alpha - 1.0
    scale = math.sqrt(1.0 / alpha + 0.5 / alpha**2)
    middle = math.log(alpha / beta) - 0.5 / alpha
    constant = alpha * math.log(beta) - math.lgamma(alpha) + math.log(scale)
    total = 0.0
    for i in range(len(own.place)):
        log_weight = middle + scale * point.values[own.place[i]]
        weight = math.exp(log_weight)
        given.weight[own.cell[i], own.lane[i]] = weight
        law = constant + (alpha + 0.5 * own.n_rated[i]) * log_weight - beta * weight
        total += own.counted[i] * law
    return total


@njit(**COMPILED)
def differentiate(own: Weights, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """By `r` and by the degrees of freedom, through the logarithm of each weight."""
    if len(own.tail) == 0:
        return
    alpha = 0.5 * (LEAST + point.values[own.tail[0]])
    beta = alpha - 1.0
    scale = math.sqrt(1.0 / alpha + 0.5 / alpha**2)
    middle = math.log(alpha / beta) - 0.5 / alpha
    scale_by_alpha = -(1.0 / alpha**2 + 1.0 / alpha**3) / (2.0 * scale)
    middle_by_alpha = 1.0 / alpha - 1.0 / beta + 0.5 / alpha**2
    constant_by_alpha = math.log(beta) + alpha / beta - digamma(alpha) + scale_by_alpha / scale
    by_alpha = 0.0
    for i in range(len(own.place)):
        raw, weight = point.values[own.place[i]], given.weight[own.cell[i], own.lane[i]]
        by_log = weight * by.weight[own.cell[i], own.lane[i]]
        by_log += own.counted[i] * (alpha + 0.5 * own.n_rated[i] - beta * weight)
        point.by_values[own.place[i]] += scale * by_log
        by_alpha += own.counted[i] * (constant_by_alpha + middle + scale * raw - weight)
        by_alpha += by_log * (middle_by_alpha + scale_by_alpha * raw)
    point.by_values[own.tail[0]] += 0.5 * by_alpha


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Degrees of freedom, then a number for each occasion."""
    if PRIOR not in spec.priors:
        return
    yield of_number(PRIOR, PRIOR, of_numbers(spec.priors[PRIOR]), factor=1.0)
    for child, time in zip(design.occasion_child, design.occasion_time, strict=True):
        label = f"residual_weight[{design.children[child]}, {time:g}]"
        yield Coordinate(label=label, prior="residual_weight", kind=FREE)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Weights:
    """Where the occasions sit."""
    row = np.arange(len(design.y) if len(places.own) else 0)
    number = places.row[row]
    return Weights(
        tail=places.own[:1],
        place=places.own[1:][number],
        cell=seating.cell[row],
        lane=seating.row_lane[row],
        n_rated=design.present[row].sum(axis=1).astype(np.float64),
        counted=(number == row).astype(np.float64),
    )


def moments(design: Design, values: Floats) -> Named:
    """Degrees of freedom and the weight of every occasion."""
    if not values.shape[-1]:
        return {}
    nu = LEAST + values[..., 0]
    alpha = 0.5 * nu[..., None]
    middle = np.log(alpha / (alpha - 1.0)) - 0.5 / alpha
    log_weight = middle + np.sqrt(1.0 / alpha + 0.5 / alpha**2) * values[..., 1:]
    return {PRIOR: ((), nu), "residual_weight": (("occasion",), np.exp(log_weight))}


def scale(design: Design, moments: Moments) -> Floats | None:
    """Square root of the weight of the occasion, for all informants."""
    if "residual_weight" not in moments:
        return None
    shape = (1, len(design.informants))
    return np.sqrt(moments["residual_weight"])[..., None] * np.ones(shape)


def of_ratings(design: Design, moments: Moments) -> OfRatings | None:
    """Weights of occasions, which have their gamma law beside the ratings."""
    if "residual_weight" not in moments:
        return None
    alpha, weight = 0.5 * moments[PRIOR][:, None], moments["residual_weight"]
    beta = alpha - 1.0
    law = alpha * np.log(beta) - gammaln(alpha) + (alpha - 1.0) * np.log(weight) - beta * weight
    values, log_slope = without_ends(weight)
    return OfRatings(
        name="residual_weight",
        row=np.arange(values.shape[1]),
        informant=np.full(values.shape[1], -1),
        values=values,
        log_density=law + log_slope,
        to_moment=lambda at: np.logaddexp(0.0, at),
    )


WEIGHTS = Completion(
    own=Weights,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    moments=moments,
    scale=scale,
    of_ratings=of_ratings,
    alone=True,
)
