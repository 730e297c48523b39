r"""Missing values of numeric covariates of children, therapists and clinics.

Each incomplete covariate is normal around a regression on others (`design.missing`), in standard
deviations of the covariates with intercept `a`, weights `b` and residual sd :math:`\sigma`:

.. math:: x_u = a + b'w_u + \sigma r_u, \qquad r_u \sim N(0, 1) .

Known values say what `a`, `b` and :math:`\sigma` are; for a missing one `r` is sampled and `x` is
written wherever the covariate acts. Priors of these nuisance parameters, in the same units: `a` and
`b` Normal(0, 1), :math:`\sigma` HalfNormal(1): judgement, wide for standardised covariates.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions.completion import Completion, Moments, Named, Places
from bayes_alliance.collapsed.completions.expectation import sources
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats1,
    Given,
    Integers1,
    Integers2,
    Point,
    Seats,
)
from bayes_alliance.collapsed.priors import Coordinate, standard_half_normal, standard_normal
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design, Incomplete
from bayes_alliance.specification import ModelSpec

LOG_2_PI = math.log(2.0 * math.pi)


class Missing(NamedTuple):
    """Regressions of incomplete covariates, one after the other; constant."""

    column: Integers1  # (covariates,) of `x`
    unit: Floats1  # (covariates,) standard deviation of the covariate
    intercept: Integers1  # (covariates,) place among all coordinates
    sd: Integers1  # (covariates,) likewise
    given_start: Integers1  # (covariates + 1,) regressors of a covariate
    weight: Integers1  # (regressors,) place among all coordinates
    given: Integers1  # (regressors,) column of `x`
    given_unit: Floats1  # (regressors,)
    unit_start: Integers1  # (covariates + 1,) children, therapists or clinics of a covariate
    known: Floats1  # (units,) values in standard deviations; 0 where missing
    raw: Integers1  # (units,) place of `r` among all coordinates; -1 where the value is known
    child_start: Integers1  # (units + 1,) children of a unit; their regressors are alike
    round: Integers1  # (children of units,)
    lane: Integers1  # (children of units,)
    filled: Integers2  # (children with missing values, 3) chunk, round and lane
    products: Integers2  # (products of such children, 5) round, lane, column and what it is of
    effect: Integers2  # (effects, 2) column and growth coefficient
    source: Integers1  # (coefficients,) as in `expectation`
    factor: Floats1  # (coefficients,) likewise


@njit(**COMPILED)
def expected(own: Missing, covariate: int, unit: int, point: Point) -> float:
    """`a + b'w` of a unit, in standard deviations."""
    child = own.child_start[unit]
    mean = point.values[own.intercept[covariate]]
    for g in range(own.given_start[covariate], own.given_start[covariate + 1]):
        value = point.x[own.round[child], own.given[g], own.lane[child]]
        mean += point.values[own.weight[g]] * value / own.given_unit[g]
    return mean


@njit(**COMPILED)
def complete(own: Missing, seats: Seats, given: Given, point: Point) -> float:
    """Write missing values; the log density of the known ones."""
    total = 0.0
    point.by_x[:] = 0.0
    for covariate in range(len(own.column)):
        sd, column = point.values[own.sd[covariate]], own.column[covariate]
        for unit in range(own.unit_start[covariate], own.unit_start[covariate + 1]):
            mean = expected(own, covariate, unit, point)
            if own.raw[unit] < 0:
                z = (own.known[unit] - mean) / sd
                total -= 0.5 * (z * z + LOG_2_PI) + math.log(sd)
                continue
            value = own.unit[covariate] * (mean + sd * point.values[own.raw[unit]])
            for child in range(own.child_start[unit], own.child_start[unit + 1]):
                point.x[own.round[child], column, own.lane[child]] = value
    for i in range(len(own.products)):
        turn, lane, column = own.products[i, 0], own.products[i, 1], own.products[i, 2]
        first, second = own.products[i, 3], own.products[i, 4]
        point.x[turn, column, lane] = point.x[turn, first, lane] * point.x[turn, second, lane]
    return total


@njit(**COMPILED)
def differentiate(own: Missing, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """`d/d x = sum_k beta_k d/d theta_k`, through products and regressions, the last one first."""
    n_informants = point.residual_root.shape[1]
    q = seats.basis.shape[1] * n_informants
    for i in range(len(own.filled)):
        chunk, turn, lane = own.filled[i, 0], own.filled[i, 1], own.filled[i, 2]
        slot = seats.slot_start[turn]
        for cell in range(seats.cell_start[chunk], seats.cell_start[chunk + 1]):
            for j in range(len(own.effect)):
                first, total = q + j * n_informants, 0.0
                for k in range(n_informants):
                    beta = own.factor[first + k] * point.values[own.source[first + k]]
                    total += beta * by.error[slot, k, lane]
                by_x = seats.basis[cell, own.effect[j, 1], lane] * total
                point.by_x[turn, own.effect[j, 0], lane] -= by_x
            slot += 1
    for i in range(len(own.products) - 1, -1, -1):
        turn, lane, column = own.products[i, 0], own.products[i, 1], own.products[i, 2]
        first, second = own.products[i, 3], own.products[i, 4]
        by_product = point.by_x[turn, column, lane]
        point.by_x[turn, first, lane] += by_product * point.x[turn, second, lane]
        point.by_x[turn, second, lane] += by_product * point.x[turn, first, lane]
    for covariate in range(len(own.column) - 1, -1, -1):
        sd, column = point.values[own.sd[covariate]], own.column[covariate]
        for unit in range(own.unit_start[covariate], own.unit_start[covariate + 1]):
            start, end = own.child_start[unit], own.child_start[unit + 1]
            if own.raw[unit] < 0:
                z = (own.known[unit] - expected(own, covariate, unit, point)) / sd
                by_mean, by_sd = z / sd, (z * z - 1.0) / sd
            else:
                by_mean, raw = 0.0, point.values[own.raw[unit]]
                for child in range(start, end):
                    by_mean += point.by_x[own.round[child], column, own.lane[child]]
                by_mean *= own.unit[covariate]
                by_sd = by_mean * raw
                point.by_values[own.raw[unit]] += by_mean * sd
            point.by_values[own.intercept[covariate]] += by_mean
            point.by_values[own.sd[covariate]] += by_sd
            turn, lane = own.round[start], own.lane[start]
            for g in range(own.given_start[covariate], own.given_start[covariate + 1]):
                by_value = by_mean / own.given_unit[g]
                point.by_values[own.weight[g]] += by_value * point.x[turn, own.given[g], lane]
                by_regressor = by_value * point.values[own.weight[g]]
                point.by_x[turn, own.given[g], lane] += by_regressor


def numbers_of(design: Design) -> list[Incomplete]:
    """Numeric covariates with missing values."""
    return [one for one in design.incomplete if one.kind == "numeric"]


def name_of(one: Incomplete) -> str:
    """What missing values of a covariate are called: ``"missing_age"``."""
    return f"missing_{one.name}"


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Of each incomplete covariate: intercept, residual sd, weights, and `r` of missing values."""
    for one in numbers_of(design):
        name = name_of(one)
        yield standard_normal(f"{name}_intercept", name)
        yield standard_half_normal(f"{name}_sd", name)
        for p in one.given:
            yield standard_normal(f"{name}_weight[{design.covariates[p]}]", name)
        for unit in np.flatnonzero(one.absent):
            yield standard_normal(f"{name}_raw[{one.units[unit]}]", name)


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Missing:
    """Where the children of units sit, and where the values of coordinates go."""
    lacking = numbers_of(design)
    ends = np.cumsum([2 + len(one.given) + int(one.absent.sum()) for one in lacking])
    own = np.split(places.own, ends[:-1]) if lacking else []
    weights = [at[2 : 2 + len(one.given)] for at, one in zip(own, lacking, strict=True)]
    raw = [np.full(len(one.units), -1) for one in lacking]
    for of_one, at, one in zip(own, raw, lacking, strict=True):
        at[one.absent] = of_one[2 + len(one.given) :]
    children = [
        np.flatnonzero(one.unit == number) for one in lacking for number in range(len(one.units))
    ]
    column, child = _joined([np.array(one.columns) for one in lacking]), _joined(children)
    given = [np.array(one.given, dtype=np.int64) for one in lacking]
    values = [one.values / design.covariate_sd[one.columns[0]] for one in lacking]
    filled = np.flatnonzero(np.isnan(design.x).any(axis=1))
    products = [
        (seating.round[i], seating.lane[i], *columns)
        for columns in design.products
        for i in np.flatnonzero(np.isnan(design.x[:, columns[0]]))
    ]
    source, factor = sources(design)
    return Missing(
        column=column,
        unit=design.covariate_sd[column],
        intercept=np.array([at[0] for at in own], dtype=np.int64),
        sd=np.array([at[1] for at in own], dtype=np.int64),
        given_start=_starts(given),
        weight=_joined(weights),
        given=_joined(given),
        given_unit=design.covariate_sd[_joined(given)],
        unit_start=_starts(raw),
        known=np.nan_to_num(np.concatenate([np.zeros(0), *values])),
        raw=_joined(raw),
        child_start=_starts(children),
        round=seating.round[child],
        lane=seating.lane[child],
        filled=np.stack(
            [seating.chunk[filled], seating.round[filled], seating.lane[filled]], axis=1
        ),
        products=np.array(products, dtype=np.int64).reshape(-1, 5),
        effect=np.argwhere(design.covariate_on).astype(np.int64).copy(),
        source=source,
        factor=factor,
    )


def _joined(parts: Sequence[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _starts(parts: Sequence[Integers]) -> Integers:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)


def moments(design: Design, values: Floats) -> Named:
    """Missing values of each covariate, centred as in the design, by unit."""
    out: Named = {}
    x = np.broadcast_to(
        np.nan_to_num(design.x), (*values.shape[:-1], *design.x.shape)
    ).copy()  # regressors may be missing themselves
    start = 0
    for one in numbers_of(design):
        absent = np.flatnonzero(one.absent)
        first_child = np.unique(one.unit, return_index=True)[1][absent]
        intercept, sd = values[..., start, None], values[..., start + 1, None]
        start += 2
        mean = np.repeat(intercept, len(absent), axis=-1)
        for p in one.given:
            mean += values[..., start, None] * x[..., first_child, p] / design.covariate_sd[p]
            start += 1
        raw = values[..., start : start + len(absent)]
        start += len(absent)
        completed = design.covariate_sd[one.columns[0]] * (mean + sd * raw)
        out[name_of(one)] = (f"{name_of(one)}_of",), completed
        of_child = np.searchsorted(absent, one.unit[one.absent[one.unit]])
        x[..., one.absent[one.unit], one.columns[0]] = completed[..., of_child]
    return out


def add_to_errors(design: Design, moments: Moments, error: Floats) -> None:
    """Take out what missing values make, of which ``design.x`` holds none."""
    n_draws = len(error)
    completed: dict[int, Floats] = {}
    for one in design.incomplete:
        if name_of(one) not in moments:
            continue
        value = np.zeros((n_draws, len(one.units)))
        value[:, ~one.absent] = one.values[~one.absent]
        value[:, one.absent] = moments[name_of(one)]
        for number, p in enumerate(one.columns, start=1):
            is_number = one.kind == "numeric"
            completed[p] = (value if is_number else 1.0 * (value == number))[:, one.unit]
    for p, first, second in design.products:
        if {first, second} & set(completed):
            left, right = (completed.get(column, design.x[:, column]) for column in (first, second))
            completed[p] = left * right
    for p, values in completed.items():
        lacking = values - np.nan_to_num(design.x[:, p])
        for c in np.flatnonzero(design.covariate_on[p]):
            effect = moments[f"{design.coefficients[c]}_on"][:, None, p]
            made = lacking[:, design.occasion_child, None] * effect
            error -= design.basis[:, c, None] * made


MISSING = Completion(
    own=Missing,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    moments=moments,
    add_to_errors=add_to_errors,
)
