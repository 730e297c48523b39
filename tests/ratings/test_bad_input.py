"""Every wrong cell is named, with its row as a spreadsheet shows it, and all at once."""

import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings import Ratings, read_ratings
from tests.ratings.tiny import CSV, long_study, messages, tiny_study

HEADER = CSV.splitlines()[0].split(",")


def problems_of(rows, tmp_path, study=None, header=None):
    file = tmp_path / "ratings.csv"
    lines = [",".join(header or HEADER), *(",".join(row) for row in rows)]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_ratings(file, study=study or tiny_study())
    return caught.value


def table():
    return [line.split(",") for line in CSV.splitlines()[1:]]


def with_cell(row, column, value):
    """The table with one cell replaced; the row as a spreadsheet counts."""
    rows = table()
    rows[row - 2][HEADER.index(column)] = value
    return rows


@pytest.mark.parametrize(
    ("row", "column", "value", "expected"),
    [
        (3, "child_id", "", "row 3, column child_id: is blank; an identifier is needed"),
        (7, "therapist_id", "NA", "row 7, column therapist_id = 'NA': is blank, as in all rows"),
        (7, "clinic_id", " ", "row 7, column clinic_id: is blank, as in all rows of child '03'"),
        (3, "month", "", "row 3, column month: is blank; a time is needed"),
        (
            3,
            "month",
            "eight",
            "row 3, column month = 'eight': is not a number (times are numbers, such",
        ),
        (3, "month", "inf", "row 3, column month = 'inf': must be finite"),
        (3, "kid", "49", "row 3, column kid = '49': is outside the scale of informant 'child' "),
        (3, "kid", "11.9", "row 3, column kid = '11.9': is outside the scale"),
        (3, "kid", "-99", "leave the cell empty if it stands for a missing rating"),
        (3, "kid", "forty", "row 3, column kid = 'forty': is not a number"),
        (3, "kid", "4_0", "row 3, column kid = '4_0': is not a number"),
        (3, "kid", '"40,5"', "is not a number (write decimals with a point)"),
        (3, "helper", "-inf", "row 3, column helper = '-inf': must be finite"),
        (3, "active", "2", "row 3, column active = '2': must be 0 or 1"),
        (3, "active", "", "row 3, column active: is blank; in treatment or not: 1 or 0"),
        (3, "active", "0", "row 3, column kid = '41': a rating at a time when the child is not"),
        (3, "anxiety", "low", "row 3, column anxiety = 'low': is not a number, while other val"),
        (3, "anxiety", "inf", "row 3, column anxiety = 'inf': must be finite"),
        (3, "anxiety", "9", "row 3, column anxiety = 9: child '01' has 1.5 in row 2; a child cov"),
        (3, "home", "town", "row 3, column home = 'town': child '01' has 'farm' in row 2"),
        (5, "skill", "8", "row 5, column skill = 8: therapist 'T1' has 7 in row 2; a therapist c"),
        (5, "size", "small", "row 5, column size = 'small': clinic 'K' has 'large' in row 2"),
        (3, "therapist_id", "T2", "row 3, column therapist_id = 'T2': child '01' has 'T1' in ro"),
        (5, "clinic_id", "L", "row 5, column clinic_id = 'L': therapist 'T1' has 'K' in row 2; "),
        (4, "month", "8", "row 4: a second row for child '01' at time 8; the first is row 3"),
    ],
)
def test_a_wrong_cell_is_named_with_row_and_value(row, column, value, expected, tmp_path):
    found = messages(problems_of(with_cell(row, column, value), tmp_path))
    assert any(line.startswith(expected) or expected in line for line in found), found


NEVER_RIGHT = {
    "child_id": ["", "NA"],
    "month": ["", "abc", "inf", "-inf", "1_0"],
    "active": ["", "yes", "0.5", "inf"],
    "kid": ["abc", "inf", "1e9", "-1", "48.01"],
    "helper": ["abc", "-inf", "11"],
    "skill": ["abc", "inf"],
}


@pytest.mark.thorough
@settings(deadline=None, max_examples=40)
@given(
    planted=st.lists(
        st.tuples(
            st.integers(2, 4),
            st.sampled_from([(name, bad) for name, cells in NEVER_RIGHT.items() for bad in cells]),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda cell: cell[0],
    )
)
def test_every_planted_cell_is_named_whatever_the_others_are(tmp_path_factory, planted):
    rows = table()
    for row, (column, bad) in planted:
        rows[row - 2][HEADER.index(column)] = bad
    error = problems_of(rows, tmp_path_factory.mktemp("planted"))
    named = " ".join(messages(error))
    for row, (column, _) in planted:
        assert f"row {row}, column {column}" in named


def test_every_problem_comes_in_one_error_in_order_of_rows(tmp_path):
    rows = table()
    rows[4][HEADER.index("month")] = "soon"
    rows[2][HEADER.index("kid")] = "99"
    rows[0][HEADER.index("helper")] = "x"
    rows[5][HEADER.index("therapist_id")] = ""
    rows[3][HEADER.index("home")] = "farm"
    header = [name.replace("stress", "strss") for name in HEADER]
    error = problems_of(rows, tmp_path, header=header)
    assert [problem.where for problem in error.problems] == [
        "column stress",
        "row 2, column helper",
        "row 4, column kid",
        "row 6, column month",
        "row 6, column home",
        "row 7, column therapist_id",
    ]
    assert "Did you mean 'strss'?" in str(error)
    assert str(error).startswith("ratings.csv: 6 problems")


def test_doubled_columns_are_named(tmp_path):
    header = [name.replace("stress", "kid") for name in HEADER]
    found = messages(problems_of(table(), tmp_path, header=header))
    assert "column kid: stands 2 times in the header" in found


def test_a_file_without_any_of_the_columns_names_them_all(tmp_path):
    error = problems_of([["1", "2"]], tmp_path, header=["a", "b"])
    assert len(error.problems) == len(HEADER)


def test_an_informant_without_ratings_is_named(tmp_path):
    rows = table()
    for cells in rows:
        cells[HEADER.index("kid")] = ""
    found = messages(problems_of(rows, tmp_path))
    assert found == ["column kid: informant 'child' has no ratings"]


def test_a_time_that_was_not_planned_is_named(tmp_path):
    study = tiny_study(time={"occasions": [4, 8]})
    found = messages(problems_of(table(), tmp_path, study=study))
    assert found == ["row 4, column month = '12': is not one of the planned occasions (4, 8)"]


def test_a_reference_category_that_does_not_occur_is_named(tmp_path):
    study = tiny_study(covariate={"home": {"reference": "twon"}})
    found = messages(problems_of(table(), tmp_path, study=study))
    assert found == [
        "column home = 'twon': no row has this reference category. Did you mean 'town'?"
    ]


def test_a_rating_after_the_last_occasion_is_named(tmp_path):
    study = tiny_study(treatment={"last_occasion": "active"})
    last = ["8", "8", "8", "4", "4", ""]
    rows = [[*cells[:4], value, *cells[5:]] for cells, value in zip(table(), last, strict=True)]
    found = messages(problems_of(rows, tmp_path, study=study))
    assert [line.split("=")[0].strip() for line in found] == [
        "row 4, column kid",
        "row 4, column helper",
        "row 7, column active: child '03' has no last occasion in treatment in any row",
    ]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("t", datetime.date(2020, 1, 31)), ("t", pd.Timestamp("2020-01-31")), ("r", [3]), ("r", 1j)],
)
def test_cells_that_are_neither_text_nor_number_are_named(column, cell):
    table = pd.DataFrame({"id": ["a", "b"], "t": [1, 2], "r": [3, 4]}).astype(object)
    table[column] = pd.Series([3, cell], dtype=object)
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"child": "r"},
        "scale": {"lower": 1, "upper": 5},
    }
    with pytest.raises(InputError) as caught:
        Ratings.from_wide(table, study=study)
    assert [problem.where for problem in caught.value.problems] == [f"row 3, column {column}"]
    assert str(cell) in str(caught.value)


def test_rows_of_a_spreadsheet_are_numbered_as_it_shows_them(tmp_path):
    rows = [["id", "t", "r"], ["1", 4, 3], [None] * 3, ["007", 4, 99], [None] * 3, ["x", 4, None]]
    file = tmp_path / "ratings.xlsx"
    pd.DataFrame(rows, dtype=object).to_excel(file, header=False, index=False)
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"child": "r"},
        "scale": {"lower": 1, "upper": 5},
    }
    with pytest.raises(InputError) as caught:
        read_ratings(file, study=study)
    assert messages(caught.value)[0].startswith("row 4, column r = 99: is outside the scale")


LONG_HEADER = ["id", "month", "who", "score"]
LONG_STUDY = {
    "layout": "long",
    "columns": {"child": "id", "time": "month", "informant": "who", "rating": "score"},
    "informants": {"child": "kid", "caregiver": "parent"},
    "scale": {"lower": 12, "upper": 48},
}


def test_labels_of_a_long_file_must_match_the_study_both_ways(tmp_path):
    rows = [["1", "4", "kid", "20"], ["1", "4", "parnt", "20"], ["1", "8", "parnt", "21"]]
    found = messages(problems_of(rows, tmp_path, study=LONG_STUDY, header=LONG_HEADER))
    assert found == [
        "column who = 'parent': informant 'caregiver' has no rows: no such value. "
        "Did you mean 'parnt'?",
        "row 3, column who = 'parnt': is not a value listed in [informants] (so in 2 rows). "
        "Did you mean 'parent'?",
    ]


def test_wrong_rows_of_a_long_file_are_named(tmp_path):
    rows = [
        ["1", "4", "kid", "20"],
        ["1", "4", "kid", "21"],
        ["1", "4", "parent", "50"],
        ["1", "8", "", "30"],
        ["1", "8", "parent", "x"],
    ]
    found = messages(problems_of(rows, tmp_path, study=LONG_STUDY, header=LONG_HEADER))
    assert found[0].startswith("row 3: a second row for child '1' at time 4 by informant 'child'")
    assert found[1].startswith("row 4, column score = '50': is outside the scale of informant 'c")
    assert found[2] == "row 5, column who: is blank; a rating needs an informant"
    assert found[3] == "row 6, column score = 'x': is not a number"
    assert len(found) == 4


def test_an_occasion_is_in_treatment_or_not_in_a_long_file(tmp_path):
    study = long_study(tiny_study(columns={"child": "id", "time": "month"}, covariates=None))
    study["informants"] = {"child": "kid", "caregiver": "parent"}
    rows = [["1", "4", "kid", "20", "1"], ["1", "4", "parent", "", "0"]]
    error = problems_of(rows, tmp_path, study=study, header=[*LONG_HEADER, "active"])
    assert "row 3, column active = 0: child '1' at time 4 has 1 in row 2" in str(error)


def test_a_repeated_occasion_without_a_time_column_says_why(tmp_path):
    study = {
        "layout": "wide",
        "columns": {"child": "id"},
        "informants": {"child": "kid"},
        "scale": {"lower": 12, "upper": 48},
    }
    error = problems_of([["1", "20"], ["1", "21"]], tmp_path, study=study, header=["id", "kid"])
    assert "(the study file names no time column)" in str(error)


def test_a_long_list_of_problems_is_cut_in_the_message_but_kept_whole(tmp_path):
    rows = [[str(number), "4", "kid", "99"] for number in range(80)]
    rows += [["0", "4", "parent", "20"], ["1", "4", "parent", "x"]]
    error = problems_of(rows, tmp_path, study=LONG_STUDY, header=LONG_HEADER)
    assert len(error.problems) == 81
    assert str(error).splitlines() == [
        "ratings.csv: 81 problems",
        "  - row 83, column score = 'x': is not a number",
        "  - column score = '99' in 80 rows (2, 3, 4, 5, 6, ...): is outside the scale (12 to 48): "
        "a code of missing values? List it in [file] missing",
    ]


def test_many_causes_are_cut_in_the_message_and_kept_whole():
    problems = [
        Problem(where=f"row {row}", message=f"cause {row}", row=row) for row in range(2, 82)
    ]
    lines = str(InputError(problems, "ratings.csv")).splitlines()
    assert len(lines) == 1 + 50 + 1
    assert lines[-1] == "  ... and 30 more"


def test_a_code_in_several_columns_is_one_cause(tmp_path):
    rows = table()
    for row in rows[:4]:
        row[HEADER.index("kid")] = row[HEADER.index("helper")] = "#NULL!"
    lines = str(problems_of(rows, tmp_path)).splitlines()
    assert lines[1:] == [
        "  - columns kid, helper = '#NULL!' in 8 cells (rows 2, 2, 3, 3, 4, ...): is not a number; "
        "a code of missing values? List it in [file] missing"
    ]


def test_values_that_all_differ_are_one_cause_in_a_column(tmp_path):
    rows = table()
    for number, row in enumerate(rows):
        row[HEADER.index("kid")] = f"{60 + number}"
    rows[4][HEADER.index("active")] = "1"
    lines = str(problems_of(rows, tmp_path)).splitlines()
    assert lines[1:] == [
        "  - column kid in 6 rows (2 = '60', 3 = '61', 4 = '62', 5 = '63', 6 = '64', ...): "
        "is outside the scale (12 to 48): a code of missing values? List it in [file] missing"
    ]
