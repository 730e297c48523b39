"""How much the ratings added to the prior, for every quantity of a table.

The prior is drawn with the seed of the fit and goes through the same functions as the posterior;
contraction compares the two variances (Schad, Betancourt and Vasishth 2021).
"""

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.errors import InputError, checked_arguments
from bayes_alliance.estimands.variance import PRIOR_DRIVEN, contraction
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.prior_draws import prior_fit


@checked_arguments
def drawn_prior(fit: Fit) -> Fit | None:
    """Draw the prior of a fit's model, if it can be drawn.

    Returns
    -------
    Fit or None
        With the seed of the fit.
    """
    try:
        return prior_fit(fit.spec, fit.ratings, seed=fit.seed)
    except InputError:
        return None


def informed(draws: xr.DataArray, before: dict[str, xr.DataArray]) -> pd.DataFrame:
    """How much the ratings told of each quantity.

    Parameters
    ----------
    draws : DataArray
        Dims (quantity, chain, draw).
    before : dict of str to DataArray
        Quantity to prior draws.

    Returns
    -------
    DataFrame
        Index quantity; columns ``contraction`` and ``prior_driven``, empty where there is no
        prior of a quantity.
    """
    told = {
        name: float(contraction(draws.sel(quantity=name, drop=True), before[name]))
        if name in before
        else np.nan
        for name in draws["quantity"].to_numpy().tolist()
    }
    found = pd.Series(told, dtype=float)
    driven = found.lt(PRIOR_DRIVEN).astype(object).where(found.notna())
    return pd.DataFrame({"contraction": found, "prior_driven": driven})
