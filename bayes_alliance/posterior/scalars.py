"""The scalar quantities of a fit, each a record with its labels: what ``summary.csv`` lists.

`quantities` goes through the named moments of a posterior and yields a `Scalar` for every number
that the model does not fix. Growth coefficients are averages over the children of the study
(`study_average`); those of the reference have names of their own. Whoever needs an informant or
growth coefficient reads the field; `Scalar.name` writes the text it has in csv files. Of studies,
which keep only that text, `quantity_of` reads what it begins with.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayes_alliance.design import Design
from bayes_alliance.levels import LEVELS
from bayes_alliance.likelihoods import leaving, residual
from bayes_alliance.posterior.moments import correlations, pair_of_dims, standard_deviations
from bayes_alliance.posterior.study_average import AT_REFERENCE, with_averages

# What quantities begin with that are not about ratings: of items, of leaving, of covariates.
OF_NO_RATING = ("item_", "leaving_", "mean_")
ALONG = ("covariate", "occasion_covariate", "residual_covariate")


@dataclass(frozen=True, kw_only=True, eq=False)
class Scalar:
    """A scalar quantity with its draws; labels that it does not have are None.

    Parameters
    ----------
    quantity : str
        What it is: ``"level"``, ``"level_on"``, ``"child_sd"``, ``"residual_cor"``.
    level : str, optional
        Of a standard deviation or correlation: child, therapist, clinic, residual.
    coefficient : str, optional
        The growth coefficient that it is about, or what a covariate acts on.
    informant_, coefficient_ : str, optional
        The second of a correlation.
    draws : DataArray
        Dims (chain, draw), rating points.
    """

    quantity: str
    level: str | None = None
    coefficient: str | None = None
    coefficient_: str | None = None
    informant: str | None = None
    informant_: str | None = None
    covariate: str | None = None
    item: str | None = None
    step: str | None = None
    draws: xr.DataArray

    @property
    def labels(self) -> tuple[str | None, ...]:
        """Everything that tells it from other quantities."""
        return (
            self.quantity,
            self.level,
            self.coefficient,
            self.coefficient_,
            self.informant,
            self.informant_,
            self.covariate,
            self.item,
            self.step,
        )

    @property
    def is_bounded(self) -> bool:
        """Whether it cannot exceed 1 in size, as a correlation."""
        return self.informant_ is not None or self.quantity in (*residual.BOUNDED, leaving.SHARE)

    @property
    def name(self) -> str:
        """Its text in csv files: ``"child_cor[child,level;caregiver,level]"``."""
        coefficients = (self.coefficient, self.coefficient_) if self.level else (None, None)
        first = (self.covariate, self.item, self.step, self.informant, coefficients[0])
        second = (self.informant_, coefficients[1])
        of = [",".join(label for label in part if label is not None) for part in (first, second)]
        inside = ";".join(label for label in of if label)
        return f"{self.quantity}[{inside}]" if inside else self.quantity


def quantities(posterior: xr.Dataset, design: Design) -> Iterator[Scalar]:
    """Go through every scalar quantity of a fit, in the order of ``summary.csv``.

    Parameters
    ----------
    posterior : Dataset
        Named moments with dims (chain, draw, ...).

    Yields
    ------
    Scalar
        Those that the model fixes (a term that does not vary, a correlation that an independent
        structure sets to zero) are left out. ``level`` and other growth coefficients are averages
        over the children of the study, ``level_at_reference`` where numeric covariates are at
        their mean, others at 0 or the reference category; the latter only if covariates make them
        differ. Residuals of informants who share no occasion have no correlation here.
    """
    yield from coefficients(with_averages(posterior, design))
    for level in (*LEVELS, "residual"):
        if f"{level}_cov" in posterior:
            # Residuals of informants who share no occasion have a correlation by the prior only.
            rated_together = design.shared_occasions > 0 if level == "residual" else None
            yield from _variation(level, posterior[f"{level}_cov"], rated_together)
    for name, array in posterior.items():
        known = name in leaving.NAMES or str(name).startswith("mean_")
        if set(array.dims) == {"chain", "draw"} and not known:
            yield Scalar(quantity=str(name), level="residual", draws=array)
    yield from _covariate_means(posterior)
    yield from _items(posterior)
    yield from _leaving(posterior)


def by_name(posterior: xr.Dataset, design: Design) -> dict[str, xr.DataArray]:
    """Draws of every scalar quantity by the name it has in ``summary.csv``.

    Parameters
    ----------
    posterior : Dataset
        As in `quantities`.
    """
    return {one.name: one.draws for one in quantities(posterior, design)}


def quantity_of(name: str) -> str:
    """The quantity that a written name is of: ``"child_sd"`` of ``"child_sd[child,level]"``."""
    # Labels may hold brackets; the first one is always ours.
    return name.partition("[")[0]


def in_points(name: str) -> bool:
    """Whether a written quantity is in rating points, as levels, changes, effects and sds are."""
    quantity = quantity_of(name)
    return not (
        quantity.endswith("_cor")
        or quantity.startswith(OF_NO_RATING)
        # What options of the residual add is a number, a share or a logarithm.
        or (quantity.startswith("residual_") and quantity != "residual_sd")
    )


def coefficients(posterior: xr.Dataset) -> Iterator[Scalar]:
    """Go through growth coefficients, and effects of covariates, of every informant.

    Parameters
    ----------
    posterior : Dataset
        As in `quantities`.
    """
    # Scales of priors that shrink effects are read by estimands.screening, not summarised.
    dims_of = {
        str(name): set(array.dims) - {"chain", "draw"}
        for name, array in posterior.items()
        if not str(name).endswith("_on_scale") and name not in leaving.NAMES
    }
    for name, dims in dims_of.items():
        if dims == {"informant"}:
            for informant in posterior["informant"].values.tolist():
                draws = posterior[name].sel(informant=informant, drop=True)
                yield Scalar(
                    quantity=name,
                    coefficient=name.removesuffix(AT_REFERENCE),
                    informant=informant,
                    draws=draws,
                )
    for name, dims in dims_of.items():
        for along in ALONG:
            if dims != {along, "informant"}:
                continue
            for covariate in posterior[along].values.tolist():
                effects = posterior[name].sel({along: covariate}, drop=True)
                if not (effects != 0).any():
                    continue
                for informant in posterior["informant"].values.tolist():
                    yield Scalar(
                        quantity=name,
                        coefficient=name.removesuffix("_on"),
                        covariate=covariate,
                        informant=informant,
                        draws=effects.sel(informant=informant, drop=True),
                    )


def _variation(
    level: str, cov: xr.DataArray, rated_together: NDArray[np.bool_] | None
) -> Iterator[Scalar]:
    first, second = pair_of_dims(cov)
    ordered = cov.transpose("chain", "draw", first, second)
    sd, cor = standard_deviations(ordered).values, correlations(ordered).values
    along = {name: cov[name] for name in ("chain", "draw") if name in cov.coords}
    informants = (cov["term_informant"] if first == "term" else cov[first]).values.tolist()
    coefficients: list[str | None] = (
        cov["term_coefficient"].values.tolist() if first == "term" else [None] * len(informants)
    )
    # Not a number is not zero: what cannot be judged must be seen.
    varying = [k for k in range(len(informants)) if (sd[..., k] != 0).any()]
    for k in varying:
        yield Scalar(
            quantity=f"{level}_sd",
            level=level,
            informant=informants[k],
            coefficient=coefficients[k],
            draws=xr.DataArray(sd[..., k], dims=("chain", "draw"), coords=along),
        )
    for position, k in enumerate(varying):
        for j in varying[position + 1 :]:
            if (cor[..., k, j] != 0).any() and (rated_together is None or rated_together[k, j]):
                yield Scalar(
                    quantity=f"{level}_cor",
                    level=level,
                    informant=informants[k],
                    coefficient=coefficients[k],
                    informant_=informants[j],
                    coefficient_=coefficients[j],
                    draws=xr.DataArray(cor[..., k, j], dims=("chain", "draw"), coords=along),
                )


def _covariate_means(posterior: xr.Dataset) -> Iterator[Scalar]:
    for key, array in posterior.items():
        # Means themselves, as other values that were completed, are not summarised.
        if not str(key).startswith("mean_") or "child" in array.dims:
            continue
        if array.ndim == 2:
            yield Scalar(quantity=str(key), draws=array)
            continue
        along = str(array.dims[-1])  # "mean_mood_given", of the weights
        for covariate in array[along].values.tolist():
            draws = array.sel({along: covariate}, drop=True)
            yield Scalar(quantity=str(key), covariate=covariate, draws=draws)


def _items(posterior: xr.Dataset) -> Iterator[Scalar]:
    for name, array in posterior.items():
        if "item" not in array.dims:
            continue
        along = [dim for dim in ("item", "step") if dim in array.dims]
        stacked = array.transpose("chain", "draw", *along, "informant")
        labels = [posterior[dim].values.tolist() for dim in (*along, "informant")]
        for place in np.ndindex(stacked.shape[2:]):
            own = [str(label[at]) for label, at in zip(labels, place, strict=True)]
            yield Scalar(
                quantity=str(name),
                item=own[0],
                step=own[1] if "step" in along else None,
                informant=own[-1],
                draws=stacked[(slice(None), slice(None), *place)].reset_coords(drop=True),
            )


def _leaving(posterior: xr.Dataset) -> Iterator[Scalar]:
    """What leaving follows; of informants who do not count there is nothing to say."""
    for name, array in posterior.items():
        if name not in leaving.NAMES:
            continue
        along = [str(dim) for dim in array.dims if dim not in ("chain", "draw")]
        stacked = array.transpose("chain", "draw", *along)
        labels = [posterior[dim].values.tolist() for dim in along]
        for place in np.ndindex(stacked.shape[2:]):
            draws = stacked[(slice(None), slice(None), *place)].reset_coords(drop=True)
            if not (draws != 0.0).any():
                continue
            own = {dim: of[at] for dim, of, at in zip(along, labels, place, strict=True)}
            yield Scalar(
                quantity=str(name),
                covariate=own.get("leaving_group", own.get("leaving_covariate_of")),
                step=own.get("interval"),
                informant=own.get("informant"),
                draws=draws,
            )
