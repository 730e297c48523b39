"""What a set of ratings looks like: the statistics that predictive checks compare.

Every statistic is computed in the same way from observed and from replicated ratings, of which only
those exist that were given; all replicates at once. They are the features that matter in this field
and that a model can get wrong: where ratings lie and how they scatter, the pile at the ceiling,
agreement between informants, stability within children and differences between therapists.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design
from bayes_alliance.numerals import apart

# More distinct times than this are put into groups of equal size.
MOST_TIMES = 6
# Fewer values than this say nothing about a statistic.
FEWEST = 5


def occasion_groups(arrays: Design) -> tuple[Integers, list[str]]:
    """Put occasions into groups by their time.

    Returns
    -------
    group : array of int, shape (R,)
    labels : list of str
        Time of each group, or the range of its times where they are several.
    """
    times, group = np.unique(arrays.occasion_time, return_inverse=True)
    if len(times) <= MOST_TIMES:
        return group, apart(times)
    group = time_groups(arrays.occasion_time, MOST_TIMES)
    inside = [arrays.occasion_time[group == number] for number in range(group.max() + 1)]
    lowest = apart((part.min() for part in inside), digits=3)
    highest = apart((part.max() for part in inside), digits=3)
    labels = [
        low if part.min() == part.max() else f"{low} to {high}"
        for part, low, high in zip(inside, lowest, highest, strict=True)
    ]
    return group, labels


def time_groups(times: Floats, n_groups: int) -> Integers:
    """Put times into at most so many groups, each of about equally many of them.

    Returns
    -------
    array of int, shape of `times`
        From 0, in the order of time; equal times are in one group, however many they are.
    """
    # By edges and not by rank, so that equal times are not cut apart.
    edges = np.quantile(times, np.linspace(0, 1, n_groups + 1)[1:-1])
    group = np.searchsorted(np.unique(edges), times)
    # Equal edges leave groups empty; these are closed up.
    return np.unique(group, return_inverse=True)[1]


def statistics(
    y: Floats, arrays: Design, *, ends: Floats, therapist: Integers | None = None
) -> pd.DataFrame:
    """Statistics of sets of ratings.

    Parameters
    ----------
    y : array, shape (n_sets, R, K)
        NaN where no rating exists: in the same places of every set.
    ends : array, shape (K, 2)
        A rating counts as at the floor (ceiling) if it is at or below (above) this
        (`Scale.bounds`).
    therapist : array of int, shape (n_children,), optional
        Therapist of every child, whether or not the model has therapist effects.

    Returns
    -------
    DataFrame
        A row per set, columns (statistic, of); NaN where the ratings cannot tell.
    """
    computed: dict[tuple[str, str], Floats] = {}
    given = ~np.isnan(y[0])

    def of(k: int, where: NDArray[np.bool_]) -> Floats:
        # Ratings of a set side by side: NumPy then adds them up as it does for one set alone.
        return np.ascontiguousarray(y[:, where, k])

    group, labels = occasion_groups(arrays)
    for k, informant in enumerate(arrays.informants):
        for number, label in enumerate(labels):
            values = of(k, given[:, k] & (group == number))
            if values.shape[1] >= FEWEST:
                computed["mean", f"{informant} at {label}"] = values.mean(axis=1)
                computed["sd", f"{informant} at {label}"] = values.std(axis=1, ddof=1)
    for k, informant in enumerate(arrays.informants):
        values = of(k, given[:, k])
        if np.isfinite(ends[k]).any():
            computed["share at floor", informant] = (values <= ends[k, 0]).mean(axis=1)
            computed["share at ceiling", informant] = (values >= ends[k, 1]).mean(axis=1)
    for k, first in enumerate(arrays.informants):
        for j in range(k + 1, len(arrays.informants)):
            pair, both = f"{first}, {arrays.informants[j]}", given[:, k] & given[:, j]
            computed["correlation between informants", pair] = _correlation(
                of(k, both), of(j, both)
            )
    # Rows go by child and, within, by time.
    same_child = arrays.occasion_child[1:] == arrays.occasion_child[:-1]
    unit = None if therapist is None else therapist[arrays.occasion_child]
    for k, informant in enumerate(arrays.informants):
        both = same_child & given[1:, k] & given[:-1, k]
        before, after = (of(k, where) for where in (np.append(both, False), np.append(False, both)))
        computed["correlation of successive ratings", informant] = _correlation(before, after)
        if unit is not None:
            between = _share_between(of(k, given[:, k]), unit[given[:, k]])
            computed["share between therapists", informant] = between
    frame = pd.DataFrame(computed, dtype=float)
    frame.columns.names = ["statistic", "of"]
    return frame


def _correlation(a: Floats, b: Floats) -> Floats:
    """Correlation of each row of one array with that of another; NaN where one does not vary."""
    if a.shape[1] < FEWEST:
        return np.full(len(a), np.nan)
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    scale = np.sqrt(np.vecdot(a, a) * np.vecdot(b, b))
    return np.vecdot(a, b) / np.where(scale > 0, scale, np.nan)


def _share_between(y: Floats, unit: Integers) -> Floats:
    """Share of variance between units from a one-way analysis of variance (may be negative)."""
    unit = np.unique(unit, return_inverse=True)[1]
    (n_sets, n), n_units = y.shape, int(unit.max()) + 1 if len(unit) else 0
    if n_units < FEWEST or n - n_units < FEWEST:
        return np.full(n_sets, np.nan)
    size = np.bincount(unit)
    # One count over sets and units together instead of one for every set.
    cell = np.arange(n_sets)[:, None] * n_units + unit
    mean = np.bincount(cell.ravel(), y.ravel()).reshape(n_sets, n_units) / size
    between = (size * (mean - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (n_units - 1)
    within = ((y - mean[:, unit]) ** 2).sum(axis=1) / (n - n_units)
    # Units differ in size: the size that takes the place of theirs in the balanced formula.
    typical = (n - (size**2).sum() / n) / (n_units - 1)
    share: Floats = (between - within) / (between + (typical - 1) * within)
    return share
