"""What an outcome has to do with two informants' views together: the response surface."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.reporting.plots.panels import legend_below, panels
from bayes_alliance.reporting.plots.style import DOUBLE, house_style, label, mark_synthetic
from bayes_alliance.reporting.prose.wording import digits, with_interval

STEPS = 61
ATTRIBUTES = ("informants", "outcome", "centre")
LINES = {"congruence": ("-", "#004488", 1.0), "incongruence": ("--", "#AA3344", -1.0)}


@checked_arguments
def response_surface(
    surface: xr.DataArray,
    scores: xr.DataArray,
    *,
    ax: Sequence[Axes] | None = None,
    prob: Prob = 0.95,
) -> tuple[Axes, ...]:
    r"""Draw the expected outcome over the latent scores of two informants.

    Parameters
    ----------
    surface : DataArray
        From `congruence.response_surface`.
    scores : DataArray
        The latent scores it was computed from, dims (chain, draw, child, informant).
    ax : sequence of two Axes, optional
        A new figure if not given.
    prob : float
        Of the bands.

    Returns
    -------
    tuple of Axes
        Left, the posterior mean of the expected outcome as contours, over the square that holds
        the children (dots: posterior means of their scores); outside the dots it is extrapolated.
        Right, the outcome along the line of congruence :math:`X = Y` and along the line of
        incongruence :math:`X = -Y` through the centre, drawn as far as children reach.

    Raises
    ------
    InputError
        If the surface does not say what it is of, or the scores lack one of its informants.

    Notes
    -----
    The surface is linear in its coefficients, so the posterior mean of the surface is the surface
    of their posterior means.
    """
    first, second = _informants(surface, scores)
    centre = float(surface.attrs["centre"])
    means = scores.mean(("chain", "draw"))
    x = means.sel(informant=first).values - centre
    y = means.sel(informant=second).values - centre
    low, high = min(x.min(), y.min()), max(x.max(), y.max())
    edge = np.linspace(low, high, STEPS)
    b = surface.sel(coefficient=[f"b{k}" for k in range(6)]).transpose("chain", "draw", ...)
    flat = b.values.reshape(-1, 6)
    horizontal, vertical = np.meshgrid(edge, edge)
    height = _columns(horizontal, vertical) @ flat.mean(axis=0)
    unit = surface.attrs.get("unit")
    names = surface.attrs.get("names", [first, second, surface.attrs["outcome"]])
    first, second, outcome = map(str, names)
    outcome = label(outcome, width=30) + (f" ({unit})" if unit else "")
    with house_style():
        over, along = panels(ax, 2, columns=2, size=(DOUBLE, 3.3))
        over.contourf(edge + centre, edge + centre, height, levels=5, cmap="Greys", alpha=0.55)
        drawn = over.contour(
            edge + centre, edge + centre, height, levels=5, colors="#222222", linewidths=0.6
        )
        over.clabel(drawn, fontsize=6, fmt="%g")
        over.plot(x + centre, y + centre, "o", color="#2A9D8F", ms=1.8, alpha=0.7)
        for line, color, sign in LINES.values():
            inside = edge[(sign * edge >= low) & (sign * edge <= high)]
            over.plot(inside + centre, sign * inside + centre, ls=line, color=color, lw=1.0)
        over.set_aspect("equal")
        over.locator_params(nbins=5)
        over.set_xlim(low + centre, high + centre)
        over.set_ylim(low + centre, high + centre)
        over.set_xlabel(f"{label(first, width=40)} (points)")
        over.set_ylabel(f"{label(second, width=40)} (points)")
        over.set_title(f"Expected {outcome}")
        _along(along, surface, flat, _reach(x, y), prob)
        along.set_xlabel(f"{label(first, width=40)}, points from {centre:.3g}")
        along.set_ylabel(label(outcome, width=30))
        along.locator_params(axis="x", nbins=5)
        legend_below((along,), ax, columns=2)
        mark_synthetic(over, synthetic=bool(surface.attrs.get("synthetic", 0)))
    return over, along


def _informants(surface: xr.DataArray, scores: xr.DataArray) -> tuple[str, str]:
    absent = [name for name in ATTRIBUTES if name not in surface.attrs]
    if absent:
        message = f"does not say its {', '.join(absent)}; give what response_surface returned"
        raise InputError([Problem(where="surface", message=message)], "figure")
    first, second = map(str, surface.attrs["informants"])
    have = scores["informant"].values.tolist()
    problems = [
        Problem(where="scores", value=name, message=f"not one of {', '.join(have)}")
        for name in (first, second)
        if name not in have
    ]
    if problems:
        raise InputError(problems, "figure")
    return first, second


def _columns(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The six columns of the polynomial, last."""
    return np.stack([np.ones_like(x), x, y, x**2, x * y, y**2], axis=-1)


def _reach(x: np.ndarray, y: np.ndarray) -> dict[float, tuple[float, float]]:
    """How far children lie along each line: their projections on it."""
    ends = {}
    for _, _, sign in LINES.values():
        along = (x + sign * y) / 2
        ends[sign] = (float(along.min()), float(along.max()))
    return ends


def _along(
    ax: Axes,
    surface: xr.DataArray,
    b: np.ndarray,
    reach: dict[float, tuple[float, float]],
    prob: float,
) -> None:
    tails = [(1 - prob) / 2, 0.5, (1 + prob) / 2]
    coefficients = surface.quantile(tails, dim=("chain", "draw"))
    names = {1.0: ("a1", "a2"), -1.0: ("a3", "a4")}
    for name, (line, color, sign) in LINES.items():
        at = np.linspace(*reach[sign], STEPS)
        low, middle, high = np.quantile(b @ _columns(at, sign * at).T, tails, axis=0)
        ax.fill_between(at, low, high, color=color, alpha=0.18, lw=0)
        lines = [f"line of {name}"]
        for one in names[sign]:
            lower, median, upper = map(float, coefficients.sel(coefficient=one).values)
            text = with_interval(median, lower, upper, decimals=digits(upper - lower))
            lines.append(f"{one} {text}")
        ax.plot(at, middle, ls=line, color=color, label="\n".join(lines))
    ax.axvline(0.0, color="#888888", lw=0.6, zorder=0)
