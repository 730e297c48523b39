r"""Expected ratings over time, for a child with chosen covariates.

.. math:: E[y_{k}(s)] = \phi(s)' (\gamma_k + x' B_k)

Unless chosen otherwise, numeric covariates are at their mean and contrasts at their reference
category (the coding of the design); effects of child, therapist and clinic are at zero. For normal
ratings this is also the average over families with these covariates.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import ndtr

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.estimands.at_time import observed_times
from bayes_alliance.estimands.effects.bounded import AVERAGED
from bayes_alliance.estimands.effects.written import WRITTEN
from bayes_alliance.estimands.profiles import Profile, expected
from bayes_alliance.estimands.variance import components
from bayes_alliance.posterior.fit import Fit


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
        For a model of the family censored_normal: the average of ratings as written down, cut off
        at the ends of the scale, over families with these covariates,
        :math:`E[\min(\max(y, lower), upper)]`, instead of that on a scale without ends. For one
        of the family beta_binomial or ordinal likewise, by `bounded` and `graded`.

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
    family = fit.spec.likelihood.family
    if family in WRITTEN:
        return WRITTEN[family](fit, mean, time=when, over=AVERAGED["families"], ceiling=False)
    if family != "censored_normal":
        message = (
            f"only models of the families censored_normal, {' and '.join(WRITTEN)} tell ratings "
            f"as written down from those on a scale without ends; in a {family} model they are the "
            "same"
        )
        raise InputError([Problem(where="observed", value=observed, message=message)], "effects")
    sd = (components(fit, time=when).sum("source") ** 0.5).transpose(*mean.dims)
    scales = [fit.ratings.scales[informant] for informant in fit.design.informants]
    lower = np.array([scale.lower for scale in scales], dtype=np.float64)
    upper = np.array([scale.upper for scale in scales], dtype=np.float64)
    return mean.copy(data=cut_off_mean(mean.values, sd.values, lower=lower, upper=upper))


def cut_off_mean(
    mean: np.ndarray, sd: np.ndarray, *, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray:
    r"""Mean of a normal variable cut off at both ends (a rating beyond counts as the end).

    .. math::
       a\,\Phi(\alpha) + b\,(1 - \Phi(\beta)) + \mu\,(\Phi(\beta) - \Phi(\alpha))
       - \sigma\,(\varphi(\beta) - \varphi(\alpha)), \quad
       \alpha = (a - \mu) / \sigma,\; \beta = (b - \mu) / \sigma

    Parameters
    ----------
    mean, sd : array
    lower, upper : array
        The ends `a` and `b`, broadcast against the mean.

    Returns
    -------
    array
        In the shape of the mean.

    References
    ----------
    Tobin (1958), Econometrica 26, 24-36.
    """
    alpha, beta = (lower - mean) / sd, (upper - mean) / sd
    density = (np.exp(-0.5 * beta**2) - np.exp(-0.5 * alpha**2)) / np.sqrt(2.0 * np.pi)
    inside = mean * (ndtr(beta) - ndtr(alpha)) - sd * density
    return lower * ndtr(alpha) + upper * ndtr(-beta) + inside
