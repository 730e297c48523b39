"""Saving a figure as journals want it: fixed width, fonts embedded, vector and pixels."""

from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.reporting.plots.columns import as_wide_as
from bayes_alliance.reporting.plots.style import DOUBLE, RULES, SINGLE
from bayes_alliance.reporting.rendering import rendered
from bayes_alliance.writing import write_bytes

FORMATS = ("pdf", "svg", "png")


@checked_arguments
def save(
    figure: Figure | Axes,
    path: str | Path,
    *,
    width: Literal["single", "double"] | None = None,
    formats: tuple[str, ...] = FORMATS,
) -> tuple[Path, ...]:
    """Save a figure in several formats, each file completely or not at all.

    Parameters
    ----------
    figure : Figure or Axes
        Of axes, their whole figure.
    path : path
        Name without its ending; the folder must exist.
    width : {"single", "double"}, optional
        Width of one (89 mm) or two (183 mm) columns; as drawn if not given. Panels that would be
        narrower than 35 mm stand below each other. The figure itself stays as it is.
    formats : tuple of str
        ``"pdf"`` (fonts embedded), ``"svg"`` (letters as outlines), ``"png"`` (300 dots per inch).

    Returns
    -------
    tuple of Path
        One file per format.
    """
    drawing = figure if isinstance(figure, Figure) else figure.get_figure(root=True)
    if drawing is None:
        message = "axes that were taken out of their figure"
        raise InputError([Problem(where="figure", message=message)], "save")
    stem = Path(path)
    if width is not None:
        with as_wide_as(drawing, SINGLE if width == "single" else DOUBLE):
            contents = rendered(drawing, formats=formats, rules=RULES)
    else:
        contents = rendered(drawing, formats=formats, rules=RULES)
    return tuple(
        write_bytes(stem.with_name(f"{stem.name}.{ending}"), content)
        for ending, content in contents.items()
    )
