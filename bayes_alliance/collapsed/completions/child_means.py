r"""Child means of covariates that vary over occasions, where they are parameters.

See `design.latent_means` for the model. In standard deviations of the covariate, child `i` with `n`
values `v` of mean :math:`\bar v` has

.. math:: v_{it} \sim N(\xi_i, \omega^2), \quad \xi_i \sim N(\mu_i, \tau^2), \quad
          \mu_i = a + b'w_i, \quad D = \omega^2 + n \tau^2 .

Given the covariate's own values the mean is

.. math:: \xi_i = \mu_i + \frac{n \tau^2}{D} (\bar v_i - \mu_i) + \frac{\tau \omega}{\sqrt D} r_i,
          \qquad r_i \sim N(0, 1),

which leaves the density of these values with the mean integrated out,

.. math:: -\tfrac{n}{2} \log 2\pi - (n - 1) \log\omega - \tfrac12 \log D
          - \tfrac12 \sum_t (v_{it} - \bar v_i)^2 / \omega^2
          - \tfrac12 n (\bar v_i - \mu_i)^2 / D .

The design has computed means :math:`m`; an estimated one acts as it does, and in every deviation
from it: with effects :math:`\beta` between and :math:`\delta` within children, residuals lose
:math:`(\xi_i - m_i)(\phi \beta - \delta)`.

Where ratings place the means see `placed_means`. Priors of these nuisance parameters: `a` and `b`
Normal(0, 1), both standard deviations HalfNormal(1): judgement, wide for standardised covariates.
"""

import math
from collections.abc import Iterator

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions.completion import Completion, Moments, Named, Places
from bayes_alliance.collapsed.completions.expectation import sources
from bayes_alliance.collapsed.completions.placed_means import (
    ChildMeans,
    beyond_others,
    by_score_of_mean,
    score_of_mean,
)
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Given,
    Point,
    Seats,
)
from bayes_alliance.collapsed.priors import (
    Coordinate,
    placed_normal,
    standard_half_normal,
    standard_normal,
)
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.design.latent_means import LatentMean
from bayes_alliance.specification import ModelSpec

LOG_2_PI = math.log(2.0 * math.pi)


@njit(**COMPILED)
def expected(own: ChildMeans, covariate: int, child: int, point: Point) -> float:
    """`a + b'w` of a child."""
    total = point.values[own.intercept[covariate]]
    for g in range(own.weight_start[covariate], own.weight_start[covariate + 1]):
        total += point.values[own.weight[g]] * own.regressor[g, child]
    return total


@njit(**COMPILED)
def complete(own: ChildMeans, seats: Seats, given: Given, point: Point) -> float:
    """Move residuals by what means are more than the computed ones; the density of the values."""
    total, n_informants = 0.0, given.error.shape[1]
    for covariate in range(len(own.unit)):
        tau, omega = point.values[own.between[covariate]], point.values[own.within[covariate]]
        between, within = own.first_between[covariate], own.first_within[covariate]
        for child in range(len(own.n)):
            n, mu = own.n[child], expected(own, covariate, child, point)
            known, away = omega * omega + n * tau * tau, own.mean[covariate, child] - mu
            mean, unit = mu + n * tau * tau / known * away, own.unit[covariate]
            spread = tau * omega / math.sqrt(known)
            score, information = score_of_mean(own, covariate, child, unit * mean, point)
            precision = 1.0 + (unit * spread) ** 2 * information
            r = unit * spread * score / precision
            r += point.values[own.raw[covariate, child]] / math.sqrt(precision)
            mean += spread * r
            total -= 0.5 * (r * r + math.log(precision))
            squared = own.squares[covariate, child] / (omega * omega) + n * away * away / known
            total -= 0.5 * (n * LOG_2_PI + math.log(known) + squared)
            total -= (n - 1.0) * math.log(omega)
            lacking = unit * (mean - own.computed[covariate, child])
            chunk, turn, lane = own.chunk[child], own.round[child], own.lane[child]
            slot = seats.slot_start[turn]
            for cell in range(seats.cell_start[chunk], seats.cell_start[chunk + 1]):
                phi = seats.basis[cell, own.acts_on[covariate], lane]
                # Where the child was not rated there is no residual to move.
                if seats.informant_set[cell, lane] > 0:
                    for k in range(n_informants):
                        acts = phi * point.coefficients[between + k]
                        acts -= point.coefficients[within + k]
                        given.error[slot, k, lane] -= acts * lacking
                slot += 1
    return total


@njit(**COMPILED)
def differentiate(own: ChildMeans, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """By `w`, `a`, `b`, all standard deviations, and by what the mean acts with."""
    n_informants = by.error.shape[1]
    for covariate in range(len(own.unit)):
        tau, omega = point.values[own.between[covariate]], point.values[own.within[covariate]]
        between, within = own.first_between[covariate], own.first_within[covariate]
        for child in range(len(own.n)):
            n, mu = own.n[child], expected(own, covariate, child, point)
            known, away = omega * omega + n * tau * tau, own.mean[covariate, child] - mu
            unit, spread = own.unit[covariate], tau * omega / math.sqrt(known)
            middle, u = mu + n * tau * tau / known * away, unit * spread
            score, information = score_of_mean(own, covariate, child, unit * middle, point)
            precision, w = 1.0 + u * u * information, point.values[own.raw[covariate, child]]
            r = u * score / precision + w / math.sqrt(precision)
            lacking = unit * (middle + spread * r - own.computed[covariate, child])
            by_mean = 0.0
            chunk, turn, lane = own.chunk[child], own.round[child], own.lane[child]
            slot = seats.slot_start[turn]
            for cell in range(seats.cell_start[chunk], seats.cell_start[chunk + 1]):
                phi = seats.basis[cell, own.acts_on[covariate], lane]
                if seats.informant_set[cell, lane] > 0:
                    for k in range(n_informants):
                        by_error = by.error[slot, k, lane]
                        acts = phi * point.coefficients[between + k]
                        acts -= point.coefficients[within + k]
                        by_mean -= acts * by_error
                        moved = lacking * by_error
                        first, second = between + k, within + k
                        by_first = own.factor[first] * phi * moved
                        point.by_values[own.source[first]] -= by_first
                        point.by_values[own.source[second]] += own.factor[second] * moved
                slot += 1
            by_mean *= unit
            by_r = by_mean * spread - r
            point.by_values[own.raw[covariate, child]] += by_r / math.sqrt(precision)
            by_score = by_r * u / precision
            by_precision = -(by_r * (u * score / precision + r) + 1.0) / (2.0 * precision)
            by_spread = by_mean * r
            by_spread += unit * (by_r * score / precision + 2.0 * u * information * by_precision)
            by_spread /= known * math.sqrt(known)
            by_mean += unit * by_score_of_mean(
                own, covariate, child, unit * middle, by_score, by_precision * u * u, point
            )
            by_mu = by_mean * omega * omega / known + n * away / known
            # The share of the values in the mean, `n tau^2 / D`, and the spread, by both.
            by_share = 2.0 * n * tau * omega * away / (known * known) * by_mean
            squared = n * away * away / known
            by_tau = by_share * omega + by_spread * omega**3 + n * tau / known * (squared - 1.0)
            by_omega = by_spread * n * tau**3 - by_share * tau + omega / known * (squared - 1.0)
            by_omega += own.squares[covariate, child] / omega**3 - (n - 1.0) / omega
            point.by_values[own.between[covariate]] += by_tau
            point.by_values[own.within[covariate]] += by_omega
            point.by_values[own.intercept[covariate]] += by_mu
            for g in range(own.weight_start[covariate], own.weight_start[covariate + 1]):
                point.by_values[own.weight[g]] += by_mu * own.regressor[g, child]


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Of each covariate: intercept, standard deviations, weights, and `w` of every child."""
    for one in design.latent_means:
        name = one.variable
        yield standard_normal(f"{name}_intercept", name)
        yield standard_half_normal(f"{name}_between", name)
        yield standard_half_normal(f"{name}_within", name)
        for p in one.given:
            yield standard_normal(f"{name}_weight[{design.covariates[p]}]", name)
        for child in design.children:
            yield placed_normal(f"{name}_raw[{child}]", name)


def _split(design: Design, one: LatentMean) -> tuple[Floats, Floats, Floats]:
    """Number, mean and squared deviations of a covariate's values, by child, in its sds."""
    child, n = design.occasion_child, len(design.children)
    values = one.values / one.sd
    counts = np.bincount(child, minlength=n).astype(np.float64)
    mean = np.bincount(child, weights=values, minlength=n) / np.maximum(counts, 1.0)
    return counts, mean, np.bincount(child, weights=(values - mean[child]) ** 2, minlength=n)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> ChildMeans:
    """What is known of the covariates, and where the children sit."""
    made, n, k = design.latent_means, len(design.children), len(design.informants)
    ends = np.cumsum([3 + len(one.given) + n for one in made])
    own = np.split(places.own, ends[:-1]) if made else []
    lengths = [len(one.given) for one in made]
    known = [_split(design, one) for one in made]
    pairs = np.argwhere(design.covariate_on)
    pair = [int(np.flatnonzero(pairs[:, 0] == one.between)[0]) for one in made]
    first_delta = len(design.terms) + k * len(pairs)
    given = np.array([p for one in made for p in one.given], dtype=np.int64)
    computed = [design.x[:, one.between] / one.sd for one in made]
    source, factor = sources(design)
    n_rated, surplus = beyond_others(design) if made else (np.zeros((0, 0)), np.zeros((0, 0)))
    child_sd = np.full((len(made), k), -1)
    of_child = places.sds.get("child", child_sd[:0].ravel())
    for row, at in zip(child_sd, pairs[pair, 1] * k if made else (), strict=True):
        there = of_child[at : at + k]
        row[: len(there)] = there
    return ChildMeans(
        intercept=np.array([at[0] for at in own], dtype=np.int64),
        between=np.array([at[1] for at in own], dtype=np.int64),
        within=np.array([at[2] for at in own], dtype=np.int64),
        weight_start=np.cumsum([0, *lengths]),
        weight=np.concatenate([places.own[:0], *(at[3:-n] for at in own)]),
        regressor=np.ascontiguousarray((design.x / design.covariate_sd)[:, given].T),
        raw=np.array([at[-n:] for at in own], dtype=np.int64).reshape(-1, n),
        mean=np.array([mean for _, mean, _ in known]).reshape(-1, n),
        squares=np.array([squares for *_, squares in known]).reshape(-1, n),
        computed=np.array(computed).reshape(-1, n),
        unit=np.array([one.sd for one in made]),
        n=known[0][0] if made else np.zeros(0),
        chunk=seating.chunk,
        round=seating.round,
        lane=seating.lane,
        first_between=len(design.terms) + k * np.array(pair, dtype=np.int64),
        acts_on=pairs[pair, 1] if made else places.own[:0],
        first_within=first_delta + k * np.array([one.within for one in made], dtype=np.int64),
        n_rated=n_rated,
        surplus=surplus,
        residual_sd=places.sds["residual"],
        child_sd=child_sd,
        source=source,
        factor=factor,
    )


def rewrite(own: ChildMeans, design: Design, values: Floats) -> Named:
    """What means follow, in standard deviations, and the means, centred as in the design."""
    out: Named = {}
    coefficients = own.factor * values[..., own.source]
    k, residual = len(design.informants), values[..., own.residual_sd] ** 2
    for number, one in enumerate(design.latent_means):
        mu, tau, omega = (
            values[..., at[number], None] for at in (own.intercept, own.between, own.within)
        )
        out[f"{one.variable}_intercept"] = (), mu[..., 0]
        out[f"{one.variable}_between"] = (), tau[..., 0]
        out[f"{one.variable}_within"] = (), omega[..., 0]
        if one.given:
            here = slice(own.weight_start[number], own.weight_start[number + 1])
            weight = values[..., own.weight[here]]
            out[f"{one.variable}_weight"] = (f"{one.variable}_given",), weight
            mu = mu + weight @ own.regressor[here]
        known = omega**2 + own.n * tau**2
        middle = mu + own.n * tau**2 / known * (own.mean[number] - mu)
        spread, score, information = tau * omega / np.sqrt(known), 0.0, 0.0
        for i in range(k):
            n, place = own.n_rated[:, i], own.child_sd[number, i]
            variance = residual[..., i, None] + n * (values[..., place, None] ** 2 * (place >= 0))
            delta = coefficients[..., own.first_within[number] + i, None]
            acts = coefficients[..., own.first_between[number] + i, None] - delta
            expected = acts * middle + delta * own.computed[number]
            score = score + acts / variance * (own.surplus[:, i] - n * one.sd * expected)
            information = information + acts**2 * n / variance
        precision = 1.0 + (one.sd * spread) ** 2 * information
        r = one.sd * spread * score / precision
        r = r + values[..., own.raw[number]] / np.sqrt(precision)
        out[one.variable] = ("child",), one.sd * (middle + spread * r)
    return out


def add_to_errors(design: Design, moments: Moments, error: Floats) -> None:
    """Take out what means make beyond the computed ones."""
    for one in design.latent_means:
        if one.variable not in moments:
            continue
        lacking = moments[one.variable] - design.x[:, one.between]
        of_occasion = lacking[:, design.occasion_child, None]
        for c in np.flatnonzero(design.covariate_on[one.between]):
            effect = moments[f"{design.coefficients[c]}_on"][:, None, one.between]
            error -= design.basis[:, c, None] * of_occasion * effect
        error += of_occasion * moments["rating_on"][:, None, one.within]


CHILD_MEANS = Completion(
    own=ChildMeans,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    rewrite=rewrite,
    add_to_errors=add_to_errors,
)
