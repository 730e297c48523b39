"""Files that hold items instead of totals: read, checked, turned around, summed, written again."""

import tomllib

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.posterior.left_out import without
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.simulation import load_example
from tests.ratings.tiny import assert_same_ratings, messages

STUDY: dict = {
    "layout": "wide",
    "columns": {"child": "id", "time": "month"},
    "informants": {"child": "c", "caregiver": "p"},
    "scale": {"lower": 4, "upper": 16},
    "items": {"names": [1, 2, 3, 4], "lower": 1, "upper": 4, "reverse": ["2"], "prorate": 0.75},
}
HEADER = ["id", "month", "c_1", "c_2", "c_3", "c_4", "p_1", "p_2", "p_3", "p_4"]
ROWS: list[list] = [
    ["a", 0, 4, 1, 4, 4, 1, 4, 1, 1],
    ["a", 4, 3, 2, None, 3, None, None, 2, 2],
    ["b", 0, 2, 2, 3, 1, None, None, None, None],
]


def frame(rows: list[list] = ROWS) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=HEADER, dtype=object)


def test_totals_are_those_of_turned_items_and_prorated():
    ratings = Ratings.from_wide(frame(), study=STUDY)
    rating = ratings.long.set_index(["child", "time", "informant"])["rating"]
    assert rating["a", 0, "child"] == 16.0
    assert rating["a", 0, "caregiver"] == 4.0
    assert rating["a", 4, "child"] == 12.0
    assert np.isnan(rating["a", 4, "caregiver"])
    assert rating["b", 0, "child"] == 2 + 3 + 3 + 1
    status = ratings.long.set_index(["child", "time", "informant"])["status"]
    assert status["a", 4, "caregiver"] == "missing"


def test_responses_are_kept_as_they_were_answered():
    ratings = Ratings.from_wide(frame(), study=STUDY)
    assert ratings.items is not None
    assert ratings.items.columns == ["item_1", "item_2", "item_3", "item_4"]
    first = ratings.long.iloc[0]
    assert first[ratings.items.columns].tolist() == [4, 1, 4, 4]
    few = ratings.long[(ratings.long["time"] == 4) & (ratings.long["informant"] == "caregiver")]
    np.testing.assert_array_equal(
        few[ratings.items.columns].to_numpy()[:1], [[np.nan, np.nan, 2.0, 2.0]]
    )


def test_long_layout_gives_the_same_ratings():
    rows = []
    for row in ROWS:
        rows += [[*row[:2], who, *row[start : start + 4]] for who, start in (("c", 2), ("p", 6))]
    long = pd.DataFrame(rows, columns=["id", "month", "who", "1", "2", "3", "4"], dtype=object)
    study = STUDY | {
        "layout": "long",
        "columns": STUDY["columns"] | {"informant": "who"},
    }
    one, other = Ratings.from_wide(frame(), study=STUDY), Ratings.from_long(long, study=study)
    assert_same_ratings(one, other)
    assert one.items == other.items


def test_ratings_with_items_are_written_and_read_again(tmp_path):
    ratings = load_example("usual_care_items")
    again = Ratings.from_wide(ratings.to_wide(), study=ratings.study)
    assert_same_ratings(ratings, again)
    assert ratings.items == again.items
    assert ratings.items is not None
    assert set(ratings.items.columns) <= set(again.long)


def test_every_wrong_response_is_named():
    rows = [list(row) for row in ROWS]
    rows[0][2], rows[1][3], rows[2][4] = 5, 2.5, "often"
    with pytest.raises(InputError) as caught:
        Ratings.from_wide(frame(rows), study=STUDY)
    texts = messages(caught.value)
    assert len(texts) == 3
    assert "row 2, column c_1" in texts[0]
    assert "whole numbers from 1 to 4" in texts[0]
    assert "row 3, column c_2" in texts[1]
    assert "row 4, column c_3" in texts[2]
    assert "is not a number" in texts[2]


def test_an_item_answered_after_treatment_is_named():
    rows = [[*row, 1] for row in ROWS]
    rows[1][-1] = 0
    table = pd.DataFrame(rows, columns=[*HEADER, "active"], dtype=object)
    with pytest.raises(InputError, match="not in treatment") as caught:
        Ratings.from_wide(table, study=STUDY | {"treatment": {"in_treatment": "active"}})
    assert len(caught.value.problems) == 2  # a total, and two items that make none


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"items": STUDY["items"] | {"reverse": ["5"]}}, "'5' is not an item"),
        ({"items": STUDY["items"] | {"lower": 4}}, "lower (4) must be less than upper (4)"),
        ({"items": STUDY["items"] | {"names": ["1", "1"]}}, "lists an item twice"),
        ({"items": STUDY["items"] | {"column": "{informant}"}}, "must contain {item}"),
        ({"items": STUDY["items"] | {"column": "i{item}"}}, "must name the informant too"),
        ({"scale": {"lower": 12, "upper": 48}}, "lower = 4 and upper = 16"),
        ({"items": STUDY["items"] | {"revers": ["2"]}}, "Did you mean 'reverse'"),
        (
            {"layout": "long", "columns": STUDY["columns"] | {"informant": "w", "rating": "r"}},
            "is made of the items",
        ),
    ],
)
def test_a_study_that_contradicts_itself_is_told(changed, said):
    with pytest.raises(InputError) as caught:
        Ratings.from_wide(frame(), study=STUDY | changed)
    assert said in " ".join(messages(caught.value))


def test_columns_that_are_not_there_are_named():
    with pytest.raises(InputError, match="column p_4") as caught:
        Ratings.from_wide(frame().drop(columns="p_4"), study=STUDY)
    assert "items" in str(caught.value)
    gone = [f"c_{item}" for item in range(1, 5)]
    with pytest.raises(InputError) as caught:
        Ratings.from_wide(frame().drop(columns=gone), study=STUDY)
    assert len(caught.value.problems) == 4  # the columns, and not that nobody rated besides


def test_an_item_worded_the_other_way_round_is_told():
    ratings = load_example("usual_care_items")
    assert "the other way round" not in repr(ratings)
    study = tomllib.loads(ratings.study.to_toml())
    study["items"]["reverse"].remove("5")
    wrong = Ratings.from_wide(ratings.to_wide(), study=study)
    words = " ".join(repr(wrong).split())
    assert "5 of child (-0." in words
    assert "the other way round" in words


def test_a_rating_left_out_takes_its_items_with_it():
    ratings = Ratings.from_wide(frame(), study=STUDY)
    left = without(ratings, "rating", ("a", 0.0, "child"))
    assert left.items is not None
    gone = left.long.iloc[0]
    assert np.isnan(gone[["rating", *left.items.columns]].astype(float)).all()
