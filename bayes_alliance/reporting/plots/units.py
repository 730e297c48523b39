"""Single therapists, and what leaving one out does: ranked effects, influence of units."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments, nearest
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.comparison import Comparison
from bayes_alliance.posterior.importance import HIGHEST_K
from bayes_alliance.reporting.plots.style import SINGLE, house_style, label, mark_synthetic

LABELLED = 5  # units that carry their label
NAMED = 24  # units that have room for the names of all


@checked_arguments
def caterpillar(
    effects: xr.Dataset, term: str, *, prob: Prob = 0.95, ax: Axes | None = None
) -> Axes:
    """Draw the effects of therapists (clinics, children), in order.

    Parameters
    ----------
    effects : Dataset
        From `random_effects` for one level.
    term : str
        ``"child,level"``.
    prob : float
        Of the intervals.

    Returns
    -------
    Axes
        Medians and intervals; dark where the interval leaves out zero. Up to 24 units carry their
        labels; of more the five lowest and the five highest are named.

    Raises
    ------
    InputError
        A term the effects do not have, several levels.
    """
    levels = [level for level in LEVELS if f"{level}_effect" in effects]
    terms = effects["term"].values.tolist()
    problems = []
    if len(levels) != 1:
        problems.append(Problem(where="effects", message="of one level: random_effects(level=...)"))
    if term not in terms:
        message = f"no such term.{nearest(term, terms)}"
        problems.append(Problem(where="term", value=term, message=message))
    if problems:
        raise InputError(problems, "figure")
    (level,) = levels
    draws = effects[f"{level}_effect"].sel(term=term)
    tails = [(1 - prob) / 2, 0.5, (1 + prob) / 2]
    table = draws.quantile(tails, dim=("chain", "draw")).transpose("quantile", level).values
    order = np.argsort(table[1])
    low, middle, high = table[:, order]
    clear = (low > 0) | (high < 0)
    x = np.arange(len(order))
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE * 1.3, 2.4))[1]
        ax.axhline(0.0, color="#888888", lw=0.6)
        for chosen, color in ((~clear, "#7FABD8"), (clear, "#004488")):
            ax.vlines(x[chosen], low[chosen], high[chosen], color=color, lw=0.9)
            ax.plot(x[chosen], middle[chosen], "o", color=color, ms=2.5)
        names = [str(name) for name in draws[level].values[order]]
        if len(names) <= NAMED:
            ax.set_xticks(x, names, rotation=90)
        else:
            ax.set_xticks([])
            _extremes(ax, names)
        units = effects.attrs.get(f"{level}_units", f"{level}s")
        ax.set_xlabel(f"n = {len(order)} {units}, in order of their medians")
        ax.set_ylabel(f"{label(_name(effects, term), width=30)}\n(points)")
        mark_synthetic(ax, synthetic=bool(effects.attrs.get("synthetic", False)))
    return ax


def _extremes(ax: Axes, names: Sequence[str]) -> None:
    """Name the first and the last units in the corners that they leave empty."""
    for said, x, y, align in (
        (f"lowest: {', '.join(names[:LABELLED])}", 0.99, 0.02, ("right", "bottom")),
        (f"highest: {', '.join(names[: -LABELLED - 1 : -1])}", 0.01, 0.98, ("left", "top")),
    ):
        ax.text(x, y, fill(said, 30), transform=ax.transAxes, ha=align[0], va=align[1], fontsize=6)


def _name(effects: xr.Dataset, term: str) -> str:
    """What a term is called for print, where the effects say so of all of theirs."""
    terms, names = effects["term"].values.tolist(), effects.attrs.get("term_names", [])
    if len(names) != len(terms):
        return term.replace(",", ", ")
    return str(names[terms.index(term)])


@checked_arguments
def influence(comparison: Comparison, model: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw how well each unit left out is predicted, and how far its absence moves the posterior.

    Parameters
    ----------
    comparison : Comparison
        From `compare`, one unit at a time.
    model : str, optional
        The best if not given.

    Returns
    -------
    Axes
        Pareto `k` against `elpd`; above the line importance sampling is not reliable. The worst
        units above it are labelled.

    Raises
    ------
    InputError
        A model that is not in the comparison; units left out in folds, which have no `k`.
    """
    models = [str(name) for name in comparison.table.index]
    name = models[0] if model is None else model
    if name not in models:
        message = f"not in this comparison.{nearest(name, models)}"
        raise InputError([Problem(where="model", value=name, message=message)], "figure")
    table = comparison.by_unit[name]
    if table["pareto_k"].isna().all():
        message = "units were left out in folds: there is no importance sampling to judge"
        raise InputError([Problem(where="comparison", message=message)], "figure")
    drawn = table[np.isfinite(table["pareto_k"])]
    k = drawn["pareto_k"]
    worst = k[k > HIGHEST_K].nlargest(LABELLED).index
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE * 1.2, 2.5))[1]
        ax.axhline(HIGHEST_K, color="#AA3344", lw=0.8, ls=(0, (5, 1.5)))
        high, what = k > HIGHEST_K, comparison.words.said(comparison.unit)
        ax.plot(drawn["elpd"][~high], k[~high], "o", color="#004488", ms=3, alpha=0.7)
        ax.plot(drawn["elpd"][high], k[high], "s", color="#AA3344", ms=3.5)
        for unit in worst:
            ax.annotate(
                str(unit),
                (table["elpd"][unit], k[unit]),
                xytext=(3, 2),
                textcoords="offset points",
                fontsize=6,
            )
        ax.set_ylim(top=max(1.0, float(k.max()) + 0.15))
        ax.set_xlabel(f"log predictive density of the {what} left out")
        ax.set_ylabel("Pareto k")
        if len(drawn) < len(table):
            absent = f"{len(table) - len(drawn)} without Pareto k not drawn"
            ax.text(0.01, 0.01, absent, transform=ax.transAxes, fontsize=6)
        ax.set_title(label(name, width=50))
        mark_synthetic(ax, synthetic=comparison.synthetic)
    return ax
