"""What a column holds, and which of its values stand for missing ones."""

import pandas as pd
import pytest

from bayes_alliance.ratings.drafting.codes import Code
from bayes_alliance.ratings.drafting.columns import described


def column(values, **options):
    return described(pd.Series(values, dtype=object), name="x", labels={}, **options)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", ""], "number"),
        (["1", "2", "k.A."], "number"),
        (["a", "b", "1"], "text"),
        (["2024-01-05", "2024-02-01"], "date"),
        (["05.01.2024", "1.2.2024"], "date"),
        (["", None], "blank"),
    ],
)
def test_columns_hold_numbers_text_dates_or_nothing(values, kind):
    assert column(values).kind == kind


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([12, 20, 30, 48, 99, 99], {99.0: 2}),
        ([12, 20, 30, 48, 99], {99.0: 1}),
        ([1, 2, 3, 4, 5, 9, 9], {9.0: 2}),
        ([0, 1, 0, 1, -9], {-9.0: 1}),
        ([17, 60, 85, -9, -8], {-9.0: 1, -8.0: 1}),
        ([100, 85, 120, 999], {999.0: 1}),
        # These are values.
        ([6, 7, 8, 9, 10, 11], {}),
        ([10, 12, 14, 7, 8, 9], {}),
        ([60, 75, 88, 97, 99, 99], {}),
        ([0, 1, 2, 3, 7], {}),
        ([-7.5, -3, -1, 0, 2, -9], {}),
        ([99, 99, 99], {}),
    ],
)
def test_numbers_far_from_all_others_are_codes(values, codes):
    found = column(values)
    assert {code.value: code.count for code in found.codes} == codes
    assert found.given.sum() == len(values) - sum(codes.values())


def test_a_labelled_number_is_a_code_if_its_label_says_so():
    values = pd.Series([1, 2, 3, 9, 9])
    refused = described(values, name="x", labels={"9": "refused"})
    assert refused.codes == (Code(value=9.0, count=2, others=(1.0, 3.0)),)
    assert described(values, name="x", labels={"9": "always"}).codes == ()


def test_words_among_numbers_are_codes_and_words_among_words_only_if_they_are_nothing_else():
    assert [code.value for code in column(["3", "4", "-", "5"]).codes] == ["-"]
    assert [code.value for code in column(["f", "m", "-", "f"]).codes] == []
    assert [code.value for code in column(["f", "m", "k.A.", "f"]).codes] == ["k.A."]
    assert column(["None", "anxiety", "None"]).codes == ()


def test_identifiers_keep_what_is_written_whatever_looks_like_a_code():
    found = column([1, 2, 3, 4, 999])
    assert found.codes
    assert found.units.tolist() == [0, 1, 2, 3, 4]


def test_it_is_known_in_which_share_of_the_units_a_column_is_constant():
    found = column(["a", "a", "b", "c", None, "d"])
    assert found.constant_within(pd.factorize(pd.Series([1, 1, 2, 2, 3, 3]))[0]) == 2 / 3


def test_a_number_outside_the_range_that_a_label_states_is_a_code_however_near():
    values = pd.Series([1, 2, 5, 7, 8, 8])
    assert described(values, name="x", labels={}).codes == ()
    rated = described(values, name="x", label="Alliance (1 to 7)", labels={})
    assert [code.value for code in rated.codes] == [8.0]
    # A label that states the range of something else states none.
    ages = pd.Series([12, 9, 9, 10, 14])
    assert described(ages, name="age", label="Age at wave 1-4", labels={}).codes == ()
