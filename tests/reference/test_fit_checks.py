"""The kept study of checks of fit: few false alarms, power, and what is said of both."""

from pathlib import Path

import pytest

from bayes_alliance.posterior import findings
from benchmarks import fit_checks

DOCS = Path(__file__).parents[2] / "docs" / "statistics.md"
# Departures of which a check of fit must find at least 80 % where ratings are complete.
NAMED = [name for name in fit_checks.WRONG if name != "ceiling"]


@pytest.fixture(scope="module")
def shares():
    return fit_checks.summary(fit_checks.kept_rows()).set_index(["cohort", "check"])


def test_right_models_are_warned_of_in_one_cohort_of_ten_at_most(shares) -> None:
    right = shares[shares.index.get_level_values("cohort").isin(fit_checks.RIGHT)]
    own = right[right.index.get_level_values("check").isin(fit_checks.CHECKS[:2])]
    assert own["not_passed"].max() <= 0.1
    # Of others each kind has few cohorts.
    wrongly = (right["not_passed"] * right["cohorts"]).groupby(level="check").sum()
    share = wrongly / right["cohorts"].groupby(level="check").sum()
    assert set(share.index) == set(fit_checks.CHECKS)
    assert share.max() <= 0.1


def test_departures_are_found_in_four_cohorts_of_five(shares) -> None:
    of_fit = shares.xs("posterior_predictive", level="check")
    assert of_fit.loc[NAMED, "not_passed"].min() >= 0.8


def test_the_check_says_what_was_found_where_families_left(shares) -> None:
    cohorts = (
        "slopes vary by 1",
        "autocorrelation .6",
        "curve as in slowing_growth",
        "therapist slopes sd 1",
    )
    for (_, n), cohort in zip(findings.FOUND_AFTER_LEAVING.values(), cohorts, strict=True):
        own = shares.loc[(f"{cohort}, leaving", "posterior_predictive")]
        assert own["cohorts"] == findings.STUDIES
        assert n == round(own["cohorts"] * own["not_passed"])


def test_the_page_holds_the_kept_shares() -> None:
    page = DOCS.read_text(encoding="utf-8")
    for lines in fit_checks.as_lines(fit_checks.kept_rows()):
        assert "\n".join(lines) in page
