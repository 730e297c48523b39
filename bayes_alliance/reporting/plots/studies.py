"""Figures of studies: results under other priors, support of conclusions, calibration."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.posterior.scalars import quantity_of
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    house_style,
    label,
    mark_synthetic,
    marks,
)
from bayes_alliance.studies.calibrate import Calibration
from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.grid import AS_STATED, PriorStudy

KINDS = (
    ("levels and slopes", "#004488", "-"),
    ("standard deviations", "#AA3344", (0, (5, 1.5))),
    ("correlations", "#888888", (0, (1.2, 1.2))),
)


@checked_arguments
def prior_study(study: PriorStudy, quantity: str, *, ax: Axes | None = None) -> Axes:
    """Draw one quantity under every prior of a study.

    Parameters
    ----------
    quantity : str
        As in ``summary.csv``.

    Returns
    -------
    Axes
        Means and 95 % intervals; the band is the interval under the priors as stated.

    Raises
    ------
    InputError
        If the study has no such quantity.
    """
    known = study.quantities["quantity"].unique()
    if quantity not in known:
        message = f"not in this study.{nearest(quantity, known)}"
        raise InputError([Problem(where="quantity", value=quantity, message=message)], "figure")
    rows = study.quantities[study.quantities["quantity"] == quantity]
    stated = rows[rows["block"] == AS_STATED].iloc[0]
    others = rows[rows["block"] != AS_STATED].sort_values(["block", "factor"], kind="stable")
    blocks = list(dict.fromkeys(study.support.index.get_level_values("block")))
    others = others.sort_values(
        by="block", key=lambda column: column.map(blocks.index), kind="stable"
    )
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE * 1.2, 0.14 * (len(others) + 1) + 0.8))[1]
        ax.axvspan(stated["lower"], stated["upper"], color="#E6E6E6", lw=0)
        ax.axvline(stated["mean"], color="#888888", lw=0.8)
        shown = [stated, *(row for _, row in others.iterrows())]
        y = 0.0
        ticks, names = [], []
        previous = AS_STATED
        for row in shown:
            if row["block"] != previous:
                y += 0.5
                previous = row["block"]
            ax.plot([row["lower"], row["upper"]], [y, y], color="#004488", lw=1.2)
            ax.plot(row["mean"], y, "o", color="#004488", markersize=3)
            ticks.append(y)
            names.append(
                AS_STATED
                if row["block"] == AS_STATED
                else f"{study.words.said(row['block'])}  × {row['factor']:g}"
            )
            y += 1.0
        ax.set_yticks(ticks, names, fontsize=6)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(y - 0.4, -0.6)
        ax.set_xlabel(f"{label(quantity, width=60)} (mean and 95 % interval)")
        mark_synthetic(ax, synthetic=study.synthetic)
    return ax


@checked_arguments
def prior_support(study: PriorStudy, conclusion: str, *, ax: Axes | None = None) -> Axes:
    """Draw the posterior probability of a conclusion against the width of each block of priors.

    Parameters
    ----------
    conclusion : str
        Its name.

    Raises
    ------
    InputError
        If the study has no such conclusion.
    """
    if conclusion not in study.support:
        message = f"not in this study.{nearest(conclusion, [str(name) for name in study.support])}"
        raise InputError([Problem(where="conclusion", value=conclusion, message=message)], "figure")
    support = study.support[conclusion]
    stated = float(support[AS_STATED, 1.0])
    blocks = [b for b in dict.fromkeys(support.index.get_level_values("block")) if b != AS_STATED]
    factors = sorted({*support.index.get_level_values("factor"), 1.0})
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE * 1.25, 2.4))[1]
        for block, mark in marks(blocks).items():
            values = support[block]
            points = sorted([*values.items(), (1.0, stated)])
            ax.plot(
                *zip(*points, strict=True),
                color=mark.color,
                marker=mark.marker,
                linestyle=mark.line,
                markersize=3.5,
                lw=1,
                label=study.words.said(block),
            )
        ax.axhline(SUPPORTED, color="#333333", lw=0.6)
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(factors))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticks(factors, [f"{factor:g}" for factor in factors])
        ax.set_ylim(-0.03, 1.03)
        ax.set_xlabel("prior's width, times the width as stated")
        ax.set_ylabel("posterior probability")
        ax.set_title(label(conclusion, width=50))
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        mark_synthetic(ax, synthetic=study.synthetic)
    return ax


@checked_arguments
def calibration(result: Calibration, *, ax: Axes | None = None) -> Axes:
    """Draw how far the ranks of the truth are from uniform, for every quantity.

    Returns
    -------
    Axes
        Distribution function of the relative ranks minus the uniform one; the band holds 95 % of
        uniform curves as a whole.
    """
    n = len(result.ranks)
    points = np.linspace(0, 1, 201)
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(DOUBLE * 0.6, 2.6))[1]
        width = result.band(points)
        ax.fill_between(points, -width, width, color="#000000", alpha=0.08, lw=0)
        for name in result.ranks.columns:
            relative = np.sort((result.ranks[name].to_numpy() + 0.5) / (result.n_draws + 1))
            ecdf = np.searchsorted(relative, points, side="right") / n
            kind = quantity_of(name)
            _, color, line = KINDS[2 if "_cor" in kind else 1 if "_sd" in kind else 0]
            ax.plot(points, ecdf - points, color=color, linestyle=line, lw=0.7, alpha=0.8)
        for name, color, line in KINDS:
            ax.plot([], [], color=color, linestyle=line, lw=1, label=name)
        ax.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
        ax.set_xlabel("relative rank of the truth among posterior draws")
        ax.set_ylabel("ECDF minus uniform")
    return ax
