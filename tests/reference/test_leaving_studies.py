"""Kept studies of leaving: ranks are uniform, and what it costs to assume wrongly is as stated."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bayes_alliance.studies.ranks import judged
from benchmarks import leaving_calibration, leaving_recovery

KEPT = Path(__file__).parent / "calibration"
DOCS = Path(__file__).parents[2] / "docs" / "statistics.md"


@pytest.mark.parametrize("model", leaving_calibration.MODELS)
def test_kept_ranks_are_uniform_for_every_quantity(model: str) -> None:
    table = pd.read_csv(KEPT / f"{model}.csv")
    summary = json.loads((KEPT / f"{model}.json").read_text())
    verdict = judged(table.drop(columns=["seed", "divergent"]), leaving_calibration.N_DRAWS)
    assert len(table) == summary["fits"]
    assert len(verdict) == summary["quantities"]
    assert {"leaving_baseline[4]", "leaving_on[child]", "leaving_share"} <= set(verdict.index)
    assert verdict["p"].min() >= 0.05 / len(verdict)
    assert summary["failed"] == {}


def test_simulated_families_leave_as_often_as_their_probits_say() -> None:
    rng = np.random.default_rng(3)
    truth = leaving_calibration.draw_truth("level_with_leaving", rng)
    truth["leaving_on"] = np.zeros(2)
    truth["leaving_baseline"] = np.array([-0.8, 0.2, -0.1])
    cohorts = [leaving_calibration.simulate_cohort(truth, rng) for _ in range(60)]
    there = pd.concat(cohorts).groupby("month")["active"].mean().to_numpy()
    stays = np.cumprod(np.append(1.0, stats.norm.cdf(-truth["leaving_baseline"])))
    np.testing.assert_allclose(there, stays, atol=0.03)


def test_bias_of_a_slope_depends_on_what_leaving_truly_follows() -> None:
    found = leaving_recovery.summary(pd.read_csv(leaving_recovery.KEPT))
    own = found[found["families"] == 209].set_index(["truth", "assumption"])
    alliance, rating, slope = leaving_recovery.TRUTHS
    # Ignored though it follows the alliance, and the other way round.
    assert own.loc[(alliance, "ignored"), "bias"] > 0.1
    assert own.loc[(rating, "alliance"), "bias"] < -0.2
    assert own.loc[(slope, "ignored"), "bias"] > 0.4
    for truth, right in ((alliance, "alliance"), (rating, "rating")):
        row = own.loc[(truth, right)]
        assert abs(row["bias"]) < 4 * row["error"]


def test_the_page_holds_the_kept_biases() -> None:
    found = leaving_recovery.summary(pd.read_csv(leaving_recovery.KEPT))
    page = DOCS.read_text(encoding="utf-8")
    for line in leaving_recovery.as_lines(found):
        assert line in page
