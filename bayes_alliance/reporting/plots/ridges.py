"""Several posteriors of one quantity on one axis: of informants, of fits, of settings.

Ridges (half densities above their interval) are for comparing where posteriors lie and how wide
they are; what a difference is, the draws of the difference say.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting.plots.panels import legend_below, panels
from bayes_alliance.reporting.plots.style import (
    COLORS,
    SINGLE,
    house_style,
    label,
    mark_synthetic,
)
from bayes_alliance.reporting.prose.wording import digits, with_interval

HEIGHT = 0.72  # of a row, that a ridge fills; its interval lies below
PLACES = 200  # where a density is drawn
BELOW = 0.12  # of a row, where the interval lies

type Draws = xr.DataArray | Mapping[str, xr.DataArray]


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """One posterior and what stands beside it.

    Parameters
    ----------
    draws : ndarray
        All draws, chains after each other.
    prior : ndarray, optional
        Draws of its prior.
    """

    name: str
    color: str
    draws: np.ndarray
    prior: np.ndarray | None


@checked_arguments
def ridgelines(
    draws: Draws,
    *,
    prior: Draws | None = None,
    prob: Prob = 0.95,
    text: str = "",
    reference: float | None = None,
    words: Words | None = None,
    synthetic: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the posterior of one quantity once for every informant, fit or setting.

    Parameters
    ----------
    draws : DataArray or mapping of str to DataArray
        An estimand, a ridge per element; or the same estimand of several fits or settings, by the
        names that the figure gives them.
    prior : DataArray or mapping of str to DataArray, optional
        The same of `prior_fit`, drawn behind; of a mapping only some names may have one.
    prob : float
        Of the intervals.
    text : str
        What the quantity is, with its unit, below the axis.
    reference : float, optional
        Where a line marks a value, such as 0.
    words : Words, optional
        Names for print of what labels the elements (``fit.ratings.words``); labels if not given.
    synthetic : bool
        Whether to say on the figure that the ratings are made up (``fit.ratings.synthetic``).

    Returns
    -------
    Axes
        Rows from above in the order that is given, all ridges of an element together. Each has its
        density, as high in all rows and ending at the outermost draws, the density of its prior
        with the same area, and below both the interval, its middle half, the median, with numbers.

    Raises
    ------
    InputError
        If there are no draws that vary.
    """
    rows = _rows(draws, prior, words or Words())
    if not rows:
        raise InputError([Problem(where="draws", message="has no element that varies")], "figure")
    spans = [np.quantile(one.draws, [0.001, 0.999]) for one in rows]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    margin = 0.04 * (high - low)
    with house_style():
        size = (SINGLE * 1.35, 0.55 + 0.42 * len(rows))
        panel = panels(ax, 1, columns=1, size=size)[0]
        if reference is not None:
            panel.axvline(reference, color="#888888", lw=0.7, zorder=0)
            low, high = min(low, reference), max(high, reference)
        panel.set_xlim(low - margin, high + margin)
        panel.set_ylim(len(rows) - 1 + 2.2 * BELOW, -HEIGHT - BELOW)
        for row, one in enumerate(rows):
            _ridge(panel, one, row, prob=prob)
        panel.set_yticks(range(len(rows)), [label(one.name, width=26) for one in rows])
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
        panel.set_xlabel(text)
        if any(one.prior is not None for one in rows):
            panel.fill_between([], [], color="#888888", alpha=0.35, lw=0, label="prior")
            legend_below((panel,), ax, columns=1)
        mark_synthetic(panel, synthetic=synthetic)
    return panel


def _rows(draws: Draws, prior: Draws | None, words: Words) -> list[Ridge]:
    """Ridges from above; those of one element stand together, in the order of the names."""
    named = draws if isinstance(draws, Mapping) else {"": draws}
    behind = prior if isinstance(prior, Mapping) else {} if prior is None else {"": prior}
    elements = {name: _elements(one, words) for name, one in named.items()}
    priors = {name: _elements(one, words) for name, one in behind.items()}
    order = dict.fromkeys(key for own in elements.values() for key in own)
    # Of one estimand the elements have their colours, of several the names.
    colored = list(named) if len(named) > 1 else list(order)
    rows = []
    for key in order:
        for name, own in elements.items():
            if key in own and np.ptp(own[key]) > 1e-9:
                place = colored.index(name if len(named) > 1 else key)
                rows.append(
                    Ridge(
                        name=", ".join(part for part in (key, name) if part),
                        color=COLORS[place % len(COLORS)],
                        draws=own[key],
                        prior=priors.get(name, priors.get("", {})).get(key),
                    )
                )
    return rows


def _elements(draws: xr.DataArray, words: Words) -> dict[str, np.ndarray]:
    """Finite draws of every element, by its name for print."""
    dims = [dim for dim in draws.dims if dim not in ("chain", "draw")]
    stacked = draws.stack(element=dims) if dims else draws.expand_dims("element")
    found = {}
    for place in range(stacked.sizes["element"]):
        values = stacked.isel(element=place).values.ravel()
        parts = stacked.indexes["element"][place] if dims else ()
        name = ", ".join(map(words.of, dims, parts if isinstance(parts, tuple) else (parts,)))
        if np.isfinite(values).all():
            found[name if dims else ""] = values
    return found


def _ridge(ax: Axes, one: Ridge, row: int, *, prob: float) -> None:
    """Draw a density above a row, and its interval with numbers below and beside it."""
    places, heights = _density(one.draws)
    scale = HEIGHT / heights.max()
    if one.prior is not None and np.ptp(one.prior) > 1e-9:
        behind, prior = _density(one.prior, within=ax.get_xlim())
        ax.fill_between(behind, row, row - scale * prior, color="#888888", alpha=0.35, lw=0)
    ax.fill_between(places, row, row - scale * heights, color=one.color, alpha=0.4, lw=0)
    ax.plot(places, row - scale * heights, color=one.color, lw=1.0)
    tails = [(1 - prob) / 2, 0.25, 0.5, 0.75, (1 + prob) / 2]
    lower, first, median, third, upper = np.quantile(one.draws, tails)
    for ends, width in (((lower, upper), 1.0), ((first, third), 2.6)):
        ax.plot(ends, [row + BELOW] * 2, color=one.color, lw=width, solid_capstyle="butt")
    ax.plot(median, row + BELOW, "o", color="white", mec=one.color, mew=0.9, ms=3.4)
    said = with_interval(median, lower, upper, decimals=digits(float(upper - lower)))
    ax.annotate(
        said,
        (1.0, row),
        xycoords=ax.get_yaxis_transform(),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=6.5,
    )


def _density(
    values: np.ndarray, *, within: tuple[float, float] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Where a density is drawn, at most between the outermost draws, and how high it is there."""
    low, high = values.min(), values.max()
    if within is not None:
        low, high = max(low, within[0]), min(high, within[1])
    places = np.linspace(low, high, PLACES)
    # Here, because SciPy's distributions load for a second, and most figures have none.
    from scipy.stats import gaussian_kde

    return places, gaussian_kde(values)(places)
