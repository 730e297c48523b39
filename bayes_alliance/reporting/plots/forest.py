"""Effects of covariates as a forest: one row per informant, and how informants differ in them.

Each row is a half-eye: the posterior, its median and intervals, and the same as numbers beside it.
Every effect says what it is of: a category against the reference, or so many units of a number.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Limit, Problem, checked_arguments, nearest
from bayes_alliance.estimands import effects as of_effects
from bayes_alliance.estimands.profiles import changes, settable
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.plots.named import of_what
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    Mark,
    house_style,
    label,
    marks,
    say_synthetic,
)
from bayes_alliance.reporting.prose.wording import (
    coefficient_said,
    digits,
    marked,
    probability,
    with_interval,
)
from bayes_alliance.results.collection import Reported

LINE, GAP = 0.115, 0.05  # inches of a line of text and between rows
TALLEST = 0.5  # of a row, where a posterior is highest
KNOTS = 60  # at which it is drawn
MOST = 1000  # draws that its shape is made of


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """One effect.

    Parameters
    ----------
    covariate, informant : str
        Labels; of a difference ``"child minus caregiver"``.
    name : str
        Beside the row, in lines.
    draws : DataArray
        Dims (chain, draw).
    look : Mark or None
        That of the informant; a difference has none.
    """

    covariate: str
    informant: str
    name: str
    draws: xr.DataArray
    look: Mark | None


@checked_arguments
def effects(
    fit: Fit,
    covariates: Sequence[str] | None = None,
    *,
    on: str | None = None,
    difference: tuple[str, str] | None = None,
    per: Mapping[str, float] | None = None,
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
    per : mapping of str to float, optional
        Of how many units of a numeric covariate an effect is, one if not given:
        ``{"experience": 10}``.
    rope : pair of float, optional
        Effects too small to matter, in rating points: shaded.
    records : Reported, optional
        As from `collected`: effects that stand on the prior are marked by a dagger.

    Returns
    -------
    Axes
        Posteriors with medians, 50 and 95% intervals; on the right median and 95% interval as
        numbers, and the probability of the direction (and of the shaded region).

    Raises
    ------
    InputError
        A fit without effects of covariates, a growth coefficient it does not have; units of what is
        no number.
    """
    on = on or fit.design.coefficients[0]
    with_effect = _with_effect(fit, on)
    chosen = with_effect if covariates is None else list(covariates)
    if not chosen:
        message = f"this model has no covariate that acts on the {coefficient_said(fit, on)}"
        raise InputError([Problem(where="fit", message=message)], "figure")
    units = dict(per or {})
    _check_units(fit, units)
    rows = [row for name in chosen for row in _rows(fit, name, on, difference, units)]
    driven = set() if records is None else _driven(records, on)
    with house_style():
        if ax is None:
            height = _height(rows) * (len(rows) + len(chosen)) + 0.8
            ax = plt.subplots(figsize=(DOUBLE * 0.75, height))[1]
        if rope is not None:
            ax.axvspan(*rope, color="#E6E6E6", lw=0)
        ax.axvline(0.0, color="#888888", lw=0.6)
        heads = {name: of_what(fit, name, units, on=on) for name in chosen}
        _forest(ax, rows, heads, rope, driven)
        trajectory = fit.spec.trajectory
        at_once = on == trajectory.coefficients[0] or trajectory.changes_to(on) is not None
        unit = "points" if at_once else _per_time(fit)
        what = label(coefficient_said(fit, on), width=30)
        ax.set_xlabel(f"effect on the {what}\n({unit}; median, 50 and 95% interval)")
        say_synthetic(ax, fit.ratings)
    return ax


def _height(rows: Sequence[Row]) -> float:
    """Inches of a row: its name and its numbers have lines."""
    return LINE * max(2, *(len(row.name.splitlines()) for row in rows)) + GAP


def _forest(
    ax: Axes,
    rows: Sequence[Row],
    headings: Mapping[str, str],
    rope: tuple[float, float] | None,
    driven: Collection[tuple[str, str]],
) -> None:
    """Draw all rows, those of a covariate below its heading."""
    widths = [float(np.subtract(*row.draws.quantile([0.975, 0.025]).values)) for row in rows]
    decimals = min(2, digits(min(widths)))
    y, ticks, names, previous = 0.0, [], [], ""
    for row in rows:
        if row.covariate != previous:
            y += 0.5 if previous else 0.0
            heading = fill(headings[row.covariate], 34)
            _heading(ax, y, heading)
            y, previous = y + 0.5 + 0.5 * len(heading.splitlines()), row.covariate
        _row(ax, y, row, rope, decimals)
        ticks.append(y)
        names.append(marked(row.name, (row.covariate, row.informant) in driven))
        y += 1.0
    ax.set_yticks(ticks, names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(y - 0.4, -0.6)


def _with_effect(fit: Fit, on: str) -> list[str]:
    """Names of covariates with an effect on a growth coefficient."""
    coefficients = list(fit.design.coefficients)
    if on not in coefficients:
        message = f"no such growth coefficient.{nearest(on, coefficients)}"
        raise InputError([Problem(where="on", value=on, message=message)], "figure")
    acts = fit.design.covariate_on[:, coefficients.index(on)]
    return [name for name, has in zip(fit.design.covariates, acts, strict=True) if has]


def _check_units(fit: Fit, per: Mapping[str, float]) -> None:
    numeric = [name for name, covariate in settable(fit).items() if covariate.kind == "numeric"]
    problems = [
        Problem(where="per", value=name, message=f"no numeric covariate.{nearest(name, numeric)}")
        for name in per
        if name not in numeric
    ]
    if problems:
        raise InputError(problems, "figure")


def _driven(records: Reported, on: str) -> set[tuple[str, str]]:
    """Covariate and informant of effects that stand on the prior."""
    rows = records.covariate_effects()
    rows = rows[(rows["coefficient"] == on) & rows["prior_driven"].fillna(False).astype(bool)]
    return set(zip(rows["covariate"], rows["informant"], strict=True))


def _heading(ax: Axes, y: float, name: str) -> None:
    """Say what the rows below are effects of."""
    heading = ax.annotate(
        name,
        (0.0, y - 0.4),
        xycoords=ax.get_yaxis_transform(),
        xytext=(4, 0),
        textcoords="offset points",
        va="top",
        fontsize=7,
        fontweight="bold",
    )
    # It may reach over the numbers beside the rows, which are lower.
    heading.set_in_layout(False)


def _row(ax: Axes, y: float, row: Row, rope: tuple[float, float] | None, decimals: int) -> None:
    """Draw one effect with its posterior, its intervals and its probabilities."""
    color = row.look.color if row.look else "#555555"
    low, inner, middle, outer, high = row.draws.quantile([0.025, 0.25, 0.5, 0.75, 0.975]).values
    _density(ax, y, row.draws.values.ravel(), color)
    ax.plot([low, high], [y, y], color=color, lw=0.9)
    ax.plot([inner, outer], [y, y], color=color, lw=2.4, solid_capstyle="butt")
    ax.plot(middle, y, marker=row.look.marker if row.look else "x", color=color, ls="", ms=4)
    numbers = with_interval(float(middle), float(low), float(high), decimals=decimals)
    ax.annotate(
        f"{numbers}\n{_directions(row.draws, rope)}",
        (1.0, y),
        xycoords=ax.get_yaxis_transform(),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=6.5,
        linespacing=1.1,
        annotation_clip=False,
    )


def _density(ax: Axes, y: float, values: np.ndarray, color: str) -> None:
    """Draw the posterior above its row, if it has a width."""
    thinned = values[:: max(1, len(values) // MOST)]
    if np.ptp(thinned) <= 0:
        return
    # Here, because SciPy's distributions load for a second, and most figures have none.
    from scipy.stats import gaussian_kde

    first, last = np.quantile(thinned, [0.005, 0.995])
    at = np.linspace(first, last, KNOTS)
    height = gaussian_kde(thinned)(at)
    top = y - TALLEST * height / height.max()
    ax.fill_between(at, y, top, color=color, alpha=0.25, lw=0, zorder=0.9)


def _rows(
    fit: Fit,
    covariate: str,
    on: str,
    difference: tuple[str, str] | None,
    per: Mapping[str, float],
) -> list[Row]:
    looks, words = marks(fit.ratings.informants), fit.ratings.words
    times = per.get(changes(fit).get(covariate, (covariate, None))[0], 1.0)
    draws = of_effects.contrast(fit, covariate, on=on) * times
    rows = [
        Row(
            covariate=covariate,
            informant=informant,
            name=label(words.name(informant), width=18),
            draws=draws.sel(informant=informant, drop=True),
            look=looks[informant],
        )
        for informant in fit.ratings.informants
    ]
    if difference is not None:
        first, second = difference
        between = of_effects.contrast(fit, covariate, on=on, difference=difference) * times
        rows.append(
            Row(
                covariate=covariate,
                informant="",
                name=label(f"{words.name(first)} minus {words.name(second)}", width=18),
                draws=between,
                look=None,
            )
        )
    return rows


def _directions(draws: xr.DataArray, rope: tuple[float, float] | None) -> str:
    sure = float(of_effects.direction(draws))
    text = f"P({'>' if float(draws.median()) > 0 else '<'} 0) {probability(sure)}"
    if rope is not None:
        text += f"; shaded {probability(float(of_effects.inside(draws, rope)))}"
    return text


def _per_time(fit: Fit) -> str:
    return f"points per {fit.ratings.time.step}"
