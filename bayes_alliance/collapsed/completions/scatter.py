r"""Residuals whose standard deviation depends on covariates.

.. math:: s_{tk} = \exp(-x_t' \alpha_k), \qquad s \circ e \sim N(0, S_{oo}),

so that effects on the logarithm of the standard deviation (Hedeker, Mermelstein and Demirtas 2008)
write the stretches of occasions, and the Jacobian of the stretching is linear in them.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions.completion import Completion, Moments, Named, Places
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    Floats2,
    Floats3,
    Given,
    Integers2,
    Point,
    Seats,
)
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.priors import Coordinate, of_number
from bayes_alliance.collapsed.seating import Seating, in_lanes
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers

PRIOR = "residual_sd_on"


class Scatter(NamedTuple):
    """Covariates that act on how much ratings scatter; constant."""

    place: Integers2  # (S, K) of the effects among all coordinates
    x: Floats3  # (cells, S, 8)
    total: Floats2  # (S, K) sum of `x` over the ratings of each informant


@njit(**COMPILED)
def complete(own: Scatter, seats: Seats, given: Given, point: Point) -> float:
    """Write stretches; their Jacobian is `sum log s`."""
    n_covariates, n_informants = own.place.shape
    if n_covariates == 0:
        return 0.0
    for cell in range(len(own.x)):
        for k in range(n_informants):
            for lane in range(LANES):
                log_factor = 0.0
                for p in range(n_covariates):
                    log_factor += own.x[cell, p, lane] * point.values[own.place[p, k]]
                given.stretch[cell, k, lane] = math.exp(-log_factor)
    jacobian = 0.0
    for p in range(n_covariates):
        for k in range(n_informants):
            jacobian -= own.total[p, k] * point.values[own.place[p, k]]
    return jacobian


@njit(**COMPILED)
def differentiate(own: Scatter, seats: Seats, given: Given, by: Given, point: Point) -> None:
    """`d/d alpha = -sum_t x s d/d s`, less what the Jacobian has."""
    n_covariates, n_informants = own.place.shape
    for p in range(n_covariates):
        for k in range(n_informants):
            total = own.total[p, k]
            for cell in range(len(own.x)):
                for lane in range(LANES):
                    stretched = given.stretch[cell, k, lane] * by.stretch[cell, k, lane]
                    total += own.x[cell, p, lane] * stretched
            point.by_values[own.place[p, k]] -= total


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Effects on the logarithm of the standard deviation, for each informant."""
    units = zip(design.residual_covariates, design.residual_x_sd, strict=True)
    for covariate, sd in units:
        for informant in design.informants:
            label, prior = f"{PRIOR}[{covariate},{informant}]", of_numbers(spec.priors[PRIOR])
            yield of_number(label, PRIOR, prior, factor=float(1.0 / sd))


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Scatter:
    """Covariates of the cells: those of one lane are alike, because patterns differ by them."""
    n_covariates, n_informants = len(design.residual_covariates), len(design.informants)
    residual_x = design.residual_x.reshape(len(design.y), n_covariates)
    return Scatter(
        place=places.own.reshape(n_covariates, n_informants),
        x=in_lanes(residual_x, seating.cell, seating.row_lane, int(seating.seats.cell_start[-1])),
        # Of copies the Jacobian is counted once.
        total=residual_x.T @ (design.present & (places.row == np.arange(len(design.y)))[:, None]),
    )


def moments(design: Design, values: Floats) -> Named:
    """Effects by covariate and informant."""
    n_covariates = len(design.residual_covariates)
    if not n_covariates:
        return {}
    effects = values.reshape(*values.shape[:-1], n_covariates, -1)
    return {PRIOR: (("residual_covariate", "informant"), effects)}


def scale(design: Design, moments: Moments) -> Floats | None:
    """One over the factor of each standard deviation."""
    if PRIOR not in moments:
        return None
    of_raters = np.exp(-(design.residual_x @ moments[PRIOR]))
    # Leaving, where it stands behind those who rate, scatters alike.
    n_others = len(design.informants) - of_raters.shape[-1]
    return np.pad(of_raters, ((0, 0), (0, 0), (0, n_others)), constant_values=1.0)


SCATTER = Completion(
    own=Scatter,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    moments=moments,
    scale=scale,
)
