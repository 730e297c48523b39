"""Intervals of every estimand cover the truth as often as they say."""

import numpy as np
import pandas as pd
import pytest

from tests.estimands.every import EVERY
from tests.reference import estimand_coverage as coverage

SEEDS = range(301, 305)
# In the kept results all variance of slopes lies between children, who alone differ in them: they
# are from before what covariates explain of it counted as a share, and from before priors of
# correlations were flat in the average.
ESTIMATED = [name for name in EVERY if name != "shares of slope"]


@pytest.mark.parametrize("truth", ["prior", "usual_care"])
def test_kept_results_cover_every_estimand(truth: str) -> None:
    table = pd.read_csv(coverage.RESULTS / f"{truth}.csv", index_col="estimand")
    assert list(table.index) == [*ESTIMATED, "all"]
    assert table["n_cohorts"].min() >= 40


def test_with_truth_from_the_prior_kept_coverage_is_nominal_for_every_estimand() -> None:
    table = pd.read_csv(coverage.RESULTS / "prior.csv", index_col="estimand")
    assert table.loc["all", "covered"] == pytest.approx(coverage.PROB, abs=0.025)
    # Quantities of one cohort are dependent: as many independent intervals as cohorts, at worst.
    error = np.sqrt(coverage.PROB * (1 - coverage.PROB) / table["n_cohorts"])
    assert (abs(table["covered"] - coverage.PROB) < 3.5 * error).all()


def test_in_the_fixed_population_indices_of_all_informants_are_covered_a_little_less() -> None:
    table = pd.read_csv(coverage.RESULTS / "usual_care.csv", index_col="estimand")
    covered = table["covered"]
    assert covered["all"] == pytest.approx(coverage.PROB, abs=0.02)
    indices = [name for name in covered.index if name.startswith("intraclass")]
    assert covered.drop(indices).min() > 0.85
    assert covered[indices].min() > 0.75
    assert table.loc[indices, "above"].max() < 0.02


@pytest.mark.long
def test_ninety_percent_intervals_of_all_estimands_cover_about_ninety_percent() -> None:
    frames = [coverage.covered(coverage.from_prior(seed), seed, draws=300) for seed in SEEDS]
    table = coverage.summary(frames)
    assert list(table.index) == [*coverage.ESTIMATED, "all"]
    # Four cohorts; the share of one cohort varies with a standard deviation of about 0.045.
    assert 0.82 < table.loc["all", "covered"] < 0.98
    assert table.loc["all", "above"] < 0.15
