"""Quantities and conclusions are read in words, with the names of the study file."""

import pytest

from bayes_alliance.ratings.words import Words
from bayes_alliance.studies.names import readable

WORDS = Words(child="patient", children="patients", informants={"therapist_of_child": "clinician"})
SAID = {
    "slope[therapist_of_child] > 0": "slope (clinician) > 0",
    "level[caregiver] - level[child] > 2": "level (caregiver) − level (child) > 2",
    "slope[child] in (-0.5, 0.5)": "slope (child) in (−0.5, 0.5)",
    "level_on[anxiety,child] < 0": "anxiety on level (child) < 0",
    "child_sd[child,slope]": "SD between patients (child, slope)",
    "child_cor[child,level;caregiver,level]": (
        "correlation between patients (child level and caregiver level)"
    ),
    "residual_cor[child;caregiver]": "correlation of residuals (child and caregiver)",
    "agreement.correlation[total,time=16,child;caregiver] > 0.3": (
        "correlation (in total, at 16, child and caregiver) > 0.3"
    ),
    "agreement.correlation[child,level,child;caregiver]": (
        "correlation (between patients, level, child and caregiver)"
    ),
    "slope_change_1[a [b]]": "slope change 1 (a [b])",
    "residual_nu": "residual nu",
}


@pytest.mark.parametrize("text", SAID)
def test_what_is_kept_as_text_is_read_in_words(text: str) -> None:
    assert readable(text, WORDS) == SAID[text]


@pytest.mark.parametrize("text", ["children see less - with time", "half[open", "a > 0", ""])
def test_what_is_in_words_already_stays(text: str) -> None:
    assert readable(text, WORDS) == text
