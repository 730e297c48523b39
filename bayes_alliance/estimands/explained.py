r"""What covariates make differ: the variance of a new child of the population.

How a rating varies is said of one of two new children. One is *alike* in the covariates: what it
differs in is what the model adds at random. The other is of the *population*, its covariates are
those of a child of the study taken at random; its expected ratings at scaled times `s` and `t`
covary besides by

.. math:: E(s)' C E(t), \qquad E(s) = \begin{pmatrix} \sum_c \phi_c(s) B_c \\ \delta \end{pmatrix},

with `C` the covariance, over the children, of their covariates and of the means of what varies over
their occasions. Deviations from these means make ratings of one child differ between occasions by
:math:`\delta' W \delta`, `W` their covariance over the occasions of a child, averaged over
children. Where the spread of residuals depends on covariates, their covariance is that averaged
over the rated occasions.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.estimands.at_time import weights
from bayes_alliance.estimands.expected_ratings import effects_at
from bayes_alliance.likelihoods.residual import MOMENTS, spread_over_occasions
from bayes_alliance.posterior.exact import in_order
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.study_average import rows_of

# Of whom variances are: any new child, or one among children alike in the covariates.
type Among = Literal["population", "alike"]


def has_covariates(fit: Fit) -> bool:
    """Whether covariates act on ratings, so that children of the population differ in them."""
    return bool(fit.design.covariates or fit.design.occasion_covariates)


def explained(fit: Fit, time: float | Sequence[float], *, occasions: bool = True) -> xr.DataArray:
    """Covariance between informants of what covariates make differ in a new child's ratings.

    Parameters
    ----------
    time : float or sequence of float
        In units of the time column.
    occasions : bool
        Whether what differs between the occasions of a child is in; otherwise of what informants
        mean, free of single occasions.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant, informant_), with ``time`` for a sequence; squared points.
    """
    phi = weights(fit, time)
    values = between_children(fit, phi.values)
    if occasions:
        within = within_children(fit)
        values = values + (within[:, :, None] if phi.ndim > 1 else within)
    labels = list(fit.design.informants)
    coords = {
        "chain": fit.moments["chain"].values,
        "draw": fit.moments["draw"].values,
        **({"time": phi["time"].values} if phi.ndim > 1 else {}),
        "informant": labels,
        "informant_": labels,
    }
    return xr.DataArray(values, dims=tuple(coords), coords=coords)


def between_children(fit: Fit, phi: Floats, psi: Floats | None = None) -> Floats:
    """Covariance, over children, of the ratings that their covariates let expect.

    Parameters
    ----------
    phi, psi : array, shape (T,) or (n_times, T)
        Growth basis of the first and of the second rating; the same if not given.

    Returns
    -------
    array, shape (chain, draw, [n_times,] K, K)
        Squared rating points.
    """
    first = _effects(fit, phi)
    second = first if psi is None else _effects(fit, psi)
    if first.ndim < second.ndim:
        first = first[:, :, None]
    return np.swapaxes(first, -1, -2) @ _of_children(fit) @ second


def between_coefficients(fit: Fit, coefficient: str) -> Floats:
    """Covariance, over children, of the growth coefficient that their covariates let expect.

    Returns
    -------
    array, shape (chain, draw, K, K)
    """
    phi = np.array([float(name == coefficient) for name in fit.design.coefficients])
    effects, n = effects_at(fit, phi), len(fit.design.covariates)
    return np.swapaxes(effects, -1, -2) @ _of_children(fit)[:n, :n] @ effects


def within_children(fit: Fit) -> Floats:
    """Covariance of what a child's occasions differ in by covariates, shape (chain, draw, K, K)."""
    effects = _of_occasions(fit)
    deviations, _ = _apart(fit)
    weight = 1.0 / np.bincount(fit.design.occasion_child)[fit.design.occasion_child]
    cov = (deviations * weight[:, None]).T @ deviations / weight.sum()
    return np.swapaxes(effects, -1, -2) @ cov @ effects


def residual_covariance(fit: Fit) -> xr.DataArray:
    r"""Covariance of the residuals of one occasion, averaged over the rated occasions.

    .. math:: S_{kl}\; \frac{1}{R} \sum_r \exp(x_r' \alpha_k) \exp(x_r' \alpha_l)

    Returns
    -------
    DataArray
        Dims (chain, draw, informant, informant_), squared rating points.
    """
    moments = in_order(fit)
    cov = moments["residual_cov"].transpose("chain", "draw", "informant", "informant_")
    drawn = {name: moments[name].values for name in MOMENTS if name in moments}
    return cov.copy(data=cov.values * spread_over_occasions(drawn, fit.design))


def _effects(fit: Fit, phi: Floats) -> Floats:
    """Effects of covariates of children and of occasions, (chain, draw, [n_times,] P + Q, K)."""
    of_children, of_occasions = effects_at(fit, phi), _of_occasions(fit)
    if phi.ndim > 1:
        of_occasions = np.repeat(of_occasions[:, :, None], len(phi), axis=2)
    return np.concatenate([of_children, of_occasions], axis=-2)


def _of_occasions(fit: Fit) -> Floats:
    """Effects of what varies over occasions, (chain, draw, Q, K)."""
    moments, arrays = fit.moments, fit.design
    if "rating_on" not in moments:
        shape = (moments.sizes["chain"], moments.sizes["draw"], 0, len(arrays.informants))
        return np.zeros(shape)
    on = moments["rating_on"].transpose("chain", "draw", "occasion_covariate", "informant")
    return on.values


def _apart(fit: Fit) -> tuple[Floats, Floats]:
    """What varies over occasions: deviations from the means of children, and these means."""
    arrays = fit.design
    n_children, child = len(arrays.children), arrays.occasion_child
    count = np.bincount(child, minlength=n_children)
    sums = np.zeros((n_children, arrays.z.shape[1]))
    np.add.at(sums, child, arrays.z)
    # A child that was never rated is like the others on average.
    middle = sums.sum(axis=0) / len(arrays.z)
    means = np.where(count[:, None], sums / np.maximum(count, 1)[:, None], middle)
    return arrays.z - means[child], means


def _of_children(fit: Fit) -> Floats:
    """Covariance, over children whose covariates are known, of covariates, (P + Q, P + Q)."""
    x, _ = rows_of(fit.design)
    known = ~np.isnan(fit.design.x).any(axis=1)
    rows = np.concatenate([x, _apart(fit)[1]], axis=1)[known if known.any() else slice(None)]
    around = rows - rows.mean(axis=0)
    # Divided by n: the new child is one of these children, taken at random.
    return around.T @ around / len(rows)
