r"""One therapist with many clients: perceiver, partner and relationship (the one-with-many design).

A therapist rates every client, and every client rates the therapist. What therapists differ in when
*they* rate is how they see clients in general (perceiver); what therapists differ in when *clients*
rate is what they evoke in clients in general (partner). What differs between clients of one
therapist is the relationship: in clients' ratings together with how this client sees therapists, in
therapists' ratings together with what this client evokes in therapists, because every client has
one therapist (Marcus, Kashy and Baldwin 2009). In that design the relationship also holds the error
of single ratings; with several occasions the residual is apart here, as ``occasion``.
"""

import numpy as np
import xarray as xr

from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.agreement import correlation
from bayes_alliance.estimands.comparable import informants_of
from bayes_alliance.estimands.explained import Among
from bayes_alliance.estimands.variance import shares as shares_of_variance
from bayes_alliance.posterior.fit import Fit


@checked_arguments
def shares(
    fit: Fit,
    *,
    therapist: str,
    client: str,
    time: float | None = None,
    among: Among = "population",
) -> xr.DataArray:
    r"""Shares of variance of a therapist's and a client's ratings of their relationship.

    With :math:`I_{level}` the shares of variance of an informant's ratings,

    ============= ============================= ==========================
    source        therapist's ratings           client's ratings
    ============= ============================= ==========================
    covariates    :math:`I_{covariates}`        :math:`I_{covariates}`
    clinic        :math:`I_{clinic}`            :math:`I_{clinic}`
    perceiver     :math:`I_{therapist}`         not separable (NaN)
    partner       not separable (NaN)           :math:`I_{therapist}`
    relationship  :math:`I_{child}`             :math:`I_{child}`
    occasion      :math:`I_{occasion}`          :math:`I_{occasion}`
    ============= ============================= ==========================

    Parameters
    ----------
    fit : Fit
        With therapist effects.
    therapist, client : str
        Informants: the therapist's rating of the relationship, and the client's (child's or
        caregiver's) rating of the same relationship.
    time : float, optional
        In units of the time column; where the level is read if not given.
    among : {"population", "alike"}
        As in `variance.shares`.

    Returns
    -------
    DataArray
        Dims (chain, draw, source, informant), summing to 1 over what is separable. ``source`` has
        covariates and clinic only if the model has.

    Raises
    ------
    InputError
        Unknown informants, or a model without therapist or child effects.

    References
    ----------
    Marcus, Kashy and Baldwin (2009), Journal of Counseling Psychology 56, 537-548. What they call
    relationship is relationship and occasion here.
    """
    names = _pair(fit, therapist, client)
    parts = shares_of_variance(fit, time=time, among=among)
    known, sources = fit.design.informants, parts["source"].values.tolist()
    shares = parts.values[..., [known.index(name) for name in names]]
    of = {source: shares[..., place, :] for place, source in enumerate(sources)}
    # Of a therapist's ratings differences between therapists are the perceiver's; of a client's
    # they are the partner's. What is assigned to neither stays NaN.
    by_source = {
        "perceiver": np.where([True, False], of["therapist"], np.nan),
        "partner": np.where([False, True], of["therapist"], np.nan),
        "relationship": of["child"],
        "occasion": of["occasion"],
    }
    # What covariates, and clinics, make differ is nobody's view of anybody.
    shared = {source: of[source] for source in ("covariates", "clinic") if source in of}
    by_source = shared | by_source
    coords = {
        "chain": parts["chain"],
        "draw": parts["draw"],
        "source": list(by_source),
        "informant": names,
    }
    values = np.stack(list(by_source.values()), axis=-2)
    return xr.DataArray(values, dims=tuple(coords), coords=coords)


@checked_arguments
def reciprocity(
    fit: Fit, *, therapist: str, client: str, time: float | None = None
) -> xr.DataArray:
    r"""Is the alliance returned? Generalised and dyadic reciprocity.

    Generalised: do therapists who see clients favourably have clients who see them favourably (the
    correlation between perceiver and partner effects of therapists)? Dyadic: if a therapist sees
    one client more favourably than other clients, does this client see the therapist more
    favourably than other clients do (the correlation between relationship effects)? Both are
    among those alike in the covariates.

    Parameters
    ----------
    fit : Fit
        With therapist effects.
    therapist, client : str
        As in `shares`.
    time : float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, reciprocity) with "generalised" and "dyadic"; correlations free of the
        residual.

    Raises
    ------
    InputError
        As `shares`.

    References
    ----------
    Marcus, Kashy and Baldwin (2009), Journal of Counseling Psychology 56, 537-548.
    """
    _pair(fit, therapist, client)
    draws = [
        correlation(fit, level=level, time=time).sel(
            informant=therapist, informant_=client, drop=True
        )
        for level in ("therapist", "child")
    ]
    values = np.stack([array.transpose("chain", "draw").values for array in draws], axis=-1)
    coords = {
        "chain": draws[0]["chain"].values,
        "draw": draws[0]["draw"].values,
        "reciprocity": ["generalised", "dyadic"],
    }
    return xr.DataArray(values, dims=tuple(coords), coords=coords)


def _pair(fit: Fit, therapist: str, client: str) -> list[str]:
    names = informants_of(fit, [therapist, client], where="therapist, client", at_least=2)
    absent = [level for level in ("therapist", "child") if f"{level}_cov" not in fit.moments]
    if absent:
        message = (
            f"the model has no {' and no '.join(absent)} effects, which tell the sources apart"
        )
        raise InputError([Problem(where="model", value=fit.spec.name, message=message)], "dyads")
    return names
