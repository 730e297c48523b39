"""The named moments: the quantities every engine registers under the same names.

Engines hand over coefficients and covariances in rating points; here they become one xarray
dataset with labelled dimensions, and from it the list of scalar quantities that summaries and
convergence checks go through. Covariances are stored, standard deviations and correlations derived
(`standard_deviations`, `correlations`), so that no two places can disagree.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.design import Design

LEVELS = ("child", "therapist", "clinic")


def coords(arrays: Design) -> dict[str, object]:
    """Coordinates of the named moments.

    Returns
    -------
    dict
        For `xarray.Dataset`: informant, informant_, term, term_, the informant and coefficient of
        each term, and the covariates.
    """
    n_informants = len(arrays.informants)
    informant_of = [arrays.informants[i % n_informants] for i in range(len(arrays.terms))]
    coefficient_of = [arrays.coefficients[i // n_informants] for i in range(len(arrays.terms))]
    out: dict[str, object] = {
        "informant": list(arrays.informants),
        "informant_": list(arrays.informants),
        "term": list(arrays.terms),
        "term_": list(arrays.terms),
        "term_informant": ("term", informant_of),
        "term_coefficient": ("term", coefficient_of),
    }
    if arrays.censored_labels:
        out["censored"] = list(arrays.censored_labels)
    if arrays.covariates:
        out["covariate"] = list(arrays.covariates)
    if arrays.occasion_covariates:
        out["occasion_covariate"] = list(arrays.occasion_covariates)
    if arrays.residual_covariates:
        out["residual_covariate"] = list(arrays.residual_covariates)
    for one in arrays.latent_means:
        if one.given:
            out[f"{one.variable}_given"] = [arrays.covariates[p] for p in one.given]
    if arrays.items is not None:
        out["item"], out["step"] = list(arrays.items.names), list(arrays.items.steps)
    return out


def standard_deviations(cov: xr.DataArray) -> xr.DataArray:
    """Square roots of the diagonal of a covariance.

    Parameters
    ----------
    cov : DataArray
        With a pair of dims ``term, term_`` or ``informant, informant_``.

    Returns
    -------
    DataArray
        Without the second dim of the pair, in rating points.
    """
    first, second = _pair(cov)
    diagonal = covariance.standard_deviations(cov.transpose(..., first, second).values)
    dims = [dim for dim in cov.transpose(..., first, second).dims if dim != second]
    kept = {name: coord for name, coord in cov.coords.items() if second not in coord.dims}
    return xr.DataArray(diagonal, dims=dims, coords=kept)


def correlations(cov: xr.DataArray) -> xr.DataArray:
    """Correlation matrices of covariances.

    Parameters
    ----------
    cov : DataArray
        With a pair of dims ``term, term_`` or ``informant, informant_``.

    Returns
    -------
    DataArray
        Same dims; NaN beside a term that does not vary.
    """
    first, second = _pair(cov)
    ordered = cov.transpose(..., first, second)
    return ordered.copy(data=covariance.correlations(ordered.values)).transpose(*cov.dims)


def quantities(posterior: xr.Dataset) -> Iterator[tuple[str, xr.DataArray]]:
    """Every scalar quantity of a fit, named as in ``summary.csv``.

    Parameters
    ----------
    posterior : Dataset
        Named moments with dims (chain, draw, ...).

    Yields
    ------
    name : str
        ``"level[child]"``, ``"child_cor[child,level;caregiver,level]"``, ...
    draws : DataArray
        Dims (chain, draw). Quantities the model fixes (a term that does not vary, a correlation
        that an independent structure sets to zero) are left out.
    """
    yield from _coefficients(posterior)
    for name in (*LEVELS, "residual"):
        if f"{name}_cov" in posterior:
            yield from _variation(name, posterior[f"{name}_cov"])
    for name in ("residual_autoregression", "residual_nu"):
        if name in posterior:
            yield name, posterior[name]
    for key, array in posterior.items():
        if not str(key).startswith("mean_"):
            continue
        if array.ndim == 2:
            yield str(key), array
            continue
        along = str(array.dims[-1])  # "mean_mood_given", of the weights
        for covariate in array[along].values:
            yield f"{key}[{covariate}]", array.sel({along: covariate}, drop=True)
    yield from _items(posterior)


def _items(posterior: xr.Dataset) -> Iterator[tuple[str, xr.DataArray]]:
    for name, along in (("item_loading", ("item",)), ("item_threshold", ("item", "step"))):
        if name not in posterior:
            continue
        stacked = posterior[name].transpose("chain", "draw", *along, "informant")
        labels = [posterior[dim].values.tolist() for dim in (*along, "informant")]
        for place in np.ndindex(stacked.shape[2:]):
            of = ",".join(str(label[at]) for label, at in zip(labels, place, strict=True))
            yield (
                f"{name}[{of}]",
                stacked[(slice(None), slice(None), *place)].reset_coords(drop=True),
            )


def _coefficients(posterior: xr.Dataset) -> Iterator[tuple[str, xr.DataArray]]:
    # Scales of priors that shrink effects are read by estimands.screening, not summarised.
    dims_of = {
        name: set(array.dims) - {"chain", "draw"}
        for name, array in posterior.items()
        if not str(name).endswith("_on_scale")
    }
    for name, dims in dims_of.items():
        if dims == {"informant"}:
            for informant in posterior["informant"].values:
                yield f"{name}[{informant}]", posterior[name].sel(informant=informant, drop=True)
    for name, dims in dims_of.items():
        for along in ("covariate", "occasion_covariate", "residual_covariate"):
            if dims != {along, "informant"}:
                continue
            for covariate in posterior[along].values:
                effects = posterior[name].sel({along: covariate}, drop=True)
                if not (effects != 0).any():
                    continue
                for informant in posterior["informant"].values:
                    yield (
                        f"{name}[{covariate},{informant}]",
                        effects.sel(informant=informant, drop=True),
                    )


def _variation(name: str, cov: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    first, second = _pair(cov)
    sd, cor = standard_deviations(cov), correlations(cov)
    varying = [label for label in cov[first].values if (sd.sel({first: label}) > 0).any()]
    for label in varying:
        yield f"{name}_sd[{label}]", sd.sel({first: label}, drop=True).reset_coords(drop=True)
    for position, label in enumerate(varying):
        for other in varying[position + 1 :]:
            draws = cor.sel({first: label, second: other}, drop=True).reset_coords(drop=True)
            if (draws != 0).any():
                yield f"{name}_cor[{label};{other}]", draws


def _pair(cov: xr.DataArray) -> tuple[str, str]:
    return ("term", "term_") if "term" in cov.dims else ("informant", "informant_")
