"""The named moments: the quantities every engine registers under the same names.

Engines hand over coefficients and covariances in rating points; here they become one xarray
dataset with labelled dimensions (`posterior.scalars` goes through its single numbers). Covariances
are stored, standard deviations and correlations derived (`standard_deviations`, `correlations`), so
that no two places can disagree.
"""

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.design import Design
from bayes_alliance.likelihoods import covariates, leaving


def coords(arrays: Design) -> dict[str, object]:
    """Coordinates of the named moments.

    Returns
    -------
    dict
        For `xarray.Dataset`: informant, informant_, term, term_, the informant and coefficient of
        each term, and the covariates.
    """
    n_informants = len(arrays.informants)
    # Terms go by growth coefficient first, informants within.
    informant_of = [arrays.informants[i % n_informants] for i in range(len(arrays.terms))]
    coefficient_of = [arrays.coefficients[i // n_informants] for i in range(len(arrays.terms))]
    out: dict[str, object] = {
        **arrays.coords,
        "term_informant": ("term", informant_of),
        "term_coefficient": ("term", coefficient_of),
    }
    if arrays.censored_labels:
        out["censored"] = list(arrays.censored_labels)
    for one in arrays.incomplete:
        out[f"missing_{one.name}_of"] = [one.units[u] for u in np.flatnonzero(one.absent)]
    out |= covariates.coords(arrays) | leaving.coords(arrays)
    if arrays.n_latent:
        out["rating"] = list(arrays.rating_labels(*np.nonzero(arrays.present)))
    if arrays.items is not None:
        out["item"], out["step"] = list(arrays.items.names), list(arrays.items.steps)
    return out


def standard_deviations(cov: xr.DataArray) -> xr.DataArray:
    """Square roots of the diagonal of a covariance.

    Parameters
    ----------
    cov : DataArray
        With a pair of dims ``term, term_`` or ``informant, informant_``.

    Returns
    -------
    DataArray
        Without the second dim of the pair, in rating points.
    """
    first, second = pair_of_dims(cov)
    diagonal = covariance.standard_deviations(cov.transpose(..., first, second).values)
    dims = [dim for dim in cov.transpose(..., first, second).dims if dim != second]
    kept = {name: coord for name, coord in cov.coords.items() if second not in coord.dims}
    return xr.DataArray(diagonal, dims=dims, coords=kept)


def correlations(cov: xr.DataArray) -> xr.DataArray:
    """Correlation matrices of covariances.

    Parameters
    ----------
    cov : DataArray
        With a pair of dims ``term, term_`` or ``informant, informant_``.

    Returns
    -------
    DataArray
        Same dims; NaN beside a term that does not vary.
    """
    first, second = pair_of_dims(cov)
    ordered = cov.transpose(..., first, second)
    return ordered.copy(data=covariance.correlations(ordered.values)).transpose(*cov.dims)


def pair_of_dims(cov: xr.DataArray) -> tuple[str, str]:
    """Name the dims along which a covariance is one."""
    return ("term", "term_") if "term" in cov.dims else ("informant", "informant_")
