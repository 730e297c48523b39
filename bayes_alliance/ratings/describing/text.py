"""Descriptions set as plain text and as HTML, and the numbers in them as they are printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from bayes_alliance.numerals import percent


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the description: a table, sentences, or both.

    Parameters
    ----------
    rows : tuple of tuple of str
        Each as long as `header`.
    """

    title: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    sentences: tuple[str, ...] = ()


def as_plain_text(sections: Sequence[Section]) -> str:
    """Set a description as plain text, columns aligned."""
    blocks = []
    for section in sections:
        table = _aligned((section.header, *section.rows)) if section.rows else []
        blocks.append("\n".join([section.title, *table, *section.sentences]))
    return "\n\n".join(blocks)


def as_html(sections: Sequence[Section]) -> str:
    """Set a description as HTML, for notebooks."""
    parts = []
    for section in sections:
        parts.append(f"<h4>{escape(section.title)}</h4>")
        if section.rows:
            head = "".join(f"<th>{escape(cell)}</th>" for cell in section.header)
            body = "".join(
                f"<tr><th>{escape(row[0])}</th>"
                + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
                + "</tr>"
                for row in section.rows
            )
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        parts += [f"<p>{escape(sentence)}</p>" for sentence in section.sentences]
    return f"<div>{''.join(parts)}</div>"


def _aligned(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    widths = [max(len(cell) for cell in cells) for cells in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun in the right form.

    Parameters
    ----------
    plural : str
        The singular and an s if empty.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def share(part: int, of: int) -> str:
    """Return a percentage that never rounds something to nothing or to all."""
    if not of:
        return "-"
    known = part / of
    if 0 < known < 0.01:
        return "<1%"
    if 0.99 < known < 1:
        return ">99%"
    return percent(known)


def rounded(value: float, *, sd: float) -> str:
    """Return a number with the digits that a spread of `sd` makes worth reading.

    Parameters
    ----------
    value, sd : float
        NaN prints as a dash.
    """
    if np.isnan(value):
        return "-"
    digits = 1 if np.isnan(sd) or sd == 0 or sd >= 5 else 2 if sd >= 0.5 else 3
    return f"{round(float(value), digits) + 0.0:,.{digits}f}"


def span(values: pd.Series) -> str:
    """Return the lowest and highest value."""
    low, high = (
        f"{value:,.10g}" if value.is_integer() else f"{value:.4g}"
        for value in (float(values.min()), float(values.max()))
    )
    return low if low == high else f"{low} to {high}"
