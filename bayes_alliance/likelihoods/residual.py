r"""Normal residuals, with a spread that depends on covariates and related over occasions if so.

With residual covariance `S`, standard deviations of an occasion multiplied by
:math:`\exp(x' \alpha_k)`, and autocorrelation :math:`\rho`, residuals of one child at occasions `s`
and `s'` have covariance

.. math:: \exp(x_s' \alpha_k)\; S_{kl}\; \rho^{|s - s'|} \exp(x_{s'}' \alpha_l).

Here residuals are drawn from the named moments, and these from their priors.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.design.groups import groups
from bayes_alliance.specification import ModelSpec

type Moments = Mapping[str, Floats]
type Density = Callable[[Floats], Floats]
type Variables = dict[str, tuple[tuple[str, ...], Floats]]

# Named moments that options of the residual add, and their dims.
MOMENTS: Mapping[str, tuple[str, ...]] = {
    "residual_sd_on": ("residual_covariate", "informant"),
    "residual_autoregression": (),
}
# Those of them that cannot exceed 1 in size, as a correlation.
BOUNDED = frozenset({"residual_autoregression"})


class Drawing(Protocol):
    """Draws from the prior of a quantity, in units of the scale."""

    def __call__(self, key: str, shape: tuple[int, ...]) -> Floats:
        """Independent draws of this shape."""


def residuals(arrays: Design, moments: Moments, rng: np.random.Generator) -> Floats:
    """Normal residuals of all informants at all occasions of a design, shape (R, K)."""
    noise = rng.standard_normal(arrays.present.shape)
    if "residual_autoregression" in moments:
        for child in np.unique(arrays.occasion_child):
            own = np.flatnonzero(arrays.occasion_child == child)
            time = arrays.scaled_time[own]
            related = autocorrelation(moments, np.abs(time[:, None] - time))
            noise[own] = covariance.root(related) @ noise[own]
    out = noise @ covariance.root(moments["residual_cov"]).T
    if "residual_sd_on" in moments:
        out *= np.exp(arrays.residual_x @ moments["residual_sd_on"])
    return out


def spread_over_occasions(moments: Moments, arrays: Design) -> Floats:
    r"""Factor of the residual covariance, averaged over the rated occasions.

    .. math:: \frac{1}{R} \sum_r \exp(x_r' \alpha_k) \exp(x_r' \alpha_l)

    Parameters
    ----------
    moments : mapping
        Named moments of some draws, (..., S, K) for effects of covariates.

    Returns
    -------
    array, shape (..., K, K), or () where nothing acts on the spread
    """
    if "residual_sd_on" not in moments:
        return np.ones(())
    on = moments["residual_sd_on"]
    # Of a pair of informants the logarithms of the factors add up.
    both = on[..., :, None] + on[..., None, :]
    factor = np.zeros((*on.shape[:-2], on.shape[-1], on.shape[-1]))
    for group in groups(arrays.residual_x, arrays.residual_x_sd):
        middle = np.einsum("...pkl,p->...kl", both, group.mean)
        spread = np.einsum("...pkl,pq,...qkl->...kl", both, group.cov, both)
        factor += group.share * np.exp(middle + spread / 2.0)
    return factor


def autocorrelation(moments: Moments, gaps: Floats) -> Floats:
    """Correlation of residuals of one informant at different occasions.

    Parameters
    ----------
    moments : mapping
        Named moments of some draws, shape (...) for a quantity of one number.
    gaps : array
        Scaled time between the occasions; 0 for an occasion with itself.

    Returns
    -------
    array, shape (..., *gaps.shape)
    """
    if "residual_autoregression" not in moments:
        return (gaps == 0.0).astype(np.float64)
    return np.power.outer(moments["residual_autoregression"], gaps)


def prior_draws(
    drawing: Drawing, spec: ModelSpec, arrays: Design, size: tuple[int, int]
) -> Variables:
    """Named moments that the options of the residual add, drawn from their priors.

    Parameters
    ----------
    size : (int, int)
        Chains and draws.
    """
    front = ("chain", "draw")
    variables: Variables = {}
    if arrays.residual_covariates:
        shape = (*size, len(arrays.residual_covariates), len(arrays.informants))
        effects = drawing("residual_sd_on", shape) / arrays.residual_x_sd[:, None]
        variables["residual_sd_on"] = (*front, *MOMENTS["residual_sd_on"]), effects
    if spec.residual.relates_occasions:
        variables["residual_autoregression"] = front, drawing("residual_autoregression", size)
    return variables


def log_prior(key: str, log_density: Density, moments: Moments, arrays: Design) -> Floats:
    """Log density of what a prior of an option says, shape (...).

    Parameters
    ----------
    key : str
        One of `MOMENTS`.
    log_density : callable
        Of the prior, per standard deviation of a covariate or per contrast.
    """
    if key == "residual_autoregression":
        return log_density(moments[key])
    unit = arrays.residual_x_sd[:, None]
    return (log_density(moments[key] * unit) + np.log(unit)).sum(axis=(-2, -1))
