"""The reference of the study file holds every key; every key says what is wrong with it."""

import tomllib
from dataclasses import fields
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from bayes_alliance.cli import app
from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Study, read_ratings
from bayes_alliance.ratings.study.reference import ENTRIES, reference
from bayes_alliance.ratings.study.study import TABLES
from tests.ratings.tiny import CSV, as_long, long_study, messages, tiny_study

PAGE = Path(__file__).parents[2] / "docs" / "study_file.md"
LONG_CSV = as_long(pd.read_csv(StringIO(CSV)), tiny_study()).to_csv(index=False)
OWN_LABELS = ("informants", "planned", "file.missing_in", "words.informants", "words.covariates")


def test_the_reference_holds_every_key_that_is_read_and_no_other():
    listed = {(one.table.partition(".dx")[0], one.key) for one in ENTRIES}
    listed = {(table, key) for table, key in listed if table not in OWN_LABELS}
    tables = {one.table.partition(".")[0] for one in ENTRIES if one.table}
    keys = {(name, field.name) for name, table in TABLES.items() for field in fields(table)}
    below = {tuple(table.split(".")) for table in OWN_LABELS if "." in table}
    assert listed == {key for key in keys - below if not (key[0] == "" and key[1] in tables)}
    assert {name for name in TABLES if name} | {"informants", "planned"} == tables


def test_the_reference_is_a_study_file():
    study = Study.from_text(reference())
    assert study.file.missing == (-9, 99, "#NULL!", "k.A.")
    assert study.time.labels == {"T1": 4, "T2": 8, "T3": 12}


def test_what_the_reference_sets_aside_reads_in_place_of_the_rest():
    aside = [one for one in ENTRIES if one.aside]
    tables: dict = {}
    for one in aside:
        value = tomllib.loads(f"value = {one.example}")["value"]
        tables.setdefault(one.table, {})[one.key] = value
    assert set(tables) == {"columns", "scale", "time", "items", "treatment"}
    study = tiny_study(
        scale=tables["scale"],
        treatment=tables["treatment"],
        time={"dates": True},
        columns=tiny_study()["columns"] | {"entry": "intake"},
    )
    Study.from_dict(study)
    whole = {"lower": 3, "upper": 12}
    Study.from_dict(tiny_study(items=tables["items"], scale=whole, covariates=None))
    Study.from_dict(long_study(tiny_study()))


def test_the_page_and_the_command_line_show_the_reference():
    assert f"```toml\n{reference()}```" in PAGE.read_text(encoding="utf-8")
    said = CliRunner().invoke(app, ["study-file"])
    assert said.exit_code == 0
    assert said.stdout == reference()


def over_time(**changes: object) -> dict:
    columns = {"child": "child_id", "therapist": "therapist_id"}
    informants = {"child": "kid_{time}", "therapist_of_child": "helper_{time}"}
    study = tiny_study(columns=columns, informants=informants, treatment=None, covariates=None)
    study["layout"] = "wide_over_time"
    return study | changes


COLUMNS = tiny_study()["columns"]
FIRST = {"names": [1, 2], "lower": 6, "upper": 24}
WRONG = {
    ("", "layout"): (tiny_study(layout="tall"), 'must be "wide", "long" or "wide_over_time"'),
    ("", "title"): (tiny_study(title="a\nb"), "title = 'a\\nb': holds a line end"),
    ("", "synthetic"): (tiny_study(synthetic=1), "synthetic = 1: must be true or false"),
    ("file", "sheet"): (tiny_study(file={"sheet": 0}), "[file] sheet = 0: must be the name of a"),
    ("file", "header_row"): (
        tiny_study(file={"header_row": [3, 5]}),
        "[file] header_row = [3, 5]: must be a row counted from 1, or two rows in succession",
    ),
    ("file", "missing"): (
        tiny_study(file={"missing": -9}),
        '[file] missing = -9: must be a list in brackets, as in [-9, 99, "k.A."]',
    ),
    ("file.missing_in", "iq"): (
        tiny_study(file={"missing_in": {"iq": [True]}}),
        "[file.missing_in] iq = [True]: holds True, which is neither a number nor text",
    ),
    ("file", "decimal"): (tiny_study(file={"decimal": ";"}), 'must be "." or ","'),
    ("file", "encoding"): (
        tiny_study(file={"encoding": "hex"}),
        "[file] encoding = 'hex': is not an encoding that Python knows",
    ),
    ("file", "duplicates"): (
        tiny_study(file={"duplicates": "drp"}),
        'must be "error" or "drop". Did you mean \'drop\'?',
    ),
    ("columns", "child"): (tiny_study(columns={"time": "t"}), "[columns] child: is missing"),
    ("columns", "therapist"): (
        tiny_study(columns=COLUMNS | {"therapist": "month"}),
        "[columns] therapist = 'month': is used twice (also by [columns] time)",
    ),
    ("columns", "clinic"): (
        tiny_study(columns=COLUMNS | {"clinic": ""}),
        "[columns] clinic = '': must not be empty",
    ),
    ("columns", "no_therapist"): (
        tiny_study(columns=COLUMNS | {"no_therapist": "alone"}),
        "[columns] no_therapist = 'alone': must be \"own\"",
    ),
    ("columns", "time"): (
        over_time(columns=COLUMNS),
        "[columns] time = 'month': belongs to the other layouts",
    ),
    ("columns", "entry"): (
        tiny_study(columns=COLUMNS | {"entry": "intake"}),
        "[columns] entry = 'intake': is the date from which times are counted: say [time] dates",
    ),
    ("columns", "informant"): (
        over_time(columns={"child": "id", "informant": "who"}),
        "[columns] informant = 'who': belongs to long layout only; in wide_over_time layout",
    ),
    ("columns", "rating"): (tiny_study(layout="long"), "[columns] rating: is needed in long lay"),
    ("informants", "child"): (
        over_time(informants={"child": "kid"}),
        "[informants] child = 'kid': must say where the time stands",
    ),
    ("informants", "therapist_of_child"): (
        tiny_study(informants={"child": "kid", "therapist_of_child": "h_{time}"}),
        "= 'h_{time}': has a place for the time: say layout = \"wide_over_time\"",
    ),
    ("planned", "therapist_of_child"): (
        tiny_study(planned={"therapist": [4]}),
        "[planned] therapist: is not an informant. Did you mean 'therapist_of_child'?",
    ),
    ("scale", "lower"): (tiny_study(scale={"lower": 9, "upper": 3}), "lower (9) must be below"),
    ("scale", "upper"): (tiny_study(scale={"lower": 9, "upper": "x"}), "[scale] upper = 'x': mus"),
    ("scale", "center"): (tiny_study(scale={"center": 1}), "scale: give lower and upper, or, w"),
    ("scale", "spread"): (tiny_study(scale={"center": 1, "spread": 0}), "scale: spread (0) mus"),
    ("scale", "step"): (
        tiny_study(scale={"lower": 1, "upper": 3, "step": -1}),
        "scale: step (-1) must be a number of at least 0",
    ),
    ("time", "origin"): (tiny_study(time={"origin": "x"}), "[time] origin = 'x': must be a number"),
    ("time", "per"): (tiny_study(time={"per": 0}), "[time] per = 0: must be at least"),
    ("time", "unit"): (
        tiny_study(time={"dates": True, "unit": "sessions"}),
        'time: unit must be one of "days", "weeks", "months", "years" where times are dates',
    ),
    ("time", "occasions"): (tiny_study(time={"occasions": [1, 1]}), "[time] occasions = [1.0, 1.0"),
    ("time", "labels"): (
        tiny_study(time={"labels": {"T1": "four"}}),
        "[time.labels] T1 = 'four': must be a number",
    ),
    ("time", "dates"): (
        over_time(time={"dates": True}),
        "[time] dates: needs [columns] time",
    ),
    ("items", "names"): (tiny_study(items=FIRST | {"names": []}), "names must list at least one"),
    ("items", "lower"): (tiny_study(items=FIRST | {"lower": 9.5}), "[items] lower = 9.5"),
    ("items", "upper"): (tiny_study(items=FIRST | {"upper": 3}), "must be less than upper (3)"),
    ("items", "reverse"): (tiny_study(items=FIRST | {"reverse": [3]}), "'3' is not an item"),
    ("items", "column"): (tiny_study(items=FIRST | {"column": "x"}), "must contain {item}"),
    ("items", "prorate"): (tiny_study(items=FIRST | {"prorate": 2}), "[items] prorate = 2: must"),
    ("treatment", "in_treatment"): (
        over_time(treatment={"in_treatment": "active"}),
        "[treatment] in_treatment = 'active': must say where the time stands",
    ),
    ("treatment", "last_occasion"): (
        tiny_study(treatment={"in_treatment": "active", "last_occasion": "last"}),
        "treatment: name one column",
    ),
    ("treatment", "rated_after_leaving"): (
        tiny_study(treatment={"in_treatment": "active", "rated_after_leaving": "ignore"}),
        'rated_after_leaving = \'ignore\': must be "drop" or "keep"',
    ),
    ("covariates", "child"): (
        tiny_study(covariates={"child": "sex"}),
        "[covariates] child = 'sex': must be a list in brackets",
    ),
    ("covariates", "therapist"): (
        tiny_study(columns={"child": "c", "time": "t"}),
        "[covariates] therapist: needs [columns] therapist",
    ),
    ("covariates", "clinic"): (
        tiny_study(columns={"child": "c", "time": "t"}),
        "[covariates] clinic: needs [columns] clinic",
    ),
    ("covariates", "occasion"): (
        over_time(covariates={"occasion": ["stress"]}),
        "[covariates] occasion = 'stress': must say where the time stands",
    ),
    ("covariate.dx", "type"): (
        tiny_study(covariate={"home": {"type": "nominal"}}),
        'must be "numeric", "binary" or "categorical"',
    ),
    ("covariate.dx", "unit"): (
        tiny_study(covariate={"home": {"unit": 3}}),
        "[covariate.home] unit = 3: must be text in quotes",
    ),
    ("covariate.dx", "reference"): (
        tiny_study(covariate={"home": {"reference": "twon", "labels": {"1": "town"}}}),
        "[covariate.home] reference = 'twon': is none of the labels. Did you mean 'town'?",
    ),
    ("covariate.dx", "labels"): (
        tiny_study(covariate={"home": {"labels": {1: "a", 2: "a"}}}),
        "[covariate] home: labels must differ from each other",
    ),
    **{
        ("words", key): (tiny_study(words={key: ""}), f"[words] {key} = '': must not be empty")
        for key in (
            *("child", "children", "therapist", "therapists", "clinic", "clinics"),
            *("family", "families", "left"),
        )
    },
    ("words.informants", "therapist_of_child"): (
        tiny_study(words={"informants": {"helper": "Helper"}}),
        "[words.informants] helper: is not an informant.",
    ),
    ("words.covariates", "dx"): (
        tiny_study(words={"covariates": {"homes": "Home"}}),
        "[words.covariates] homes: is not a covariate. Did you mean 'home'?",
    ),
}


def file_of(*replaced: tuple[str, str]) -> str:
    text = CSV
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return text


def absent(table: str, key: str) -> tuple[dict, str, str]:
    """A key that names a column which the file does not have."""
    tables = tiny_study()
    name = tables[table][key]
    wrong = [f"{one}x" for one in name] if isinstance(name, list) else f"{name}x"
    study = tiny_study(**{table: tables[table] | {key: wrong}})
    column = wrong[0] if isinstance(wrong, list) else wrong
    return study, CSV, f"column {column}: the file has no such column"


LONG = long_study(tiny_study())
# A key that says something of the file, with a file of which it is not true.
NOT_SO = {
    ("", "layout"): (tiny_study(), LONG_CSV, "column kid: the file has no such column"),
    ("file", "header_row"): (tiny_study(file={"header_row": 40}), CSV, "row 40 is empty, where"),
    ("file", "missing"): (
        tiny_study(file={"missing": ["#NULL!"]}),
        file_of(("43,44", "k.A.,44")),
        "row 4, column kid = 'k.A.': is not a number",
    ),
    ("file.missing_in", "iq"): (
        tiny_study(file={"missing_in": {"anxity": [9]}}),
        CSV,
        "= 'anxity': the file has no such column. Did you mean 'anxiety'?",
    ),
    ("file", "decimal"): (tiny_study(), file_of(("40,42", '"40,5",42')), "decimals with a point"),
    ("file", "encoding"): (
        tiny_study(file={"encoding": "ascii"}),
        file_of(("farm", "fürm")),
        "is not text encoded as ascii ([file] encoding)",
    ),
    ("file", "duplicates"): (
        tiny_study(),
        CSV + CSV.splitlines()[-1] + "\n",
        'leave such rows out, say [file] duplicates = "drop"',
    ),
    **{
        ("columns", key): absent("columns", key) for key in ("child", "therapist", "clinic", "time")
    },
    ("columns", "no_therapist"): (tiny_study(), file_of(("03,T2", "03,")), 'no_therapist = "own"'),
    ("columns", "entry"): (
        tiny_study(time={"dates": True}, columns=COLUMNS | {"entry": "intake"}),
        CSV,
        "column intake: the file has no such column",
    ),
    ("columns", "informant"): (
        LONG | {"columns": LONG["columns"] | {"informant": "whom"}},
        LONG_CSV,
        "column whom: the file has no such column (study file: columns.informant). Did you mean",
    ),
    ("columns", "rating"): (
        LONG | {"columns": LONG["columns"] | {"rating": "scores"}},
        LONG_CSV,
        "column scores: the file has no such column (study file: columns.rating). Did you mean",
    ),
    ("informants", "child"): absent("informants", "child"),
    ("informants", "therapist_of_child"): (
        over_time(informants={"child": "kid_{time}", "therapist_of_child": "helfer_{time}"}),
        "child_id,therapist_id,kid_4,kid_8,helper_4\n01,T1,40,41,42\n02,T2,30,31,32\n",
        "= 'helfer_{time}': no column of the file fits, with a number in the place of {time}",
    ),
    ("planned", "therapist_of_child"): (
        tiny_study(planned={"therapist_of_child": [8]}),
        CSV,
        "column helper = '42': is a rating at time 4; informant 'therapist_of_child' was to rate",
    ),
    ("scale", "lower"): (tiny_study(scale={"lower": 15, "upper": 48}), CSV, "'12': is outside the"),
    ("scale", "upper"): (tiny_study(scale={"lower": 12, "upper": 45}), CSV, "'48': is outside the"),
    ("time", "occasions"): (
        tiny_study(time={"occasions": [4, 8]}),
        CSV,
        "column month = '12': is not one of the planned occasions (4, 8)",
    ),
    ("time", "labels"): (
        tiny_study(time={"labels": {"4": 4, "8": 8}}),
        CSV,
        "column month = '12': is not listed in [time] labels",
    ),
    ("time", "dates"): (
        tiny_study(time={"dates": True}),
        file_of((",4,1,", ",gestern,1,")),
        "column month = 'gestern': is not a date",
    ),
    ("items", "names"): (
        tiny_study(items={"names": [1], "lower": 12, "upper": 48}, covariates=None),
        CSV,
        "column kid_1: the file has no such column (study file: items, informants.child)",
    ),
    ("items", "column"): (
        tiny_study(
            items={"names": [1], "lower": 12, "upper": 48, "column": "i{item}_{informant}"},
            covariates=None,
        ),
        CSV,
        "column i1_kid: the file has no such column",
    ),
    ("items", "lower"): (
        tiny_study(
            items={"names": [1], "lower": 15, "upper": 48},
            scale={"lower": 15, "upper": 48},
            covariates=None,
        ),
        file_of(("kid,helper", "kid_1,helper_1")),
        "column kid_1 = '12': is no response to an item",
    ),
    ("items", "upper"): (
        tiny_study(
            items={"names": [1], "lower": 12, "upper": 45},
            scale={"lower": 12, "upper": 45},
            covariates=None,
        ),
        file_of(("kid,helper", "kid_1,helper_1")),
        "column kid_1 = '48': is no response to an item",
    ),
    ("treatment", "in_treatment"): absent("treatment", "in_treatment"),
    ("treatment", "last_occasion"): (
        tiny_study(treatment={"last_occasion": "lost"}),
        CSV,
        "column lost: the file has no such column",
    ),
    ("treatment", "rated_after_leaving"): (
        tiny_study(),
        file_of(("8,0,,", "8,0,30,")),
        'say [treatment] rated_after_leaving = "drop" or',
    ),
    **{
        ("covariates", level): absent("covariates", level)
        for level in ("child", "therapist", "clinic", "occasion")
    },
    ("covariate.dx", "type"): (
        tiny_study(covariate={"home": {"type": "numeric"}}),
        CSV,
        "column home = 'farm': is not a number",
    ),
    ("covariate.dx", "reference"): (
        tiny_study(covariate={"home": {"reference": "fram"}}),
        CSV,
        "column home = 'fram': no row has this reference category. Did you mean 'farm'?",
    ),
    ("covariate.dx", "labels"): (
        tiny_study(covariate={"home": {"labels": {"1": "a"}}}),
        CSV,
        "column home = 'farm': has no label in [covariate.home] labels (1)",
    ),
}
# Said of the ratings' meaning, which no file contradicts; or asked about, where it looks wrong.
NOT_OF_THE_FILE = {
    *(("", "title"), ("", "synthetic")),
    ("file", "sheet"),  # of a spreadsheet, in `test_study_file_options`
    *(("scale", key) for key in ("center", "spread", "step")),
    *(("time", key) for key in ("origin", "per", "unit")),
    *(("items", key) for key in ("reverse", "prorate")),
    ("covariate.dx", "unit"),
    *((table, key) for table, key in WRONG if table.startswith("words")),
}


def test_every_key_is_tried_on_a_file_of_which_it_is_not_true():
    assert set(WRONG) == {*NOT_SO, *NOT_OF_THE_FILE}
    assert not {*NOT_SO} & NOT_OF_THE_FILE


@pytest.mark.parametrize("key", NOT_SO, ids=[".".join(filter(None, key)) for key in NOT_SO])
def test_what_a_key_says_and_the_file_has_not_is_said(key, tmp_path):
    study, text, expected = NOT_SO[key]
    file = tmp_path / "ratings.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_ratings(file, study=Study.from_dict(study))
    found = messages(caught.value)
    assert any(expected in line for line in found), found


def test_a_step_and_an_origin_that_the_ratings_do_not_bear_out_are_asked_about(tmp_path):
    file = tmp_path / "ratings.csv"
    file.write_text(CSV, encoding="utf-8")
    scale = {"lower": 12, "upper": 48, "step": 5}
    study = tiny_study(scale=scale, time={"origin": 40, "per": 4})
    doubts = " ".join(read_ratings(file, study=Study.from_dict(study)).doubts)
    assert "4 of 5 ratings by child lie between the steps of 5" in doubts
    assert "ratings lie from 4 to 12, and the level is read at the time origin, 40" in doubts
    study = tiny_study(scale=scale | {"step": 0.5}, time={"origin": 0, "per": 4})
    assert not read_ratings(file, study=Study.from_dict(study)).doubts


def test_every_key_has_an_error_that_is_tested():
    assert set(WRONG) == {(one.table, one.key) for one in ENTRIES}


@pytest.mark.parametrize("key", WRONG, ids=[".".join(filter(None, key)) for key in WRONG])
def test_a_wrong_value_of_a_key_is_said(key):
    study, expected = WRONG[key]
    with pytest.raises(InputError) as caught:
        Study.from_dict(study)
    found = messages(caught.value)
    assert any(expected in line for line in found), found
    assert "pydantic" not in " ".join(found)
