"""Where variance lies, as one bar per informant.

Bars are posterior means, because means of shares sum to one and medians do not; intervals are in
the table beside the figure. Sources differ in lightness, so that they survive printing in grey.
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
    "covariates": ("#B7A04B", "black"),
    "clinic": ("#222222", "white"),
    "therapist": ("#004488", "white"),
    "child": ("#7FABD8", "black"),
    "occasion": ("#E0E0E0", "black"),
}
NARROW = 0.07  # a share too narrow to carry its number


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
        As from `collected`, with results at that time; computed here if not given.
    """
    when = fit.ratings.time.origin if time is None else time
    means = _means(fit, when) if records is None else _reported_means(records, when)
    driven = set() if records is None else _driven(records, when)
    informants, words = list(fit.ratings.informants), fit.ratings.words
    rows = np.arange(len(informants))
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE, 0.42 * len(informants) + 1.1))[1]
        left = np.zeros(len(informants))
        for source in means:
            width = means[source][informants].to_numpy()
            face, ink = SOURCES[str(source)]
            ax.barh(
                rows,
                width,
                left=left,
                height=0.68,
                color=face,
                edgecolor="white",
                label=words.said(str(source)),
            )
            for row, share in enumerate(width):
                if share >= NARROW:
                    middle, number = left[row] + share / 2, printed(share, 2, bounded=True)
                    ax.text(
                        middle,
                        row,
                        marked(number, (str(source), informants[row]) in driven),
                        ha="center",
                        va="center",
                        color=ink,
                        fontsize=6.5,
                    )
            left = left + width
        ax.set_yticks(rows, [label(words.name(informant), width=24) for informant in informants])
        ax.set_ylim(len(informants) - 0.5, -0.5)
        ax.set_xlim(0, 1)
        ax.set_xlabel(f"share of variance at {tables.time_label(fit.ratings, when)}")
        ax.tick_params(axis="y", length=0)
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=means.shape[1],
            handlelength=1.0,
            columnspacing=1.2,
        )
        say_synthetic(ax, fit.ratings)
    return ax


def _driven(records: Reported, when: float) -> set[tuple[str, str]]:
    """Source and informant of shares that stand on the prior, which are marked."""
    rows = shares_among(records.select(time=float(when)))
    rows = rows[rows["prior_driven"].fillna(False).astype(bool)]
    return set(zip(rows["source"], rows["informant"], strict=True))


def _means(fit: Fit, when: float) -> pd.DataFrame:
    """Posterior means, a row per informant, a column per source."""
    draws = variance.shares(fit, time=when)
    means = draws.mean(("chain", "draw")).transpose("informant", "source")
    return pd.DataFrame(
        means.to_numpy(), index=means["informant"].values, columns=means["source"].values
    )


def _reported_means(records: Reported, when: float) -> pd.DataFrame:
    rows = shares_among(records.select(time=float(when)))
    means = rows.pivot_table(index="informant", columns="source", values="mean")
    # A share that the ratings cannot tell is not reported, and has no bar.
    return means.reindex(records.fit.ratings.informants)[rows["source"].unique()].fillna(0.0)
