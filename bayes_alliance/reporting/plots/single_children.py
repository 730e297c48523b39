"""Single children: their ratings, and what the model expects of each at any time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, Problem, Seed, checked_arguments, nearest
from bayes_alliance.estimands import effects
from bayes_alliance.numerals import apart
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.growth_frame import limits, whole_span
from bayes_alliance.reporting.plots.panels import Given, legend_below, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    house_style,
    label,
    marks,
    say_synthetic,
)

SHOWN = 6  # children drawn if none are named
MOST_TICKS = 6


@checked_arguments
def individual_fits(
    fit: Fit,
    children: Sequence[str] | None = None,
    *,
    seed: Seed,
    prob: Prob = 0.95,
    ax: Given = None,
) -> tuple[Axes, ...]:
    """Draw ratings of single children with the lines that the model has for them.

    Parameters
    ----------
    children : sequence of str, optional
        Labels; six of those rated most often, spread over the order of their mean ratings, if not
        given.
    seed : int
        Of the effects of children, therapists and clinics, as in `random_effects`.
    prob : float
        Posterior probability inside the bands, which are of what is expected, not of ratings.
    ax : Axes or sequence of Axes, optional
        One per child; a new figure if not given.

    Raises
    ------
    InputError
        For unknown children, and where `effects.predictions` does not know what to expect.
    """
    ratings = fit.ratings
    chosen = _spread(ratings) if children is None else list(children)
    known = ratings.children.index.tolist()
    problems = [
        Problem(where="children", value=name, message=f"no such child.{nearest(name, known)}")
        for name in chosen
        if name not in known
    ]
    if problems or not chosen:
        raise InputError(
            problems or [Problem(where="children", message="name at least one")], "figure"
        )
    times = whole_span(fit.design.occasion_time, knots=fit.spec.trajectory.knots)
    bands = {
        child: tables.intervals(
            effects.predictions(fit, seed=seed, of=("child", child), time=times), prob=prob
        )
        for child in chosen
    }
    observed = ratings.observed
    reach = _reach(bands, observed[observed["child"].isin(chosen)])
    with house_style():
        columns = min(3, len(chosen))
        size = (DOUBLE if columns > 1 else SINGLE, 2.0 * -(-len(chosen) // columns) + 0.3)
        axes = panels(ax, len(chosen), columns=columns, size=size, sharey=True)
        for place, (panel, child) in enumerate(zip(axes, chosen, strict=True)):
            own = observed[observed["child"] == child]
            _lines(panel, ratings, bands[child], own)
            if ratings.common_scale is not None:
                limits(panel, ratings.common_scale, reach, shown="data")
            seen = np.unique(fit.design.occasion_time)
            marked = seen[:: -(-len(seen) // MOST_TICKS)]
            panel.set_xticks(marked, apart(marked, digits=3))
            panel.tick_params(labelleft=place % columns == 0)
            panel.set_xlabel(ratings.time.unit or "time")
            panel.set_ylabel("rating (points)")
            of_first(panel.yaxis.label, first=place % columns == 0)
            panel.set_title(label(f"{ratings.words.child} {child} (n = {len(own)})", width=30))
        legend_below(axes, ax, columns=4)
        say_synthetic(axes[0], ratings)
    return axes


def _spread(ratings: Ratings) -> list[str]:
    """Children rated most often, spread over the order of their means."""
    by_child = ratings.observed.groupby("child", observed=True)["rating"].agg(["mean", "size"])
    often = by_child[by_child["size"] >= by_child["size"].nlargest(4 * SHOWN).min()]
    order = often.sort_values("mean", kind="stable").index
    places = np.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().astype(int)
    return [str(child) for child in order[places]]


def _reach(bands: dict[str, xr.Dataset], rated: pd.DataFrame) -> tuple[float, float]:
    low = min(float(band["lower"].min()) for band in bands.values())
    high = max(float(band["upper"].max()) for band in bands.values())
    return min(low, float(rated["rating"].min())), max(high, float(rated["rating"].max()))


def _lines(ax: Axes, ratings: Ratings, bands: xr.Dataset, own: pd.DataFrame) -> None:
    """Band, line and ratings of every informant."""
    for informant, look in marks(ratings.informants).items():
        band, rated = bands.sel(informant=informant), own[own["informant"] == informant]
        times = band["time"].to_numpy()
        style: dict[str, Any] = {"color": look.color, "linestyle": look.line}
        if len(times) == 1:
            ax.vlines(times, band["lower"], band["upper"], color=look.color, alpha=0.6, lw=1)
        ax.fill_between(times, band["lower"], band["upper"], color=look.color, alpha=0.13, lw=0)
        ax.plot(times, band["median"], lw=1.1, **style)
        ax.plot(rated["time"], rated["rating"], look.marker, color=look.color, ms=3.5, mfc="white")
        name = label(ratings.words.name(informant), width=30)
        ax.plot([], [], marker=look.marker, mfc="white", ms=3.5, lw=1.1, label=name, **style)
