"""How well single items measure the alliance behind them.

For models of single items. At a time the alliance of an informant varies normally over occasions
and over families alike in the covariates, around its average over the children of the study. The
standardised loading of an item is the correlation of the item, before it is cut into responses,
with the alliance, and the reliability of the total the share of its variance that differences in
alliance make; the formulas are those of the likelihood family (`likelihoods`).
"""

import xarray as xr

from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.effects.averages import averaged, by_draw, variance_over
from bayes_alliance.estimands.expected_ratings import expected
from bayes_alliance.likelihoods import law_of
from bayes_alliance.likelihoods.law import Measurement
from bayes_alliance.posterior.exact import arrays_of, in_order
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.specification.families import FAMILIES


@checked_arguments
def loadings(fit: Fit, *, time: float | None = None) -> xr.DataArray:
    """Standardised loadings of the items.

    Parameters
    ----------
    fit : Fit
        Of a model of single items.
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
    measurement = _measurement(fit, "measurement.loadings")
    when = fit.ratings.time.origin if time is None else time
    mean = expected(fit, when)
    variance = by_draw(variance_over(fit, mean, time=when))
    values = measurement.loadings(variance, arrays_of(in_order(fit)), fit.design)
    items = fit.moments["item"]
    out = mean.expand_dims(item=items, axis=2)
    return out.copy(data=values.reshape(out.shape)).rename("loadings")


@checked_arguments
def reliability(fit: Fit, *, time: float | None = None) -> xr.DataArray:
    """Share of the variance of total ratings that differences in the alliance make.

    Parameters
    ----------
    fit, time
        As in `loadings`.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), between 0 and 1; of ratings with all items answered.

    Raises
    ------
    InputError
        For models of totals.
    """
    measurement = _measurement(fit, "measurement.reliability")
    when = fit.ratings.time.origin if time is None else time
    values = averaged(fit, measurement.reliability, expected(fit, when), time=when)
    return values.rename("reliability")


def _measurement(fit: Fit, what: str) -> Measurement:
    measurement = law_of(fit.spec).measurement
    if measurement is None:
        of_items = next(name for name, family in FAMILIES.items() if family.items)
        message = f'a model of totals has no items; fit one with family = "{of_items}" for {what}'
        name = fit.spec.family.name
        raise InputError([Problem(where="likelihood.family", value=name, message=message)], what)
    return measurement
