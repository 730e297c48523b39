"""Intervals of every estimand cover the truth as often as they say."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bayes_alliance.reporting import tables
from bayes_alliance.reporting.tables.coverage import OF_EFFECTS, OF_TRACKING
from tests import hand_made
from tests.reference import estimand_coverage as coverage

SEEDS = range(301, 305)
DOCS = Path(__file__).parents[2] / "docs" / "statistics.md"


@pytest.mark.parametrize("truth", ["prior", "usual_care"])
def test_kept_results_cover_every_estimand(truth: str) -> None:
    table = pd.read_csv(coverage.RESULTS / f"{truth}.csv", index_col="estimand")
    assert list(table.index) == [*coverage.ESTIMATED, "all"]
    assert table["n_cohorts"].min() >= 40


def test_with_truth_from_the_prior_kept_coverage_is_nominal_for_every_estimand() -> None:
    table = pd.read_csv(coverage.RESULTS / "prior.csv", index_col="estimand")
    assert table.loc["all", "covered"] == pytest.approx(coverage.PROB, abs=0.025)
    # Quantities of one cohort are dependent: as many independent intervals as cohorts, at worst.
    error = np.sqrt(coverage.PROB * (1 - coverage.PROB) / table["n_cohorts"])
    assert (abs(table["covered"] - coverage.PROB) < 3.5 * error).all()


def test_in_the_fixed_population_every_estimand_is_covered_nearly_as_often_as_its_intervals_say():
    table = pd.read_csv(coverage.RESULTS / "usual_care.csv", index_col="estimand")
    assert table.loc["all", "covered"] == pytest.approx(coverage.PROB, abs=0.02)
    # 87 %, but for chance where a cohort has one interval.
    error = np.sqrt(coverage.PROB * (1 - coverage.PROB) / table["n_intervals"])
    assert (table["covered"] > 0.87 - error).all()
    indices = [name for name in table.index if name.startswith("intraclass")]
    assert table.loc[indices, "covered"].min() > 0.9


def test_what_tables_say_of_intervals_of_slopes_is_what_the_kept_study_found() -> None:
    table = pd.read_csv(coverage.RESULTS / "usual_care.csv", index_col="estimand")
    note = tables.variation(hand_made.fit()).note
    (said,) = re.findall(r"slopes held the true one (\d+)% of the time", note)
    assert int(said) == round(100 * table.loc[coverage.SLOPES, "covered"])


def test_what_tables_say_of_intervals_of_effects_is_what_the_kept_study_found() -> None:
    table = pd.read_csv(coverage.RESULTS / "prior.csv", index_col="estimand")
    said = [int(n) for n in re.findall(r"(?:In |one |informants )(\d+)", OF_EFFECTS)]
    names = ("contrast", "difference of contrasts")
    assert said == [
        table["n_cohorts"].max(),
        *(round(100 * table.loc[name, "covered"]) for name in names),
    ]


def test_whatever_a_report_has_below_87_percent_is_said_to_be() -> None:
    table = pd.read_csv(coverage.RESULTS / "prior.csv", index_col="estimand")
    below = table.index[(table["covered"] < 0.87) & (table.index != "all")]
    effects = {"contrast", "contrast in sd", "difference of contrasts", "contrast of slopes in sd"}
    of_users = {"at ceiling", "ceiling contrast", "slope difference in sd"}  # in no report
    assert {*below} == effects | of_users | {"tracking"}
    assert f"{100 * table.loc['tracking', 'covered']:.0f}%" in OF_TRACKING
    page = " ".join(DOCS.read_text(encoding="utf-8").split())
    rounded = (100 * table.loc[[*of_users, "tracking"], "covered"]).round()
    assert f"{rounded.min():.0f} to {rounded.max():.0f}% of the time there" in page


def test_two_estimands_below_the_others_are_chance_as_the_page_says() -> None:
    table = pd.read_csv(coverage.RESULTS / "prior.csv", index_col="estimand")
    lowest, n = table["covered"].idxmin(), int(table["n_cohorts"].max())
    n_single = int((table["n_intervals"] == n).sum())
    as_low = stats.binom.cdf(round(n * table.loc[lowest, "covered"]), n, coverage.PROB)
    page = " ".join(DOCS.read_text(encoding="utf-8").split())
    assert f"{n_single * as_low:.2f} are expected" in page
    assert f"one or more in {100 * (1 - (1 - as_low) ** n_single):.0f}% of such studies" in page


@pytest.mark.long
def test_ninety_percent_intervals_of_all_estimands_cover_about_ninety_percent() -> None:
    frames = [coverage.covered(coverage.from_prior(seed), seed, draws=300) for seed in SEEDS]
    table = coverage.summary(coverage.counts(pd.concat(frames)), len(frames))
    assert list(table.index) == [*coverage.ESTIMATED, "all"]
    # Four cohorts; the share of one cohort varies with a standard deviation of about 0.045.
    assert 0.82 < table.loc["all", "covered"] < 0.98
    assert table.loc["all", "above"] < 0.15
