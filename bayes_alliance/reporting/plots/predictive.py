"""Observed statistics among replicated ones: what a predictive check rests on.

One panel per kind of statistic: the bar is the central 95% of the replicates, the tick their
median, the mark the observed value; a mark outside its bar is larger and open.
"""

from itertools import batched

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayes_alliance.errors import checked_arguments
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.plots.columns import OF_ROWS
from bayes_alliance.reporting.plots.style import COLORS, DOUBLE, house_style, label, mark_synthetic

ROW, LINE = 0.135, 0.1  # inches a statistic takes, and each line more of its name


@checked_arguments
def predictive(check: Check, *, kind: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw observed statistics among those of replicated ratings.

    Parameters
    ----------
    check : Check
        From `checks.posterior_predictive` or `checks.prior_predictive`.
    kind : str, optional
        One kind of statistic (``"share at ceiling"``); all of them, in panels of a new figure, if
        not given. Needed where `ax` is.

    Returns
    -------
    Axes
        The first panel's, if there are several.
    """
    table = check.table.dropna(subset=["observed"])
    nowhere = (table[["observed", "lower", "upper"]] == 0).all(axis=1)
    idle = nowhere.groupby(level="statistic").transform("all")
    table = table[~idle] if kind is None else table
    kinds = list(dict.fromkeys(table.index.get_level_values("statistic")))
    with house_style():
        if kind is not None:
            chosen = _of(table, kind)
            if ax is None:
                ax = plt.subplots(figsize=(DOUBLE / 2, _height(chosen, check) + 0.2))[1]
            _panel(ax, chosen, kind, check)
            mark_synthetic(ax, synthetic=check.synthetic)
            return ax
        columns = 2 if len(kinds) > 1 else 1
        # A row is as high as the longer of its two panels.
        heights = [
            max(_height(_of(table, each), check) for each in row) for row in batched(kinds, columns)
        ]
        figure, grid = plt.subplots(
            len(heights),
            columns,
            figsize=(DOUBLE, sum(heights) + 0.15),
            height_ratios=heights,
            squeeze=False,
        )
        axes = grid.ravel().tolist()
        for unused in axes[len(kinds) :]:
            figure.delaxes(unused)
        for panel, each in zip(axes, kinds, strict=False):
            _panel(panel, _of(table, each), each, check)
        mark_synthetic(axes[0], synthetic=check.synthetic)
    return axes[0]


def _of(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Statistics of one kind, labelled by whom and when they are of."""
    rows = table[table.index.get_level_values("statistic") == kind]
    return rows.droplevel("statistic")


def _names(rows: pd.DataFrame, check: Check) -> list[str]:
    return [label(check.name_of(of), width=34) for of in rows.index]


def _height(rows: pd.DataFrame, check: Check) -> float:
    """Inches of a panel: its rows have as many lines as the longest name."""
    lines = max(len(name.splitlines()) for name in _names(rows, check))
    return (ROW + LINE * (lines - 1)) * len(rows) + 0.42


def _panel(ax: Axes, rows: pd.DataFrame, kind: str, check: Check) -> None:
    ax.set_gid(OF_ROWS)
    y = np.arange(len(rows))
    ax.hlines(y, rows["lower"], rows["upper"], color="#BBBBBB", linewidth=4)
    ax.plot(rows["median"], y, "|", color="#555555", markersize=6, markeredgewidth=1)
    inside = ((rows["observed"] >= rows["lower"]) & (rows["observed"] <= rows["upper"])).to_numpy()
    ax.plot(rows["observed"][inside], y[inside], "o", color=COLORS[0], markersize=3.2)
    ax.plot(
        rows["observed"][~inside],
        y[~inside],
        "D",
        markersize=5,
        markerfacecolor="white",
        markeredgecolor=COLORS[1],
    )
    ax.set_yticks(y, _names(rows, check), fontsize=6)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    # The labels of the rows leave little room on the right, but the title may stand above them.
    ax.set_title(check.words.said(kind), loc="right")
    ax.margins(x=0.05)
    ax.locator_params(axis="x", nbins=4)
