"""The report of planned studies."""

import matplotlib.pyplot as plt
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.document.study_page import composed
from tests.reporting.made_assurance import SLOPE, WIDTH, assurance


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
        numbers = sorted(int(text.get_text()) for text in ax.texts)
        assert numbers == sorted((100 * own["assurance"]).round().astype(int))
        assert len(ax.patches) == (own["assurance"] >= 0.8).sum()
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
