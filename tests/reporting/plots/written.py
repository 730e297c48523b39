"""What is written in a figure, and where: texts that overlap, that are cut, that are small.

Looked at is what matplotlib draws when it lays a figure out, with the boxes it gives the texts.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from bayes_alliance.reporting.plots.columns import as_wide_as

TOUCHING = 1.0  # pixels by which two boxes may overlap, or leave the figure: they hold blank lines

SMALLEST = 6.0  # points


@dataclass(frozen=True, kw_only=True)
class Written:
    """A text as it is drawn."""

    text: str
    points: float
    box: Bbox


def written(figure: Figure) -> list[Written]:
    """Every text that a figure draws, in the layout it is saved in."""
    with _recorded() as texts:
        figure.draw_without_rendering()
    return texts


def problems(figure: Figure, inches: float | None = None) -> list[str]:
    """Say which texts of a figure overlap, are cut, too small to read, or names in code.

    Parameters
    ----------
    inches : float, optional
        Width it is saved in; as it is if not given.
    """
    if inches is None:
        try:
            texts = written(figure)
        except UserWarning as warning:  # of the layout, which finds no room for the panels
            return [str(warning)]
        return [*_cut(texts, figure), *_overlapping(texts), *_unreadable(texts)]
    with as_wide_as(figure, inches):
        return problems(figure)


def _cut(texts: Sequence[Written], figure: Figure) -> Iterator[str]:
    for one in texts:
        box = one.box
        out = max(-box.x0, -box.y0, box.x1 - figure.bbox.x1, box.y1 - figure.bbox.y1)
        if out > TOUCHING:
            yield f"{one.text!r} is cut by {out:.0f} pixels"


def _overlapping(texts: Sequence[Written]) -> Iterator[str]:
    for one, other in combinations(texts, 2):
        shared = Bbox.intersection(one.box, other.box)
        if shared is not None and min(shared.width, shared.height) > TOUCHING:
            yield f"{one.text!r} and {other.text!r} overlap"


def _unreadable(texts: Sequence[Written]) -> Iterator[str]:
    for one in texts:
        if one.points < SMALLEST:
            yield f"{one.text!r} has {one.points:g} points"
        if "_" in one.text:
            yield f"{one.text!r} is a name in code"


@contextmanager
def _recorded() -> Iterator[list[Written]]:
    """Keep every text that is drawn with its box."""
    texts: list[Written] = []
    draw = Text.draw

    def kept(self: Text, renderer: Any, *args: Any, **options: Any) -> None:
        draw(self, renderer, *args, **options)
        if self.get_visible() and self.get_text().strip():
            box = self.get_window_extent(renderer)
            texts.append(Written(text=self.get_text(), points=self.get_fontsize(), box=box))

    Text.draw = kept  # type: ignore[method-assign]
    try:
        yield texts
    finally:
        Text.draw = draw  # type: ignore[method-assign]
