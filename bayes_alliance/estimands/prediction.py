r"""Ratings to expect: of a child who was rated, of a new child of a known therapist, of a new one.

.. math:: E[y(s)] = \phi(s)' (\Gamma x + w + v + u) + z' \delta, \qquad y(s) = E[y(s)] + e(s)

What is known about effects of child, therapist and clinic given the ratings is drawn from their
exact conditional normal (`posterior.recovery`); what is new is drawn from its covariance, so that
the draws carry all uncertainty: about the parameters, about known units, about new ones.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.errors import InputError, Problem, Seed, checked_arguments, nearest, none_of
from bayes_alliance.estimands.at_time import observed_times, weights
from bayes_alliance.estimands.comparable import require_alike_occasions, require_normal
from bayes_alliance.estimands.expected_ratings import by_coefficient, growth_coefficients
from bayes_alliance.estimands.profiles import (
    Profile,
    centre_of,
    coded,
    settable,
    varies_over_occasions,
)
from bayes_alliance.levels import LevelName
from bayes_alliance.posterior.exact import arrays_of, by_chain, require_exact
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.recovery import WHY, recovered

type Known = tuple[LevelName, str]


@checked_arguments
def predictions(
    fit: Fit,
    *,
    seed: Seed,
    of: Known | None = None,
    time: float | Sequence[float] | None = None,
    at: Profile | None = None,
    noise: bool = False,
) -> xr.DataArray:
    """Draws of the rating each informant is expected to give, or of new ratings.

    Parameters
    ----------
    of : pair of level and label, optional
        ``("child", "c17")``: this child, at any times. ``("therapist", "t3")``: a new child of
        this therapist. ``("clinic", "k1")``: a new child of a new therapist of this clinic. Not
        given: a new child of a new therapist of a new clinic.
    time : float or sequence of float, optional
        In units of the time column; the times of the ratings if not given.
    at : mapping of str to float or str, optional
        Covariates in their own unit. Those left out: a known child, therapist or clinic has its
        own values; the others are at their average over the children (over the occasions for what
        varies over time).
    noise : bool
        New ratings, with the residuals of their occasions, instead of expected ratings. Ratings on
        a bounded scale are normal in the model, so draws may lie beyond its ends; those of a
        censored model say where the rating would be without ends.

    Returns
    -------
    DataArray
        Dims (chain, draw, time, informant), without ``time`` for a single time; rating points.
        Informants and times of one draw belong to the same child.

    Raises
    ------
    InputError
        Unknown units, covariates or values, missing ones of a known unit; families that are not
        normal; a known unit in a model for which `random_effects` are not exact; noise where
        residuals differ between occasions or are autocorrelated.
    """
    require_normal(fit, "predictions")
    if noise:
        require_alike_occasions(fit, "predictions of ratings with noise")
    known = _known(fit, of)
    if known:
        what = f"predictions for a {of[0] if of else ''} that was rated"
        require_exact(fit, what=what, why=WHY, completed=True, values=True)
    x, z = coded(fit, _own(fit, known, at or {}) | dict(at or {}))
    rng = np.random.default_rng(seed)
    theta = growth_coefficients(fit, x) + _effects(fit, known, seed, rng)
    phi = weights(fit, observed_times(fit) if time is None else time)
    expected = xr.dot(theta, phi, dim="coefficient")
    if "rating_on" in fit.moments:
        expected = expected + xr.dot(fit.moments["rating_on"], z, dim="occasion_covariate")
    expected = expected.transpose("chain", "draw", ..., "informant")
    if not noise:
        return expected
    n_times = expected.sizes.get("time", 1)
    cov = arrays_of(fit.moments[["residual_cov"]])["residual_cov"]
    residuals = covariance.normal_draws(cov, n_times, rng)
    return expected + by_chain(fit.moments, residuals).reshape(expected.shape)


def _known(fit: Fit, of: Known | None) -> dict[str, str]:
    """Level to label of the unit given and those above it."""
    if of is None:
        return {}
    ratings = fit.ratings
    tables = {"child": ratings.children, "therapist": ratings.therapists, "clinic": ratings.clinics}
    there = {level: table for level, table in tables.items() if len(table)}
    level, label = of
    if level not in there:
        raise InputError([none_of(level, there, where="of")], "predictions")
    labels = [str(one) for one in there[level].index]
    if label not in labels:
        message = f"no {level} of these ratings.{nearest(str(label), labels)}"
        raise InputError([Problem(where="of", value=label, message=message)], "predictions")
    row = there[level].loc[label]
    above = ("therapist", "clinic") if level == "child" else ("clinic",)
    return {level: label} | {name: str(row[name]) for name in above if name in row}


def _own(fit: Fit, known: dict[str, str], given: Profile) -> dict[str, float | str]:
    """Profile of the units that are known, but for what is given."""
    ratings, arrays = fit.ratings, fit.design
    tables = {"child": ratings.children, "therapist": ratings.therapists, "clinic": ratings.clinics}
    own: dict[str, float | str] = {}
    for name, covariate in settable(fit).items():
        if varies_over_occasions(fit, name) or name in given:
            continue
        if covariate.level == "occasion":
            if "child" in known:
                row, column = arrays.children.index(known["child"]), arrays.covariates.index(name)
                # The child's own mean over its occasions, which the design has centred.
                own[name] = float(arrays.x[row, column]) + centre_of(fit, name)
        elif covariate.level in known:
            value = tables[covariate.level][covariate.name].to_dict()[known[covariate.level]]
            if pd.isna(value):
                message = f"missing for {known[covariate.level]}: give a value in at"
                problem = Problem(where=f"covariates.{name}", message=message)
                raise InputError([problem], "predictions")
            own[name] = str(value) if covariate.kind == "categorical" else float(value)
    return own


def _effects(fit: Fit, known: dict[str, str], seed: int, rng: np.random.Generator) -> xr.DataArray:
    """Sum of the effects of child, therapist and clinic, known ones recovered, others drawn."""
    arrays, moments = fit.design, fit.moments
    covariances = arrays_of(moments[[f"{name}_cov" for name in arrays.term_sets()]])
    shape = (len(arrays.coefficients), len(arrays.informants))
    total = np.zeros((moments.sizes["chain"], moments.sizes["draw"], len(arrays.terms)))
    # Recovered together, from one draw: effects of a child and its therapist are not independent.
    there: dict[str, tuple[str, ...]] = {
        name: (known[name],) for name in arrays.term_sets() if name in known
    }
    effects = recovered(fit, there, seed=seed) if there else None
    for name in arrays.term_sets():
        if effects is not None and name in there:
            total += effects[f"{name}_effect"].values[:, :, 0]
        else:
            # A unit that is not known is a new one: drawn from what varies between units.
            total += by_chain(
                moments, covariance.normal_draws(covariances[f"{name}_cov"], 1, rng)[:, 0]
            )
    return by_coefficient(fit, total.reshape(*total.shape[:2], *shape))
