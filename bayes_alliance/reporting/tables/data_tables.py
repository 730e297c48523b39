"""What the ratings hold, in tables and in words: who rated when, who left, the covariates.

Occasions are the distinct times of the ratings. Where children have times of their own (more than
twelve distinct ones) times are grouped into eight groups of about equally many ratings, or fewer
where many ratings have one time, and a group stands at its mean time.
"""

import numpy as np
import pandas as pd

from bayes_alliance.errors import checked_arguments
from bayes_alliance.estimands.at_time import MOST_OCCASIONS
from bayes_alliance.numerals import apart
from bayes_alliance.posterior.statistics import time_groups
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.describing.given import apart_in_time
from bayes_alliance.reporting.prose.wording import (
    listed,
    percent,
    span_label,
    time_label,
)

GROUPS = 8
LEFT = "not in treatment"
STATUSES = ("rated", "missing", LEFT)


@checked_arguments
def counts(ratings: Ratings) -> pd.DataFrame:
    """Ratings per informant and occasion, and why the others are absent.

    Returns
    -------
    DataFrame
        Columns ``informant``, ``time`` (text), ``rated``, ``missing``, ``not in treatment``, and
        ``not planned`` where informants were to rate at some times only.
    """
    long = ratings.long.assign(occasion=_occasion(ratings))
    table = pd.crosstab([long["informant"], long["occasion"]], long["status"])
    statuses = (*STATUSES, "not planned") if ratings.planned else STATUSES
    table = table.reindex(columns=list(statuses), fill_value=0)
    table = table.reindex(list(ratings.informants), level="informant").reset_index()
    table.insert(1, "time", occasion_labels(ratings, table["occasion"]))
    return table.drop(columns="occasion").rename_axis(columns=None)


@checked_arguments
def in_treatment(ratings: Ratings) -> pd.DataFrame:
    """Count children in treatment at each occasion.

    Returns
    -------
    DataFrame
        Columns ``time`` (number), ``children``, ``in_treatment``, ``share``; without rows if the
        study file does not say who was in treatment or children have times of their own.
    """
    columns = ["time", "children", "in_treatment", "share"]
    if not ratings.has_treatment or ratings.occasions["time"].nunique() > MOST_OCCASIONS:
        return pd.DataFrame(columns=columns)
    groups = ratings.occasions.groupby("time")["in_treatment"]
    table = pd.DataFrame({"children": groups.size(), "in_treatment": groups.sum()}).reset_index()
    table["share"] = table["in_treatment"] / len(ratings.children)
    return table[columns]


@checked_arguments
def observed(ratings: Ratings) -> pd.DataFrame:
    """Mean, spread, and share at the ends of the scale, per informant and occasion.

    Returns
    -------
    DataFrame
        Columns ``informant, time, n, mean, sd, at_floor, at_ceiling``; the shares are NaN on an
        unbounded scale, the sd where there is one rating.
    """
    long = ratings.long.assign(occasion=_occasion(ratings))
    given = long[long["status"] == "rated"]
    rows = []
    for informant in ratings.informants:
        scale = ratings.scales[informant]
        own = given[given["informant"] == informant]
        for time in np.unique(own["occasion"]):
            values = own.loc[own["occasion"] == time, "rating"].to_numpy()
            rows.append(
                {
                    "informant": informant,
                    "time": float(time),
                    "n": len(values),
                    "mean": values.mean(),
                    "sd": values.std(ddof=1) if len(values) > 1 else np.nan,
                    "at_floor": np.mean(values <= scale.lower)
                    if scale.lower is not None
                    else np.nan,
                    "at_ceiling": np.mean(values >= scale.upper)
                    if scale.upper is not None
                    else np.nan,
                }
            )
    return pd.DataFrame(
        rows, columns=["informant", "time", "n", "mean", "sd", "at_floor", "at_ceiling"]
    )


@checked_arguments
def covariates(ratings: Ratings) -> pd.DataFrame:
    """Describe the covariates.

    Returns
    -------
    DataFrame
        Columns ``covariate``, ``describes``, ``kind``, ``known``, ``missing``, ``distribution``
        (mean and sd, share of ones, or count of each category; the reference first).
    """
    frames = {
        "child": ratings.children,
        "therapist": ratings.therapists,
        "clinic": ratings.clinics,
        "occasion": ratings.occasions,
    }
    rows = []
    for covariate in ratings.covariates:
        values = frames[covariate.level][covariate.name]
        known = values.dropna()
        match covariate.kind:
            case "numeric":
                unit = f" {covariate.unit}" if covariate.unit else ""
                spread = f" (sd {known.std():.3g})" if len(known) > 1 else ""
                text = f"mean {known.mean():.3g}{unit}{spread}" if len(known) else "-"
            case "binary":
                text = f"{percent(known.mean())} are 1" if len(known) else "-"
            case _:
                tally = known.value_counts()
                text = ", ".join(f"{name} {tally.get(name, 0)}" for name in covariate.categories)
        rows.append(
            {
                "covariate": covariate.name,
                "describes": covariate.level,
                "kind": covariate.kind,
                "known": len(known),
                "missing": int(values.isna().sum()),
                "distribution": text,
            }
        )
    return pd.DataFrame(
        rows, columns=["covariate", "describes", "kind", "known", "missing", "distribution"]
    )


def in_words(ratings: Ratings) -> list[str]:
    """Say how many rated, who left and how much is missing."""
    return [f"{who(ratings)}; {given(ratings)}.", *missing_in_words(ratings)]


def who(ratings: Ratings) -> str:
    """Count children, therapists and clinics."""
    words = ratings.words
    above = [
        f"{number:,} {words.said(level if number == 1 else level + 's')}"
        for level, number, known in (
            ("therapist", len(ratings.therapists) - len(ratings.alone), ratings.has_therapists),
            ("clinic", len(ratings.clinics), ratings.has_clinics),
        )
        if known
    ]
    n = len(ratings.children)
    return listed([f"{n:,} {words.child if n == 1 else words.children}", *above])


def given(ratings: Ratings) -> str:
    """Count ratings, and say when and by whom they were given."""
    words, times = ratings.words, ratings.long.loc[ratings.long["status"] == "rated", "time"]
    informants = listed([words.spoken(informant) for informant in ratings.informants])
    first, last = times.min(), times.max()
    span = (
        f"at {time_label(ratings, first)}"
        if first == last
        else f"between {span_label(ratings, first, last, joined='and')}"
    )
    return (
        f"{len(times):,} ratings {span} by {len(ratings.informants)} "
        f"{'informant' if len(ratings.informants) == 1 else 'informants'} ({informants})"
    )


def missing_in_words(ratings: Ratings) -> list[str]:
    """Say how much is missing, and who left."""
    status, words = ratings.long["status"], ratings.words
    n_rated, n_missing = int((status == "rated").sum()), int((status == "missing").sum())
    texts = []
    if n_rated + n_missing:
        share = n_missing / (n_rated + n_missing)
        where = f"of {words.children} in treatment" if ratings.has_treatment else "in the file"
        missing = f"{percent(share)} are missing" if n_missing else "none is missing"
        texts.append(f"Of {n_rated + n_missing:,} possible ratings {where}, {missing}.")
    texts += apart_in_time(ratings)
    treated = in_treatment(ratings)
    if len(treated):
        end = treated.iloc[-1]
        texts.append(
            f"Of {len(ratings.children):,} {words.children}, {int(end['in_treatment']):,} "
            f"({percent(end['share'])}) were in treatment at {time_label(ratings, end['time'])}."
        )
    elif not ratings.has_treatment:
        texts.append(
            "The study file does not say who was in treatment when, so every absent rating is "
            "counted as missing."
        )
    return texts


def _occasion(ratings: Ratings) -> pd.Series:
    """Find the time each row of the long frame is counted under."""
    times = ratings.long["time"]
    if times.nunique() <= MOST_OCCASIONS:
        return times
    group = time_groups(times.to_numpy(dtype=np.float64), GROUPS)
    return times.groupby(group).transform("mean")


def occasion_labels(ratings: Ratings, times: pd.Series) -> list[str]:
    """Write times of `counts` or `observed` with their unit; those of groups so that they differ.

    Parameters
    ----------
    times : Series of float
    """
    distinct = np.unique(times)
    if ratings.long["time"].nunique() <= MOST_OCCASIONS:
        return [time_label(ratings, time) for time in times]
    labels = [ratings.time.said(text) for text in apart(distinct, digits=4)]
    return [labels[at] for at in np.searchsorted(distinct, times)]
