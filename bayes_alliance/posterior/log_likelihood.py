"""Log likelihood of all ratings at every draw of a fit, effects integrated out.

It is computed from the named moments, so it does not matter which engine made the draws or whether
the fit was loaded from disk.
"""

import xarray as xr

from bayes_alliance.collapsed.moments import log_likelihood as at_moments
from bayes_alliance.posterior.exact import arrays_of, by_chain, require_exact
from bayes_alliance.posterior.fit import Fit

WHY = "the likelihood has no closed form given the named moments; with normal ratings it has"


def log_likelihood(fit: Fit) -> xr.DataArray:
    """Log likelihood of every draw.

    Parameters
    ----------
    fit : Fit
        With normal ratings, from either engine.

    Returns
    -------
    DataArray
        Dims (chain, draw), with all constants.

    Raises
    ------
    InputError
        Other families, covariates with missing values.
    """
    require_exact(fit, what="log likelihood", why=WHY)
    values = by_chain(fit.moments, at_moments(fit.design, arrays_of(fit.moments)))
    coords = {name: fit.moments[name].values for name in ("chain", "draw")}
    return xr.DataArray(values, dims=("chain", "draw"), coords=coords)
