"""The first table of a paper: who takes part, who rates when, and how high."""

import numpy as np
import pandas as pd

from bayes_alliance.errors import checked_arguments
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting.prose.wording import headed, percent, printed, time_label
from bayes_alliance.reporting.tables.cells import arranged
from bayes_alliance.reporting.tables.data_tables import (
    counts,
    in_treatment,
    observed,
    occasion_labels,
)
from bayes_alliance.reporting.tables.notes import MADE_UP
from bayes_alliance.reporting.tables.paper_table import PaperTable

ALL = "All"


@checked_arguments
def participants(ratings: Ratings) -> PaperTable:
    """Participants and their ratings by occasion, for a paper.

    Returns
    -------
    PaperTable
        Rows of participants (numbers, in treatment, covariates) and of every informant's ratings
        (number, mean with standard deviation, share at the ends of the scale); a column for all
        and one per occasion. Its ``frame`` has a row per informant and occasion.
    """
    seen, there = observed(ratings), counts(ratings)
    seen = seen.assign(when=occasion_labels(ratings, seen["time"]))
    times = list(dict.fromkeys(there["time"]))
    rows = [*_people(ratings), *_characteristics(ratings)]
    for name in ratings.informants:
        rows += _of_informant(ratings, seen[seen["informant"] == name], name)
    note = (
        f"{f'{MADE_UP} ' if ratings.synthetic else ''}Of ratings: number, mean with standard "
        f"deviation in brackets, and share at either end of the scale, {_scale(ratings)}. "
        "Occasions without an entry have no rating."
    )
    shown = pd.DataFrame(arranged(rows, "Who")).reindex(columns=[ALL, *times]).fillna("")
    return PaperTable(
        name="participants",
        title="Participants and Ratings by Occasion",
        frame=seen.drop(columns="when"),
        shown=shown.rename_axis(columns="Who"),
        note=ratings.words.said(note),
    )


def _people(ratings: Ratings) -> list[dict[str, object]]:
    words, head = ratings.words, "Participants"
    rows: list[dict[str, object]] = [
        {"stub": (head, headed(words.children)), ALL: f"{len(ratings.children):,}"}
    ]
    treated = in_treatment(ratings)
    if len(treated):
        there: dict[str, object] = {"stub": (head, "In treatment"), ALL: ""}
        for row in treated.to_dict(orient="records"):
            share = percent(float(row["share"]))
            there[time_label(ratings, float(row["time"]))] = (
                f"{int(row['in_treatment']):,} ({share})"
            )
        rows.append(there)
    if ratings.has_therapists:
        n = len(ratings.therapists) - len(ratings.alone)
        rows.append({"stub": (head, headed(words.therapists)), ALL: f"{n:,}"})
    if ratings.has_clinics:
        rows.append({"stub": (head, headed(words.clinics)), ALL: f"{len(ratings.clinics):,}"})
    return rows


def _characteristics(ratings: Ratings) -> list[dict[str, object]]:
    """A row per covariate, of categories one per category."""
    rows: list[dict[str, object]] = []
    frames = {"child": ratings.children, "therapist": ratings.therapists}
    frames |= {"clinic": ratings.clinics, "occasion": ratings.occasions}
    for covariate in ratings.covariates:
        head = headed(ratings.words.name(covariate.name))
        head += f" ({covariate.unit})" if covariate.unit else ""
        values = frames[covariate.level][covariate.name]
        known = values.dropna()
        of = ratings.words.several(covariate.level)
        if not len(known):
            rows.append({"stub": (head, f"of {of}"), ALL: "–"})
        elif covariate.kind == "numeric":
            rows.append({"stub": (head, f"of {of}, mean (SD)"), ALL: _mean(known)})
        elif covariate.kind == "binary":
            rows.append({"stub": (head, f"of {of}"), ALL: percent(float(known.mean()))})
        else:
            tally = known.value_counts(normalize=True)
            rows += [
                {"stub": (head, str(name)), ALL: percent(float(tally.get(name, 0.0)))}
                for name in covariate.categories
            ]
        if len(known) < len(values):
            rows.append({"stub": (head, "not known"), ALL: f"{len(values) - len(known):,}"})
    return rows


def _of_informant(ratings: Ratings, seen: pd.DataFrame, name: str) -> list[dict[str, object]]:
    head = f"Ratings by {ratings.words.name(name).replace('_', ' ')}"
    own = ratings.observed.loc[ratings.observed["informant"] == name, "rating"]
    scale = ratings.scales[name]
    n: dict[str, object] = {"stub": (head, "Number"), ALL: f"{len(own):,}"}
    mean: dict[str, object] = {"stub": (head, "Mean (SD)"), ALL: _mean(own) if len(own) else "–"}
    ends: dict[str, object] = {"stub": (head, "At an end"), ALL: ""}
    for row in seen.to_dict(orient="records"):
        n[row["when"]] = f"{row['n']:,}"
        mean[row["when"]] = f"{printed(row['mean'], 1)} ({printed(row['sd'], 1)})"
        ends[row["when"]] = percent(float(np.nansum([row["at_floor"], row["at_ceiling"]])))
    return [n, mean] if scale.lower is None and scale.upper is None else [n, mean, ends]


def _mean(values: pd.Series) -> str:
    sd = float(values.std()) if len(values) > 1 else float("nan")
    return f"{printed(float(values.mean()), 1)} ({printed(sd, 1)})"


def _scale(ratings: Ratings) -> str:
    scale = ratings.common_scale
    if scale is None:
        return "which differs between informants"
    if scale.lower is None or scale.upper is None:
        return "if it has one"
    return f"{scale.lower:g} and {scale.upper:g}"
