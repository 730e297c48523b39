"""The model as PyMC's own graph, for every family: to look at, to change, to sample.

`build` takes a specification and ratings and returns a plain `pm.Model`, everything in rating
points. Its deterministic variables are the moments that every engine registers, so that
estimands need not know how the model was sampled.
"""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design, design
from bayes_alliance.design.missing import not_in_graph
from bayes_alliance.errors import InputError, checked_arguments
from bayes_alliance.pymc_model import (
    covariance,
    covariates,
    effects,
    leaving,
    missing,
    predictors,
)
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.pymc_model.likelihoods import registering
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.structures import STRUCTURES


@checked_arguments
def build(spec: ModelSpec, ratings: Ratings) -> pm.Model:
    r"""Graph of a model.

    .. math::
       \theta_i = \Gamma x_i + w_{c(j)} + v_{j(i)} + u_i, \qquad
       y_{it} = \phi(s_{it})' \theta_i + z_{it}' \delta + e_{it}

    Returns
    -------
    pm.Model
        Free variables: ``level``, ``slope``, ... (dims informant), ``level_on`` ... (covariate,
        informant), ``child_sd_level`` ... (informant), ``child_cor_cholesky`` or, with a common
        factor, ``child_loading_beta`` (child_term), ``child_raw`` (child, child_term; child_source
        with a common factor), the same for therapist and clinic, ``residual_sd`` (informant),
        ``residual_cor_cholesky``, what `residual.registered` names for options of the residual,
        and what the family registers in `pymc_model.likelihoods`. Covariates
        with one effect for all informants have ``level_on_shared`` ...; priors that shrink effects
        and missing values of covariates have the variables of `predictors` and `missing`, leaving
        treatment those of `leaving`.
        Deterministics: ``child_effect``, ``therapist_effect``, ``clinic_effect``,
        ``child_loading`` ... and the covariances ``child_cov``, ``therapist_cov``, ``clinic_cov``,
        ``residual_cov``. The observed variable is ``rating`` (occasion, informant).

    Raises
    ------
    InputError
        If the model cannot be fitted to these ratings, or not as a graph.
    """
    arrays = design(spec, ratings)
    if problems := not_in_graph(spec, arrays.incomplete):
        raise InputError(problems, f"model '{spec.name}' as a graph; ba.fit has another engine")
    return build_from(spec, arrays)


def build_from(spec: ModelSpec, arrays: Design) -> pm.Model:
    """Graph of a model whose design is known already.

    Parameters
    ----------
    arrays : Design
        As from ``design(spec, ratings)``.
    """
    n_informants = len(arrays.informants)
    with pm.Model(coords=_coords(arrays)) as model:
        roots = {name: effects.registered(spec, arrays, name) for name in arrays.term_sets()}
        effect = effects.summed(arrays, roots)
        covariance.free(
            "residual_sd", spec.priors["residual_sd"], factor=arrays.spread, dims=("informant",)
        )
        table = missing.completed(arrays)
        x, z = covariates.filled(arrays, table.x, table.child)
        table = replace(table, x=x)
        on = predictors.registered(spec, arrays)
        theta = _expected_coefficients(spec, arrays, table, on)
        shape = (len(table.child), len(arrays.coefficients), n_informants)
        theta = (
            pt.broadcast_to(theta, shape)
            if effect is None
            else (theta + effect.reshape((len(arrays.children), *shape[1:]))[table.child])
        )
        row, occasion = _occasions(arrays, table)
        mean = (theta[row] * arrays.basis[occasion][:, :, None]).sum(axis=1)
        if "rating_on" in on:
            mean = mean + pt.dot(z[occasion], on["rating_on"])
        expected = Expected(mean=mean, row=row, occasion=occasion, table=table)
        expected = registering(spec)(spec, arrays, expected)
        leaving.registered(spec, arrays, theta, expected)
    return model


def _occasions(arrays: Design, table: missing.Completed) -> tuple[NDArray, NDArray]:
    """Row of the table and occasion: all occasions once, then those of further rows."""
    rows, occasions = [arrays.occasion_child], [np.arange(len(arrays.y))]
    for row in range(len(arrays.children), len(table.child)):
        own = np.flatnonzero(arrays.occasion_child == table.child[row])
        rows.append(np.full(len(own), row))
        occasions.append(own)
    return np.concatenate(rows), np.concatenate(occasions)


def _coords(arrays: Design) -> dict[str, list]:
    coords: dict[str, list] = {
        **arrays.coords,
        **{level: list(labels) for level, labels in arrays.units.items()},
        "occasion": list(range(len(arrays.y))),
        **(arrays.leaving.coords if arrays.leaving is not None else {}),
    }
    for name, (positions, structure) in arrays.term_sets().items():
        terms = [arrays.terms[position] for position in positions]
        coords[f"{name}_term"] = terms
        if STRUCTURES[structure].has_factors:
            factors = dict.fromkeys(arrays.factor_of_term[positions].tolist())
            shared = [f"factor of {arrays.coefficients[factor]}" for factor in factors]
            coords[f"{name}_source"] = [*shared, *terms]
    return coords


def _expected_coefficients(
    spec: ModelSpec,
    arrays: Design,
    table: missing.Completed,
    on: dict[str, TensorVariable],
) -> TensorVariable:
    """`Gamma x_i`, shape (1 or number of rows of the table, T, K)."""
    means = []
    for name in arrays.coefficients:
        shift, factor = arrays.coefficient_scale(name)
        mean = covariance.free(
            name, spec.priors[name], shift=shift, factor=factor, dims=("informant",)
        )[None, :]
        if f"{name}_on" in on:
            mean = mean + pt.dot(table.x, on[f"{name}_on"])
        means.append(mean)
    n_rows = len(table.child) if arrays.covariate_on.any() else 1
    shape = (n_rows, len(arrays.informants))
    return pt.stack([pt.broadcast_to(mean, shape) for mean in means], axis=1)
