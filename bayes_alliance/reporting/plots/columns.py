"""A figure as wide as a journal's column, and afterwards as it was.

Panels beside each other that would be too narrow to read stand below each other instead. What only
the first panel of a row shows (numbers and name of its axis, names of rows of numbers) goes with
the panels that are first then.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec

NARROWEST = 40 / 25.4  # inches of a panel with its numbers: some 35 mm of axes at least
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
    columns = max((seat.get_gridspec().ncols for seat in seats.values()), default=1)
    fitting = min(columns, max(1, int(inches / NARROWEST)))
    if not seats or fitting == columns:
        # A panel keeps its proportions.
        new_height = height * inches / width
    else:
        grid = next(iter(seats.values())).get_gridspec()
        n_rows = math.ceil(len(seats) / fitting)
        new_height = height * n_rows / grid.nrows
        _seat(list(seats), GridSpec(n_rows, fitting, figure=figure))
    figure.set_size_inches(inches, new_height)
    try:
        yield
    finally:
        figure.set_size_inches(width, height)
        for ax, seat in seats.items():
            ax.set_subplotspec(seat)
        _show_firsts(list(seats))


def _seats(figure: Figure) -> dict[Axes, SubplotSpec]:
    """Panels of one grid, each in a place of its own; none if the figure is not made so."""
    if figure.subfigs:
        return {}
    seats = {ax: seat for ax in figure.axes if (seat := ax.get_subplotspec()) is not None}
    grids = {id(seat.get_gridspec()) for seat in seats.values()}
    alone = all(seat.num1 == seat.num2 for seat in seats.values())
    return seats if len(grids) == 1 and alone else {}


def _seat(panels: Sequence[Axes], grid: GridSpec) -> None:
    for place, ax in enumerate(panels):
        ax.set_subplotspec(grid[divmod(place, grid.ncols)])
    _show_firsts(panels)


def _show_firsts(panels: Sequence[Axes]) -> None:
    for ax in panels:
        seat = ax.get_subplotspec()
        first = seat is None or seat.is_first_col()
        for artist in ax.findobj(lambda one: one.get_gid() == OF_FIRST):
            artist.set_visible(first)
        if ax.get_shared_y_axes().get_siblings(ax) != [ax]:
            ax.tick_params(labelleft=first)
