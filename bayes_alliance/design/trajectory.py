"""The growth basis: what each growth coefficient contributes at a time.

In goes a trajectory of the specification and times on the slope's scale; out comes one row of
`phi(s)` per time, one column per growth coefficient. Singer & Willett (2003) call these the
level-1 predictors of the individual growth model.
"""

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.ratings import TimeAxis
from bayes_alliance.specification import Trajectory


def basis(
    trajectory: Trajectory, times: NDArray[np.float64], *, axis: TimeAxis
) -> NDArray[np.float64]:
    r"""Growth basis `phi(s)` at the given times.

    .. math:: \mathrm{level}: (1) \quad \mathrm{linear}: (1, s) \quad
              \mathrm{quadratic}: (1, s, s^2) \quad
              \mathrm{piecewise}: (1, s, (s - k_1)_+, \ldots)

    with `s = (time - origin) / per`.

    Parameters
    ----------
    trajectory : Trajectory
        Shape and, for ``"piecewise"``, the knots in units of the time column.
    times : array, shape (n_times,)
        Times in units of the time column (months, weeks, waves).
    axis : TimeAxis
        Origin and unit of the slope.

    Returns
    -------
    array, shape (n_times, n_coefficients)
        One column per name in ``trajectory.coefficients``.
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
        case "piecewise":
            knots = axis.scaled(np.asarray(trajectory.knots, dtype=np.float64))
            columns.append(scaled)
            columns += [np.maximum(scaled - knot, 0.0) for knot in knots]
    return np.column_stack(columns)
