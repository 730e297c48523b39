"""The growth basis at chosen times, as a labelled array.

Estimands that depend on time weigh growth coefficients by `phi(s)`. This module turns times in
units of the time column into that weight, labelled by growth coefficient, and carries covariances
of coefficients over to covariances of informants' expected ratings at a time.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.design import basis
from bayes_alliance.errors import Problem, nearest
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec

MOST_OCCASIONS = 12
MOST_REFERENCE_TIMES = 6


def observed_times(fit: Fit) -> list[float]:
    """Times at which ratings exist, at most twelve of them, evenly chosen.

    Returns
    -------
    list of float
        In units of the time column.
    """
    times = np.unique(fit.design.occasion_time)
    if len(times) <= MOST_OCCASIONS:
        return [float(time) for time in times]
    return [float(time) for time in np.linspace(times[0], times[-1], MOST_OCCASIONS)]


def reference_times(spec: ModelSpec, ratings: Ratings) -> tuple[float, ...]:
    """Choose the times at which what depends on time is reported.

    Returns
    -------
    tuple of float
        The origin alone if only levels vary between children, therapists and clinics; else the
        times of the ratings, or, where these are more than six, first, last, and the origin.
    """
    origin = float(ratings.time.origin)
    levels = [effects for effects in (spec.child, spec.therapist, spec.clinic) if effects]
    # Where only levels differ, nothing that is reported changes over time.
    if not any(effects.in_change for effects in levels):
        return (origin,)
    times = np.unique(ratings.long.loc[ratings.long["status"] == "rated", "time"])
    if len(times) <= MOST_REFERENCE_TIMES:
        return tuple(float(time) for time in times)
    # An origin outside the ratings would be extrapolated to without being asked for.
    inside = {origin} if times[0] <= origin <= times[-1] else set()
    return tuple(sorted({float(times[0]), float(times[-1])} | inside))


def coefficient_or_time(fit: Fit, of: str | None, time: object, *, where: str) -> list[Problem]:
    """Say what is wrong with a growth coefficient, or with a time beside it.

    Parameters
    ----------
    of : str or None
        A growth coefficient in place of a time.
    where : str
        What the coefficient was given as.
    """
    if of is None:
        return []
    known = fit.design.coefficients
    problems = []
    if of not in known:
        message = f"this fit has {', '.join(known)}.{nearest(of, known)}"
        problems.append(Problem(where=where, value=of, message=message))
    if time is not None:
        message = "a growth coefficient has no time; give one of the two"
        problems.append(Problem(where="time", value=time, message=message))
    return problems


def weights(fit: Fit, time: float | Sequence[float]) -> xr.DataArray:
    """Growth basis `phi(s)`.

    Parameters
    ----------
    time : float or sequence of float
        In units of the time column.

    Returns
    -------
    DataArray
        Dims (coefficient,), or (time, coefficient) for a sequence.
    """
    times = np.atleast_1d(np.asarray(time, dtype=np.float64))
    values = basis(fit.spec.trajectory, times, axis=fit.ratings.time)
    array = xr.DataArray(
        values,
        dims=("time", "coefficient"),
        coords={"time": times, "coefficient": list(fit.design.coefficients)},
    )
    return array.isel(time=0, drop=True) if np.ndim(time) == 0 else array


def at_time(fit: Fit, cov: xr.DataArray, time: float | Sequence[float]) -> xr.DataArray:
    r"""Covariance between informants of what varies, at a time.

    .. math:: (\phi(s)' \otimes I)\, S\, (\phi(s) \otimes I)

    Parameters
    ----------
    cov : DataArray
        Dims (..., term, term_): ``child_cov``, ``therapist_cov`` or ``clinic_cov``.
    time : float or sequence of float
        In units of the time column.

    Returns
    -------
    DataArray
        Dims (..., informant, informant_), with a ``time`` dim for a sequence.
    """
    n_informants = len(fit.design.informants)
    when = np.atleast_1d(np.asarray(time, dtype=np.float64))
    phi = basis(fit.spec.trajectory, when, axis=fit.ratings.time)
    ordered = cov.transpose("chain", "draw", "term", "term_")
    out = _weighed(ordered.values, phi, n_informants)
    times = {"time": when} if np.ndim(time) else {}
    labels = list(fit.design.informants)
    return xr.DataArray(
        out if times else out[:, :, 0],
        dims=("chain", "draw", *times, "informant", "informant_"),
        coords={
            "chain": cov["chain"].values,
            "draw": cov["draw"].values,
            **times,
            "informant": labels,
            "informant_": labels,
        },
    )


def _weighed(cov: Floats, phi: Floats, n_informants: int) -> Floats:
    """Products with the basis from both sides, of shape (chain, draw, n_times, K, K)."""
    n_times, n_terms = len(phi), cov.shape[-1]
    by_term = np.kron(phi[:, None, :], np.eye(n_informants))
    # Few products of tall matrices: a small one for each draw and time takes several times as long.
    left = by_term.reshape(-1, n_terms) @ cov
    left = left.reshape(*cov.shape[:2], n_times, n_informants, n_terms)
    out = np.empty((*left.shape[:-1], n_informants))
    for time, weight in enumerate(by_term):
        tall = left[:, :, time].reshape(-1, n_terms)
        out[:, :, time] = (tall @ weight.T).reshape(out[:, :, time].shape)
    return out


def within_informants(fit: Fit, cov: xr.DataArray) -> xr.DataArray:
    """Covariance between the growth coefficients of one informant, for each informant.

    Parameters
    ----------
    cov : DataArray
        Dims (..., term, term_).

    Returns
    -------
    DataArray
        Dims (chain, draw, coefficient, coefficient_, informant).
    """
    by_pair = unstacked(fit, cov)
    diagonal = np.diagonal(
        by_pair.transpose(..., "informant", "informant_").values, axis1=-2, axis2=-1
    )
    coords = {
        name: by_pair[name]
        for name in ("chain", "draw", "coefficient", "coefficient_", "informant")
    }
    return xr.DataArray(diagonal, dims=tuple(coords), coords=coords)


def unstacked(fit: Fit, cov: xr.DataArray) -> xr.DataArray:
    """A covariance of terms with informants and coefficients as dims of their own.

    Parameters
    ----------
    cov : DataArray
        Dims (..., term, term_).

    Returns
    -------
    DataArray
        Dims (..., coefficient, informant, coefficient_, informant_).
    """
    arrays = fit.design
    shape = (len(arrays.coefficients), len(arrays.informants))
    ordered = cov.transpose("chain", "draw", "term", "term_")
    values = ordered.values.reshape(ordered.shape[:2] + shape + shape)
    return xr.DataArray(
        values,
        dims=("chain", "draw", "coefficient", "informant", "coefficient_", "informant_"),
        coords={
            "chain": cov["chain"].values,
            "draw": cov["draw"].values,
            "coefficient": list(arrays.coefficients),
            "coefficient_": list(arrays.coefficients),
            "informant": list(arrays.informants),
            "informant_": list(arrays.informants),
        },
    )
