"""Did the chains agree? One overview of all quantities, and ranks of the one explored worst.

Thresholds are those of `checks.convergence` (Vehtari et al. 2021).
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from scipy.special import bdtr

from bayes_alliance.errors import checked_arguments
from bayes_alliance.posterior import checks
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.named import quantity_in_words
from bayes_alliance.reporting.plots.style import (
    COLORS,
    LINES,
    SINGLE,
    house_style,
    label,
    say_synthetic,
)
from bayes_alliance.reporting.plots.worst_quantities import chosen_quantities
from bayes_alliance.results.collection import Reported

GREY = "#666666"
BINS = 20


@checked_arguments
def convergence(fit: Fit, *, records: Reported | None = None, ax: Axes | None = None) -> Axes:
    """Draw effective sample size and R-hat of every quantity.

    Parameters
    ----------
    records : Reported, optional
        As from `collected`; summarised here if not given.

    Returns
    -------
    Axes
        One circle (bulk) and one cross (tail) per quantity of ``summary.csv``; wanted are points
        to the right of the one line and below the other.
    """
    table = tables.summary(fit) if records is None else records.summary
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE, 2.4))[1]
        for column, marker, name in (("ess_bulk", "o", "bulk"), ("ess_tail", "x", "tail")):
            ax.plot(
                table[column],
                table["r_hat"],
                linestyle="none",
                marker=marker,
                markersize=3.2,
                markerfacecolor="none",
                markeredgewidth=0.7,
                color=COLORS[0] if column == "ess_bulk" else COLORS[1],
                label=name,
            )
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.axvline(checks.ESS_LIMIT, color=GREY, linewidth=0.8, linestyle=LINES[1])
        ax.axhline(checks.R_HAT_LIMIT, color=GREY, linewidth=0.8, linestyle=LINES[1])
        low, high = ax.get_ylim()
        ax.set_ylim(min(low, 0.999), max(high, checks.R_HAT_LIMIT + 0.002))
        ax.set_xlabel("effective sample size")
        ax.set_ylabel("R-hat")
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, handletextpad=0.2)
        say_synthetic(ax, fit.ratings)
    return ax


@checked_arguments
def ranks(fit: Fit, *, quantity: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how often each chain visits each part of a quantity's posterior.

    Parameters
    ----------
    quantity : str, optional
        As in ``summary.csv`` (``"child_sd[child,slope]"``); the one with the lowest bulk effective
        sample size if not given.

    Returns
    -------
    Axes
        A line per chain: the number of its draws in each of 20 parts of the ranks of all chains.
        Chains that explore the same posterior lie around the same height everywhere; the band holds
        95% of chains as a whole, if their draws are independent.

    Raises
    ------
    InputError
        For a quantity the fit does not have.
    """
    names = None if quantity is None else [quantity]
    (one,) = chosen_quantities(fit, names, count=1, where="quantity")
    values = one.draws.transpose("chain", "draw").to_numpy()
    order = pd.Series(values.ravel()).rank().to_numpy().reshape(values.shape)
    edges = np.linspace(0.5, values.size + 0.5, BINS + 1)
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE, 2.4))[1]
        for chain, own in enumerate(order):
            ax.stairs(
                np.histogram(own, edges)[0],
                edges,
                color=COLORS[chain % len(COLORS)],
                linestyle=LINES[chain % len(LINES)],
                linewidth=1.0,
                label=f"chain {chain + 1}",
            )
        # Bonferroni over the parts: 95% of chains of independent draws stay inside everywhere.
        tail = 0.025 / BINS
        # Quantiles of a binomial distribution.
        below = bdtr(np.arange(values.shape[1] + 1), values.shape[1], 1 / BINS)
        ends = np.searchsorted(below, [tail, 1 - tail])
        ax.fill_between(edges[[0, -1]], *ends, color="#000000", alpha=0.07, linewidth=0)
        ax.axhline(values.shape[1] / BINS, color=GREY, linewidth=0.8, zorder=0)
        ax.set_ylim(0, None)
        ax.set_xlabel(f"rank among all draws (n = {values.size:,})")
        ax.set_ylabel("draws of a chain")
        name = quantity_in_words(one, fit.ratings.words)
        ax.set_title(label(name, width=40), fontsize=7, fontweight="normal")
        ax.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.24),
            ncols=4,
            handlelength=2.0,
            columnspacing=0.8,
            fontsize=6,
        )
        say_synthetic(ax, fit.ratings)
    return ax
