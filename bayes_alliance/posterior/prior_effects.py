r"""Prior draws of covariate effects, those of priors that shrink effects together among them.

Independent priors are drawn effect by effect, per standard deviation of a numeric covariate or per
contrast. A regularised horseshoe has one global scale and one slab in every draw, for all effects
of the model (Piironen and Vehtari 2017); R2D2 splits an explained share among the columns that act
on one growth coefficient (Zhang, Naughton, Bondell and Reich 2022), so it needs the drawn standard
deviations of what it does not explain.
"""

from collections.abc import Mapping

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers, of_shrinkage

type Variables = dict[str, tuple[tuple[str, ...], Floats]]


def drawn_effects(
    spec: ModelSpec,
    arrays: Design,
    unexplained: Mapping[str, Floats],
    *,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Variables:
    """Prior draws of all effects of covariates.

    Parameters
    ----------
    unexplained : mapping of str to array, shape (chain, draw, K)
        Drawn standard deviations between children by growth coefficient, and of the residual under
        ``"rating"``.
    size : (int, int)
        Chains and draws.

    Returns
    -------
    dict
        ``level_on`` ... and ``rating_on`` to dims and values, rating points per unit of the coded
        column; zero for columns that do not act on a coefficient.
    """
    out: Variables = {}
    shrinking = of_shrinkage(spec.priors.get("covariate"))
    of_model = {} if shrinking is None else shrinking.draw_of_model(rng, size)
    n_columns, n_informants = len(arrays.covariates), len(arrays.informants)
    for position, coefficient in enumerate(arrays.coefficients):
        columns = np.flatnonzero(arrays.covariate_on[:, position])
        if not len(columns):
            continue
        labels = [arrays.covariates[column] for column in columns]
        unit = arrays.covariate_sd[columns], np.nanstd(arrays.x[:, columns], axis=0)
        effects = np.zeros((*size, n_columns, n_informants))
        effects[..., columns, :] = _of_columns(
            spec,
            arrays,
            labels,
            unit=unit,
            unexplained=unexplained.get(coefficient),
            of_model=of_model,
            size=size,
            rng=rng,
        )
        out[f"{coefficient}_on"] = ("chain", "draw", "covariate", "informant"), effects
    if arrays.occasion_covariates:
        unit = arrays.occasion_covariate_sd, np.std(arrays.z, axis=0)
        effects = _of_columns(
            spec,
            arrays,
            list(arrays.occasion_covariates),
            unit=unit,
            unexplained=unexplained["rating"],
            of_model=of_model,
            size=size,
            rng=rng,
        )
        out["rating_on"] = ("chain", "draw", "occasion_covariate", "informant"), effects
    return out


def _of_columns(
    spec: ModelSpec,
    arrays: Design,
    labels: list[str],
    *,
    unit: tuple[Floats, Floats],
    unexplained: Floats | None,
    of_model: Mapping[str, Floats],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Floats:
    """Effects of some columns on one thing, shape (chain, draw, column, K)."""
    prior = spec.priors["covariate"]
    shape = (*size, len(labels), len(arrays.informants))
    per, spread_of_column = unit
    shrinking = of_shrinkage(prior)
    if shrinking is None:
        per_sd = of_numbers(prior).draw(rng, shape)
        return _one_for_all(per_sd, labels, arrays) * arrays.spread / per[:, None]
    scale = _one_for_all(shrinking.draw_scale(rng, shape, of_model), labels, arrays)
    noise = _one_for_all(rng.standard_normal(shape), labels, arrays)
    if not shrinking.traits.explains:
        return noise * scale * arrays.spread / per[:, None]
    assert unexplained is not None, "an explained share of differences between no children"
    # Here the scale is a ratio to what covariates leave unexplained, per standard deviation of the
    # column in these ratings.
    return noise * scale * unexplained[..., None, :] / spread_of_column[:, None]


def _one_for_all(values: Floats, labels: list[str], arrays: Design) -> Floats:
    """Let the first informant's value stand for all where an effect is shared."""
    for position, label in enumerate(labels):
        if arrays.n_effects(label) == 1:
            values[..., position, :] = values[..., position, :1]
    return values
