"""How often each rating was given, and how often ratings replicated from a model have it.

A panel per informant and time: bars are the ratings given, the line with its band is the median and
the central 95 % of the replicates. A bar is a step of the scale; what a model without ends expects
beyond the scale stands beyond its ends, which are dotted.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.panels import Given, legend_below, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    house_style,
    label,
    mark_synthetic,
    marks,
)


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
        One per informant and time, informant by informant; a new figure if not given.

    Returns
    -------
    tuple of Axes
        A row per informant, a column per time (or group of times).

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
        size = (max(SINGLE, min(DOUBLE, 0.6 + 1.65 * len(times))), 0.55 + 1.3 * len(informants))
        axes = panels(ax, len(informants) * len(times), columns=len(times), size=size)
        for place, panel in enumerate(axes):
            row, column = divmod(place, len(times))
            of = table.loc[(informants[row], times[column])]
            _panel(panel, of, color=looks[informants[row]].color)
            panel.set_title(label(f"{informants[row]} at {times[column]}", width=24), fontsize=7)
            panel.set_ylabel("ratings")
            of_first(panel.yaxis.label, first=column == 0)
            if row == len(informants) - 1:
                panel.set_xlabel("rating")
        for row in range(len(informants)):
            own = axes[row * len(times) : (row + 1) * len(times)]
            reach = np.array([panel.get_xlim() for panel in own])
            highest = max(panel.get_ylim()[1] for panel in own)
            for panel in own:
                panel.set(xlim=(reach[:, 0].min(), reach[:, 1].max()), ylim=(0, highest))
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
    edges = bars["below"].to_numpy()[:-1]
    width = np.diff(edges).max(initial=0.0)
    # What lies beyond the ends has bars as wide as the others, if there is any.
    wide = np.concatenate([[edges[0] - width], edges, [edges[-1] + width]])
    # One shape, not a bar each: a page has hundreds of bars.
    ax.stairs(
        bars["observed"], wide, fill=True, color=color, alpha=0.45, linewidth=0, label="given"
    )
    ax.stairs(
        bars["upper"],
        wide,
        baseline=bars["lower"].to_numpy(),
        fill=True,
        color="#333333",
        alpha=0.22,
        linewidth=0,
    )
    ax.stairs(
        bars["median"],
        wide,
        baseline=None,
        color="#222222",
        linewidth=0.9,
        label="replicated (median, central 95 %)",
    )
    filled = np.flatnonzero((bars[["observed", "upper"]] > 0).any(axis=1))
    if len(filled):
        ax.set_xlim(wide[max(0, filled[0] - 1)], wide[min(len(wide) - 1, filled[-1] + 2)])
    for end in edges[[0, -1]]:
        if ax.get_xlim()[0] < end < ax.get_xlim()[1]:
            ax.axvline(end, color="#555555", linewidth=0.7, linestyle=":")
    ax.set_ylim(0, 1.05 * max(1.0, bars[["observed", "upper"]].to_numpy().max()))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
