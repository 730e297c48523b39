"""The growth basis: what each growth coefficient contributes at a time.

In goes a trajectory of the specification and times on the slope's scale; out comes one row of
`phi(s)` per time, one column per growth coefficient. Singer & Willett (2003) call these the
level-1 predictors of the individual growth model.
"""

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings import TimeAxis
from bayes_alliance.specification import Trajectory


def basis(
    trajectory: Trajectory, times: NDArray[np.float64], *, axis: TimeAxis
) -> NDArray[np.float64]:
    r"""Growth basis `phi(s)` at the given times.

    .. math:: \mathrm{level}: (1) \quad \mathrm{linear}: (1, s) \quad
              \mathrm{quadratic}: (1, s, s^2) \quad
              \mathrm{piecewise}: (1, s, (s - k_1)_+, \ldots) \quad
              \mathrm{log\ time}: (1, \log(1 + s))

    with `s = (time - origin) / per`. Natural spline with knots :math:`k_1 < \ldots < k_m`:
    :math:`(1, s, B_2(s) - B_2(0), \ldots)` with

    .. math:: B_{j+1}(s) = \frac{(s - k_j)_+^3
              - \frac{k_m - k_j}{k_m - k_{m-1}} (s - k_{m-1})_+^3
              + \frac{k_{m-1} - k_j}{k_m - k_{m-1}} (s - k_m)_+^3}{(k_m - k_1)^2},

    j = 1 .. m - 2 (Harrell 2015, section 2.4.5), so that the level is read at the origin and every
    coefficient is in rating points per unit of scaled time.

    Parameters
    ----------
    trajectory : Trajectory
        Shape and, for ``"piecewise"`` and ``"natural_spline"``, knots in units of the time column.
    times : array, shape (n_times,)
        Times in units of the time column (months, weeks, waves).
    axis : TimeAxis
        Origin and unit of the slope.

    Returns
    -------
    array, shape (n_times, n_coefficients)
        One column per name in ``trajectory.coefficients``.

    Raises
    ------
    InputError
        If a trajectory in log time is asked for times before ``origin - per``, where it starts.
    """
    scaled = axis.scaled(np.asarray(times, dtype=np.float64))
    columns = [np.ones_like(scaled)]
    match trajectory.shape:
        case "level":
            pass
        case "linear":
            columns.append(scaled)
        case "quadratic":
            columns += [scaled, scaled**2]
        case "log_time":
            if (scaled <= -1.0).any():
                start = axis.origin - axis.per
                message = f"log time starts at {start:g}; all times must be later"
                value = float(np.min(times))
                raise InputError([Problem(where="time", value=value, message=message)], "log time")
            columns.append(np.log1p(scaled))
        case "natural_spline":
            knots = axis.scaled(np.asarray(trajectory.knots, dtype=np.float64))
            at_origin = _natural_spline(np.zeros(1), knots)
            columns += list((_natural_spline(scaled, knots) - at_origin).T)
        case "piecewise":
            knots = axis.scaled(np.asarray(trajectory.knots, dtype=np.float64))
            columns.append(scaled)
            columns += [np.maximum(scaled - knot, 0.0) for knot in knots]
    return np.column_stack(columns)


def _natural_spline(s: NDArray[np.float64], knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Truncated power basis without its constant, shape (n_times, n_knots - 1)."""

    def cubed(knot: float) -> NDArray[np.float64]:
        return np.maximum(s - knot, 0.0) ** 3

    *inner, before_last, last = knots.tolist()
    curved = [
        cubed(knot)
        - (last - knot) / (last - before_last) * cubed(before_last)
        + (before_last - knot) / (last - before_last) * cubed(last)
        for knot in inner
    ]
    return np.column_stack([s, *(column / (last - knots[0]) ** 2 for column in curved)])
