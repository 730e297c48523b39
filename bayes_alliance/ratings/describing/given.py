"""The ratings that were given: by informant and time, by informant, and as single items.

Where times are many, they are shown in bins.
"""

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.numerals import apart, percent
from bayes_alliance.ratings.describing.text import Section, count, rounded, share, span

if TYPE_CHECKING:
    from bayes_alliance.ratings.ratings import Ratings

N_TIMES_SHOWN = 10
N_BINS = 6
FEWEST = 10  # ratings with all items, below which correlations are not shown

LEAVING_UNKNOWN = (
    "Leaving treatment is unknown (no [treatment] in the study file): "
    "every absent rating counts as missing."
)


def by_time(ratings: "Ratings") -> Section:
    """Ratings given by each informant at each time, and who left treatment when."""
    occasions = ratings.occasions
    column, labels = time_columns(occasions["time"].to_numpy(dtype=np.float64))
    n_columns = len(labels)
    n_informants = len(ratings.informants)
    given = (ratings.long["status"] == "rated").to_numpy().reshape(-1, n_informants)
    if ratings.has_treatment:
        counted, what = occasions["in_treatment"].to_numpy(dtype=bool), "in treatment"
    else:
        counted, what = given.any(axis=1), "rated"
    exact = n_columns == occasions["time"].nunique()
    whom = ratings.words.children if exact else "occasions"
    rows = [_count_row(f"{whom} {what}", column[counted], n_columns)]
    if exact:
        n_children = occasions.loc[counted, "child"].nunique()
        rows = [(*rows[0][:-1], f"{n_children:,}")]
    for position, label in enumerate(ratings.informants):
        name = ratings.words.name(label)
        rows.append(_count_row(name, column[given[:, position]], n_columns))
    sentences = []
    if ratings.has_treatment:
        last = _last_in_treatment(ratings)
        rows.append(_count_row("last in treatment", column[last], n_columns))
        sentences.append(_leaving(ratings, last))
    else:
        sentences.append(LEAVING_UNKNOWN)
    if not exact:
        sentences.append("Each column includes its left end.")
    unit = f" ({ratings.time.unit})" if ratings.time.unit else ""
    return Section(
        title=f"Ratings given, by informant and time{unit}",
        header=("", *labels, "all"),
        rows=tuple(rows),
        sentences=tuple(sentences),
    )


def _last_in_treatment(ratings: "Ratings") -> Integers:
    """Positions in `occasions` of the last occasion in treatment of each child that has one."""
    active = pd.Series(np.flatnonzero(ratings.occasions["in_treatment"]))
    child = ratings.occasions["child"].to_numpy()[active]
    return active.groupby(child, sort=False).last().to_numpy(dtype=np.int64)


def _leaving(ratings: "Ratings", last: Integers) -> str:
    """Say how many children left; one that left has a later occasion out of treatment."""
    child = ratings.occasions["child"].to_numpy()
    following = np.minimum(last + 1, len(child) - 1)
    has_left = (following > last) & (child[following] == child[last])
    n_never = len(ratings.children) - len(last)
    n_left = f"{has_left.sum():,}" if has_left.any() else "None"
    words = ratings.words
    sentence = (
        f"{n_left} of {count(len(ratings.children), words.child, words.children)} {words.left} "
        "before the last occasion."
    )
    if n_never:
        verb = "was" if n_never == 1 else "were"
        whom = count(n_never, words.child, words.children)
        sentence += f" {whom} {verb} never in treatment."
    return sentence


def by_informant(ratings: "Ratings") -> Section:
    """Each informant's ratings: scale, how many, how many missing, mean, ends of the scale."""
    rows = []
    by_informant = dict(list(ratings.long.groupby("informant", sort=False)))
    for label in ratings.informants:
        part, scale = by_informant[label], ratings.scales[label]
        rating = part["rating"].dropna()
        n_due = int(part["status"].isin(("rated", "missing")).sum())
        floor = ceiling = "-"
        if scale.is_bounded:
            floor = share(int((rating == scale.lower).sum()), len(rating))
            ceiling = share(int((rating == scale.upper).sum()), len(rating))
        n_missing = n_due - len(rating)
        missing = f"{n_missing:,} ({share(n_missing, n_due)})" if n_missing else "none"
        rows.append(
            (
                ratings.words.name(label),
                str(scale),
                f"{len(rating):,}",
                missing,
                rounded(rating.mean(), sd=rating.std()),
                rounded(rating.std(), sd=rating.std()),
                span(rating),
                floor,
                ceiling,
            )
        )
    header = ("", "scale", "rated", "missing", "mean", "sd", "seen", "at floor", "at ceiling")
    sentences = ["Missing: of the ratings due while in treatment."] if ratings.has_treatment else []
    sentences += _items(ratings)
    sentences += apart_in_time(ratings)
    n_without = len(ratings.children) - ratings.observed["child"].nunique()
    if n_without:
        verb = "has" if n_without == 1 else "have"
        whom = count(n_without, ratings.words.child, ratings.words.children)
        sentences.append(f"{whom} {verb} no rating at all.")
    return Section(title="Informants", header=header, rows=tuple(rows), sentences=tuple(sentences))


def apart_in_time(ratings: "Ratings") -> tuple[str, ...]:
    """Say which informants rated no occasion together; nothing if all did.

    Nothing then tells how their ratings of one occasion go together.
    """
    informants = ratings.informants
    given = (ratings.long["status"] == "rated").to_numpy().reshape(-1, len(informants))
    shared = given.T.astype(np.int64) @ given
    never = [
        f"{informants[j]} ({shared[j, j]:,}) and {informants[k]} ({shared[k, k]:,})"
        for j, k in combinations(range(len(informants)), 2)
        if not shared[j, k]
    ]
    if not never:
        return ()
    return (
        f"Never rated the same occasion (with their ratings): {', '.join(never)}. How ratings of "
        "one occasion correlate is not identified for them.",
    )


def _items(ratings: "Ratings") -> tuple[str, ...]:
    """Say what items ratings are totals of, and which of them run against the others.

    An item that goes down where the sum of the others goes up was probably worded the other way
    round (corrected item-total correlation).
    """
    items = ratings.items
    if items is None:
        return ()
    answers = items.turned(ratings.long[items.columns].to_numpy(dtype=np.float64))
    begun = ~np.isnan(answers).all(axis=1)
    skipped = share(int(np.isnan(answers[begun]).sum()), int(begun.sum()) * len(items.names))
    turned = f"; {', '.join(items.reverse)} turned around" if items.reverse else ""
    sentences = [
        f"Ratings are totals of {len(items.names)} items of {items.lower} to {items.upper}"
        f"{turned}. "
        f"Items not answered: {skipped}; a total needs {percent(items.prorate)} of them."
    ]
    against = []
    for informant in ratings.informants:
        own = (ratings.long["informant"] == informant).to_numpy() & ~np.isnan(answers).any(axis=1)
        if own.sum() < FEWEST:
            continue
        frame = pd.DataFrame(answers[own])
        # An item that does not vary has no correlation.
        correlation = frame.corrwith(-frame.sub(frame.sum(axis="columns"), axis="index"))
        against += [
            f"{item} of {informant} ({value:.2f})"
            for item, value in zip(items.names, correlation, strict=True)
            if value < 0
        ]
    if against:
        sentences.append(
            f"Items that fall where the sum of the others rises: {', '.join(against)} (correlation "
            "with that sum). Are they worded the other way round? See reverse in [items]."
        )
    return tuple(sentences)


def time_columns(times: Floats) -> tuple[Integers, tuple[str, ...]]:
    """Sort times into columns: one for each time, or bins of equal width where times are many.

    Parameters
    ----------
    times : ndarray of float, shape (n,)

    Returns
    -------
    column : ndarray of int64, shape (n,)
    labels : tuple of str
    """
    distinct, column = np.unique(times, return_inverse=True)
    if len(distinct) <= N_TIMES_SHOWN:
        return column, tuple(apart(distinct))
    width = (distinct[-1] - distinct[0]) / N_BINS
    magnitude = 10.0 ** np.floor(np.log10(width))
    step = float(magnitude * min(nice for nice in (1, 2, 5, 10) if nice * magnitude >= width))
    start = np.floor(distinct[0] / step)
    n_bins = int(np.floor(distinct[-1] / step) - start) + 1
    edges = (start + np.arange(n_bins + 1)) * step
    column = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, n_bins - 1)
    return column, tuple(f"{low} to {high}" for low, high in pairwise(apart(edges)))


def _count_row(name: str, column: Integers, n_columns: int) -> tuple[str, ...]:
    counts = np.bincount(column, minlength=n_columns)
    return (name, *(f"{number:,}" for number in counts), f"{counts.sum():,}")
