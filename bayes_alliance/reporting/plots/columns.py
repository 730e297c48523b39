"""A figure as wide as a journal's column, and afterwards as it was.

Panels beside each other that would be too narrow to read stand below each other instead. What only
the first panel of a row shows (numbers and name of its axis, names of rows of numbers) goes with
the panels that are first then.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec

NARROWEST = 40 / 25.4  # inches of a panel with its numbers: some 35 mm of axes at least
NAMED = 12 / 25.4  # inches more of panels of which each names its own vertical axis
LISTED = 80 / 25.4  # inches of a panel of rows with their names
OF_ROWS = "of rows with names"  # marks such panels
OF_FIRST = "of the first panel of a row"  # marks what others hide


def of_first(artist: Artist, *, first: bool) -> None:
    """Show something in the first panel of a row only, whichever that will be."""
    artist.set_gid(OF_FIRST)
    artist.set_visible(first)


@contextmanager
def as_wide_as(figure: Figure, inches: float) -> Iterator[None]:
    """Give a figure a width, in as many columns of panels as fit; then all is as it was."""
    width, height = figure.get_size_inches()
    seats = _seats(figure)
    n_columns = max((seat.get_gridspec().ncols for seat in seats.values()), default=1)
    # What is written does not shrink with the width, nor grow: the height follows it little.
    figure.set_size_inches(inches, height * max(1.0, inches / width) ** 0.5)
    try:
        if seats and inches < width:
            fitting = max(1, int(inches / _needed(list(seats))))
            if fitting < n_columns:
                figure.set_size_inches(inches, height * _seat(figure, seats, fitting))
        yield
    finally:
        figure.set_size_inches(width, height)
        for ax, seat in seats.items():
            ax.set_subplotspec(seat)
        _show_firsts(list(seats))


def _needed(panels: Sequence[Axes]) -> float:
    """Inches that each of some panels needs."""
    if any(panel.get_gid() == OF_ROWS for panel in panels):
        return LISTED
    names = [panel.yaxis.label for panel in panels if panel.yaxis.label.get_text()]
    own = any(name.get_gid() != OF_FIRST for name in names)
    return NARROWEST + (NAMED if own else 0.0)


def _seats(figure: Figure) -> dict[Axes, SubplotSpec]:
    """Panels of one grid, each in a place of its own; none if the figure is not made so."""
    if figure.subfigs:
        return {}
    seats = {ax: seat for ax in figure.axes if (seat := ax.get_subplotspec()) is not None}
    grids = {id(seat.get_gridspec()) for seat in seats.values()}
    alone = all(seat.num1 == seat.num2 for seat in seats.values())
    return seats if len(grids) == 1 and alone else {}


def _seat(figure: Figure, seats: Mapping[Axes, SubplotSpec], n_columns: int) -> float:
    """Put panels into so many columns, and return how many times as high that makes the figure.

    A row is as high as the highest row that its panels come from.
    """
    ratios = next(iter(seats.values())).get_gridspec().get_height_ratios()
    before = np.ravel(ratios).astype(float).tolist()
    heights = [before[seat.rowspan.start] for seat in seats.values()]
    rows = [max(row) for row in batched(heights, n_columns)]
    grid = GridSpec(len(rows), n_columns, figure=figure, height_ratios=rows)
    for place, ax in enumerate(seats):
        ax.set_subplotspec(grid[divmod(place, n_columns)])
    _show_firsts(list(seats))
    return sum(rows) / sum(before)


def _show_firsts(panels: Sequence[Axes]) -> None:
    for ax in panels:
        seat = ax.get_subplotspec()
        first = seat is None or seat.is_first_col()
        for artist in ax.findobj(lambda one: one.get_gid() == OF_FIRST):
            artist.set_visible(first)
        if ax.get_shared_y_axes().get_siblings(ax) != [ax]:
            ax.tick_params(labelleft=first)
