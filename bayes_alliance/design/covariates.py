"""Covariate coding: from the covariates a specification names to labelled columns.

Numeric covariates are centred at the mean over children (over ratings' occasions for those that
vary over time) and keep their unit; binary ones stay 0/1; categorical ones become treatment
contrasts against the reference category, labelled ``name[category]``. The standard deviation that
turns a prior "per sd" into one per unit is kept beside each column.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.errors import Problem, nearest
from bayes_alliance.ratings import Covariate, Ratings
from bayes_alliance.specification import CovariateTerm, ModelSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class Columns:
    """Coded covariates.

    Parameters
    ----------
    values : array, shape (n_units, n_columns)
        Children or occasions in rows.
    labels : tuple of str
        One per column, ``"anxiety"`` or ``"ethnicity[latino]"``.
    covariates : tuple of str
        The covariate each column codes.
    sd : array, shape (n_columns,)
        Standard deviation of a numeric covariate, 1 for a contrast.
    centre : array, shape (n_columns,)
        What was subtracted: the mean of a numeric covariate, 0 for a contrast.
    """

    values: NDArray[np.float64]
    labels: tuple[str, ...]
    covariates: tuple[str, ...]
    sd: NDArray[np.float64]
    centre: NDArray[np.float64]


def problems(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Everything that keeps the specification's covariates from being coded.

    Parameters
    ----------
    spec : ModelSpec
    ratings : Ratings

    Returns
    -------
    list of Problem
        Unknown covariates (nearest suggested), effects that the covariate's kind does not allow,
        missing values, covariates that do not vary.
    """
    known = {covariate.name: covariate for covariate in ratings.covariates}
    found: list[Problem] = []
    for term in spec.covariates:
        where = f"covariates.{term.name}"
        if term.name not in known:
            allowed = ", ".join(known) or "none: the study file declares no covariates"
            message = f"not a covariate of these ratings (they have {allowed})."
            found.append(Problem(where=where, message=message + nearest(term.name, known)))
            continue
        covariate = known[term.name]
        varies = covariate.level == "occasion"
        if varies != (term.on == ("rating",)):
            message = (
                'it varies over occasions, so it acts on ["rating"]'
                if varies
                else f"it describes the {covariate.level}, so it acts on growth coefficients, "
                'not on "rating"'
            )
            found.append(Problem(where=where, value=list(term.on), message=message))
        values = _values(covariate, ratings)
        absent = values.isna()
        if absent.any():
            units = ", ".join(str(unit) for unit in _units(absent, covariate)[:10])
            message = (
                f"missing for {int(absent.sum())} of {len(absent)} ({units}"
                f"{', ...' if absent.sum() > 10 else ''}). Fill it in, leave these children out of "
                "the file, or leave the covariate out of the model"
            )
            found.append(Problem(where=where, message=message))
        elif values.nunique() < 2:
            message = "the same for everybody, so it has no effect to estimate"
            found.append(Problem(where=where, value=values.iloc[0], message=message))
    return found


def child_columns(spec: ModelSpec, ratings: Ratings) -> Columns:
    """Columns of the covariates that describe children, therapists or clinics.

    Parameters
    ----------
    spec : ModelSpec
    ratings : Ratings

    Returns
    -------
    Columns
        A row per child, in the order of ``ratings.children``.
    """
    return _coded(spec, ratings, varies=False)


def occasion_columns(spec: ModelSpec, ratings: Ratings) -> Columns:
    """Columns of the covariates that vary over occasions.

    Parameters
    ----------
    spec : ModelSpec
    ratings : Ratings

    Returns
    -------
    Columns
        A row per child and time with at least one rating, in the order of ``ratings.observed``.
    """
    return _coded(spec, ratings, varies=True)


def _coded(spec: ModelSpec, ratings: Ratings, *, varies: bool) -> Columns:
    known = {covariate.name: covariate for covariate in ratings.covariates}
    terms: list[CovariateTerm] = [
        term for term in spec.covariates if (known[term.name].level == "occasion") == varies
    ]
    n_units = (
        len(ratings.observed[["child", "time"]].drop_duplicates())
        if varies
        else len(ratings.children)
    )
    values: list[NDArray[np.float64]] = []
    labels: list[str] = []
    covariates: list[str] = []
    sd: list[float] = []
    centre: list[float] = []
    for term in terms:
        covariate = known[term.name]
        column = _values(covariate, ratings)
        coded: dict[str, tuple[NDArray[np.float64], float, float]]
        match covariate.kind:
            case "numeric":
                numbers = column.to_numpy(dtype=np.float64)
                middle = float(numbers.mean())
                coded = {covariate.name: (numbers - middle, float(numbers.std()), middle)}
            case "binary":
                coded = {covariate.name: (column.to_numpy(dtype=np.float64), 1.0, 0.0)}
            case "categorical":
                coded = {
                    f"{covariate.name}[{category}]": (
                        np.asarray(column == category, dtype=np.float64),
                        1.0,
                        0.0,
                    )
                    for category in covariate.categories[1:]
                }
        for label, (coded_values, spread, subtracted) in coded.items():
            values.append(coded_values)
            labels.append(label)
            covariates.append(covariate.name)
            sd.append(spread)
            centre.append(subtracted)
    return Columns(
        values=np.column_stack(values) if values else np.zeros((n_units, 0)),
        labels=tuple(labels),
        covariates=tuple(covariates),
        sd=np.array(sd, dtype=np.float64),
        centre=np.array(centre, dtype=np.float64),
    )


def _values(covariate: Covariate, ratings: Ratings) -> pd.Series:
    """One value per child, or per row of the occasions for what varies over time."""
    match covariate.level:
        case "child":
            return ratings.children[covariate.name]
        case "therapist":
            return ratings.children["therapist"].map(ratings.therapists[covariate.name])
        case "clinic":
            return ratings.children["clinic"].map(ratings.clinics[covariate.name])
        case "occasion":
            rated = pd.MultiIndex.from_frame(ratings.observed[["child", "time"]].drop_duplicates())
            return ratings.occasions.set_index(["child", "time"])[covariate.name].reindex(rated)


def _units(absent: pd.Series, covariate: Covariate) -> list[str]:
    """Names of the children (or child and time) where the covariate is absent."""
    if covariate.level == "occasion":
        return [f"{child} at {time:g}" for child, time in absent.index[absent]]
    return list(absent.index[absent])
