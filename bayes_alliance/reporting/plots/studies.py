"""Figures of studies: results under other priors, support of conclusions, calibration."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator
from matplotlib.transforms import ScaledTranslation
from scipy.special import expit, logit

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.posterior.scalars import in_points, quantity_of
from bayes_alliance.reporting.plots.panels import legend_below, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    house_style,
    label,
    mark_synthetic,
    marks,
)
from bayes_alliance.reporting.prose.wording import printed
from bayes_alliance.studies.calibrate import Calibration
from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.grid import AS_STATED, PriorStudy
from bayes_alliance.studies.names import readable

PROBABILITIES = (0.001, 0.01, 0.1, 0.5, 0.9, SUPPORTED, 0.999)
HIGHEST = 0.9995  # that is drawn; 1 minus it the lowest
ASIDE = 2.2  # points between lines that would lie on each other
KINDS = (
    ("levels and slopes", "#004488", "-"),
    ("standard deviations", "#AA3344", (0, (5, 1.5))),
    ("correlations", "#888888", (0, (1.2, 1.2))),
    ("items", "#DDAA33", (0, (4, 1, 1, 1))),
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
        Means and 95% intervals; the band is the interval under the priors as stated.

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
        unit = "rating points; " if in_points(quantity) else ""
        name = label(readable(quantity, study.words), width=60)
        ax.set_xlabel(f"{name}\n({unit}mean and 95% interval)")
        mark_synthetic(ax, synthetic=study.synthetic)
    return ax


@checked_arguments
def prior_support(study: PriorStudy, conclusion: str, *, ax: Axes | None = None) -> Axes:
    """Draw the posterior probability of a conclusion against the width of each block of priors.

    Parameters
    ----------
    conclusion : str
        Its name.

    Returns
    -------
    Axes
        On a scale of log odds; above the line a conclusion is supported. Probabilities above .9995
        stand there, because draws do not tell them from 1.

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
        panel = panels(ax, 1, columns=1, size=(SINGLE, 2.9))[0]
        for place, (block, mark) in enumerate(marks(blocks).items()):
            points = sorted([*support[block].items(), (1.0, stated)])
            factor, probability = zip(*points, strict=True)
            panel.plot(
                factor,
                np.clip(probability, 1 - HIGHEST, HIGHEST),
                color=mark.color,
                marker=mark.marker,
                linestyle=mark.line,
                markersize=3.5,
                lw=1,
                label=study.words.said(block),
                # Side by side, so that those that are the same are all seen.
                transform=panel.transData + _aside(panel, place - (len(blocks) - 1) / 2),
            )
        panel.axhline(SUPPORTED, color="#333333", lw=0.6)
        _log_odds(panel, lowest=min(float(support.min()), SUPPORTED))
        panel.set_xscale("log")
        panel.set_xlim(factors[0] / 1.3, factors[-1] * 1.3)
        panel.xaxis.set_minor_locator(NullLocator())
        panel.set_xticks(factors, [f"{factor:g}" for factor in factors])
        panel.set_xlabel("prior's width, times the width as stated")
        panel.set_ylabel("posterior probability (log odds)")
        panel.set_title(label(readable(conclusion, study.words), width=50))
        legend_below((panel,), ax, columns=3)
        mark_synthetic(panel, synthetic=study.synthetic)
    return panel


def _aside(ax: Axes, steps: float) -> ScaledTranslation:
    """Move a line by some steps to the right."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return ScaledTranslation(steps * ASIDE / 72, 0.0, figure.dpi_scale_trans)


def _log_odds(ax: Axes, *, lowest: float) -> None:
    """Spread probabilities out near their ends, down to the lowest that is drawn."""
    ax.set_yscale("logit")
    ax.yaxis.set_major_locator(FixedLocator(PROBABILITIES))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticks(PROBABILITIES, [printed(one, 3, bounded=True) for one in PROBABILITIES])
    low = logit(max(lowest, 1 - HIGHEST)) - 0.6
    ax.set_ylim(expit(low), expit(logit(HIGHEST) + 0.4))


@checked_arguments
def calibration(result: Calibration, *, ax: Axes | None = None) -> Axes:
    """Draw how far the ranks of the truth are from uniform, for every quantity.

    Returns
    -------
    Axes
        Distribution function of the relative ranks minus the uniform one; the band holds 95% of
        uniform curves as a whole.
    """
    n = len(result.ranks)
    points = np.linspace(0, 1, 201)
    with house_style():
        panel = panels(ax, 1, columns=1, size=(DOUBLE * 0.6, 2.7))[0]
        width = result.band(points)
        panel.fill_between(points, -width, width, color="#000000", alpha=0.08, lw=0)
        kinds = {name: _kind(name) for name in result.ranks.columns}
        for name, kind in kinds.items():
            relative = np.sort((result.ranks[name].to_numpy() + 0.5) / (result.n_draws + 1))
            ecdf = np.searchsorted(relative, points, side="right") / n
            _, color, line = KINDS[kind]
            panel.plot(points, ecdf - points, color=color, linestyle=line, lw=0.7, alpha=0.8)
        for kind in sorted({*kinds.values()}):
            said, color, line = KINDS[kind]
            panel.plot([], [], color=color, linestyle=line, lw=1, label=said)
        panel.set_xlabel(f"relative rank of the truth (n = {n} fits)")
        legend_below((panel,), ax, columns=3)
        panel.set_ylabel("ECDF minus uniform")
    return panel


def _kind(name: str) -> int:
    """Place in `KINDS` of a written quantity."""
    quantity = quantity_of(name)
    of = {"item_": 3, "_cor": 2, "_sd": 1}
    return next((place for part, place in of.items() if part in quantity), 0)
