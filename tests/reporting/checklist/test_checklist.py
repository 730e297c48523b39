"""Each item of the checklists is done with its value, or missing with what to do."""

import re

import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import checklist
from bayes_alliance.reporting.document.result_sections import sections
from bayes_alliance.results.collection import collected
from tests import hand_made
from tests.reporting import made_studies

PASSED = tuple(
    Check(
        name=name, verdict="pass", table=pd.DataFrame(), sentence=f"{name} is fine.", reference=""
    )
    for name in ("convergence", "posterior predictive", "prior predictive")
)


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit(("child", "caregiver"))


@pytest.fixture(scope="module")
def everything(fit):
    return collected(fit)


def filled(fit, everything, **given):
    return checklist.filled(fit, records=everything, **given).set_index("guideline")


@pytest.mark.builds
def test_items_are_done_with_a_value_or_missing_with_what_to_do(fit, everything):
    for given in (
        {},
        {"checks": PASSED},
        {"checks": PASSED, "studies": [made_studies.prior_study(), made_studies.power_scaling()]},
    ):
        found = filled(fit, everything, **given)
        assert found.index.is_unique
        done = found[found["status"] == "done"]
        assert (done["value"] != "").all()
        assert (done["where"] != "").all()
        missing = found[found["status"] == "missing"]
        assert (missing["how"] != "").all()
        idle = found[found["status"] == "does not apply"]
        assert (idle["value"] != "").all()
        assert len(done) + len(missing) + len(idle) == len(found)


def test_all_steps_of_one_and_all_questions_of_the_other_are_there(fit, everything):
    names = list(filled(fit, everything).index)
    assert {name.split()[1][0] for name in names if name.startswith("BARG")} == set("P123456")
    later = [name for name in names if name.startswith("BARG") and name.split()[1][0] in "3456"]
    assert not any("." in name for name in later)
    assert len(set(names)) == len(names)
    numbers = [int(name.split()[1]) for name in names if name.startswith("WAMBS")]
    assert numbers == list(range(1, 11))


def test_what_was_not_done_is_missing_and_what_was_done_is_not(fit, everything):
    alone = filled(fit, everything)["status"]
    checked = filled(fit, everything, checks=PASSED)["status"]
    studied = filled(fit, everything, studies=[made_studies.prior_study()])["status"]
    for item in ("BARG 1.E", "BARG 2.B", "BARG 3-i", "WAMBS 2"):
        assert (alone[item], checked[item]) == ("missing", "done")
    for item in ("BARG 5-i", "BARG 5-iii", "WAMBS 7", "WAMBS 8", "WAMBS 9"):
        assert (checked[item], studied[item]) == ("missing", "done")
    assert (alone["BARG 4-iv"], studied["BARG 4-iv"]) == ("does not apply", "done")


def test_power_scaling_answers_less_than_refits(fit, everything):
    scaled = filled(fit, everything, studies=[made_studies.power_scaling()])["status"]
    assert scaled["BARG 5-i"] == "done"
    assert scaled["BARG 5-iii"] == scaled["WAMBS 8"] == "missing"


def test_a_failed_check_is_said(fit, everything):
    found = filled(fit, everything, checks=ba.checks.standard(fit))
    assert found.loc["BARG 2.B", "value"].startswith("fail: ")


def test_values_are_those_of_the_fit(fit, everything):
    found = filled(fit, everything)["value"]
    smallest = min(everything.summary[["ess_bulk", "ess_tail"]].min())
    assert f"at least {smallest:.0f} for parameters" in found["BARG 2.C"]
    assert "of 100 draws" in found["BARG 2.C"]
    assert "seed 1" in found["BARG 6-vi"]
    assert "from 36.0 to 40.0 points" in found["WAMBS 6"]


def test_what_only_authors_know_is_never_called_done(fit, everything):
    every = [made_studies.prior_study(), made_studies.power_scaling()]
    found = filled(fit, everything, checks=PASSED, studies=every)["status"]
    for item in ("BARG P.A", "BARG P.B", "BARG 4-i", "BARG 6-ii", "BARG 6-v", "WAMBS 6"):
        assert found[item] == "missing"


@pytest.mark.builds
def test_every_place_is_a_section_of_the_report(fit, everything):
    every = [made_studies.prior_study(), made_studies.power_scaling()]
    found = filled(fit, everything, checks=PASSED, studies=every)
    composed = sections(everything, checks=ba.checks.standard(fit), studies=every)
    titles = {section.title for section in composed}
    assert set(found.loc[found["where"] != "", "where"]) <= titles


def test_every_function_that_is_named_is_there(fit, everything):
    text = " ".join(filled(fit, everything)["how"])
    named = set(re.findall(r"\b(checks|sensitivity|report|tables)\.(\w+)(?:\.parse)?\(", text))
    assert len(named) >= 5
    for module, name in named | {("sensitivity", "Conclusion")}:
        assert hasattr(getattr(ba, module), name), f"{module}.{name}"


def test_the_count_names_what_is_missing():
    found = pd.DataFrame(
        {"guideline": ["A", "B", "C"], "status": ["done", "missing", "does not apply"]}
    )
    assert checklist.counted(found) == ("1 of 3 items are done, 1 do not apply, 1 are missing: B.")
