"""A model as a path diagram, drawn from its specification.

A column per informant, a row for all that is of one kind: effects of clinics and therapists, growth
coefficients, the rating, its residual. Rectangles are seen, circles are not; circles of what does
not vary are dashed. Curved arrows join what is correlated between neighbours, and stand for all
pairs of a row; covariates point at the rows they act on, of every informant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from bayes_alliance.errors import checked_arguments
from bayes_alliance.levels import LEVELS
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting.plots.style import SINGLE, house_style, label, marks, say_synthetic
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.structures import STRUCTURES

INK, LIGHT = "#333333", "#F1F1F1"
ROW = 0.4  # inches
REACH = 0.24  # of a column, by which growth coefficients stand aside of its middle
BESIDE = 26  # points from the rows to the covariates
UPRIGHT = 3  # informants from which on names are written upright


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one row holds of every informant.

    Parameters
    ----------
    caption : str
        Left of it.
    level : str
        child, therapist, clinic; "rating" or "residual".
    coefficient : str or None
        Of effects and growth.
    aside : float
        Place of its symbols from the middle of a column.
    joined : bool
        Whether its symbols are correlated.
    varies : bool
    """

    caption: str
    level: str
    coefficient: str | None = None
    aside: float = 0.0
    joined: bool = False
    varies: bool = True


@checked_arguments
def path_diagram(spec: ModelSpec, ratings: Ratings, *, ax: Axes | None = None) -> Axes:
    """Draw what acts on what in a model.

    Parameters
    ----------
    spec : ModelSpec
        Of the ratings; only its names of informants and covariates are looked up in them.
    ax : Axes, optional
        A new figure if not given.
    """
    informants = [one for one in ratings.informants if one in (spec.informants or (one,))]
    rows = _rows(spec, ratings)
    heights = {(row.level, row.coefficient): -place for place, row in enumerate(rows)}
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE, ROW * (len(rows) + 2) + 0.3))[1]
        ax.set_axis_off()
        n = len(informants)
        for row in rows:
            y = heights[row.level, row.coefficient]
            ax.fill_between([-0.5, n - 0.5], y - 0.36, y + 0.36, color=LIGHT, lw=0)
            ax.text(-0.58, y, row.caption, ha="right", va="center", fontsize=6.5)
            for x, look in enumerate(marks(informants).values()):
                _symbol(ax, x + row.aside, y, row, look.color)
            if row.joined:
                for x in range(n - 1):
                    _joined(ax, (x + row.aside, y), (x + 1 + row.aside, y))
        _arrows(ax, rows, heights, n)
        _covariates(ax, spec, ratings, heights, n)
        lowest = min(heights.values())
        for x, informant in enumerate(informants):
            name = label(ratings.words.name(informant), width=13 if n <= UPRIGHT else 30)
            turned = 0 if n <= UPRIGHT else 90
            ax.text(x, lowest - 0.5, name, rotation=turned, ha="center", va="top", fontsize=6.5)
        ax.set_xlim(-0.5, n - 0.5)
        ax.set_ylim(lowest - 0.5, 0.5)
        say_synthetic(ax, ratings)
    return ax


def _rows(spec: ModelSpec, ratings: Ratings) -> list[Row]:
    """Rows from the top: clinics, therapists, growth, the rating, its residual."""
    words, rows = ratings.words, []
    coefficients = spec.trajectory.coefficients
    n = len(coefficients)
    asides = {
        name: REACH * (2 * place - n + 1) / max(1, n - 1) for place, name in enumerate(coefficients)
    }
    numbers = {"clinic": len(ratings.clinics), "therapist": len(ratings.therapists)}
    for level in reversed(LEVELS):
        effects = getattr(spec, level)
        if effects is None or level not in numbers:
            continue
        rows += [
            Row(
                caption=f"{words.several(level)} (n = {numbers[level]})\n{label(term)}",
                level=level,
                coefficient=term,
                aside=asides[term],
                joined=bool(STRUCTURES[effects.structure].correlations),
            )
            for term in effects.terms
        ]
    for name in coefficients:
        varies = spec.child is not None and name in spec.child.terms
        rows.append(
            Row(
                caption=f"{words.children} (n = {len(ratings.children)})\n{label(name)}"
                if varies
                else label(name),
                level="child",
                coefficient=name,
                aside=asides[name],
                joined=varies
                and spec.child is not None
                and bool(STRUCTURES[spec.child.structure].correlations),
                varies=varies,
            )
        )
    rows.append(Row(caption=f"rating (n = {len(ratings.observed)})", level="rating"))
    rows.append(Row(caption="residual", level="residual", joined=spec.residual.is_correlated))
    return rows


def _symbol(ax: Axes, x: float, y: float, row: Row, color: str) -> None:
    ax.plot(
        x,
        y,
        "s" if row.level == "rating" else "o",
        ms=9 if row.level == "rating" else 7,
        markerfacecolor=color if row.level == "rating" else "white",
        markeredgecolor=color,
        markeredgewidth=1.1 if row.varies else 0.5,
        zorder=3,
    )


def _joined(ax: Axes, one: tuple[float, float], other: tuple[float, float]) -> None:
    """Join two symbols of a row by a curved arrow with two heads."""
    style: dict[str, Any] = {
        "arrowstyle": "<->",
        "connectionstyle": "arc3,rad=-0.3",
        "lw": 0.5,
        "color": INK,
    }
    ax.annotate(
        "", other, one, arrowprops={**style, "shrinkA": 4.5, "shrinkB": 4.5, "mutation_scale": 5}
    )


def _pointed(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style: dict[str, Any] = {"arrowstyle": "-|>", "lw": 0.6, "color": INK, "mutation_scale": 6}
    ax.annotate("", end, start, arrowprops={**style, "shrinkA": 4.5, "shrinkB": 5.5}, zorder=2)


def _arrows(
    ax: Axes, rows: Sequence[Row], heights: dict[tuple[str, str | None], int], n: int
) -> None:
    """Point from every symbol to what it is part of."""
    rating = heights["rating", None]
    for row in rows:
        y = heights[row.level, row.coefficient]
        for x in range(n):
            match row.level:
                case "rating":
                    continue
                case "child" | "residual":
                    _pointed(ax, (x + row.aside, y), (x, rating))
                case _:
                    at = x + row.aside
                    _pointed(ax, (at, y), (at, heights["child", row.coefficient]))


def _covariates(
    ax: Axes,
    spec: ModelSpec,
    ratings: Ratings,
    heights: dict[tuple[str, str | None], int],
    n: int,
) -> None:
    """Stand covariates on the right, with arrows to the rows they act on."""
    lowest = min(heights.values())
    figure = ax.get_figure(root=True)
    assert figure is not None
    aside = ax.transData + ScaledTranslation(BESIDE / 72, 0.0, figure.dpi_scale_trans)
    style: dict[str, Any] = {"arrowstyle": "-|>", "lw": 0.6, "color": INK, "mutation_scale": 6}
    for place, term in enumerate(spec.covariates):
        names = [label(ratings.words.name(part), width=14) for part in term.parts]
        y = lowest * (place + 0.5) / len(spec.covariates)
        ax.text(
            n - 0.5,
            y,
            "\n× ".join(names),
            transform=aside,
            va="center",
            fontsize=6.5,
            bbox={"boxstyle": "square,pad=0.25", "facecolor": "white", "edgecolor": INK, "lw": 0.6},
        )
        targets = [("rating", None)] if term.acts_on_rating else [("child", on) for on in term.on]
        for target in targets:
            ax.annotate(
                "",
                (n - 0.5, heights[target]),
                xytext=(n - 0.5, y),
                textcoords=aside,
                arrowprops={**style, "shrinkA": 3, "shrinkB": 0},
                annotation_clip=False,
            )
