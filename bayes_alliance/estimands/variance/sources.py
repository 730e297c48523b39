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

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.at_time import at_time, coefficient_or_time, unstacked
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit


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
    by_source: dict[str, Floats] = {}
    times: dict[str, xr.DataArray] = {}
    _check(fit, time, of)
    when = fit.ratings.time.origin if time is None else time
    moments = fit.moments
    for level in reversed(LEVELS):
        if f"{level}_cov" not in moments:
            continue
        cov = moments[f"{level}_cov"]
        between = (
            at_time(fit, cov, when)
            if of is None
            else unstacked(fit, cov).sel(coefficient=of, coefficient_=of, drop=True)
        )
        by_source[level] = covariance.standard_deviations(between.values) ** 2
        times = {"time": between["time"]} if "time" in between.dims else {}
    if of is None:
        residual = moments["residual_cov"].transpose("chain", "draw", "informant", "informant_")
        own = covariance.standard_deviations(residual.values) ** 2
        by_source["occasion"] = own[:, :, None] if times else own
    # Plain arrays until here, and labels once: labels of every step take longer than the sums.
    coords = {
        "chain": moments["chain"],
        "draw": moments["draw"],
        **times,
        "source": list(by_source),
        "informant": list(fit.design.informants),
    }
    values = np.stack(np.broadcast_arrays(*by_source.values()), axis=-2)
    return xr.DataArray(values, dims=tuple(coords), coords=coords)


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
    total = parts.values.sum(axis=-2, keepdims=True)
    return parts.copy(data=parts.values / np.where(total > 0, total, np.nan))


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
