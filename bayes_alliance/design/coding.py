"""Covariate coding: from the covariates a specification names to labelled columns.

Numeric covariates are centred at the mean over children (over ratings' occasions for those that
vary over time) and keep their unit; those of two values, as 1 and 2, are measured from the lower
one, and a prior "per sd" is one per step between the two; binary ones stay 0/1; categorical ones
become treatment contrasts against the reference category, labelled ``name[category]``. An
interaction is the product of coded columns, labelled ``first:second``. A covariate that varies over
occasions may be taken apart into ``name[within]``, its deviation from the child's mean, and
``name[between]``, that mean (Curran and Bauer 2011). The standard deviation that turns a prior "per
sd" into one per unit is kept beside each column; what is missing stays missing (NaN).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.ratings import Covariate, Ratings
from bayes_alliance.specification import CovariateTerm, ModelSpec

type Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One coded column.

    Parameters
    ----------
    label : str
        ``"anxiety"``, ``"ethnicity[latino]"``, ``"mood[within]"`` or ``"anxiety:female"``.
    term : CovariateTerm
        The entry of the specification it belongs to.
    on : tuple of str
        What it acts on.
    values : array, shape (n_units,)
        Children or occasions; NaN where missing.
    sd : float
        Standard deviation of a numeric covariate, 1 for a contrast, the product of the two for an
        interaction.
    centre : float
        What was subtracted: the mean of a numeric covariate, 0 for a contrast.
    product : tuple of int
        Positions of the two columns it is the product of; empty unless an interaction.
    """

    label: str
    term: CovariateTerm
    on: tuple[str, ...]
    values: Floats
    sd: float
    centre: float
    product: tuple[int, int] | tuple[()] = ()


def with_part(name: str, part: str) -> str:
    """Label of a category, or of the part within or between children, ``"ethnicity[latino]"``.

    Labels are made here and compared with each other; nothing takes them apart.
    """
    return f"{name}[{part}]" if part else name


def child_columns(spec: ModelSpec, ratings: Ratings) -> tuple[Column, ...]:
    """Columns of what describes children, their therapists and clinics.

    Returns
    -------
    tuple of Column
        Values by child, in the order of ``ratings.children``; interactions come last.
    """
    known = {covariate.name: covariate for covariate in ratings.covariates}
    columns: list[Column] = []
    for term in spec.covariates:
        if len(term.parts) > 1:
            continue
        covariate = known[term.name]
        if covariate.level != "occasion":
            columns += _coded(covariate, values_of(covariate, ratings), term)
        elif term.splits:
            columns.append(_between(covariate, ratings, term))
    for term in spec.covariates:
        if len(term.parts) > 1:
            columns += _products(term, columns)
    return tuple(columns)


def of_child(covariate: Covariate, ratings: Ratings) -> list[Column]:
    """Columns of one covariate of children, therapists or clinics, whatever it acts on.

    Returns
    -------
    list of Column
        Values by child.
    """
    term = CovariateTerm(name=covariate.name, on=("level",))
    return _coded(covariate, values_of(covariate, ratings), term)


def occasion_columns(spec: ModelSpec, ratings: Ratings) -> tuple[Column, ...]:
    """Columns of the covariates that vary over occasions.

    Returns
    -------
    tuple of Column
        Values by child and time with at least one rating, in the order of ``ratings.observed``.
    """
    known = {covariate.name: covariate for covariate in ratings.covariates}
    columns: list[Column] = []
    for term in spec.covariates:
        covariate = known.get(term.name)
        if covariate is None or covariate.level != "occasion":
            continue
        if term.splits:
            columns.append(_within(covariate, ratings, term))
        else:
            columns += _coded(covariate, values_of(covariate, ratings), term)
    return tuple(columns)


def stacked(columns: tuple[Column, ...], n_units: int) -> Floats:
    """Values of columns side by side.

    Returns
    -------
    array, shape (n_units, n_columns)
    """
    if not columns:
        return np.zeros((n_units, 0))
    return np.column_stack([column.values for column in columns])


def values_of(covariate: Covariate, ratings: Ratings) -> pd.Series:
    """One value per child, or per occasion with a rating for what varies over time.

    Returns
    -------
    Series
        Index child, or (child, time).
    """
    match covariate.level:
        case "child":
            return ratings.children[covariate.name]
        case "therapist":
            return ratings.children["therapist"].map(ratings.therapists[covariate.name])
        case "clinic":
            return ratings.children["clinic"].map(ratings.clinics[covariate.name])
        case "occasion":
            rated = ratings.long.loc[ratings.long["status"] == "rated", ["child", "time"]]
            occasions = pd.MultiIndex.from_frame(rated.drop_duplicates())
            return ratings.occasions.set_index(["child", "time"])[covariate.name].reindex(occasions)


def means_of_children(covariate: Covariate, ratings: Ratings) -> pd.Series:
    """Each child's mean of what varies over occasions, over the occasions it was rated at.

    Parameters
    ----------
    covariate : Covariate
        Numeric or binary, of level "occasion".

    Returns
    -------
    Series
        Index child; NaN for a child without ratings.
    """
    means = values_of(covariate, ratings).astype(np.float64).groupby(level="child").mean()
    return means.reindex(ratings.children.index)


def _coded(covariate: Covariate, column: pd.Series, term: CovariateTerm) -> list[Column]:
    match covariate.kind:
        case "numeric":
            numbers = column.to_numpy(dtype=np.float64)
            middle, unit = float(np.nanmean(numbers)), float(np.nanstd(numbers))
            two = np.unique(numbers)
            if len(two) == 2:
                # A contrast, however it is coded: the prior is that of the upper value against the
                # lower one, as for 0 and 1.
                middle, unit = float(two[0]), float(two[1] - two[0])
            coded = {covariate.name: (numbers - middle, unit, middle)}
        case "binary":
            coded = {covariate.name: (column.to_numpy(dtype=np.float64), 1.0, 0.0)}
        case "categorical":
            coded = {
                with_part(covariate.name, category): (
                    np.where(column.isna(), np.nan, np.asarray(column == category, dtype=float)),
                    1.0,
                    0.0,
                )
                for category in covariate.categories[1:]
            }
    return [
        Column(label=label, term=term, on=term.on, values=values, sd=sd, centre=centre)
        for label, (values, sd, centre) in coded.items()
    ]


def _between(covariate: Covariate, ratings: Ratings, term: CovariateTerm) -> Column:
    means = means_of_children(covariate, ratings).to_numpy(dtype=np.float64)
    centre = float(np.nanmean(means))
    return Column(
        label=with_part(covariate.name, "between"),
        term=term,
        on=("level",),
        # A child without ratings has no part in the likelihood; any value will do.
        values=np.nan_to_num(means - centre, nan=0.0),
        sd=1.0 if covariate.kind == "binary" else float(np.nanstd(means)),
        centre=centre,
    )


def _within(covariate: Covariate, ratings: Ratings, term: CovariateTerm) -> Column:
    values = values_of(covariate, ratings).astype(np.float64)
    means = means_of_children(covariate, ratings)
    own = means.reindex(values.index.get_level_values("child")).to_numpy(dtype=np.float64)
    deviations = values.to_numpy() - own
    return Column(
        label=with_part(covariate.name, "within"),
        term=term,
        on=("rating",),
        values=deviations,
        sd=1.0 if covariate.kind == "binary" else float(np.std(deviations)),
        centre=0.0,
    )


def _products(term: CovariateTerm, columns: list[Column]) -> list[Column]:
    pairs = [
        (first, second)
        for first in range(len(columns))
        for second in range(len(columns))
        if (columns[first].term.name, columns[second].term.name) == term.parts
    ]
    return [
        Column(
            label=f"{columns[first].label}:{columns[second].label}",
            term=term,
            on=term.on,
            values=columns[first].values * columns[second].values,
            sd=columns[first].sd * columns[second].sd,
            centre=0.0,
            product=(first, second),
        )
        for first, second in pairs
    ]
