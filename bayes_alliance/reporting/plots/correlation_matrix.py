"""Agreement as users read it: each pair of informants with its correlation and interval.

One cell per pair: posterior median above its interval, shaded by the median. The number is always
written, so that shading only helps the eye.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.estimands import agreement as estimand
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.plots.style import SINGLE, house_style, label, say_synthetic
from bayes_alliance.reporting.prose.wording import printed

WHERE = {
    "child": "Between children",
    "therapist": "Between therapists",
    "clinic": "Between clinics",
    "occasion": "Between residuals of one occasion",
    "total": "Between single ratings",
}
SHADES = LinearSegmentedColormap.from_list("agreement", ["#E3B39A", "#F4F4F4", "#8FB3DA"])


@checked_arguments
def agreement(
    fit: Fit,
    *,
    level: estimand.AgreementLevel = "child",
    of: str | None = None,
    time: float | None = None,
    ax: Axes | None = None,
    prob: Prob = 0.95,
) -> Axes:
    """Draw the correlations between informants.

    Parameters
    ----------
    level : {"child", "therapist", "clinic", "occasion", "total"}
        As `agreement.correlation`.
    of : str, optional
        A growth coefficient instead of the expected rating at a time.
    time : float, optional
        In units of the time column; where the level is read if not given.
    ax : Axes, optional
        A new figure if not given.
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
    draws = estimand.correlation(fit, level=level, of=of, time=time)
    found = tables.intervals(draws, prob=prob)
    n_cells = len(informants) - 1
    with house_style():
        if ax is None:
            side = max(SINGLE, 0.85 * n_cells + 1.2)
            ax = plt.subplots(figsize=(side, 0.62 * n_cells + 1.0))[1]
        median = found["median"].transpose("informant", "informant_").to_numpy()
        below = np.tril(np.ones((n_cells, n_cells), dtype=bool))
        shown = np.where(below, median[1:, :-1], np.nan)
        ax.imshow(shown, cmap=SHADES, vmin=-1, vmax=1, aspect="auto")
        for row, column in np.argwhere(below).tolist():
            pair = found.isel(informant=row + 1, informant_=column)
            _cell(ax, row, column, {str(name): float(pair[name]) for name in found.data_vars})
        names = [label(informant, width=14) for informant in informants]
        ax.set_xticks(range(n_cells), names[:-1])
        ax.set_yticks(range(n_cells), names[1:])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_xticks(np.arange(n_cells + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(n_cells + 1) - 0.5, minor=True)
        ax.grid(which="minor", color="white", linewidth=1.5)
        ax.tick_params(which="minor", length=0)
        when = tables.time_label(fit.ratings, fit.ratings.time.origin if time is None else time)
        at = "" if level == "occasion" else f", {of}" if of else f" at {when}"
        ax.set_title(f"{WHERE[level]}{at}")
        say_synthetic(ax, fit.ratings)
    return ax


def _cell(ax: Axes, row: int, column: int, numbers: dict[str, float]) -> None:
    if not np.isfinite(numbers["median"]):
        ax.text(column, row, "does not\nvary", ha="center", va="center", fontsize=6)
        return
    bounds = ", ".join(printed(numbers[name], 2, bounded=True) for name in ("lower", "upper"))
    median = printed(numbers["median"], 2, bounded=True)
    ax.text(column, row - 0.04, median, ha="center", va="bottom", fontsize=8)
    ax.text(column, row + 0.06, f"[{bounds}]", ha="center", va="top", fontsize=6)
