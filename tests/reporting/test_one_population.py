"""One number for an average, wherever it stands: that over the children of the study."""

import re

import numpy as np
import pytest

from bayes_alliance.estimands import agreement, dyads, effects
from bayes_alliance.estimands.usual import side_by_side
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document.report import headline
from bayes_alliance.reporting.prose import paragraphs
from bayes_alliance.results.collection import collected
from bayes_alliance.specification import load_model, with_covariates
from bayes_alliance.studies.conclusions import Conclusion, supports
from tests import hand_made
from tests.small import small_ratings

BINARY = {"female": ("level", "slope"), "anxiety": ("level", "slope")}
FIRST, SECOND = "child", "therapist_of_child"


def made(model: str):
    """A fit of nine children, four girls, four anxious, all of whose draws are the same."""
    spec = with_covariates(load_model(model), BINARY)
    values = {
        "level": np.array([40.0, 36.0]),
        "slope": np.array([-1.0, 0.5]),
        "level_on": np.array([[3.0, -2.0], [-4.0, 1.0]]),
        "slope_on": np.array([[0.9, -0.6], [1.2, 0.3]]),
        "child_cov": np.diag([9.0, 4.0, 1.0, 0.5]),
        "residual_cov": np.diag([4.0, 2.0]),
    }
    if model == "informant_growth":
        values["therapist_cov"] = np.diag([1.0, 2.0, 0.0, 0.0])
    return hand_made.constant(spec, small_ratings(n_informants=2), values)


@pytest.fixture(scope="module")
def fit():
    return made("informant_growth")


@pytest.fixture(scope="module")
def averages(fit):
    """Mean over the children of the study: level, slope, and level at 16 months."""
    children = fit.ratings.children[["female", "anxiety"]].to_numpy(dtype=float)
    level = np.array([40.0, 36.0]) + children @ np.array([[3.0, -2.0], [-4.0, 1.0]])
    slope = np.array([-1.0, 0.5]) + children @ np.array([[0.9, -0.6], [1.2, 0.3]])
    return level.mean(axis=0), slope.mean(axis=0), (level + 3.0 * slope).mean(axis=0)


def numbers(text: str) -> list[float]:
    """Every number of a text."""
    return [float(found.replace("−", "-")) for found in re.findall(r"[−-]?\d*\.\d+", text)]


@pytest.mark.builds
def test_an_average_is_one_number_wherever_it_stands(fit, averages):
    level, slope, last = averages
    records = collected(fit)
    text = headline(records)
    own = text[text.index("Child: ") :].split("\n")[0]
    assert numbers(own)[0] == pytest.approx(level[0], abs=0.005)
    assert numbers(own[own.index("change per") :])[0] == pytest.approx(slope[0], abs=0.005)
    # The paragraph of a paper on change: the highest and the lowest level, then the changes.
    in_text = numbers(paragraphs.results(fit, records=records)[0].text)
    ends = sorted(last - level)
    wanted = [max(level), min(level), ends[0], ends[-1]]
    np.testing.assert_allclose(
        [in_text[0], in_text[3], in_text[6], in_text[-4]], wanted, atol=0.005
    )
    # Table 1.
    shown = tables.fixed_effects(fit, records=records).shown["Estimate"]
    found = np.array([numbers(text)[0] for text in shown]).reshape(2, 2)
    np.testing.assert_allclose(found, [level, slope], atol=0.005)
    # Table 3.
    row = tables.agreement(fit, records=records).shown.iloc[0]
    assert numbers(row["Mean difference"])[0] == pytest.approx(level[0] - level[1], abs=0.005)
    # The usual analysis beside it.
    usual = side_by_side(made("separate_levels"), fit).table.set_index(["quantity", "of"])
    for quantity, chosen in (("average level", level), ("average change", slope)):
        for column in ("usual", "joint"):
            np.testing.assert_allclose(usual.loc[quantity, column], chosen)
    # The figure of growth, and its curve over all of them.
    panels = plots.trajectories(fit)
    for k, panel in enumerate(panels):
        (curve,) = (line.get_ydata() for line in panel.lines if len(line.get_xdata()) == 41)
        assert curve[[0, -1]] == pytest.approx([level[k], last[k]])
    # Conclusions, on what the two csv files list.
    names = {
        f"level[{FIRST}]": level[0],
        f"slope[{SECOND}]": slope[1],
        f"effects.trajectories[time=4;16,{FIRST}]": last[0] - level[0],
        f"agreement.mean_difference[time=16,{FIRST};{SECOND}]": last[0] - last[1],
    }
    for name, value in names.items():
        near = Conclusion(name=name, quantity=name, above=value - 1e-9, below=value + 1e-9)
        assert supports(fit, [near])[name] == 1.0


def test_functions_give_the_same_average(fit, averages):
    level, slope, last = averages
    course = effects.trajectories(fit, times=[4.0, 16.0]).isel(chain=0, draw=0)
    np.testing.assert_allclose(course, [level, last])
    pair = {"informant": FIRST, "informant_": SECOND}
    for of, values in (("level", level), ("slope", slope)):
        apart = agreement.mean_difference(fit, of=of).sel(pair)
        np.testing.assert_allclose(apart, values[0] - values[1])
    bias = dyads.directional_bias(fit, judgement=SECOND, truth=FIRST, time=16.0)
    np.testing.assert_allclose(bias, last[1] - last[0])


def test_the_profile_the_model_is_parametrised_at_has_a_name_of_its_own(fit):
    summary = tables.summary(fit).set_index("quantity")["mean"]
    assert summary[f"level_at_reference[{FIRST}]"] == 40.0
    assert summary[f"slope_at_reference[{SECOND}]"] == 0.5
    without = hand_made.fit(covariates=False)
    assert not tables.summary(without)["quantity"].str.contains("reference").any()


def test_lines_and_points_of_a_group_are_of_the_same_children(fit):
    children = fit.ratings.children
    panels = plots.trajectories(fit, by="female")
    for value, place in ((0, 0), (1, 1)):
        anxious = children.loc[children["female"] == value, "anxiety"].to_numpy(dtype=float)
        expected = (40.0 + 3.0 * value - 4.0 * anxious).mean()
        curves = [line.get_ydata() for line in panels[0].lines if len(line.get_xdata()) == 41]
        assert curves[place][0] == pytest.approx(expected)
