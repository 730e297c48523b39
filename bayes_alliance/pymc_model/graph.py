"""The model as PyMC's own graph, for every family: to look at, to change, to sample.

`build` takes a specification and ratings and returns a plain `pm.Model`, everything in rating
points. Its deterministic variables are the named moments that every engine registers, so that
estimands need not know how the model was sampled.
"""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design, design
from bayes_alliance.pymc_model import covariance
from bayes_alliance.pymc_model.censoring import beyond_the_ends
from bayes_alliance.pymc_model.response import observed_log_density, occasion_sets
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec


def build(spec: ModelSpec, ratings: Ratings) -> pm.Model:
    r"""Graph of a model.

    .. math::
       \theta_i = \Gamma x_i + w_{c(j)} + v_{j(i)} + u_i, \qquad
       y_{it} = \phi(s_{it})' \theta_i + z_{it}' \delta + e_{it}

    Parameters
    ----------
    spec : ModelSpec
    ratings : Ratings

    Returns
    -------
    pm.Model
        Free variables: ``level``, ``slope``, ... (dims informant), ``level_on`` ... (covariate,
        informant), ``child_sd_level`` ... (informant), ``child_cor_cholesky`` or, with a common
        factor, ``child_loading_beta`` (child_term), ``child_raw`` (child, child_term; child_source
        with a common factor), the same for therapist and clinic, ``residual_sd`` (informant),
        ``residual_cor_cholesky`` and, if ratings are censored, ``excess`` (censored).
        Deterministics: ``child_effect``, ``therapist_effect``, ``clinic_effect``,
        ``child_loading`` ... and the covariances ``child_cov``, ``therapist_cov``, ``clinic_cov``,
        ``residual_cov``. The observed variable is ``rating`` (occasion, informant).

    Raises
    ------
    InputError
        If the model cannot be fitted to these ratings.
    """
    return build_from(spec, design(spec, ratings))


def build_from(spec: ModelSpec, arrays: Design) -> pm.Model:
    """Graph of a model whose design is known already.

    Parameters
    ----------
    spec : ModelSpec
    arrays : Design
        As from ``design(spec, ratings)``.

    Returns
    -------
    pm.Model
    """
    n_informants, n_terms = len(arrays.informants), len(arrays.terms)
    with pm.Model(coords=_coords(arrays)) as model:
        theta = _expected_coefficients(spec, arrays)
        effect = _effects(spec, arrays, n_terms)
        if effect is not None:
            shape = (len(arrays.children), len(arrays.coefficients), n_informants)
            theta = theta + effect.reshape(shape)
        else:
            theta = pt.broadcast_to(
                theta, (len(arrays.children), len(arrays.coefficients), n_informants)
            )
        mean = (theta[arrays.occasion_child] * arrays.basis[:, :, None]).sum(axis=1)
        if arrays.occasion_covariates:
            unit = arrays.spread[None, :] / arrays.occasion_covariate_sd[:, None]
            on_rating = covariance.coefficient(
                "rating_on",
                spec.priors["covariate"],
                shift=np.zeros_like(unit),
                factor=unit,
                dims=("occasion_covariate", "informant"),
            )
            mean = mean + pt.dot(arrays.z, on_rating)
        residual_sd = covariance.standard_deviation(
            "residual_sd", spec.priors["residual_sd"], factor=arrays.spread, dims=("informant",)
        )
        root = covariance.cholesky(
            "residual", residual_sd, n_informants, prior=spec.priors.get("residual_cor")
        )
        residual_cov = pm.Deterministic(
            "residual_cov", root @ root.T, dims=("informant", "informant_")
        )
        if arrays.floor.any() or arrays.ceiling.any():
            mean = mean - beyond_the_ends(arrays)
        _ratings(arrays, mean, residual_cov)
    return model


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
        if structure == "common_factor":
            factors = dict.fromkeys(arrays.factor_of_term[positions].tolist())
            shared = [f"factor of {arrays.coefficients[factor]}" for factor in factors]
            coords[f"{name}_source"] = [*shared, *terms]
    if arrays.covariates:
        coords["covariate"] = list(arrays.covariates)
    if arrays.occasion_covariates:
        coords["occasion_covariate"] = list(arrays.occasion_covariates)
    return coords


def _expected_coefficients(spec: ModelSpec, arrays: Design) -> TensorVariable:
    """`Gamma x_i`, shape (1 or n_children, T, K)."""
    means = []
    for index, name in enumerate(arrays.coefficients):
        shift, factor = arrays.coefficient_scale(name)
        mean = covariance.coefficient(
            name, spec.priors[name], shift=shift, factor=factor, dims=("informant",)
        )[None, :]
        acting = np.flatnonzero(arrays.covariate_on[:, index])
        if len(acting):
            mean = mean + pt.dot(arrays.x[:, acting], _covariate_effects(spec, arrays, index))
        means.append(mean)
    n_rows = len(arrays.children) if arrays.covariate_on.any() else 1
    shape = (n_rows, len(arrays.informants))
    return pt.stack([pt.broadcast_to(mean, shape) for mean in means], axis=1)


def _covariate_effects(spec: ModelSpec, arrays: Design, index: int) -> TensorVariable:
    """Effects on one coefficient, shape (n_acting, K); zero rows are registered for the others."""
    name = f"{arrays.coefficients[index]}_on"
    acting = np.flatnonzero(arrays.covariate_on[:, index])
    unit = arrays.spread[None, :] / arrays.covariate_sd[acting, None]
    zero = np.zeros_like(unit)
    prior = spec.priors["covariate"]
    if len(acting) == len(arrays.covariates):
        return covariance.coefficient(
            name, prior, shift=zero, factor=unit, dims=("covariate", "informant")
        )
    dim = f"covariate_on_{arrays.coefficients[index]}"
    pm.modelcontext(None).add_coord(dim, [arrays.covariates[position] for position in acting])
    effects = covariance.coefficient(
        f"{name}_acting", prior, shift=zero, factor=unit, dims=(dim, "informant")
    )
    select = np.zeros((len(arrays.covariates), len(acting)))
    select[acting, np.arange(len(acting))] = 1.0
    pm.Deterministic(name, select @ effects, dims=("covariate", "informant"))
    return effects


def _effects(spec: ModelSpec, arrays: Design, n_terms: int) -> TensorVariable | None:
    """Sum of child, therapist and clinic effects per child, shape (n_children, q)."""
    n_children = len(arrays.children)
    unit_of_child = {"child": np.arange(n_children, dtype=np.int64)}
    below = unit_of_child["child"]
    for level in arrays.levels:
        below = level.parent[below]
        unit_of_child[level.name] = below

    total = None
    for name, (positions, structure) in arrays.term_sets().items():
        coefficients = [c for c in arrays.coefficients if f"{name}_sd.{c}" in spec.priors]
        sd = pt.concatenate(
            [
                covariance.standard_deviation(
                    f"{name}_sd_{c}",
                    spec.priors[f"{name}_sd.{c}"],
                    factor=arrays.spread,
                    dims=("informant",),
                )
                for c in coefficients
            ]
        )
        source = f"{name}_term"
        if structure == "common_factor":
            source = f"{name}_source"
            _, factor = np.unique(arrays.factor_of_term[positions], return_inverse=True)
            root = covariance.common_factor(name, sd, factor, prior=spec.priors[f"{name}_cor"])
        else:
            prior = spec.priors.get(f"{name}_cor")
            root = covariance.cholesky(name, sd, len(positions), prior=prior)
        pm.Deterministic(
            f"{name}_cov",
            covariance.embedded(root @ root.T, positions, n_terms),
            dims=("term", "term_"),
        )
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=(name, source))
        effect = pm.Deterministic(
            f"{name}_effect", pt.dot(raw, root.T), dims=(name, f"{name}_term")
        )
        select = np.zeros((len(positions), n_terms))
        select[np.arange(len(positions)), positions] = 1.0
        of_child = effect if name == "child" else effect[unit_of_child[name]]
        of_child = of_child if len(positions) == n_terms else pt.dot(of_child, select)
        total = of_child if total is None else total + of_child
    return total


def _ratings(arrays: Design, mean: TensorVariable, residual_cov: TensorVariable) -> None:
    """Register the observed ratings; absent ones are no variables at all."""
    sets, set_index = occasion_sets(arrays.present)

    def log_density(y: TensorVariable, mean: TensorVariable, cov: TensorVariable) -> TensorVariable:
        # PyMC aligns batch dims: the one covariance of all occasions arrives as (1, K, K).
        shared = cov[(0,) * (cov.ndim - 2)]
        return observed_log_density(y, mean, shared, sets=sets, set_index=set_index)

    def random(
        mean: np.ndarray, cov: np.ndarray, rng: np.random.Generator, size: tuple[int, ...]
    ) -> np.ndarray:
        noise = rng.standard_normal(np.broadcast_shapes(mean.shape, size or ()))
        return mean + noise @ np.linalg.cholesky(cov).T

    pm.CustomDist(
        "rating",
        mean,
        residual_cov,
        logp=log_density,
        random=random,
        signature="(k),(k,k)->(k)",
        observed=arrays.y,
        dims=("occasion", "informant"),
    )
