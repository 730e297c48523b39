"""Where variance lies, as one bar per informant.

Bars are posterior means, because means of shares sum to one and medians do not. Below a bar each
part has its interval, measured from where the part begins. Sources differ in lightness, so that
they survive printing in grey; parts that stand on the prior are hatched.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayes_alliance.errors import checked_arguments
from bayes_alliance.estimands import variance
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.style import SINGLE, house_style, label, say_synthetic
from bayes_alliance.reporting.prose.wording import marked, printed
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.reported import shares_among

# colour of a source, and of the number written on it
SOURCES = {
    "covariates": ("#857530", "white"),
    "clinic": ("#222222", "white"),
    "therapist": ("#004488", "white"),
    "child": ("#7FABD8", "black"),
    "occasion": ("#E0E0E0", "black"),
}
NARROW = 0.07  # a share too narrow to carry its number
HEIGHT, LANE = 0.46, 0.07  # of a bar, and of an interval below it, in rows
HATCH = "////"


@checked_arguments
def shares(
    fit: Fit, *, time: float | None = None, records: Reported | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the shares of variance of each informant's ratings.

    Parameters
    ----------
    time : float, optional
        In units of the time column; where the level is read if not given.
    records : Reported, optional
        As from `collected`, with results at that time and intervals of its own; computed here if
        not given, with 95% intervals, and nothing is hatched.

    Returns
    -------
    Axes
        Posterior means; lines from the start of a part to the ends of its interval.
    """
    when = fit.ratings.time.origin if time is None else time
    table = _computed(fit, when) if records is None else _reported(records, when)
    informants, words = list(fit.ratings.informants), fit.ratings.words
    sources = table.index.get_level_values("source").unique()
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE, 0.5 * len(informants) + 1.1))[1]
        left = np.zeros(len(informants))
        for place, source in enumerate(sources):
            chosen = table[table.index.get_level_values("source") == source]
            own = chosen.droplevel("source").reindex(informants)
            _parts(ax, str(source), own, left, below=place, name=words.said(str(source)))
            left = left + own["mean"].fillna(0.0).to_numpy()
        if table["prior_driven"].any():
            ax.barh(
                0, 0, color="white", edgecolor="#555555", hatch=HATCH, lw=0.5, label="on the prior"
            )
        names = [label(words.name(informant), width=18) for informant in informants]
        ax.set_yticks(range(len(informants)), names)
        ax.set_ylim(len(informants) - 0.45, -0.5)
        ax.set_xlim(0, max(1.0, ax.dataLim.x1))
        ax.set_xticks(np.linspace(0, 1, 6))
        ax.set_xlabel(f"share of variance at {tables.time_label(fit.ratings, when)}")
        ax.tick_params(axis="y", length=0)
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=3,
            handlelength=1.0,
            columnspacing=1.2,
        )
        say_synthetic(ax, fit.ratings)
    return ax


def _parts(
    ax: Axes, source: str, own: pd.DataFrame, left: np.ndarray, *, below: int, name: str
) -> None:
    """Draw one source of all informants: part of the bar, its number, its interval below."""
    face, ink = SOURCES[source]
    rows, means = np.arange(len(own)), own["mean"].fillna(0.0).to_numpy()
    bars = ax.barh(rows, means, left=left, height=HEIGHT, color=face, edgecolor="white", label=name)
    beside = rows + HEIGHT / 2 + LANE * (below + 1)
    ax.hlines(beside, left + own["lower"], left + own["upper"], color=face, lw=1.6)
    ax.plot(left + own["median"], beside, "|", color="#333333", ms=3.5, mew=0.8)
    driven = own["prior_driven"].fillna(False).astype(bool)
    for row, (bar, mean, on_prior) in enumerate(zip(bars, means, driven, strict=True)):
        if on_prior:
            bar.set_hatch(HATCH)
        if mean >= NARROW:
            number = marked(printed(mean, 2, bounded=True), bool(on_prior))
            ax.text(
                left[row] + mean / 2,
                row,
                number,
                ha="center",
                va="center",
                color=ink,
                fontsize=6.5,
                bbox={"facecolor": face, "edgecolor": "none", "pad": 0.8} if on_prior else None,
            )


def _computed(fit: Fit, when: float) -> pd.DataFrame:
    """Mean, median and interval by source and informant."""
    draws = variance.shares(fit, time=when)
    bands = tables.intervals(draws).assign(mean=draws.mean(("chain", "draw")))
    frame = bands.to_dataframe().reset_index().set_index(["source", "informant"])
    return frame.loc[draws["source"].values.tolist()].assign(prior_driven=False)


def _reported(records: Reported, when: float) -> pd.DataFrame:
    """As `_computed`, of what is reported: a share that the ratings cannot tell has no bar."""
    rows = shares_among(records.select(time=float(when))).set_index(["source", "informant"])
    return rows[["mean", "median", "lower", "upper", "prior_driven"]]
