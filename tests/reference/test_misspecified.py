"""Kept studies of wrong models: what they cost is what the page says."""

from pathlib import Path

import pandas as pd

from benchmarks import misspecified

DOCS = Path(__file__).parents[2] / "docs" / "statistics.md"


def test_quantities_belong_to_their_kinds() -> None:
    assert misspecified.kind("level[child]") == "average level"
    assert misspecified.kind("child_sd[child,slope]") == "sd of children's slopes"
    assert misspecified.kind("child_cor[child,level;caregiver,slope]") == "correlations of children"
    assert misspecified.kind("therapist_sd[child,level]") == ""


def test_coverage_counts_the_fits_whose_interval_holds_the_truth() -> None:
    rows = pd.DataFrame({"rank": [0, 4, 5, 50, 95, 96, 100]})
    held = [False, False, True, True, True, False, False]
    assert misspecified.covered(rows, 100).tolist() == held


def test_the_page_holds_the_kept_coverage() -> None:
    page = DOCS.read_text(encoding="utf-8")
    for line in misspecified.as_lines(misspecified.summary(pd.read_csv(misspecified.ROWS))):
        assert line in page
