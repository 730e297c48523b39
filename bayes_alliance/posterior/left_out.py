"""Ratings without one unit, and how the unit left out is scored by a fit to the others.

Leaving out a therapist changes means and standard deviations of covariates a little, and the
average that a numeric covariate is measured from with them. `recoded` brings the whole data to the
coding of the fit without the unit, so that the same numbers mean the same.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.design import Design, design
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.part import of_children
from bayes_alliance.specification import Effects
from bayes_alliance.specification.structures import SIMPLEST

type Unit = Literal["rating", "child", "therapist", "clinic"]


def without(
    ratings: Ratings, unit: Unit, label: str | tuple[str, float, str] | Collection[str]
) -> Ratings:
    """Ratings without those of one unit, or of several.

    Returns
    -------
    Ratings
        A rating that is left out is missing; a child, therapist or clinic is not there at all.
    """
    if unit == "rating":
        return unrated(ratings, unit, label)
    of_child = _unit_of_child(ratings, unit)
    return of_children(ratings, ratings.children.index[~of_child.isin(_labels(label))])


def unrated(
    ratings: Ratings, unit: Unit, label: str | tuple[str, float, str] | Collection[str]
) -> Ratings:
    """All children, with the ratings of one unit, or of several, missing."""
    if unit == "rating":
        keys = ratings.long[["child", "time", "informant"]].itertuples(index=False, name=None)
        out = np.array([key == label for key in keys])
    else:
        of_child = _unit_of_child(ratings, unit)
        own = ratings.long["child"].map(of_child).isin(_labels(label))
        out = (own & ratings.long["rating"].notna()).to_numpy()
    long = ratings.long.copy()
    long.loc[out, "rating"] = np.nan
    long.loc[out, "status"] = "missing"
    if ratings.items is not None:
        long.loc[out, ratings.items.columns] = np.nan
    return replace(ratings, long=long)


def _unit_of_child(ratings: Ratings, unit: Unit) -> pd.Series:
    return ratings.children.index.to_series() if unit == "child" else ratings.children[unit]


def _labels(label: str | tuple[str, float, str] | Collection[str]) -> list[object]:
    return [label] if isinstance(label, str) else list(label)


def with_level(fit: Fit, unit: Unit) -> tuple[Design, xr.Dataset]:
    """Design and named moments of a fit with a level for the units to leave out.

    Returns
    -------
    design : Design
    moments : Dataset
        If the model has no effects of therapists (clinics), with effects of variance zero, which
        is the same model.

    Raises
    ------
    InputError
        If the ratings do not say who the unit is.
    """
    there = {"therapist": fit.ratings.has_therapists, "clinic": fit.ratings.has_clinics}
    if not there.get(unit, True):
        message = f"the ratings do not say which {unit} a child has"
        raise InputError([Problem(where=unit, message=message)], f"leaving out one {unit}")
    if unit in ("rating", "child") or unit in fit.design.term_sets():
        return fit.design, fit.moments
    spec, coefficient = fit.spec, fit.design.coefficients[0]
    effects = Effects(terms=(coefficient,), structure=SIMPLEST.name)
    # Any prior will do: only the design of the wider model is used, and a model must state them
    # all.
    priors = dict(spec.priors) | {f"{unit}_sd.{coefficient}": spec.priors["residual_sd"]}
    wider = (
        replace(spec, therapist=effects, priors=priors)
        if unit == "therapist"
        else replace(spec, clinic=effects, priors=priors)
    )
    moments = fit.moments
    n_terms = len(fit.design.terms)
    zero = np.zeros((moments.sizes["chain"], moments.sizes["draw"], n_terms, n_terms))
    return design(wider, fit.ratings), moments.assign(
        {f"{unit}_cov": (("chain", "draw", "term", "term_"), zero)}
    )


def recoded(everybody: Design, part: Design) -> Design:
    """All ratings, their covariates coded as for a part of them.

    Parameters
    ----------
    everybody, part : Design
        Of the same model.

    Returns
    -------
    Design
        `everybody` with numeric covariates measured from the means of `part`.
    """
    # The fit without a unit centred numeric covariates at the means of the others; its effects mean
    # what they say only on covariates that are centred there as well.
    x = everybody.x + (everybody.covariate_centre - part.covariate_centre)
    # A product of moved columns is not the moved product.
    for product, first, second in everybody.products:
        x[:, product] = x[:, first] * x[:, second]
    z = everybody.z + (everybody.occasion_covariate_centre - part.occasion_covariate_centre)
    columns = dict(zip(everybody.occasion_covariates, z.T, strict=True))
    columns |= zip(everybody.covariates, x[everybody.occasion_child].T, strict=True)
    scattering = [columns[label] for label in everybody.residual_covariates]
    residual_x = np.column_stack(scattering) if scattering else everybody.residual_x
    return replace(everybody, x=x, z=z, residual_x=residual_x)
