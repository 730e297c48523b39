"""The published patterns of the founding study reappear on the synthetic example."""

import runpy
from pathlib import Path

import pytest

import bayes_alliance as ba

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "founding_study.py"
PAGE = ROOT / "docs" / "founding_study.md"


@pytest.mark.long
def test_every_published_pattern_reappears_and_stands_in_the_page() -> None:
    table = runpy.run_path(str(SCRIPT))["beside"](ba.load_example("usual_care"))
    assert len(table) == 20
    assert (table["reappears"] == "yes").all(), table[table["reappears"] == "no"]
    page = PAGE.read_text(encoding="utf-8")
    for _, row in table.iterrows():
        assert f"| {row['published']} | {row['model']} |" in page
    assert page.count("| yes |") == len(table)


def test_patterns_that_are_not_there_do_not_show() -> None:
    import numpy as np
    import xarray as xr

    script = runpy.run_path(str(SCRIPT))
    draws = xr.DataArray(np.random.default_rng(1).normal(size=(4, 500)), dims=("chain", "draw"))
    assert script["stable"](0.1 * draws)
    assert not script["stable"](0.1 * draws + 0.6)
    assert script["falls"](0.1 * draws - 0.4)
    assert not script["falls"](draws - 0.4)
    assert script["higher"](0.1 * draws + 0.4)
    assert not script["higher"](-0.1 * draws - 0.4)
    assert script["moderate"](0.1 * draws + 0.5)
    assert not script["moderate"](0.1 * draws + 0.9)
    assert script["open_to_zero"](draws)
    assert not script["open_to_zero"](0.1 * draws + 1.0)
