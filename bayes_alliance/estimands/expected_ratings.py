r"""Expected ratings: averaged over the children of the study, and where covariates put them.

With child, therapist and clinic effects at zero the expected rating of informant `k` is

.. math:: E[y_k(s)] = \phi(s)' (\gamma_k + x' B_k) + z' \delta_k

and linear in the covariates: at their mean it is the average of the children's expected ratings.
What is observed of a rating on a scale with ends is not linear; `groups` then tells how covariates
are spread over the children, as a few groups of children that are much alike.
"""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.design.expected import expected_coefficients
from bayes_alliance.design.groups import groups
from bayes_alliance.estimands.at_time import weights
from bayes_alliance.estimands.profiles import Profile, coded, coded_rows
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.study_average import of_coefficients


def expected(
    fit: Fit,
    time: float | Sequence[float],
    *,
    at: Profile | None = None,
    children: Collection[str] | None = None,
) -> xr.DataArray:
    """Expected rating, averaged over the children of the study.

    Parameters
    ----------
    time : float or sequence of float
        In units of the time column.
    at : mapping of str to float or str, optional
        As in `coded`: the average if all of them had this profile.
    children : collection of str, optional
        Labels of those averaged over; all of them if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), with ``time`` for a sequence; rating points.

    Raises
    ------
    InputError
        As `coded`.
    """
    return expected_at(fit, time, *coded(fit, at, children=children))


def expected_at(
    fit: Fit, time: float | Sequence[float], x: xr.DataArray, z: xr.DataArray
) -> xr.DataArray:
    """Expected rating of a child with coded covariates.

    Parameters
    ----------
    time : float or sequence of float
        In units of the time column.
    x, z : DataArray
        As from `coded`.

    Returns
    -------
    DataArray
        As from `expected`.
    """
    phi, moments = weights(fit, time), fit.moments
    mean = np.einsum("ijck,...c->ij...k", growth_coefficients(fit, x).values, phi.values)
    if "rating_on" in moments:
        on = moments["rating_on"].transpose("chain", "draw", "occasion_covariate", "informant")
        shift = np.einsum("ijpk,p->ijk", on.values, z.values)
        mean = mean + (shift[:, :, None] if "time" in phi.dims else shift)
    coords = {
        "chain": moments["chain"],
        "draw": moments["draw"],
        **({"time": phi["time"]} if "time" in phi.dims else {}),
        "informant": list(fit.design.informants),
    }
    return xr.DataArray(mean, dims=tuple(coords), coords=coords)


def by_group(
    fit: Fit,
    time: float | Sequence[float],
    *,
    at: Profile | None = None,
    children: Collection[str] | None = None,
) -> Iterator[tuple[float, xr.DataArray, Floats]]:
    """Expected ratings of groups of children who are much alike in the covariates.

    Parameters
    ----------
    time, at, children
        As in `expected`.

    Yields
    ------
    share : float
        Of the children.
    mean : DataArray
        As from `expected`, of the group.
    variance : array
        What covariates make differ inside the group, between and within children, in the shape of
        `mean`.
    """
    x, z = coded_rows(fit, at, children=children)
    _, mean_z = coded(fit, at, children=children)
    phi = weights(fit, time).values
    effect, within = effects_at(fit, phi), np.zeros(())
    if "rating_on" in fit.moments:
        on = fit.moments["rating_on"].transpose("chain", "draw", "occasion_covariate", "informant")
        around = z - z.mean(axis=0)
        within = _variance(on.values, around.T @ around / len(z))
        within = within[:, :, None] if phi.ndim > 1 else within
    for group in groups(x, fit.design.covariate_sd):
        mean = expected_at(fit, time, xr.DataArray(group.mean, dims="covariate"), mean_z)
        yield group.share, mean, np.broadcast_to(_variance(effect, group.cov) + within, mean.shape)


def effects_at(fit: Fit, phi: Floats) -> Floats:
    r"""Effects of covariates on what a growth basis makes of growth coefficients.

    .. math:: \sum_c \phi_c B_c

    Parameters
    ----------
    phi : array, shape (T,) or (n_times, T)
        Growth basis.

    Returns
    -------
    array, shape (chain, draw, [n_times,] P, K)
        Rating points per unit of the coded covariate.
    """
    arrays, moments = fit.design, fit.moments
    timed = np.atleast_2d(phi)
    shape = (moments.sizes["chain"], moments.sizes["draw"], len(timed))
    total = np.zeros((*shape, len(arrays.covariates), len(arrays.informants)))
    for c, name in enumerate(arrays.coefficients):
        if f"{name}_on" in moments:
            on = moments[f"{name}_on"].transpose("chain", "draw", "covariate", "informant").values
            total += timed[:, c, None, None] * on[:, :, None]
    return total if phi.ndim > 1 else total[:, :, 0]


def _variance(effects: Floats, cov: Floats) -> Floats:
    """Variances of effects times what has a covariance, shape (..., K) from (..., P, K)."""
    return np.einsum("...pk,pq,...qk->...k", effects, cov, effects, optimize=True)


def growth_coefficients(fit: Fit, x: xr.DataArray) -> xr.DataArray:
    r"""Growth coefficients of children with coded covariates `x`.

    .. math:: \gamma_k + x' B_k

    Parameters
    ----------
    x : DataArray
        Dim covariate, as from `coded`.

    Returns
    -------
    DataArray
        Dims (chain, draw, coefficient, informant), rating points.
    """
    arrays, moments = fit.design, fit.moments
    given = of_coefficients(moments, arrays.coefficients)
    values = expected_coefficients(arrays.coefficients, given, x.values[None])
    return by_coefficient(fit, values[..., 0, :, :])


def by_coefficient(fit: Fit, values: Floats) -> xr.DataArray:
    """Label values with dims (chain, draw, coefficient, informant)."""
    coords = {
        "chain": fit.moments["chain"].values,
        "draw": fit.moments["draw"].values,
        "coefficient": list(fit.design.coefficients),
        "informant": list(fit.design.informants),
    }
    return xr.DataArray(values, dims=tuple(coords), coords=coords)
