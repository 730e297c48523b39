r"""How far apart informants are, on average and family by family.

With means :math:`\mu`, variances and covariances :math:`\sigma` of what two informants say,

.. math::
   d = \mu_k - \mu_l, \qquad
   \sigma_d^2 = \sigma_k^2 + \sigma_l^2 - 2 \sigma_{kl}, \qquad
   \mathrm{limits} = d \pm z_{(1+p)/2}\, \sigma_d

(Bland and Altman 1986; for repeated ratings of the same family, whose variation between families
and within them adds up here level by level, Bland and Altman 2007). Differences are those of
``informant`` minus ``informant_``.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
import xarray as xr
from scipy.special import ndtr, ndtri

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Prob, Problem, Seed, checked_arguments
from bayes_alliance.estimands.agreement.between import AgreementLevel
from bayes_alliance.estimands.agreement.joint import (
    JointMoments,
    joint_moments,
    latent_moments,
)
from bayes_alliance.estimands.agreement.observed import Observed, check_observed, simulated
from bayes_alliance.estimands.comparable import require_common_scale, require_normal
from bayes_alliance.estimands.variance import components
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.study_average import average_growth

LIMITS = {"limit": ("lower", "upper")}


@checked_arguments
def mean_difference(
    fit: Fit,
    *,
    of: str | None = None,
    time: float | Sequence[float] | None = None,
    unit: Literal["points", "sd"] = "points",
    observed: Observed = False,
    seed: Seed | None = None,
) -> xr.DataArray:
    r"""Average difference between informants (directional bias).

    .. math:: d_{points} = \mu_k - \mu_l, \qquad
              d_{sd} = (\mu_k - \mu_l) / \sqrt{(\sigma_k^2 + \sigma_l^2) / 2}

    Parameters
    ----------
    of : str, optional
        A growth coefficient (``"slope"``: difference in average change) instead of the expected
        rating at a time.
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.
    unit : {"points", "sd"}
        The sd is that of a single rating of a new child (all sources of variance at that time), of
        the two informants pooled; for a growth coefficient, that between children in it.
    observed : bool or "whole points"
        Ratings on the observed scale (and rounded), by simulation, where the likelihood family
        tells it from a scale without ends.
    seed : int, optional
        Needed if `observed`.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant, informant_), with ``time`` for a sequence. Averaged over the
        children of the study.

    Raises
    ------
    InputError
        Informants on different scales, unknown coefficients, arguments that contradict each other.
    """
    if of is None:
        joint = joint_moments(
            fit,
            "agreement.mean_difference",
            level="total",
            time=time,
            observed=observed,
            seed=seed,
        )
        apart = joint.difference
        return joint.of_pairs(apart if unit == "points" else _in_sd(apart, joint.summed_variance))
    require_common_scale(fit, "agreement.mean_difference")
    if observed is not False:
        message = "a growth coefficient is not observed by anybody; leave out one of the two"
        raise InputError([Problem(where="observed", value=observed, message=message)], "agreement")
    parts = components(fit, of=of, time=time)
    mean = average_growth(fit.moments, fit.design)[of]
    difference = mean - mean.rename(informant="informant_")
    if unit == "points":
        return difference
    variance = parts.sum("source").transpose("chain", "draw", "informant").values
    both = variance[..., :, None] + variance[..., None, :]
    return difference.copy(data=_in_sd(difference.values, both))


@checked_arguments
def limits(
    fit: Fit,
    *,
    level: AgreementLevel = "total",
    time: float | Sequence[float] | None = None,
    prob: Prob = 0.95,
    observed: Observed = False,
    seed: Seed | None = None,
) -> xr.DataArray:
    """Limits of agreement: between which the difference of a new family lies with a probability.

    As if differences were normal over families, covariates included.

    Parameters
    ----------
    level : {"total", "alike", "child", "therapist", "clinic", "occasion"}
        Total: one rating by each informant, of a new child of a new therapist, its covariates those
        of a child of the study taken at random; alike: among children alike in the covariates.
        Else: what differs at this level alone, around the average difference.
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.
    prob : float
        Share of families between the limits. The uncertainty of each limit is that of its draws.
    observed : bool or "whole points"
        Quantiles of the differences of ratings on the observed scale (and rounded), by simulation,
        where the likelihood family tells it from a scale without ends.
    seed : int, optional
        Needed if `observed`.

    Returns
    -------
    DataArray
        Dims (chain, draw, limit, informant, informant_), with ``time`` for a sequence; points.
        ``limit`` is "lower", "upper".

    Raises
    ------
    InputError
        Informants on different scales, an unknown level, `prob` not between 0 and 1.

    References
    ----------
    Bland and Altman (1986), Lancet 327, 307-310; (2007), Journal of Biopharmaceutical Statistics
    17, 571-582.
    """
    if not 0 < prob < 1:
        message = "a probability between 0 and 1"
        raise InputError([Problem(where="prob", value=prob, message=message)], "limits")
    if observed is False:
        require_normal(fit, "agreement.limits")
    joint = latent_moments(fit, "agreement.limits", level=level, time=time)
    if observed is False:
        return normal_limits(joint, prob=prob)
    tails = [(1 - prob) / 2, (1 + prob) / 2]

    def quantiles(ratings: np.ndarray) -> np.ndarray:
        n = ratings.shape[-1]
        out = np.zeros((*ratings.shape[:-2], 2, n, n))
        for first, second in combinations(range(n), 2):
            apart = ratings[..., first] - ratings[..., second]
            lower, upper = np.quantile(apart, tails, axis=-1)
            out[..., 0, first, second], out[..., 1, first, second] = lower, upper
            # The difference the other way round: its quantiles change sign and places.
            out[..., 0, second, first], out[..., 1, second, first] = -upper, -lower
        return out

    drawn = check_observed(fit, observed, seed, level=level)
    rounded = observed == "whole points"
    values = simulated(fit, joint.mean, joint.cov, reduce=quantiles, seed=drawn, rounded=rounded)
    return joint.of_pairs(values, LIMITS)


def normal_limits(joint: JointMoments, *, prob: float = 0.95) -> xr.DataArray:
    """Limits of agreement where what informants say varies normally.

    Parameters
    ----------
    prob : float
        Share of families between the limits.

    Returns
    -------
    DataArray
        As from `limits`.
    """
    half = ndtri((1 + prob) / 2) * joint.difference_variance**0.5
    apart = joint.difference
    return joint.of_pairs(np.stack([apart - half, apart + half], axis=-3), LIMITS)


@checked_arguments
def within(
    fit: Fit,
    points: float,
    *,
    level: AgreementLevel = "total",
    time: float | Sequence[float] | None = None,
    observed: Observed = False,
    seed: Seed | None = None,
) -> xr.DataArray:
    r"""Probability that two informants are no more than so many points apart.

    .. math:: P(|y_k - y_l| \le p) =
              \Phi\Big(\frac{p - d}{\sigma_d}\Big) - \Phi\Big(\frac{-p - d}{\sigma_d}\Big)

    Parameters
    ----------
    points : float
        At least 0, rating points.
    level : {"total", "alike", "child", "therapist", "clinic", "occasion"}
        As in `limits`.
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.
    observed : bool or "whole points"
        Ratings on the observed scale, by simulation.
    seed : int, optional
        Needed if `observed`.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant, informant_), with ``time`` for a sequence; 1 of an informant
        with itself.

    Raises
    ------
    InputError
        Informants on different scales, an unknown level, negative points.

    References
    ----------
    Lin, Hedayat, Sinha and Yang (2002), Journal of the American Statistical Association 97,
    257-270 (coverage probability).
    """
    if not points >= 0:
        message = "a number of rating points of at least 0"
        raise InputError([Problem(where="points", value=points, message=message)], "within")
    if observed is False:
        require_normal(fit, "agreement.within")
    joint = latent_moments(fit, "agreement.within", level=level, time=time)
    if observed is False:
        d, sd = joint.difference, joint.difference_variance**0.5
        known = np.where(sd > 0, sd, np.nan)
        # Differences that do not vary (an informant with itself) are within or not, without
        # probability.
        inside = ndtr((points - d) / known) - ndtr((-points - d) / known)
        return joint.of_pairs(np.where(sd > 0, inside, abs(d) <= points))

    def share(ratings: np.ndarray) -> np.ndarray:
        n = ratings.shape[-1]
        out = np.ones((*ratings.shape[:-2], n, n))
        for first, second in combinations(range(n), 2):
            apart = np.abs(ratings[..., first] - ratings[..., second])
            out[..., first, second] = (apart <= points).mean(axis=-1)
            out[..., second, first] = out[..., first, second]
        return out

    drawn = check_observed(fit, observed, seed, level=level)
    rounded = observed == "whole points"
    values = simulated(fit, joint.mean, joint.cov, reduce=share, seed=drawn, rounded=rounded)
    return joint.of_pairs(values)


def _in_sd(difference: Floats, summed_variance: Floats) -> Floats:
    # The sd of Cohen's d for two groups of equal size: the root of the mean variance.
    pooled = summed_variance / 2
    return difference / np.where(pooled > 0, pooled, np.nan) ** 0.5
