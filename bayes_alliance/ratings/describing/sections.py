"""What a researcher checks data with before any model: counts, absences, ends of the scale.

`sections` computes the description of ratings as small tables of text and sentences; `describe` and
`describe_html` set it.
"""

from typing import TYPE_CHECKING

import pandas as pd

from bayes_alliance.ratings.describing.given import by_informant, by_time
from bayes_alliance.ratings.describing.lookalikes import lookalikes
from bayes_alliance.ratings.describing.text import (
    Section,
    as_html,
    as_plain_text,
    count,
    rounded,
    share,
    span,
)
from bayes_alliance.ratings.variables import Covariate

if TYPE_CHECKING:
    from bayes_alliance.ratings.ratings import Ratings

N_COVARIATES_SHOWN = 20
N_CATEGORIES_SHOWN = 5

SYNTHETIC = "SYNTHETIC DATA: made up, not observed"


def describe(ratings: "Ratings") -> str:
    """Describe ratings as plain text."""
    return as_plain_text(sections(ratings))


def describe_html(ratings: "Ratings") -> str:
    """Describe ratings as HTML."""
    return as_html(sections(ratings))


def sections(ratings: "Ratings") -> list[Section]:
    """Compute the description."""
    covariates = [_covariates(ratings)] if ratings.covariates else []
    doubts = (*ratings.doubts, *lookalikes(ratings))
    said = [Section(title="Is this meant?", sentences=doubts)] if doubts else []
    read = (
        [Section(title="How the file was read", sentences=ratings.notes)] if ratings.notes else []
    )
    return [
        _headline(ratings),
        by_time(ratings),
        by_informant(ratings),
        _nesting(ratings),
        *covariates,
        *read,
        *said,
    ]


def _headline(ratings: "Ratings") -> Section:
    words = ratings.words
    whom = count(len(ratings.children), words.child, words.children)
    if ratings.has_therapists:
        n_therapists = len(ratings.therapists) - len(ratings.alone)
        whom += f" of {count(n_therapists, words.therapist, words.therapists)}"
    if ratings.has_clinics:
        whom += f" in {count(len(ratings.clinics), words.clinic, words.clinics)}"
    times = ratings.occasions["time"].unique()
    per_child = ratings.occasions.groupby("child", sort=False).size()
    if (per_child == len(times)).all():
        occasions = count(len(times), "occasion")
    else:
        noun = "occasion" if per_child.max() == 1 else "occasions"
        occasions = f"{span(per_child)} {noun} per {words.child} (median {per_child.median():g})"
    n_rated = int((ratings.long["status"] == "rated").sum())
    line = (
        f"{whom}; {count(len(ratings.informants), 'informant')}, {occasions}; "
        f"{count(n_rated, 'rating')}"
    )
    notes = (SYNTHETIC, line) if ratings.synthetic else (line,)
    return Section(title=ratings.title or "Ratings", sentences=notes)


def _nesting(ratings: "Ratings") -> Section:
    sentences = []
    if ratings.has_therapists:
        per_therapist = ratings.children["therapist"].value_counts()
        per_therapist = per_therapist[~per_therapist.index.isin(ratings.alone)]
        n_alone = int((per_therapist == 1).sum())
        verb = "has" if n_alone == 1 else "have"
        alone = f"; {count(n_alone, 'therapist')} {verb} a single child" if n_alone else ""
        median = f"(median {per_therapist.median():g})"
        sentences.append(f"Children per therapist: {span(per_therapist)} {median}{alone}.")
        if n_without := len(ratings.alone):
            verb, stand = ("has", "stands") if n_without == 1 else ("have", "stand")
            whom = count(n_without, "child", "children")
            sentences.append(f"{whom} {verb} no therapist and {stand} alone.")
    else:
        sentences.append("Therapists are not known.")
    if ratings.has_clinics:
        per_clinic = ratings.children["clinic"].value_counts()
        sentence = f"Children per clinic: {span(per_clinic)} (median {per_clinic.median():g})"
        if ratings.has_therapists:
            known = ~ratings.therapists.index.isin(ratings.alone)
            therapists = ratings.therapists.loc[known, "clinic"].value_counts()
            sentence += (
                f"; therapists per clinic: {span(therapists)} (median {therapists.median():g})"
            )
        sentences.append(f"{sentence}.")
    said = tuple(map(ratings.words.said, sentences))
    return Section(title="Who treats whom", sentences=said)


def _covariates(ratings: "Ratings") -> Section:
    rows = []
    for covariate in ratings.covariates[:N_COVARIATES_SHOWN]:
        values = ratings.described(covariate.level)[covariate.name]
        n_missing = int(values.isna().sum())
        rows.append(
            (
                ratings.words.name(covariate.name),
                ratings.words.said(covariate.level),
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
            counted = [
                f"{name} {int(counts.get(name, 0)):,}"
                for name in covariate.categories[:N_CATEGORIES_SHOWN]
            ]
            n_more = len(covariate.categories) - len(counted)
            more = f", {n_more:,} more" if n_more else ""
            return f"{', '.join(counted)}{more} (reference {covariate.categories[0]})"
