"""Figures of planned studies: how often each size reaches a conclusion."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting.plots.panels import legend_below, panels
from bayes_alliance.reporting.plots.style import SINGLE, house_style, label, marks
from bayes_alliance.studies.assurance import Assurance
from bayes_alliance.studies.names import readable

DARK = 0.55  # from which share on a number on it is white


@checked_arguments
def assurance_by_size(
    result: Assurance, conclusion: str, *, ax: Sequence[Axes] | None = None
) -> tuple[Axes, ...]:
    """Draw the assurance of every number of families and therapists, a panel per occasions.

    Parameters
    ----------
    conclusion : str
        As in the table.
    ax : sequence of Axes, optional
        One for each number of occasions.

    Returns
    -------
    tuple of Axes
        Shares of studies in percent; those that reach the target have a frame and bold numbers.

    Raises
    ------
    InputError
        If nothing was simulated about such a conclusion.
    """
    own, target = _rows(result, conclusion), result.plan.simulation.target
    occasions = sorted(own["occasions"].unique().tolist())
    with house_style():
        axes = panels(
            ax, len(occasions), columns=min(3, len(occasions)), size=_size(len(occasions), 2.1)
        )
        for panel, n in zip(axes, occasions, strict=True):
            table = own[own["occasions"] == n].pivot_table(
                index="therapists", columns="families", values="assurance"
            )
            values = table.to_numpy()
            panel.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto", origin="lower")
            for (row, column), share in np.ndenumerate(values):
                if np.isnan(share):
                    continue
                reached = share >= target
                panel.text(
                    *(column, row, f"{100 * share:.0f}"),
                    ha="center",
                    va="center",
                    color="white" if share > DARK else "#1c1c1c",
                    fontweight="bold" if reached else "normal",
                )
                if reached:
                    corner = (column - 0.47, row - 0.46)
                    panel.add_patch(Rectangle(corner, 0.94, 0.92, fill=False, lw=1.4, ec="#D09A20"))
            panel.set_xticks(range(table.shape[1]), [f"{one}" for one in table.columns])
            panel.set_yticks(range(table.shape[0]), [f"{one}" for one in table.index])
            panel.set_xlabel("families")
            panel.set_title(f"{n} occasion{'' if n == 1 else 's'}")
        axes[0].set_ylabel("therapists")
        _named(axes, conclusion, ax)
    return axes


@checked_arguments
def assurance_curves(
    result: Assurance, conclusion: str, *, ax: Sequence[Axes] | None = None
) -> tuple[Axes, ...]:
    """Draw assurance against the number of families, a line per therapists, a panel per occasions.

    Parameters
    ----------
    conclusion : str
        As in the table.
    ax : sequence of Axes, optional
        One for each number of occasions.

    Returns
    -------
    tuple of Axes
        Bands are 95% intervals for the number of simulated studies; the line is the target.

    Raises
    ------
    InputError
        If nothing was simulated about such a conclusion.
    """
    own = _rows(result, conclusion)
    occasions = sorted(own["occasions"].unique().tolist())
    looks = marks([f"{n}" for n in sorted(own["therapists"].unique().tolist())])
    with house_style():
        size = _size(len(occasions), 2.5)
        axes = panels(ax, len(occasions), columns=min(3, len(occasions)), size=size, sharey=True)
        for panel, n in zip(axes, occasions, strict=True):
            here = own[own["occasions"] == n]
            for name, look in looks.items():
                line = here[here["therapists"] == int(name)].sort_values("families")
                x = line["families"].to_numpy(float)
                low, high = (100 * line[bound].to_numpy(float) for bound in ("lower", "upper"))
                panel.fill_between(x, low, high, color=look.color, alpha=0.12, lw=0)
                panel.plot(
                    x,
                    100 * line["assurance"].to_numpy(float),
                    color=look.color,
                    marker=look.marker,
                    linestyle=look.line,
                    label="no therapists" if name == "0" else f"{name} therapists",
                )
            panel.axhline(100 * result.plan.simulation.target, color="#333333", lw=0.6)
            panel.set_ylim(-3, 103)
            panel.set_xticks(sorted(here["families"].unique().tolist()))
            panel.set_xlabel("families")
            panel.set_title(f"{n} occasion{'' if n == 1 else 's'}")
        axes[0].set_ylabel("studies that reach it (%)")
        legend_below(axes, ax, columns=4)
        _named(axes, conclusion, ax)
    return axes


def _rows(result: Assurance, conclusion: str) -> pd.DataFrame:
    known = result.table["conclusion"].unique().tolist() if len(result.table) else []
    if conclusion not in known:
        message = f"not among those simulated.{nearest(conclusion, known)}"
        raise InputError([Problem(where="conclusion", value=conclusion, message=message)], "figure")
    return result.table[result.table["conclusion"] == conclusion]


def _size(count: int, height: float) -> tuple[float, float]:
    """Width and height of a figure of so many panels."""
    return SINGLE * (0.95, 1.45, 2.05)[min(count, 3) - 1], height * -(-count // 3) + 0.3


def _named(axes: Sequence[Axes], conclusion: str, ax: object) -> None:
    """Say over a figure of its own what it is about."""
    figure = axes[0].get_figure(root=True)
    if ax is None and figure is not None:
        figure.suptitle(
            label(readable(conclusion, Words()), width=70), x=0.01, ha="left", fontsize=8
        )
