"""The house style of all figures, applied around drawing and never globally.

Informants differ by colour, marker *and* line style, and the colours differ in lightness, so that
they can be distinguished in grey and with any colour vision (after Tol 2021). The font is
the one that comes with matplotlib, so figures look the same on every machine.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import cycle
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes

from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting.rendering import applied

SINGLE = 89 / 25.4  # widths of one and two journal columns in inches
DOUBLE = 183 / 25.4
TITLE = 18  # letters that fit above a panel of half a column

RULES: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#333333",
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    # Fixed: no ticks stand above, and matplotlib would look for them at every drawing.
    "axes.titley": 1.0,
    # Labels are text: a sign of dollars in one is no formula.
    "text.parse_math": False,
    "figure.constrained_layout.use": True,
    "figure.dpi": 120,
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "hatch.linewidth": 0.5,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "savefig.dpi": 300,
    "svg.fonttype": "path",
    "svg.hashsalt": "bayes_alliance",
    "xtick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.labelsize": 7,
    "ytick.major.width": 0.6,
}


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How one informant is drawn.

    Parameters
    ----------
    line : str or tuple
        A matplotlib line style.
    """

    color: str
    marker: str
    line: str | tuple[int, tuple[float, ...]]


COLORS = ("#004488", "#AA3344", "#D09A20", "#2A9D8F", "#222222", "#7A5C00", "#6699CC", "#CC6688")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")
LINES: tuple[str | tuple[int, tuple[float, ...]], ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (5, 1.5, 1.2, 1.5)),
)


def house_style() -> AbstractContextManager[None]:
    """Draw in the house style; what was set before comes back afterwards."""
    return applied(RULES)


def say_synthetic(ax: Axes, ratings: Ratings) -> None:
    """Say on the figure that its ratings are made up, if they are."""
    mark_synthetic(ax, synthetic=ratings.synthetic)


def mark_synthetic(ax: Axes, *, synthetic: bool) -> None:
    """Say on the figure itself that it is about made-up ratings, if it is."""
    figure = ax.get_figure(root=True)
    if synthetic and figure is not None and not figure.get_suptitle():
        figure.suptitle("SYNTHETIC DATA", x=0.995, ha="right", fontsize=6, color="#666666")


def marks(informants: Sequence[str]) -> dict[str, Mark]:
    """Give each informant a colour, a marker and a line style of its own.

    Parameters
    ----------
    informants : sequence of str
        In the order of the ratings.

    Returns
    -------
    dict
        Informant to `Mark`; they repeat after eight informants.
    """
    looks = zip(cycle(COLORS), cycle(MARKERS), cycle(LINES), strict=False)
    return {
        informant: Mark(color=color, marker=marker, line=line)
        for informant, (color, marker, line) in zip(informants, looks, strict=False)
    }


def label(text: str, *, width: int = 16) -> str:
    """Make a label of a name: blanks for underscores, broken into short lines.

    Parameters
    ----------
    text : str
        ``"therapist_of_caregiver"``
    width : int
        Most characters in a line.
    """
    return fill(text.replace("_", " "), width=width, break_long_words=True)
