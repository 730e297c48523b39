"""What the ratings added to the prior, and which priors results lean on."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import checked_arguments
from bayes_alliance.estimands import variance
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting.plots.panels import Given, legend_below, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    house_style,
    label,
    mark_synthetic,
    marks,
)
from bayes_alliance.reporting.prose.wording import printed
from bayes_alliance.studies.names import readable
from bayes_alliance.studies.power_scaling import SENSITIVE, PowerScaling

BINS = 40
SHOWN = 16


@checked_arguments
def prior_posterior(
    draws: xr.DataArray,
    prior: xr.DataArray,
    *,
    words: Words | None = None,
    synthetic: bool = False,
    ax: Given = None,
) -> tuple[Axes, ...]:
    """Draw every element's prior and posterior, with how far the ratings narrowed it.

    Parameters
    ----------
    draws, prior : DataArray
        The same estimand of a fit and of `prior_fit`; at most a few dozen elements.
    words : Words, optional
        Names for print of what labels the elements (``fit.ratings.words``); labels if not given.
    synthetic : bool
        Whether to say on the figure that the ratings are made up (``fit.ratings.synthetic``).
    ax : Axes or sequence of Axes, optional
        One per element that varies; a new figure if not given.

    Returns
    -------
    tuple of Axes
        A panel per element that varies: prior grey, posterior blue, contraction above (1 minus
        the ratio of variances), marked where the prior decides.
    """
    contraction = variance.contraction(draws, prior)
    driven = variance.prior_driven(draws, prior)
    dims = [dim for dim in draws.dims if dim not in ("chain", "draw")]
    if dims:
        draws, prior = (one.stack(element=dims) for one in (draws, prior))
        contraction, driven = (one.stack(element=dims) for one in (contraction, driven))
        keys = [key for key in range(draws.sizes["element"]) if _varies(draws, key)]
    else:
        draws, prior = (one.expand_dims("element") for one in (draws, prior))
        contraction, driven = contraction.expand_dims("element"), driven.expand_dims("element")
        keys = [0]
    n_columns = min(4, len(keys))
    n_rows = -(-len(keys) // n_columns)
    with house_style():
        width = DOUBLE * n_columns / 4 if n_columns > 1 else SINGLE
        axes = panels(ax, len(keys), columns=n_columns, size=(width, 1.15 * n_rows + 0.4))
        for panel, key in zip(axes, keys, strict=True):
            after = draws.isel(element=key).values.ravel()
            before = prior.isel(element=key).values.ravel()
            _panel(panel, before[np.isfinite(before)], after[np.isfinite(after)])
            name = draws.indexes["element"][key] if dims else ()
            parts = name if isinstance(name, tuple) else (name,)
            text = printed(float(contraction[key]), 2, bounded=True) + (
                "  PRIOR" if bool(driven[key]) else ""
            )
            named = map((words or Words()).of, dims, parts)
            panel.set_title(label(", ".join(named), width=24), fontsize=6.5)
            panel.text(
                0.98, 0.97, text, transform=panel.transAxes, ha="right", va="top", fontsize=6
            )
        legend_below(axes, ax, columns=2)
        mark_synthetic(axes[0], synthetic=synthetic)
    return axes


def _varies(draws: xr.DataArray, key: int) -> bool:
    values = draws.isel(element=key).values
    return bool(np.isfinite(values).all() and np.ptp(values) > 1e-9)


def _panel(ax: Axes, before: np.ndarray, after: np.ndarray) -> None:
    low, high = np.quantile(np.concatenate([before, after]), [0.002, 0.998])
    edges = np.linspace(low, high, BINS + 1)
    for values, color, fill, name in (
        (before, "#888888", True, "prior"),
        (after, "#004488", False, "posterior"),
    ):
        counts, _ = np.histogram(values, edges, density=True)
        ax.stairs(counts, edges, color=color, fill=fill, alpha=0.45 if fill else 1, label=name)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


@checked_arguments
def power_scaling(study: PowerScaling, *, ax: Axes | None = None) -> Axes:
    """Draw which quantities lean on which block of priors.

    Returns
    -------
    Axes
        The quantities that move most, one row each, a mark per block; right of the line a quantity
        is sensitive. Blocks whose priors are uniform have no power to scale and are left out.
    """
    blocks = [
        column
        for column in study.table.columns
        if column not in ("all priors", "likelihood", "diagnosis", *study.uniform)
    ]
    table = study.table[blocks].astype(float)
    order = table.max(axis=1).nlargest(SHOWN).index
    rows = np.arange(len(order))
    with house_style():
        size = (DOUBLE * 0.75, 0.17 * len(order) + 1.1)
        panel = panels(ax, 1, columns=1, size=size)[0]
        panel.axvline(SENSITIVE, color="#AA3344", lw=0.8, ls=(0, (5, 1.5)))
        for block, look in marks(blocks).items():
            panel.plot(
                table.loc[order, block],
                rows,
                look.marker,
                color=look.color,
                ms=3.5,
                label=study.words.said(block),
            )
        names = [label(readable(str(name), study.words), width=60) for name in order]
        panel.set_yticks(rows, names, fontsize=6)
        panel.set_ylim(len(order) - 0.5, -0.5)
        panel.set_xlim(left=0.0, right=max(1.2 * SENSITIVE, 1.05 * float(table.max().max())))
        panel.set_xlabel("change of the posterior\nper doubling of the prior's power")
        legend_below((panel,), ax, columns=4)
        mark_synthetic(panel, synthetic=study.synthetic)
    return panel
