"""How many families are in treatment over time, and how likely those there leave."""

import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.leaving.staying import Staying, staying
from bayes_alliance.posterior.exact import arrays_of, by_chain
from bayes_alliance.posterior.fit import Fit


@checked_arguments
def in_treatment(fit: Fit) -> xr.DataArray:
    """Share of new families, with the covariates of this study, in treatment at each time.

    Parameters
    ----------
    fit : Fit
        Of a model with leaving.

    Returns
    -------
    DataArray
        Dims (chain, draw, time).

    Raises
    ------
    InputError
        If leaving is no part of the model.
    """
    return _over_time(fit, stays(fit).probability, first=0)


@checked_arguments
def hazard(fit: Fit) -> xr.DataArray:
    """Share of new families in treatment at a time who have left before the next one.

    Parameters
    ----------
    fit : Fit
        Of a model with leaving.

    Returns
    -------
    DataArray
        Dims (chain, draw, time), the time at which each interval begins.

    Raises
    ------
    InputError
        If leaving is no part of the model.
    """
    there = stays(fit).probability
    return _over_time(fit, 1.0 - there[:, 1:] / there[:, :-1], first=0)


def stays(fit: Fit) -> Staying:
    """Probabilities of staying at all draws.

    Raises
    ------
    InputError
        If leaving is no part of the model.
    """
    if fit.design.leaving is None:
        message = "is no part of this model: add it with with_leaving, and fit again"
        raise InputError([Problem(where="leaving", message=message)], "leaving")
    return staying(fit.design, fit.design.leaving, arrays_of(fit.moments))


def _over_time(fit: Fit, values: Floats, *, first: int) -> xr.DataArray:
    assert fit.design.leaving is not None
    times = fit.design.leaving.times[first : first + values.shape[1]]
    coords = {name: fit.moments[name].values for name in ("chain", "draw")}
    return xr.DataArray(
        by_chain(fit.moments, values),
        dims=("chain", "draw", "time"),
        coords={**coords, "time": times},
    )
