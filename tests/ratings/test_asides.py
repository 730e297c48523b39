"""Rows that are no data are left out and said; whatever could be a rating is read."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import read_ratings
from bayes_alliance.ratings.drafting import drafted

STUDY = """\
layout = "wide"
[columns]
child = "id"
time = "month"
[informants]
child = "c"
mother = "m"
[scale]
lower = 0
upper = 40
"""
NAMES = ["id", "month", "c", "m"]
DATA = [["a", 1, 20, 21], ["a", 4, 22, 23], ["b", 1, 30, 31], ["b", 4, 32, 33]]
BLANK = [None] * 4
IMPORTED = [f'{{"ImportId":"QID{at}"}}' for at in range(4)]
ASKED = ["Your code", "When?", "How well do you\nget on?", "And your mother?"]


def csv_of(rows):
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    quoted = [[cell.replace('"', '""') for cell in row] for row in cells]
    return "\n".join(",".join(f'"{cell}"' if cell else "" for cell in row) for row in quoted)


@pytest.fixture(params=["csv", "xlsx", "frame"])
def read(request, tmp_path):
    def of(*rows):
        if request.param == "frame":
            return read_ratings(pd.DataFrame(rows, columns=NAMES, dtype=object), study=study)
        file = tmp_path / f"r.{request.param}"
        if request.param == "csv":
            file.write_text(csv_of([NAMES, *rows]), encoding="utf-8")
        else:
            book = openpyxl.Workbook()
            for row in [NAMES, *rows]:
                book.active.append(row)
            book.save(file)
        return read_ratings(file, study=study)

    study = tmp_path / "study.toml"
    study.write_text(STUDY, encoding="utf-8")
    return of


def test_the_two_rows_of_qualtrics_are_left_out_and_said(read):
    ratings = read(ASKED, IMPORTED, *DATA)
    assert len(ratings.observed) == 8
    assert ratings.notes == (
        "Rows 2 and 3 are Qualtrics's, with its questions and its own names: not read.",
    )


def test_older_exports_of_qualtrics_name_columns_in_single_quotes(read):
    older = [one.replace('"', "'").replace(":", ": ") for one in IMPORTED]
    assert len(read(ASKED, older, *DATA).observed) == 8


def test_questions_without_the_names_of_qualtrics_are_read_and_found_wrong(read):
    with pytest.raises(InputError, match="When"):
        read(ASKED, *DATA)
    with pytest.raises(InputError, match="When"):
        read(ASKED, [*IMPORTED[:3], "7"], *DATA)


@pytest.mark.parametrize(
    ("below", "said"),
    [
        ([BLANK, ["entered twice", None, None, None]], "7 on, stands what is no rating (entered"),
        ([BLANK, BLANK, [None, None, None, "done"], BLANK], "8 on, stands what is no rating (done"),
        (
            [BLANK, ["Mean", None, 26, 27], ["N", None, 4, 4]],
            "7 on, stands what is no rating (Mean",
        ),
        ([BLANK, ["Mittelwert:", None, 26.5, None]], "7 on, stands what is no rating (Mittelwert:"),
        ([["rated by post in May", None, None, None]], "6 on, stands what is no rating (rated by"),
    ],
)
def test_notes_and_averages_below_the_table_are_left_out_and_said(read, below, said):
    ratings = read(*DATA, *below)
    assert ratings.observed["rating"].tolist() == [20, 21, 22, 23, 30, 31, 32, 33]
    assert len(ratings.notes) == 1
    assert f"Below the table, from row {said}" in ratings.notes[0]


def test_more_than_three_notes_are_cut_short(read):
    notes = [[f"note {at}", None, None, None] for at in range(5)]
    (said,) = read(*DATA, BLANK, *notes).notes
    assert said.endswith("(note 0; note 1; note 2; ...): not read.")


@pytest.mark.parametrize(
    "below",
    [
        [BLANK, ["Max", 1, 20, 21]],  # a name too, and nothing surer beside it
        [BLANK, ["N", 1, 20, 21]],
        [BLANK, ["c", 1, 20, 21]],  # another part of the table
        [["c", 1, 20, 21]],
    ],
)
def test_what_could_be_a_rating_is_read(read, below):
    ratings = read(*DATA, *below)
    assert len(ratings.observed) == 10
    assert ratings.notes == ()


@pytest.mark.parametrize(
    "below",
    [
        [["Mean", None, 26, 27]],  # directly below the data
        [BLANK, ["Mean", None, 26, 27], ["c", None, 20, 21]],  # something else below it
        [["c", None, None, None]],
    ],
)
def test_what_is_no_aside_for_sure_is_found_wrong(read, below):
    with pytest.raises(InputError):
        read(*DATA, *below)


def test_a_row_that_is_cut_off_is_no_note(tmp_path):
    study, file = tmp_path / "study.toml", tmp_path / "r.csv"
    study.write_text(STUDY, encoding="utf-8")
    file.write_text(csv_of([NAMES, *DATA]) + "\n\nc", encoding="utf-8")
    with pytest.raises(InputError, match="cut off"):
        read_ratings(file, study=study)


def test_a_note_has_no_separators(tmp_path):
    study, file = tmp_path / "study.toml", tmp_path / "r.csv"
    study.write_text(STUDY, encoding="utf-8")
    file.write_text(csv_of([NAMES, *DATA]) + "\n\nrated by post in May\n", encoding="utf-8")
    assert len(read_ratings(file, study=study).observed) == 8


def test_averages_that_no_program_computed_are_left_out_too(tmp_path):
    study, file = tmp_path / "study.toml", tmp_path / "r.xlsx"
    study.write_text(STUDY, encoding="utf-8")
    book = openpyxl.Workbook()
    for row in [NAMES, *DATA, BLANK, ["Mean", None, "=AVERAGE(C2:C5)", "=AVERAGE(D2:D5)"]]:
        book.active.append(row)
    book.save(file)
    assert len(read_ratings(file, study=study).observed) == 8


def test_a_draft_quotes_the_questions_of_a_frame_and_asks_about_what_is_not_sure():
    many = [
        [f"k{at}", month, 20 + at + month, 30 - at - month] for at in range(8) for month in (1, 4)
    ]
    frame = pd.DataFrame([ASKED, IMPORTED, *many], columns=NAMES, dtype=object)
    drawn = drafted(frame)
    assert "How well do you get on?" in drawn.text
    assert any("Rows 2 and 3 are Qualtrics's" in one for one in drawn.seen)
    assert not any("Qualtrics" in one for one in drawn.decide)


def test_a_draft_asks_about_rows_below_the_table_that_are_read(tmp_path):
    many = [
        [f"k{at}", month, 20 + at + month, 30 - at - month] for at in range(8) for month in (1, 4)
    ]
    file = tmp_path / "r.csv"
    file.write_text(csv_of([NAMES, *many, BLANK, ["SD", None, 3, 4]]), encoding="utf-8")
    drawn = drafted(file)
    assert any("Row 19 below the table is no data (SD): delete" in one for one in drawn.decide)


def test_the_frame_is_left_as_it_was():
    frame = pd.DataFrame([ASKED, IMPORTED, *DATA, BLANK, ["Mean", None, 1, 2]], columns=NAMES)
    before = frame.copy()
    read_ratings(frame, study=dict_of_study())
    pd.testing.assert_frame_equal(frame, before)


def dict_of_study():
    return {
        "layout": "wide",
        "columns": {"child": "id", "time": "month"},
        "informants": {"child": "c", "mother": "m"},
        "scale": {"lower": 0.0, "upper": 40.0},
    }


def test_numbers_below_a_table_of_numbers_are_data():
    frame = pd.DataFrame({"id": [1, 1, 2], "month": [1, 4, 1], "c": [9.0, 8.0, np.nan]})
    frame["m"] = [7.0, 6.0, 5.0]
    ratings = read_ratings(frame, study=dict_of_study())
    assert len(ratings.observed) == 5
