"""Files as people keep them read to the right counts with the study file a person ends with."""

import json
from pathlib import Path

import pytest

from bayes_alliance.ratings import read_ratings

CASES = Path(__file__).parents[3] / "shared" / "cases"
EXPECTED = (
    json.loads((CASES / "expected.json").read_text(encoding="utf-8")) if CASES.is_dir() else {}
)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_reads_to_its_counts(name):
    expected, stem = EXPECTED[name], name.rpartition(".")[0]
    ratings = read_ratings(CASES / name, study=CASES / f"{stem}.study.toml")
    given = ratings.observed.groupby("informant")["rating"]
    assert len(ratings.children) == expected["children"]
    assert len(ratings.therapists) - len(ratings.alone) == expected["therapists"]
    assert len(ratings.alone) == expected["children_without_therapist"]
    assert len(ratings.observed) == expected["ratings"]
    assert (ratings.long["status"] == "missing").sum() == expected["missing"]
    assert given.size().to_dict() == {key: own["n"] for key, own in expected["informants"].items()}
    assert given.sum().to_dict() == pytest.approx(
        {key: own["sum"] for key, own in expected["informants"].items()}
    )
    for covariate, counts in expected["categories"].items():
        assert ratings.children[covariate].value_counts().to_dict() == counts
    again = ratings.from_wide(ratings.to_wide(), study=ratings.study)
    assert again.long.equals(ratings.long)
    assert again.covariates == ratings.covariates
    assert again.planned == ratings.planned
    assert again.alone == ratings.alone
