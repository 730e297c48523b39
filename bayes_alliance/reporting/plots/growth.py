"""Growth as users draw it: expected ratings over time beside the observed means.

The line is the posterior median of `effects.trajectories` (an average child at reference
covariates), the band its interval; points are observed means of all ratings at an occasion. Under
the axis stand the number of ratings and of children in treatment, because who is left differs from
who began.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.estimands import effects
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings, Scale
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    Mark,
    house_style,
    label,
    marks,
    say_synthetic,
)

STEPS = 41
GREY = "#666666"


def trajectories(
    fit: Fit, *, ax: Axes | Sequence[Axes] | None = None, prob: float = 0.95
) -> tuple[Axes, ...]:
    """Draw expected ratings over time with observed means.

    Parameters
    ----------
    fit : Fit
    ax : Axes or sequence of Axes, optional
        One axes for all informants together, or one per informant; a new figure with a panel per
        informant if not given.
    prob : float
        Posterior probability inside the bands.

    Returns
    -------
    tuple of Axes

    Raises
    ------
    ValueError
        If the number of axes is neither one nor the number of informants.
    """
    informants = fit.ratings.informants
    seen = tables.observed(fit.ratings)
    grid = np.linspace(seen["time"].min(), seen["time"].max(), STEPS)
    if grid[0] == grid[-1]:
        grid = grid[:1]
    bands = tables.intervals(effects.trajectories(fit, times=[float(t) for t in grid]), prob=prob)
    looks = marks(informants)
    with house_style():
        axes = _axes(fit.ratings, seen, ax)
        together = len(axes) == 1 and len(informants) > 1
        if not together and len(axes) != len(informants):
            raise ValueError(f"give 1 or {len(informants)} axes, not {len(axes)}")
        for position, informant in enumerate(informants):
            panel = axes[0] if together else axes[position]
            points = seen[seen["informant"] == informant]
            shift = _shift(seen, position, len(informants)) if together else 0.0
            _growth(panel, bands.sel(informant=informant), points, looks[informant], shift)
            if not together:
                panel.set_title(label(informant, width=22))
                scale = fit.ratings.scales[informant]
                _limits(panel, scale, _reach(bands, seen, fit.ratings, scale))
        if together:
            _legend(axes[0], looks)
            common = fit.ratings.common_scale
            if common is not None:
                _limits(axes[0], common, _reach(bands, seen, fit.ratings, common))
        _furnish(fit.ratings, seen, axes, together=together)
        say_synthetic(axes[0], fit.ratings)
    return axes


def _axes(
    ratings: Ratings, seen: pd.DataFrame, ax: Axes | Sequence[Axes] | None
) -> tuple[Axes, ...]:
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
        figsize=(width, 2.6 * n_rows),
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


def _growth(ax: Axes, band: xr.Dataset, points: pd.DataFrame, look: Mark, shift: float) -> None:
    """One informant: band, median, observed means."""
    times = band["time"].to_numpy()
    if len(times) == 1:
        lower, upper = (float(band[name].item()) for name in ("lower", "upper"))
        ax.plot([times[0]] * 2, [lower, upper], color=look.color, alpha=0.5)
    else:
        ax.fill_between(
            times, band["lower"], band["upper"], color=look.color, alpha=0.22, linewidth=0
        )
        ax.plot(times, band["median"], color=look.color, linestyle=look.line)
    ax.plot(
        points["time"] + shift,
        points["mean"],
        linestyle="none",
        marker=look.marker,
        markerfacecolor="white",
        markeredgecolor=look.color,
        markeredgewidth=1.1,
    )


def _limits(ax: Axes, scale: Scale, reach: tuple[float, float]) -> None:
    """Show the whole scale with its ceiling and floor, and what reaches beyond it."""
    pad = 0.08 * 2 * scale.spread
    low, high = scale.center - scale.spread - pad, scale.center + scale.spread + pad
    ax.set_ylim(min(low, reach[0] - pad), max(high, reach[1] + pad))
    if scale.lower is None or scale.upper is None:
        return
    for bound, name, side in ((scale.lower, "floor", "top"), (scale.upper, "ceiling", "bottom")):
        ax.axhline(bound, color=GREY, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0)
        ax.annotate(
            f"{name} {bound:g}",
            xy=(1, bound),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2 if side == "bottom" else -2),
            textcoords="offset points",
            ha="right",
            va=side,
            fontsize=6,
            color=GREY,
        )


def _reach(
    bands: xr.Dataset, seen: pd.DataFrame, ratings: Ratings, scale: Scale
) -> tuple[float, float]:
    """Lowest and highest value drawn for the informants on a scale."""
    own = [informant for informant in ratings.informants if ratings.scales[informant] == scale]
    means = seen.loc[seen["informant"].isin(own), "mean"]
    drawn = bands.sel(informant=own)
    return (
        min(float(drawn["lower"].min()), float(means.min())),
        max(float(drawn["upper"].max()), float(means.max())),
    )


def _legend(ax: Axes, looks: dict[str, Mark]) -> None:
    for informant, look in looks.items():
        ax.plot(
            [],
            [],
            color=look.color,
            linestyle=look.line,
            marker=look.marker,
            markerfacecolor="white",
            label=label(informant, width=40),
        )
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handlelength=3.2)


def _furnish(
    ratings: Ratings, seen: pd.DataFrame, axes: tuple[Axes, ...], *, together: bool
) -> None:
    """Axis labels, and the numbers under the axis."""
    times = np.sort(seen["time"].unique())
    told = times[:: math.ceil(len(times) / 8)]
    present = tables.in_treatment(ratings).set_index("time")["in_treatment"]
    for position, ax in enumerate(axes):
        ax.set_xticks(told, [f"{time:.3g}" for time in told])
        margin = 0.14 * (times[-1] - times[0]) or 1.0
        ax.set_xlim(times[0] - margin, times[-1] + margin)
        ax.set_xlabel(ratings.time.unit or "time")
        place = ax.get_subplotspec()
        first = place is None or place.is_first_col()
        if first:
            ax.set_ylabel("rating (points)")
        rows = {}
        if not together:
            own = seen[seen["informant"] == ratings.informants[position]].set_index("time")["n"]
            rows["rated"] = own.reindex(told, fill_value=0)
        if len(present):
            rows["in treatment"] = present.reindex(told)
        for line, (name, numbers) in enumerate(rows.items()):
            _row(ax, name if first else "", numbers, line)


def _row(ax: Axes, name: str, numbers: pd.Series, line: int) -> None:
    """One line of numbers under the axis, below its label."""
    style: dict[str, Any] = {
        "fontsize": 6,
        "va": "top",
        "color": "#333333",
        "annotation_clip": False,
    }
    tick = float(ax.xaxis.get_ticklabels()[0].get_fontsize())
    axis = float(ax.xaxis.label.get_fontsize())
    offset = -(10 + 1.2 * tick + 1.3 * axis) - 8.5 * line
    if name:
        ax.annotate(
            name,
            xy=(0, 0),
            xycoords="axes fraction",
            xytext=(-4, offset),
            textcoords="offset points",
            ha="right",
            **style,
        )
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


def _shift(seen: pd.DataFrame, position: int, count: int) -> float:
    """Move points of one informant aside so that they do not cover another's."""
    times = np.sort(seen["time"].unique())
    gap = min((b - a for a, b in pairwise(times)), default=1.0)
    return 0.05 * gap * (position - (count - 1) / 2)
