"""What a set of ratings looks like: the statistics that predictive checks compare.

Every statistic is computed in the same way from observed and from replicated ratings, of which only
those exist that were given. They are the features that matter in this field and that a model can
get wrong: where ratings lie and how they scatter, the pile at the ceiling, agreement between
informants, stability within children, differences between therapists, and whether those who stay
differ from those who left.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design

# More distinct times than this are put into groups of equal size.
MOST_TIMES = 6
# Fewer values than this say nothing about a statistic.
FEWEST = 5


def _occasion_groups(arrays: Design) -> tuple[Integers, list[str]]:
    """Which group of times every occasion belongs to, shape (R,), and the time or range of each."""
    times, group = np.unique(arrays.occasion_time, return_inverse=True)
    if len(times) <= MOST_TIMES:
        return group, [f"{time:g}" for time in times]
    edges = np.quantile(arrays.occasion_time, np.linspace(0, 1, MOST_TIMES + 1)[1:-1])
    group = np.searchsorted(np.unique(edges), arrays.occasion_time)
    group = np.unique(group, return_inverse=True)[1]
    labels = []
    for number in range(group.max() + 1):
        inside = arrays.occasion_time[group == number]
        labels.append(f"{inside.min():.3g} to {inside.max():.3g}")
    return group, labels


def statistics(
    y: Floats, arrays: Design, *, ends: Floats, therapist: Integers | None = None
) -> pd.Series:
    """Statistics of one set of ratings.

    Parameters
    ----------
    y : array, shape (R, K)
        NaN where no rating exists.
    ends : array, shape (K, 2)
        A rating counts as at the floor (ceiling) if it is at or below (above) this
        (`Scale.bounds`).
    therapist : array of int, shape (n_children,), optional
        Therapist of every child, whether or not the model has therapist effects.

    Returns
    -------
    Series
        Index (statistic, of); only what the ratings can tell.
    """
    computed: dict[tuple[str, str], float] = {}
    group, labels = _occasion_groups(arrays)
    for k, informant in enumerate(arrays.informants):
        for number, label in enumerate(labels):
            values = y[group == number, k]
            values = values[~np.isnan(values)]
            if len(values) >= FEWEST:
                computed["mean", f"{informant} at {label}"] = values.mean()
                computed["sd", f"{informant} at {label}"] = values.std(ddof=1)
    for k, informant in enumerate(arrays.informants):
        values = y[~np.isnan(y[:, k]), k]
        if np.isfinite(ends[k]).any():
            computed["share at floor", informant] = (values <= ends[k, 0]).mean()
            computed["share at ceiling", informant] = (values >= ends[k, 1]).mean()
    for k, first in enumerate(arrays.informants):
        for j in range(k + 1, len(arrays.informants)):
            pair = f"{first}, {arrays.informants[j]}"
            computed["correlation between informants", pair] = _correlation(y[:, k], y[:, j])
    same_child = arrays.occasion_child[1:] == arrays.occasion_child[:-1]
    unit = None if therapist is None else therapist[arrays.occasion_child]
    stayed = _stayed(arrays, group)
    for k, informant in enumerate(arrays.informants):
        successive = _correlation(y[:-1, k][same_child], y[1:, k][same_child])
        computed["correlation of successive ratings", informant] = successive
        if unit is not None:
            computed["share between therapists", informant] = _share_between(y[:, k], unit)
        if stayed is not None:
            early = (group == 0) & ~np.isnan(y[:, k])
            if min((early & stayed).sum(), early.sum()) >= FEWEST:
                gap = y[early & stayed, k].mean() - y[early, k].mean()
                computed["stayers minus all, first time", informant] = gap
    series = pd.Series(computed, dtype=float)
    series.index.names = ["statistic", "of"]
    return series.dropna()


def _correlation(a: Floats, b: Floats) -> float:
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < FEWEST:
        return np.nan
    a, b = a[both] - a[both].mean(), b[both] - b[both].mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else np.nan


def _stayed(arrays: Design, group: Integers) -> NDArray[np.bool_] | None:
    """Whether the child of an occasion has a rating in the last group of times."""
    if group.max() == 0:
        return None
    last = np.zeros(len(arrays.children), dtype=bool)
    last[arrays.occasion_child[group == group.max()]] = True
    return last[arrays.occasion_child]


def _share_between(y: Floats, unit: Integers) -> float:
    """Share of variance between units from a one-way analysis of variance (may be negative)."""
    given = ~np.isnan(y)
    y, unit = y[given], np.unique(unit[given], return_inverse=True)[1]
    n, n_units = len(y), int(unit.max()) + 1 if len(unit) else 0
    if n_units < FEWEST or n - n_units < FEWEST:
        return np.nan
    size = np.bincount(unit)
    mean = np.bincount(unit, y) / size
    between = (size * (mean - y.mean()) ** 2).sum() / (n_units - 1)
    within = ((y - mean[unit]) ** 2).sum() / (n - n_units)
    typical = (n - (size**2).sum() / n) / (n_units - 1)
    return float((between - within) / (between + (typical - 1) * within))
