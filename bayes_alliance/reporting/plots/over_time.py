"""Agreement and shares of variance as they change over time."""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments, nearest
from bayes_alliance.estimands import agreement, variance
from bayes_alliance.numerals import apart
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.panels import Given, legend_below, panels
from bayes_alliance.reporting.plots.stacked_shares import SOURCES
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    TITLE,
    house_style,
    label,
    marks,
    say_synthetic,
)

type Index = Literal["correlation", "concordance", "mean difference"]

POINTS = 25
MOST_TICKS = 8


@checked_arguments
def agreement_over_time(
    fit: Fit,
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    of: Index = "correlation",
    prob: Prob = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw how much informants agree on ratings of one occasion, as a curve.

    Parameters
    ----------
    pairs : sequence of pairs of str, optional
        Informants; the first with every other if not given. Those who never rated one occasion have
        no curve, but for mean differences.
    of : {"correlation", "concordance", "mean difference"}
        In total, over families of the population; differences in rating points, the first informant
        minus the second.
    prob : float
        Of the bands.

    Raises
    ------
    InputError
        Unknown informants, fewer than two, none of whom rated one occasion.
    """
    informants = list(fit.ratings.informants)
    chosen = _chosen(fit, pairs, of)
    when = _times(fit)
    if of == "mean difference":
        draws = agreement.mean_difference(fit, time=when)
    elif of == "concordance":
        draws = agreement.concordance(fit, time=when)
    else:
        draws = agreement.correlation(fit, level="total", time=when)
    tails = [(1 - prob) / 2, 0.5, (1 + prob) / 2]
    with house_style():
        panel = panels(ax, 1, columns=1, size=(SINGLE, 2.6))[0]
        words = fit.ratings.words
        # A pair keeps its colour, whichever are chosen.
        looks = marks([", ".join(sorted(pair)) for pair in combinations(informants, 2)])
        for first, second in chosen:
            look = looks[", ".join(sorted((first, second)))]
            curve = draws.sel(informant=first, informant_=second)
            low, middle, high = (
                curve.quantile(tails, dim=("chain", "draw")).transpose("quantile", "time").values
            )
            panel.fill_between(when, low, high, color=look.color, alpha=0.13, lw=0)
            every = max(1, POINTS // 4)
            panel.plot(
                when,
                middle,
                color=look.color,
                ls=look.line,
                marker=look.marker,
                markevery=every,
                ms=3.5,
                label=label(f"{words.name(first)} – {words.name(second)}", width=26),
            )
        panel.axhline(0.0, color="#888888", lw=0.6)
        if of != "mean difference":
            panel.set_ylim(min(0.0, panel.get_ylim()[0]), 1.0)
        _tick(panel, fit)
        panel.set_xlabel(fit.ratings.time.unit or "time")
        panel.set_ylabel("mean difference (points)" if of == "mean difference" else of)
        legend_below((panel,), ax, columns=2)
        say_synthetic(panel, fit.ratings)
    return panel


def _chosen(fit: Fit, pairs: Sequence[tuple[str, str]] | None, of: Index) -> list[tuple[str, str]]:
    """Pairs that are asked for, or the first informant with every other, if ratings tell them."""
    informants = list(fit.ratings.informants)
    chosen = [*(pairs or [(informants[0], other) for other in informants[1:]])]
    problems = [
        Problem(where="pairs", value=name, message=f"no such informant.{nearest(name, informants)}")
        for name in {name for pair in chosen for name in pair}
        if name not in informants
    ]
    if not chosen:
        problems.append(Problem(where="fit", message="agreement needs two informants"))
    if problems:
        raise InputError(problems, "figure")
    if of == "mean difference":
        return chosen
    place = {name: position for position, name in enumerate(fit.design.informants)}
    shared = fit.design.shared_occasions
    together = [pair for pair in chosen if shared[place[pair[0]], place[pair[1]]] > 0]
    if not together:
        message = "they never rated one occasion, so that their ratings tell no agreement"
        raise InputError([Problem(where="pairs", message=message)], "figure")
    return together


@checked_arguments
def shares_over_time(fit: Fit, *, ax: Given = None) -> tuple[Axes, ...]:
    """Draw where the variance of each informant's ratings lies, over time.

    Parameters
    ----------
    ax : Axes or sequence of Axes, optional
        One per informant; a new figure if not given.

    Returns
    -------
    tuple of Axes
        One per informant; posterior means, which sum to one.
    """
    when = _times(fit)
    means = variance.shares(fit, time=when).mean(("chain", "draw"))
    informants = list(fit.ratings.informants)
    with house_style():
        width = min(DOUBLE, max(SINGLE, 0.6 + 1.6 * len(informants)))
        axes = panels(ax, len(informants), columns=len(informants), size=(width, 2.2), sharey=True)
        for panel, informant in zip(axes, informants, strict=True):
            _tick(panel, fit)
            _stack(panel, means.sel(informant=informant), when, fit.ratings.words)
            panel.set_title(label(fit.ratings.words.name(informant), width=TITLE))
            panel.set_xlabel(fit.ratings.time.unit or "time")
        for panel in axes:
            panel.set_ylabel("share of variance")
            of_first(panel.yaxis.label, first=panel is axes[0])
        legend_below(axes, ax, columns=means.sizes["source"])
        say_synthetic(axes[0], fit.ratings)
    return axes


def _stack(ax: Axes, means: xr.DataArray, when: Sequence[float], words: Words) -> None:
    base, x = np.zeros(len(when)), np.array(when)
    if x[0] == x[-1]:  # one occasion has a bar
        x = x + np.linspace(-0.5, 0.5, len(x))
    for source in means["source"].values.tolist():
        top = base + means.sel(source=source).values
        ax.fill_between(
            x,
            base,
            top,
            color=SOURCES[source][0],
            lw=0.4,
            edgecolor="white",
            label=words.said(source),
        )
        base = top
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(0, 1)


def _tick(ax: Axes, fit: Fit) -> None:
    """Mark the occasions, if they are few."""
    seen = np.unique(fit.design.occasion_time)
    if len(seen) <= MOST_TICKS:
        ax.set_xticks(seen, apart(seen))


def _times(fit: Fit) -> list[float]:
    seen = fit.design.occasion_time
    return np.linspace(seen.min(), seen.max(), POINTS).tolist()
