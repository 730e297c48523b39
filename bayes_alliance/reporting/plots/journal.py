"""Saving a figure as journals want it: fixed width, fonts embedded, vector and pixels."""

from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_alliance.reporting.plots.style import DOUBLE, SINGLE, house_style

FORMATS = ("pdf", "svg", "png")


def save(
    figure: Figure | Axes,
    path: str | Path,
    *,
    width: Literal["single", "double"] | None = None,
    formats: tuple[str, ...] = FORMATS,
) -> tuple[Path, ...]:
    """Save a figure in several formats, each whole or not at all.

    Parameters
    ----------
    figure : Figure or Axes
        Of axes, their whole figure.
    path : path
        Name without its ending; the folder must exist.
    width : {"single", "double"}, optional
        Width of one (89 mm) or two (183 mm) columns, at the same proportions; as drawn if not
        given.
    formats : tuple of str
        ``"pdf"`` (fonts embedded), ``"svg"`` (letters as outlines), ``"png"`` (300 dots per inch).

    Returns
    -------
    tuple of Path
        One file per format.
    """
    whole = figure if isinstance(figure, Figure) else figure.get_figure(root=True)
    if whole is None:
        raise TypeError("axes that were taken out of their figure")
    stem = Path(path)
    if width is not None:
        inches = SINGLE if width == "single" else DOUBLE
        old = whole.get_size_inches()
        whole.set_size_inches(inches, old[1] * inches / old[0])
    written = []
    with house_style():
        for ending in formats:
            target = stem.with_name(f"{stem.name}.{ending}")
            partial = target.with_name(f".{target.name}.partial")
            dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
            whole.savefig(partial, format=ending, metadata=dates.get(ending))
            partial.replace(target)
            written.append(target)
    return tuple(written)
