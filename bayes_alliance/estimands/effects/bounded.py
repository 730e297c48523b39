r"""Ratings as they are written down, of a model of points on a bounded scale.

In a beta-binomial model the expected rating, and its chance to be at the ceiling, depend on the sum
`m` of everything on the logit scale. Over families (or therapists, occasions) `m` is normal with
mean :math:`\mu` and variance :math:`\sigma^2`, and

.. math::
   E[y] = lower + n\, E[p(m)], \qquad
   P(y = upper) = E\Big[\prod_{j=0}^{n-1} \frac{p(m) + j \kappa}{1 + j \kappa}\Big], \qquad
   p(m) = \frac{1}{1 + e^{-2 (m - center) / spread}}, \quad \kappa = \frac{\rho}{1 - \rho},

the averages by Gauss-Hermite quadrature.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import expit

from bayes_alliance.estimands.effects.nodes import NODES, hermite
from bayes_alliance.estimands.variance import components
from bayes_alliance.posterior.fit import Fit

# What may be averaged over, and the sources of variance that this takes in.
AVERAGED = {
    "nobody": ("occasion",),
    "therapists": ("occasion", "therapist", "clinic"),
    "families": ("occasion", "therapist", "clinic", "child"),
}


def averaged(
    fit: Fit,
    mean: xr.DataArray,
    *,
    time: float | Sequence[float],
    over: tuple[str, ...],
    ceiling: bool,
) -> xr.DataArray:
    """Average a rating, or its chance to be at the ceiling.

    Parameters
    ----------
    fit : Fit
        Of the family beta_binomial.
    mean : DataArray
        Expected on the scale without ends, dims (chain, draw, [time,] informant).
    time : float or sequence of float
        That of `mean`.
    over : tuple of str
        What is averaged over, of occasion, child, therapist and clinic.

    Returns
    -------
    DataArray
        In the shape of `mean`; rating points, or a probability.
    """
    parts = components(fit, time=time)
    # Of the occasion only its effect: the scatter of points is not averaged over but counted.
    effect = fit.moments.get("occasion_sd", xr.DataArray(0.0))
    between = [s for s in parts["source"].values.tolist() if s in over and s != "occasion"]
    variance = parts.sel(source=between).sum("source") + effect**2
    sd = (variance**0.5).transpose(*mean.dims)
    scales = [fit.ratings.scales[k] for k in fit.design.informants]
    center = np.array([scale.center for scale in scales])
    spread = np.array([scale.spread for scale in scales])
    most = np.round(2.0 * spread).astype(int)
    rho = fit.moments["residual_dispersion"].transpose("chain", "draw", "informant").values
    kappa = rho / (1.0 - rho)
    if "time" in mean.dims:
        kappa = kappa[:, :, None, :]
    kappa = np.broadcast_to(kappa, mean.shape)
    total = np.zeros(mean.shape)
    for node, weight in zip(*hermite(NODES), strict=True):
        p = expit(2.0 * (mean.values + sd.values * node - center) / spread)
        total += weight * (_all_points(p, kappa, most) if ceiling else p)
    return mean.copy(data=total if ceiling else center - spread + most * total)


def _all_points(p: np.ndarray, kappa: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Probability that all points are had, per informant (last axis)."""
    out = np.zeros(p.shape)
    for k, n in enumerate(most.tolist()):
        for j in range(n):
            own = kappa[..., k]
            out[..., k] += np.log(p[..., k] + j * own) - np.log1p(j * own)
    return np.exp(out)
