"""Figures of growth, single children and covariates draw the numbers of the estimands."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.reporting import plots
from tests import hand_made

pytestmark = pytest.mark.builds
PAIR = ("child", "caregiver")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fit() -> ba.Fit:
    return hand_made.fit()


def curves(ax) -> list[np.ndarray]:
    return [line.get_ydata()[[0, -1]] for line in ax.lines if len(line.get_xdata()) == 41]


def test_a_difference_of_groups_over_time_is_that_of_the_contrast(fit) -> None:
    axes = plots.growth_differences(fit, by="anxiety")
    draws = ba.effects.contrast(fit, "anxiety", time=[4.0, 16.0])
    for panel, informant in zip(axes, hand_made.FOUR, strict=True):
        (line,) = curves(panel)
        expected = draws.sel(informant=informant)
        np.testing.assert_allclose(line, expected.median(("chain", "draw")))
        band = panel.collections[0].get_paths()[0].vertices
        ends = band[np.isclose(band[:, 0], 4.0)][:, 1]
        wanted = expected.sel(time=4.0).quantile([0.025, 0.975])
        np.testing.assert_allclose([ends.min(), ends.max()], wanted)
    assert axes[0].get_ylabel() == "anxiety: 1 vs 0 (points)"
    both = plots.growth_differences(fit, by="anxiety", difference=PAIR)
    between = ba.effects.contrast(fit, "anxiety", time=[4.0, 16.0], difference=PAIR)
    np.testing.assert_allclose(curves(both[0])[0], between.median(("chain", "draw")))


def test_a_difference_of_informants_is_that_of_their_expected_ratings(fit) -> None:
    (panel,) = plots.growth_differences(fit, difference=PAIR)
    expected = ba.effects.trajectories(fit, times=[4.0, 16.0])
    apart = expected.sel(informant="child") - expected.sel(informant="caregiver")
    np.testing.assert_allclose(curves(panel)[0], apart.median(("chain", "draw")))
    below = [text.get_text() for text in panel.texts]
    assert below[below.index("child") + 1 :][:4] == ["12", "7", "6", "6"]
    for wrong, match in (
        ({"by": "experience"}, "not a covariate of this model"),
        ({"difference": ("child", "teacher")}, "teacher"),
    ):
        with pytest.raises(ba.InputError, match=match):
            plots.growth_differences(fit, **wrong)
    with pytest.raises(ba.InputError):
        plots.growth_differences(hand_made.fit(hand_made.FOUR[:1]))


def test_each_category_has_a_line_against_the_reference() -> None:
    arms = ("CBT", "as usual", "family therapy")
    fit = hand_made.fit(hand_made.FOUR[:2], covariate="arm", groups=arms)
    axes = plots.growth_differences(fit, by="arm")
    assert [len(curves(panel)) for panel in axes] == [2, 2]
    reference, *others = fit.ratings.covariates[0].categories
    named = [text.get_text() for text in axes[0].get_figure().legends[0].get_texts()]
    assert named == [f"arm: {other} vs {reference}" for other in others]
    grouped = plots.trajectories(fit, by="arm")
    assert [len(curves(panel)) for panel in grouped] == [3, 3]


def numeric(values: tuple[float, ...]) -> ba.Fit:
    """A fit in which two points go with each unit of a numeric covariate."""
    ratings = hand_made.ratings(hand_made.FOUR[:2], covariate="dose", groups=values)
    spec = ba.with_covariates(ba.load_model("informant_growth"), {"dose": ("level",)})
    moments = {
        "level": np.array([40.0, 36.0]),
        "level_on": np.array([[2.0, 0.0]]),
        "child_cov": np.eye(4),
        "therapist_cov": np.zeros((4, 4)),
        "residual_cov": np.eye(2),
    }
    return hand_made.constant(spec, ratings, moments)


def test_along_a_numeric_covariate_stands_a_curve_with_a_stroke_for_each_child() -> None:
    fit = numeric((0.0, 1.0, 4.0))
    axes = plots.along_covariate(fit, "dose")
    curve, strokes = axes[0].lines[0], axes[0].lines[-1]
    x, y = (np.asarray(one) for one in curve.get_data())
    assert (x[0], x[-1]) == (0.0, 4.0)
    np.testing.assert_allclose(np.diff(y) / np.diff(x), 2.0)
    expected = ba.effects.trajectories(fit, times=[4.0], at={"dose": 4.0}).sel(informant="child")
    assert y[-1] == pytest.approx(float(expected.median()))
    assert sorted(strokes.get_xdata()) == [0.0] * 4 + [1.0] * 4 + [4.0] * 4
    assert axes[0].get_xlabel() == "dose\nn = 12 children"
    with pytest.raises(ba.InputError, match="not a covariate of this model"):
        plots.along_covariate(fit, "experience")


def test_two_values_of_a_number_are_two_values() -> None:
    fit = numeric((0.0, 3.0))
    points = plots.along_covariate(fit, "dose")[0].lines[0]
    assert list(points.get_xdata()) == [0.0, 3.0]
    assert np.diff(points.get_ydata()) == pytest.approx(6.0)
    axes = plots.trajectories(fit, by="dose")
    named = [text.get_text() for text in axes[0].get_figure().legends[0].get_texts()]
    assert named == ["dose = 0", "dose = 3"]
    low, high = (line[0] for line in curves(axes[0]))
    assert high - low == pytest.approx(6.0)


def test_single_children_have_their_ratings_and_the_lines_expected_of_them(fit) -> None:
    axes = plots.individual_fits(fit, ["c1", "c9"], seed=3)
    for panel, child in zip(axes, ("c1", "c9"), strict=True):
        expected = ba.effects.predictions(fit, seed=3, of=("child", child), time=[4.0, 16.0])
        observed = fit.ratings.observed
        own = observed[observed["child"] == child]
        points = [line for line in panel.lines if line.get_linestyle() == "None"]
        for informant, line, dots in zip(hand_made.FOUR, curves(panel), points, strict=True):
            median = expected.sel(informant=informant).median(("chain", "draw"))
            np.testing.assert_allclose(line, median, atol=0.5)
            rated = own[own["informant"] == informant]["rating"]
            np.testing.assert_allclose(dots.get_ydata(), rated)
        assert panel.get_title("left") == f"child {child} (n = {len(own)})"
    assert len(plots.individual_fits(fit, seed=3)) == 6
    with pytest.raises(ba.InputError, match="no such child"):
        plots.individual_fits(fit, ["c99"], seed=3)


def test_effects_have_numbers_units_and_what_they_are_of(fit) -> None:
    texts = [text.get_text() for text in plots.effects(fit).texts]
    draws = ba.effects.contrast(fit, "anxiety").sel(informant="child")
    middle, low, high = (float(draws.quantile(at)) for at in (0.5, 0.025, 0.975))
    assert "anxiety: 1 vs 0" in texts
    assert f"{middle:.2f} [{low:.2f}, {high:.2f}]\nP(> 0) > .99" in texts
    found = numeric((0.0, 1.0, 4.0))
    for per, said, effect in (
        (None, "per unit", 2.0),
        ({"dose": 10}, "per 10 units", 20.0),
    ):
        ax = plots.effects(found, per=per)
        assert f"dose, {said}" in [text.get_text() for text in ax.texts]
        (spot, _) = (line for line in ax.lines if len(line.get_xdata()) == 1)
        assert spot.get_xdata()[0] == pytest.approx(effect)
    with pytest.raises(ba.InputError, match="no numeric covariate"):
        plots.effects(fit, per={"anxiety": 10})
