"""What a researcher checks data with before any model: counts, absences, ends of the scale.

`sections` computes the description of ratings as small tables of text and sentences, to be set
as text or HTML. Where times are many, they are shown in bins.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.ratings.describing.items import item_sentences
from bayes_alliance.ratings.describing.wording import count, rounded, share, span
from bayes_alliance.ratings.variables import Covariate

if TYPE_CHECKING:
    from bayes_alliance.ratings.ratings import Ratings

N_TIMES_SHOWN = 10
N_BINS = 6
N_COVARIATES_SHOWN = 20
N_CATEGORIES_SHOWN = 5

SYNTHETIC = "SYNTHETIC DATA: made up, not observed"
LEAVING_UNKNOWN = (
    "Leaving treatment is unknown (no [treatment] in the study file): "
    "every absent rating counts as missing."
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the description: a table, sentences, or both.

    Parameters
    ----------
    rows : tuple of tuple of str
        Each as long as `header`.
    """

    title: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    sentences: tuple[str, ...] = ()


def sections(ratings: "Ratings") -> list[Section]:
    """Compute the description."""
    found = [
        _headline(ratings),
        _by_time(ratings),
        _by_informant(ratings),
        _nesting(ratings),
    ]
    if ratings.covariates:
        found.append(_covariates(ratings))
    return found


def _headline(ratings: "Ratings") -> Section:
    whom = count(len(ratings.children), "child", "children")
    if ratings.has_therapists:
        whom += f" of {count(len(ratings.therapists), 'therapist')}"
    if ratings.has_clinics:
        whom += f" in {count(len(ratings.clinics), 'clinic')}"
    times = ratings.occasions["time"].unique()
    per_child = ratings.occasions.groupby("child", sort=False).size()
    if (per_child == len(times)).all():
        occasions = count(len(times), "occasion")
    else:
        noun = "occasion" if per_child.max() == 1 else "occasions"
        occasions = f"{span(per_child)} {noun} per child (median {per_child.median():g})"
    n_rated = int((ratings.long["status"] == "rated").sum())
    line = (
        f"{whom}; {count(len(ratings.informants), 'informant')}, {occasions}; "
        f"{count(n_rated, 'rating')}"
    )
    notes = (SYNTHETIC, line) if ratings.synthetic else (line,)
    return Section(title=ratings.title or "Ratings", sentences=notes)


def _by_time(ratings: "Ratings") -> Section:
    occasions = ratings.occasions
    column, labels = time_columns(occasions["time"].to_numpy(dtype=np.float64))
    n_columns = len(labels)
    n_informants = len(ratings.informants)
    rated = (ratings.long["status"] == "rated").to_numpy().reshape(-1, n_informants)
    if ratings.has_treatment:
        counted, what = occasions["in_treatment"].to_numpy(dtype=bool), "in treatment"
    else:
        counted, what = rated.any(axis=1), "rated"
    exact = n_columns == occasions["time"].nunique()
    whom = "children" if exact else "occasions"
    rows = [_count_row(f"{whom} {what}", column[counted], n_columns)]
    if exact:
        n_children = occasions.loc[counted, "child"].nunique()
        rows = [(*rows[0][:-1], f"{n_children:,}")]
    for position, label in enumerate(ratings.informants):
        rows.append(_count_row(label, column[rated[:, position]], n_columns))
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


def _last_in_treatment(ratings: "Ratings") -> NDArray[np.int64]:
    """Positions in `occasions` of the last occasion in treatment of each child that has one."""
    active = pd.Series(np.flatnonzero(ratings.occasions["in_treatment"]))
    child = ratings.occasions["child"].to_numpy()[active]
    return active.groupby(child, sort=False).last().to_numpy(dtype=np.int64)


def _leaving(ratings: "Ratings", last: NDArray[np.int64]) -> str:
    """Say how many children left; one that left has a later occasion out of treatment."""
    child = ratings.occasions["child"].to_numpy()
    following = np.minimum(last + 1, len(child) - 1)
    left = (following > last) & (child[following] == child[last])
    n_never = len(ratings.children) - len(last)
    n_left = f"{left.sum():,}" if left.any() else "None"
    sentence = (
        f"{n_left} of {count(len(ratings.children), 'child', 'children')} left treatment before "
        "the last occasion."
    )
    if n_never:
        verb = "was" if n_never == 1 else "were"
        sentence += f" {count(n_never, 'child', 'children')} {verb} never in treatment."
    return sentence


def _by_informant(ratings: "Ratings") -> Section:
    rows = []
    by_informant = dict(list(ratings.long.groupby("informant", sort=False)))
    for label in ratings.informants:
        part, scale = by_informant[label], ratings.scales[label]
        rating = part["rating"].dropna()
        n_due = int((part["status"] != "not in treatment").sum())
        floor = ceiling = "-"
        if scale.is_bounded:
            floor = share(int((rating == scale.lower).sum()), len(rating))
            ceiling = share(int((rating == scale.upper).sum()), len(rating))
        n_missing = n_due - len(rating)
        missing = f"{n_missing:,} ({share(n_missing, n_due)})" if n_missing else "none"
        rows.append(
            (
                label,
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
    sentences += item_sentences(ratings)
    rated_children = ratings.long.loc[ratings.long["status"] == "rated", "child"].nunique()
    n_unrated = len(ratings.children) - rated_children
    if n_unrated:
        verb = "has" if n_unrated == 1 else "have"
        sentences.append(f"{count(n_unrated, 'child', 'children')} {verb} no rating at all.")
    return Section(title="Informants", header=header, rows=tuple(rows), sentences=tuple(sentences))


def _nesting(ratings: "Ratings") -> Section:
    sentences = []
    if ratings.has_therapists:
        per_therapist = ratings.children["therapist"].value_counts()
        n_alone = int((per_therapist == 1).sum())
        verb = "has" if n_alone == 1 else "have"
        alone = f"; {count(n_alone, 'therapist')} {verb} a single child" if n_alone else ""
        median = f"(median {per_therapist.median():g})"
        sentences.append(f"Children per therapist: {span(per_therapist)} {median}{alone}.")
    else:
        sentences.append("Therapists are not known.")
    if ratings.has_clinics:
        per_clinic = ratings.children["clinic"].value_counts()
        sentence = f"Children per clinic: {span(per_clinic)} (median {per_clinic.median():g})"
        if ratings.has_therapists:
            therapists = ratings.therapists["clinic"].value_counts()
            sentence += (
                f"; therapists per clinic: {span(therapists)} (median {therapists.median():g})"
            )
        sentences.append(f"{sentence}.")
    return Section(title="Who treats whom", sentences=tuple(sentences))


def _covariates(ratings: "Ratings") -> Section:
    frames = {
        "child": ratings.children,
        "therapist": ratings.therapists,
        "clinic": ratings.clinics,
        "occasion": ratings.occasions,
    }
    rows = []
    for covariate in ratings.covariates[:N_COVARIATES_SHOWN]:
        values = frames[covariate.level][covariate.name]
        n_missing = int(values.isna().sum())
        rows.append(
            (
                covariate.name,
                covariate.level,
                covariate.kind,
                f"{n_missing:,} of {len(values):,}" if n_missing else "none",
                _values(covariate, values.dropna()),
            )
        )
    n_more = len(ratings.covariates) - len(rows)
    return Section(
        title="Covariates",
        header=("", "level", "type", "missing", "values"),
        rows=tuple(rows),
        sentences=(f"... and {n_more:,} more",) if n_more else (),
    )


def _values(covariate: Covariate, values: pd.Series) -> str:
    if values.empty:
        return "none given"
    only = values.iloc[0]
    if (values == only).all():
        return f"always {only if isinstance(only, str) else format(only, 'g')}"
    match covariate.kind:
        case "binary":
            return f"1 in {share(int(values.sum()), len(values))}"
        case "numeric":
            sd = values.std()
            unit = f" {covariate.unit}" if covariate.unit else ""
            return (
                f"mean {rounded(values.mean(), sd=sd)}, sd {rounded(sd, sd=sd)}, "
                f"{span(values)}{unit}"
            )
        case _:
            counts = values.value_counts()
            named = [
                f"{name} {int(counts.get(name, 0)):,}"
                for name in covariate.categories[:N_CATEGORIES_SHOWN]
            ]
            n_more = len(covariate.categories) - len(named)
            more = f", {n_more:,} more" if n_more else ""
            return f"{', '.join(named)}{more} (reference {covariate.categories[0]})"


def time_columns(times: NDArray[np.float64]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
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
        return column, tuple(f"{time:g}" for time in distinct)
    width = (distinct[-1] - distinct[0]) / N_BINS
    magnitude = 10.0 ** np.floor(np.log10(width))
    step = float(magnitude * min(nice for nice in (1, 2, 5, 10) if nice * magnitude >= width))
    start = np.floor(distinct[0] / step)
    n_bins = int(np.floor(distinct[-1] / step) - start) + 1
    edges = (start + np.arange(n_bins + 1)) * step
    column = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, n_bins - 1)
    return column, tuple(f"{low:g} to {high:g}" for low, high in pairwise(edges))


def _count_row(name: str, column: NDArray[np.int64], n_columns: int) -> tuple[str, ...]:
    counts = np.bincount(column, minlength=n_columns)
    return (name, *(f"{number:,}" for number in counts), f"{counts.sum():,}")
