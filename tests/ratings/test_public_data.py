"""Real public data read with what is known about them from fits by other programs."""

import json
from pathlib import Path

import pandas as pd
import pytest

from bayes_alliance.ratings import Ratings, read_ratings
from tests.ratings.tiny import assert_same_ratings

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="other authors' data sets, kept beside the checkout and not in the project",
)


def known(name: str, outcomes: list[str]) -> dict:
    """The reference fits' counts for the outcomes read, if a fit has exactly these."""
    fits = json.loads((DATA / f"{name}.reference.json").read_text(encoding="utf-8"))
    return next(fit for fit in fits if sorted(fit["outcomes"]) == sorted(outcomes))


@pytest.mark.parametrize(
    ("name", "n_children", "n_occasions"),
    [
        ("fdd", 52, 156),
        ("claus2020", 43, 172),
        ("univbct", 495, 1485),
        ("nlsy_anti_self", 581, 1743),
        ("schizrep", 437, 1603),
    ],
)
def test_public_data_are_read_whole(name, n_children, n_occasions):
    ratings = read_ratings(DATA / f"{name}.csv", study=DATA / f"{name}.study.toml")
    assert len(ratings.children) == n_children
    assert len(ratings.occasions) == n_occasions
    assert_same_ratings(Ratings.from_wide(ratings.to_wide(), study=ratings.study), ratings)


@pytest.mark.parametrize(
    ("name", "outcomes", "group"),
    [
        ("claus2020", ["hamd_clinician", "bdi_patient", "who5_patient", "shaps_patient"], "id"),
        ("fdd", ["ptsdri_child", "ptsdri_parent", "crops_child", "props_parent"], "id"),
        ("univbct", ["jsat", "commit", "ready"], "subject"),
        ("nlsy_anti_self", ["anti_mother", "self_child"], "id"),
        ("schizrep", ["imps79"], "id"),
    ],
)
def test_observations_and_children_agree_with_other_programs(name, outcomes, group):
    columns = {"child": group, "time": "t" if name == "schizrep" else "time"}
    study = {
        "layout": "wide",
        "columns": columns,
        "informants": {outcome: outcome for outcome in outcomes},
        "scale": {"center": 10, "spread": 10},
    }
    observed = read_ratings(DATA / f"{name}.csv", study=study).observed
    reference = known(name, outcomes)
    assert len(observed) == reference["n_observations"]
    assert observed["child"].nunique() == reference["n_groups"][group]


def test_pupils_with_one_occasion_and_schools_are_read_without_a_time_column():
    study = {
        "layout": "wide",
        "columns": {"child": "pupil", "clinic": "school"},
        "informants": {"written": "written", "course": "course"},
        "scale": {"lower": 0, "upper": 100},
        "covariates": {"child": ["gender"]},
    }
    ratings = read_ratings(DATA / "gcsemv.csv", study=study)
    reference = known("gcsemv", ["written", "course"])
    assert len(ratings.observed) == reference["n_observations"] == 3428
    assert len(ratings.clinics) == reference["n_groups"]["school"] == 73
    assert len(ratings.children) == 1905
    assert ratings.occasions["time"].eq(0).all()


def test_soldiers_are_nested_in_companies_in_battalions():
    ratings = read_ratings(DATA / "univbct.csv", study=DATA / "univbct.study.toml")
    file = pd.read_csv(DATA / "univbct.csv")
    assert (len(ratings.therapists), len(ratings.clinics)) == (43, 16)
    assert ratings.long["rating"].sum() == pytest.approx(
        file[["jsat", "commit", "ready"]].sum().sum()
    )
