"""A table for a paper: numbers, how they are shown, a title and a note, in every format.

The look follows the Publication Manual of the American Psychological Association (7th ed., chapter
7): horizontal rules only, the stub on the left, numbers aligned, no zero before the point where a
quantity cannot exceed 1, a note below. pandas writes HTML and LaTeX, python-docx writes Word.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pandas.io.formats.style import Styler

from bayes_alliance.errors import checked_arguments
from bayes_alliance.reporting.escaping import csv, latex, markdown, piped
from bayes_alliance.reporting.tables import word
from bayes_alliance.writing import write_bytes, write_text

RULE = "1px solid currentColor"
LOOK: Any = [
    {"selector": "", "props": f"border-collapse: collapse; border-bottom: {RULE};"},
    {"selector": "thead", "props": f"border-top: {RULE}; border-bottom: {RULE};"},
    {"selector": "th, td", "props": "padding: 0.15em 0.7em; vertical-align: top; border: 0;"},
    {"selector": "th", "props": "text-align: left; font-weight: normal;"},
    {"selector": "thead th.col_heading", "props": "text-align: right;"},
    {
        "selector": "td",
        "props": "text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums;",
    },
    {"selector": "caption", "props": "text-align: left; font-style: italic; caption-side: top;"},
]
WIDE = 95  # characters of a row that a page in portrait holds
LATEX = r"""% needs \usepackage{{{packages}}}
\begin{{{float}}}{place}
\centering
\begin{{adjustbox}}{{max width=\linewidth, max totalheight={height}}}
\begin{{threeparttable}}
\caption{{{title}}}
\label{{tab:{name}}}
{tabular}\begin{{tablenotes}}[flushleft]
\footnotesize
\item \textit{{Note.}} {note}
\end{{tablenotes}}
\end{{threeparttable}}
\end{{adjustbox}}
\end{{{float}}}
"""
UPRIGHT = {
    "packages": "adjustbox,booktabs,threeparttable",
    "float": "table",
    "place": "[htbp]",
    "height": r"0.9\textheight",
}
TURNED = {
    "packages": "adjustbox,booktabs,rotating,threeparttable",
    "float": "sidewaystable",
    "place": "",
    "height": r"0.95\textwidth",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PaperTable:
    """A table for a paper.

    Parameters
    ----------
    name : str
        Of its files and its label: small letters and ``_``.
    frame : DataFrame
        The numbers, tidy and in full precision.
    shown : DataFrame
        Text, as it is printed: a column per heading; the index is the stub, in one or two levels;
        the name of the columns stands above the stub.
    note : str
        What stands below: the model in a few words, its priors, the draws, the intervals; that
        the data are SYNTHETIC, if they are.
    words : tuple of str
        Headings of columns that hold words; the others, but the stub, hold numbers.
    """

    name: str
    title: str
    frame: pd.DataFrame
    shown: pd.DataFrame
    note: str
    words: tuple[str, ...] = ()

    def to_html(self) -> str:
        """Write the table with its note in HTML; every heading has its scope."""
        style = self._style("html").set_table_styles(LOOK).set_caption(escape(self.title))
        text = style.set_uuid(self.name).to_html(table_attributes='class="paper"')
        text = re.sub(r'<th class="blank[^>]*>&nbsp;</th>', "<td></td>", text)
        text = re.sub(r'<th (?=[^>]*class="(?:index_name|col_heading))', '<th scope="col" ', text)
        text = re.sub(r'<th (?=[^>]*class="row_heading[^>]*rowspan)', '<th scope="rowgroup" ', text)
        text = re.sub(r'<th (?=id[^>]*class="row_heading)', '<th scope="row" ', text)
        return f"{text}<p><em>Note.</em> {escape(self.note)}</p>\n"

    def to_latex(self) -> str:
        r"""Write the table in LaTeX.

        Returns
        -------
        str
            A floating table, ``\label{tab:NAME}``, never wider or higher than the text; a wide one
            stands on a page of its own, turned on its side. Its first line says which packages it
            needs.
        """
        levels = self.shown.index.nlevels
        tabular = self._style("latex").to_latex(
            hrules=True,
            column_format="l" * levels + "r" * self.shown.shape[1],
            multirow_align="naive",
        )
        return LATEX.format(
            title=latex(self.title),
            name=self.name,
            tabular=tabular,
            note=latex(self.note),
            **(TURNED if self.is_wide else UPRIGHT),
        )

    def to_markdown(self) -> str:
        """Write the table in Markdown: a pipe table between its title and its note."""
        flat = self.flat
        stubs = self.shown.index.nlevels
        lines = [[piped(str(name)) for name in flat.columns]]
        lines += [[":---"] * stubs + ["---:"] * (flat.shape[1] - stubs)]
        lines += [[piped(cell) for cell in row] for row in flat.to_numpy().tolist()]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"*{markdown(self.title)}*\n\n{body}\n\n*Note.* {markdown(self.note)}\n"

    @checked_arguments
    def to_csv(self, path: str | Path) -> Path:
        """Write the numbers in full precision.

        Parameters
        ----------
        path : path
            In a folder that exists; what is there is replaced.
        """
        return write_text(Path(path), csv(self.frame))

    @checked_arguments
    def to_docx(self, path: str | Path) -> Path:
        """Write a Word document with this table.

        Parameters
        ----------
        path : path
            In a folder that exists; what is there is replaced.

        Raises
        ------
        InputError
            If python-docx (the extra ``word``) is not installed.
        """
        return write_bytes(Path(path), word.document([self]))

    @cached_property
    def flat(self) -> pd.DataFrame:
        """The table as it is printed, its stub in columns of their own, repeated labels blank."""
        flat = self.shown.reset_index()
        stubs = self.shown.index.nlevels
        head = str(self.shown.columns.name or "")
        flat.columns = pd.Index([""] * (stubs - 1) + [head] + list(self.shown.columns))
        cells = flat.astype(str).astype(object)
        if stubs > 1:
            repeated = cells.iloc[:, 0].eq(cells.iloc[:, 0].shift())
            cells.iloc[:, 0] = cells.iloc[:, 0].mask(repeated, "")
        return cells

    @property
    def is_wide(self) -> bool:
        """Whether its rows need a page turned on its side."""
        return sum(self.widths()) > WIDE

    def widths(self) -> list[int]:
        """Count the characters of every column as it is printed, with a blank on each side."""
        return [max(len(str(name)), *map(len, cells), 0) + 2 for name, cells in self.flat.items()]

    def __repr__(self) -> str:
        return f"{self.title}\n\n{self.shown.to_string()}\n\nNote. {self.note}"

    def _repr_html_(self) -> str:
        return self.to_html()

    def _style(self, language: Literal["html", "latex"]) -> Styler:
        escaped: Callable[[object], str] = _html if language == "html" else latex
        head = escaped(self.shown.columns.name or "")
        style = self.shown.rename_axis(columns=head).style.format(escaped)
        stubs = _html if language == "html" else _stub_of_latex
        style = style.format_index(stubs, axis="index").format_index(escaped, axis="columns")
        return style.hide(axis="index", names=True)


def _html(text: object) -> str:
    return escape(str(text))


def _stub_of_latex(text: object) -> str:
    """Write what stands after the end of a row, to which a bracket or a star would belong."""
    escaped = latex(text)
    return f"{{}}{escaped}" if escaped.startswith(("[", "*")) else escaped
