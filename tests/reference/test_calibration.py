"""The kept ranks of simulation-based calibration are uniform, and the judge would notice if not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bayes_alliance.specification import load_model
from bayes_alliance.studies.ranks import judged
from benchmarks import calibration

KEPT = Path(__file__).parent / "calibration"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("kept", "fits"),
    [("informant_growth", 200), ("informant_level", 200), ("informant_growth_of_4", 95)],
)
def test_kept_ranks_are_uniform_for_every_quantity(kept: str, fits: int) -> None:
    table = pd.read_csv(KEPT / f"{kept}.csv")
    summary = json.loads((KEPT / f"{kept}.json").read_text())
    verdict = judged(table.drop(columns=["seed", "divergent"]), calibration.N_DRAWS)
    assert len(table) == summary["fits"] >= fits
    assert len(verdict) == summary["quantities"]
    assert verdict["p"].min() >= 0.05 / len(verdict)
    assert summary["failed"] == {}


BY_THE_PACKAGE = [
    path.stem
    for path in sorted(KEPT.glob("*.json"))
    if "benchmarks.model_calibration" in json.loads(path.read_text())["command"]
]


@pytest.mark.thorough
@pytest.mark.parametrize("model", BY_THE_PACKAGE)
def test_kept_ranks_of_cohorts_that_the_package_replicated_are_uniform(model: str) -> None:
    table = pd.read_csv(KEPT / f"{model}.csv").drop(columns="seed")
    summary = json.loads((KEPT / f"{model}.json").read_text())
    draws = summary["draws_per_fit"]
    verdict = judged(table, draws["chains"] * draws["draws"] // draws["thin"])
    assert len(table) == summary["fits"]
    assert len(verdict) == summary["quantities"]
    assert summary["failed"] == {}
    assert verdict["p"].min() >= 0.05 / len(verdict)


@pytest.mark.parametrize("page", ["README.md", "docs/statistics.md"])
@pytest.mark.parametrize("model", BY_THE_PACKAGE)
def test_pages_name_every_model_whose_calibration_is_kept(model: str, page: str) -> None:
    assert f"`{model}`" in (KEPT.parents[2] / page).read_text(encoding="utf-8")


def test_lkj_draws_of_the_simulator_have_the_marginal_they_should() -> None:
    rng = np.random.default_rng(4)
    draws = np.array([calibration.lkj(4, 4, rng) for _ in range(4000)])
    assert np.linalg.eigvalsh(draws).min() > 0
    # Marginally (r + 1) / 2 ~ Beta(eta + (n - 2) / 2, same): variance of r is 1 / (2 * 2 + 1).
    for i, j in ((0, 1), (0, 3), (2, 3)):
        assert np.var(draws[:, i, j]) == pytest.approx(1 / 5, rel=0.08)
    draws = np.array([calibration.lkj(4, 2, rng) for _ in range(4000)])
    assert np.var(draws[:, 0, 1]) == pytest.approx(1 / 3, rel=0.08)
    for i, j in ((0, 2), (1, 2), (1, 3)):
        assert np.var(draws[:, i, j]) == pytest.approx(1 / 5, rel=0.08)


@pytest.mark.thorough
def test_flat_averages_of_the_simulator_are_those_of_the_shipped_prior() -> None:
    rng = np.random.default_rng(5)
    made = [calibration.mean_flat(3, rng, steps=600)[np.tril_indices(3, -1)] for _ in range(150)]
    # Partial correlations of three rows: the last one given the first.
    a, b, c = load_model("informant_growth").priors["therapist_cor"].draw(rng, (4000,), [0] * 3).T
    drawn = np.stack([a, b, a * b + c * np.sqrt((1 - a**2) * (1 - b**2))])
    assert stats.ks_2samp(np.mean(made, axis=1), drawn.mean(axis=0)).pvalue > 1e-3
