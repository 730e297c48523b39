"""Who was rated when: ratings given, missing, and families who have left."""

import numpy as np
from matplotlib.axes import Axes

from bayes_alliance.errors import checked_arguments
from bayes_alliance.numerals import apart
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.panels import Given, legend_below, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    TITLE,
    house_style,
    label,
    say_synthetic,
)

# status, colour, hatch, colour of its number
STATES = (
    ("rated", "#7FABD8", "", "black"),
    ("missing", "#AA3344", "", "white"),
    ("not in treatment", "#EEEEEE", "", "black"),
)
NARROW = 0.06
MOST_NUMBERED = 8  # occasions whose bars are wide enough for numbers


@checked_arguments
def flow(ratings: Ratings, *, ax: Given = None) -> tuple[Axes, ...]:
    """Draw how many families each informant rated at each occasion.

    Parameters
    ----------
    ax : Axes or sequence of Axes, optional
        One per informant; a new figure if not given.

    Returns
    -------
    tuple of Axes
        A panel per informant, a column per occasion: rated, missing, no longer in treatment. Counts
        of at most 6% of families are drawn and carry no number, nor do those of more than eight
        occasions (`tables.counts` has them).
    """
    long = ratings.long
    times = sorted(long["time"].unique())
    informants = list(ratings.informants)
    with house_style():
        width = min(DOUBLE, max(SINGLE, 0.7 + 1.65 * len(informants)))
        axes = panels(ax, len(informants), columns=len(informants), size=(width, 2.4), sharey=True)
        for panel, informant in zip(axes, informants, strict=True):
            own = long[long["informant"] == informant]
            counts = own.groupby(["time", "status"], observed=True).size().unstack(fill_value=0)
            counts = counts.reindex(index=times, fill_value=0)
            x, base = np.arange(len(times)), np.zeros(len(times))
            for status, color, hatch, ink in STATES:
                height = counts[status].to_numpy() if status in counts else 0 * x
                panel.bar(
                    x,
                    height,
                    bottom=base,
                    width=0.86,
                    color=color,
                    hatch=hatch,
                    edgecolor="white",
                    lw=0.5,
                    label=status,
                )
                for position, value in enumerate(height):
                    if len(times) <= MOST_NUMBERED and value > NARROW * len(ratings.children):
                        panel.text(
                            x[position],
                            base[position] + value / 2,
                            f"{value:d}",
                            ha="center",
                            va="center",
                            fontsize=6,
                            color=ink,
                        )
                base = base + height
            step = max(1, -(-len(times) // 8))
            panel.set_xticks(x[::step], apart(times[::step]))
            panel.set_title(label(ratings.words.name(informant), width=TITLE))
            panel.set_xlabel(ratings.time.unit or "time")
            panel.set_ylim(0, len(ratings.children))
        for panel in axes:
            panel.set_ylabel(ratings.words.families)
            of_first(panel.yaxis.label, first=panel is axes[0])
        legend_below(axes, ax, columns=3)
        say_synthetic(axes[0], ratings)
    return axes
