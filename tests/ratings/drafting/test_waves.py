"""Waves in the names of columns, and what they are called."""

import pandas as pd
import pytest

from bayes_alliance.ratings.drafting.columns import described
from bayes_alliance.ratings.drafting.waves import item_patterns, patterns, times_of


def columns(names, values=(1, 20, 33, 47)):
    return [described(pd.Series(values), name=name, labels={}) for name in names]


@pytest.mark.parametrize(
    ("names", "pattern", "marks"),
    [
        (["tasc_c_t1", "tasc_c_t2"], "tasc_c_{time}", ["t1", "t2"]),
        (["kid.1", "kid.2", "kid.3"], "kid.{time}", ["1", "2", "3"]),
        (["wai w1", "wai w3"], "wai {time}", ["w1", "w3"]),
        (["T0_wai", "T1_wai"], "{time}_wai", ["T0", "T1"]),
        (["pre_das", "post_das", "fu6_das"], "{time}_das", ["pre", "post", "fu6"]),
        (["ors_2023-01", "ors_2023-02"], "ors_{time}", ["2023-01", "2023-02"]),
        (["wai_month_3_c", "wai_month_6_c"], "wai_{time}_c", ["month_3", "month_6"]),
        (["sdq12m", "sdq24m"], "", []),
        (["sdq_12m", "sdq_24m"], "sdq_{time}", ["12m", "24m"]),
        (["waiT1", "waiT2"], "wai{time}", ["T1", "T2"]),
        (["score1", "score2"], "score{time}", ["1", "2"]),
        (["age", "iq"], "", []),
        (["tasc_t1", "sdq_t2"], "", []),
    ],
)
def test_waves_are_found_in_names(names, pattern, marks):
    found = patterns(columns(names))
    assert [one.name for one in found] == [pattern] * bool(pattern)
    assert [mark for one in found for mark in one.columns] == marks


def test_of_two_marks_in_a_name_the_one_that_more_columns_differ_by_is_the_wave():
    names = [f"scl_{half}_t{wave}" for half in ("s1", "s2") for wave in (1, 2, 3)]
    assert [one.name for one in patterns(columns(names))] == ["scl_s1_{time}", "scl_s2_{time}"]


def test_many_numbered_columns_with_few_values_are_items():
    names = [f"srs_{item}" for item in range(1, 7)]
    assert [one.name for one in item_patterns(columns(names, (1, 2, 3, 4)))] == ["srs_{time}"]
    assert patterns(columns(names, (1, 2, 3, 4))) == ()
    assert item_patterns(columns(names, range(0, 90, 10))) == ()


@pytest.mark.parametrize(
    ("labels", "times", "unit", "counted"),
    [
        (["month_3_arm_1", "month_6_arm_1"], [3, 6], "months", False),
        (["baseline_arm_1", "week_8_arm_1"], [0, 8], "weeks", False),
        (["m3", "m6", "m12"], [3, 6, 12], "months", False),
        (["m1", "m2", "m3"], [1, 2, 3], "waves", True),
        (["w1", "w3"], [1, 3], "waves", True),
        (["T1", "T2", "T4"], [1, 2, 4], "waves", True),
        (["pre", "post", "fu6"], [0, 1, 2], "waves", True),
        (["3 months", "12 months"], [3, 12], "months", False),
        (["2023-01", "2023-02"], [0, 1], "waves", True),
    ],
)
def test_times_are_read_where_names_say_a_unit_and_counted_otherwise(labels, times, unit, counted):
    found = times_of(labels)
    assert list(found.of) == labels
    assert list(found.of.values()) == times
    assert (found.unit, found.counted) == (unit, counted)
