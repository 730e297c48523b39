"""What the study file says of a ratings file, read exactly: one small file for each key."""

import datetime

import narwhals as nw
import numpy as np
import openpyxl
import pandas as pd
import pyarrow
import pyreadstat
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings, read_ratings
from tests.ratings.tiny import messages

STUDY: dict = {
    "layout": "wide",
    "columns": {"child": "id", "therapist": "th", "time": "t"},
    "informants": {"kid": "kid", "parent": "par"},
    "scale": {"lower": 0, "upper": 30},
}
ROWS = [
    ("id", "th", "t", "kid", "par"),
    ("a", "T1", 0, 10, 11),
    ("a", "T1", 4, 12, 13),
    ("b", "T2", 0, 20, 21),
    ("b", "T2", 4, 22, 23),
]
TEXT = "\n".join(",".join(map(str, row)) for row in ROWS)
KID = [10.0, 12.0, 20.0, 22.0]


def study(**changes: object) -> dict:
    return {key: value for key, value in (STUDY | changes).items() if value is not None}


def read(text: str, tmp_path, name: str = "r.csv", **changes: object) -> Ratings:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return read_ratings(file, study=study(**changes))


def refused(text: str, tmp_path, **changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text, tmp_path, **changes)
    return messages(caught.value)


def of(ratings: Ratings, informant: str) -> list[float]:
    return ratings.long.query("informant == @informant")["rating"].tolist()


def workbook(path, sheets: dict):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


# [file]


def test_a_sheet_is_named_or_numbered(tmp_path):
    other = [("id", "th", "t", "kid", "par"), ("z", "T9", 0, 1, 2)]
    path = workbook(tmp_path / "r.xlsx", {"one": other, "two": ROWS, "notes": [("done",)]})
    for sheet in ("two", 2):
        ratings = read_ratings(path, study=study(file={"sheet": sheet}))
        assert of(ratings, "kid") == KID
        assert ratings.notes == (
            "Sheet 'two' is read; sheet 'one' has the same columns and is not.",
        )


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (None, "[file] sheet: is needed: 2 sheets of the file hold tables; say which to read, by"),
        (
            "Two",
            "[file] sheet = 'Two': the file has no such sheet (1: 'one', 2: 'two'). Did you me",
        ),
        (3, "[file] sheet = 3: the file has 2 sheets (1: 'one', 2: 'two')"),
    ],
)
def test_a_sheet_that_is_not_clear_is_an_error_that_lists_them(sheet, expected, tmp_path):
    path = workbook(tmp_path / "r.xlsx", {"one": ROWS, "two": ROWS})
    with pytest.raises(InputError) as caught:
        read_ratings(path, study=study(file={} if sheet is None else {"sheet": sheet}))
    assert messages(caught.value)[0].startswith(expected)


def test_the_only_sheet_with_a_table_is_read_and_said(tmp_path):
    path = workbook(tmp_path / "r.xlsx", {"cover": [("Study",)], "data": ROWS})
    ratings = read_ratings(path, study=study())
    assert of(ratings, "kid") == KID
    assert ratings.notes == ("Sheet 'data' is read; the others hold no table.",)


def test_names_below_titles_are_found_where_the_study_file_says(tmp_path):
    titles = [("Alliance",), ("exported 12 March",)]
    path = workbook(tmp_path / "r.xlsx", {"one": [*titles, *ROWS]})
    ratings = read_ratings(path, study=study(file={"header_row": 3}))
    assert of(ratings, "kid") == KID
    assert ratings.notes == ("The names of columns stand in row 3; rows 1 to 2 are not read.",)
    ratings = read("Alliance\nexported\n" + TEXT, tmp_path, file={"header_row": 3})
    assert of(ratings, "kid") == KID


def test_titles_are_hinted_at(tmp_path):
    path = workbook(tmp_path / "r.xlsx", {"one": [("Alliance",), *ROWS]})
    with pytest.raises(InputError) as caught:
        read_ratings(path, study=study())
    assert messages(caught.value) == [
        "row 2: holds the names of columns (id, t, th, ...): say in the study file [file] "
        "header_row = 2"
    ]
    assert refused("Alliance\n" + TEXT, tmp_path) == [
        "row 1 = 'Alliance': holds one name, and row 2 has 5 cells: if it is a title, say in the "
        "study file where the names of columns stand, as in [file] header_row = 2"
    ]


def test_names_in_two_rows_are_joined(tmp_path):
    upper, lower = ("id", "th", "t", "WAI", None), ("", "", "", "kid", "par")
    informants = {"kid": "WAI_kid", "parent": "WAI_par"}
    path = workbook(tmp_path / "r.xlsx", {"one": [upper, lower, *ROWS[1:]]})
    book = openpyxl.load_workbook(path)
    book["one"].merge_cells("D1:E1")
    book.save(path)
    changes = {"informants": informants, "file": {"header_row": [1, 2]}}
    assert of(read_ratings(path, study=study(**changes)), "parent") == [11.0, 13.0, 21.0, 23.0]
    text = "id,th,t,WAI,\n,,,kid,par\n" + TEXT.partition("\n")[2]
    assert of(read(text, tmp_path, **changes), "parent") == [11.0, 13.0, 21.0, 23.0]


def test_codes_of_missing_values_are_missing_but_not_in_identifiers(tmp_path):
    text = TEXT.replace("12", "99").replace("21", "-9.0").replace("b,", "99,").replace("23", "k.A.")
    ratings = read(text, tmp_path, file={"missing": [99, -9, "k.A.", 77]})
    assert list(ratings.children.index) == ["a", "99"]
    np.testing.assert_array_equal(of(ratings, "kid"), [10, np.nan, 20, 22])
    np.testing.assert_array_equal(of(ratings, "parent"), [11, 13, np.nan, np.nan])
    assert ratings.notes == (
        "99 stands for a missing value in 1 cell.",
        "-9 stands for a missing value in 1 cell.",
        "k.A. stands for a missing value in 1 cell.",
        "77 is listed as a code of missing values, and no cell holds it.",
    )


def test_codes_of_a_column_are_missing_there_only(tmp_path):
    ratings = read(TEXT, tmp_path, file={"missing_in": {"kid": [12, 21]}})
    np.testing.assert_array_equal(of(ratings, "kid"), [10, np.nan, 20, 22])
    assert of(ratings, "parent") == [11, 13, 21, 23]
    assert refused(TEXT, tmp_path, file={"missing_in": {"kidd": [1]}}) == [
        "[file.missing_in] = 'kidd': the file has no such column. Did you mean 'kid'?"
    ]


def test_decimals_are_separated_as_the_study_file_says(tmp_path):
    text = TEXT.replace(",", "\t").replace("12", "12,5")
    assert of(read(text, tmp_path, "r.tsv", file={"decimal": ","}), "kid")[1] == 12.5
    semicolons = TEXT.replace(",", ";").replace("12", "12,5")
    assert of(read(semicolons, tmp_path), "kid")[1] == 12.5
    assert refused(semicolons, tmp_path, file={"decimal": "."}) == [
        "row 3, column kid = '12,5': is not a number (write decimals with a point)"
    ]


def test_an_encoding_is_stated_or_asked_for(tmp_path):
    file = tmp_path / "r.csv"
    file.write_bytes(TEXT.replace("T1", "Müller").encode("cp1252"))
    ratings = read_ratings(file, study=study(file={"encoding": "cp1252"}))
    assert ratings.children["therapist"].tolist() == ["Müller", "T2"]
    with pytest.raises(InputError, match=r'\[file\] encoding = "cp1252" for most files of Excel'):
        read_ratings(file, study=study())
    with pytest.raises(InputError, match="is not text encoded as ascii"):
        read_ratings(file, study=study(file={"encoding": "ascii"}))


def test_options_of_other_formats_are_refused(tmp_path):
    found = refused(TEXT, tmp_path, file={"sheet": 1})
    assert found == [
        "[file] sheet = 1: belongs to files that end in .xlsx, and this is a .csv file"
    ]
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0])
    with pytest.raises(InputError, match=r"encoding = 'utf-8': belongs to files .* is a frame"):
        read_ratings(frame, study=study(file={"encoding": "utf-8"}))


def test_copies_of_rows_are_an_error_said_once_or_left_out(tmp_path):
    text = TEXT + "\na,T1,0,10,11\nb,T2,4,22,23"
    assert refused(text, tmp_path) == [
        f"row {row}: is like an earlier row in every cell; to leave such rows out, say [file] "
        'duplicates = "drop"'
        for row in (6, 7)
    ]
    ratings = read(text, tmp_path, file={"duplicates": "drop"})
    assert of(ratings, "kid") == KID
    assert ratings.notes == ("2 rows are copies of an earlier one in every cell, and left out.",)
    found = refused(TEXT + "\na,T1,0,10,12", tmp_path, file={"duplicates": "drop"})
    assert found == ["row 6: a second row for child 'a' at time 0; the first is row 2"]


def test_a_line_that_says_the_separator_is_no_row(tmp_path):
    text = "sep=;\n" + TEXT.replace(",", ";").replace("22", "99")
    found = refused(text, tmp_path)
    assert found[0].startswith("row 5, column kid = '99'"), "as Excel numbers rows"


# Times


def test_labels_of_times_are_times(tmp_path):
    text = TEXT.replace(",0,", ",pre,").replace(",4,", ",post,")
    ratings = read(text, tmp_path, time={"labels": {"pre": 0, "post": 4}})
    assert ratings.occasions["time"].tolist() == [0, 4, 0, 4]
    found = refused(text, tmp_path, time={"labels": {"pre": 0, "Post": 4}})
    assert found[0] == (
        "row 3, column t = 'post': is not listed in [time] labels. Did you mean 'Post'?"
    )


DAYS = [datetime.date(2024, 1, 30), datetime.date(2024, 2, 13), datetime.date(2024, 3, 5)]


def dated(form: str) -> str:
    header, *rows = TEXT.splitlines()
    days = [DAYS[0], DAYS[1], DAYS[1], DAYS[2]]
    cells = [row.split(",") for row in rows]
    return "\n".join(
        [
            header,
            *(
                ",".join([*cell[:2], day.strftime(form), *cell[3:]])
                for cell, day in zip(cells, days, strict=True)
            ),
        ]
    )


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%dT10:00"])
def test_dates_become_times_since_the_childs_first(form, tmp_path):
    ratings = read(dated(form), tmp_path, time={"dates": True, "unit": "weeks"})
    assert ratings.occasions["time"].tolist() == [0, 2, 0, 3]
    assert ratings.time.unit == "weeks"
    months = read(dated(form), tmp_path, time={"dates": True})
    assert months.occasions["time"].tolist()[1] == pytest.approx(14 / (365.25 / 12))
    assert months.time.unit == "months"


def test_dates_of_a_spreadsheet_are_dates(tmp_path):
    rows = [
        (*row[:2], day, *row[3:]) for row, day in zip(ROWS[1:], [*DAYS[:2], *DAYS[1:]], strict=True)
    ]
    path = workbook(tmp_path / "r.xlsx", {"one": [ROWS[0], *rows]})
    ratings = read_ratings(path, study=study(time={"dates": True, "unit": "days"}))
    assert ratings.occasions["time"].tolist() == [0, 14, 0, 21]


def test_dates_are_counted_from_a_date_of_entry(tmp_path):
    lines = dated("%Y-%m-%d").splitlines()
    entries = ["entry", "2024-01-23", "", "2024-02-13", "2024-02-13"]
    text = "\n".join(map(",".join, zip(lines, entries, strict=True)))
    columns = STUDY["columns"] | {"entry": "entry"}
    changes = {"time": {"dates": True, "unit": "weeks"}, "columns": columns}
    assert read(text, tmp_path, **changes).occasions["time"].tolist() == [1, 3, 0, 3]
    other = text.replace("23,2024-02-13", "23,2024-02-14")
    assert refused(other, tmp_path, **changes) == [
        "row 5, column entry = '2024-02-14': differs from that of another row of the same child"
    ]


def test_dates_that_are_none_or_undecided_are_said(tmp_path):
    text = dated("%Y-%m-%d").replace("2024-01-30", "2024-02-30").replace("2024-03-05", "")
    assert refused(text, tmp_path, time={"dates": True}) == [
        "row 2, column t = '2024-02-30': is not a date: write 2024-01-31 or 31.01.2024, or store "
        "it as a date",
        "row 5, column t: is blank; a date is needed",
    ]
    text = dated("%Y-%m-%d").replace("2024-01-30", "3/4/2024")
    assert refused(text, tmp_path, time={"dates": True})[0].startswith(
        "row 2, column t = '3/4/2024': may have the day or the month first, and no date of"
    )


def test_a_time_at_which_nobody_rated_is_no_occasion(tmp_path):
    baseline = "\na,T1,-4,,\nb,T2,-4,,"
    ratings = read(TEXT + baseline, tmp_path)
    assert ratings.occasions["time"].tolist() == [0, 4, 0, 4]
    assert ratings.notes == ("Nobody rated at time -4: not counted as an occasion.",)
    listed = read(TEXT + baseline, tmp_path, time={"occasions": [-4, 0, 4]})
    assert (listed.long["status"] == "missing").sum() == 4


def test_a_child_with_a_row_at_such_a_time_only_is_kept(tmp_path):
    ratings = read(TEXT + "\na,T1,-4,,\nb,T2,-4,,\nc,T2,-4,,", tmp_path)
    assert ratings.long.query("child == 'c'")["status"].tolist() == ["missing"] * 4
    own = TEXT.replace("b,T2,4", "b,T2,5")
    apart = read(own + "\na,T1,-4,,\nb,T2,-4,,\nc,T2,-4,,", tmp_path)
    assert apart.long.query("child == 'c'")["time"].tolist() == [-4, -4]
    assert len(apart.occasions) == 5


def test_a_time_at_which_somebody_had_left_is_an_occasion(tmp_path):
    lines = [*TEXT.splitlines(), "a,T1,8,,", "b,T2,8,,"]
    active = ["in", "1", "1", "1", "1", "0", "1"]
    text = "\n".join(map(",".join, zip(lines, active, strict=True)))
    ratings = read(text, tmp_path, treatment={"in_treatment": "in"})
    assert ratings.occasions["time"].tolist() == [0, 4, 8] * 2


# Who is who


def test_a_therapist_holds_for_the_other_rows_of_a_child(tmp_path):
    ratings = read(TEXT.replace("a,T1,4", "a,,4"), tmp_path)
    assert ratings.children["therapist"].tolist() == ["T1", "T2"]
    assert ratings.notes == (
        "Column th is blank in 1 row, which have the therapist of other rows of the same child.",
    )


def test_a_child_without_a_therapist_stands_alone_only_where_the_study_file_says_so(tmp_path):
    text = TEXT.replace("b,T2", "b,")
    assert refused(text, tmp_path) == [
        "row 4, column th: is blank, as in all rows of child 'b'; if nobody treated these children "
        '(a waiting list), say [columns] no_therapist = "own": each then stands alone and counts '
        "as without a therapist"
    ]
    columns = STUDY["columns"] | {"no_therapist": "own"}
    ratings = read(text, tmp_path, columns=columns)
    assert ratings.alone == ("none (b)",)
    assert ratings.children["therapist"].tolist() == ["T1", "none (b)"]
    assert "2 children of 1 therapist;" in repr(ratings)
    assert "1 child has no therapist and stands alone." in repr(ratings)
    again = Ratings.from_wide(ratings.to_wide(), study=ratings.study)
    assert again.alone == ratings.alone
    named = read(text.replace("T1", "none (b)"), tmp_path, columns=columns)
    assert named.alone == ("(none (b))",)


def test_a_therapist_that_changes_is_one_cause_with_a_way_on(tmp_path):
    text = TEXT.replace("a,T1,4", "a,T9,4").replace("b,T2,4", "b,T9,4")
    found = refused(text, tmp_path)
    assert found[0] == (
        "row 3, column th = 'T9': child 'a' has 'T1' in row 2; a child has one therapist; name in "
        "[columns] therapist a column that holds one for each child, such as the therapist at "
        "entry or the one seen most"
    )


def test_ratings_that_were_not_planned_are_not_missing(tmp_path):
    text = TEXT.replace("12,13", "12,").replace("22,23", ",")
    ratings = read(text, tmp_path, planned={"parent": [0]})
    status = ratings.long.set_index(["child", "time", "informant"])["status"]
    assert status["a", 4.0, "parent"] == status["b", 4.0, "parent"] == "not planned"
    assert status["b", 4.0, "kid"] == "missing"
    assert Ratings.from_wide(ratings.to_wide(), study=ratings.study).long.equals(ratings.long)
    assert refused(TEXT, tmp_path, planned={"parent": [0]})[0] == (
        "row 3, column par = '13': is a rating at time 4; informant 'parent' was to rate at 0 only "
        "([planned] parent)"
    )


def test_ratings_after_leaving_are_dropped_or_kept_as_the_study_file_says(tmp_path):
    lines = [TEXT.splitlines()[0] + ",last", *(f"{row},0" for row in TEXT.splitlines()[1:])]
    text = "\n".join(lines)
    found = refused(text, tmp_path, treatment={"last_occasion": "last"})
    assert len(found) == 4
    assert 'say [treatment] rated_after_leaving = "drop" or' in found[0]
    kept = {"last_occasion": "last", "rated_after_leaving": "keep"}
    ratings = read(text, tmp_path, treatment=kept)
    assert of(ratings, "kid") == KID
    assert ratings.occasions["in_treatment"].tolist() == [True, False] * 2
    assert Ratings.from_wide(ratings.to_wide(), study=ratings.study).long.equals(ratings.long)
    dropped = read(text, tmp_path, treatment=kept | {"rated_after_leaving": "drop"})
    np.testing.assert_array_equal(of(dropped, "kid"), [10, np.nan, 20, np.nan])
    assert dropped.long["status"].tolist() == ["rated"] * 2 + ["not in treatment"] * 2 + [
        *["rated"] * 2,
        *["not in treatment"] * 2,
    ]
    assert dropped.notes == ("4 ratings of times out of treatment left out, as [treatment] says.",)


# Value labels


LABELS = {"dx": {2.0: "anxiety", 1.0: "zest"}, "kid": {0.0: "never", 30.0: "always"}}


def labelled(path):
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0]).assign(
        dx=[1.0, 1.0, 2.0, 2.0], sex=[0, 0, 1, 1]
    )
    labels = LABELS | {"sex": {0: "girl", 1: "boy"}}
    if path.suffix == ".sav":
        pyreadstat.write_sav(frame, str(path), variable_value_labels=labels)
    else:
        frame.to_stata(path, write_index=False, value_labels=labels)
    return path


@pytest.mark.parametrize("ending", [".sav", ".dta"])
def test_labelled_codes_are_categories_that_print_as_labels(ending, tmp_path):
    path = labelled(tmp_path / f"r{ending}")
    ratings = read_ratings(path, study=study(covariates={"child": ["dx", "sex"]}))
    found = {one.name: (one.kind, one.categories) for one in ratings.covariates}
    assert found["dx"] == ("categorical", ("zest", "anxiety"))
    assert found["sex"] == ("categorical", ("girl", "boy"))
    assert ratings.children["dx"].tolist() == ["zest", "anxiety"]
    assert of(ratings, "kid") == KID, "of a scale only the ends have labels"
    again = Ratings.from_wide(ratings.to_wide(), study=ratings.study)
    assert again.covariates == ratings.covariates


@pytest.mark.parametrize("reference", ["anxiety", 2])
def test_a_reference_is_a_label_or_a_code(reference, tmp_path):
    path = labelled(tmp_path / "r.sav")
    changes = {"covariates": {"child": ["dx"]}, "covariate": {"dx": {"reference": reference}}}
    ratings = read_ratings(path, study=study(**changes))
    assert ratings.covariates[0].categories == ("anxiety", "zest")


def test_labels_of_the_study_file_come_before_those_of_the_file(tmp_path):
    path = labelled(tmp_path / "r.sav")
    changes: dict = {
        "covariates": {"child": ["dx"]},
        "covariate": {"dx": {"labels": {1: "x", 2: "b"}}},
    }
    assert read_ratings(path, study=study(**changes)).covariates[0].categories == ("x", "b")
    changes["covariate"] = {"dx": {"labels": {1: "x"}}}
    with pytest.raises(InputError) as caught:
        read_ratings(path, study=study(**changes))
    assert messages(caught.value)[0] == (
        "case 3, column dx = 2.0: has no label in [covariate.dx] labels (1)"
    )
    changes["covariate"] = {"dx": {"type": "numeric"}}
    assert read_ratings(path, study=study(**changes)).covariates[0].kind == "numeric"


@pytest.mark.parametrize("who", [{"kid": "Kid", "parent": "Parent"}, {"kid": 1, "parent": 2}])
def test_informants_of_a_long_file_are_labels_or_codes(who, tmp_path):
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0])
    long = frame.melt(["id", "th", "t"], ["kid", "par"], var_name="who", value_name="score")
    long["who"] = long["who"].map({"kid": 1.0, "par": 2.0})
    path = tmp_path / "r.sav"
    pyreadstat.write_sav(long, str(path), variable_value_labels={"who": {1: "Kid", 2: "Parent"}})
    columns = STUDY["columns"] | {"informant": "who", "rating": "score"}
    stated = study(layout="long", columns=columns, informants=who)
    assert of(read_ratings(path, study=stated), "kid") == KID


def test_times_may_be_value_labels(tmp_path):
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0]).assign(t=[1.0, 2.0, 1.0, 2.0])
    path = tmp_path / "r.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels={"t": {1: "pre", 2: "post"}})
    for labels in ({"pre": 0, "post": 6}, {"1": 0, "2": 6}):
        ratings = read_ratings(path, study=study(time={"labels": labels}))
        assert ratings.occasions["time"].tolist() == [0, 6, 0, 6]


# A row per child


OVER_TIME: dict = {
    "layout": "wide_over_time",
    "columns": {"child": "id", "therapist": "th"},
    "informants": {"kid": "kid_t{time}", "parent": "par_t{time}"},
}
WIDE = (
    "id,th,kid_t0,kid_t4,par_t0,par_t4,stress_0,stress_4\na,T1,10,12,11,13,1,2\nb,T2,20,22,21,23,3,"
)


def test_a_row_per_child_reads_as_a_row_per_child_and_time(tmp_path):
    ratings = read(WIDE, tmp_path, **OVER_TIME, covariates={"occasion": ["stress_{time}"]})
    expected = read(TEXT, tmp_path)
    pd.testing.assert_frame_equal(ratings.long, expected.long)
    assert [one.name for one in ratings.covariates] == ["stress"]
    np.testing.assert_array_equal(ratings.occasions["stress"], [1, 2, 3, np.nan])


def test_wrong_cells_of_a_row_per_child_are_named_by_their_own_columns(tmp_path):
    text = WIDE.replace("12,11", "99,x") + "\na,T1,1,2,3,4,5,6"
    assert refused(text, tmp_path, **OVER_TIME) == [
        "row 2, column kid_t4 = '99': is outside the scale of informant 'kid' (0 to 30); leave the "
        "cell empty if it stands for a missing rating, or list what stands there in [file] missing",
        "row 2, column par_t0 = 'x': is not a number",
        "row 4: a second row for child 'a'; the first is row 2",
    ]


def test_columns_that_are_absent_at_some_times_are_planned_so_or_an_error(tmp_path):
    text = WIDE.replace("par_t4", "note")
    assert refused(text, tmp_path, **OVER_TIME) == [
        "[informants] parent: the file has no column par_t4, and other informants have columns at "
        "these times; if this one was not to rate then, say so: [planned] parent = [0]"
    ]
    ratings = read(text, tmp_path, **OVER_TIME, planned={"parent": [0]})
    assert ratings.long["status"].tolist().count("not planned") == 2


def test_columns_that_no_time_fits_are_said(tmp_path):
    text = WIDE.replace("t0", "pre").replace("t4", "post")
    informants = {"kid": "kid_{time}", "parent": "par_{time}"}
    stated = OVER_TIME | {"informants": informants}
    assert refused(text, tmp_path, **stated)[0] == (
        "[informants] kid = 'kid_{time}': no column of the file fits, with a number in the place "
        "of {time}. The file has pre, post there: say which times these are in [time] labels."
    )
    ratings = read(text, tmp_path, **stated, time={"labels": {"pre": 0, "post": 4}})
    pd.testing.assert_frame_equal(ratings.long, read(TEXT, tmp_path).long)
    both = refused(text, tmp_path, **stated, time={"labels": {"pre": 4, "post": 4}})
    assert both[0].startswith("times in names of columns = 'pre, post': mean the same time")


def test_items_may_stand_in_a_row_per_child(tmp_path):
    text = "id,k_t0_1,k_t0_2,k_t1_1,k_t1_2\na,1,2,3,4\nb,2,2,2,"
    stated = {
        "layout": "wide_over_time",
        "columns": {"child": "id"},
        "informants": {"kid": "k_t{time}"},
        "items": {"names": [1, 2], "lower": 1, "upper": 4},
        "scale": {"lower": 2, "upper": 8},
    }
    ratings = read(text, tmp_path, **stated)
    np.testing.assert_array_equal(of(ratings, "kid"), [3, 7, 4, np.nan])


# Hints, numbers, frames


def test_names_but_for_case_are_suggested(tmp_path):
    found = refused(TEXT.replace("kid", "KID"), tmp_path)
    assert found == [
        "column kid: the file has no such column (study file: informants.kid). Did you mean 'KID'?"
    ]


def test_identifiers_in_the_index_are_found():
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0]).set_index(["id", "t"])
    with pytest.raises(
        InputError, match=r"It is in the index of the frame: use frame\.reset_index"
    ):
        Ratings.from_wide(frame, study=study())


def test_a_long_file_declared_wide_is_recognised(tmp_path):
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0])
    long = frame.melt(["id", "th", "t"], ["kid", "par"], var_name="who", value_name="score")
    found = refused(long.to_csv(index=False), tmp_path, informants={"kid": "score"})
    assert found[0] == (
        "row 6: a second row for child 'a' at time 0; the first is row 2 (column 'who' tells such "
        'rows apart: kid, par. If it says who rated, this is a long file: layout = "long")'
    )


@pytest.mark.parametrize(
    ("ending", "expected"), [(".sav", "case 4"), (".dta", "observation 4"), (".parquet", "row 5")]
)
def test_rows_are_numbered_as_the_program_of_the_file_shows_them(ending, expected, tmp_path):
    path = tmp_path / f"r{ending}"
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0]).replace(22, 99)
    match ending:
        case ".sav":
            pyreadstat.write_sav(frame, str(path))
        case ".dta":
            frame.to_stata(path, write_index=False)
        case _:
            frame.to_parquet(path)
    with pytest.raises(InputError) as caught:
        read_ratings(path, study=study())
    assert caught.value.problems[0].where == f"{expected}, column kid"


def test_frames_of_arrow_are_read_as_those_of_pandas():
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0])
    table = pyarrow.Table.from_pandas(frame)
    expected = Ratings.from_wide(frame, study=study())
    for ratings in (Ratings.from_wide(table, study=study()), read_ratings(table, study=study())):
        pd.testing.assert_frame_equal(ratings.long, expected.long)


def test_types_of_arrow_are_read_as_what_they_hold(tmp_path):
    """Frames of polars come by way of these types."""
    days = [datetime.date(2024, 1, 4), datetime.date(2024, 2, 4)] * 2
    columns = {
        "id": pyarrow.array(["01", "01", "02", "02"]).dictionary_encode(),
        "month": pyarrow.array(days, pyarrow.date32()),
        "kid": pyarrow.array([10, None, 20, 22], pyarrow.int64()),
        "par": pyarrow.array([10.5, 12.0, None, 22.0], pyarrow.float64()),
        "girl": pyarrow.array([True, True, False, False]),
    }
    described = study(
        columns={"child": "id", "time": "month"},
        informants={"kid": "kid", "par": "par"},
        covariates={"child": ["girl"]},
        time={"dates": True, "unit": "days"},
    )
    ratings = read_ratings(pyarrow.table(columns), study=described)
    assert list(ratings.children.index) == ["01", "02"]
    assert ratings.children["girl"].tolist() == [1.0, 0.0]
    assert ratings.occasions["time"].tolist() == [0.0, 31.0] * 2
    assert ratings.observed["rating"].tolist() == [10.0, 10.5, 12.0, 20.0, 22.0, 22.0]


def test_a_frame_that_needs_a_library_says_which(monkeypatch):
    def without_pyarrow(_self):
        raise ModuleNotFoundError("pyarrow is needed")

    table = pyarrow.table({"id": ["a"]})
    monkeypatch.setattr(nw.DataFrame, "to_pandas", without_pyarrow)
    with pytest.raises(InputError, match=r"bayes-alliance\[parquet\]"):
        read_ratings(table, study=study())


def test_what_is_no_frame_is_refused():
    with pytest.raises(
        InputError, match="path = 'list': must be text or a path or a frame of pandas"
    ):
        read_ratings([[1, 2]] * 9, study=study())


# Allowed, and probably not meant


def covariates_of(tmp_path, values: dict, **changes: object) -> tuple[str, ...]:
    """The doubts about children's covariates."""
    frame = pd.DataFrame({"id": range(len(next(iter(values.values())))), "kid": 5} | values)
    stated = {"columns": {"child": "id"}, "informants": {"kid": "kid"}} | changes
    return read(
        frame.to_csv(index=False), tmp_path, covariates={"child": [*values]}, **stated
    ).doubts


def test_a_code_far_from_all_other_values_is_asked_about(tmp_path):
    ages = [7, 8.5, 9, 10, 12, 13, 99, 99]
    assert covariates_of(tmp_path, {"age": ages}) == (
        "99 stands 2 times in age, far from all other values: a code of missing values? List it in "
        "[file] missing.",
    )
    assert covariates_of(tmp_path, {"age": [*ages[:6], 99, 12]}) == (), "once"
    assert covariates_of(tmp_path, {"weight": [60, 75, 88, 90, 99, 99, 70.5]}) == (), "near"
    ratings = read(
        TEXT.replace("22", "-9").replace("20", "-9"), tmp_path, scale={"center": 10, "spread": 5}
    )
    assert ratings.doubts[0].startswith("-9 stands 2 times in kid, far from all other values")


def test_a_number_of_few_values_is_asked_about_unless_the_study_file_says_what_it_is(tmp_path):
    dx = {"dx": [0, 1, 2, 0, 1, 2]}
    assert covariates_of(tmp_path, dx) == (
        "dx has the few values 0, 1, 2: a number, or categories? Say so in its [covariate] table.",
    )
    for details in (
        {"type": "numeric"},
        {"unit": "siblings"},
        {"labels": {0: "a", 1: "b", 2: "c"}},
    ):
        assert covariates_of(tmp_path, dx, covariate={"dx": details}) == ()


def test_a_therapist_called_none_is_asked_about(tmp_path):
    ratings = read(TEXT.replace("T1", "None").replace("T2", "None"), tmp_path)
    assert ratings.doubts == (
        "Therapist 'None' has 2 children: somebody, or nobody ([columns] no_therapist, and its "
        "name in [file.missing_in])?",
    )
    assert "Is this meant?" in repr(ratings)


def test_waves_entered_as_informants_are_asked_about(tmp_path):
    stated = {"columns": {"child": "id"}, "informants": {"w1": "kid_t0", "w2": "kid_t4"}}
    ratings = read(WIDE, tmp_path, **stated)
    assert ratings.doubts == (
        "The columns of the informants (kid_t0, kid_t4) differ by a number only: one informant at "
        'several times? Then say layout = "wide_over_time" and informant = "kid_t{time}".',
    )
    called = {"columns": {"child": "id"}, "informants": {"a": "pre", "b": "post", "c": "fu"}}
    ratings = read("id,pre,post,fu\n1,20,21,22\n", tmp_path, **called)
    assert "(pre, post, fu) differ by the name of a wave only" in ratings.doubts[0]
    names = ("phq9_p_t0", "phq9_p_t4", "phq9_c_t0", "phq9_c_t4")
    row = ",".join(["1", *("20" for _ in names)])
    several = {"columns": {"child": "id"}, "informants": {name: name for name in names}}
    ratings = read(f"id,{','.join(names)}\n{row}\n", tmp_path, **several)
    assert ratings.doubts[0].endswith(
        "differ by a number only: informants rate at several times? Then say layout = "
        '"wide_over_time" and patterns for informants, "phq9_p_t{time}", "phq9_c_t{time}".'
    )


def test_a_covariate_without_any_value_is_no_doubt(tmp_path):
    age = {"age": [None, None]}
    assert covariates_of(tmp_path, age) == ()
    assert covariates_of(tmp_path, age, covariate={"age": {"type": "numeric"}}) == ()


def test_a_listed_time_at_which_nobody_rated_is_written_and_read_again(tmp_path):
    listed = read(TEXT + "\na,T1,-4,,\nb,T2,-4,,", tmp_path, time={"occasions": [-4, 0, 4]})
    again = Ratings.from_wide(listed.to_wide(), study=listed.study)
    pd.testing.assert_frame_equal(again.long, listed.long)
    assert not read(TEXT, tmp_path).study.time.occasions
