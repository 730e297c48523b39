"""Agreement as users read it: each pair of informants with its correlation and interval.

One cell per pair: posterior median above its interval, shaded by the median. The number is always
written, so that shading only helps the eye.
"""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.estimands import agreement as estimand
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.style import SINGLE, house_style, label, say_synthetic
from bayes_alliance.reporting.prose.wording import marked, printed
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.of_agreement import correlations_among

WHERE = {
    "child": "Between children",
    "therapist": "Between therapists",
    "clinic": "Between clinics",
    "occasion": "Between residuals of one occasion",
    "total": "Between single ratings",
    "alike": "Between single ratings, alike in covariates",
}
# Median, ends of the interval, and whether they stand on the prior, which is marked.
type Numbers = tuple[float, float, float, bool]

SHADES = LinearSegmentedColormap.from_list("agreement", ["#E3B39A", "#F4F4F4", "#8FB3DA"])


@checked_arguments
def agreement(
    fit: Fit,
    *,
    level: estimand.AgreementLevel = "child",
    of: str | None = None,
    time: float | None = None,
    records: Reported | None = None,
    ax: Axes | None = None,
    prob: Prob = 0.95,
) -> Axes:
    """Draw the correlations between informants.

    Parameters
    ----------
    level : {"child", "therapist", "clinic", "occasion", "total", "alike"}
        As `agreement.correlation`.
    of : str, optional
        A growth coefficient instead of the expected rating at a time.
    time : float, optional
        In units of the time column; where the level is read if not given.
    records : Reported, optional
        As from `collected`, with results at that time and intervals of its own; computed here if
        not given.
    prob : float
        Posterior probability inside the intervals.

    Raises
    ------
    InputError
        With one informant, or a level the model does not have.
    """
    informants = fit.ratings.informants
    if len(informants) < 2:
        problem = Problem(where="informants", value=len(informants), message="agreement needs two")
        raise InputError([problem], "plots.agreement")
    when = float(fit.ratings.time.origin if time is None else time)
    pairs = (
        _computed(fit, level=level, of=of, time=time, prob=prob)
        if records is None
        else _reported(records, level=level, of=of, time=when)
    )
    n_cells = len(informants) - 1
    with house_style():
        if ax is None:
            side = max(SINGLE, 0.85 * n_cells + 1.2)
            ax = plt.subplots(figsize=(side, 0.62 * n_cells + 1.0))[1]
        shown = np.full((n_cells, n_cells), np.nan)
        for row, column in np.argwhere(np.tri(n_cells)).tolist():
            numbers = pairs.get((informants[column], informants[row + 1]))
            shown[row, column] = np.nan if numbers is None else numbers[0]
            _cell(
                ax, row, column, numbers, "does not\nvary" if records is None else "not\nreported"
            )
        ax.imshow(shown, cmap=SHADES, vmin=-1, vmax=1, aspect="auto")
        words = fit.ratings.words
        names = [label(words.name(informant), width=14) for informant in informants]
        ax.set_xticks(range(n_cells), names[:-1])
        ax.set_yticks(range(n_cells), names[1:])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_xticks(np.arange(n_cells + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(n_cells + 1) - 0.5, minor=True)
        ax.grid(which="minor", color="white", linewidth=1.5)
        ax.tick_params(which="minor", length=0)
        label_of_time = tables.time_label(fit.ratings, when)
        at = "" if level == "occasion" else f", {of}" if of else f" at {label_of_time}"
        ax.set_title(f"{words.said(WHERE[level])}{at}")
        say_synthetic(ax, fit.ratings)
    return ax


def _computed(
    fit: Fit, *, level: estimand.AgreementLevel, of: str | None, time: float | None, prob: float
) -> dict[tuple[str, str], Numbers]:
    """Median and interval of each pair whose values vary."""
    bands = tables.intervals(estimand.correlation(fit, level=level, of=of, time=time), prob=prob)
    cells = {}
    for pair in combinations(fit.ratings.informants, 2):
        one = bands.sel(informant=pair[0], informant_=pair[1])
        median, lower, upper = (float(one[name]) for name in ("median", "lower", "upper"))
        if np.isfinite(median):
            cells[pair] = (median, lower, upper, False)
    return cells


def _reported(
    records: Reported, *, level: str, of: str | None, time: float
) -> dict[tuple[str, str], Numbers]:
    """As `_computed`, of what is reported."""
    when = None if of is not None or level == "occasion" else time
    rows = correlations_among(records.select(level=level, coefficient=of, time=when))
    columns = ["informant", "informant_", "median", "lower", "upper", "prior_driven"]
    return {
        (first, second): (median, lower, upper, driven is True)
        for first, second, median, lower, upper, driven in rows[columns].itertuples(index=False)
    }


def _cell(ax: Axes, row: int, column: int, numbers: Numbers | None, without: str) -> None:
    if numbers is None:
        ax.text(column, row, without, ha="center", va="center", fontsize=6)
        return
    median, lower, upper = (printed(value, 2, bounded=True) for value in numbers[:3])
    ax.text(column, row - 0.04, marked(median, numbers[3]), ha="center", va="bottom", fontsize=8)
    ax.text(column, row + 0.06, f"[{lower}, {upper}]", ha="center", va="top", fontsize=6)
