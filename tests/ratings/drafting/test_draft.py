"""Drafts as users ask for them: in Python and on the command line."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import bayes_alliance as ba
from bayes_alliance.cli import app
from tests.ratings.drafting.kept import KEPT

ROWS = [
    {"id": child, "therapist": f"T{child // 3}", "month": month, "c": 20 + (child + month) % 9}
    | {"p": 25 + (2 * child + month) % 9, "anxious": child % 2}
    for child in range(1, 13)
    for month in (0, 4, 8)
]
FRAME = pd.DataFrame(ROWS).rename(columns={"c": "tasc_c", "p": "tasc_p"})


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my ratings.csv"
    FRAME.to_csv(path, index=False)
    return path


def test_a_draft_is_a_study_that_shows_the_commented_file(file):
    study = ba.draft(file)
    assert isinstance(study, ba.Study)
    assert repr(study).startswith("# Drafted from my ratings.csv")
    assert "# To be decided by a person who knows the study:" in repr(study)
    assert study == ba.Study.from_text(str(study))
    assert ba.read_ratings(file, study=study).informants == ("child", "parent")


def test_a_draft_is_corrected_as_any_study_is_and_then_shows_what_it_says(file):
    study = replace(ba.draft(file), scale={"lower": 12, "upper": 48})
    assert study.scales["child"].upper == 48
    assert repr(study) == study.to_toml()
    assert ba.read_ratings(file, study=study).scales["parent"].lower == 12


def test_the_columns_of_the_file_stand_at_the_end_with_what_they_hold(file):
    assert str(ba.draft(file)).splitlines()[-6:] == [
        "#  id: numbers 1 to 12",
        "#  therapist: text: T0, T1, T2, T3, ... (5 different)",
        "#  month: numbers 0 to 8",
        "#  tasc_c: numbers 20 to 28",
        "#  tasc_p: numbers 25 to 33",
        "#  anxious: numbers 0 to 1",
    ]


@pytest.mark.parametrize("made", [pd.DataFrame, pa.Table.from_pandas], ids=["pandas", "pyarrow"])
def test_a_frame_is_drafted_as_the_file_that_holds_it(file, made):
    before = FRAME.copy()
    assert ba.draft(made(FRAME)) == ba.draft(file)
    pd.testing.assert_frame_equal(FRAME, before)


def test_the_command_writes_the_draft_and_says_what_must_be_decided(file, tmp_path):
    out = tmp_path / "new" / "study.toml"
    said = run("draft", file, "--out", out)
    assert said.exit_code == 0
    assert out.read_text(encoding="utf-8") == str(ba.draft(file))
    assert "[scale] lower and upper: 20 and 33" in said.stdout
    assert f"Next: bayes-alliance check '{file}' --study {out}" in said.stdout
    assert run("check", file, "--study", out).exit_code == 0


def test_nothing_is_replaced(file, tmp_path):
    out = tmp_path / "study.toml"
    out.write_text("mine")
    said = run("draft", file, "--out", out)
    assert said.exit_code == 2
    assert "is there already" in said.stderr
    assert out.read_text() == "mine"


def test_cells_may_be_separated_by_upright_bars(tmp_path, file):
    bars = tmp_path / "bars.txt"
    bars.write_text(FRAME.to_csv(index=False, sep="|"))
    assert ba.draft(bars) == ba.draft(file)


def test_a_sheet_is_chosen_by_its_name_or_number(tmp_path):
    file = tmp_path / "two.xlsx"
    with pd.ExcelWriter(file) as book:
        FRAME.to_excel(book, sheet_name="all", index=False)
        FRAME[FRAME["id"] < 7].to_excel(book, sheet_name="some", index=False)
    assert ba.draft(file).file.sheet == "all"
    for sheet in ("some", 2):
        study = ba.draft(file, sheet=sheet)
        assert study.file.sheet == "some"
        assert len(ba.read_ratings(file, study=study).children) == 6
    with pytest.raises(ba.InputError, match=r"is no sheet; there are all, some. Did you mean 'so"):
        ba.draft(file, sheet="som")


def test_what_cannot_be_drafted_is_one_error_with_a_hint(tmp_path):
    def refused(name, text, *arguments):
        (tmp_path / name).write_text(text)
        said = run("draft", tmp_path / name, "--out", tmp_path / "out.toml", *arguments)
        assert said.exit_code == 2
        assert not (tmp_path / "out.toml").exists()
        return said.stderr

    assert "no row of names" in refused("only.csv", "1,2\n3,4\n")
    assert "no column says which child" in refused("who.csv", "a,b\n1.5,2.5\n1.5,2.25\n")
    blank = "family,month,c,p\nF1,0,3,4\n,1,4,5\nF2,0,5,6\n,1,6,7\n"
    assert "is blank in 2 rows, and names the child" in refused("blank.csv", blank)
    assert "cannot be read as .xlsx" in refused("damaged.xlsx", "PK\x03\x04")
    assert "seems to hold ratings" in refused("none.csv", "id,sex\n1,f\n2,m\n3,f\n")
    assert "rename it to .csv" in refused("x.tsv", "id;month;x\n1;0;5\n1;1;6\n2;0;7\n")
    assert "belongs to Excel files" in refused("x.csv", "id,x\n1,2\n", "--sheet", "1")
    with pytest.raises(ba.InputError, match="must be text or a path or a frame of pandas"):
        ba.draft({"id": [1, 2]})
    assert "there is no such file" in run("draft", tmp_path / "nothing.csv").stderr


def test_what_the_reader_says_against_a_draft_stands_first(tmp_path):
    file = tmp_path / "twice.csv"
    lines = FRAME.to_csv(index=False).splitlines()
    file.write_text("\n".join([*lines, "12,T4,8,21,30,0"]))
    text = str(ba.draft(file))
    first = text.splitlines()[2]
    assert first.startswith("#  1. Not read as it is: ")
    assert "row 38" in text


def test_treatment_by_the_last_occasion_and_ratings_after_leaving_are_asked_about():
    last = FRAME.assign(last_month=FRAME["id"].map(lambda child: 4 if child % 3 else 8))
    last.loc[last["month"] > last["last_month"], ["tasc_c", "tasc_p"]] = None
    assert ba.draft(last).treatment.last_occasion == "last_month"
    active = FRAME.assign(active=(FRAME["month"] < 8).astype(int))
    study = ba.draft(active)
    assert study.treatment.rated_after_leaving == "keep"
    assert "12 rows have ratings where active is 0" in repr(study)


def test_informants_on_other_instruments_have_scales_of_their_own():
    study = ba.draft(FRAME.assign(tasc_p=FRAME["tasc_p"] * 5))
    assert {label: (one.lower, one.upper) for label, one in study.scales.items()} == {
        "child": (20, 28),
        "parent": (125, 165),
    }


def test_an_informant_without_ratings_at_some_times_is_planned_so_unless_a_person_says_no():
    table = FRAME.copy()
    table.loc[table["month"] == 4, "tasc_p"] = None
    study = ba.draft(table)
    assert study.planned == {"parent": (0.0, 8.0)}
    assert "[planned] parent: ratings at 0, 8 only: planned so?" in repr(study)


def test_a_code_that_is_a_value_elsewhere_is_one_of_its_own_column():
    table = FRAME.assign(points=[*range(105, 69, -1)])
    table.loc[3, "tasc_c"] = 99
    study = ba.draft(table)
    assert study.file.missing == ()
    assert study.file.missing_in == {"tasc_c": (99,)}


def test_another_questionnaire_of_the_same_informants_needs_a_study_file_of_its_own():
    table = FRAME.assign(sdq_c=FRAME["tasc_c"] // 2, sdq_p=FRAME["tasc_p"] // 2)
    assert "sdq_c, sdq_p seem to be of another questionnaire" in repr(ba.draft(table))


def test_items_that_stand_before_the_wave_are_asked_about():
    names = [f"ces_{who}_{item}_t{wave}" for who in "cp" for item in range(1, 7) for wave in (1, 2)]
    table = pd.DataFrame({name: [1, 2, 3, 4, 2, 1] for name in names}, index=range(6))
    study = ba.draft(table.assign(id=range(1, 7)))
    assert "ces_c_1_{time}, ces_p_1_{time} and those numbered behind it" in repr(study)


def test_a_column_that_grows_with_time_is_no_rating():
    table = FRAME.assign(day=FRAME["month"] * 30 + FRAME["id"])
    study = ba.draft(table)
    assert study.informants == ba.draft(FRAME).informants
    assert study.covariate_levels == ba.draft(FRAME).covariate_levels
    assert "Not used: day (counts time too)" in repr(study)


def test_questionnaires_of_one_informant_each_are_informants_on_scales_of_their_own():
    table = FRAME.rename(columns={"tasc_c": "hamd_clinician", "tasc_p": "bdi_patient"})
    study = ba.draft(table.assign(bdi_patient=table["bdi_patient"] * 4))
    assert study.informants == {"clinician": "hamd_clinician", "patient": "bdi_patient"}
    assert [*study.scale] == ["clinician", "patient"]


def test_columns_in_which_children_are_nested_are_asked_about():
    table = FRAME.assign(team=FRAME["id"].map(lambda child: f"team {child // 2}"))
    study = ba.draft(table.drop(columns="therapist"))
    assert study.columns.therapist is None
    assert "children are nested in team (7 values)" not in repr(study)
    more = pd.concat([table, table.assign(id=table["id"] + 100)])
    assert "children are nested in team (7 values)" in repr(
        ba.draft(more.drop(columns="therapist"))
    )


def test_slopes_over_irregular_days_are_per_a_time_of_which_people_speak():
    days = [(child, 1 + visit * (340 + child)) for child in range(8) for visit in range(4)]
    table = pd.DataFrame(days, columns=["id", "day"])
    table["albumin"] = [3 + (7 * child + day) % 13 / 11 for child, day in days]
    study = ba.draft(table)
    assert (study.time.origin, study.time.per, study.time.unit) == (1.0, 365.0, "days")
    assert "or center and spread if it has none" in repr(study)


def test_of_several_clinicians_each_is_an_informant_and_of_two_therapists_one_is_asked_for():
    again = FRAME.assign(id=FRAME["id"] + 100, therapist="U" + FRAME["therapist"])
    table = pd.concat([FRAME, again, again.assign(id=again["id"] + 100)])
    table = table.rename(columns={"tasc_c": "tasc_clinician1", "tasc_p": "tasc_clinician2"})
    study = ba.draft(table.assign(therapist_2=table["therapist"] + "x"))
    assert study.informants == {"clinician1": "tasc_clinician1", "clinician2": "tasc_clinician2"}
    assert study.columns.therapist == "therapist"
    assert "therapist was taken; therapist_2 (10 values) is called so too" in repr(study)


def test_waves_that_are_called_pre_and_post_only_are_ratings():
    table = pd.DataFrame({"id": range(9), "pre": range(20, 29), "post": range(22, 31)})
    assert ba.draft(table).informants == {"rating": "{time}"}


def test_every_kind_of_file_is_kept_once():
    assert len({one.name for one in KEPT}) == len(KEPT)
