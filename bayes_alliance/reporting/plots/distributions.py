"""How often each rating was given, and how often ratings replicated from a model have it.

A panel per informant, a row in it per time: bars are the ratings given, the line with its band is
the median and the central 95% of the replicates. A bar is a step of the scale; what a model
without ends expects beyond the scale stands beyond its ends, which are dotted.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.panels import Given, legend_below, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    TITLE,
    house_style,
    label,
    mark_synthetic,
    marks,
)

HIGHEST = 0.85  # of the height of a row, where a bar or band of an informant is highest


@checked_arguments
def rating_distributions(
    check: Check, *, informant: str | None = None, ax: Given = None
) -> tuple[Axes, ...]:
    """Draw how ratings are distributed, and how those of the model are.

    Parameters
    ----------
    check : Check
        From `checks.posterior_predictive` or `checks.prior_predictive`.
    informant : str, optional
        Of one informant; of all if not given.
    ax : Axes or sequence of Axes, optional
        One per informant; a new figure if not given.

    Returns
    -------
    tuple of Axes
        One per informant. In each, times (or groups of times) stand below each other, the first on
        top, with their number of ratings; heights are shares of the ratings at that time, on one
        scale within an informant.

    Raises
    ------
    InputError
        If the check is of another kind, or has no such informant.
    """
    table = _of(check, informant)
    informants = list(dict.fromkeys(table.index.get_level_values("informant")))
    times = list(dict.fromkeys(table.index.get_level_values("time")))
    looks = marks(list(dict.fromkeys(_of(check, None).index.get_level_values("informant"))))
    with house_style():
        columns = min(len(informants), 4)
        rows = -(-len(informants) // columns)
        size = (max(SINGLE, min(DOUBLE, 1.9 * columns)), 0.3 + rows * (0.45 + 0.5 * len(times)))
        axes = panels(ax, len(informants), columns=columns, size=size)
        for place, (name, panel) in enumerate(zip(informants, axes, strict=True)):
            _panel(panel, table.loc[name], color=looks[name].color)
            panel.set_title(label(check.words.name(name), width=TITLE))
            panel.set_xlabel("rating")
            panel.set_yticks(-np.arange(len(times)), [label(str(time), width=24) for time in times])
            panel.set_ylabel(check.unit or "time")
            for artist in (panel.yaxis.label, *panel.get_yticklabels()):
                of_first(artist, first=place % columns == 0)
        legend_below(axes, ax, columns=2)
        mark_synthetic(axes[0], synthetic=check.synthetic)
    return axes


def _of(check: Check, informant: str | None) -> pd.DataFrame:
    table = check.distributions
    if table is None:
        message = f"a check of {check.name} has no distributions; give a predictive check"
        raise InputError([Problem(where="check", message=message)], "figure")
    known = list(dict.fromkeys(table.index.get_level_values("informant")))
    if informant is not None and informant not in known:
        message = f"is no informant.{nearest(informant, known)}"
        raise InputError([Problem(where="informant", value=informant, message=message)], "figure")
    return table if informant is None else table.loc[[informant]]


def _panel(ax: Axes, bars: pd.DataFrame, *, color: str) -> None:
    """Draw a row per time."""
    times = list(dict.fromkeys(bars.index.get_level_values("time")))
    numbers = bars["observed"].to_numpy().reshape(len(times), -1).sum(axis=1)
    shares = {
        name: bars[name].to_numpy().reshape(len(times), -1) / np.maximum(numbers, 1)[:, None]
        for name in ("observed", "lower", "median", "upper")
    }
    edges = bars.loc[times[0], "below"].to_numpy()[:-1]
    width = np.diff(edges).max(initial=0.0)
    # What lies beyond the ends has bars as wide as the others, if there is any.
    wide = np.concatenate([[edges[0] - width], edges, [edges[-1] + width]])
    highest = max(shares["observed"].max(), shares["upper"].max(), 1e-9)
    rows = np.arange(len(times))[:, None]
    heights = {name: _ends_apart(HIGHEST * of / highest - rows) for name, of in shares.items()}
    # Rows of a kind are one shape, with gaps between them: a page has hundreds of bars.
    bottom = _ends_apart(np.broadcast_to(-rows, shares["observed"].shape).astype(float))
    along = np.tile(wide, len(times))
    ax.stairs(
        heights["observed"],
        along,
        baseline=bottom,
        fill=True,
        color=color,
        alpha=0.45,
        linewidth=0,
        label="given",
    )
    ax.stairs(
        heights["upper"],
        along,
        baseline=heights["lower"],
        fill=True,
        color="#333333",
        alpha=0.22,
        linewidth=0,
    )
    ax.stairs(
        heights["median"],
        along,
        baseline=None,
        color="#222222",
        linewidth=0.9,
        label="replicated (median, central 95%)",
    )
    for row, number in enumerate(numbers):
        ax.text(
            0.02,
            -row + 0.1,
            f"n = {number:.0f}",
            fontsize=6,
            color="#555555",
            transform=ax.get_yaxis_transform(),
        )
    filled = np.flatnonzero((np.maximum(shares["observed"], shares["upper"]) > 0).any(axis=0))
    if len(filled):
        ax.set_xlim(wide[max(0, filled[0] - 1)], wide[min(len(wide) - 1, filled[-1] + 2)])
    for end in edges[[0, -1]]:
        if ax.get_xlim()[0] < end < ax.get_xlim()[1]:
            ax.axvline(end, color="#555555", linewidth=0.7, linestyle=":")
    ax.set_ylim(-len(times) + 0.9, 1.0)
    ax.tick_params(axis="y", length=0)


def _ends_apart(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows after each other with a gap between them, as values of stairs."""
    return np.pad(rows, ((0, 0), (0, 1)), constant_values=np.nan).ravel()[:-1]
