r"""Expected ratings over time, averaged over the children of the study.

.. math:: E[y_{k}(s)] = \frac{1}{n} \sum_i \phi(s)' (\gamma_k + x_i' B_k)

each child with its own covariates, or as if all had the covariates that are chosen; effects of
child, therapist and clinic are at zero.
"""

from collections.abc import Collection, Sequence

import xarray as xr

from bayes_alliance.errors import InputError, checked_arguments, none_of
from bayes_alliance.estimands.at_time import observed_times
from bayes_alliance.estimands.comparable import the_same
from bayes_alliance.estimands.effects.averages import over_children
from bayes_alliance.estimands.expected_ratings import expected
from bayes_alliance.estimands.profiles import Profile
from bayes_alliance.likelihoods import law_of
from bayes_alliance.posterior.fit import Fit


@checked_arguments
def trajectories(
    fit: Fit,
    *,
    times: Sequence[float] | None = None,
    at: Profile | None = None,
    children: Collection[str] | None = None,
    observed: bool = False,
) -> xr.DataArray:
    r"""Expected rating of each informant over time.

    Parameters
    ----------
    times : sequence of float, optional
        In units of the time column; the times of the ratings if not given.
    at : mapping of str to float or str, optional
        Covariates of the model in their own unit, as in ``{"anxiety": 1, "experience": 2.5}``: the
        average if all children had them, those left out being each child's own.
    children : collection of str, optional
        Labels of those averaged over; all children of the study if not given.
    observed : bool
        The average of ratings on the observed scale, instead of that on a scale without ends, for
        a likelihood family that tells the two apart.

    Returns
    -------
    DataArray
        Dims (chain, draw, time, informant), rating points.

    Raises
    ------
    InputError
        Covariates the model does not have, values they cannot take, children it was not fitted to,
        or `observed` for a family that does not tell the two apart.
    """
    known = fit.design.children
    problems = [none_of(one, known, where="children") for one in children or () if one not in known]
    if problems:
        raise InputError(problems, "effects")
    when = observed_times(fit) if times is None else list(times)
    if not observed:
        mean = expected(fit, when, at=at, children=children)
        return mean.transpose("chain", "draw", "time", "informant")
    average = law_of(fit.spec).expected
    if average is None:
        raise InputError([the_same(fit, observed)], "effects")
    return over_children(fit, average, time=when, at=at, children=children)
