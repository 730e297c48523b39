r"""How likely a rating at the upper end of the scale is, and what covariates do to that.

.. math:: P(y_k(s) \ge upper) = 1 - \Phi\left(\frac{upper - \mu_k(s)}{\sigma_k(s)}\right)

with :math:`\sigma` the sd of what is averaged over. In a model of the family censored_normal this
is the probability of a rating at the ceiling; a normal model knows no ceiling, and it is the
probability of a rating there or beyond. For the family beta_binomial see `bounded`, for
ordinal `graded`.
"""

from collections.abc import Sequence
from typing import Literal

import xarray as xr
from scipy.special import ndtr

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.estimands.comparable import require_normal
from bayes_alliance.estimands.effects.bounded import AVERAGED
from bayes_alliance.estimands.effects.contrasts import Change, between, profiles
from bayes_alliance.estimands.effects.written import WRITTEN
from bayes_alliance.estimands.profiles import Profile, expected
from bayes_alliance.estimands.variance import components
from bayes_alliance.posterior.fit import Fit

type Over = Literal["nobody", "therapists", "families"]


def at_ceiling(
    fit: Fit,
    *,
    time: float | Sequence[float] | None = None,
    at: Profile | None = None,
    over: Over = "families",
) -> xr.DataArray:
    """Probability of a rating at the upper end of the scale.

    Parameters
    ----------
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.
    at : mapping of str to float or str, optional
        Covariates in their own unit; those left out at their mean or reference.
    over : {"families", "therapists", "nobody"}
        Averaged over families; an average child averaged over therapists and clinics; an average
        child of an average therapist.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), with ``time`` for a sequence.

    Raises
    ------
    InputError
        A scale without ends, a family that is none of normal, beta_binomial and ordinal, unknown
        covariates or values.
    """
    written = WRITTEN.get(fit.spec.likelihood.family)
    if written is None:
        require_normal(fit, "effects.at_ceiling")
    if over not in AVERAGED:
        message = f"one of {', '.join(AVERAGED)}.{nearest(str(over), AVERAGED)}"
        raise InputError([Problem(where="over", value=over, message=message)], "effects")
    endless = [k for k in fit.design.informants if not fit.ratings.scales[k].is_bounded]
    if endless:
        message = f"the scale of {', '.join(endless)} has no upper end"
        raise InputError([Problem(where="scale", message=message)], "effects")
    when = fit.ratings.time.origin if time is None else time
    mean = expected(fit, when, at=at)
    if written is not None:
        return written(fit, mean, time=when, over=AVERAGED[over], ceiling=True)
    parts = components(fit, time=time)
    sources = [source for source in parts["source"].values.tolist() if source in AVERAGED[over]]
    sd = parts.sel(source=sources).sum("source") ** 0.5
    ends = [float(fit.ratings.scales[k].upper or 0.0) for k in fit.design.informants]
    upper = xr.DataArray(ends, dims="informant", coords={"informant": mean["informant"].values})
    return ndtr((mean - upper) / sd).transpose("chain", "draw", ..., "informant")


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
        Other covariates are at their mean or reference.
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
