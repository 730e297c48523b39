from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.text import Text

from bayes_alliance import InputError
from bayes_alliance.posterior.study_average import average_growth
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.plots.columns import as_wide_as
from bayes_alliance.reporting.plots.style import SINGLE, marks
from tests import hand_made

pytestmark = pytest.mark.builds


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_each_informant_has_a_panel_with_its_observed_means(fit):
    axes = plots.trajectories(fit)
    assert [ax.get_title("left") for ax in axes] == [
        "child",
        "therapist of child",
        "caregiver",
        "therapist of\ncaregiver",
    ]
    observed = tables.observed(fit.ratings)
    for ax, informant in zip(axes, hand_made.FOUR, strict=True):
        points = next(line for line in ax.lines if line.get_linestyle() == "None")
        own = observed[observed["informant"] == informant]
        assert np.asarray(points.get_ydata()) == pytest.approx(own["mean"].to_numpy())
        assert np.asarray(points.get_xdata()) == pytest.approx(own["time"].to_numpy())


def test_the_line_is_the_median_of_the_expected_rating(fit):
    line = next(line for line in plots.trajectories(fit)[0].lines if len(line.get_xdata()) == 41)
    assert line.get_ydata()[0] == pytest.approx(40.0)
    averages = average_growth(fit.moments, fit.design)
    level, slope = averages["level"], averages["slope"]
    last = np.median((level + 3 * slope).sel(informant="child"))
    assert line.get_ydata()[-1] == pytest.approx(last)


def test_numbers_rated_and_in_treatment_stand_under_the_axis(fit):
    written = texts(plots.trajectories(fit)[0])
    start = written.index("rated")
    assert written[start + 1 : start + 5] == ["12", "7", "6", "6"]
    start = written.index("in treatment")
    assert written[start + 1 : start + 5] == ["12", "8", "6", "6"]


def test_floor_and_ceiling_are_drawn_on_a_bounded_scale_only(fit):
    assert {"floor 12", "ceiling 48"} <= set(texts(plots.trajectories(fit, scale="full")[0]))
    unbounded = hand_made.fit(scale={"center": 36.0, "spread": 10.0})
    assert not any(text.startswith("ceiling") for text in texts(plots.trajectories(unbounded)[0]))


def test_the_whole_scale_is_shown_and_what_the_model_expects_beyond_it(fit):
    low, high = plots.trajectories(fit, scale="full")[0].get_ylim()
    assert low < 12
    assert high > 48
    lifted = fit.moments.assign(level=fit.moments["level"] + 20.0)
    groups = {"posterior": lifted, "sample_stats": fit.stats}
    beyond = replace(fit, posterior=xr.DataTree.from_dict(groups))
    assert plots.trajectories(beyond, scale="full")[0].get_ylim()[1] > 62


def test_all_informants_can_share_axes_the_caller_made(fit):
    mine = plt.subplots()[1]
    axes = plots.trajectories(fit, ax=mine)
    assert axes == (mine,)
    assert len(mine.get_legend().get_texts()) == 4


def test_a_wrong_number_of_axes_is_refused(fit):
    with pytest.raises(InputError, match="1 or 4 axes, not 2"):
        plots.trajectories(fit, ax=plt.subplots(1, 2)[1])


def test_each_pair_of_informants_has_its_correlation_and_interval_in_its_cell(fit):
    ax = plots.agreement(fit)
    written = texts(ax)
    assert len(written) == 12
    assert written.count(".45") == 6
    low, high = 0.5 * (0.9 - 0.076), 0.5 * (0.9 + 0.076)
    assert (round(low, 2), round(high, 2)) == (0.41, 0.49)
    assert written.count("[.41, .49]") == 6


def test_agreement_of_one_informant_is_refused():
    with pytest.raises(InputError, match="agreement needs two"):
        plots.agreement(hand_made.fit(("child",)))


def test_bars_are_mean_shares_and_fill_the_width(fit):
    ax = plots.shares(fit, time=4)
    found = tables.estimands(fit).set_index(["estimand", "of"])["mean"]
    widths = {
        (container.get_label(), informant): bar.get_width()
        for container in ax.containers
        for informant, bar in zip(hand_made.FOUR, container.patches, strict=True)
    }
    for (source, informant), width in widths.items():
        assert width == pytest.approx(found["variance.shares", f"{source},{informant},time=4"])
    for informant in hand_made.FOUR:
        assert sum(w for (_, k), w in widths.items() if k == informant) == pytest.approx(1.0)


def test_every_quantity_is_in_the_convergence_overview(fit):
    ax = plots.convergence(fit)
    table = tables.summary(fit)
    bulk = next(line for line in ax.lines if line.get_label() == "bulk")
    assert np.asarray(bulk.get_xdata()) == pytest.approx(table["ess_bulk"].to_numpy())
    assert np.asarray(bulk.get_ydata()) == pytest.approx(table["r_hat"].to_numpy())


def test_ranks_count_every_draw_of_each_chain(fit):
    ax = plots.ranks(fit, quantity="level[child]")
    assert [step.get_data().values.sum() for step in ax.patches] == [50, 50]


def test_a_misspelt_quantity_is_answered_with_the_nearest(fit):
    with pytest.raises(InputError, match=r"Did you mean 'level\[child\]'"):
        plots.ranks(fit, quantity="levl[child]")


def test_informants_differ_by_colour_marker_and_line_together():
    looks = list(marks(hand_made.FOUR).values())
    for part in ("color", "marker", "line"):
        assert len({getattr(look, part) for look in looks}) == 4


def test_colours_of_four_informants_differ_in_grey():
    greys = sorted(
        np.dot(mpl.colors.to_rgb(look.color), (0.299, 0.587, 0.114))
        for look in marks(hand_made.FOUR).values()
    )
    assert np.diff(greys).min() > 0.08


def test_drawing_leaves_the_settings_of_matplotlib_as_they_were(fit):
    before = dict(mpl.rcParams)
    plots.trajectories(fit)
    plots.shares(fit)
    assert dict(mpl.rcParams) == before


def test_the_axis_follows_what_is_drawn_and_says_which_end_is_out_of_sight(fit) -> None:
    panel = plots.trajectories(fit)[0]
    low, high = panel.get_ylim()
    assert 0.2 * 36 <= high - low < 0.6 * 36
    shown = [name for name, end in (("floor 12", 12), ("ceiling 48", 48)) if low <= end <= high]
    hidden = [name for name in ("floor 12", "ceiling 48") if name not in shown]
    assert f"out of sight: {', '.join(hidden)}" in texts(panel)
    assert set(shown) <= set(texts(panel))
    single = plots.trajectories(fit, individuals=12)[0]
    rated = fit.ratings.observed
    assert single.get_ylim()[1] > rated[rated["informant"] == "child"]["rating"].max()


def test_panels_stand_below_each_other_in_a_column_and_the_figure_stays_as_it_was(fit, tmp_path):
    panels = plots.trajectories(fit)
    figure = panels[0].get_figure(root=True)
    before = plots.save(figure, tmp_path / "before", formats=("svg",))[0].read_bytes()
    size = tuple(figure.get_size_inches())
    with as_wide_as(figure, SINGLE):
        figure.draw_without_rendering()
        boxes = [panel.get_window_extent() for panel in panels]
        assert len({round(box.x0) for box in boxes}) == len({round(box.y0) for box in boxes}) == 2
        assert min(box.width for box in boxes) / figure.dpi * 25.4 > 30
        firsts = [panel.yaxis.label.get_visible() for panel in panels]
        assert firsts == [True, False, True, False]
        numbered = [
            any(t.get_visible() and t.get_text() for t in p.get_yticklabels()) for p in panels
        ]
        assert numbered == firsts
    assert tuple(figure.get_size_inches()) == size
    assert [panel.yaxis.label.get_visible() for panel in panels] == [True, False, False, False]
    plots.save(figure, tmp_path / "single", width="single", formats=("svg",))
    after = plots.save(figure, tmp_path / "after", formats=("svg",))[0].read_bytes()
    assert after == before


def test_no_text_of_a_saved_figure_is_smaller_than_six_points(fit) -> None:
    for draw in (plots.trajectories, plots.shares, plots.agreement, plots.effects, plots.ranks):
        axes = draw(fit)
        figure = (axes[0] if isinstance(axes, tuple) else axes).get_figure(root=True)
        with as_wide_as(figure, SINGLE):
            sizes = [one.get_fontsize() for one in figure.findobj(Text) if one.get_text()]
        assert min(sizes) >= 6


@pytest.mark.parametrize(("width", "millimetres"), [("single", 89), ("double", 183)])
def test_figures_are_saved_at_journal_width_with_fonts_embedded(fit, tmp_path, width, millimetres):
    files = plots.save(plots.shares(fit), tmp_path / "shares", width=width)
    assert [file.name for file in files] == ["shares.pdf", "shares.svg", "shares.png"]
    pdf = files[0].read_bytes()
    assert b"/FontFile2" in pdf
    points = float(pdf.split(b"/MediaBox [")[1].split(b"]")[0].split()[2])
    assert points == pytest.approx(millimetres / 25.4 * 72, abs=0.5)
    assert "<text" not in files[1].read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f.name for f in files)


@pytest.mark.parametrize(
    "informants",
    [
        ("child",),
        ("child", "caregiver"),
        tuple(f"informant_with_a_long_label_{i}" for i in "abcde"),
    ],
)
def test_figures_are_drawn_for_any_number_of_informants(informants):
    fit = hand_made.fit(informants)
    assert len(plots.trajectories(fit)) == len(informants)
    assert len(plots.shares(fit).get_yticklabels()) == len(informants)
    if len(informants) > 1:
        n_pairs = len(informants) * (len(informants) - 1) // 2
        assert len(texts(plots.agreement(fit, level="total"))) == 2 * n_pairs


def test_figures_of_made_up_ratings_say_so_and_others_do_not() -> None:
    made_up = hand_made.fit()
    real = hand_made.fit(synthetic=False)
    for fit, said in ((made_up, "SYNTHETIC DATA"), (real, "")):
        for draw in (plots.agreement, plots.shares, plots.convergence, plots.ranks):
            figure = draw(fit).get_figure(root=True)
            assert figure.get_suptitle() == said
        assert plots.trajectories(fit)[0].get_figure(root=True).get_suptitle() == said
    plt.close("all")


def test_the_house_style_gives_back_its_own_settings_and_no_others() -> None:
    import matplotlib as mpl

    from bayes_alliance.reporting.plots.style import house_style

    def draw_and_fail() -> None:
        with house_style():
            assert mpl.rcParams["axes.titlelocation"] == "left"
            # What a notebook's backend does when the first figure is made.
            mpl.rcParams["interactive"] = not before["interactive"]
            raise RuntimeError("drawing failed")

    before = dict(mpl.rcParams)
    with mpl.rc_context():
        with pytest.raises(RuntimeError, match="drawing failed"):
            draw_and_fail()
        after = dict(mpl.rcParams)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"interactive"}
