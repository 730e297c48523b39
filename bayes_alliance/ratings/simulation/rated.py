"""How informants rate an alliance, in simulated data: noise, rounding, items, missing ratings."""

import numpy as np
from numpy.typing import NDArray

from bayes_alliance import covariance
from bayes_alliance.ratings.simulation.nesting import stream
from bayes_alliance.ratings.simulation.population import Population
from bayes_alliance.ratings.simulation.recording import Recording


def square_root(cov: NDArray[np.float64]) -> NDArray[np.float64]:
    """Symmetric square root of a covariance, exactly zero beside a term that does not vary.

    Parameters
    ----------
    cov : array, shape (n, n)

    Returns
    -------
    array, shape (n, n)
    """
    root = np.zeros_like(cov)
    varying = np.flatnonzero(np.diag(cov) > 0)
    own = np.ix_(varying, varying)
    root[own] = covariance.symmetric_root(cov[own])
    return root


def rated(
    growth: NDArray[np.float64], population: Population, recording: Recording, *, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Rate the alliance, had everybody stayed.

    Parameters
    ----------
    growth : array, shape (n_children, n_terms)

    Returns
    -------
    alliance, rating : array, shape (n_children, n_occasions, K)
    written : array, shape (n_children, n_occasions, K, n_columns)
        The rating, or the items it is the total of.
    """
    informants = population.informants
    n_children, n_informants = len(growth), len(informants)
    s = population.time.scaled(recording.occasions)
    cells = [[(k, f"{time:.17g}") for k in informants] for time in recording.occasions]
    level, slope = growth[:, None, :n_informants], growth[:, None, n_informants:]
    alliance = level + s[:, None] * slope
    noise = _by_cell(
        [[stream(seed, "residual", *at).standard_normal(n_children) for at in row] for row in cells]
    )
    rating = alliance + noise @ square_root(population.residual.cov(informants))
    written = np.zeros((*rating.shape, 0))
    if recording.items is not None:
        written = np.stack(
            [
                np.stack(
                    [
                        recording.items.responses(rating[:, t, i], informant=k, when=at, seed=seed)
                        for i, (k, at) in enumerate(row)
                    ],
                    axis=1,
                )
                for t, row in enumerate(cells)
            ],
            axis=1,
        )
        items = recording.items.items
        rating = items.totals(written.reshape(-1, len(items.names))).reshape(rating.shape)
    elif recording.whole_points:
        rating = np.rint(rating)
    if recording.clipped and recording.items is None:
        scales = [population.scales[k] for k in informants]
        lower = [-np.inf if scale.lower is None else scale.lower for scale in scales]
        upper = [np.inf if scale.upper is None else scale.upper for scale in scales]
        rating = np.clip(rating, lower, upper)
    luck = _by_cell(
        [[stream(seed, "missing", *at).random(n_children) for at in row] for row in cells]
    )
    missing = luck < [recording.missing.get(k, 0.0) for k in informants]
    rating = np.where(missing, np.nan, rating)
    if recording.items is None:
        return alliance, rating, rating[..., None]
    return alliance, rating, np.where(missing[..., None], np.nan, written)


def _by_cell(columns: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    """One column per occasion and informant as (n_children, n_occasions, n_informants)."""
    return np.moveaxis(np.array(columns), -1, 0)
