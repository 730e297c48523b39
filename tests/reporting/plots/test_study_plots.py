"""Figures of checks and studies, on values made by hand."""

from dataclasses import replace
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from bayes_alliance.errors import InputError
from bayes_alliance.posterior.posterior_predictive import posterior_predictive
from bayes_alliance.reporting import plots, rendering
from bayes_alliance.reporting.plots.style import RULES, TITLE, label
from bayes_alliance.studies.calibrate import Calibration
from bayes_alliance.studies.grid import AS_STATED, PriorStudy
from tests import hand_made

pytestmark = pytest.mark.builds

BLOCKS = ("levels", "child sds", "therapist sds", "correlations")


def study() -> PriorStudy:
    """Two quantities and two conclusions under four blocks of priors."""
    keys = [(AS_STATED, 1.0)] + [(b, f) for b in BLOCKS for f in (0.25, 0.5, 2.0, 4.0)]
    rows = []
    for number, (block, factor) in enumerate(keys):
        for quantity, centre in (("slope[child]", -0.3), ("therapist_sd[child,level]", 1.2)):
            mean = centre + 0.1 * np.sin(number)
            rows.append((block, factor, quantity, mean, 0.2, mean - 0.4, mean + 0.4, 900.0, 1.001))
    columns = ["block", "factor", "quantity", "mean", "sd", "lower", "upper", "ess_bulk", "r_hat"]
    index = pd.MultiIndex.from_tuples(keys, names=["block", "factor"])
    support = pd.DataFrame(
        {
            "children see less with time": np.linspace(0.99, 0.9, len(keys)),
            "therapists differ": 0.999,
        },
        index=index,
    )
    verdicts = pd.DataFrame(
        {
            "verdict": ["depends on the prior", "stands"],
            "support": [0.99, 0.999],
            "lowest": [0.9, 0.999],
            "highest": [0.99, 0.999],
            "blocks": ["correlations", ""],
        },
        index=pd.Index(list(support), name="conclusion"),
    )
    return PriorStudy(
        quantities=pd.DataFrame(rows, columns=columns),
        support=support,
        verdicts=verdicts,
        failed={},
        synthetic=True,
    )


def ranks() -> Calibration:
    """A hundred replicates of three quantities, uniform."""
    rng = np.random.default_rng(1)
    names = ["level[child]", "child_sd[child,level]", "residual_cor[child;caregiver]"]
    table = pd.DataFrame(rng.integers(0, 201, size=(100, 3)), columns=names)
    return Calibration(ranks=table, errors=table * 0.0, n_draws=200, failed={})


def texts(figure: Figure) -> str:
    """All text of a figure, one after the other."""
    return " | ".join(item.get_text() for item in figure.findobj(lambda a: hasattr(a, "get_text")))


def test_the_predictive_figure_shows_every_statistic_and_says_that_ratings_are_synthetic() -> None:
    check = posterior_predictive(hand_made.fit(), seed=1, n=60)
    figure = plots.predictive(check).get_figure(root=True)
    said = texts(figure)
    kinds = check.table.index.get_level_values("statistic").unique()
    for kind in kinds:
        shown = (check.table.loc[kind, ["observed", "lower", "upper"]] != 0).any(axis=None)
        assert (kind in said) == shown
    assert "SYNTHETIC" in said


def test_a_calibration_says_in_words_which_quantity_is_farthest_from_uniform() -> None:
    sentence = ranks().check.sentence
    assert "(smallest p 0.0046, correlation of residuals (child and caregiver);" in sentence
    assert "[" not in sentence


def test_a_single_kind_is_drawn_into_the_axes_that_are_given() -> None:
    check = posterior_predictive(hand_made.fit(), seed=1, n=60)
    ax = Figure().subplots()
    assert plots.predictive(check, kind="share at ceiling", ax=ax) is ax
    rows = check.table.loc["share at ceiling"]
    drawn = np.concatenate([line.get_xdata() for line in ax.lines])
    for value in rows["observed"]:
        assert np.isclose(drawn, value).any()


def test_distributions_show_every_rating_and_what_is_expected_beyond_the_scale() -> None:
    check = posterior_predictive(hand_made.fit(), seed=1, n=60)
    assert check.distributions is not None
    axes = plots.rating_distributions(check)
    by_informant = check.distributions.groupby(level="informant", sort=False)
    assert len(axes) == len(by_informant) == 4
    for panel, (name, bars) in zip(axes, by_informant, strict=True):
        assert panel.get_title(loc="left") == label(name, width=TITLE)
        rows = list(bars.groupby(level="time", sort=False))
        given, _, _ = (shape for shape in panel.patches if isinstance(shape, StepPatch))
        # One shape of all times, with a gap between two.
        drawn = np.append(given.get_data().values, np.nan).reshape(len(rows), -1)[:, :-1]
        per_rating = set()
        for row, (heights, (_, of)) in enumerate(zip(drawn, rows, strict=True)):
            np.testing.assert_allclose(heights[of["observed"] == 0] + row, 0, atol=1e-12)
            per_rating |= {
                round((height + row) * of["observed"].sum() / count, 9)
                for height, count in zip(heights, of["observed"], strict=True)
                if count
            }
            assert f"n = {of['observed'].sum():.0f}" in {text.get_text() for text in panel.texts}
        assert len(per_rating) == 1  # a share has one height, whenever and however many rated
        if bars["upper"].groupby(level="time", sort=False).last().gt(0).any():
            assert panel.get_xlim()[1] > 48.5
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["4", "8", "12", "16"]
    assert "SYNTHETIC" in texts(axes[0].get_figure(root=True))
    (one,) = plots.rating_distributions(check, informant="caregiver")
    assert one.get_title(loc="left") == "caregiver"
    with pytest.raises(InputError, match="Did you mean 'caregiver'"):
        plots.rating_distributions(check, informant="carer")
    with pytest.raises(InputError, match="has no distributions"):
        plots.rating_distributions(replace(check, distributions=None))


def test_a_prior_study_shows_every_refit_of_a_quantity() -> None:
    made = study()
    ax = plots.prior_study(made, "slope[child]")
    assert len(ax.get_yticks()) == 17
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels[0] == AS_STATED
    assert "child sds  × 0.25" in labels
    with pytest.raises(InputError, match=r"slope\[child\]"):
        plots.prior_study(made, "slope[chil]")


def test_a_prior_study_says_the_unit_of_what_has_one() -> None:
    made = study()
    of_points = plots.prior_study(made, "slope[child]").get_xlabel()
    assert of_points == "slope (child)\n(rating points; mean and 95% interval)"
    correlation = "residual_cor[child;caregiver]"
    renamed = made.quantities.replace({"quantity": {"slope[child]": correlation}})
    ax = plots.prior_study(replace(made, quantities=renamed), correlation)
    assert ax.get_xlabel().endswith("\n(mean and 95% interval)")


@pytest.mark.usefixtures("whole_pictures")
def test_room_is_made_for_the_text_of_a_file_not_for_that_of_a_screen() -> None:
    figure = plots.prior_study(study(), "slope[child]").get_figure(root=True)
    content = rendering.rendered(figure, formats=("png",), rules=RULES)["png"]
    picture = plt.imread(BytesIO(content))[..., :3]
    dark = np.flatnonzero((picture < 0.9).any(axis=(0, 2)))
    # 3 points at 300 dots an inch, but for the parting of letters.
    assert dark[0] >= 10


def test_the_support_of_a_conclusion_has_a_line_for_every_block() -> None:
    made = study()
    ax = plots.prior_support(made, "children see less with time")
    legend = [text.get_text() for text in ax.get_figure().legends[0].get_texts()]
    assert legend == list(BLOCKS)
    line = ax.get_lines()[0]
    assert list(line.get_xdata()) == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert line.get_ydata()[2] == pytest.approx(0.99)
    # What draws cannot tell from 1 stands at the top of a scale of log odds.
    assert ax.get_yscale() == "logit"
    sure = made.support.assign(sure=1.0)
    top = plots.prior_support(replace(made, support=sure), "sure").get_lines()
    assert {value for line in top[:4] for value in line.get_ydata()} == {0.9995}
    starts = [line.get_transform().transform((1.0, 0.5))[0] for line in top[:4]]
    assert np.diff(starts).min() > 2
    with pytest.raises(InputError, match="children see less"):
        plots.prior_support(made, "children see less with tim")


def test_uniform_ranks_stay_inside_the_band_of_the_calibration_figure() -> None:
    result = ranks()
    ax = plots.calibration(result)
    curves = [line for line in ax.get_lines() if len(line.get_xdata()) == 201]
    assert len(curves) == 3
    width = result.band(np.asarray(curves[0].get_xdata()))
    for curve in curves:
        assert (np.abs(curve.get_ydata())[5:-5] <= 1.15 * width[5:-5]).all()


def test_quantities_of_items_have_a_line_of_their_own_in_the_calibration_figure() -> None:
    made = ranks()
    other = made.ranks.iloc[:, :1].rename(columns=lambda _: "item_loading[1,child]")
    for study, said in ((made, 3), (replace(made, ranks=made.ranks.join(other)), 4)):
        named = [line.get_label() for line in plots.calibration(study).get_lines()]
        assert ("items" in named) is (said == 4)
        assert sum(not label.startswith("_") for label in named) == said
