"""Figures of planned studies: how often each size reaches a conclusion."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.numerals import percent
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting.plots.panels import legend_below, panels
from bayes_alliance.reporting.plots.style import DOUBLE, SINGLE, TITLE, house_style, label, marks
from bayes_alliance.studies.assurance import Assurance
from bayes_alliance.studies.assurance.size import Size, varying
from bayes_alliance.studies.names import readable

DARK = 0.55  # from which share on a number on it is white
CELL, WIDEST = 0.42, DOUBLE  # inches: of a share in bold, and of a figure
BUDGET, BROKEN = "#AA3344", (0, (3.0, 1.5))


@checked_arguments
def assurance_by_size(
    result: Assurance, conclusion: str, *, ax: Sequence[Axes] | None = None
) -> tuple[Axes, ...]:
    """Draw the assurance of every number of families and therapists.

    There is a panel for every number of occasions and for each of the circumstances that vary.

    Parameters
    ----------
    conclusion : str
        As in the table.
    ax : sequence of Axes, optional
        One for each panel.

    Returns
    -------
    tuple of Axes
        Shares of studies in percent; those that reach the target have a frame and bold numbers. A
        broken line parts designs that cost at most the budget from those beyond it.

    Raises
    ------
    InputError
        If nothing was simulated about such a conclusion.
    """
    own, target = _rows(result, conclusion), result.plan.simulation.target
    budget, shown = result.plan.costs.budget, _panels(own)
    n_families = own["families"].nunique()
    columns = _columns(own, most=max(1, int(WIDEST / (CELL * n_families + 0.55))))
    width = min(WIDEST, max(columns * (CELL * n_families + 0.55), 0.95 * SINGLE))
    rows = math.ceil(len(shown) / columns)
    height = rows * (0.24 * own["therapists"].nunique() + 1.0) + 0.55
    with house_style():
        axes = panels(ax, len(shown), columns=columns, size=(width, height))
        for panel, (title, here) in zip(axes, shown, strict=True):
            table = here.pivot_table(index="therapists", columns="families", values="assurance")
            values = table.to_numpy()
            panel.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto", origin="lower")
            for (row, column), share in np.ndenumerate(values):
                if not np.isnan(share):
                    _cell(panel, row, column, share, reached=bool(share >= target))
            panel.set_xticks(range(table.shape[1]), [f"{one}" for one in table.columns])
            panel.set_yticks(range(table.shape[0]), [f"{one}" for one in table.index])
            panel.set_xlabel("families")
            panel.set_title(label(title, width=max(TITLE, int(12 * width / columns))))
            if budget is not None:
                cost = here.pivot_table(index="therapists", columns="families", values="cost")
                _budget_line(panel, cost.reindex_like(table).to_numpy(), budget)
        for panel in axes[::columns]:
            panel.set_ylabel("therapists")
        if budget is not None and ax is None:
            axes[0].plot([], [], color=BUDGET, ls=BROKEN, label=f"budget: {budget:,.0f}")
            legend_below(axes, ax, columns=1)
        _named(axes, conclusion, ax)
    return axes


@checked_arguments
def assurance_curves(
    result: Assurance, conclusion: str, *, ax: Sequence[Axes] | None = None
) -> tuple[Axes, ...]:
    """Draw assurance against the number of families, a line for every number of therapists.

    There is a panel for every number of occasions and for each of the circumstances that vary.

    Parameters
    ----------
    conclusion : str
        As in the table.
    ax : sequence of Axes, optional
        One for each panel.

    Returns
    -------
    tuple of Axes
        Bands are 95% intervals for the number of simulated studies; the level line is the target.
        Designs that cost more than the budget have hollow marks.

    Raises
    ------
    InputError
        If nothing was simulated about such a conclusion.
    """
    own, shown = _rows(result, conclusion), _panels(_rows(result, conclusion))
    budget = result.plan.costs.budget
    looks = marks([f"{n}" for n in sorted(own["therapists"].unique().tolist())])
    columns = _columns(own, most=3)
    with house_style():
        size = _size(len(shown), columns, 2.5 if columns == len(shown) else 2.1)
        axes = panels(ax, len(shown), columns=columns, size=size, sharey=True)
        for panel, (title, here) in zip(axes, shown, strict=True):
            for name, look in looks.items():
                line = here[here["therapists"] == int(name)].sort_values("families")
                x = line["families"].to_numpy(float)
                y = 100 * line["assurance"].to_numpy(float)
                low, high = (100 * line[bound].to_numpy(float) for bound in ("lower", "upper"))
                panel.fill_between(x, low, high, color=look.color, alpha=0.12, lw=0)
                panel.plot(
                    *(x, y),
                    color=look.color,
                    marker=look.marker,
                    linestyle=look.line,
                    label=_of_therapists(int(name)),
                )
                if budget is not None:
                    beyond = line["cost"].to_numpy(float) > budget
                    _hollow(panel, x[beyond], y[beyond], color=look.color, marker=look.marker)
            panel.axhline(100 * result.plan.simulation.target, color="#333333", lw=0.6)
            panel.set_ylim(-3, 103)
            panel.set_xticks(sorted(here["families"].unique().tolist()))
            panel.set_xlabel("families")
            panel.set_title(label(title, width=max(TITLE, int(12 * size[0] / columns))))
        for panel in axes[::columns]:
            panel.set_ylabel("studies that reach it (%)")
        if budget is not None:
            said = f"costs more than {budget:,.0f}"
            _hollow(axes[0], np.array([]), np.array([]), color="#333333", marker="o", label=said)
        legend_below(axes, ax, columns=4)
        _named(axes, conclusion, ax)
    return axes


def _cell(panel: Axes, row: int, column: int, share: float, *, reached: bool) -> None:
    """Write the share of a design, and frame it if it reaches the target."""
    panel.text(
        *(column, row, percent(share)),
        ha="center",
        va="center",
        color="white" if share > DARK else "#1c1c1c",
        fontweight="bold" if reached else "normal",
    )
    if reached:
        corner = (column - 0.45, row - 0.43)
        panel.add_patch(Rectangle(corner, 0.9, 0.86, fill=False, lw=1.4, ec="#D09A20"))


def _budget_line(panel: Axes, cost: Floats, budget: float) -> None:
    """Draw the edges between designs that cost at most the budget and those beyond it.

    Where all designs of a panel are on one side there is no edge, and the panel says on which.
    """
    there, within = ~np.isnan(cost), cost <= budget
    if within[there].all() or not within[there].any():
        side = "within" if within[there].any() else "beyond"
        panel.set_xlabel(f"families (all {side} the budget)")
        return
    edges = []
    for row, column in np.argwhere(there):
        for up, right in ((1, 0), (0, 1)):
            other = (row + up, column + right)
            if other[0] >= cost.shape[0] or other[1] >= cost.shape[1] or not there[other]:
                continue
            if within[row, column] != within[other]:
                middle = np.array([column + 0.5 * right, row + 0.5 * up])
                along = 0.5 * np.array([up, right])
                edges.append([middle - along, middle + along])
    # White beneath: on dark cells, too, it is seen.
    panel.add_collection(LineCollection(edges, colors="white", linewidths=3.0, zorder=3))
    panel.add_collection(
        LineCollection(edges, colors=BUDGET, linewidths=1.6, linestyles=[BROKEN], zorder=4)
    )


def _hollow(
    panel: Axes, x: Floats, y: Floats, *, color: str, marker: str, label: str | None = None
) -> None:
    """Put hollow marks over those of designs that cost more than the budget."""
    panel.scatter(
        *(x, y),
        s=20,
        facecolors="white",
        edgecolors=color,
        linewidths=1.0,
        marker=marker,
        label=label,
        zorder=3,
    )


def _of_therapists(n: int) -> str:
    return f"{n} therapist{'' if n == 1 else 's'}" if n else "no therapists"


def _rows(result: Assurance, conclusion: str) -> pd.DataFrame:
    known = result.table["conclusion"].unique().tolist() if len(result.table) else []
    if conclusion not in known:
        message = f"not among those simulated.{nearest(conclusion, known)}"
        raise InputError([Problem(where="conclusion", value=conclusion, message=message)], "figure")
    return result.table[result.table["conclusion"] == conclusion]


def _panels(own: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """What is drawn in each panel, and what stands over it; circumstances below each other."""
    groups = own.groupby([*varying(own.columns), "occasions"])
    return [(Size.of(here.iloc[0]).over_a_panel, here) for _, here in groups]


def _columns(own: pd.DataFrame, *, most: int) -> int:
    """How many panels stand beside each other: those of all occasions, where there is room."""
    several = own["occasions"].nunique() if varying(own.columns) else len(_panels(own))
    if several == 1:
        several = len(_panels(own))
    return min(most, 3, several)


def _size(count: int, columns: int, height: float) -> tuple[float, float]:
    """Width and height of a figure of so many panels."""
    return SINGLE * (0.95, 1.45, 2.05)[columns - 1], height * math.ceil(count / columns) + 0.5


def _named(axes: Sequence[Axes], conclusion: str, ax: object) -> None:
    """Say over a figure of its own what it is about."""
    figure = axes[0].get_figure(root=True)
    if ax is None and figure is not None:
        figure.suptitle(
            label(readable(conclusion, Words()), width=70), x=0.01, ha="left", fontsize=8
        )
