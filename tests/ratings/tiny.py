"""A ratings file small enough to read: three children, two therapists, one clinic."""

import copy

import pandas as pd

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings

CSV = """\
child_id,therapist_id,clinic_id,month,active,kid,helper,anxiety,home,skill,size,stress
01,T1,K,4,1,40,42,1.5,farm,7,large,0.1
01,T1,K,8,1,41,,1.5,farm,7,large,0.2
01,T1,K,12,1,43,44,1.5,farm,7,large,0.3
02,T1,K,4,1,12,20,2.5,town,7,large,0.4
02,T1,K,8,0,,,2.5,town,7,large,
03,T2,K,4,1,48,36,,town,3,large,0.6
"""

STUDY: dict = {
    "layout": "wide",
    "columns": {
        "child": "child_id",
        "therapist": "therapist_id",
        "clinic": "clinic_id",
        "time": "month",
    },
    "informants": {"child": "kid", "therapist_of_child": "helper"},
    "scale": {"lower": 12, "upper": 48},
    "time": {"origin": 4, "per": 4, "unit": "months"},
    "treatment": {"in_treatment": "active"},
    "covariates": {
        "child": ["anxiety", "home"],
        "therapist": ["skill"],
        "clinic": ["size"],
        "occasion": ["stress"],
    },
}

TABLES = ("long", "children", "therapists", "clinics", "occasions")


def tiny_study(**changes: object) -> dict:
    """The study with some of its tables replaced, or left out where None."""
    study = copy.deepcopy(STUDY) | changes
    return {key: value for key, value in study.items() if value is not None}


def long_study(study: dict) -> dict:
    """The same study for a file with a row per rating."""
    columns = study["columns"] | {"informant": "who", "rating": "score"}
    return study | {"layout": "long", "columns": columns}


def as_long(frame: pd.DataFrame, study: dict) -> pd.DataFrame:
    """The same file with a row per rating."""
    columns = list(study["informants"].values())
    others = [name for name in frame if name not in columns]
    return frame.melt(others, columns, var_name="who", value_name="score")


def assert_same_ratings(one: Ratings, other: Ratings) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.informants == other.informants
    assert dict(one.scales) == dict(other.scales)
    assert one.time == other.time
    assert one.covariates == other.covariates
    assert one.has_treatment == other.has_treatment
    assert (one.title, one.synthetic) == (other.title, other.synthetic)


def messages(error: InputError) -> list[str]:
    return [str(problem) for problem in error.problems]
