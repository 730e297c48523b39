"""What is expected of ratings along a numeric covariate: a curve, and where the children are."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, checked_arguments
from bayes_alliance.estimands import effects
from bayes_alliance.estimands.dyads.strata import values_by_child
from bayes_alliance.estimands.profiles import settable, unknown
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.growth_frame import Shown, limits
from bayes_alliance.reporting.plots.panels import Given, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    TITLE,
    Mark,
    house_style,
    label,
    marks,
    say_synthetic,
)

STEPS = 25


@checked_arguments
def along_covariate(
    fit: Fit,
    covariate: str,
    *,
    time: float | None = None,
    scale: Shown = "data",
    prob: Prob = 0.95,
    ax: Given = None,
) -> tuple[Axes, ...]:
    """Draw expected ratings against a numeric covariate.

    Parameters
    ----------
    covariate : str
        A numeric or binary one of the model that describes children, therapists or clinics.
    time : float, optional
        In units of the time column; where the level is read if not given.
    scale : {"data", "full"}
        As in `trajectories`.
    prob : float
        Posterior probability inside the bands.
    ax : Axes or sequence of Axes, optional
        One per informant; a new figure if not given.

    Returns
    -------
    tuple of Axes
        Medians and bands of the averages if all children had the value, other covariates being
        each child's own; above, a stroke for the value of each child. A covariate of two values is
        drawn at these only.

    Raises
    ------
    InputError
        If there is no such covariate in the model.
    """
    able = {
        name: one
        for name, one in settable(fit).items()
        if one.kind != "categorical" and one.level != "occasion"
    }
    if covariate not in able:
        raise InputError([unknown(covariate, list(able))], "figure")
    when = float(fit.ratings.time.origin if time is None else time)
    own = values_by_child(fit.ratings, covariate, able[covariate].level).dropna().astype(float)
    bands = tables.intervals(_expected(fit, covariate, own, when), prob=prob)
    informants, words = fit.ratings.informants, fit.ratings.words
    looks = marks(informants)
    with house_style():
        columns = min(len(informants), 4 if len(informants) == 4 else 3)
        rows = -(-len(informants) // columns)
        size = (DOUBLE if columns > 1 else SINGLE, 2.3 * rows)
        axes = panels(ax, len(informants), columns=columns, size=size)
        reach = (float(bands["lower"].min()), float(bands["upper"].max()))
        for place, (panel, informant) in enumerate(zip(axes, informants, strict=True)):
            band = bands.sel(informant=informant)
            _curve(panel, band, looks[informant])
            if fit.ratings.common_scale is None:
                reach = (float(band["lower"].min()), float(band["upper"].max()))
            limits(panel, fit.ratings.scales[informant], reach, shown=scale)
            strokes = panel.get_xaxis_transform()
            panel.plot(
                own, np.full(len(own), 0.98), "|", color="#333333", ms=4, mew=0.5, transform=strokes
            )
            unit = f" ({able[covariate].unit})" if able[covariate].unit else ""
            named = label(f"{words.name(covariate)}{unit}", width=26)
            panel.set_xlabel(f"{named}\nn = {len(own)} {words.children}")
            panel.set_ylabel(f"rating at {tables.time_label(fit.ratings, when)}")
            of_first(panel.yaxis.label, first=place % columns == 0)
            panel.set_title(label(words.name(informant), width=TITLE))
        say_synthetic(axes[0], fit.ratings)
    return axes


def _expected(fit: Fit, covariate: str, own: pd.Series, time: float) -> xr.DataArray:
    """Draws along the covariate, dims (chain, draw, value, informant)."""
    values = np.unique(own)
    if len(values) > 2:
        values = np.linspace(values[0], values[-1], STEPS)
    observed = fit.spec.family.observed_differs
    courses = [
        effects.trajectories(fit, times=[time], at={covariate: float(value)}, observed=observed)
        for value in values
    ]
    along = xr.IndexVariable("value", values)
    return xr.concat(courses, dim=along).isel(time=0, drop=True)


def _curve(ax: Axes, band: xr.Dataset, look: Mark) -> None:
    """A curve with its band; points with intervals where there are two values."""
    values, median = band["value"].to_numpy(), band["median"].to_numpy()
    if len(values) <= 2:
        ax.vlines(values, band["lower"], band["upper"], color=look.color, lw=1)
        ax.plot(values, median, look.marker, color=look.color)
        ax.set_xticks(values)
        ax.margins(x=0.4)
        return
    ax.fill_between(values, band["lower"], band["upper"], color=look.color, alpha=0.22, lw=0)
    ax.plot(values, median, color=look.color, linestyle=look.line)
