"""Ratings as a wide table and its study again, and both as text.

The text is kept in a fit, sent to other processes, and identified by a hash; `from_texts` beside
`Ratings` reads it back.
"""

import csv
import hashlib
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.scales import ScaleTable
from bayes_alliance.ratings.study.tables import (
    IN_TREATMENT,
    Columns,
    CovariateColumns,
    CovariateTable,
    ItemsTable,
    TimeTable,
    TreatmentColumns,
    informant_columns,
    item_columns,
    rating_column,
)
from bayes_alliance.ratings.study.words import WordsTable
from bayes_alliance.ratings.variables import COVARIATE_LEVELS, sorted_categories

if TYPE_CHECKING:
    from bayes_alliance.ratings.ratings import Ratings


def wide_frame(ratings: "Ratings") -> pd.DataFrame:
    """Lay ratings out with a row per child and occasion; see `Ratings.to_wide`."""
    wide = ratings.occasions[["child", "time"]].copy()
    children = ratings.children.loc[ratings.occasions["child"]].reset_index(drop=True)
    for position, level in enumerate(("therapist", "clinic"), start=1):
        if level in children:
            at = min(position, len(wide.columns) - 1)
            units = children[level]
            if level == "therapist" and ratings.alone:
                units = units.where(~units.isin(ratings.alone))
            wide.insert(at, level, units)
    if ratings.has_treatment:
        wide[IN_TREATMENT] = ratings.occasions["in_treatment"].astype("int64")
    n_informants = len(ratings.informants)
    items = ratings.items
    answered = ["rating"] if items is None else items.columns
    values = ratings.long[answered].to_numpy(dtype=np.float64)
    matrix = values.reshape(-1, n_informants, len(answered))
    for position, label in enumerate(ratings.informants):
        columns = [rating_column(label)] if items is None else item_columns(label, items)
        for number, column in enumerate(columns):
            wide[column] = matrix[:, position, number]
    for item in ratings.covariates:
        match item.level:
            case "child":
                wide[item.name] = children[item.name]
            case "occasion":
                wide[item.name] = ratings.occasions[item.name]
            case level:
                units = ratings.described(level).loc[children[level], item.name]
                wide[item.name] = units.reset_index(drop=True)
    return wide


def wide_study(ratings: "Ratings") -> Study:
    """Describe the table `wide_frame` makes; see `Ratings.study`."""
    scales = {label: ScaleTable.of(ratings.scales[label]) for label in ratings.informants}
    common = ratings.common_scale is not None
    levels: dict[str, tuple[str, ...]] = {
        level: tuple(item.name for item in ratings.covariates if item.level == level)
        for level in COVARIATE_LEVELS
    }
    details = {
        item.name: CovariateTable(
            type=item.kind,
            unit=item.unit,
            reference=item.categories[0] if item.categories else None,
            labels=_in_order(item.categories),
        )
        for item in ratings.covariates
    }
    return Study(
        layout="wide",
        columns=Columns(
            child="child",
            time="time",
            therapist="therapist" if ratings.has_therapists else None,
            clinic="clinic" if ratings.has_clinics else None,
            no_therapist="own" if ratings.alone else None,
        ),
        informants=informant_columns(ratings.informants, ratings.items),
        items=None if ratings.items is None else ItemsTable.of(ratings.items),
        scale=scales[ratings.informants[0]] if common else scales,
        time=TimeTable(
            origin=ratings.time.origin,
            per=ratings.time.per,
            unit=ratings.time.unit,
            occasions=_listed(ratings),
        ),
        planned=dict(ratings.planned),
        treatment=_treatment(ratings),
        covariates=CovariateColumns(**levels),
        covariate=details,
        words=WordsTable.of(ratings.words),
        title=ratings.title,
        synthetic=ratings.synthetic,
    )


def _in_order(categories: tuple[str, ...]) -> dict[str, str]:
    """Labels that keep categories in their order; none where that of sorting is theirs."""
    rest = categories[1:]
    return {} if sorted_categories(rest) == [*rest] else {name: name for name in categories}


def _listed(ratings: "Ratings") -> tuple[float, ...]:
    """Common times, if one at which nobody rated would else be no occasion."""
    times = np.unique(ratings.occasions["time"].to_numpy(dtype=np.float64))
    common = len(ratings.occasions) == len(times) * len(ratings.children)
    answered = ["rating"] if ratings.items is None else ratings.items.columns
    given = ratings.long[answered].notna().any(axis=1).to_numpy()
    left = ~ratings.occasions["in_treatment"].to_numpy(dtype=bool)
    in_file = {*ratings.long.loc[given, "time"], *ratings.occasions.loc[left, "time"]}
    return tuple(times.tolist()) if common and not in_file.issuperset(times.tolist()) else ()


def _treatment(ratings: "Ratings") -> TreatmentColumns | None:
    if not ratings.has_treatment:
        return None
    out = ~ratings.occasions["in_treatment"].to_numpy(dtype=bool)
    rated = ratings.long["rating"].notna().to_numpy().reshape(len(out), -1)
    return TreatmentColumns(
        in_treatment=IN_TREATMENT, rated_after_leaving="keep" if rated[out].any() else None
    )


def to_texts(ratings: "Ratings") -> tuple[str, str]:
    """Return the text of the ratings file (csv) and of the study file (TOML)."""
    wide = ratings.to_wide()
    # A reader tells the separator by the header, where labels may hold what others separate with.
    confusing = any(mark in str(name) for name in wide for mark in ";\t")
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if confusing else csv.QUOTE_MINIMAL
    text = wide.to_csv(index=False, lineterminator="\n", quoting=quoting)
    return text, ratings.study.to_toml()


def data_hash(ratings: "Ratings") -> str:
    """Hash ratings as read, whatever file they came from.

    Returns
    -------
    str
        SHA-256 of the ratings in wide layout as csv, preceded by their study file.
    """
    table, study = to_texts(ratings)
    return hashlib.sha256((study + table).encode()).hexdigest()
