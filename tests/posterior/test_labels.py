"""Labels may hold any character: from a file to the names of quantities they stay as they are."""

import tempfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_alliance.estimands import effects
from bayes_alliance.estimands.profiles import changes
from bayes_alliance.posterior.scalars import quantities
from bayes_alliance.ratings import Ratings, read_ratings
from bayes_alliance.ratings.as_text import data_hash, to_texts
from bayes_alliance.ratings.ratings import from_texts
from bayes_alliance.specification import load_model, with_covariates
from tests import hand_made
from tests.ratings.tiny import assert_same_ratings
from tests.small import small_ratings

LABELS = st.text("ab,;[]|:= {}'", min_size=1, max_size=8).filter(lambda text: text == text.strip())


def labels(n: int) -> st.SearchStrategy[list[str]]:
    return st.lists(LABELS, min_size=n, max_size=n, unique=True)


def ratings_with(
    informants: list[str], children: list[str], therapists: list[str], categories: list[str]
) -> Ratings:
    """Three families at two times, two therapists, a covariate of two categories."""
    frame = pd.DataFrame(
        {
            "id": np.repeat(children, 2),
            "seen by": np.repeat([therapists[0], therapists[0], therapists[1]], 2),
            "month": [4.0, 8.0] * 3,
            "kind": np.repeat([categories[0], categories[1], categories[1]], 2),
            "first": [30.0, 31.0, 28.0, np.nan, 40.0, 41.0],
            "second": [20.0, 22.0, 25.0, 27.0, np.nan, 30.0],
        }
    )
    study = {
        "layout": "wide",
        "columns": {"child": "id", "therapist": "seen by", "time": "month"},
        "informants": dict(zip(informants, ("first", "second"), strict=True)),
        "scale": {"lower": 12, "upper": 48},
        "time": {"origin": 4, "per": 4, "unit": "months"},
        "covariates": {"child": ["kind"]},
        "covariate": {"kind": {"type": "categorical", "reference": categories[0]}},
    }
    return Ratings.from_wide(frame, study=study)


@pytest.mark.thorough
@settings(max_examples=25, deadline=None)
@given(informants=labels(2), children=labels(3), therapists=labels(2), categories=labels(2))
def test_labels_of_any_characters_survive_files_design_and_summaries(
    informants, children, therapists, categories
):
    ratings = ratings_with(informants, children, therapists, categories)
    with tempfile.TemporaryDirectory() as folder:
        table, study = ratings.write(folder)
        assert_same_ratings(read_ratings(table, study=study), ratings)
    again = from_texts(*to_texts(ratings))
    assert_same_ratings(again, ratings)
    assert data_hash(again) == data_hash(ratings)
    assert ratings.informants == tuple(informants)
    assert list(ratings.children.index) == children
    assert list(ratings.therapists.index) == therapists
    assert all(label in repr(ratings) for label in informants)

    spec = with_covariates(load_model("informant_growth"), {"kind": ("level",)})
    sizes = np.arange(1.0, 5.0)
    values = {
        "level": np.array([40.0, 30.0]),
        "slope": np.array([1.0, -1.0]),
        "level_on": np.array([[2.0, 3.0]]),
        "slope_on": np.zeros((1, 2)),
        "child_cov": np.diag(sizes**2) + 0.1,
        "therapist_cov": np.diag([1.0, 4.0, 0.0, 0.0]),
        "residual_cov": np.diag([4.0, 9.0]) + 0.1,
    }
    fit = hand_made.constant(spec, ratings, values)
    category = f"kind[{categories[1]}]"
    assert fit.design.children == tuple(children)
    assert fit.design.covariates == (category,)
    first, second = informants
    records = list(quantities(fit.moments, fit.design))
    names = {record.name for record in records}
    assert {record.informant for record in records if record.quantity == "level"} == {first, second}
    assert {
        f"level[{first}]",
        f"level_on[{category},{second}]",
        f"child_sd[{first},slope]",
        f"child_cor[{first},level;{second},level]",
        f"residual_cor[{first};{second}]",
    } <= names
    assert len(names) == len(records)

    effect = effects.contrast(fit, category)
    assert effect.sel(informant=second).values == pytest.approx(3.0)
    assert effects.contrast(fit, {"kind": tuple(categories)}).sel(informant=first).values == (
        pytest.approx(2.0)
    )


def test_interactions_are_no_change_of_a_single_column():
    spec = with_covariates(
        load_model("informant_growth"),
        {"ethnicity": ("level",), "female": ("level",), "ethnicity:female": ("level",)},
    )
    data = small_ratings(seed=2)
    arrays_only = hand_made.constant(spec, data, {"level": np.zeros(3), "slope": np.zeros(3)})
    assert "ethnicity[b]:female" in arrays_only.design.covariates
    assert "ethnicity[b]:female" not in changes(arrays_only)
    assert changes(arrays_only)["ethnicity[b]"] == ("ethnicity", "b")
    assert changes(arrays_only)["female"] == ("female", None)
