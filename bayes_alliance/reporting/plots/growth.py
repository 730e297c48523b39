"""Growth as users draw it: expected ratings over time beside the observed means.

The line is the posterior median of `effects.trajectories` on the observed scale, averaged over the
children of the study, each with its own covariates; the band is its interval. Points are observed
means of all ratings of these children at an occasion. Under the axis stand the number of ratings
and of children in treatment, because those still in treatment differ from those who began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.estimands import effects
from bayes_alliance.estimands.dyads.strata import strata, values_by_child
from bayes_alliance.estimands.profiles import settable, unknown
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.part import of_children
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.growth_frame import (
    GREY,
    Shown,
    axes_of,
    furnish,
    limits,
    whole_span,
)
from bayes_alliance.reporting.plots.panels import Given, legend_below
from bayes_alliance.reporting.plots.style import (
    TITLE,
    Mark,
    house_style,
    label,
    marks,
    say_synthetic,
)


@dataclass(frozen=True, kw_only=True)
class Course:
    """One line of a panel with its band and its points.

    Parameters
    ----------
    name, legend : str
        Beside its numbers, and in the legend.
    band : Dataset
        ``lower``, ``median``, ``upper`` over ``time``.
    seen : DataFrame
        Observed: ``time``, ``n``, ``mean``.
    """

    name: str
    legend: str
    informant: str
    band: xr.Dataset
    seen: pd.DataFrame
    look: Mark


@dataclass(frozen=True, kw_only=True)
class Group:
    """Children with one value of a covariate, or one half of them.

    Parameters
    ----------
    name : str
        ``"anxiety = 1"``, ``"experience > 5"``
    legend : str
        The name, and where a half is drawn: ``"experience > 5 (mean 8.2 years)"``.
    ratings : Ratings
        Theirs.
    """

    name: str
    legend: str
    ratings: Ratings


@checked_arguments
def trajectories(
    fit: Fit,
    *,
    by: str | None = None,
    individuals: int = 0,
    scale: Shown = "data",
    ax: Given = None,
    prob: Prob = 0.95,
) -> tuple[Axes, ...]:
    """Draw expected ratings over time with observed means.

    Parameters
    ----------
    by : str, optional
        A covariate of children, therapists or clinics in the model: a line for the children with
        each of its values, averaged over all their covariates. A numeric one is split at its
        median into two halves of the children. Points are the observed means of the same children.
    individuals : int
        How many single children are drawn as thin lines: spread evenly over the order of the
        children's mean ratings by that informant, of those rated at least twice.
    scale : {"data", "full"}
        Whether the vertical axis follows what is drawn (at least a fifth of the scale; an end out
        of sight is named) or shows the whole scale.
    ax : Axes or sequence of Axes, optional
        One axes for all informants together (not with `by`), or one per informant; a new figure
        with a panel per informant if not given.
    prob : float
        Posterior probability inside the bands.

    Raises
    ------
    InputError
        If the number of axes is neither one nor the number of informants, or `by` is not a
        covariate of the model that describes children, therapists or clinics.
    """
    informants = fit.ratings.informants
    seen = tables.observed(fit.ratings)
    lines = _courses(fit, seen, by, prob)
    singles = _single_children(fit.ratings, individuals)
    with house_style():
        axes = axes_of(fit.ratings, seen, ax, n_rows_below=len(lines) // len(informants))
        together = len(axes) == 1 and len(informants) > 1
        wanted = [str(len(informants))] if by else sorted({"1", str(len(informants))})
        if str(len(axes)) not in wanted:
            message = f"give {' or '.join(wanted)} axes, not {len(axes)}"
            raise InputError([Problem(where="ax", message=message)], "figure")
        rows = []
        drawn = [informants] if together else [(informant,) for informant in informants]
        for panel, inside in zip(axes, drawn, strict=True):
            own = [course for course in lines if course.informant in inside]
            for informant in inside:
                _individuals(panel, singles[informant])
            for position, course in enumerate(own):
                _growth(panel, course, _shift(seen, position, len(own)))
            if not together:
                name = fit.ratings.words.name(inside[0])
                panel.set_title(label(name, width=TITLE if len(axes) > 1 else 2 * TITLE))
            scales = {fit.ratings.scales[informant] for informant in inside}
            if len(scales) == 1:
                common = {fit.ratings.scales[name] for name in informants} == scales
                reach = _reach(lines if common else own, singles)
                limits(panel, scales.pop(), reach, shown=scale)
            counts = {course.name: course.seen.set_index("time")["n"] for course in own}
            rows.append({} if together else counts)
        if together:
            axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handlelength=3.2)
        elif by:
            legend_below(axes, ax, columns=3)
        furnish(fit.ratings, axes, rows)
        say_synthetic(axes[0], fit.ratings)
    return axes


def _courses(fit: Fit, seen: pd.DataFrame, by: str | None, prob: float) -> list[Course]:
    """Every line of every panel."""
    times = whole_span(seen["time"], knots=fit.spec.trajectory.knots)
    informants = fit.ratings.informants
    looks = marks(informants)
    members = _groups(fit, by) if by else ()
    looks_of_groups = marks([group.name for group in members])
    lines = []
    for group in members or (None,):
        # Beside observed means belongs what is observed, not what would be without ends.
        expected = effects.trajectories(
            fit,
            times=times,
            children=group.ratings.children.index.tolist() if group else None,
            observed=fit.spec.family.observed_differs,
        )
        bands = tables.intervals(expected, prob=prob)
        given = tables.observed(group.ratings) if group else seen
        lines += [
            Course(
                name=group.name if group else "rated",
                legend=group.legend
                if group
                else label(fit.ratings.words.name(informant), width=40),
                informant=informant,
                band=bands.sel(informant=informant),
                seen=given[given["informant"] == informant],
                look=looks_of_groups[group.name] if group else looks[informant],
            )
            for informant in informants
        ]
    return lines


def _groups(fit: Fit, by: str) -> tuple[Group, ...]:
    """Split the children by a covariate that does not vary over time.

    One group per value of a binary or categorical covariate, and of a numeric one that has two; of
    other numeric ones the halves below and above the median.
    """
    known = settable(fit)
    able = [name for name, covariate in known.items() if covariate.level != "occasion"]
    if by not in able:
        raise InputError([unknown(by, able)], "figure")
    covariate, called = known[by], label(fit.ratings.words.name(by), width=40)
    values = values_by_child(fit.ratings, by, covariate.level)
    if covariate.kind == "numeric" and values.nunique() == 2:
        parts = {
            f"{by} = {value:g}": of_children(fit.ratings, own.index)
            for value, own in values.groupby(values)
        }
    else:
        parts = strata(fit.ratings, by=by)
    groups = []
    for key, part in parts.items():
        legend = name = key.replace(by, called, 1)
        own = values_by_child(part, by, covariate.level)
        if covariate.kind == "numeric" and own.min() < own.max():
            unit = f" {covariate.unit}" if covariate.unit else ""
            legend = f"{name} (mean {float(own.mean()):.3g}{unit})"
        groups.append(Group(name=name, legend=legend, ratings=part))
    return tuple(groups)


def _growth(ax: Axes, course: Course, shift: float) -> None:
    """Band, median, observed means."""
    band, look = course.band, course.look
    times = band["time"].to_numpy()
    if len(times) == 1:
        lower, upper = (float(band[name].item()) for name in ("lower", "upper"))
        ax.plot([times[0]] * 2, [lower, upper], color=look.color, alpha=0.5)
    else:
        ax.fill_between(
            times, band["lower"], band["upper"], color=look.color, alpha=0.22, linewidth=0
        )
        ax.plot(times, band["median"], color=look.color, linestyle=look.line)
    style: dict[str, Any] = {
        "marker": look.marker,
        "markerfacecolor": "white",
        "markeredgecolor": look.color,
        "markeredgewidth": 1.1,
    }
    points = course.seen
    ax.plot(points["time"] + shift, points["mean"], linestyle="none", **style)
    ax.plot([], [], color=look.color, linestyle=look.line, label=course.legend, **style)


def _individuals(ax: Axes, singles: Sequence[pd.DataFrame]) -> None:
    """Draw the ratings of single children, from the lowest to the highest."""
    for one in singles:
        ax.plot(one["time"], one["rating"], color=GREY, linewidth=0.4, alpha=0.55, zorder=1)


def _single_children(ratings: Ratings, count: int) -> dict[str, list[pd.DataFrame]]:
    """Ratings of single children by informant, spread over the order of their means.

    Those of a child are in order of time.
    """
    if not count:
        return {informant: [] for informant in ratings.informants}
    long = ratings.observed
    singles = {}
    for informant in ratings.informants:
        own = long[long["informant"] == informant]
        means = own.groupby("child", observed=True)["rating"].agg(["mean", "size"])
        order = means[means["size"] > 1].sort_values("mean", kind="stable").index
        places = np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)
        chosen = order[np.unique(places)]
        singles[informant] = [own[own["child"] == child].sort_values("time") for child in chosen]
    return singles


def _reach(
    lines: Sequence[Course], singles: Mapping[str, Sequence[pd.DataFrame]]
) -> tuple[float, float]:
    """Lowest and highest value drawn."""
    values = [(c.band["lower"].min(), c.band["upper"].max()) for c in lines]
    values += [(c.seen["mean"].min(), c.seen["mean"].max()) for c in lines]
    values += [
        (one["rating"].min(), one["rating"].max())
        for informant in {c.informant for c in lines}
        for one in singles[informant]
    ]
    return float(min(low for low, _ in values)), float(max(high for _, high in values))


def _shift(seen: pd.DataFrame, position: int, count: int) -> float:
    """Move points of one line aside so that they do not cover another's."""
    times = np.sort(seen["time"].unique())
    gap = min((b - a for a, b in pairwise(times)), default=1.0)
    return 0.05 * gap * (position - (count - 1) / 2)
