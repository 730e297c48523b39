"""[words] of drafts: who is called what, on frames that differ by names and labels only."""

import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.ratings.drafting.drafting import draft_of
from bayes_alliance.ratings.drafting.looking import look_at_frame

ROWS = [(child, month) for child in range(12) for month in (0, 4, 8)]


def frame(*names, **more):
    """A child, a time, and a rating in every other column that is named."""
    child, *rated = names
    columns = {child: [one + 1 for one, _ in ROWS], "month": [month for _, month in ROWS]}
    for at, name in enumerate(rated):
        columns[name] = [20 + (7 * one + at + month) % 11 for one, month in ROWS]
    return pd.DataFrame(columns | {name: [of(one) for one, _ in ROWS] for name, of in more.items()})


def words(table):
    """Lines of [words], those with a mark apart."""
    lines = [one for one in draft_of(look_at_frame(table)).lines if one.table == "words"]
    sure = {one.key: one.value for one in lines if not one.guess}
    return sure, {one.key: one.value for one in lines if one.guess}


@pytest.mark.parametrize(
    ("names", "sure"),
    [
        (("patient_id", "haq_patient", "haq_clinician"), ("patient", "patients")),
        (("id", "wai_client", "wai_therapist"), ("client", "clients")),
        (("couple", "das_w", "das_h"), ("couple", "couples")),
        (("id", "das_wife", "das_husband"), ("couple", "couples")),
        (("id", "sdq_pupil", "sdq_teacher", "sdq_parent"), ("pupil", "pupils")),
        (("student_id", "sdq_student", "sdq_teacher"), ("student", "students")),
        (("family", "tasc_child", "tasc_parent"), None),
        (("patient_id", "tasc_child", "tasc_parent"), None),
        (("record_id", "tasc_mother", "tasc_teacher"), None),
    ],
)
def test_who_is_rated_is_called_as_columns_say(names, sure):
    couple = {"family": "couple"} if sure and sure[0] == "couple" else {}
    assert words(frame(*names)) == (
        {} if sure is None else dict(zip(("child", "children"), sure, strict=True)) | couple,
        {},
    )


def test_what_a_file_hints_at_only_is_a_comment_which_without_its_mark_is_a_study_file():
    table = frame("id", "das_self", "das_partner", clinician=lambda one: f"T{one // 4}")
    couples = {"child": "couple", "children": "couples", "family": "couple"}
    clinicians = {"therapist": "clinician", "therapists": "clinicians"}
    assert words(table) == ({}, couples | clinicians)
    text = str(ba.draft(table))
    assert ba.Study.from_text(text).words.child is None
    study = ba.Study.from_text(text.replace('# child = "', 'child = "'))
    assert study.words.child == "couple"


def test_patients_are_guessed_where_everybody_is_of_age_and_no_parent_rates():
    adults = frame("id", "hamd_rater", "hamd_observer", age=lambda one: 19 + one)
    assert words(adults) == ({}, {"child": "patient", "children": "patients"})
    assert words(adults.assign(age=adults["age"] - 5)) == ({}, {})
    with_mother = adults.rename(columns={"hamd_rater": "hamd_mother"})
    assert words(with_mother) == ({}, {})


def test_short_labels_of_covariates_are_their_names_for_print(tmp_path):
    pyreadstat = pytest.importorskip(
        "pyreadstat", reason="reads SPSS files; an extra of the package"
    )
    labels = {
        "id": "Number of the patient",
        "dx": "Primary  diagnosis",
        "n": "How many siblings do you have?",
        "a": "Not told apart",
        "b": "Not told apart",
    }
    covariates = {name: lambda one: one % 2 for name in ("dx", "n", "a", "b")}
    table = frame("id", "haq_mother", "haq_father", **covariates)
    path = tmp_path / "labelled.sav"
    pyreadstat.write_sav(table, path, column_labels=labels)
    study = ba.draft(path)
    assert study.words.covariates == {"dx": "Primary diagnosis"}
    assert study.words.children == "patients"
