r"""How likely a rating at the upper end of the scale is, and what covariates do to that.

Averaged over the children of the study, each with its own covariates, of

.. math:: P(y_k(s) \ge b) = 1 - \Phi\left(\frac{b - \mu_k(s)}{\sigma_k(s)}\right)

with :math:`\sigma` the sd of what is averaged over, and `b` the upper end of the scale or, where
ratings come in steps, half a step below, where ratings are normal: where they are censored this is
the probability of a rating at the ceiling; a normal model knows no ceiling, and it is the
probability of a rating there or beyond. Other families have a formula of their own (`likelihoods`).
"""

from collections.abc import Sequence
from typing import Literal

import xarray as xr

from bayes_alliance.errors import InputError, Problem, checked_arguments, none_of
from bayes_alliance.estimands.effects.averages import AVERAGED, over_children
from bayes_alliance.estimands.effects.contrasts import Change, between, profiles
from bayes_alliance.estimands.profiles import Profile
from bayes_alliance.likelihoods import law_of
from bayes_alliance.posterior.fit import Fit

type Over = Literal["nobody", "therapists", "families"]


@checked_arguments
def at_ceiling(
    fit: Fit,
    *,
    time: float | Sequence[float] | None = None,
    at: Profile | None = None,
    over: Over = "families",
) -> xr.DataArray:
    """Probability of a rating at the upper end of the scale, averaged over the children.

    Parameters
    ----------
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.
    at : mapping of str to float or str, optional
        Covariates in their own unit, as if all children of the study had them; those left out are
        each child's own.
    over : {"families", "therapists", "nobody"}
        Over children with all their differences; over their covariates, therapists and clinics;
        over their covariates only.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), with ``time`` for a sequence.

    Raises
    ------
    InputError
        A scale without ends, a family for which this is not worked out, unknown covariates or
        values.
    """
    law = law_of(fit.spec)
    if law.at_ceiling is None:
        name = fit.spec.family.name
        message = f"is not worked out for the family {name}"
        problem = Problem(where="effects.at_ceiling", value=name, message=message)
        raise InputError([problem], "likelihood family")
    if over not in AVERAGED:
        raise InputError([none_of(over, AVERAGED, where="over")], "effects")
    endless = [k for k in fit.design.informants if not fit.ratings.scales[k].is_bounded]
    if endless:
        message = f"the scale of {', '.join(endless)} has no upper end"
        raise InputError([Problem(where="scale", message=message)], "effects")
    when = fit.ratings.time.origin if time is None else time
    return over_children(fit, law.at_ceiling, time=when, at=at, over=over)


@checked_arguments
def ceiling_contrast(
    fit: Fit,
    covariate: Change,
    *,
    time: float | Sequence[float] | None = None,
    difference: tuple[str, str] | None = None,
    over: Over = "families",
) -> xr.DataArray:
    """Change of the probability of a rating at the upper end of the scale.

    Parameters
    ----------
    covariate : str or mapping of str to pair
        As in `contrast`; a numeric covariate given by name goes from its mean to one unit more.
        Other covariates are each child's own.
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.
    difference : pair of str, optional
        Two informants: the change for the first minus that for the second.
    over : {"families", "therapists", "nobody"}
        As in `at_ceiling`.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), with ``time`` for a sequence, without ``informant`` for a
        difference; a difference of probabilities.

    Raises
    ------
    InputError
        As `at_ceiling` and `contrast`.
    """
    start, end = profiles(fit, covariate)
    change = at_ceiling(fit, time=time, at=end, over=over) - at_ceiling(
        fit, time=time, at=start, over=over
    )
    return between(fit, change, difference)
