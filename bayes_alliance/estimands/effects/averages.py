r"""Averages of observed ratings over children, and all that varies on the scale without ends.

With `m` what is expected of a rating there, and what varies normally added,

.. math:: E[f(m)], \qquad m \sim N(\mu, \sigma^2), \qquad
          \sigma^2 = \sum_{source} \sigma^2_{source} + \sigma^2_{occasion},

`f` and what of an occasion is averaged over are those of the likelihood family (`likelihoods`).
Because `f` is not linear, the average over children is one of such averages, over groups of
children who are alike in the covariates, and not that of a child with average covariates.
"""

from collections.abc import Collection, Sequence

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.estimands.expected_ratings import by_group
from bayes_alliance.estimands.profiles import Profile
from bayes_alliance.estimands.variance import components
from bayes_alliance.likelihoods.law import Averaging
from bayes_alliance.posterior.exact import arrays_of, in_order
from bayes_alliance.posterior.fit import Fit

# What may be averaged over beside the occasion, and the sources of variance that this takes in.
AVERAGED = {
    "nobody": (),
    "therapists": ("therapist", "clinic"),
    "families": ("therapist", "clinic", "child"),
}


def over_children(
    fit: Fit,
    average: Averaging,
    *,
    time: float | Sequence[float],
    at: Profile | None = None,
    children: Collection[str] | None = None,
    over: str = "families",
) -> xr.DataArray:
    """Average what is observed over children, each with its own covariates.

    Parameters
    ----------
    average : Averaging
        Of the law of the fit's family.
    time : float or sequence of float
        In units of the time column.
    at, children
        As in `expected`.
    over : {"families", "therapists", "nobody"}
        What is averaged over beside covariates.

    Returns
    -------
    DataArray
        Dims (chain, draw, [time,] informant).
    """
    total: Floats = np.zeros(())
    for share, mean, more in by_group(fit, time, at=at, children=children):
        variance = variance_over(fit, mean, time=time, over=over) + more
        total = total + share * _averaged(fit, average, mean, variance).values
    return mean.copy(data=total)


def averaged(
    fit: Fit,
    average: Averaging,
    mean: xr.DataArray,
    *,
    time: float | Sequence[float],
) -> xr.DataArray:
    """Average what is observed over families alike in the covariates.

    Parameters
    ----------
    average : Averaging
        Of the law of the fit's family.
    mean : DataArray
        Expected on the scale without ends, dims (chain, draw, [time,] informant).
    time : float or sequence of float
        That of `mean`.

    Returns
    -------
    DataArray
        In the shape of `mean`.
    """
    return _averaged(fit, average, mean, variance_over(fit, mean, time=time))


def _averaged(
    fit: Fit, average: Averaging, mean: xr.DataArray, variance: xr.DataArray
) -> xr.DataArray:
    averages = average(by_draw(mean), by_draw(variance), arrays_of(in_order(fit)), fit.design)
    return mean.copy(data=averages.reshape(mean.shape))


def variance_over(
    fit: Fit, mean: xr.DataArray, *, time: float | Sequence[float], over: str = "families"
) -> xr.DataArray:
    """Variance of everything that is averaged over, in the shape of `mean`."""
    parts = components(fit, time=time, among="alike")
    wanted = (*AVERAGED[over], "occasion")
    sources = [source for source in parts["source"].values.tolist() if source in wanted]
    return parts.sel(source=sources).sum("source").transpose(*mean.dims)


def by_draw(values: xr.DataArray) -> Floats:
    """Values with dims (chain, draw, [time,] informant) as an array of shape (D, T, K)."""
    n_draws = values.sizes["chain"] * values.sizes["draw"]
    return np.asarray(values.values).reshape(n_draws, -1, values.sizes["informant"])
