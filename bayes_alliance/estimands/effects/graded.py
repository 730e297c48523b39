r"""Ratings as they are written down, of a model of single items.

The alliance `a` of an informant, in points of the total, is normal over families (or therapists,
occasions) with mean :math:`\mu` and variance :math:`\sigma^2`. With `n` items from `lower` on,
loadings :math:`\lambda_j`, thresholds :math:`\tau_{jc}` and half an item's range `h` (see
`pymc_model.items`) the expected total and its chance to be at the ceiling are

.. math::
   E[y] = n\, lower + \sum_{j,c} \Phi\!\left(
   \frac{\mu / n - \tau_{jc}}{\sqrt{(h / \lambda_j)^2 + \sigma^2 / n^2}}\right), \qquad
   P(y = upper) = E\Big[\prod_j \Phi\big(\lambda_j (a / n - \tau_{j,C-1}) / h\big)\Big],

the last by Gauss-Hermite quadrature.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import log_ndtr, ndtr

from bayes_alliance.design.item_responses import ItemResponses
from bayes_alliance.estimands.effects.nodes import NODES, hermite
from bayes_alliance.estimands.variance import components
from bayes_alliance.posterior.fit import Fit


def averaged(
    fit: Fit,
    mean: xr.DataArray,
    *,
    time: float | Sequence[float],
    over: tuple[str, ...],
    ceiling: bool,
) -> xr.DataArray:
    """Average a rating, or its chance to be at the ceiling.

    Parameters
    ----------
    fit : Fit
        Of the family ordinal.
    mean : DataArray
        Expected alliance, dims (chain, draw, [time,] informant), points of the total.
    time : float or sequence of float
        That of `mean`.
    over : tuple of str
        What is averaged over, of occasion, child, therapist and clinic.

    Returns
    -------
    DataArray
        In the shape of `mean`; rating points, or a probability.
    """
    items = items_of(fit)
    parts = components(fit, time=time)
    sources = [source for source in parts["source"].values.tolist() if source in over]
    n_items = len(items.names)
    own = (..., None, slice(None)) if "time" in mean.dims else (..., slice(None))
    spread_of_items = parts.sel(source=sources).sum("source").transpose(*mean.dims).values
    per_item, variance = mean.values / n_items, spread_of_items / n_items**2
    loading, threshold = measurement(fit)
    if ceiling:
        total = np.zeros(mean.shape)
        for node, weight in zip(*hermite(NODES), strict=True):
            felt = per_item + node * np.sqrt(variance)
            log_p = np.zeros(mean.shape)
            for j in range(n_items):
                last = threshold[:, :, j, -1][own]
                log_p += log_ndtr(loading[:, :, j][own] * (felt - last) / items.half)
            total += weight * np.exp(log_p)
        return mean.copy(data=total)
    total = np.full(mean.shape, float(n_items * items.lower))
    for j in range(n_items):
        sd = np.sqrt((items.half / loading[:, :, j][own]) ** 2 + variance)
        for c in range(len(items.steps)):
            total += ndtr((per_item - threshold[:, :, j, c][own]) / sd)
    return mean.copy(data=total)


def items_of(fit: Fit) -> ItemResponses:
    """Return the items of a fit of single items."""
    items = fit.design.items
    assert items is not None, "asked for the items of a model without items"
    return items


def measurement(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and thresholds of all items.

    Parameters
    ----------
    fit : Fit
        Of the family ordinal.

    Returns
    -------
    loading : array, shape (chain, draw, item, informant)
    threshold : array, shape (chain, draw, item, step, informant)
    """
    moments = fit.moments
    return (
        moments["item_loading"].transpose("chain", "draw", "item", "informant").values,
        moments["item_threshold"].transpose("chain", "draw", "item", "step", "informant").values,
    )
