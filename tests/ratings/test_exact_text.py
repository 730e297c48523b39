"""Text is exact or refused: labels, identifiers and names come back as they were, or are named."""

import openpyxl
import pandas as pd
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.errors.text import unprintable
from bayes_alliance.numerals import apart, exact
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings, read_ratings
from bayes_alliance.ratings.as_text import to_texts
from bayes_alliance.ratings.ratings import from_texts
from bayes_alliance.ratings.study import Study
from tests import hand_made
from tests.ratings.tiny import CSV, assert_same_ratings, messages, tiny_study

UNSEEN = {"\n": "a line end", "\r": "a line end", "\t": "a tab", "\0": "NUL", "\ud800": "U+D800"}
AT_ENDS = ("x ", " x", "x\t", "x\n", "\rx", "\u00a0x")


def frame(**columns: object) -> pd.DataFrame:
    plain = {
        "id": ["a", "a", "b"],
        "t": [1, 2, 1],
        "r": [3, 4, 5],
        "home": ["farm", "farm", "town"],
    }
    return pd.DataFrame(plain | columns)


def study(**tables: object) -> dict:
    plain = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"child": "r"},
        "scale": {"lower": 1, "upper": 5},
        "covariates": {"child": ["home"]},
    }
    return plain | tables


@pytest.mark.parametrize("character", UNSEEN)
@pytest.mark.parametrize("column", ["id", "home"])
def test_labels_with_unseen_characters_inside_are_refused(column: str, character: str) -> None:
    cell = f"x{character}y"
    cells = pd.Series([cell, cell, "z"], dtype=object)
    with pytest.raises(InputError) as error:
        Ratings.from_wide(frame(**{column: cells}), study=study())
    assert [problem.where for problem in error.value.problems] == [
        f"row 2, column {column}",
        f"row 3, column {column}",
    ]
    assert UNSEEN[character] in error.value.problems[0].message


@pytest.mark.parametrize("cell", AT_ENDS)
def test_blanks_around_labels_are_stripped_and_what_is_saved_comes_back(cell: str) -> None:
    ratings = Ratings.from_wide(
        frame(id=[cell, cell, "b"], home=["farm", "farm", cell]), study=study()
    )
    assert list(ratings.children.index) == ["x", "b"]
    assert_same_ratings(from_texts(*to_texts(ratings)), ratings)


@pytest.mark.parametrize("character", ["\n", "\0", "\t"])
@pytest.mark.parametrize("key", ["title", "informants", "time", "covariates", "covariate"])
def test_names_with_unseen_characters_are_refused_by_the_study_file(
    key: str, character: str
) -> None:
    name = f"a{character}b"
    tables: dict[str, object] = {
        "title": name,
        "informants": {name: "r"},
        "time": {"unit": name},
        "covariates": {"child": [name]},
        "covariate": {"home": {"type": "categorical", "reference": name}},
    }
    with pytest.raises(InputError, match=UNSEEN[character]):
        Study.from_dict(study(**{key: tables[key]}))


def test_names_that_begin_or_end_with_a_blank_are_refused() -> None:
    with pytest.raises(InputError, match="begins or ends with a blank"):
        Study.from_dict(study(informants={"child": "r", "child ": "q"}))


def test_a_name_that_a_spreadsheet_broke_into_lines_is_one() -> None:
    table = frame().rename(columns={"r": "total\n score"})
    ratings = Ratings.from_wide(table, study=study(informants={"child": "total score"}))
    assert ratings.long["rating"].notna().any()


def test_a_fit_with_any_label_that_is_taken_comes_back(tmp_path) -> None:
    labels = ('"', "a;b", "a\\b", "=1+1", "-", "é", "𝔸", "a, b", "'", "<b>", "#", "ä\u200dö")
    fit = hand_made.fit(
        labels[:4], model="informant_level", covariates=False, title="".join(labels)
    )
    back = Fit.load(fit.save(tmp_path / "fit.nc"))
    assert back.ratings.informants == labels[:4]
    assert_same_ratings(back.ratings, fit.ratings)


def test_commas_are_decimal_in_columns_of_numbers_only() -> None:
    text = "id;t;r;home\n1,5;1;3,5;1,5\n1.5;1;2.5;1.5\n"
    described = study(covariate={"home": {"type": "categorical"}})
    ratings = from_texts(text, Study.from_dict(described).to_toml())
    assert list(ratings.children.index) == ["1,5", "1.5"]
    assert list(ratings.children["home"]) == ["1,5", "1.5"]
    assert list(ratings.long["rating"]) == [3.5, 2.5]


def test_a_comma_is_no_point_where_commas_separate() -> None:
    with pytest.raises(InputError, match="write decimals with a point"):
        from_texts('id,t,r,home\na,1,"3,5",x\n', Study.from_dict(study()).to_toml())


def test_truth_is_not_the_number_one() -> None:
    table = frame(home=[True, True, 1]).astype({"home": object})
    described = study(covariate={"home": {"type": "categorical"}})
    assert list(Ratings.from_wide(table, study=described).children["home"]) == ["True", "1"]


def test_numbers_that_a_file_holds_rounded_are_no_identifiers() -> None:
    with pytest.raises(InputError, match="store it as text") as error:
        Ratings.from_wide(frame(id=[1e17, 1e17, 5.0]), study=study())
    assert len(error.value.problems) == 2


def workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_the_word_none_is_a_category_in_excel(tmp_path) -> None:
    rows = [
        ("id", "t", "r", "home"),
        ("a", 1, 3, "None"),
        ("b", 1, None, "farm"),
        ("c", 1, 4, "NA"),
    ]
    ratings = read_ratings(workbook(tmp_path / "r.xlsx", rows), study=study())
    assert ratings.children["home"].fillna("missing").tolist() == ["None", "farm", "missing"]
    assert ratings.long["rating"].isna().tolist() == [False, True, False]


def test_a_formula_without_a_value_is_said_and_not_missing(tmp_path) -> None:
    rows = [("id", "t", "r", "home", "sum"), ("a", 1, "=1+2", "farm", "=1"), ("b", 1, 4, "town", 2)]
    path = workbook(tmp_path / "r.xlsx", rows)
    with pytest.raises(InputError, match="formula whose value the file does not hold") as error:
        read_ratings(path, study=study())
    # That of a column which the study does not use is nobody's.
    assert [problem.where for problem in error.value.problems] == ["row 2, column r"]


def test_a_row_that_is_too_short_is_said_and_not_missing() -> None:
    short = CSV.replace("02,T1,K,8,1,41", "02").rstrip("\n").removesuffix(",town,3,large,0.6")
    described = Study.from_dict(tiny_study()).to_toml()
    with pytest.raises(InputError, match="cut off") as error:
        from_texts(short, described)
    assert messages(error.value)[0].startswith("row 7: has 8 cells, the header has 12 columns")
    assert len(error.value.problems) == 1


def test_a_row_that_lacks_only_cells_nobody_reads_is_whole() -> None:
    text = "id,t,r,home,notes\na,1,3,farm\nb,1,4,town,late\n"
    assert len(from_texts(text, Study.from_dict(study()).to_toml()).children) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "1.0"), ("5", "005"), ("C000", "c000"), ("a b", "a  b"), ("é", "e\u0301")],
)
def test_labels_that_look_alike_are_said_side_by_side(one: str, other: str) -> None:
    ratings = Ratings.from_wide(
        frame(id=[one, one, other], home=[one, one, other]),
        study=study(covariate={"home": {"type": "categorical"}}),
    )
    said = str(ratings)
    assert (
        f"Child identifiers that look alike count as different ones: {one!r} and {other!r}" in said
    )
    assert "Categories of home that look alike" in said


def test_labels_that_do_not_look_alike_are_not_said() -> None:
    assert "look alike" not in str(Ratings.from_wide(frame(id=["1", "1", "-1"]), study=study()))


def test_numbers_as_keys_tell_any_two_apart() -> None:
    days = [20240104.0, 20240108.0, 0.1, 0.1 + 1e-12, 1e300, -0.0, 16.0]
    assert len({exact(day) for day in days}) == len(days)
    assert [float(exact(day)) for day in days] == days
    assert [exact(day) for day in (20240104.0, 16.0, 0.5, -0.0)] == ["20240104", "16", "0.5", "0"]


def test_numbers_beside_each_other_have_the_digits_they_need() -> None:
    assert apart([4, 8.5, 10.6666666]) == ["4", "8.5", "10.6667"]
    assert apart([20240104, 20240108]) == ["20240104", "20240108"]
    assert apart([10.66666661, 10.66666662]) == ["10.66666661", "10.66666662"]
    assert apart([1.23456, 2], digits=3) == ["1.23", "2"]
    assert apart([]) == []


def test_text_that_can_be_printed_has_no_unseen_character() -> None:
    assert unprintable("a é 𝔸 \u00a0") is None
    assert unprintable("a\x07") == "the character U+0007, which cannot be printed"
