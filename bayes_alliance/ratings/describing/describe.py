"""A description of ratings set as plain text, and as HTML for notebooks."""

from html import escape
from typing import TYPE_CHECKING

from bayes_alliance.ratings.describing.sections import sections

if TYPE_CHECKING:
    from bayes_alliance.ratings.ratings import Ratings


def describe(ratings: "Ratings") -> str:
    """Describe ratings as plain text."""
    blocks = []
    for section in sections(ratings):
        lines = [section.title] if section.title else []
        if section.rows:
            lines += _aligned((section.header, *section.rows))
        blocks.append("\n".join([*lines, *section.sentences]))
    return "\n\n".join(blocks)


def describe_html(ratings: "Ratings") -> str:
    """Describe ratings as HTML."""
    parts = []
    for section in sections(ratings):
        if section.title:
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
