"""A report of visits as categories: every visit has its own average, and a tick in the figure."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document import report
from bayes_alliance.reporting.tables.notes import coefficient_heading
from bayes_alliance.specification import load_model, with_covariates
from tests import hand_made

CHANGES = {"change_1": [1.0, 2.0], "change_2": [2.0, 2.0], "change_3": [4.0, 1.0]}


def fit() -> Fit:
    """Averages of two informants at four visits that are known, an arm that differs at the last."""
    data = hand_made.ratings(("child", "caregiver"), covariate="arm")
    spec = with_covariates(load_model("categorical_visits"), {"arm": ("slope",)})
    values = {name: np.array(change) for name, change in CHANGES.items()}
    values["level"] = np.array([30.0, 32.0])
    on = {f"{name}_on": np.zeros((1, 2)) for name in CHANGES}
    on["change_3_on"] = np.array([[3.0, 5.0]])
    cov = {f"{level}_cov": np.eye(8) * ([1.0] * 2 + [0.0] * 6) for level in ("child", "therapist")}
    cov |= {"residual_cov": np.eye(2), "residual_autoregression": np.array(0.4)}
    return hand_made.constant(spec, data, values | on | cov)


def test_an_arm_on_the_changes_acts_at_the_visits_and_between_on_a_line() -> None:
    effect = ba.effects.contrast(fit(), "arm", time=(4.0, 8.0, 12.0, 15.0, 16.0))
    of_child = effect.sel(informant="child").mean(("chain", "draw")).values
    np.testing.assert_allclose(of_child, [0.0, 0.0, 0.0, 2.25, 3.0])
    last = ba.effects.contrast(fit(), "arm", on="change_3").mean(("chain", "draw"))
    np.testing.assert_allclose(last.values, [3.0, 5.0])


def test_averages_of_visits_are_level_and_change() -> None:
    expected = ba.effects.trajectories(fit(), times=(4.0, 8.0, 12.0, 16.0))
    of_child = expected.sel(informant="child").mean(("chain", "draw")).values
    in_arm = float(fit().ratings.children["arm"].mean())
    np.testing.assert_allclose(of_child, [30.0, 31.0, 32.0, 34.0 + 3.0 * in_arm])


def test_the_figure_has_ticks_at_the_visits_and_bends_there() -> None:
    (axes, *_) = plots.trajectories(fit())
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["4", "8", "12", "16"]
    times = axes.lines[0].get_xdata()
    assert {4.0, 8.0, 12.0, 16.0} <= set(np.asarray(times).tolist())
    plt.close("all")


def test_changes_are_headed_by_their_visit() -> None:
    assert coefficient_heading(fit(), "level") == "Level at 4 months"
    assert coefficient_heading(fit(), "change_2") == "Change to 12 months"


def test_an_effect_on_a_change_is_said_and_drawn_with_its_visit_and_in_points() -> None:
    made = fit()
    assert "Arm on change to 16 months" in str(tables.covariate_effects(made))
    axes = plots.effects(made, on="change_3")
    assert axes.get_xlabel().startswith("effect on the change to 16 months\n(points;")
    plt.close("all")
    text = " ".join(str(made.spec).split())
    assert "arm acts on change to 8, change to 12 and change to 16" in text
    assert "Average change to 12 of each informant" in text
    assert "hange 1" not in text


def test_prior_draws_of_visits_are_as_wide_as_their_priors() -> None:
    made = fit()
    prior = ba.prior_fit(load_model("categorical_visits"), made.ratings, seed=1, draws=2000)
    table = tables.summarise(prior.moments["change_3"])
    np.testing.assert_allclose(table["sd"], 0.4 * 18.0, rtol=0.1)


@pytest.mark.builds
def test_a_report_of_visits_is_composed(tmp_path: Path) -> None:
    made = hand_made.of_prior("categorical_visits", hand_made.ratings(), draws=30)
    page = report.write(made, tmp_path).read_text(encoding="utf-8")
    assert "Change to 8 months" in page
    assert "change 1" not in page
    assert "occasions at 8, 12 and 16" in page
