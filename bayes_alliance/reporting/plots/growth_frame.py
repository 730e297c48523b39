"""What stands around growth: axes, the ends of the scale, numbers under the axis."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayes_alliance.numerals import apart
from bayes_alliance.ratings import Ratings, Scale
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.panels import Given
from bayes_alliance.reporting.plots.style import DOUBLE

type Shown = Literal["data", "full"]

GREY = "#666666"
LONGEST = 20  # letters of the name of a row, from its end, where groups differ
LEAST = 0.2  # of the scale that a panel shows
STEPS = 41


def whole_span(times: Iterable[float], *, knots: Iterable[float] = ()) -> list[float]:
    """Times from the first to the last of those given, close enough for a curve.

    Parameters
    ----------
    knots : iterable of float
        Where lines bend: those between are among the times.
    """
    given = np.array(sorted(times), dtype=float)
    between = [knot for knot in knots if given[0] < knot < given[-1]]
    span = np.union1d(np.linspace(given[0], given[-1], STEPS), between)
    return [float(time) for time in (span if span[0] < span[-1] else span[:1])]


def axes_of(
    ratings: Ratings, seen: pd.DataFrame, ax: Given, *, n_rows_below: int = 1
) -> tuple[Axes, ...]:
    """Take the caller's axes, or make a panel per informant.

    Parameters
    ----------
    seen : DataFrame
        As from `tables.observed`.
    ax : Axes, sequence of Axes or None
    n_rows_below : int
        Rows of numbers under each panel, besides children in treatment.
    """
    if isinstance(ax, Axes):
        return (ax,)
    if ax is not None:
        return tuple(ax)
    n_panels = len(ratings.informants)
    n_columns = min(n_panels, 4 if seen["time"].nunique() <= 5 else 2)
    if n_panels in (5, 6):
        n_columns = min(n_columns, 3)
    n_rows = math.ceil(n_panels / n_columns)
    width = DOUBLE if n_columns > 1 else DOUBLE / 2
    figure, grid = plt.subplots(
        n_rows,
        n_columns,
        figsize=(width, (2.45 + 0.15 * n_rows_below) * n_rows + 0.3 * (n_rows_below > 1)),
        sharex=True,
        sharey=ratings.common_scale is not None,
        squeeze=False,
    )
    panels = grid.ravel().tolist()
    for unused in panels[n_panels:]:
        figure.delaxes(unused)
    for panel in panels[:n_panels]:
        panel.tick_params(labelbottom=True)
    return tuple(panels[:n_panels])


def limits(ax: Axes, scale: Scale, reach: tuple[float, float], *, shown: Shown) -> None:
    """Set the vertical axis, mark the ends of the scale, and say where they are if out of sight.

    Parameters
    ----------
    reach : pair of float
        Lowest and highest value drawn.
    shown : {"data", "full"}
        What is drawn, with some room, or the whole scale and what reaches beyond it.
    """
    if shown == "full":
        pad = 0.08 * 2 * scale.spread
        low, high = scale.center - scale.spread - pad, scale.center + scale.spread + pad
        ax.set_ylim(min(low, reach[0] - pad), max(high, reach[1] + pad))
    else:
        # Some of the scale always, so that no figure makes a change of half a point a mountain.
        room = max(
            0.15 * (reach[1] - reach[0]), (LEAST * 2 * scale.spread - reach[1] + reach[0]) / 2
        )
        ax.set_ylim(reach[0] - room, reach[1] + room)
    if scale.lower is None or scale.upper is None:
        return
    low, high = ax.get_ylim()
    hidden = []
    for bound, name in ((scale.lower, "floor"), (scale.upper, "ceiling")):
        if not low <= bound <= high:
            hidden.append(f"{name} {bound:g}")
            continue
        ax.axhline(bound, color=GREY, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0)
        # Above the line, unless the title is there.
        side, align = (-2, "top") if bound > high - 0.07 * (high - low) else (2, "bottom")
        ax.annotate(
            f"{name} {bound:g}",
            xy=(1, bound),
            xycoords=("axes fraction", "data"),
            xytext=(0, side),
            textcoords="offset points",
            ha="right",
            va=align,
            fontsize=6,
            color=GREY,
        )
    if hidden:
        # Below all that is drawn.
        ax.set_ylim(low - 0.1 * (high - low), high)
        ax.annotate(
            f"out of sight: {', '.join(hidden)}",
            xy=(1, 0),
            xycoords="axes fraction",
            xytext=(0, 2),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=6,
            color=GREY,
        )


def furnish(
    ratings: Ratings, axes: Sequence[Axes], rows: Sequence[Mapping[str, pd.Series]]
) -> None:
    """Label the axes and write numbers under them.

    Parameters
    ----------
    rows : sequence of mapping of str to Series
        For each axes what stands under it: name of the row, numbers indexed by time. Children in
        treatment are added.
    """
    times = np.sort(tables.observed(ratings)["time"].unique())
    marked = times[:: math.ceil(len(times) / 8)]
    present = tables.in_treatment(ratings).set_index("time")["in_treatment"]
    for ax, own in zip(axes, rows, strict=True):
        ax.set_xticks(marked, apart(marked, digits=3))
        margin = 0.14 * (times[-1] - times[0]) or 1.0
        ax.set_xlim(times[0] - margin, times[-1] + margin)
        ax.set_xlabel(ratings.time.unit or "time")
        place = ax.get_subplotspec()
        first = place is None or place.is_first_col()
        ax.set_ylabel("rating (points)")
        of_first(ax.yaxis.label, first=first)
        lines = {name: numbers.reindex(marked, fill_value=0) for name, numbers in own.items()}
        if len(present):
            lines["in treatment"] = present.reindex(marked)
        for line, (name, numbers) in enumerate(lines.items()):
            _row(ax, _short(name), numbers, line, first=first)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"…{name[1 - LONGEST :]}"


def _row(ax: Axes, name: str, numbers: pd.Series, line: int, *, first: bool) -> None:
    """One line of numbers under the axis, below its label; the first panel names it."""
    style: dict[str, Any] = {
        "fontsize": 6,
        "va": "top",
        "color": "#333333",
        "annotation_clip": False,
    }
    tick = float(ax.xaxis.get_ticklabels()[0].get_fontsize())
    axis = float(ax.xaxis.label.get_fontsize())
    offset = -(10 + 1.2 * tick + 1.3 * axis) - 8.5 * line
    named = ax.annotate(
        name,
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(-4, offset),
        textcoords="offset points",
        ha="right",
        **style,
    )
    of_first(named, first=first)
    for time, number in numbers.items():
        ax.annotate(
            "" if pd.isna(number) else f"{int(number)}",
            xy=(time, 0),
            xycoords=("data", "axes fraction"),
            xytext=(0, offset),
            textcoords="offset points",
            ha="center",
            **style,
        )
