r"""Expected ratings over time, for an average child.

.. math:: E[y_{k}(s)] = \phi(s)' \gamma_k

with numeric covariates at their mean and contrasts at their reference category (the coding of the
design), and effects of child, therapist and clinic at zero.
"""

from collections.abc import Sequence

import xarray as xr

from bayes_alliance.estimands.at_time import observed_times, weights
from bayes_alliance.posterior.fit import Fit


def trajectories(fit: Fit, *, times: Sequence[float] | None = None) -> xr.DataArray:
    """Expected rating of each informant over time.

    Parameters
    ----------
    fit : Fit
    times : sequence of float, optional
        In units of the time column; the times of the ratings if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, time, informant), rating points.
    """
    phi = weights(fit, observed_times(fit) if times is None else list(times))
    coefficients = xr.concat(
        [fit.moments[name] for name in fit.design.coefficients],
        dim="coefficient",
        coords="minimal",
        compat="override",
        join="exact",
    ).assign_coords(coefficient=list(fit.design.coefficients))
    return xr.dot(phi, coefficients, dim="coefficient").transpose(
        "chain", "draw", "time", "informant"
    )
