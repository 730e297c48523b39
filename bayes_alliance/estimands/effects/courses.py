r"""Expected ratings over time, for a child with chosen covariates.

.. math:: E[y_{k}(s)] = \phi(s)' (\gamma_k + x' B_k)

Unless chosen otherwise, numeric covariates are at their mean and contrasts at their reference
category (the coding of the design); effects of child, therapist and clinic are at zero. For normal
ratings this is also the average over families with these covariates.
"""

from collections.abc import Sequence

import xarray as xr

from bayes_alliance.errors import InputError, checked_arguments
from bayes_alliance.estimands.at_time import observed_times
from bayes_alliance.estimands.comparable import the_same
from bayes_alliance.estimands.effects.averages import averaged
from bayes_alliance.estimands.profiles import Profile, expected
from bayes_alliance.likelihoods import law_of
from bayes_alliance.posterior.fit import Fit


@checked_arguments
def trajectories(
    fit: Fit,
    *,
    times: Sequence[float] | None = None,
    at: Profile | None = None,
    observed: bool = False,
) -> xr.DataArray:
    r"""Expected rating of each informant over time.

    Parameters
    ----------
    times : sequence of float, optional
        In units of the time column; the times of the ratings if not given.
    at : mapping of str to float or str, optional
        Covariates of the model in their own unit, as in ``{"anxiety": 1, "experience": 2.5}``;
        those left out at their mean (numeric) or reference (binary, categorical).
    observed : bool
        The average of ratings on the observed scale over families with these covariates, instead
        of that on a scale without ends, for a likelihood family that tells the two apart.

    Returns
    -------
    DataArray
        Dims (chain, draw, time, informant), rating points.

    Raises
    ------
    InputError
        Covariates the model does not have, values they cannot take, or `observed` for a family
        that does not tell the two apart.
    """
    when = observed_times(fit) if times is None else list(times)
    mean = expected(fit, when, at=at).transpose("chain", "draw", "time", "informant")
    if not observed:
        return mean
    average = law_of(fit.spec).expected
    if average is None:
        raise InputError([the_same(fit, observed)], "effects")
    return averaged(fit, average, mean, time=when)
