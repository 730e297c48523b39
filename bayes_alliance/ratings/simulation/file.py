"""Simulated ratings as the files a user would have: a wide ratings file and its study file.

Simulated ratings go through the same door as real ones. Columns are named as `Ratings.to_wide`
names them.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.ratings.items import Items
from bayes_alliance.ratings.simulation.covariates import Binary, Categorical, Numeric
from bayes_alliance.ratings.simulation.nesting import Nesting
from bayes_alliance.ratings.simulation.population import Population
from bayes_alliance.ratings.simulation.recording import Recording
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.variables import Scale

IDENTIFIERS = ("child", "therapist", "clinic", "time")
IN_TREATMENT = "in_treatment"


def rating_column(informant: str) -> str:
    """Name of the column with an informant's ratings."""
    return f"rating_{informant}"


def item_columns(informant: str, recording: Recording) -> list[str]:
    """Names of the columns with the items of an informant.

    Returns
    -------
    list of str
        Empty if totals are recorded.
    """
    if recording.items is None:
        return []
    return [f"{informant}_{column}" for column in recording.items.items.columns]


def wide_frame(
    rating: Mapping[str, NDArray[np.float64]],
    here: NDArray[np.bool_],
    covariates: Mapping[str, NDArray[np.float64] | NDArray[np.str_]],
    *,
    nesting: Nesting,
    recording: Recording,
) -> pd.DataFrame:
    """Lay simulated ratings out as a wide ratings file.

    Parameters
    ----------
    rating : mapping of str to array, shape (n_children, n_occasions, n_columns)
        Ratings per informant, or their items; NaN where absent.
    here : array of bool, shape (n_children, n_occasions)
        Who is in treatment when.
    covariates : mapping of str to array, shape (n_children,)

    Returns
    -------
    DataFrame
        A row per child and occasion.
    """
    n_children, n_occasions = here.shape
    child = np.repeat(np.arange(n_children), n_occasions)
    columns: dict[str, object] = {"child": np.array(nesting.children)[child]}
    if nesting.therapists:
        columns["therapist"] = np.array(nesting.therapists)[nesting.therapist_index[child]]
    if nesting.clinics:
        columns["clinic"] = np.array(nesting.clinics)[nesting.clinic_index[child]]
    columns["time"] = np.tile(np.array(recording.occasions, dtype=np.float64), n_children)
    for informant, values in rating.items():
        names = item_columns(informant, recording) or [rating_column(informant)]
        columns |= {name: values[:, :, position].ravel() for position, name in enumerate(names)}
    columns[IN_TREATMENT] = here.ravel().astype(np.int64)
    return pd.DataFrame(columns | {name: values[child] for name, values in covariates.items()})


def study_of(
    population: Population, recording: Recording, *, nesting: Nesting, title: str
) -> Study:
    """Make the study file that describes `wide_frame`.

    Returns
    -------
    Study
        Marked synthetic.
    """
    absent = {
        level
        for level, units in (("therapist", nesting.therapists), ("clinic", nesting.clinics))
        if not units
    }
    time = population.time
    bounded = recording.clipped or recording.items is not None
    items = recording.items
    told = {} if items is None else {"items": _items_table(items.items)}
    scales = {k: _scale_table(s, bounded=bounded) for k, s in population.scales.items()}
    common = isinstance(population.scale, Scale)
    return Study.from_dict(
        {
            "title": title,
            "synthetic": True,
            "layout": "wide",
            "columns": {key: key for key in IDENTIFIERS if key not in absent},
            "informants": {
                k: rating_column(k) if items is None else k for k in population.informants
            },
            **told,
            "scale": scales[population.informants[0]] if common else scales,
            "time": {
                "origin": time.origin,
                "per": time.per,
                "unit": time.unit,
                "occasions": [float(at) for at in recording.occasions],
            },
            "treatment": {"in_treatment": IN_TREATMENT},
            "covariates": {
                level: [c.name for c in population.covariates if c.level == level]
                for level in ("child", "therapist", "clinic")
            },
            "covariate": {c.name: _covariate_table(c.distribution) for c in population.covariates},
        },
        title="simulated study",
    )


def _items_table(items: Items) -> dict[str, object]:
    return {
        "names": list(items.names),
        "lower": items.lower,
        "upper": items.upper,
        "reverse": list(items.reverse),
        "column": "{informant}_item_{item}",
        "prorate": items.prorate,
    }


def _scale_table(scale: Scale, *, bounded: bool) -> dict[str, float]:
    """Table of the study file; ratings that are not clipped have no bounds to state."""
    if bounded and scale.lower is not None and scale.upper is not None:
        return {"lower": scale.lower, "upper": scale.upper}
    return {"center": scale.center, "spread": scale.spread}


def _covariate_table(values: Numeric | Binary | Categorical) -> dict[str, str]:
    match values:
        case Numeric(unit=unit):
            return {"type": "numeric", "unit": unit}
        case Binary():
            return {"type": "binary"}
        case Categorical(shares=shares):
            return {"type": "categorical", "reference": next(iter(shares))}
