"""Ratings files of every format: what is read, and that nothing is lost."""

import sys

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Covariate, Ratings, Scale, Study, read_ratings
from tests.ratings.tiny import (
    CSV,
    as_long,
    assert_same_ratings,
    long_study,
    messages,
    tiny_study,
)


def test_ratings_are_laid_out_by_child_time_and_informant(ratings):
    first = ratings.long.head(6)
    assert first["child"].tolist() == ["01"] * 6
    assert first["time"].tolist() == [4.0, 4.0, 8.0, 8.0, 12.0, 12.0]
    assert first["informant"].tolist() == ["child", "therapist_of_child"] * 3
    np.testing.assert_array_equal(first["rating"], [40, 42, 41, np.nan, 43, 44])
    assert first["status"].tolist() == ["rated"] * 3 + ["missing"] + ["rated"] * 2


def test_not_in_treatment_is_told_apart_from_missing(ratings):
    status = ratings.long.drop_duplicates(["child", "time"], keep="last")
    found = status.set_index(["child", "time"])["status"].to_dict()
    assert found[("01", 8.0)] == "missing"
    assert found[("02", 8.0)] == "not in treatment", "its row says so"
    assert found[("02", 12.0)] == "not in treatment", "no row after one out of treatment"
    assert found[("03", 8.0)] == "not in treatment", "no row after the last one in treatment"
    assert ratings.has_treatment


def test_an_absent_occasion_within_treatment_is_missing(frame):
    gap = frame.drop(index=1)
    ratings = Ratings.from_wide(gap, study=tiny_study(time={"occasions": [4, 8, 12]}))
    status = ratings.long.query("child == '01' and time == 8")["status"]
    assert status.tolist() == ["missing", "missing"]


def test_without_treatment_every_absent_rating_is_missing(frame):
    ratings = Ratings.from_wide(frame, study=tiny_study(treatment=None))
    assert set(ratings.long["status"]) == {"rated", "missing"}
    assert len(ratings.occasions) == 9
    assert ratings.occasions["in_treatment"].all()
    assert not ratings.has_treatment


def test_last_occasion_says_the_same_as_a_column_of_zeros_and_ones(frame, ratings):
    last = {"01": 12, "02": 4, "03": 4}
    stated = frame.drop(columns="active").assign(last=frame["child_id"].map(last))
    by_last = Ratings.from_wide(stated, study=tiny_study(treatment={"last_occasion": "last"}))
    assert_same_ratings(by_last, ratings)


def test_last_occasion_need_stand_in_one_row_of_a_child_only(frame, ratings):
    last = [12, np.nan, np.nan, np.nan, 4, 4]
    stated = frame.drop(columns="active").assign(last=last)
    by_last = Ratings.from_wide(stated, study=tiny_study(treatment={"last_occasion": "last"}))
    assert_same_ratings(by_last, ratings)


def test_children_with_times_of_their_own_get_no_occasions_added(frame):
    own = frame.assign(month=[1.5, 2.0, 7.25, 0.5, 3.0, 9.0])
    ratings = Ratings.from_wide(own, study=tiny_study())
    assert ratings.occasions["time"].tolist() == own["month"].tolist()


def test_nesting_and_covariates_stand_at_their_level(ratings):
    assert ratings.children["therapist"].to_dict() == {"01": "T1", "02": "T1", "03": "T2"}
    assert ratings.children["clinic"].tolist() == ["K", "K", "K"]
    np.testing.assert_array_equal(ratings.children["anxiety"], [1.5, 2.5, np.nan])
    assert ratings.children["home"].tolist() == ["farm", "town", "town"]
    assert ratings.therapists["skill"].to_dict() == {"T1": 7.0, "T2": 3.0}
    assert ratings.therapists["clinic"].tolist() == ["K", "K"]
    assert ratings.clinics["size"].to_dict() == {"K": "large"}
    assert ratings.occasions["stress"].notna().sum() == 5
    assert ratings.covariates == (
        Covariate(name="anxiety", level="child", kind="numeric"),
        Covariate(name="home", level="child", kind="categorical", categories=("farm", "town")),
        Covariate(name="skill", level="therapist", kind="numeric"),
        Covariate(name="size", level="clinic", kind="categorical", categories=("large",)),
        Covariate(name="stress", level="occasion", kind="numeric"),
    )


def test_observed_holds_given_ratings_with_therapist_and_clinic(ratings):
    observed = ratings.observed
    assert list(observed) == ["child", "time", "informant", "rating", "therapist", "clinic"]
    assert len(observed) == 9
    assert observed["rating"].notna().all()
    assert observed.query("child == '03'")["therapist"].tolist() == ["T2", "T2"]


def test_a_common_scale_is_none_where_informants_differ(frame):
    own = {"child": {"lower": 0, "upper": 60}, "therapist_of_child": {"lower": 12, "upper": 48}}
    ratings = Ratings.from_wide(frame, study=tiny_study(scale=own))
    assert ratings.common_scale is None
    assert ratings.scales["child"] == Scale.bounded(lower=0, upper=60, step=1)
    same = Ratings.from_wide(frame, study=tiny_study())
    assert same.common_scale == Scale.bounded(lower=12, upper=48, step=1)


def test_the_step_of_a_rating_is_a_whole_point_where_all_on_a_scale_are_whole(frame):
    def step(frame, **scale):
        study = tiny_study(scale={"lower": 12, "upper": 48} | scale)
        ratings = Ratings.from_wide(frame, study=study)
        again = Ratings.from_wide(ratings.to_wide(), study=ratings.study)
        assert again.scales == ratings.scales
        return ratings.common_scale.step

    assert step(frame) == 1.0
    assert step(frame, step=0) == 0.0
    assert step(frame, step=0.5) == 0.5
    assert step(frame, lower=11.5) is None
    # One instrument: what one informant rates in parts of points comes in no steps for anybody.
    parts = frame.assign(kid=frame["kid"].where(frame["kid"] != 41, 41.25))
    assert step(parts) is None
    own = {"child": {"lower": 0, "upper": 60}, "therapist_of_child": {"lower": 12, "upper": 48}}
    apart = Ratings.from_wide(parts, study=tiny_study(scale=own)).scales
    assert (apart["child"].step, apart["therapist_of_child"].step) == (None, 1.0)


def test_the_study_may_be_a_study_a_dictionary_or_a_path(csv_file, ratings, tmp_path):
    study = Study.from_dict(tiny_study())
    file = tmp_path / "study.toml"
    file.write_text(study.to_toml(), encoding="utf-8")
    for stated in (study, file, str(file)):
        assert_same_ratings(read_ratings(csv_file, study=stated), ratings)


@pytest.mark.parametrize("study", [tiny_study(), tiny_study(treatment=None)])
def test_long_and_wide_files_give_the_same_ratings(frame, study):
    wide = Ratings.from_wide(frame, study=study)
    long = Ratings.from_long(as_long(frame, study), study=long_study(study))
    assert_same_ratings(long, wide)


def test_a_long_file_may_name_informants_by_numbers(frame):
    study = long_study(tiny_study())
    coded = as_long(frame, study).replace({"who": {"kid": 1, "helper": 2}}).infer_objects()
    coded_study = study | {"informants": {"child": 1, "therapist_of_child": 2}}
    assert_same_ratings(
        Ratings.from_long(coded, study=coded_study), Ratings.from_wide(frame, study=tiny_study())
    )


def test_a_long_row_without_informant_and_rating_records_an_occasion(frame):
    study = long_study(tiny_study())
    rows = as_long(frame, study)
    out = rows["child_id"].eq("02") & rows["month"].eq(8)
    rows = rows[~(out & rows["who"].eq("helper"))]
    rows.loc[out, "who"] = np.nan
    assert_same_ratings(
        Ratings.from_long(rows, study=study), Ratings.from_wide(frame, study=tiny_study())
    )


def write(frame, file):
    match file.suffix:
        case ".csv":
            frame.to_csv(file, index=False)
        case ".tsv":
            frame.to_csv(file, index=False, sep="\t")
        case ".parquet":
            frame.to_parquet(file)
        case ".xlsx":
            frame.to_excel(file, index=False)
        case ".sav":
            pyreadstat.write_sav(frame, str(file))
        case ".dta":
            frame.assign(size=frame["size"].astype(object)).to_stata(file, write_index=False)


@pytest.mark.thorough
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".xlsx", ".sav", ".dta"])
def test_every_format_gives_the_same_ratings(ending, frame, ratings, tmp_path):
    file = tmp_path / f"ratings{ending}"
    write(frame, file)
    assert_same_ratings(read_ratings(file, study=tiny_study()), ratings)


@pytest.mark.parametrize("ending", [".xlsx", ".sav", ".dta"])
def test_numeric_identifiers_become_text_without_a_point(ending, frame, tmp_path):
    file = tmp_path / f"ratings{ending}"
    write(frame.assign(child_id=frame["child_id"].astype(float)), file)
    assert list(read_ratings(file, study=tiny_study()).children.index) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("library", "ending", "extra"),
    [
        ("pyreadstat", ".sav", "spss"),
        ("openpyxl", ".xlsx", "excel"),
        ("pyarrow", ".parquet", "parquet"),
    ],
)
def test_a_reader_without_its_library_says_what_to_install(
    library, ending, extra, frame, tmp_path, monkeypatch
):
    file = tmp_path / f"ratings{ending}"
    write(frame, file)
    for name in [name for name in sys.modules if name.split(".")[0] == library]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    with pytest.raises(InputError) as caught:
        read_ratings(file, study=tiny_study())
    assert f'pip install "bayes-alliance[{extra}]"' in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + CSV.encode(),
        CSV.replace(",", ";").replace(".", ",").encode(),
        CSV.replace(",", "\t").encode("utf-16"),
        CSV.replace("\n", "\r\n").encode(),
        ("\n" + CSV.replace("\n02", "\n\n,,,\n02")).encode(),
        CSV.replace(",,", ", NA ,").encode(),
        "\n".join(line + ",x y,,\n"[:-1] for line in CSV.splitlines()).encode(),
    ],
    ids=["BOM", "semicolons", "utf-16 tabs", "CRLF", "blank rows", "NA", "other columns"],
)
def test_csv_files_as_programs_write_them_give_the_same_ratings(content, ratings, tmp_path):
    file = tmp_path / "ratings.csv"
    file.write_bytes(content)
    assert_same_ratings(read_ratings(file, study=tiny_study()), ratings)


def test_identifiers_keep_leading_zeros_unicode_and_inner_spaces(tmp_path):
    file = tmp_path / "ratings.csv"
    file.write_text("id,t,r\n007,1,3\n Ana María Ñ ,1,3\n7,1,3\n", encoding="utf-8")
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"child": "r"},
        "scale": {"lower": 1, "upper": 5},
    }
    assert list(read_ratings(file, study=study).children.index) == ["007", "Ana María Ñ", "7"]


def test_the_smallest_file_is_one_child_with_one_rating_and_no_time():
    study = {
        "layout": "wide",
        "columns": {"child": "id"},
        "informants": {"child": "r"},
        "scale": {"lower": 1, "upper": 5},
        "time": {"origin": 3},
    }
    ratings = Ratings.from_wide(pd.DataFrame({"id": [1], "r": [2.5]}), study=study)
    assert ratings.long.to_dict("records") == [
        {"child": "1", "time": 3.0, "informant": "child", "rating": 2.5, "status": "rated"}
    ]
    assert not ratings.has_therapists
    assert not ratings.has_clinics
    assert ratings.therapists.empty
    assert ratings.clinics.empty


def test_clinics_may_be_known_without_therapists(frame):
    study = tiny_study(
        columns={"child": "child_id", "clinic": "clinic_id", "time": "month"}, covariates=None
    )
    ratings = Ratings.from_wide(frame, study=study)
    assert list(ratings.children) == ["clinic"]
    assert ratings.has_clinics
    assert not ratings.has_therapists


def test_one_therapist_per_child_is_allowed(frame):
    alone = frame.assign(therapist_id="T" + frame["child_id"])
    study = tiny_study(covariates=None)
    assert len(Ratings.from_wide(alone, study=study).therapists) == 3


def test_a_child_without_any_rating_is_kept(frame):
    unrated = frame.assign(kid=frame["kid"].where(frame["child_id"] != "03"))
    unrated.loc[5, "helper"] = np.nan
    assert "03" in Ratings.from_wide(unrated, study=tiny_study()).children.index


def test_covariates_may_be_declared(frame):
    declared = {
        "home": {"reference": "town"},
        "skill": {"type": "categorical", "reference": 7, "unit": "years"},
        "anxiety": {"unit": "points"},
    }
    ratings = Ratings.from_wide(frame, study=tiny_study(covariate=declared))
    found = {item.name: item for item in ratings.covariates}
    assert found["home"].categories == ("town", "farm")
    assert found["skill"].categories == ("7", "3")
    assert found["skill"].unit == "years"
    assert ratings.therapists["skill"].tolist() == ["7", "3"]
    assert found["anxiety"].unit == "points"


@pytest.mark.parametrize("values", [["1", "0", "1"], ["TRUE", "false", ""], [True, False, True]])
def test_zeros_and_ones_and_truth_values_are_binary(values, frame):
    stated = frame.assign(
        home=frame["child_id"].map(dict(zip(("01", "02", "03"), values, strict=True)))
    )
    ratings = Ratings.from_wide(stated, study=tiny_study())
    home = next(item for item in ratings.covariates if item.name == "home")
    assert home == Covariate(name="home", level="child", kind="binary")
    assert ratings.children["home"].tolist()[:2] == [1.0, 0.0]


def test_title_and_synthetic_come_from_the_study(frame):
    ratings = Ratings.from_wide(frame, study=tiny_study(title="Made up", synthetic=True))
    assert ratings.title == "Made up"
    assert ratings.synthetic


def test_the_frame_is_left_as_it_was(frame):
    before = frame.copy(deep=True)
    Ratings.from_wide(frame, study=tiny_study())
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"treatment": None},
        {"title": "Zürich", "synthetic": True},
        {"covariate": {"home": {"reference": "town"}, "skill": {"type": "categorical"}}},
        {"scale": {"center": 30, "spread": 10}},
        {
            "scale": {
                "child": {"lower": 0, "upper": 60},
                "therapist_of_child": {"lower": 12, "upper": 48},
            }
        },
    ],
)
def test_written_ratings_read_back_equal(changes, frame, tmp_path):
    ratings = Ratings.from_wide(frame, study=tiny_study(**changes))
    assert_same_ratings(Ratings.from_wide(ratings.to_wide(), study=ratings.study), ratings)
    written, study = ratings.write(tmp_path / "new" / "folder")
    assert_same_ratings(read_ratings(written, study=study), ratings)


def test_writing_never_replaces_a_file_unless_told(ratings, tmp_path):
    place = tmp_path / "written"
    ratings.write(place)
    (place / "study.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        ratings.write(place)
    assert len(caught.value.problems) == 2
    assert (place / "study.toml").read_text(encoding="utf-8") == "mine"
    files = ratings.write(place, overwrite=True)
    assert_same_ratings(read_ratings(files[0], study=files[1]), ratings)


def test_writing_into_a_file_is_refused(ratings, csv_file):
    with pytest.raises(InputError, match="is a file, not a folder"):
        ratings.write(csv_file)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("ratings.csv", b"", "is empty"),
        ("ratings.csv", b"\n\n", "is empty"),
        ("ratings.csv", CSV.splitlines()[0].encode(), "no rows of data below the header"),
        ("ratings.csv", b"child_id\xff\n1", "is not UTF-8 text"),
        ("ratings.csv", b"child_id\0\n1", "is not a text file"),
        ("ratings.csv", b'child_id,month\n"1,2', "cannot be read as .csv"),
        ("ratings.xls", b"", "'.xls' is not a format that can be read; allowed: .csv"),
        ("ratings", b"", "is not a format that can be read"),
        ("ratings.xlsx", b"no spreadsheet", "cannot be read as .xlsx"),
        ("ratings.parquet", b"no table", "cannot be read as .parquet"),
        ("ratings.sav", b"no table", "cannot be read as .sav"),
        ("ratings.dta", b"no table", "cannot be read as .dta"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(name, content, expected, tmp_path):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_ratings(file, study=tiny_study())
    assert expected in str(caught.value)


def test_a_file_that_is_not_there_is_named_with_a_near_one(csv_file):
    with pytest.raises(InputError, match=r"no such file. Did you mean 'ratings.csv'"):
        read_ratings(csv_file.with_name("rating.csv"), study=tiny_study())
    with pytest.raises(InputError, match="is a folder"):
        read_ratings(csv_file.parent, study=tiny_study())


def test_rows_longer_than_the_header_are_all_named(tmp_path):
    file = tmp_path / "ratings.csv"
    lines = CSV.splitlines()
    file.write_text("\n".join([*lines[:2], lines[2] + ",9", lines[3] + ",8"]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_ratings(file, study=tiny_study())
    assert [problem.where for problem in caught.value.problems] == ["row 3", "row 4"]


def test_a_frame_of_the_other_layout_is_refused(frame):
    with pytest.raises(InputError) as caught:
        Ratings.from_long(frame, study=tiny_study())
    assert messages(caught.value) == ["layout = 'wide': must be 'long' for Ratings.from_long"]
