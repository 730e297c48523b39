"""How far apart expected ratings are over time: between groups of children, or informants."""

import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, checked_arguments
from bayes_alliance.estimands import effects
from bayes_alliance.estimands.comparable import require_common_scale
from bayes_alliance.estimands.effects.contrasts import between
from bayes_alliance.estimands.profiles import changes, unknown
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.growth_frame import axes_of, furnish, whole_span
from bayes_alliance.reporting.plots.named import of_what
from bayes_alliance.reporting.plots.panels import Given, legend_below, panels
from bayes_alliance.reporting.plots.style import (
    SINGLE,
    TITLE,
    Mark,
    house_style,
    label,
    marks,
    say_synthetic,
)


@checked_arguments
def growth_differences(
    fit: Fit,
    *,
    by: str | None = None,
    difference: tuple[str, str] | None = None,
    prob: Prob = 0.95,
    ax: Given = None,
) -> tuple[Axes, ...]:
    """Draw differences of expected ratings over time.

    Parameters
    ----------
    by : str, optional
        A covariate of the model: 1 minus 0, each category minus the reference, one unit more; a
        panel per informant.
    difference : pair of str, optional
        The first informant's expected rating minus the second's; with `by`, the difference of the
        groups as the first sees it minus as the second does. One panel. The first two informants
        if neither is given.
    ax : Axes or sequence of Axes, optional
        As many as there are panels; a new figure if not given.
    prob : float
        Posterior probability inside the bands.

    Raises
    ------
    InputError
        For unknown covariates or informants, fewer than two, or different scales.
    """
    if by is None and difference is None:
        difference = fit.ratings.informants[:2]  # type: ignore[assignment]
    times = whole_span(fit.design.occasion_time, knots=fit.spec.trajectory.knots)
    lines = _lines(fit, by, difference, times)
    informants, name = fit.ratings.informants, fit.ratings.words.name
    seen = tables.observed(fit.ratings)
    numbers = {
        informant: own.set_index("time")["n"]
        for informant, own in seen.groupby("informant", observed=True, sort=False)
    }
    with house_style():
        if difference is None:
            axes = axes_of(fit.ratings, seen, ax)
            if len(axes) != len(informants):
                axes = panels(axes, len(informants), columns=1, size=(SINGLE, 2.5))
            drawn = [(panel, one) for panel, one in zip(axes, informants, strict=True)]
            rows = [{"rated": numbers[one]} for one in informants]
        else:
            axes = panels(ax, 1, columns=1, size=(SINGLE, 2.9))
            drawn = [(axes[0], "")]
            rows = [{label(name(one), width=60): numbers[one] for one in difference}]
        looks, of_informants = marks(list(lines)), marks(informants)
        for panel, informant in drawn:
            panel.axhline(0.0, color="#888888", lw=0.6)
            for line, draws in lines.items():
                own = draws.sel(informant=informant) if informant else draws
                alone = len(lines) == 1 and informant
                look = of_informants[informant] if alone else looks[line]
                _band(panel, tables.intervals(own, prob=prob), look, line)
        furnish(fit.ratings, axes, rows)
        what = next(iter(lines)) if len(lines) == 1 and by else "difference"
        for panel, informant in drawn:
            said = name(informant) if informant else " minus ".join(map(name, difference or ()))
            panel.set_title(label(said, width=TITLE if len(axes) > 1 else 2 * TITLE))
            panel.set_ylabel(label(f"{what} (points)", width=26))
        if len(lines) > 1:
            legend_below(axes, ax, columns=2)
        say_synthetic(axes[0], fit.ratings)
    return axes


def _lines(
    fit: Fit, by: str | None, difference: tuple[str, str] | None, times: list[float]
) -> dict[str, xr.DataArray]:
    """Draws over time by the name of what they are of."""
    if by is None:
        instead = "plots.trajectories, which has a panel for each"
        require_common_scale(fit, "plots.growth_differences", instead=instead)
        # On the scale that lines of expected ratings are drawn on.
        observed = fit.spec.family.observed_differs
        expected = effects.trajectories(fit, times=times, observed=observed)
        return {"": between(fit, expected, difference)}
    own = [column for column, (entry, _) in changes(fit).items() if by in (column, entry)]
    columns = [one for one in own if one in fit.design.covariates]
    if not columns:
        known = dict.fromkeys(entry for entry, _ in changes(fit).values())
        raise InputError([unknown(by, list(known))], "figure")
    return {
        of_what(fit, column): effects.contrast(fit, column, time=times, difference=difference)
        for column in columns
    }


def _band(ax: Axes, band: xr.Dataset, look: Mark, name: str) -> None:
    times = band["time"].to_numpy()
    if len(times) == 1:
        ends = [band["lower"].item(), band["upper"].item()]
        ax.plot([times[0]] * 2, ends, color=look.color, alpha=0.5)
        ax.plot(times, band["median"], look.marker, color=look.color, label=name)
        return
    ax.fill_between(times, band["lower"], band["upper"], color=look.color, alpha=0.18, lw=0)
    ax.plot(times, band["median"], color=look.color, linestyle=look.line, label=name)
