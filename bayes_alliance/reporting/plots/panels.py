"""Panels of figures that need more than one: made, or those the caller gives."""

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.reporting.plots.style import SINGLE

LETTER, HANDLE = 4.0, 34.0  # points of a letter of a legend, and of what stands before its name

type Given = Axes | Sequence[Axes] | None


def panels(
    ax: Given, count: int, *, columns: int, size: tuple[float, float], sharey: bool = False
) -> tuple[Axes, ...]:
    """Take the caller's axes, or make a figure of `count` panels.

    Parameters
    ----------
    columns : int
        Panels beside each other in a figure of its own.
    size : pair of float
        Width and height of that figure in inches.

    Raises
    ------
    InputError
        If another number of axes is given.
    """
    if ax is not None:
        given = (ax,) if isinstance(ax, Axes) else tuple(ax)
        if len(given) != count:
            message = f"give {count} axes, not {len(given)}"
            raise InputError([Problem(where="ax", message=message)], "figure")
        return given
    rows = math.ceil(count / columns)
    figure, grid = plt.subplots(rows, columns, squeeze=False, sharey=sharey, figsize=size)
    made = grid.ravel().tolist()
    for unused in made[count:]:
        figure.delaxes(unused)
    return tuple(made[:count])


def legend_below(axes: Sequence[Axes], ax: Given, *, columns: int) -> None:
    """Name what has a label in the first panel: below a figure of its own, else in that panel.

    Parameters
    ----------
    columns : int
        Names beside each other, at most: as many as fit in one column of a journal.
    """
    handles, names = axes[0].get_legend_handles_labels()
    if ax is not None:
        axes[0].legend(handles, names)
        return
    figure = axes[0].get_figure(root=True)
    assert figure is not None
    longest = max((len(line) for name in names for line in name.splitlines()), default=1)
    fitting = max(1, int(SINGLE * 72 / (LETTER * longest + HANDLE)))
    figure.legend(
        handles, names, loc="outside lower center", ncols=min(columns, fitting, len(names) or 1)
    )
