"""Small made-up ratings for exact tests: irregular on purpose, no model behind them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from bayes_alliance.ratings import Ratings

CAREGIVER = ("caregiver_female", "caregiver_white")
INFORMANTS = ("child", "therapist_of_child", "caregiver", "therapist_of_caregiver")


def small_ratings(
    *,
    seed: int = 0,
    n_children: int = 9,
    n_informants: int = 3,
    missing: float = 0.25,
    therapists: bool = True,
    clinics: bool = True,
    at_ends: float = 0.0,
    whole: bool = False,
    leaves: bool = False,
) -> Ratings:
    """Ratings of few children at up to four occasions, with covariates at every level.

    A share ``at_ends`` of them lies at the ends of the scale; ``whole``: in whole points;
    ``leaves``: after their last occasion children are known not to be in treatment. Read once for
    each set of arguments; every test has tables of its own.
    """
    made = _made(
        seed, n_children, n_informants, missing, therapists, clinics, at_ends, whole, leaves
    )
    return own_tables(made)


def own_tables(made: Ratings) -> Ratings:
    """The same ratings with tables of their own, which a test may change."""
    tables = ("long", "children", "therapists", "clinics", "occasions")
    return replace(made, **{name: getattr(made, name).copy() for name in tables})


@cache
def _made(
    seed: int,
    n_children: int,
    n_informants: int,
    missing: float,
    therapists: bool,
    clinics: bool,
    at_ends: float,
    whole: bool,
    leaves: bool,
) -> Ratings:
    rng = np.random.default_rng(seed)
    informants = INFORMANTS[:n_informants]
    n_therapists = max(2, n_children // 2)
    rows = []
    for child in range(n_children):
        therapist = child % n_therapists
        n_occasions = 1 + child % 4
        for time in (4.0, 8.0, 12.0, 16.0)[:n_occasions]:
            rows.append(
                {
                    "id": f"c{child}",
                    "therapist": f"t{therapist}",
                    "clinic": f"k{therapist % 2}",
                    "month": time,
                    "female": child % 2,
                    "anxiety": child // 2 % 2,
                    "caregiver_female": int(child % 5 > 0),
                    "caregiver_white": int(child % 3 > 0),
                    "age": 5.0 + 0.7 * child,
                    "ethnicity": ("a", "b", "c")[child % 3],
                    "experience": 1.0 + therapist,
                    "stress": float(rng.normal()),
                }
            )
    frame = pd.DataFrame(rows)
    for informant in informants:
        values = rng.uniform(14, 47, size=len(frame)).round(0 if whole else 1)
        if at_ends:
            ends = rng.choice([12.0, 48.0], p=[0.3, 0.7], size=len(frame))
            values = np.where(rng.random(len(frame)) < at_ends, ends, values)
        frame[informant] = np.where(rng.random(len(frame)) < missing, np.nan, values)
        frame.loc[0, informant] = 30.0
    columns = {"child": "id", "time": "month"}
    if therapists:
        columns["therapist"] = "therapist"
    if clinics:
        columns["clinic"] = "clinic"
    study = {
        "layout": "wide",
        "columns": columns,
        "informants": {informant: informant for informant in informants},
        "scale": {"lower": 12, "upper": 48},
        "time": {"origin": 4, "per": 4, "unit": "months"},
        "covariates": {
            "child": ["female", "age", "ethnicity", "anxiety", *CAREGIVER],
            "occasion": ["stress"],
        }
        | ({"therapist": ["experience"]} if therapists else {}),
    }
    if leaves:
        frame["there"] = 1
        study["treatment"] = {"in_treatment": "there"}
    return Ratings.from_wide(frame, study=study)
