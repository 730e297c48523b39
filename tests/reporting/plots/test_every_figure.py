"""What holds of every figure: its texts are apart, whole and large enough, at a journal's widths.

And of the colours: labels stay apart in grey and for every colour vision.
"""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from bayes_alliance.reporting import plots
from bayes_alliance.reporting.plots.stacked_shares import SOURCES
from bayes_alliance.reporting.plots.style import COLORS
from tests.reporting.plots.every_figure import (
    FITS,
    LONGEST,
    Draw,
    of_fit,
    of_one_fit,
    of_studies,
    whole,
)
from tests.reporting.plots.seen import VISIONS, lightness_and_tint
from tests.reporting.plots.written import problems

pytestmark = pytest.mark.builds

SINGLE, DOUBLE = 85 / 25.4, 175 / 25.4  # of the narrowest journals
DOCS = Path(__file__).parents[3] / "docs"
APART = 20.0  # between two colours; 2.3 is just noticed


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def written_badly(drawn: dict[str, Draw], *widths: float) -> list[str]:
    said = []
    for name, draw in drawn.items():
        figure = whole(draw())
        assert type(figure) is Figure
        for width in widths:
            said += [f"{name}, {25.4 * width:.0f} mm: {one}" for one in problems(figure, width)]
        plt.close(figure)
    return said


@pytest.mark.parametrize("name", FITS)
def test_texts_of_a_fit_s_figures_are_apart_whole_and_large_enough(name: str) -> None:
    # Where a column has room for everything, two have: one fit is looked at in both.
    widths = (SINGLE, DOUBLE) if name == LONGEST else (SINGLE,)
    assert not written_badly(of_fit(name), *widths)


@pytest.mark.parametrize("drawn", [of_one_fit, of_studies])
def test_texts_of_other_figures_are_apart_whole_and_large_enough(drawn) -> None:
    assert not written_badly(drawn(), SINGLE, DOUBLE)


def test_every_figure_is_looked_at() -> None:
    drawn = {**of_fit(LONGEST), **of_one_fit(), **of_studies()}
    # An atlas has a page to itself, as many panels as conclusions, and no column.
    assert {name.split(",")[0] for name in drawn} == {*plots.__all__} - {"save", "atlas"}


def test_every_figure_is_in_the_gallery_with_its_picture() -> None:
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert {*re.findall(r"^ba\.plots\.(\w+)\(", page, re.MULTILINE)} == {*plots.__all__} - {"save"}
    pictures = re.findall(r"\((gallery/\w+\.png)\)", page)
    assert all((DOCS / picture).exists() for picture in pictures)
    assert page.count("```python") == len(pictures) + 1  # and the fit that they are of


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_stay_apart_for_every_colour_vision(vision: str) -> None:
    for colors in (COLORS[:6], [face for face, _ in SOURCES.values()]):
        lab = lightness_and_tint(list(colors), vision)
        distances = [np.linalg.norm(one - other) for one, other in combinations(lab, 2)]
        assert min(distances) > APART


def test_sources_of_variance_stay_apart_in_grey() -> None:
    lightness = np.sort(lightness_and_tint([face for face, _ in SOURCES.values()], "usual")[:, 0])
    assert np.diff(lightness).min() > 12
