"""Observed statistics among replicated ones: what a predictive check rests on.

One panel per kind of statistic: the bar is the central 95 % of the replicates, the tick their
median, the mark the observed value; a mark outside its bar is larger and open.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayes_alliance.errors import checked_arguments
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.plots.style import COLORS, DOUBLE, house_style, label, mark_synthetic

ROW = 0.135  # inches a statistic takes


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
                ax = plt.subplots(figsize=(DOUBLE / 2, ROW * len(chosen) + 0.6))[1]
            _panel(ax, chosen, kind, check)
            mark_synthetic(ax, synthetic=check.synthetic)
            return ax
        sizes = [len(_of(table, each)) for each in kinds]
        columns = _two_columns(sizes)
        height = max(sum(ROW * sizes[i] + 0.42 for i in column) for column in columns if column)
        figure = plt.figure(figsize=(DOUBLE, height + 0.15))
        axes = {}
        sides = np.asarray(figure.subfigures(1, 2), dtype=object).ravel()
        for side, column in zip(sides, columns, strict=True):
            if not column:
                continue
            rows = side.subplots(
                len(column), 1, height_ratios=[ROW * sizes[i] + 0.1 for i in column], squeeze=False
            )
            for number, row in zip(column, rows[:, 0], strict=True):
                _panel(row, _of(table, kinds[number]), kinds[number], check)
                axes[number] = row
        mark_synthetic(axes[0], synthetic=check.synthetic)
    return axes[0]


def _of(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Statistics of one kind, labelled by whom and when they are of."""
    rows = table[table.index.get_level_values("statistic") == kind]
    return rows.droplevel("statistic")


def _two_columns(sizes: list[int]) -> tuple[list[int], list[int]]:
    """Fill the left column to about half of all rows."""
    first: list[int] = []
    rows = 0
    for number, size in enumerate(sizes):
        if rows + size / 2 > sum(sizes) / 2 and first:
            break
        first.append(number)
        rows += size
    return first, list(range(len(first), len(sizes)))


def _panel(ax: Axes, rows: pd.DataFrame, kind: str, check: Check) -> None:
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
    ax.set_yticks(y, [label(check.name_of(of), width=60) for of in rows.index], fontsize=6)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    # The labels of the rows leave little room on the right, but the title may stand above them.
    ax.set_title(check.words.said(kind), loc="right")
    ax.margins(x=0.05)
