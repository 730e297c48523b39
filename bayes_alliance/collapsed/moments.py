"""Named moments: from draws of the unconstrained vector to quantities in rating points, and back.

`moments` turns draws into coefficients and covariances under the names every engine uses;
`log_likelihood` evaluates the observed-data likelihood at moments that were given rather than
sampled, such as another program's estimates. Both are vectorised over draws where it matters.
"""

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.assumed import categories_of
from bayes_alliance.collapsed.completions import COMPLETIONS
from bayes_alliance.collapsed.completions.by_child import by_child
from bayes_alliance.collapsed.completions.latent import LATENT
from bayes_alliance.collapsed.completions.missing import name_of
from bayes_alliance.collapsed.completions.values import Values
from bayes_alliance.collapsed.constants import encode
from bayes_alliance.collapsed.density import CollapsedModel
from bayes_alliance.collapsed.evaluation import Evaluation
from bayes_alliance.collapsed.given import (
    alone,
    autocorrelation,
    errors,
    evaluated,
    in_rows,
    log_scales,
    roots,
    scales,
)
from bayes_alliance.collapsed.layout import Covariance
from bayes_alliance.collapsed.priors import standard_deviation, values_of
from bayes_alliance.design import Design
from bayes_alliance.specification.structures import STRUCTURES

type Dims = tuple[str, ...]


def moments(
    model: CollapsedModel, draws: Floats, *, seed: int = 0
) -> dict[str, tuple[Dims, Floats]]:
    """Named moments of draws.

    Parameters
    ----------
    draws : array, shape (chain, draw, n_parameters)
        Draws of the unconstrained vector.
    seed : int
        Of what is drawn given these: missing categories, which were summed over.

    Returns
    -------
    dict
        Name to dims and values, ready for `xarray.Dataset`: a variable per coefficient (informant),
        ``level_on`` ... (covariate, informant), ``rating_on`` (occasion_covariate, informant),
        ``child_cov`` ... (term, term_) and ``residual_cov`` (informant, informant_); all with
        leading dims (chain, draw) and in rating points. Beside them what else completes the
        ratings, by the names that `completions` give.
    """
    design, layout = model.design, model.layout
    vectors, draws = draws, layout.coordinates_of(draws)
    before = ("chain", "draw")
    shape, n_terms = draws.shape[:-1], len(design.terms)
    out: dict[str, tuple[Dims, Floats]] = {}
    values = values_of(layout.coordinates, draws)
    named = [
        completion.rewrite(own, design, values)
        for completion, own in zip(COMPLETIONS, model.completions, strict=True)
    ]
    named += [
        completion.moments(design, values[..., places])
        for completion, places in zip(COMPLETIONS, layout.places, strict=True)
    ]
    for name, (dims, array) in (item for part in named for item in part.items()):
        out[name] = (*before, *dims), array
    for covariance in layout.covariances:
        root = _root(model, covariance, draws)
        cov = root @ np.swapaxes(root, -1, -2)
        if covariance.name == "residual":
            out["residual_cov"] = (*before, "informant", "informant_"), cov
            continue
        padded = np.zeros((*shape, n_terms, n_terms))
        padded[..., covariance.terms[:, None], covariance.terms] = cov
        out[f"{covariance.name}_cov"] = (*before, "term", "term_"), padded
    if design.n_latent:
        out["latent"] = (*before, "rating"), _latent(model, vectors)
    for name, values in _categories(model, vectors, seed).items():
        out[name] = (*before, f"{name}_of"), values
    return out


def _latent(model: CollapsedModel, vectors: Floats) -> Floats:
    """Values behind ratings, as the kernel leaves them, in rating points."""
    evaluation, design = model.evaluation(), model.design
    function, (row, informant) = evaluation.function(), by_child(design)
    cast(Values, evaluation.completions[COMPLETIONS.index(LATENT)]).only[0] = 1.0
    out = np.zeros((*vectors.shape[:-1], design.n_ratings))
    for place in np.ndindex(vectors.shape[:-1]):
        function(vectors[place])
        out[place] = evaluation.point.latent
    out = design.center[informant] + design.spread[informant] * out
    return out[..., np.lexsort((informant, row))]


def _categories(model: CollapsedModel, vectors: Floats, seed: int) -> dict[str, Floats]:
    """Missing categories, drawn given the parameters and all ratings: exact, one per draw."""
    if model.assumed is None:
        return {}
    evaluation, front = model.evaluation(), vectors.shape[:-1]
    function, rows = evaluation.function(), vectors.reshape(-1, vectors.shape[-1])
    chance = np.zeros((len(rows), len(evaluation.by.log_chance)))
    for row, vector in enumerate(rows):
        function(vector)
        chance[row] = evaluation.by.log_chance
    drawn = model.assumed.categories(model.design, chance, np.random.default_rng(seed))
    return {
        name_of(one): values.reshape(*front, -1)
        for one, values in zip(categories_of(model.design), drawn, strict=True)
    }


def _root(model: CollapsedModel, covariance: Covariance, draws: Floats) -> Floats:
    """Square root of a covariance for every draw (see `transforms`)."""
    n = len(covariance.terms)
    sds = slice(covariance.first_sd, covariance.first_sd + n)
    sd = model.layout.numbers[sds, 3] * standard_deviation(draws[..., sds])
    structure, first = STRUCTURES[covariance.structure], covariance.first_correlation
    x = draws[..., first : first + structure.n_partials(n)]
    small = np.exp(-np.abs(x))
    z, sech = np.tanh(x), 2.0 * small / (1.0 + small**2)
    factor = model.design.factor_of_term[covariance.terms]
    return structure.root(sd, z, sech, factor)


def log_likelihood(design: Design, moments: Mapping[str, ArrayLike]) -> Floats:
    """Log likelihood of the ratings at given moments, effects integrated out.

    Parameters
    ----------
    moments : mapping
        ``level``, ``slope``, ... (..., K); ``level_on``, ... (..., P, K) and ``rating_on``
        (..., Q, K) if there are such covariates; ``child_cov``, ``therapist_cov``, ``clinic_cov``
        (..., T K, T K) for active levels, any positive semidefinite matrix, zero where nothing
        varies; ``residual_cov`` (..., K, K). All in rating points, terms coefficient by
        coefficient; leading dims (draws) are the same for all. With what completes the ratings:
        the log density of completed ratings.

    Returns
    -------
    array, shape (...)
        With all constants; minus infinity if the residual covariance is singular.
    """
    given, front = in_rows(moments)
    related = autocorrelation(given) is not None
    constants = encode(design, dense_roots=True, alone=alone(design, given), related=related)
    evaluation = Evaluation.of(constants)
    values: list[float] = []
    # One draw at a time: the residuals of all draws would not fit into memory.
    for draw in range(len(given["residual_cov"])):
        here = {name: array[draw : draw + 1] for name, array in given.items()}
        level_roots, scale = roots(evaluation.constants.blocks, here), scales(design, here)
        error, cov = errors(design, here), here["residual_cov"]
        (value,) = evaluated(evaluation, error, level_roots, cov, scale, autocorrelation(here))
        values.append(value + float(log_scales(design, scale).sum()))
    return np.array(values).reshape(front)
