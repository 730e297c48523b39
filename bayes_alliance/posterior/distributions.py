"""How often each rating was given, by informant and time, observed and replicated: for pictures.

A bar is a step of the scale. The ends of a scale have bars of their own, and so has what lies
beyond them, where a model without ends expects ratings that nobody can give.
"""

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design
from bayes_alliance.posterior.statistics import occasion_groups
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.variables import Scale

MOST_BARS = 40  # within a scale; more steps than this share bars, but for the ends
FEWER = 20  # bars of a scale that has no steps


def frequencies(y: Floats, arrays: Design, edges: list[Floats]) -> Integers:
    """Count ratings in the bars of every informant and time.

    Parameters
    ----------
    y : array, shape (n_sets, R, K)
        NaN where no rating exists: in the same places of every set.
    edges : list of array
        Of each informant's bars, as from `edges_of`.

    Returns
    -------
    array of int, shape (n_sets, n_bars)
        By informant, then by time, then by bar.
    """
    group, labels = occasion_groups(arrays)
    given, sets = ~np.isnan(y[0]), np.arange(len(y))[:, None]
    counts = []
    for k, own in enumerate(edges):
        size = len(own) + 1
        place = np.searchsorted(own, y[:, given[:, k], k], side="right")
        # One count over sets, times and bars together instead of one for each.
        cell = (sets * len(labels) + group[given[:, k]]) * size + place
        n_cells = len(y) * len(labels) * size
        counts.append(np.bincount(cell.ravel(), minlength=n_cells).reshape(len(y), -1))
    return np.concatenate(counts, axis=1)


def described(
    observed: Integers, replicated: Integers, arrays: Design, edges: list[Floats]
) -> pd.DataFrame:
    """Hold observed frequencies against replicated ones.

    Parameters
    ----------
    observed : array of int, shape (n_bars,)
    replicated : array of int, shape (n_sets, n_bars)

    Returns
    -------
    DataFrame
        Index (informant, time); columns ``above`` and ``below``, between which the ratings of a bar
        lie (infinite beyond the outermost bars), ``observed``, and ``median``, ``lower`` and
        ``upper`` of the replicates (central 95%): numbers of ratings.
    """
    labels = occasion_groups(arrays)[1]
    rows = [
        (informant, label, low, high)
        for informant, own in zip(arrays.informants, edges, strict=True)
        for label in labels
        for low, high in zip([-np.inf, *own], [*own, np.inf], strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["informant", "time", "above", "below"])
    lower, median, upper = np.quantile(replicated, [0.025, 0.5, 0.975], axis=0)
    frame = frame.assign(observed=observed, median=median, lower=lower, upper=upper)
    return frame.set_index(["informant", "time"])


def edges_of(ratings: Ratings, arrays: Design) -> list[Floats]:
    """Where the bars of each informant begin and end, shape (n_bars + 1,) each."""
    return [
        _edges(ratings.scales[informant], arrays.observed[:, k])
        for k, informant in enumerate(arrays.informants)
    ]


def _edges(scale: Scale, values: Floats) -> Floats:
    if scale.lower is None or scale.upper is None:
        given = values[~np.isnan(values)]
        lowest, highest = (float(given.min()), float(given.max())) if len(given) else (0.0, 0.0)
        unit = scale.step or 0.0
        # Half a step beyond, so that no rating lies on the edge of a bar.
        lowest, highest = lowest - unit / 2, highest + unit / 2
        if lowest == highest:
            lowest, highest = lowest - scale.spread / 2, highest + scale.spread / 2
        if not unit:
            return _including(np.linspace(lowest, highest, FEWER + 1))
        return _steps(lowest, highest, unit)
    if not scale.step:
        return _including(np.linspace(scale.lower, scale.upper, FEWER + 1))
    half = scale.step / 2
    if round((scale.upper - scale.lower) / scale.step) + 1 <= MOST_BARS:
        return _steps(scale.lower - half, scale.upper + half, scale.step)
    within = _steps(scale.lower + half, scale.upper - half, scale.step)
    return np.concatenate([[scale.lower - half], within, [scale.upper + half]])


def _steps(lowest: float, highest: float, step: float) -> Floats:
    n_steps = max(1, round((highest - lowest) / step))
    together = -(-n_steps // MOST_BARS)
    edges: Floats = lowest + step * np.arange(0, n_steps + 1, together, dtype=np.float64)
    return edges if edges[-1] >= highest - step / 2 else np.append(edges, highest)


def _including(edges: Floats) -> Floats:
    """Let the highest rating belong to the last bar."""
    edges[-1] = np.nextafter(edges[-1], np.inf)
    return edges
