"""Conclusions under every choice of an atlas, on one page."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from bayes_alliance.errors import checked_arguments
from bayes_alliance.reporting.plots.panels import Given, panels
from bayes_alliance.reporting.plots.style import DOUBLE, house_style, label, mark_synthetic
from bayes_alliance.studies.atlas import Atlas
from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.names import readable

# Colours differ in lightness too, marks in shape (after Tol 2021).
LOOKS = {
    "supported": ("#004488", "o"),
    "undecided": ("#D09A20", "s"),
    "contradicted": ("#AA3344", "^"),
}
# Hatched, as in other figures, where a number stands on the prior.
DRIVEN: dict[str, Any] = {"fc": "none", "ec": "#BBBBBB", "hatch": "/////", "lw": 0, "zorder": 0}
TICKS = {0.001: ".001", 1.0 - SUPPORTED: ".025", 0.5: ".5", SUPPORTED: ".975", 0.999: ".999"}
HIGHEST, EDGE = 0.9995, 0.9998  # the highest that is drawn, and the edge; 1 minus them the lowest


@checked_arguments
def atlas(study: Atlas, *, ax: Given = None) -> tuple[Axes, ...]:
    """Draw the support of every conclusion under every choice.

    Parameters
    ----------
    ax : Axes or sequence of Axes, optional
        One per conclusion; a new figure if not given.

    Returns
    -------
    tuple of Axes
        A panel per conclusion, a row per analysis, the one as stated first; support on a scale of
        log odds, in colour and shape by verdict. Hatched, with hollow marks: the prior drives it.
        Supports above .9995 stand there, because draws do not tell them from 1.
    """
    table = study.table
    names = list(dict.fromkeys(table["conclusion"]))
    rows = table[["what", "setting"]].drop_duplicates()
    place = {tuple(row): y for row, y in zip(rows.to_numpy().tolist(), _heights(rows), strict=True)}
    with house_style():
        size = (DOUBLE, 0.145 * max(place.values()) + 1.1)
        drawn = panels(ax, len(names), columns=max(len(names), 1), size=size)
        for number, (panel, name) in enumerate(zip(drawn, names, strict=True)):
            _one(panel, table[table["conclusion"] == name], place)
            panel.set_title(label(readable(name, study.words), width=30), fontsize=7)
            panel.set_ylim(max(place.values()) + 0.8, -0.8)
            panel.set_yticks(list(place.values()))
            panel.set_yticklabels(_labels(study, rows) if number == 0 else [], fontsize=6)
            panel.tick_params(axis="y", length=0)
        if drawn:
            _legend(drawn[0])
            mark_synthetic(drawn[0], synthetic=study.synthetic)
    return drawn


def _one(panel: Axes, own: pd.DataFrame, place: dict[tuple[str, ...], float]) -> None:
    for at in (1.0 - SUPPORTED, 0.5, SUPPORTED):
        panel.axvline(at, color="#333333" if at == SUPPORTED else "#BBBBBB", lw=0.6)
    for _, row in own.iterrows():
        y, verdict = place[row["what"], row["setting"]], str(row["verdict"])
        if verdict not in LOOKS:
            panel.text(0.5, y, verdict, ha="center", va="center", size=6, color="#888888")
            continue
        color, marker = LOOKS[verdict]
        driven = row["prior_driven"] is True
        if driven:
            panel.axhspan(y - 0.42, y + 0.42, **DRIVEN)
        inside = "white" if driven else color
        support = float(np.clip(row["support"], 1.0 - HIGHEST, HIGHEST))
        panel.plot(support, y, marker, mec=color, mfc=inside, ms=4, mew=1.0)
    panel.set_xscale("logit")
    panel.set_xlim(1.0 - EDGE, EDGE)
    panel.xaxis.set_major_locator(FixedLocator([*TICKS]))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xticks([*TICKS], [*TICKS.values()], fontsize=6)
    panel.set_xlabel("support (log odds)")


def _heights(rows: pd.DataFrame) -> list[float]:
    """Where each analysis stands; a little room between choices."""
    new = (rows["what"] != rows["what"].shift()).cumsum().to_numpy()
    return [float(number + 0.45 * group) for number, group in enumerate(new - 1)]


def _labels(study: Atlas, rows: pd.DataFrame) -> list[str]:
    said = study.words.said
    names = []
    for what, setting in rows.to_numpy(dtype=str).tolist():
        text = said(what) if not setting else f"{said(what)}: {said(study.words.name(setting))}"
        names.append(label(text, width=60))
    return names


def _legend(panel: Axes) -> None:
    figure = panel.get_figure(root=True)
    if figure is None:
        return
    shown = [
        Line2D([], [], ls="", marker=marker, mec=color, mfc=color, ms=4, label=verdict)
        for verdict, (color, marker) in LOOKS.items()
    ]
    figure.legend(
        handles=[*shown, Patch(**DRIVEN, label="driven by the prior")],
        loc="outside lower center",
        ncols=4,
    )
