"""The report of planned studies."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import PathCollection

from bayes_alliance.errors import InputError
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.document.assurance_sections import assurance_sections
from bayes_alliance.reporting.document.study_page import composed
from bayes_alliance.studies.assurance.plan import from_dict
from tests.reporting.made_assurance import PLAN, SLOPE, WIDTH, assurance


@pytest.mark.builds
def test_the_report_has_its_sentences_figures_and_tables() -> None:
    result = assurance()
    files = composed(result)
    page = files["report.html"].decode()
    assert "“slope (child) &gt; 0” is reached in 85% of studies (77 to 91)" in page
    assert "Of the designs that cost at most 15,000" in page
    assert "It is true in 90% of the simulated studies" in page
    assert "In 1.0% there is none" in page
    assert "At 2 designs studies were fitted both ways" in page
    assert "The largest error is 5 points above" in page
    assert "A model without therapists reaches “slope (child) &gt; 0” in 90% of studies" in page
    assert "hold the truth in 84% of studies (95%)" in page
    assert "The broken line parts designs that cost at most 15,000, the budget, from those" in page
    assert "Hollow: the design costs more than 15,000, the budget." in page
    for name in ("by_size_1", "by_size_2", "curves_1", "curves_2"):
        assert f"figures/{name}.svg" in files
    assert {"tables/assurance.csv", "tables/error.csv", "tables/without_therapists.csv"} < set(
        files
    )
    assert not plt.get_fignums()


@pytest.mark.builds
def test_sections_there_is_nothing_for_are_left_out() -> None:
    page = composed(assurance(price=False))["report.html"].decode()
    assert "ignore therapists" not in page


@pytest.mark.builds
def test_a_map_shows_every_size_and_frames_those_that_reach_the_target() -> None:
    result = assurance()
    axes = plots.assurance_by_size(result, SLOPE)
    shown = result.table[result.table["conclusion"] == SLOPE]
    for ax, occasions in zip(axes, (3, 4), strict=True):
        own = shown[shown["occasions"] == occasions]
        numbers = sorted(int(text.get_text().removesuffix("%")) for text in ax.texts)
        assert numbers == sorted((100 * own["assurance"]).round().astype(int))
        assert len(ax.patches) == (own["assurance"] >= 0.8).sum()
        assert all(text.get_text().endswith("%") for text in ax.texts)
    plt.close("all")


@pytest.mark.builds
def test_a_line_parts_designs_within_the_budget_from_those_beyond_it() -> None:
    """100 a family and 150 a therapist: 15,000 pay 120 families of 20, and 80 of 40, at most."""
    result = assurance()
    ax = plots.assurance_by_size(result, SLOPE)[0]
    drawn = ax.collections[-1].get_segments()
    edges = {tuple(map(tuple, np.sort(segment, axis=0).tolist())) for segment in drawn}
    # Families 40, 80, 120, 160 lie at 0 to 3; therapists 10, 20, 40 at 0 to 2.
    assert edges == {
        ((2.5, -0.5), (2.5, 0.5)),
        ((2.5, 0.5), (2.5, 1.5)),
        ((1.5, 1.5), (2.5, 1.5)),
        ((1.5, 1.5), (1.5, 2.5)),
    }
    assert ax.get_figure().legends[0].get_texts()[0].get_text() == "budget: 15,000"
    low = replace(result, plan=from_dict(PLAN | {"costs": {"family": 1, "budget": 1}}))
    ax = plots.assurance_by_size(low, SLOPE)[0]
    assert ax.get_xlabel() == "families (all beyond the budget)"
    none = replace(result, plan=from_dict(PLAN | {"costs": {"family": 1}}))
    ax = plots.assurance_by_size(none, SLOPE)[0]
    assert not ax.collections
    assert not ax.get_figure().legends
    hollow = [
        tuple(point)
        for marks in plots.assurance_curves(result, SLOPE)[0].collections
        if isinstance(marks, PathCollection)
        for point in marks.get_offsets().tolist()
    ]
    assert sorted(x for x, _ in hollow) == [120, 160, 160, 160]
    plt.close("all")


@pytest.mark.builds
def test_circumstances_have_panels_of_their_own() -> None:
    result = assurance(circumstances=True)
    for draw in (plots.assurance_by_size, plots.assurance_curves):
        axes = draw(result, SLOPE)
        titles = [ax.get_title(loc="left").replace("\n", " ") for ax in axes]
        assert len(set(titles)) == 16
        assert titles[1] == "4 occasions, 10% missing, none leave, scale to 42"
        figure = axes[0].get_figure()
        figure.canvas.draw()
        boxes = [ax.get_tightbbox() for ax in axes]
        assert not any(
            one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[i + 1 :]
        )
    # The page has what the sections have, as above: to draw every panel for it takes most of it.
    said = [text for part in assurance_sections(result) for text in (part.lead, *part.points)]
    assert "Where 32.5% of ratings are missing, 20% of families leave" in " ".join(said)
    plt.close("all")


@pytest.mark.builds
def test_curves_have_a_line_for_every_number_of_therapists() -> None:
    axes = plots.assurance_curves(assurance(), WIDTH)
    assert [len(ax.lines) for ax in axes] == [4, 4]
    line = axes[0].lines[0]
    assert line.get_xdata().tolist() == [40, 80, 120, 160]
    assert line.get_label() == "10 therapists"
    with pytest.raises(InputError, match="not among those simulated"):
        plots.assurance_curves(assurance(), "slope[chld] > 0")
    plt.close("all")
