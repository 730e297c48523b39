"""Effects of covariates as a forest: one row per informant, and how informants differ in them."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Limit, Problem, checked_arguments, nearest
from bayes_alliance.estimands import effects as of_effects
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    Mark,
    house_style,
    label,
    marks,
    say_synthetic,
)
from bayes_alliance.reporting.prose.wording import marked, probability
from bayes_alliance.results.collection import Reported

ROW = 0.2  # inches


@checked_arguments
def effects(
    fit: Fit,
    covariates: Sequence[str] | None = None,
    *,
    on: str | None = None,
    difference: tuple[str, str] | None = None,
    rope: tuple[Limit, Limit] | None = None,
    records: Reported | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the effect of each covariate on each informant's ratings.

    Parameters
    ----------
    fit : Fit
        With covariates.
    covariates : sequence of str, optional
        All with an effect on the coefficient if not given.
    on : str, optional
        Growth coefficient; the level if not given.
    difference : pair of str, optional
        A row more per covariate: the first informant's effect minus the second's.
    rope : pair of float, optional
        Effects too small to matter, in rating points: shaded.
    records : Reported, optional
        As from `collected`: effects that stand on the prior are marked by a dagger.

    Returns
    -------
    Axes
        Posterior medians, 50 and 95 % intervals, and on the right the probability of the direction
        (and of the shaded region).

    Raises
    ------
    InputError
        A fit without effects of covariates, a growth coefficient it does not have.
    """
    on = on or fit.design.coefficients[0]
    with_effect = _with_effect(fit, on)
    chosen = with_effect if covariates is None else list(covariates)
    if not chosen:
        message = f"this model has no covariate that acts on the {on}"
        raise InputError([Problem(where="fit", message=message)], "figure")
    rows = [row for name in chosen for row in _rows(fit, name, on, difference)]
    looks, words = marks(fit.ratings.informants), fit.ratings.words
    driven = set() if records is None else _driven(records, on)
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(DOUBLE * 0.75, ROW * (len(rows) + len(chosen)) + 0.7))[1]
        if rope is not None:
            ax.axvspan(*rope, color="#E6E6E6", lw=0)
        ax.axvline(0.0, color="#888888", lw=0.6)
        y, ticks, names, previous = 0.0, [], [], ""
        for covariate, informant, draws in rows:
            if covariate != previous:
                y += 0.9 if previous else 0.0
                _heading(ax, y, label(words.name(covariate), width=40))
                y, previous = y + 1.0, covariate
            _row(ax, y, draws, looks.get(informant), rope)
            ticks.append(y)
            name = label(words.name(informant), width=48)
            names.append(marked(name, (covariate, informant) in driven))
            y += 1.0
        ax.set_yticks(ticks, names)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(y - 0.4, -0.6)
        unit = "points" if on == fit.design.coefficients[0] else _per(fit)
        ax.set_xlabel(f"effect on the {label(on)} ({unit}; median, 50 and 95 % interval)")
        head = "P(direction)" if rope is None else "P(direction)   P(shaded)"
        ax.text(1.01, 1.0, head, transform=ax.transAxes, va="bottom", fontsize=6.5)
        say_synthetic(ax, fit.ratings)
    return ax


def _with_effect(fit: Fit, on: str) -> list[str]:
    """Names of covariates with an effect on a growth coefficient."""
    coefficients = list(fit.design.coefficients)
    if on not in coefficients:
        message = f"no such growth coefficient.{nearest(on, coefficients)}"
        raise InputError([Problem(where="on", value=on, message=message)], "figure")
    acts = fit.design.covariate_on[:, coefficients.index(on)]
    return [name for name, has in zip(fit.design.covariates, acts, strict=True) if has]


def _driven(records: Reported, on: str) -> set[tuple[str, str]]:
    """Covariate and informant of effects that stand on the prior."""
    rows = records.covariate_effects()
    rows = rows[(rows["coefficient"] == on) & rows["prior_driven"].fillna(False).astype(bool)]
    return set(zip(rows["covariate"], rows["informant"], strict=True))


def _heading(ax: Axes, y: float, name: str) -> None:
    """Name a covariate above its rows."""
    ax.text(
        -0.02,
        y,
        name,
        transform=ax.get_yaxis_transform(),
        ha="right",
        va="center",
        fontsize=7,
        fontweight="bold",
    )


def _row(
    ax: Axes, y: float, draws: xr.DataArray, look: Mark | None, rope: tuple[float, float] | None
) -> None:
    """Draw one effect with its intervals and its probabilities; a difference has no look."""
    color = look.color if look else "#555555"
    low, inner, middle, outer, high = draws.quantile([0.025, 0.25, 0.5, 0.75, 0.975]).values
    ax.plot([low, high], [y, y], color=color, lw=0.9)
    ax.plot([inner, outer], [y, y], color=color, lw=2.4, solid_capstyle="butt")
    ax.plot(middle, y, marker=look.marker if look else "x", color=color, ls="", ms=4)
    ax.text(
        1.01,
        y,
        _directions(draws, rope),
        transform=ax.get_yaxis_transform(),
        va="center",
        fontsize=6.5,
    )


def _rows(
    fit: Fit, covariate: str, on: str, difference: tuple[str, str] | None
) -> list[tuple[str, str, xr.DataArray]]:
    draws = of_effects.contrast(fit, covariate, on=on)
    differences = [
        (covariate, informant, draws.sel(informant=informant, drop=True))
        for informant in fit.ratings.informants
    ]
    if difference is not None:
        first, second = difference
        between = of_effects.contrast(fit, covariate, on=on, difference=difference)
        differences.append((covariate, f"{first} minus {second}", between))
    return differences


def _directions(draws: xr.DataArray, rope: tuple[float, float] | None) -> str:
    sure = float(of_effects.direction(draws))
    text = f"{'>' if float(draws.median()) > 0 else '<'} 0: {probability(sure)}"
    if rope is not None:
        text += f"          {probability(float(of_effects.inside(draws, rope)))}"
    return text


def _per(fit: Fit) -> str:
    return f"points per {fit.ratings.time.step}"
