"""How chains went through the quantities explored worst: traces, and pairs with divergences."""

from collections.abc import Sequence
from itertools import combinations
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scalars import Scalar, quantities
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.named import quantity_in_words
from bayes_alliance.reporting.plots.panels import Given, legend_below, panels
from bayes_alliance.reporting.plots.style import COLORS, DOUBLE, SINGLE, house_style, say_synthetic

TRACED, PAIRED = 4, 3  # quantities drawn if none are given
MOST = 1500  # draws of a cloud


def chosen_quantities(
    fit: Fit, names: Sequence[str] | None, *, count: int, where: str = "quantities"
) -> list[Scalar]:
    """Find quantities by their names, or those with the lowest bulk effective sample size.

    Parameters
    ----------
    names : sequence of str or None
        As in ``summary.csv``.
    count : int
        How many if no names are given.
    where : str
        The argument that names them.

    Raises
    ------
    InputError
        For quantities the fit does not have.
    """
    known = {one.name: one for one in quantities(fit.moments, fit.design)}
    if names is None:
        effective = tables.summary(fit).set_index("quantity")["ess_bulk"]
        order = effective.sort_values(na_position="last", kind="stable").index
        return [known[str(name)] for name in order[:count]]
    problems = [
        Problem(
            where=where, value=name, message=f"not a quantity of this fit.{nearest(name, known)}"
        )
        for name in names
        if name not in known
    ]
    if problems:
        raise InputError(problems, "figure")
    return [known[name] for name in names]


@checked_arguments
def traces(
    fit: Fit, *, quantities: Sequence[str] | None = None, ax: Given = None
) -> tuple[Axes, ...]:
    """Draw the values of quantities from draw to draw, a line per chain.

    Parameters
    ----------
    quantities : sequence of str, optional
        As in ``summary.csv``; the four with the lowest bulk effective sample size if not given.
    ax : Axes or sequence of Axes, optional
        One per quantity; a new figure if not given.

    Returns
    -------
    tuple of Axes
        Chains that explored the posterior look alike, and none drifts or sticks.

    Raises
    ------
    InputError
        For quantities the fit does not have.
    """
    chosen = chosen_quantities(fit, quantities, count=TRACED)
    with house_style():
        columns = min(2, len(chosen))
        size = (DOUBLE if columns > 1 else SINGLE, 1.7 * -(-len(chosen) // columns) + 0.3)
        axes = panels(ax, len(chosen), columns=columns, size=size)
        for panel, one in zip(axes, chosen, strict=True):
            values = one.draws.transpose("chain", "draw").to_numpy()
            for chain, line in enumerate(values):
                panel.plot(
                    line,
                    color=COLORS[chain % len(COLORS)],
                    lw=0.4,
                    alpha=0.8,
                    label=f"chain {chain + 1} (n = {len(line):,})",
                )
            name = _wrapped(quantity_in_words(one, fit.ratings.words))
            panel.set_title(name, fontsize=7, fontweight="normal")
            panel.set_xlabel("draw")
        legend_below(axes, ax, columns=4)
        say_synthetic(axes[0], fit.ratings)
    return axes


@checked_arguments
def pairs(
    fit: Fit, *, quantities: Sequence[str] | None = None, ax: Given = None
) -> tuple[Axes, ...]:
    """Draw pairs of quantities against each other, with the draws that diverged.

    Parameters
    ----------
    quantities : sequence of str, optional
        As in ``summary.csv``, at least two; the three with the lowest bulk effective sample size if
        not given.
    ax : Axes or sequence of Axes, optional
        One per pair; a new figure if not given.

    Returns
    -------
    tuple of Axes
        A panel per pair. Crosses that gather in a corner say where the sampler could not go.

    Raises
    ------
    InputError
        For quantities the fit does not have, fewer than two.
    """
    chosen = chosen_quantities(fit, quantities, count=PAIRED)
    if len(chosen) < 2:
        problem = Problem(where="quantities", value=len(chosen), message="give two or more")
        raise InputError([problem], "figure")
    among = list(combinations(chosen, 2))
    diverged = fit.stats["diverging"].transpose("chain", "draw").to_numpy().ravel()
    with house_style():
        columns = min(3, len(among))
        size = (DOUBLE if columns > 1 else SINGLE, 2.3 * -(-len(among) // columns) + 0.2)
        axes = panels(ax, len(among), columns=columns, size=size)
        for panel, pair in zip(axes, among, strict=True):
            x, y = (one.draws.transpose("chain", "draw").to_numpy().ravel() for one in pair)
            thinned = slice(None, None, max(1, len(x) // MOST))
            panel.plot(
                x[thinned], y[thinned], ".", color=COLORS[0], ms=1.8, alpha=0.35, label="draw"
            )
            panel.plot(
                x[diverged], y[diverged], "x", color=COLORS[1], ms=4, label="divergent transition"
            )
            across, up = (_wrapped(quantity_in_words(one, fit.ratings.words)) for one in pair)
            panel.set_xlabel(across, fontsize=7)
            panel.set_ylabel(up, fontsize=7)
        axes[0].set_title(
            f"n = {len(diverged):,} draws, {int(np.sum(diverged))} divergent",
            fontsize=7,
            fontweight="normal",
        )
        legend_below(axes, ax, columns=2)
        say_synthetic(axes[0], fit.ratings)
    return axes


def _wrapped(name: str) -> str:
    """A name on lines that fit a panel."""
    return fill(name, width=25)
