"""The shared cases: what a draft finds beside the study file that a person ended with.

`DECISIONS` states, for each case, what a person had to decide: what the draft could not know, or
what it wrote otherwise and is as right. With these changes the draft reads to the same counts.
"""

import json
from pathlib import Path

import pytest

from bayes_alliance.ratings import Study, read_ratings
from bayes_alliance.ratings.drafting import draft, drafted

CASES = Path(__file__).parents[4] / "shared" / "cases"
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here"),
]

SCALE = "[scale] lower and upper"
# Lines of the draft, and what a person makes of them.
DECISIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "01-spss-wide.sav": (),
    "02-excel-cohorts.xlsx": (),
    "03-decimal-comma.csv": (("lower = 2 ", "lower = 1 "), ("per = 2 ", "per = 1 ")),
    "04-redcap.csv": (("lower = 17 ", "lower = 12 "),),
    "05-visit-dates.xlsx": (
        ("lower = 10.5 ", "lower = 0 "),
        ("per = 2 ", "per = 4 "),
        ("ORS = ", "client = "),
        ("SRS = ", "session = "),
    ),
    "06-waves-planned.csv": (
        ("lower = 5 ", "lower = 0 "),
        ("origin = 1 ", "origin = 0 "),
        ("per = 1 ", "per = 3 "),
        ('unit = "waves"', 'unit = "months"'),
        ("{ T1 = 1, T2 = 2, T3 = 3, T4 = 4 }", "{ T1 = 0, T2 = 3, T3 = 6, T4 = 12 }"),
        ("caregiver = [1, 4]", "caregiver = [0, 12]"),
    ),
    "07-codes.csv": (("lower = 29 ", "lower = 17 "),),
    "08-untreated-arm.csv": (("lower = 10 ", "lower = 0 "),),
    "09-nominal.csv": (
        ("lower = 23 ", "lower = 12 "),
        (
            'type = "categorical"',
            'type = "categorical"\nreference = "anxiety"\n'
            'labels = { 0 = "ADHD", 1 = "anxiety", 2 = "depression" }',
        ),
    ),
    "10-long-labels.sav": (("lower = 1.75 ", "lower = 1 "),),
    "11-identical-rows.csv": (("lower = 20 ", "lower = 12 "),),
    "12-couples-wide.csv": (
        ("lower = 18 ", "lower = 0 "),
        ("per = 1 ", "per = 4 "),
        ('unit = "waves"', 'unit = "months"'),
        ("{ pre = 0, post = 1, fu6 = 2 }", "{ pre = 0, post = 4, fu6 = 10 }"),
    ),
    "13-couples-long.csv": (
        ("lower = 4 ", "lower = 0 "),
        ("F = ", "wife = "),
        ("M = ", "husband = "),
        ("per = 4 ", 'unit = "months"\nper = 4 '),
    ),
    "14-one-occasion.xlsx": (
        ("lower = 17 ", "lower = 12 "),
        (
            'child = ["Comorbidity"]',
            'child = ["Comorbidity"]\n[covariate.Comorbidity]\nreference = "None"',
        ),
    ),
}
# Labels of informants, where a person chose others: they are words, not findings.
LABELS = {
    "01-spss-wide.sav": {"parent": "caregiver", "therapist": "therapist_of_child"},
    "06-waves-planned.csv": {"child": "kid"},
    "14-one-occasion.xlsx": {"therapist": "therapist_of_child"},
}
ASKED: dict[str, tuple[str, ...]] = {
    "01-spss-wide.sav": ("t1, t2, t3, t4: say which time each is",),
    "02-excel-cohorts.xlsx": ("Cohort 2024 looks alike and was not",),
    "03-decimal-comma.csv": (SCALE,),
    "04-redcap.csv": (SCALE,),
    "05-visit-dates.xlsx": (SCALE, "say who gave each"),
    "06-waves-planned.csv": (
        SCALE,
        "T1, T2, T3, T4: say which time each is",
        "caregiver: ratings at T1, T4 only: planned so?",
    ),
    "07-codes.csv": (SCALE,),
    "08-untreated-arm.csv": (SCALE,),
    "09-nominal.csv": (SCALE, "dx has the few values 0, 1, 2: a number, or categories?"),
    "10-long-labels.sav": (SCALE,),
    "11-identical-rows.csv": (SCALE,),
    "12-couples-wide.csv": (SCALE, "wave: pre, post, fu6: say which time each is"),
    "13-couples-long.csv": (SCALE, "partner is F, M: say who that is", "[time] unit"),
    "14-one-occasion.xlsx": (SCALE,),
}
SEEN: dict[str, tuple[str, ...]] = {
    "01-spss-wide.sav": (
        "99 stands 44 times",
        "4 waves in the names of columns",
        "dx: labels ADHD, anxiety, depression",
    ),
    "02-excel-cohorts.xlsx": (
        "The sheets are Codebook, Cohort 2023, Cohort 2024",
        "The names of columns stand in row 3",
    ),
    "03-decimal-comma.csv": ("as cp1252", "Decimals are written with a comma", "step = 0.25"),
    "04-redcap.csv": ("baseline_arm_1: nobody rated then; not an occasion", "is carried to"),
    "05-visit-dates.xlsx": ("visit_date holds dates: time is counted in weeks", "times differ"),
    "06-waves-planned.csv": ("4 waves in the names of columns: T1, T2, T3, T4",),
    "07-codes.csv": ("#NULL! stands 34 times (haq_p, haq_t)", "-9 stands 56 times"),
    "08-untreated-arm.csv": (
        "14 children have no therapist in any row (all with arm = 0)",
        'no_therapist = "own"',
    ),
    "09-nominal.csv": (),
    "10-long-labels.sav": ('informant = "rater"', 'observer = "Observer"'),
    "11-identical-rows.csv": ("9 rows are identical to an earlier one",),
    "12-couples-wide.csv": ('child = "couple"',),
    "13-couples-long.csv": ('informant = "partner"', 'layout = "long"'),
    "14-one-occasion.xlsx": ("No time column: one occasion", '"None" stands 17 times'),
}
EVERY = pytest.mark.parametrize("name", DECISIONS)


def expected(name: str) -> dict:
    return json.loads((CASES / "expected.json").read_text(encoding="utf-8"))[name]


def given(name: str) -> Study:
    return Study.from_toml((CASES / name).with_suffix(".study.toml"))


def decided(name: str) -> Study:
    text = drafted(CASES / name).text
    for line, instead in DECISIONS[name]:
        assert line in text
        text = text.replace(line, instead)
    return Study.from_text(text)


@EVERY
def test_a_draft_says_what_it_saw_and_what_must_be_decided(name: str) -> None:
    made = drafted(CASES / name)
    for one in ASKED[name]:
        assert any(one in sentence for sentence in made.decide)
    for one in SEEN[name]:
        assert one in made.text
    assert "Not read as it is" not in made.text
    lines = made.text.splitlines()
    decided = [line for line in lines if line.startswith("#  1. ")]
    assert lines.index(decided[0]) == 2


@EVERY
def test_a_draft_finds_the_columns_of_the_study_file_given(name: str) -> None:
    study, right = draft(CASES / name), given(name)
    assert study.layout == right.layout
    assert study.columns == right.columns
    assert study.covariate_levels == right.covariate_levels
    ratings, other = (read_ratings(CASES / name, study=one) for one in (study, right))
    assert list(ratings.children.index) == list(other.children.index)


@EVERY
def test_with_what_a_person_decides_the_counts_are_those_of_the_case(name: str) -> None:
    ratings, right = read_ratings(CASES / name, study=decided(name)), expected(name)
    assert len(ratings.children) == right["children"]
    statuses = ratings.long["status"].value_counts()
    assert (statuses["rated"], statuses["missing"]) == (right["ratings"], right["missing"])
    labels = LABELS.get(name, {})
    for who, own in ratings.observed.groupby("informant")["rating"]:
        counts = right["informants"][labels.get(str(who), str(who))]
        assert (len(own), own.sum()) == (counts["n"], pytest.approx(counts["sum"]))
    for covariate, counts in right["categories"].items():
        assert ratings.children[covariate].value_counts().to_dict() == counts
    assert ratings.time == read_ratings(CASES / name, study=given(name)).time
