r"""Prior draws of covariate effects, those of priors that shrink effects together among them.

Independent priors are drawn effect by effect, per standard deviation of a numeric covariate or per
contrast. A regularised horseshoe has one global scale and one slab in every draw, for all effects
of the model (Piironen and Vehtari 2017); R2D2 splits an explained share among the columns that act
on one growth coefficient (Zhang, Naughton, Bondell and Reich 2022), so it needs the drawn standard
deviations of residuals.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.design import Design
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.specification import R2D2, ModelSpec, RegularizedHorseshoe

type Floats = NDArray[np.float64]
type Variables = dict[str, tuple[tuple[str, ...], Floats]]


def drawn_effects(
    spec: ModelSpec,
    arrays: Design,
    left: Mapping[str, Floats],
    *,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Variables:
    """Prior draws of all effects of covariates.

    Parameters
    ----------
    left : mapping of str to array, shape (chain, draw, K)
        Drawn standard deviations between children by growth coefficient, and of the residual under
        ``"rating"``.
    size : (int, int)
        Chains and draws.

    Returns
    -------
    dict
        ``level_on`` ... and ``rating_on`` to dims and values, rating points per unit of the coded
        column; zero for columns that do not act on a coefficient.

    Raises
    ------
    InputError
        If the prior of covariate effects cannot be drawn here.
    """
    out: Variables = {}
    scales = _global_scales(spec, size, rng)
    n_columns, n_informants = len(arrays.covariates), len(arrays.informants)
    for position, coefficient in enumerate(arrays.coefficients):
        acting = np.flatnonzero(arrays.covariate_on[:, position])
        if not len(acting):
            continue
        labels = [arrays.covariates[column] for column in acting]
        unit = arrays.covariate_sd[acting], np.nanstd(arrays.x[:, acting], axis=0)
        effects = np.zeros((*size, n_columns, n_informants))
        effects[..., acting, :] = _of_columns(
            spec, arrays, labels, unit=unit, left=left.get(coefficient), scales=scales, rng=rng
        )
        out[f"{coefficient}_on"] = ("chain", "draw", "covariate", "informant"), effects
    if arrays.occasion_covariates:
        unit = arrays.occasion_covariate_sd, np.std(arrays.z, axis=0)
        effects = _of_columns(
            spec,
            arrays,
            list(arrays.occasion_covariates),
            unit=unit,
            left=left["rating"],
            scales=scales,
            rng=rng,
        )
        out["rating_on"] = ("chain", "draw", "occasion_covariate", "informant"), effects
    return out


def _global_scales(
    spec: ModelSpec, size: tuple[int, int], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Global scale and squared slab of a horseshoe, shape (chain, draw); ones otherwise."""
    prior = spec.priors.get("covariate")
    if not isinstance(prior, RegularizedHorseshoe):
        return np.ones(size), np.ones(size)
    half = 0.5 * prior.slab_nu
    squared_slab = half * prior.slab_scale**2 / rng.gamma(half, size=size)
    return prior.global_scale * _half_cauchy(rng, size), squared_slab


def _of_columns(
    spec: ModelSpec,
    arrays: Design,
    labels: list[str],
    *,
    unit: tuple[Floats, Floats],
    left: Floats | None,
    scales: tuple[Floats, Floats],
    rng: np.random.Generator,
) -> Floats:
    """Effects of some columns on one thing, shape (chain, draw, column, K)."""
    prior = spec.priors["covariate"]
    shape = (*scales[0].shape, len(labels), len(arrays.informants))
    per, spread_of_column = unit
    match prior:
        case RegularizedHorseshoe():
            tau, squared_slab = (scale[..., None, None] for scale in scales)
            local = _half_cauchy(rng, shape)
            local = _one_for_all(local, labels, arrays)
            sd = tau * local * np.sqrt(squared_slab / (squared_slab + (tau * local) ** 2))
            noise = _one_for_all(rng.standard_normal(shape), labels, arrays)
            return noise * sd * arrays.spread / per[:, None]
        case R2D2() if left is not None and not set(labels) & arrays.shared:
            alpha, beta = prior.mean * prior.precision, (1.0 - prior.mean) * prior.precision
            explained = rng.beta(alpha, beta, (*shape[:2], 1, shape[-1]))
            parts = rng.gamma(prior.concentration, size=shape)
            share = parts / parts.sum(axis=2, keepdims=True)
            sd = np.sqrt(explained / (1.0 - explained) * share) * left[..., None, :]
            return rng.standard_normal(shape) * sd / spread_of_column[:, None]
        case RegularizedHorseshoe() | R2D2():
            message = "cannot be drawn for effects shared by informants, or without child effects"
            problem = Problem(where="priors.covariate", value=prior.distribution, message=message)
            raise InputError([problem], "prior draws")
        case _:
            per_sd = np.asarray(prior.quantile(rng.random(shape)))  # type: ignore[union-attr]
            return _one_for_all(per_sd, labels, arrays) * arrays.spread / per[:, None]


def _one_for_all(values: Floats, labels: list[str], arrays: Design) -> Floats:
    """Let the first informant's value stand for all where an effect is shared."""
    for position, label in enumerate(labels):
        if label in arrays.shared:
            values[..., position, :] = values[..., position, :1]
    return values


def _half_cauchy(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return np.tan(0.5 * np.pi * rng.random(shape))
