"""The model as PyMC's own graph, for every family: to look at, to change, to sample.

`build` takes a specification and ratings and returns a plain `pm.Model`, everything in rating
points. Its deterministic variables are the named moments that every engine registers, so that
estimands need not know how the model was sampled.
"""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design, design
from bayes_alliance.errors import checked_arguments
from bayes_alliance.pymc_model import (
    counting,
    covariance,
    effects,
    items,
    latent_means,
    missing,
    predictors,
    residual,
)
from bayes_alliance.pymc_model import integrated as integrating
from bayes_alliance.pymc_model.censoring import beyond_the_ends
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.structures import STRUCTURES

# Families whose ratings are normal given the effects (and, with heavy tails, a weight).
CONDITIONALLY_NORMAL = ("normal", "censored_normal", "student_t", "ordinal")


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
        ``residual_cor_cholesky``, what `residual.registered` names for options of the residual or
        `counting.registered` for beta-binomial ratings,
        and, if ratings are censored, ``excess`` (censored). Covariates
        with one effect for all informants have ``level_on_shared`` ...; priors that shrink effects
        and missing values of covariates have the variables of `predictors` and `missing`.
        Deterministics: ``child_effect``, ``therapist_effect``, ``clinic_effect``,
        ``child_loading`` ... and the covariances ``child_cov``, ``therapist_cov``, ``clinic_cov``,
        ``residual_cov``. The observed variable is ``rating`` (occasion, informant).

    Raises
    ------
    InputError
        If the model cannot be fitted to these ratings.
    """
    return build_from(spec, design(spec, ratings))


def integrates(spec: ModelSpec, arrays: Design) -> bool:
    """Whether effects can be integrated out of the graph.

    Returns
    -------
    bool
        Where ratings are normal given everything else (with heavy tails: given a weight for each
        occasion), and no category of a covariate is missing, which is summed over child by child.
        Means of children that are parameters go beside residuals that do not go on only.
    """
    categories = [one for one in arrays.incomplete if one.kind != "numeric"]
    if arrays.latent_means and spec.residual.autoregression:
        return False
    return spec.likelihood.family in CONDITIONALLY_NORMAL and not categories


def build_from(
    spec: ModelSpec,
    arrays: Design,
    *,
    integrated: bool = False,
    placed: bool = False,
    sampling: bool = False,
) -> pm.Model:
    """Graph of a model whose design is known already.

    Parameters
    ----------
    arrays : Design
        As from ``design(spec, ratings)``.
    integrated : bool
        Leave out the effects of children, therapists and clinics, integrated out exactly: the
        same posterior of everything else, to be sampled. There is no observed variable then but a
        potential, ``ratings``, and residuals with heavy tails have weights of occasions (see
        `residual.weights`). Only where `integrates` says so.
    placed : bool
        Sample effects of priors that shrink them as `information` says, without funnels.
    sampling : bool
        Take informants by how much their ratings differ between the units of a level, largest
        first, in the factor of its correlations: the same model, easier to sample. An effect that
        hardly varies, taken first, would have to carry what it shares with one that does.
    """
    n_informants = len(arrays.informants)
    with pm.Model(coords=_coords(arrays)) as model:
        roots = {
            name: effects.registered(spec, arrays, name, sampling=sampling)
            for name in arrays.term_sets()
        }
        effect = None if integrated else effects.summed(arrays, roots)
        residual_sd = None
        if spec.likelihood.family != "beta_binomial":
            residual_sd = covariance.standard_deviation(
                "residual_sd", spec.priors["residual_sd"], factor=arrays.spread, dims=("informant",)
            )
        table = missing.completed(arrays)
        means = latent_means.filled(arrays, table.x, table.child, integrated=integrated)
        table = replace(table, x=means.x)
        on = predictors.registered(spec, arrays, placed=placed)
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
            mean = mean + pt.dot(means.z[occasion], on["rating_on"])
        if residual_sd is None:
            _counted_ratings(spec, arrays, mean, table, row, occasion)
            return model
        left = residual.registered(spec, arrays, residual_sd)
        if arrays.floor.any() or arrays.ceiling.any():
            mean = mean - beyond_the_ends(arrays)[occasion]
        beside = None
        if integrated and arrays.latent_means:
            beside = means.beside(arrays, on["level_on"], on["rating_on"])
        if arrays.items is not None:
            _items(spec, left, arrays, mean, (roots, beside) if integrated else None)
            return model
        if integrated:
            _all_ratings(left, arrays, arrays.y - mean, roots, beside)
            return model
        residual.ratings(left, arrays, mean[: len(arrays.y)])
        if table.log_probability is not None:
            summed = np.flatnonzero(np.isin(row, table.summed))
            log_density = residual.log_density(
                left,
                arrays,
                pt.constant(arrays.y[occasion[summed]]),
                mean[summed],
                occasion[summed],
            )
            missing.add_categories(table, log_density, row[summed])
    return model


def _counted_ratings(
    spec: ModelSpec,
    arrays: Design,
    mean: TensorVariable,
    table: missing.Completed,
    row: NDArray[np.int64],
    occasion: NDArray[np.int64],
) -> None:
    """Register beta-binomial ratings."""
    level = pm.modelcontext(None)["level"]
    dispersion, effect = counting.registered(spec, arrays, level)
    if effect is not None:
        mean = mean + effect[occasion]
    counting.ratings(arrays, mean[: len(arrays.y)], dispersion)
    if table.log_probability is not None:
        summed = np.flatnonzero(np.isin(row, table.summed))
        y, own = pt.constant(arrays.y[occasion[summed]]), occasion[summed]
        log_density = counting.log_density(arrays, y, mean[summed], dispersion, own)
        missing.add_categories(table, log_density, row[summed])


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
        "informant": list(arrays.informants),
        "informant_": list(arrays.informants),
        "term": list(arrays.terms),
        "term_": list(arrays.terms),
        "child": list(arrays.children),
        "occasion": list(range(len(arrays.y))),
    }
    for level in arrays.levels:
        coords[level.name] = list(level.labels)
    for name, (positions, structure) in arrays.term_sets().items():
        terms = [arrays.terms[position] for position in positions]
        coords[f"{name}_term"] = terms
        if STRUCTURES[structure].has_factors:
            factors = dict.fromkeys(arrays.factor_of_term[positions].tolist())
            shared = [f"factor of {arrays.coefficients[factor]}" for factor in factors]
            coords[f"{name}_source"] = [*shared, *terms]
    if arrays.covariates:
        coords["covariate"] = list(arrays.covariates)
    if arrays.occasion_covariates:
        coords["occasion_covariate"] = list(arrays.occasion_covariates)
    if arrays.residual_covariates:
        coords["residual_covariate"] = list(arrays.residual_covariates)
    if arrays.items is not None:
        n_gaps = len(arrays.items.names) * (len(arrays.items.steps) - 1)
        coords["item"], coords["step"] = list(arrays.items.names), list(arrays.items.steps)
        coords["item_gap"] = list(range(n_gaps))
        coords["rating"] = list(range(arrays.n_ratings))
        coords["response_to_item"] = list(range(int((arrays.items.values >= 0).sum())))
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
        mean = covariance.coefficient(
            name, spec.priors[name], shift=shift, factor=factor, dims=("informant",)
        )[None, :]
        if f"{name}_on" in on:
            mean = mean + pt.dot(table.x, on[f"{name}_on"])
        means.append(mean)
    n_rows = len(table.child) if arrays.covariate_on.any() else 1
    shape = (n_rows, len(arrays.informants))
    return pt.stack([pt.broadcast_to(mean, shape) for mean in means], axis=1)


def _items(
    spec: ModelSpec,
    left: residual.Left,
    arrays: Design,
    mean: TensorVariable,
    over: tuple[dict[str, effects.Root], latent_means.Beside | None] | None,
) -> None:
    """Register the responses to items; given `over`, with effects integrated out."""
    loading, threshold = items.registered(spec, arrays)
    if over is None:
        items.responses(left, arrays, mean, loading, threshold)
        return
    unit, latent = items.sampled(arrays, loading)
    _all_ratings(left, arrays, latent - mean, *over)
    pm.Potential("responses", items.log_density(arrays, unit, loading, threshold))


def _all_ratings(
    left: residual.Left,
    arrays: Design,
    error: TensorVariable,
    roots: dict[str, effects.Root],
    beside: latent_means.Beside | None,
) -> None:
    """Register the density of all ratings, effects integrated out."""
    weight = None if left.nu is None else residual.weights(left.nu)
    density = integrating.log_density(
        left,
        arrays,
        error,
        roots={name: root.embedded(len(arrays.terms)) for name, root in roots.items()},
        ranks={name: root.rank for name, root in roots.items()},
        weight=weight,
        beside=beside,
    )
    pm.Potential("ratings", density)
