"""Scores of observed and of drawn ratings at one draw of the posterior.

In go directions (`directions`) and moments; out come the scores of observed ratings and those of
sets that are drawn from the model with the same ratings missing, of which tests make statistics
(`score_tests`). Where a value stands behind every rating, drawn ratings are measurements of such
values, with the variance of what each rating tells of its own (`latent`); drawn values come along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions.latent import error_variances
from bayes_alliance.posterior import transposed
from bayes_alliance.posterior.directions import Directions, Parity
from bayes_alliance.posterior.marginal import Marginal, marginal

PARITIES: tuple[Parity, ...] = ("odd", "even")

# Names and scores, tested and own, of sets of ratings.
type Sets = dict[Parity, tuple[tuple[tuple[str, str], ...], Floats, Floats]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """Scores of observed and of drawn ratings at some draws of the posterior.

    Parameters
    ----------
    names : tuple of (kind, of)
    tested : array, shape (n_names, n_points, 1 + n_sets)
        Of the observed ratings, then of the drawn ones; without the second dim if at one draw.
    own : array, shape (n_parameters, n_points, 1 + n_sets)
        In the directions of the model's parameters.
    behind : (array, array), optional
        Scores of drawn values behind ratings, tested and own, shape (..., n_points, n_sets); those
        of drawn ratings are then of measurements of such values.
    """

    names: tuple[tuple[str, str], ...]
    tested: Floats
    own: Floats
    behind: tuple[Floats, Floats] | None = None


def joined(at: list[Scores]) -> Scores:
    """Scores of several points."""
    behind = [one.behind for one in at if one.behind is not None]
    values = [np.stack(part, axis=1) for part in zip(*behind, strict=True)]
    return Scores(
        names=at[0].names,
        tested=np.stack([one.tested for one in at], axis=1),
        own=np.stack([one.own for one in at], axis=1),
        behind=(values[0], values[1]) if values else None,
    )


def at_point(
    ways: Directions,
    moments: Mapping[str, Floats],
    present: NDArray[np.bool_],
    seeds: Sequence[tuple[int, ...]],
) -> dict[Parity, Scores]:
    """Scores at one point, without the dim of points; each set is drawn from a seed of its own."""
    made = marginal(ways.design, moments, present)
    observed = _of_errors(ways, moments, made, made.error[..., None])
    drawn = behind = _of_drawn(ways, moments, made, seeds)
    if ways.design.n_latent:
        noise = error_variances(ways.design, moments)
        measured = marginal(ways.design, moments, present, noise=noise)
        drawn = _of_drawn(ways, moments, measured, [(*seed, 1) for seed in seeds])
    out = {}
    for parity in PARITIES:
        # Less the average over drawn ratings, which makes up for traces left out.
        (_, *own), (_, *complete), (names, *sets) = observed[parity], behind[parity], drawn[parity]
        average = [part.mean(axis=1, keepdims=True) for part in complete]
        tested, of_parameters = (
            np.concatenate([first - mean, of_sets - of_sets.mean(axis=1, keepdims=True)], axis=1)
            for first, mean, of_sets in zip(own, average, sets, strict=True)
        )
        values, by_values = (part - mean for part, mean in zip(complete, average, strict=True))
        out[parity] = Scores(
            names=names,
            tested=tested,
            own=of_parameters,
            behind=(values, by_values) if ways.design.n_latent else None,
        )
    return out


def _of_drawn(
    ways: Directions,
    moments: Mapping[str, Floats],
    made: Marginal,
    seeds: Sequence[tuple[int, ...]],
) -> Sets:
    """Names and scores, tested and own, of sets that are drawn from the model."""
    size = max(1, transposed.MOST_IN_BLOCK // (4 * made.error.size))
    blocks = [
        _of_errors(ways, moments, made, made.draws([np.random.default_rng(one) for one in some]))
        for some in batched(seeds, size)
    ]
    return {
        parity: (
            blocks[0][parity][0],
            np.concatenate([block[parity][1] for block in blocks], axis=1),
            np.concatenate([block[parity][2] for block in blocks], axis=1),
        )
        for parity in PARITIES
    }


def _of_errors(
    ways: Directions, moments: Mapping[str, Floats], made: Marginal, errors: Floats
) -> Sets:
    """Names and scores, tested and own, of ratings with these errors."""
    weights = made.weights(errors)
    tested = ways.tested(made, weights, moments["residual_cov"][0])
    own = ways.own(made, weights, moments)
    return {
        parity: (tuple(tested[parity]), np.stack([*tested[parity].values()]), own[parity])
        for parity in PARITIES
    }
