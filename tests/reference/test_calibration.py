"""The kept ranks of simulation-based calibration are uniform, and the judge would notice if not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import calibration

KEPT = Path(__file__).parent / "calibration"


@pytest.mark.parametrize("model", ["informant_growth", "informant_level"])
def test_kept_ranks_are_uniform_for_every_quantity(model: str) -> None:
    table = pd.read_csv(KEPT / f"{model}.csv")
    summary = json.loads((KEPT / f"{model}.json").read_text())
    verdict = calibration.judge(table)
    assert len(table) == summary["fits"] >= 200
    assert len(verdict) == summary["quantities"]
    assert verdict["p_value"].min() >= 0.05 / len(verdict)
    assert summary["failed"] == {}


def test_intervals_that_are_too_narrow_or_shifted_are_noticed() -> None:
    rng = np.random.default_rng(3)
    n_draws = calibration.CHAINS * calibration.DRAWS // calibration.THIN
    table = pd.DataFrame(
        {
            "seed": range(200),
            "divergent": 0,
            "uniform": rng.integers(0, n_draws + 1, size=200),
            "too_narrow": np.rint(n_draws * rng.beta(0.6, 0.6, size=200)).astype(int),
            "shifted": np.rint(n_draws * rng.beta(1.4, 1.0, size=200)).astype(int),
        }
    )
    verdict = calibration.judge(table)["outside_95"]
    assert list(verdict[verdict].index) == ["too_narrow", "shifted"]


def test_lkj_draws_of_the_simulator_have_the_marginal_they_should() -> None:
    rng = np.random.default_rng(4)
    draws = np.array([calibration.lkj(4, 2.0, rng) for _ in range(4000)])
    assert np.linalg.eigvalsh(draws).min() > 0
    # Marginally (r + 1) / 2 ~ Beta(eta + (n - 2) / 2, same): variance of r is 1 / (2 * 3 + 1).
    for i, j in ((0, 1), (0, 3), (2, 3)):
        assert np.var(draws[:, i, j]) == pytest.approx(1 / 7, rel=0.08)
