r"""How stable ratings are from one time to another, and how reliable slopes are.

Between scaled times `s` and `t`, ratings of one child by informant `k` covary by what varies
between children, therapists and clinics,

.. math:: C_k(s, t) = \sum_{level} \phi(s)' S_{level,kk} \phi(t),

and, in a model whose residuals are correlated over occasions with autocorrelation :math:`\rho`, by
:math:`\rho^{|t - s|} S_{residual,kk}`; otherwise residuals of different occasions are independent.
Divided by the standard deviations of the
ratings this is their implied correlation; divided by the standard deviations without the residual
it is that of what the informant means, freed from the noise of single occasions (disattenuated).
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bayes_alliance.design import basis
from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.at_time import (
    coefficient_or_time,
    observed_times,
    weights,
    within_informants,
)
from bayes_alliance.estimands.comparable import require_alike_occasions
from bayes_alliance.estimands.variance.sources import components
from bayes_alliance.levels import LEVELS
from bayes_alliance.likelihoods.residual import MOMENTS, autocorrelation
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.moments import standard_deviations


@checked_arguments
def stability(fit: Fit, *, times: Sequence[float] | None = None) -> xr.DataArray:
    r"""Correlation between an informant's ratings at one time and at later times.

    .. math::
       r_k(s, t) = \frac{C_k(s, t) + \rho^{|t - s|} S_{residual,kk}}
       {\sqrt{C_k(s, s) + S_{residual,kk}} \sqrt{C_k(t, t) + S_{residual,kk}}}, \qquad
       r^*_k(s, t) = \frac{C_k(s, t)}{\sqrt{C_k(s, s)\, C_k(t, t)}}

    Parameters
    ----------
    times : sequence of float, optional
        The first time, then the later ones, in units of the time column; first and last time of
        the ratings if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, stability, time, informant); ``stability`` is "total" (`r`, between
        ratings) and "disattenuated" (`r*`), ``time`` the later times. Disattenuated stability is
        NaN for an informant whose ratings vary by occasion only.

    Raises
    ------
    InputError
        With fewer than two times.

    Notes
    -----
    Expected ratings of the same child at the same covariates; the average change over time does
    not lower stability, differences in change do.
    """
    seen = observed_times(fit)
    chosen = list(times) if times is not None else sorted({seen[0], seen[-1]})
    if len(chosen) < 2:
        message = "a first and at least one later time, in units of the time column"
        raise InputError([Problem(where="times", value=chosen, message=message)], "stability")
    first, later = float(chosen[0]), [float(time) for time in chosen[1:]]
    moments = fit.moments
    residual = standard_deviations(moments["residual_cov"]) ** 2
    none = xr.zeros_like(residual)
    between, at_first, at_later = none, none, none
    phi, psi = weights(fit, first), weights(fit, later)
    phi_, psi_ = (weight.rename(coefficient="coefficient_") for weight in (phi, psi))
    for level in LEVELS:
        if f"{level}_cov" not in moments:
            continue
        own = within_informants(fit, moments[f"{level}_cov"])
        sums = ["coefficient", "coefficient_"]
        between = between + xr.dot(own, phi, psi_, dim=sums)
        at_first = at_first + xr.dot(own, phi, phi_, dim=sums)
        at_later = at_later + xr.dot(xr.dot(own, psi, dim="coefficient"), psi_, dim="coefficient_")
    repeated = _autocorrelation(fit, first, later) * residual
    total = (between + repeated) / ((at_first + residual) * (at_later + residual)) ** 0.5
    latent = at_first * at_later
    disattenuated = between / latent.where(latent > 0) ** 0.5
    both = xr.concat(
        xr.broadcast(total, disattenuated),
        dim="stability",
        coords="minimal",
        compat="override",
        join="exact",
    ).assign_coords(stability=["total", "disattenuated"])
    if "time" not in both.dims:
        both = both.expand_dims(time=later)
    return both.transpose("chain", "draw", "stability", "time", "informant")


@checked_arguments
def slope_reliability(
    fit: Fit, *, times: Sequence[float] | None = None, of: str = "slope"
) -> xr.DataArray:
    r"""Reliability of single children's slopes for a stated design of occasions.

    .. math::
       \rho_k = \frac{\sigma^2_k}{\sigma^2_k + \sigma^2_{e,k}\,[(\Phi'\Phi)^{-1}]_{cc}}

    with :math:`\sigma^2_k` the variance of the coefficient between children (of all therapists and
    clinics), :math:`\sigma^2_{e,k}` the residual variance and :math:`\Phi` the growth basis at the
    occasions: the error variance of a child's own least-squares coefficient. For a straight line
    the last factor is :math:`1 / \sum_t (s_t - \bar s)^2`. Where residuals are autocorrelated it
    is that of :math:`(\Phi'\Phi)^{-1} \Phi' R \Phi (\Phi'\Phi)^{-1}`, `R` their correlation.

    Parameters
    ----------
    times : sequence of float, optional
        Occasions at which a child is rated, in units of the time column; those of the ratings if
        not given.
    of : str
        The growth coefficient.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant); between 0 and 1.

    Raises
    ------
    InputError
        A coefficient the model does not have, or too few occasions to tell it.

    References
    ----------
    Rogosa and Willett (1985), Psychometrika 50, 203-228. Willett (1989), Educational and
    Psychological Measurement 49, 587-602.
    """
    known = fit.design.coefficients
    if problems := coefficient_or_time(fit, of, None, where="of"):
        raise InputError(problems, "slope reliability")
    require_alike_occasions(fit, "variance.slope_reliability")
    when = np.unique(fit.design.occasion_time) if times is None else np.asarray(times, dtype=float)
    phi = basis(fit.spec.trajectory, when, axis=fit.ratings.time)
    if np.linalg.matrix_rank(phi) < len(known):
        message = f"at least {len(known)} times that tell {', '.join(known)} apart"
        problem = Problem(where="times", value=when.tolist(), message=message)
        raise InputError([problem], "slope reliability")
    position = known.index(of)
    # The weights with which least squares makes this coefficient of the ratings.
    row = np.linalg.solve(phi.T @ phi, phi.T)[position]
    error = standard_deviations(fit.moments["residual_cov"]) ** 2
    factor: xr.DataArray | float = 0.0
    for weight, start in zip(row, when, strict=True):
        along = _autocorrelation(fit, float(start), when.tolist(), itself=1.0)
        factor = factor + weight * (along * xr.DataArray(row, dims="time")).sum("time")
    error = error * factor
    between = components(fit, of=of).sum("source")
    return between / (between + error)


def _autocorrelation(
    fit: Fit, first: float, later: list[float], *, itself: float = 0.0
) -> xr.DataArray:
    """Correlation of residuals at one time with those at others; `itself` at the same time."""
    gaps = np.abs(fit.ratings.time.scaled(later) - fit.ratings.time.scaled(first))
    drawn = {name: fit.moments[name].values for name in MOMENTS if name in fit.moments}
    related = autocorrelation(drawn, np.asarray(gaps, dtype=np.float64))
    front = {name: fit.moments[name] for name in ("chain", "draw")[: related.ndim - 1]}
    coords = {**front, "time": later}
    apart = xr.DataArray(gaps, dims="time", coords={"time": later})
    return xr.DataArray(related, dims=tuple(coords), coords=coords).where(apart > 0, itself)
