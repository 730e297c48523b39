r"""How stable ratings are from one time to another, and how reliable slopes are.

Between scaled times `s` and `t`, ratings of one child by informant `k` covary by what varies
between children, therapists and clinics,

.. math:: C_k(s, t) = \sum_{level} \phi(s)' S_{level,kk} \phi(t),

by what covariates make differ between children of the population (`explained`), and, in a model
whose residuals are correlated over occasions with autocorrelation :math:`\rho`, by
:math:`\rho^{|t - s|} S_{residual,kk}`; otherwise residuals of different occasions are independent.
Divided by the standard deviations of the ratings this is their implied correlation; divided by the
standard deviations without the residual it is that of what the informant means, freed from the
noise of single occasions (disattenuated).
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.design import basis
from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.at_time import (
    coefficient_or_time,
    observed_times,
    weights,
    within_informants,
)
from bayes_alliance.estimands.comparable import require_alike_occasions
from bayes_alliance.estimands.explained import (
    Among,
    between_children,
    has_covariates,
    residual_covariance,
    within_children,
)
from bayes_alliance.estimands.variance.sources import components
from bayes_alliance.levels import LEVELS
from bayes_alliance.likelihoods.residual import MOMENTS, autocorrelation
from bayes_alliance.posterior.fit import Fit


@checked_arguments
def stability(
    fit: Fit, *, times: Sequence[float] | None = None, among: Among = "population"
) -> xr.DataArray:
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
    among : {"population", "alike"}
        A new child of the population, its covariates those of a child of the study taken at
        random, or one among children alike in the covariates.

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
    Covariates of a child stay as they are, those that vary over occasions at the child's mean; the
    average change over time does not lower stability, differences in change do.
    """
    seen = observed_times(fit)
    chosen = list(times) if times is not None else sorted({seen[0], seen[-1]})
    if len(chosen) < 2:
        message = "a first and at least one later time, in units of the time column"
        raise InputError([Problem(where="times", value=chosen, message=message)], "stability")
    first, later = float(chosen[0]), [float(time) for time in chosen[1:]]
    moments = fit.moments
    # Plain arrays with the dims chain, draw, time, informant, labelled at the end.
    residual = _residual_variances(fit)[:, :, None]
    between = np.zeros((*residual.shape[:2], len(later), residual.shape[-1]))
    at_first, at_later = np.zeros_like(residual), np.zeros_like(between)
    phi, psi = weights(fit, first).values, weights(fit, later).values
    for level in LEVELS:
        if f"{level}_cov" not in moments:
            continue
        own = within_informants(fit, moments[f"{level}_cov"]).values
        between += np.einsum("ijabk,a,tb->ijtk", own, phi, psi)
        at_first += np.einsum("ijabk,a,b->ijk", own, phi, phi)[:, :, None]
        at_later += np.einsum("ijbkt,tb->ijtk", np.einsum("ijabk,ta->ijbkt", own, psi), psi)
    occasion = residual
    if among == "population" and has_covariates(fit):
        between += covariance.variances(between_children(fit, phi, psi))
        at_first += covariance.variances(between_children(fit, phi))[:, :, None]
        at_later += covariance.variances(between_children(fit, psi))
        occasion = residual + covariance.variances(within_children(fit))[:, :, None]
    repeated = _autocorrelation(fit, first, later)[..., None] * residual
    total = (between + repeated) / ((at_first + occasion) * (at_later + occasion)) ** 0.5
    latent = at_first * at_later
    disattenuated = between / np.where(latent > 0, latent, np.nan) ** 0.5
    coords = {
        "chain": moments["chain"],
        "draw": moments["draw"],
        "stability": ["total", "disattenuated"],
        "time": later,
        "informant": list(fit.design.informants),
    }
    return xr.DataArray(np.stack([total, disattenuated], axis=2), dims=tuple(coords), coords=coords)


@checked_arguments
def slope_reliability(
    fit: Fit,
    *,
    times: Sequence[float] | None = None,
    of: str = "slope",
    among: Among = "population",
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
    among : {"population", "alike"}
        As in `stability`: whether the variance between children holds what covariates explain.

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
    factor: Floats = np.zeros(())
    for weight, start in zip(row, when, strict=True):
        along = _autocorrelation(fit, float(start), when.tolist(), itself=1.0)
        factor = factor + weight * (along * row).sum(axis=-1)
    error = _residual_variances(fit) * factor[..., None]
    parts = components(fit, of=of, among=among)
    between = parts.values.sum(axis=-2)
    return parts.isel(source=0, drop=True).copy(data=between / (between + error))


def _residual_variances(fit: Fit) -> Floats:
    """Residual variances, shape (chain, draw, K)."""
    return covariance.variances(residual_covariance(fit).values)


def _autocorrelation(fit: Fit, first: float, later: list[float], *, itself: float = 0.0) -> Floats:
    """Correlation of residuals at one time with those at others; `itself` at the same time.

    Returns
    -------
    array, shape (n_times,) or (chain, draw, n_times)
    """
    gaps = np.abs(fit.ratings.time.scaled(later) - fit.ratings.time.scaled(first))
    moments = fit.moments
    drawn = {name: moments[name].values for name in MOMENTS if name in moments}
    related = autocorrelation(drawn, np.asarray(gaps, dtype=np.float64))
    return np.where(gaps > 0, related, itself)
