"""Totals against totals computed by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import scoring
from tests.ratings.tiny import messages

TASC_REVERSE = [f"item_{number}" for number in (2, 5, 7, 8, 11)]


def items(rows):
    return pd.DataFrame(rows, columns=[f"item_{number + 1}" for number in range(len(rows[0]))])


def test_reverse_items_are_turned_before_summing():
    best = items([[1 if f"item_{n}" in TASC_REVERSE else 4 for n in range(1, 13)]])
    worst = 5 - best
    assert scoring.total(best, item_range=(1, 4), reverse=TASC_REVERSE).tolist() == [48.0]
    assert scoring.total(worst, item_range=(1, 4), reverse=TASC_REVERSE).tolist() == [12.0]


def test_skipped_items_are_prorated_if_enough_are_answered():
    table = items([[4, 4, 4, 4, None], [4, 4, 4, None, None], [None] * 5, [1, 2, 3, 4, 4]])
    totals = scoring.total(table, item_range=(1, 4))
    np.testing.assert_array_equal(totals, [20.0, np.nan, np.nan, 14.0])
    all_answered = scoring.total(table, item_range=(1, 4), prorate=1)
    np.testing.assert_array_equal(all_answered, [np.nan, np.nan, np.nan, 14.0])
    half = scoring.total(table, item_range=(1, 4), prorate=0.5)
    np.testing.assert_array_equal(half, [20.0, 20.0, np.nan, 14.0])


@pytest.mark.parametrize(("n_items", "prorate"), [(10, 0.8), (10, 0.7), (5, 0.6), (12, 0.75)])
def test_exactly_the_stated_share_is_enough(n_items, prorate):
    n_answered = round(n_items * prorate)
    row = [2] * n_answered + [None] * (n_items - n_answered)
    total = scoring.total(items([row]), item_range=(1, 4), prorate=prorate)
    assert total.tolist() == [2.0 * n_items]
    row[0] = None
    assert scoring.total(items([row]), item_range=(1, 4), prorate=prorate).isna().all()


def test_the_index_and_the_items_are_left_as_they_were():
    table = items([["1", "4"], ["2", ""]]).set_axis(["a", "b"])
    before = table.copy(deep=True)
    totals = scoring.total(table, item_range=(1, 4), reverse=["item_2"])
    assert totals.loc["a"] == 2.0
    assert list(totals.index) == ["a", "b"]
    pd.testing.assert_frame_equal(table, before)


def test_all_problems_with_items_come_together():
    table = items([[1, 5, "x"], [float("inf"), 2, 3]])
    with pytest.raises(InputError) as caught:
        scoring.total(table, item_range=(1, 4), reverse=["itm_2"], prorate=0)
    assert messages(caught.value) == [
        "prorate = 0: must be above 0 and at most 1",
        "reverse = 'itm_2': is not an item. Did you mean 'item_2'?",
        "row 2, column item_2 = 5: is outside the range of an item (1 to 4)",
        "row 2, column item_3 = 'x': is not a number",
        "row 3, column item_1 = inf: is outside the range of an item (1 to 4)",
    ]


@pytest.mark.parametrize(
    ("table", "item_range", "reverse", "expected"),
    [
        (pd.DataFrame(index=[0]), (1, 4), [], "has no columns"),
        (items([[1, 2]]), (4, 1), [], "must be two numbers, the lower first"),
        (items([[1, 2]]), (1, float("inf")), [], "2 values, each a finite number"),
        (items([[1, 2]]), (1, 4), "item_1", "must be a list, each text"),
        (items([[1, 2]]).set_axis(["a", "a"], axis=1), (1, 4), [], "more than once"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(table, item_range, reverse, expected):
    with pytest.raises(InputError, match=expected):
        scoring.total(table, item_range=item_range, reverse=reverse)


ROWS = st.integers(1, 12).flatmap(
    lambda n: st.lists(
        st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=n, max_size=n),
        min_size=1,
        max_size=5,
    )
)


@settings(deadline=None, max_examples=40)
@given(rows=ROWS, prorate=st.floats(0.05, 1))
def test_totals_stay_in_range_and_reversing_all_items_mirrors_them(rows, prorate):
    table = items(rows)
    totals = scoring.total(table, item_range=(1, 4), prorate=prorate)
    mirrored = scoring.total(table, item_range=(1, 4), reverse=list(table), prorate=prorate)
    n_items = len(table.columns)
    assert totals.dropna().between(n_items - 1e-9, 4 * n_items + 1e-9).all()
    np.testing.assert_allclose(totals + mirrored, np.where(totals.isna(), np.nan, 5.0 * n_items))
