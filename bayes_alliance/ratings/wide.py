"""Ratings as a wide table again, with the study that describes it."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.tables import (
    Columns,
    CovariateColumns,
    CovariateTable,
    ItemsTable,
    ScaleTable,
    TimeTable,
    TreatmentColumns,
)
from bayes_alliance.ratings.variables import Scale

if TYPE_CHECKING:
    from bayes_alliance.ratings.ratings import Ratings


def wide_frame(ratings: "Ratings") -> pd.DataFrame:
    """Lay ratings out with a row per child and occasion; see `Ratings.to_wide`."""
    wide = ratings.occasions[["child", "time"]].copy()
    children = ratings.children.loc[ratings.occasions["child"]].reset_index(drop=True)
    for position, level in enumerate(("therapist", "clinic"), start=1):
        if level in children:
            at = min(position, len(wide.columns) - 1)
            wide.insert(at, level, children[level])
    if ratings.has_treatment:
        wide["in_treatment"] = ratings.occasions["in_treatment"].astype("int64")
    n_informants = len(ratings.informants)
    columns = ["rating"] if ratings.items is None else ratings.items.columns
    values = ratings.long[columns].to_numpy(dtype=np.float64)
    matrix = values.reshape(-1, n_informants, len(columns))
    for position, label in enumerate(ratings.informants):
        for number, column in enumerate(columns):
            name = f"rating_{label}" if ratings.items is None else f"{label}_{column}"
            wide[name] = matrix[:, position, number]
    above = {"therapist": ratings.therapists, "clinic": ratings.clinics}
    for item in ratings.covariates:
        match item.level:
            case "child":
                wide[item.name] = children[item.name]
            case "occasion":
                wide[item.name] = ratings.occasions[item.name]
            case level:
                units = above[level].loc[wide[level], item.name]
                wide[item.name] = units.reset_index(drop=True)
    return wide


def wide_study(ratings: "Ratings") -> Study:
    """Describe the table `wide_frame` makes; see `Ratings.study`."""
    scales = {label: _scale_table(ratings.scales[label]) for label in ratings.informants}
    common = ratings.common_scale is not None
    levels: dict[str, tuple[str, ...]] = {
        level: tuple(item.name for item in ratings.covariates if item.level == level)
        for level in ("child", "therapist", "clinic", "occasion")
    }
    details = {
        item.name: CovariateTable(
            type=item.kind,
            unit=item.unit,
            reference=item.categories[0] if item.categories else None,
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
        ),
        informants={
            label: f"rating_{label}" if ratings.items is None else label
            for label in ratings.informants
        },
        items=_items_table(ratings),
        scale=scales[ratings.informants[0]] if common else scales,
        time=TimeTable(origin=ratings.time.origin, per=ratings.time.per, unit=ratings.time.unit),
        treatment=TreatmentColumns(in_treatment="in_treatment") if ratings.has_treatment else None,
        covariates=CovariateColumns(
            child=levels["child"],
            therapist=levels["therapist"],
            clinic=levels["clinic"],
            occasion=levels["occasion"],
        ),
        covariate=details,
        title=ratings.title,
        synthetic=ratings.synthetic,
    )


def _items_table(ratings: "Ratings") -> ItemsTable | None:
    items = ratings.items
    if items is None:
        return None
    return ItemsTable(
        names=items.names,
        lower=items.lower,
        upper=items.upper,
        reverse=items.reverse,
        column="{informant}_item_{item}",
        prorate=items.prorate,
    )


def _scale_table(scale: Scale) -> ScaleTable:
    if scale.is_bounded:
        return ScaleTable(lower=scale.lower, upper=scale.upper)
    return ScaleTable(center=scale.center, spread=scale.spread)
