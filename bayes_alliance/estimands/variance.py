r"""Where does variance lie? Components and shares by informant and level, at a time.

For informant `k` the ratings' variance at scaled time `s` is the sum of

.. math::
   \phi(s)' S_{clinic,kk} \phi(s) + \phi(s)' S_{therapist,kk} \phi(s)
   + \phi(s)' S_{child,kk} \phi(s) + S_{residual,kk},

and a share is a component divided by that sum (the intraclass correlation of its level; Snijders
and Bosker 2012, ch. 5).
"""

from collections.abc import Sequence

import xarray as xr

from bayes_alliance.estimands.at_time import at_time
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.moments import LEVELS, standard_deviations


def components(fit: Fit, *, time: float | Sequence[float] | None = None) -> xr.DataArray:
    """Variance components of each informant's ratings.

    Parameters
    ----------
    fit : Fit
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, source, informant), with ``time`` for a sequence; squared rating points.
        Sources are the active ones of clinic, therapist, child, and occasion (the residual).
    """
    time = fit.ratings.time.origin if time is None else time
    found: dict[str, xr.DataArray] = {}
    for level in reversed(LEVELS):
        if f"{level}_cov" in fit.moments:
            found[level] = _diagonal(at_time(fit, fit.moments[f"{level}_cov"], time))
    residual = _diagonal(fit.moments["residual_cov"])
    found["occasion"] = residual
    aligned = xr.broadcast(*found.values())
    out = xr.concat(aligned, dim="source", coords="minimal", compat="override", join="exact")
    front = [dim for dim in ("chain", "draw", "time", "source", "informant") if dim in out.dims]
    return out.assign_coords(source=list(found)).transpose(*front)


def shares(fit: Fit, *, time: float | Sequence[float] | None = None) -> xr.DataArray:
    """Shares of variance (intraclass correlations) of each informant's ratings.

    Parameters
    ----------
    fit : Fit
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        As `components`, summing to 1 over ``source``.
    """
    parts = components(fit, time=time)
    return parts / parts.sum("source")


def _diagonal(cov: xr.DataArray) -> xr.DataArray:
    return standard_deviations(cov) ** 2
