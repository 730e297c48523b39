"""Whether leaving matters: families in treatment, and conclusions under shifted ratings."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.panels import Given, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    TITLE,
    house_style,
    label,
    mark_synthetic,
    marks,
)
from bayes_alliance.reporting.prose.wording import printed
from bayes_alliance.studies.leaving import LeavingStudy

GREY = "#555555"
# Lines of the chances at which conclusions turn, on a shade that only gets lighter with them, so
# that it reads in grey and with any colour vision (Nuñez, Anderton and Renslow, 2018).
ON_SHADE = {0.05: "white", 0.95: "black"}


@checked_arguments
def in_treatment(study: LeavingStudy, *, ax: Axes | None = None) -> Axes:
    """Draw the share of families in treatment beside what a model with leaving expects.

    Parameters
    ----------
    study : LeavingStudy
        As from ``leaving_study``.

    Returns
    -------
    Axes
        Marks: observed; line and band: median and 95% interval, of new families.
    """
    table = study.in_treatment
    times = table.index.to_numpy(dtype=float)
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE, 2.2))[1]
        ax.fill_between(times, table["lower"], table["upper"], color="#004488", alpha=0.2, lw=0)
        ax.plot(times, table["median"], color="#004488", label="expected (median, 95%)")
        ax.plot(times, table["share"], "o", color=GREY, mfc="white", label="observed")
        for time, row in table.iterrows():
            ax.annotate(
                f"{int(row['treatment'])}",
                xy=(time, row["share"]),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                fontsize=6,
            )
        ax.set_xticks(times)
        ax.set_ylim(0, 1.09)
        ax.set_xlabel(study.time.unit or "time")
        ax.set_ylabel(f"share of {study.words.families} in treatment")
        ax.legend(loc="lower left")
        mark_synthetic(ax, synthetic=study.synthetic)
    return ax


@checked_arguments
def tipping(study: LeavingStudy, *, ax: Given = None) -> tuple[Axes, ...]:
    """Draw average change against how much lower ratings after leaving are than expected.

    Parameters
    ----------
    study : LeavingStudy
        As from ``leaving_study``.
    ax : Axes or sequence of Axes, optional
        One per informant; a new figure if not given.

    Returns
    -------
    tuple of Axes
        A panel per informant: median and 95% interval of the change; where the chance that it
        falls, or rises, passes .95 is marked.
    """
    names = [str(one) for one in study.shifted.index.get_level_values("informant").unique()]
    looks = marks(names)
    rows = study.tipping[
        (study.tipping["cells"] == "left") & (study.tipping["shift"] == "constant")
    ]
    with house_style():
        columns = min(4, len(names))
        width = max(SINGLE, min(DOUBLE, 0.6 + 1.65 * columns))
        size = (width, 2.3 * -(-len(names) // columns))
        axes = panels(ax, len(names), columns=columns, size=size)
        for place, (panel, name) in enumerate(zip(axes, names, strict=True)):
            own = study.shifted.xs(name, level="informant")
            shifts, color = own.index.to_numpy(dtype=float), looks[name].color
            panel.fill_between(shifts, own["lower"], own["upper"], color=color, alpha=0.2, lw=0)
            panel.plot(shifts, own["median"], color=color)
            panel.axhline(0.0, color="#888888", lw=0.6)
            panel.axvline(0.0, color="#888888", lw=0.6, ls=":")
            for _, row in rows[rows["informant"] == name].iterrows():
                at, falls = row["tipping_point"], row["direction"] == "falls"
                if not np.isfinite(at) or not shifts[0] <= at <= shifts[-1]:
                    continue
                panel.axvline(at, color=GREY, lw=0.9, ls="--")
                panel.annotate(
                    f"{'falls from' if falls else 'rises to'} {printed(at, 1)}",
                    xy=(at, 0.98 if falls else 0.02),
                    xycoords=("data", "axes fraction"),
                    xytext=(2, 0),
                    textcoords="offset points",
                    rotation=90,
                    va="top" if falls else "bottom",
                    fontsize=6,
                )
            panel.set_title(label(study.words.name(name), width=TITLE))
            panel.set_xlabel("points lower\nafter leaving")
            panel.set_ylabel(f"change per {study.time.step}")
            of_first(panel.yaxis.label, first=place % columns == 0)
        mark_synthetic(axes[0], synthetic=study.synthetic)
    return axes


@checked_arguments
def two_shifts(study: LeavingStudy, *, ax: Given = None) -> tuple[Axes, ...]:
    """Draw the support of a difference in change if its two sides are shifted differently.

    Parameters
    ----------
    study : LeavingStudy
        As from ``leaving_study``, with two sides.
    ax : Axes or sequence of Axes, optional
        One per difference; a new figure if not given.

    Returns
    -------
    tuple of Axes
        A panel per difference: the chance that it is positive, by shade; lines where it passes .95
        and .05, and a mark where nothing is shifted.

    Raises
    ------
    InputError
        If the study has no two sides: one informant, and no binary covariate that acts on change.
    """
    if study.two.empty:
        message = "needs two informants, or a binary covariate that acts on change"
        raise InputError([Problem(where="study", message=message)], "figure")
    panels_of = list(study.two.groupby("of", sort=False))
    with house_style():
        columns = min(4, len(panels_of))
        width = max(SINGLE, min(DOUBLE, 0.8 + 1.6 * columns))
        size = (width, (2.4 if columns > 1 else 2.9) * -(-len(panels_of) // columns))
        axes = panels(ax, len(panels_of), columns=columns, size=size)
        for place, (panel, (of, rows)) in enumerate(zip(axes, panels_of, strict=True)):
            table = rows.pivot_table(index="shift_", columns="shift", values="support")
            x, y = table.columns.to_numpy(dtype=float), table.index.to_numpy(dtype=float)
            drawn = panel.pcolormesh(
                x, y, table.to_numpy(), cmap="cividis", vmin=0, vmax=1, shading="gouraud"
            )
            levels = [level for level in ON_SHADE if _passes(table.to_numpy(), level)]
            if levels:
                lines = panel.contour(
                    *(x, y, table.to_numpy()),
                    levels=levels,
                    colors=[ON_SHADE[level] for level in levels],
                    linestyles="--",
                )
                panel.clabel(lines, fontsize=7, fmt={0.05: ".05", 0.95: ".95"})
            panel.plot(0.0, 0.0, "o", color="#222222", mfc="white", markersize=4)
            panel.set_aspect("equal")
            panel.set_title(_said_of(study, str(of)))
            first, second = (
                _said_of(study, str(rows[side].iloc[0])) for side in ("first", "second")
            )
            panel.set_xlabel(f"points lower: {first}")
            panel.set_ylabel(f"points lower: {second}")
            of_first(panel.yaxis.label, first=place % columns == 0)
        figure = axes[0].get_figure(root=True)
        if ax is None and figure is not None:
            figure.colorbar(drawn, ax=list(axes), label="chance that it is positive")
        mark_synthetic(axes[0], synthetic=study.synthetic)
    return axes


def _passes(values: np.ndarray, level: float) -> bool:
    return bool(values.min() < level < values.max())


def _said_of(study: LeavingStudy, text: str) -> str:
    """Write labels in a side of a difference in words, word for word."""
    return label(" ".join(study.words.name(word) for word in text.split(" ")), width=26)
