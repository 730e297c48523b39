"""Figures of the questions people ask draw the numbers of the estimands, for any informants."""

from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.colors import to_hex

import bayes_alliance as ba
from bayes_alliance.posterior.comparison import Comparison
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.prose.wording import probability
from bayes_alliance.results.collection import collected
from bayes_alliance.studies.power_scaling import PowerScaling
from tests import hand_made

pytestmark = pytest.mark.builds

SETS = [hand_made.FOUR[:1], hand_made.FOUR[:2], hand_made.FOUR]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fit() -> ba.Fit:
    return hand_made.fit()


@pytest.mark.parametrize("informants", SETS, ids=len)
def test_the_forest_draws_medians_intervals_and_the_difference(informants) -> None:
    fit = hand_made.fit(informants=informants)
    pair = (informants[1], informants[0]) if len(informants) > 1 else None
    ax = plots.effects(fit, rope=(-0.5, 0.5), difference=pair)
    found = [line for line in ax.lines if len(line.get_xdata()) == 1]
    draws = ba.effects.contrast(fit, "anxiety")
    middle = [float(draws.sel(informant=name).median()) for name in informants]
    if pair:
        between = ba.effects.contrast(fit, "anxiety", difference=pair)
        middle.append(float(between.median()))
    np.testing.assert_allclose([line.get_xdata()[0] for line in found], middle)
    texts = [text.get_text() for text in ax.texts]
    inside = float(ba.effects.inside(draws.sel(informant=informants[0]), (-0.5, 0.5)))
    assert any(text.endswith(f" {probability(inside)}") for text in texts)
    assert len(ax.get_yticklabels()) == len(middle)
    spans = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2][1:]
    first = draws.sel(informant=informants[0])
    np.testing.assert_allclose(spans[0], first.quantile([0.025, 0.975]))
    np.testing.assert_allclose(spans[1], first.quantile([0.25, 0.75]))
    sure = float(ba.effects.direction(first))
    assert any(f"0) {probability(sure)}" in text for text in texts)


def test_ridges_draw_each_posterior_with_its_interval_and_the_prior_behind(fit) -> None:
    draws, prior = fit.moments["level"], 2.0 * fit.moments["level"] - 38.0
    ax = plots.ridgelines(draws, prior=prior, reference=38.0)
    spans = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2][1:]
    middle = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
    for row, name in enumerate(fit.ratings.informants):
        of = draws.sel(informant=name)
        np.testing.assert_allclose(spans[2 * row], of.quantile([0.025, 0.975]))
        np.testing.assert_allclose(spans[2 * row + 1], of.quantile([0.25, 0.75]))
        np.testing.assert_allclose(middle[row], of.median())
    outlines = [line.get_xydata() for line in ax.lines if len(line.get_xdata()) > 2]
    assert len(outlines) == len(fit.ratings.informants)
    for row, (name, outline) in enumerate(zip(fit.ratings.informants, outlines, strict=True)):
        of = draws.sel(informant=name)
        np.testing.assert_allclose(outline[[0, -1], 0], [of.min(), of.max()])
        np.testing.assert_allclose(outline[:, 1].min(), row - 0.72)
    assert [text.get_text() for text in ax.get_yticklabels()][:2] == ["child", "therapist of child"]


def test_ridges_of_several_fits_stand_together_by_element_each_fit_in_its_colour(fit) -> None:
    level = fit.moments["level"].sel(informant=["child", "caregiver"])
    ax = plots.ridgelines({"first": level, "second": level + 1.0})
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == ["child, first", "child, second", "caregiver, first", "caregiver, second"]
    outlines = [line for line in ax.lines if len(line.get_xdata()) > 2]
    colors = [to_hex(line.get_color()) for line in outlines]
    assert colors[0] == colors[2] != colors[1] == colors[3]
    apart = np.asarray(outlines[1].get_xdata()) - np.asarray(outlines[0].get_xdata())
    np.testing.assert_allclose(apart, 1.0)


def test_ridges_need_draws_that_vary(fit) -> None:
    with pytest.raises(ba.InputError, match="no element that varies"):
        plots.ridgelines(xr.zeros_like(fit.moments["level"]))


def test_the_forest_marks_effects_that_stand_on_the_prior(fit) -> None:
    records = collected(fit)
    own = records.covariate_effects()
    one = own[(own["covariate"] == "anxiety") & (own["informant"] == "caregiver")].index
    quantities = records.of_quantities.assign(prior_driven=False)
    quantities.loc[one, "prior_driven"] = True
    ax = plots.effects(fit, ["anxiety"], records=replace(records, of_quantities=quantities))
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert [name for name in names if "†" in name] == ["caregiver†"]
    assert len(names) == 4


def test_a_fit_without_covariates_has_no_forest() -> None:
    with pytest.raises(ba.InputError, match="no such growth coefficient"):
        plots.effects(hand_made.fit(), on="slop")
    with pytest.raises(ba.InputError, match="no covariate"):
        plots.effects(hand_made.fit(covariates=False))


def test_curves_of_agreement_pass_through_the_estimand(fit: ba.Fit) -> None:
    for of, estimand in (
        ("correlation", ba.agreement.correlation(fit, level="total", time=[4.0, 16.0])),
        ("concordance", ba.agreement.concordance(fit, time=[4.0, 16.0])),
        ("mean difference", ba.agreement.mean_difference(fit, time=[4.0, 16.0])),
    ):
        ax = plots.agreement_over_time(fit, pairs=[("child", "caregiver")], of=of)
        y = ax.lines[0].get_ydata()
        expected = estimand.sel(informant="child", informant_="caregiver").median(("chain", "draw"))
        np.testing.assert_allclose([y[0], y[-1]], expected.values, rtol=1e-9)
        band = ax.collections[0].get_paths()[0].vertices
        pair = estimand.sel(informant="child", informant_="caregiver", time=4.0)
        at_start = band[np.isclose(band[:, 0], 4.0)][:, 1]
        expected = pair.quantile([0.025, 0.975]).values
        np.testing.assert_allclose([at_start.min(), at_start.max()], expected, rtol=1e-9)
    assert len(plots.agreement_over_time(fit).get_figure().legends[0].get_texts()) == 3
    with pytest.raises(ba.InputError, match="no such informant"):
        plots.agreement_over_time(fit, pairs=[("child", "teacher")])


@pytest.mark.parametrize("informants", SETS, ids=len)
def test_shares_over_time_fill_the_whole_panel(informants) -> None:
    fit = hand_made.fit(informants=informants)
    panels = plots.shares_over_time(fit)
    assert len(panels) == len(informants)
    means = ba.variance.shares(fit, time=4.0).mean(("chain", "draw"))
    top = 0.0
    for area, source in zip(panels[0].collections, means["source"].values, strict=True):
        points = area.get_paths()[0].vertices
        top += float(means.sel(source=source, informant=informants[0]))
        assert points[points[:, 0] == 4.0][:, 1].max() == pytest.approx(top)
    assert top == pytest.approx(1.0)


def test_bland_altman_draws_the_model_s_limits_and_every_pair_of_ratings(fit: ba.Fit) -> None:
    ax = plots.bland_altman(fit, ("child", "caregiver"), time=8.0)
    pair = {"informant": "child", "informant_": "caregiver"}
    limits = ba.agreement.limits(fit, time=8.0).sel(pair).median(("chain", "draw"))
    mean = ba.agreement.mean_difference(fit, time=8.0).sel(pair).median(("chain", "draw"))
    lines = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() in ("-", "--")]
    np.testing.assert_allclose(lines, [float(mean), *limits.values], rtol=1e-9)
    keys = {"index": ["child", "time"], "columns": "informant", "values": "rating"}
    wide = fit.ratings.observed.pivot_table(**keys)[["child", "caregiver"]].dropna()
    with pytest.raises(ba.InputError, match="no such informant"):
        plots.bland_altman(fit, ("child", "teacher"))
    with pytest.raises(ba.InputError, match="name two of them"):
        plots.bland_altman(fit, ("child", "child"))
    spots = [line for line in ax.lines if line.get_marker() == "o"]
    assert sum(len(line.get_xdata()) for line in spots) == len(wide)


def test_the_caterpillar_is_sorted_and_dark_where_zero_is_left_out(fit: ba.Fit) -> None:
    effects = ba.random_effects(fit, seed=1, level="therapist")
    ax = plots.caterpillar(effects, "caregiver,level")
    medians = np.concatenate([line.get_ydata() for line in ax.lines[1:]])
    draws = effects["therapist_effect"].sel(term="caregiver,level")
    np.testing.assert_allclose(np.sort(medians), np.sort(draws.median(("chain", "draw")).values))
    low, high = draws.quantile([0.025, 0.975], dim=("chain", "draw")).values
    dark = [line for line in ax.lines[1:] if to_hex(line.get_color()) == "#004488"]
    assert len(dark[0].get_ydata()) == int(((low > 0) | (high < 0)).sum())
    assert ax.get_figure().get_suptitle() == "SYNTHETIC DATA"
    with pytest.raises(ba.InputError, match="no such term"):
        plots.caterpillar(effects, "caregiver,levels")


def comparison(**changes: object) -> Comparison:
    by_unit = pd.DataFrame(
        {("growth", "elpd"): [-10.0, -12.0, -9.0], ("growth", "pareto_k"): [0.1, 0.9, 0.4]},
        index=pd.Index(["t1", "t2", "t3"], name="therapist"),
    )
    by_unit.columns = pd.MultiIndex.from_tuples(by_unit.columns)
    table = pd.DataFrame({"elpd": [-31.0]}, index=pd.Index(["growth"], name="model"))
    values = {"unit": "therapist", "table": table, "by_unit": by_unit, "sentence": ""}
    return Comparison(**(values | changes))


def test_influence_names_the_units_that_importance_sampling_cannot_leave_out() -> None:
    ax = plots.influence(comparison())
    assert [text.get_text() for text in ax.texts] == ["t2"]
    spots = np.concatenate([np.column_stack(line.get_data()) for line in ax.lines[1:]])
    assert sorted(map(tuple, spots)) == [(-12.0, 0.9), (-10.0, 0.1), (-9.0, 0.4)]
    with pytest.raises(ba.InputError, match="not in this comparison"):
        plots.influence(comparison(), "level")
    without = comparison().by_unit.copy()
    without.loc["t1", ("growth", "pareto_k")] = -np.inf
    ax = plots.influence(comparison(by_unit=without))
    assert "1 without Pareto k not drawn" in [text.get_text() for text in ax.texts]
    folds = comparison().by_unit.copy()
    folds[("growth", "pareto_k")] = np.nan
    with pytest.raises(ba.InputError, match="in folds"):
        plots.influence(comparison(by_unit=folds))


def test_prior_and_posterior_stand_side_by_side_with_their_contraction(fit: ba.Fit) -> None:
    prior_fit = ba.prior_fit(fit.spec, fit.ratings, seed=1)
    draws, prior = ba.variance.shares(fit), ba.variance.shares(prior_fit)
    panels = plots.prior_posterior(draws, prior, synthetic=True)
    assert len(panels) == draws.sizes["source"] * draws.sizes["informant"]
    first = {"source": draws["source"].values[0], "informant": "child"}
    expected = float(ba.variance.contraction(draws, prior).sel(first))
    assert panels[0].texts[0].get_text().startswith(f"{expected:.2f}")
    assert panels[0].get_figure().get_suptitle() == "SYNTHETIC DATA"
    same = plots.prior_posterior(prior, prior)
    assert same[0].texts[0].get_text() == ".00  PRIOR"


def test_power_scaling_draws_what_leans_most_and_leaves_out_uniform_blocks() -> None:
    table = pd.DataFrame(
        {
            "levels": [0.01, 0.2],
            "correlations": [0.0, 0.0],
            "all priors": [0.3, 0.3],
            "likelihood": [0.1, 0.1],
            "diagnosis": ["", "prior and data disagree (levels)"],
        },
        index=pd.Index(["level[child]", "level[caregiver]"], name="quantity"),
    )
    ax = plots.power_scaling(PowerScaling(table=table, uniform=("correlations",)))
    named = ax.get_figure().legends[0].get_texts()
    assert [text.get_text() for text in named] == ["levels"]
    np.testing.assert_allclose(ax.lines[1].get_xdata(), [0.2, 0.01])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        "level (caregiver)",
        "level (child)",
    ]


@pytest.mark.parametrize("informants", SETS, ids=len)
def test_the_flow_of_families_counts_everybody_once(informants) -> None:
    ratings = hand_made.ratings(informants)
    panels = plots.flow(ratings)
    for panel, informant in zip(panels, informants, strict=True):
        heights = np.array([[bar.get_height() for bar in kind] for kind in panel.containers])
        np.testing.assert_array_equal(heights.sum(axis=0), len(ratings.children))
        own = ratings.long[ratings.long["informant"] == informant]
        rated = own[own["status"] == "rated"].groupby("time").size()
        np.testing.assert_array_equal(heights[0], rated)


def test_trajectories_by_a_covariate_draw_its_profiles_and_the_means_of_its_children(fit) -> None:
    axes = plots.trajectories(fit, by="anxiety")
    assert [text.get_text() for text in axes[0].get_figure().legends[0].get_texts()] == [
        "anxiety = 0",
        "anxiety = 1",
    ]
    for informant, ax in zip(fit.ratings.informants, axes, strict=True):
        curves = [line for line in ax.lines if len(line.get_xdata()) == 41]
        points = [line for line in ax.lines if line.get_linestyle() == "None"]
        assert len(curves) == len(points) == 2
        for value, curve, dots in zip((0, 1), curves, points, strict=True):
            expected = ba.effects.trajectories(fit, times=[4.0, 16.0], at={"anxiety": value})
            median = expected.sel(informant=informant).median(("chain", "draw"))
            np.testing.assert_allclose(curve.get_ydata()[[0, -1]], median)
            members = fit.ratings.children.index[fit.ratings.children["anxiety"] == value]
            seen = fit.ratings.observed
            seen = seen[seen["child"].isin(members) & (seen["informant"] == informant)]
            np.testing.assert_allclose(dots.get_ydata(), seen.groupby("time")["rating"].mean())
    below = [text.get_text() for text in axes[0].texts]
    start = below.index("anxiety = 1")
    assert below[start + 1 : start + 5] == ["6", "3", "3", "3"]
    with pytest.raises(ba.InputError, match="not a covariate of this model"):
        plots.trajectories(fit, by="experience")
    with pytest.raises(ba.InputError, match="give 4 axes, not 1"):
        plots.trajectories(fit, by="anxiety", ax=plt.subplots()[1])


def test_a_numeric_covariate_is_drawn_at_the_mean_of_each_half() -> None:
    ratings = hand_made.ratings(hand_made.FOUR[:1])
    model = ba.with_covariates(ba.load_model("informant_growth"), {"experience": ("level",)})
    values = {
        "level": np.array([40.0]),
        "level_on": np.array([[2.0]]),
        "child_cov": np.eye(2),
        "therapist_cov": np.zeros((2, 2)),
        "residual_cov": np.eye(1),
    }
    found = hand_made.constant(model, ratings, values)
    (ax,) = plots.trajectories(found, by="experience")
    curves = [line.get_ydata()[0] for line in ax.lines if len(line.get_xdata()) == 41]
    # Experience is 0, 1, 2, 3 with three children each, centred at 1.5; the halves' means 0.5, 2.5.
    np.testing.assert_allclose(curves, [40.0 + 2.0 * (0.5 - 1.5), 40.0 + 2.0 * (2.5 - 1.5)])
    named = [text.get_text() for text in ax.get_figure().legends[0].get_texts()]
    assert named == ["experience <= 1.5 (mean 0.5 years)", "experience > 1.5 (mean 2.5 years)"]


def test_single_children_are_spread_over_the_order_of_their_means(fit) -> None:
    axes = plots.trajectories(fit, individuals=3)
    for informant, ax in zip(fit.ratings.informants, axes, strict=True):
        thin = [line for line in ax.lines if line.get_linewidth() == 0.4]
        own = fit.ratings.observed
        own = own[own["informant"] == informant]
        by_child = own.groupby("child", sort=False)["rating"].agg(["mean", "size"])
        order = by_child[by_child["size"] > 1]["mean"].sort_values()
        drawn = [float(np.mean(line.get_ydata())) for line in thin]
        assert len(drawn) == 3
        assert drawn[0] == pytest.approx(order.iloc[0])
        assert drawn[-1] == pytest.approx(order.iloc[-1])
        assert drawn == sorted(drawn)


def surface_of(fit: ba.Fit) -> tuple[object, object]:
    effects = ba.random_effects(fit, seed=1)
    scores = ba.congruence.latent_scores(fit, effects)
    pair = ("child", "caregiver")
    found = ba.congruence.response_surface(fit, scores, outcome="anxiety", informants=pair, seed=2)
    return found, scores


def test_the_response_surface_is_the_polynomial_of_the_mean_coefficients(fit) -> None:
    surface, scores = surface_of(fit)
    over, along = plots.response_surface(surface, scores)
    b = surface.sel(coefficient=[f"b{k}" for k in range(6)])
    centre = surface.attrs["centre"]
    dots = next(line for line in over.lines if line.get_marker() == "o")
    means = scores.mean(("chain", "draw"))
    np.testing.assert_allclose(dots.get_xdata(), means.sel(informant="child"))
    np.testing.assert_allclose(dots.get_ydata(), means.sel(informant="caregiver"))
    filled = over.collections[0]
    low, high = over.get_xlim()
    u, v = np.meshgrid(*[np.linspace(low - centre, high - centre, 61)] * 2)
    columns = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1)
    height = columns @ b.mean(("chain", "draw")).values
    assert filled.zmin == pytest.approx(height.min())
    assert filled.zmax == pytest.approx(height.max())
    same, apart = along.lines[:2]
    for line, sign in ((same, 1.0), (apart, -1.0)):
        t = np.asarray(line.get_xdata())
        columns = np.stack([np.ones_like(t), t, sign * t, t * t, sign * t * t, t * t], axis=-1)
        draws = b.values.reshape(-1, 6) @ columns.T
        np.testing.assert_allclose(line.get_ydata(), np.median(draws, axis=0), atol=1e-10)
    assert over.get_figure().get_suptitle() == "SYNTHETIC DATA"
    with pytest.raises(ba.InputError, match="does not say its informants"):
        plots.response_surface(surface.drop_attrs(), scores)
    with pytest.raises(ba.InputError, match="not one of"):
        plots.response_surface(surface, scores.sel(informant=["child"]))


def test_panels_are_drawn_into_the_axes_of_the_caller(fit) -> None:
    prior = ba.prior_fit(fit.spec, fit.ratings, seed=1)
    level = [one.moments["level"] for one in (fit, prior)]
    for draw in (
        lambda ax: plots.flow(fit.ratings, ax=ax),
        lambda ax: plots.shares_over_time(fit, ax=ax),
        lambda ax: plots.prior_posterior(*level, ax=ax),
        lambda ax: plots.trajectories(fit, by="anxiety", ax=ax),
    ):
        mine = tuple(plt.subplots(2, 2)[1].ravel())
        assert draw(mine) == mine
        assert all(ax.has_data() for ax in mine)
        assert mine[0].get_legend() is not None
        with pytest.raises(ba.InputError, match="not 3"):
            draw(mine[:3])
