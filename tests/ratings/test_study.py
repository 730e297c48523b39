"""The study file: what it says, and what is said when it is wrong."""

import contextlib
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Scale, Study, TimeAxis
from tests.ratings.tiny import long_study, messages, tiny_study


def problems(study: dict) -> list[str]:
    with pytest.raises(InputError) as caught:
        Study.from_dict(study)
    return messages(caught.value)


def test_a_common_scale_is_every_informants_scale():
    study = Study.from_dict(tiny_study())
    scale = Scale(lower=12.0, upper=48.0, center=30.0, spread=18.0)
    assert study.scales == {"child": scale, "therapist_of_child": scale}
    assert study.time.axis() == TimeAxis(origin=4.0, per=4.0, unit="months")
    assert study.covariate_levels == {
        "anxiety": "child",
        "home": "child",
        "skill": "therapist",
        "size": "clinic",
        "stress": "occasion",
    }


def test_informants_may_have_a_scale_each():
    own = {"child": {"lower": 0, "upper": 10}, "therapist_of_child": {"center": 0, "spread": 2}}
    study = Study.from_dict(tiny_study(scale=own))
    assert study.scales["child"] == Scale.bounded(lower=0, upper=10)
    assert study.scales["therapist_of_child"] == Scale.unbounded(center=0, spread=2)


def test_a_scale_knows_what_rounding_puts_at_its_ends():
    assert Scale.bounded(lower=12, upper=48).bounds == (12.0, 48.0)
    assert Scale.bounded(lower=12, upper=48, step=0).bounds == (12.0, 48.0)
    assert Scale.bounded(lower=12, upper=48, step=1).bounds == (12.5, 47.5)
    assert Scale.bounded(lower=0, upper=1, step=1).bounds == (0.5, 0.5)
    assert Scale.unbounded(center=0, spread=2, step=1).bounds == (-float("inf"), float("inf"))


def test_time_is_scaled_from_origin_in_units_of_per():
    assert TimeAxis(origin=4, per=4).scaled([4, 8, 10]).tolist() == [0.0, 1.0, 1.5]


STUDIES = [
    tiny_study(),
    tiny_study(title="Täglich", synthetic=True, covariates=None, treatment=None, time=None),
    tiny_study(scale={"center": 0.5, "spread": 0.1}),
    tiny_study(scale={"lower": 12, "upper": 48, "step": 0}),
    tiny_study(scale={"lower": 12, "upper": 48, "step": 0.5}),
    tiny_study(treatment={"last_occasion": "last"}),
    tiny_study(time={"occasions": [4, 8, 12]}),
    tiny_study(covariate={"home": {"type": "categorical", "reference": "town", "unit": "x"}}),
    tiny_study(
        scale={"child": {"lower": 0, "upper": 1}, "therapist_of_child": {"lower": 0, "upper": 2}}
    ),
    long_study(tiny_study()),
]


@pytest.mark.parametrize("table", STUDIES)
def test_a_written_study_file_reads_back_equal(table, tmp_path):
    study = Study.from_dict(table)
    file = tmp_path / "study.toml"
    file.write_text(study.to_toml(), encoding="utf-8")
    assert Study.from_toml(file) == study


def test_a_study_file_is_written_without_empty_tables():
    written = tomllib.loads(Study.from_dict(tiny_study(covariates=None)).to_toml())
    assert set(written) == {"layout", "columns", "informants", "scale", "time", "treatment"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"titel": "x"}, "titel = 'x': is not a known key. Did you mean 'title'?"),
        ({"columns": {"child": "c", "tme": "t"}}, "Did you mean 'time'?"),
        ({"scale": {"lowr": 1, "upper": 2}}, "Did you mean 'lower'?"),
        ({"treatment": {"in_treatmnt": "x"}}, "Did you mean 'in_treatment'?"),
        ({"covariates": {"kids": ["x"]}}, "[covariates] kids"),
        ({"covariate": {"home": {"tpye": "numeric"}}}, "Did you mean 'type'?"),
        ({"layout": "wided"}, 'must be "wide", "long" or "wide_over_time". Did you mean \'wide\'?'),
        ({"layout": None}, "layout: is missing"),
        ({"columns": {"time": "t"}}, "[columns] child: is missing"),
        ({"informants": {}}, "informants: at least one informant is needed"),
        ({"scale": {"lower": 48, "upper": 12}}, "lower (48) must be below upper (12)"),
        ({"scale": {"lower": 1}}, "give lower and upper"),
        ({"scale": {"lower": 1, "upper": 2, "center": 1, "spread": 1}}, "give lower and upper"),
        ({"scale": {"center": 1, "spread": 0}}, "spread (0) must be positive"),
        ({"scale": {"lower": "12", "upper": 48}}, "[scale] lower = '12': must be a number"),
        ({"scale": {"lower": float("-inf"), "upper": 48}}, "must be a finite number"),
        ({"scale": {"child": {"lower": 1, "upper": 2}}}, "[scale.therapist_of_child]: is needed"),
        ({"scale": {"chidl": {"lower": 1, "upper": 2}}}, "Did you mean 'child'?"),
        ({"time": {"per": 0}}, "[time] per"),
        ({"time": {"occasions": [1, 1]}}, "must differ"),
        ({"treatment": {}}, "in_treatment or last_occasion"),
        ({"treatment": {"in_treatment": "a", "last_occasion": "b"}}, "name one column"),
        ({"columns": {"child": "c"}}, "[treatment]: needs [columns] time"),
        ({"columns": {"child": "c", "time": "t"}}, "[covariates] therapist: needs [columns] the"),
        ({"informants": {"child": "kid", "other": "kid"}}, "is used twice"),
        ({"informants": {"child": "month"}}, "is used twice (also by [columns] time)"),
        ({"covariates": {"child": ["x", "x"]}}, "is used twice"),
        ({"covariates": {"child": ["status"]}}, "cannot name a covariate"),
        ({"covariate": {"hom": {"unit": "x"}}}, "Did you mean 'home'?"),
        ({"covariate": {"home": {"type": "numeric", "reference": "x"}}}, "only a categorical"),
        ({"columns": {"child": "c", "rating": "r", "time": "t"}}, "belongs to long layout"),
        ({"synthetic": "yes"}, "synthetic = 'yes'"),
        ({"scale": 3}, "scale = 3: must be a table"),
    ],
)
def test_a_wrong_study_file_is_refused_in_its_own_words(changes, expected):
    found = problems(tiny_study(**changes))
    assert any(expected in line for line in found), found
    assert "pydantic" not in " ".join(found)


def test_long_layout_needs_its_two_columns():
    found = problems(tiny_study(layout="long"))
    assert [line.split(":")[0] for line in found] == ["[columns] informant", "[columns] rating"]


def test_all_problems_of_a_study_file_come_together():
    wrong = tiny_study(titel="x", layout="wded", scale={"lower": 48, "upper": 12})
    assert len(problems(wrong)) == 3


def test_a_misspelt_key_does_not_hide_problems_between_tables():
    wrong = tiny_study(titel="x", informants={"child": "month", "other": "helper"})
    found = problems(wrong)
    assert len(found) == 2
    assert "titel" in found[0]
    assert "used twice" in found[1]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"layout = wide", "study.toml: is not valid TOML"),
        (b"\xff\xfe\x00", "study.toml: is not text in UTF-8"),
        (b"", "layout: is missing"),
    ],
)
def test_a_file_that_is_no_study_file_is_refused(content, expected, tmp_path):
    file = tmp_path / "study.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=expected):
        Study.from_toml(file)


def test_a_study_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read"):
        Study.from_toml(tmp_path / "nowhere.toml")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=40)
@given(key=st.sampled_from([*tiny_study(), "covariate", "title", "synthetic"]), junk=JUNK)
def test_whatever_stands_in_a_table_nothing_but_an_input_error_escapes(key, junk):
    study = tiny_study() | {key: junk}
    with contextlib.suppress(InputError):
        read = Study.from_dict(study)
        assert Study.from_dict(tomllib.loads(read.to_toml())) == read


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"lower": 1, "upper": None, "center": 0, "spread": 1}, "both"),
        ({"lower": 2, "upper": 1, "center": 0, "spread": 1}, "below"),
        ({"lower": None, "upper": None, "center": 0, "spread": -1}, "positive"),
        ({"lower": None, "upper": None, "center": float("nan"), "spread": 1}, "finite"),
        ({"lower": 0, "upper": 2, "center": 1, "spread": 1, "step": -1}, "at least 0"),
        ({"lower": 0, "upper": 2, "center": 1, "spread": 1, "step": 3}, "range"),
    ],
)
def test_a_scale_that_makes_no_sense_is_refused(numbers, expected):
    with pytest.raises(ValueError, match=expected):
        Scale(**numbers)
