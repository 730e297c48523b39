"""Figures of a model, of its chains and its checks show all of them, and their numbers."""

from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.reporting import plots
from bayes_alliance.results.collection import collected
from tests import hand_made

pytestmark = pytest.mark.builds


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fit() -> ba.Fit:
    return hand_made.fit()


def test_a_path_diagram_has_a_symbol_for_everything_and_an_arrow_to_what_it_is_part_of(fit) -> None:
    ax = plots.path_diagram(fit.spec, fit.ratings)
    n = len(hand_made.FOUR)
    seen = [line for line in ax.lines if line.get_marker() == "s"]
    unseen = [line for line in ax.lines if line.get_marker() == "o"]
    # Level of therapists, level and slope of children, residual.
    assert (len(seen), len(unseen)) == (n, 4 * n)
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    # One from each circle; curved ones between neighbours; the covariate acts on two rows.
    assert len(arrows) == 4 * n + 4 * (n - 1) + 2
    words = {text.get_text() for text in ax.texts}
    assert {"children (n = 12)\nslope", "therapists (n = 4)\nlevel", "anxiety"} <= words
    alone = plots.path_diagram(ba.load_model("separate_levels"), hand_made.ratings())
    bent = [text for text in alone.texts if getattr(text, "arrow_patch", None)]
    assert len(bent) == sum(line.get_marker() == "o" for line in alone.lines)


def test_traces_and_pairs_hold_every_draw_of_the_quantities_explored_worst(fit) -> None:
    named = ["level[child]", "slope[caregiver]"]
    axes = plots.traces(fit, quantities=named)
    level = fit.moments["level"]
    assert [panel.get_title("left") for panel in axes] == ["level, child", "slope, caregiver"]
    assert [len(line.get_ydata()) for line in axes[0].lines] == [50, 50]
    stats = fit.stats.assign(diverging=fit.stats["diverging"].copy())
    stats["diverging"][0, :3] = True
    groups = {"posterior": fit.moments, "sample_stats": stats}
    (panel,) = plots.pairs(replace(fit, posterior=xr.DataTree.from_dict(groups)), quantities=named)
    cloud, crosses = panel.lines
    assert (len(cloud.get_xdata()), len(crosses.get_xdata())) == (level[..., 0].size, 3)
    assert panel.get_title("left") == "n = 100 draws, 3 divergent"
    assert len(plots.traces(fit)) == 4
    assert len(plots.pairs(fit)) == 3
    with pytest.raises(ba.InputError, match="give two or more"):
        plots.pairs(fit, quantities=named[:1])
    with pytest.raises(ba.InputError, match=r"Did you mean 'level\[child\]'"):
        plots.traces(fit, quantities=["levl[child]"])


def test_places_are_as_far_from_uniform_as_the_check_says(fit) -> None:
    check = ba.checks.pit(fit, seed=1, n=8)
    for panel, informant in zip(plots.places(check), hand_made.FOUR, strict=True):
        curve = next(line for line in panel.lines if len(line.get_xdata()) == 101)
        assert np.abs(curve.get_ydata()).max() == pytest.approx(
            check.table.loc[informant, "distance"]
        )
        rated = int((fit.ratings.observed["informant"] == informant).sum())
        assert panel.get_xlabel() == f"place (n = {rated} ratings)"
    with pytest.raises(ba.InputError, match="has no places"):
        plots.places(ba.checks.convergence(fit))


def test_a_caterpillar_names_few_units_all_and_of_many_the_ends(fit) -> None:
    effects = ba.random_effects(fit, seed=1, level="therapist")
    ax = plots.caterpillar(effects, "caregiver,level")
    order = effects["therapist_effect"].sel(term="caregiver,level").median(("chain", "draw"))
    wanted = effects["therapist"].values[np.argsort(order.values)].tolist()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == wanted
    many = effects.isel(therapist=[0, 1, 2, 3] * 7).assign_coords(
        therapist=[f"u{number}" for number in range(28)]
    )
    ax = plots.caterpillar(many, "caregiver,level")
    assert not ax.get_xticklabels()
    assert [text.get_text().split(":")[0] for text in ax.texts] == ["lowest", "highest"]


def test_shares_have_intervals_and_those_on_the_prior_are_hatched(fit) -> None:
    records = collected(fit)
    results = records.of_results.copy()
    own = results["estimand"] == "variance.shares"
    first = results["informant"] == "child"
    results["prior_driven"] = own & first & (results["source"] == "therapist")
    ax = plots.shares(fit, time=4, records=replace(records, of_results=results))
    hatched = [
        (container.get_label(), row)
        for container in ax.containers
        for row, bar in enumerate(container.patches)
        if bar.get_hatch() and bar.get_width()
    ]
    assert hatched == [("therapist", 0)]
    assert [text.get_text() for text in ax.get_legend().get_texts()][-1] == "on the prior"
    draws = ba.variance.shares(fit, time=4.0)
    left = 0.0
    for lines, source in zip(ax.collections, draws["source"].values, strict=True):
        share = draws.sel(source=source, informant="child")
        ends = lines.get_segments()[0][:, 0] - left
        np.testing.assert_allclose(ends, share.quantile([0.025, 0.975]))
        left += float(share.mean())
