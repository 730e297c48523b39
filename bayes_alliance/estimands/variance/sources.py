r"""Where does variance lie? Components and shares by informant and level, at a time.

For informant `k` the ratings' variance at scaled time `s` is the sum of

.. math::
   \phi(s)' S_{clinic,kk} \phi(s) + \phi(s)' S_{therapist,kk} \phi(s)
   + \phi(s)' S_{child,kk} \phi(s) + S_{residual,kk},

and a share is a component divided by that sum (the intraclass correlation of its level; Snijders
and Bosker 2012, ch. 5). It is the variance among families alike in the covariates of the model; if
the residual's standard deviation depends on covariates, that where these are at their mean or
reference.
"""

from collections.abc import Sequence

import xarray as xr

from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.at_time import at_time, coefficient_or_time, unstacked
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.moments import standard_deviations as of_covariance


@checked_arguments
def components(
    fit: Fit, *, time: float | Sequence[float] | None = None, of: str | None = None
) -> xr.DataArray:
    """Variance components of each informant's ratings, or of a growth coefficient.

    Parameters
    ----------
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.
    of : str, optional
        A growth coefficient (``"slope"``) instead of the ratings at a time.

    Returns
    -------
    DataArray
        Dims (chain, draw, source, informant), with ``time`` for a sequence; squared rating points.
        Sources are the active ones of clinic, therapist, child, and, for ratings, occasion (the
        residual).

    Raises
    ------
    InputError
        An unknown growth coefficient, or one together with a time.
    """
    by_source: dict[str, xr.DataArray] = {}
    _check(fit, time, of)
    when = fit.ratings.time.origin if time is None else time
    for level in reversed(LEVELS):
        if f"{level}_cov" not in fit.moments:
            continue
        cov = fit.moments[f"{level}_cov"]
        between = (
            at_time(fit, cov, when)
            if of is None
            else unstacked(fit, cov).sel(coefficient=of, coefficient_=of, drop=True)
        )
        by_source[level] = _diagonal(between)
    if of is None:
        by_source["occasion"] = _diagonal(fit.moments["residual_cov"])
    aligned = xr.broadcast(*by_source.values())
    out = xr.concat(aligned, dim="source", coords="minimal", compat="override", join="exact")
    front = ["chain", "draw", *(["time"] if "time" in out.dims else []), "source", "informant"]
    return out.assign_coords(source=list(by_source)).transpose(*front)


@checked_arguments
def shares(
    fit: Fit, *, time: float | Sequence[float] | None = None, of: str | None = None
) -> xr.DataArray:
    """Shares of variance (intraclass correlations) of each informant's ratings.

    Parameters
    ----------
    time, of
        As in `components`.

    Returns
    -------
    DataArray
        As `components`, summing to 1 over ``source``. NaN where nothing varies.

    Raises
    ------
    InputError
        As `components`.
    """
    parts = components(fit, time=time, of=of)
    total = parts.sum("source")
    return parts / total.where(total > 0)


@checked_arguments
def standard_deviations(
    fit: Fit, *, time: float | Sequence[float] | None = None, of: str | None = None
) -> xr.DataArray:
    """Standard deviations between clinics, therapists, children and occasions.

    Parameters
    ----------
    time, of
        As in `components`.

    Returns
    -------
    DataArray
        Square roots of `components`, rating points.

    Raises
    ------
    InputError
        As `components`.
    """
    return components(fit, time=time, of=of) ** 0.5


def _check(fit: Fit, time: object, of: str | None) -> None:
    problems = coefficient_or_time(fit, of, time, where="of")
    if of is not None and not any(f"{level}_cov" in fit.moments for level in LEVELS):
        message = "nothing but ratings of one occasion varies in this model"
        problems.append(Problem(where="of", value=of, message=message))
    if problems:
        raise InputError(problems, "variance")


def _diagonal(cov: xr.DataArray) -> xr.DataArray:
    return of_covariance(cov) ** 2
