r"""Where does variance lie? Components and shares by informant and level, at a time.

For informant `k` the ratings' variance at scaled time `s` is the sum of

.. math::
   \phi(s)' S_{clinic,kk} \phi(s) + \phi(s)' S_{therapist,kk} \phi(s)
   + \phi(s)' S_{child,kk} \phi(s) + S_{residual,kk},

and a share is a component divided by that sum (the intraclass correlation of its level; Snijders
and Bosker 2012, ch. 5). That is the variance among families alike in the covariates of the model;
of a new child of the population, what covariates make differ is one more component (`explained`).
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.at_time import at_time, coefficient_or_time, unstacked
from bayes_alliance.estimands.explained import (
    Among,
    between_coefficients,
    explained,
    has_covariates,
    residual_covariance,
)
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit


@checked_arguments
def components(
    fit: Fit,
    *,
    time: float | Sequence[float] | None = None,
    of: str | None = None,
    among: Among = "population",
) -> xr.DataArray:
    """Variance components of each informant's ratings, or of a growth coefficient.

    Parameters
    ----------
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.
    of : str, optional
        A growth coefficient (``"slope"``) instead of the ratings at a time.
    among : {"population", "alike"}
        A new child of the population, its covariates those of a child of the study taken at
        random, or one among children alike in the covariates.

    Returns
    -------
    DataArray
        Dims (chain, draw, source, informant), with ``time`` for a sequence; squared rating points.
        Sources are covariates, of the population and where they act on what varies, the active
        ones of clinic, therapist, child, and, for ratings, occasion (the residual, averaged over
        the rated occasions where its spread depends on covariates).

    Raises
    ------
    InputError
        An unknown growth coefficient, or one together with a time.
    """
    by_source: dict[str, Floats] = {}
    _check(fit, time, of)
    when = fit.ratings.time.origin if time is None else time
    moments = fit.moments
    if among == "population" and has_covariates(fit):
        made = explained(fit, when).values if of is None else between_coefficients(fit, of)
        own = covariance.variances(made)
        if (own > 0).any():
            by_source["covariates"] = own
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
    times = {"time": np.asarray(when)} if of is None and np.ndim(when) else {}
    if of is None:
        own = covariance.variances(residual_covariance(fit).values)
        by_source["occasion"] = np.repeat(own[:, :, None], np.size(when), 2) if times else own
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
    fit: Fit,
    *,
    time: float | Sequence[float] | None = None,
    of: str | None = None,
    among: Among = "population",
) -> xr.DataArray:
    """Shares of variance (intraclass correlations) of each informant's ratings.

    Parameters
    ----------
    time, of, among
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
    parts = components(fit, time=time, of=of, among=among)
    total = parts.values.sum(axis=-2, keepdims=True)
    return parts.copy(data=parts.values / np.where(total > 0, total, np.nan))


@checked_arguments
def standard_deviations(
    fit: Fit,
    *,
    time: float | Sequence[float] | None = None,
    of: str | None = None,
    among: Among = "population",
) -> xr.DataArray:
    """Standard deviations between clinics, therapists, children and occasions.

    Parameters
    ----------
    time, of, among
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
    return components(fit, time=time, of=of, among=among) ** 0.5


def _check(fit: Fit, time: object, of: str | None) -> None:
    problems = coefficient_or_time(fit, of, time, where="of")
    if of is not None and not any(f"{level}_cov" in fit.moments for level in LEVELS):
        message = "nothing but ratings of one occasion varies in this model"
        problems.append(Problem(where="of", value=of, message=message))
    if problems:
        raise InputError(problems, "variance")
