r"""How well single items measure the alliance behind them.

For models of the family ordinal. At a time the alliance of an informant varies over families and
occasions with standard deviation :math:`\sigma` (in spreads of the scale). The standardised loading
of an item is the correlation of what is felt about it, before it is cut into responses, with the
alliance,

.. math:: \frac{\lambda \sigma}{\sqrt{1 + \lambda^2 \sigma^2}},

and the reliability of the total is the share of its variance that differences in alliance make,

.. math:: \frac{Var(E[y \mid a])}{Var(E[y \mid a]) + E[Var(y \mid a)]}

(Samejima 1969; Green and Yang 2009, for responses in categories). Averages over the alliance are
taken by Gauss-Hermite quadrature, covariates at their mean or reference.
"""

import numpy as np
import xarray as xr
from scipy.special import ndtr

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.estimands.effects.graded import items_of
from bayes_alliance.estimands.effects.graded import measurement as measured
from bayes_alliance.estimands.effects.nodes import NODES, hermite
from bayes_alliance.estimands.profiles import expected
from bayes_alliance.estimands.variance import components
from bayes_alliance.posterior.fit import Fit


def loadings(fit: Fit, *, time: float | None = None) -> xr.DataArray:
    """Standardised loadings of the items.

    Parameters
    ----------
    fit : Fit
        Of the family ordinal.
    time : float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, item, informant), between 0 and 1.

    Raises
    ------
    InputError
        For models of totals.
    """
    _require_items(fit, "measurement.loadings")
    spread = np.array([fit.ratings.scales[k].spread for k in fit.design.informants])
    steep = fit.moments["item_loading"] * (_sd(fit, time) / spread)
    found = steep / np.sqrt(1.0 + steep**2)
    return found.transpose("chain", "draw", "item", "informant").rename("loadings")


def reliability(fit: Fit, *, time: float | None = None) -> xr.DataArray:
    """Share of the variance of total ratings that differences in the alliance make.

    Parameters
    ----------
    fit : Fit
        Of the family ordinal.
    time : float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), between 0 and 1; of ratings with all items answered.

    Raises
    ------
    InputError
        For models of totals.
    """
    _require_items(fit, "measurement.reliability")
    items, when = items_of(fit), fit.ratings.time.origin if time is None else time
    order = ("chain", "draw", "informant")
    mean = expected(fit, when).transpose(*order)
    sd = _sd(fit, time).transpose(*order).values / len(items.names)
    loading, threshold = measured(fit)
    nodes, weights = hermite(NODES)
    total = np.zeros((len(nodes), *mean.shape))
    own = np.zeros((len(nodes), *mean.shape))
    for number, node in enumerate(nodes):
        felt = mean.values / len(items.names) + node * sd
        for j in range(len(items.names)):
            gap = (felt[:, :, None] - threshold[:, :, j]) / items.half
            above = ndtr(loading[:, :, j][:, :, None] * gap)
            first = above.sum(axis=2)
            # E[x^2] of a count is the sum of (2 c - 1) P(x >= c).
            odd = 2.0 * np.arange(1, above.shape[2] + 1) - 1.0
            total[number] += first
            own[number] += np.einsum("...ck,c->...k", above, odd) - first**2
    average = np.einsum("n...,n->...", total, weights)
    between = np.einsum("n...,n->...", (total - average) ** 2, weights)
    within = np.einsum("n...,n->...", own, weights)
    return mean.copy(data=between / (between + within)).rename("reliability")


def _sd(fit: Fit, time: float | None) -> xr.DataArray:
    return components(fit, time=time).sum("source") ** 0.5


def _require_items(fit: Fit, what: str) -> None:
    family = fit.spec.likelihood.family
    if family != "ordinal":
        message = f'a model of totals has no items; fit one with family = "ordinal" for {what}'
        raise InputError([Problem(where="likelihood.family", value=family, message=message)], what)
