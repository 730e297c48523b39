"""A paper as files: Markdown, the same for Quarto, LaTeX, and Word.

Markdown, Quarto and LaTeX link to the figures and, in LaTeX, read the tables of the folder they
stand in.
"""

from collections.abc import Callable, Mapping

from bayes_alliance.reporting.document.paper import Paper
from bayes_alliance.reporting.escaping import latex, markdown
from bayes_alliance.reporting.latex_equations import displayed, inline
from bayes_alliance.reporting.prose.citing import Reference
from bayes_alliance.reporting.prose.passage import Passage
from bayes_alliance.reporting.tables import word
from bayes_alliance.specification.equation import Symbols

QUARTO = """---
title: {title}
format:
  docx: default
  html:
    embed-resources: true
  pdf: default
---

"""
LATEX = r"""\documentclass[12pt]{{article}}
\usepackage[utf8]{{inputenc}}
\usepackage[T1]{{fontenc}}
\usepackage[margin=2.5cm]{{geometry}}
\usepackage{{adjustbox,amsmath,booktabs,graphicx,rotating,threeparttable}}
\begin{{document}}
\title{{{title}}}
\date{{}}
\author{{}}
\maketitle
{body}
\end{{document}}
"""
FIGURE = r"""\begin{{figure}}[htbp]
\centering
\caption{{{title}}}
\label{{fig:{name}}}
\includegraphics[width=\linewidth]{{figures/{name}.pdf}}

\footnotesize \textit{{Note.}} {note}
\end{{figure}}"""
REFERENCE = r"\par\noindent\hangindent=2em "


def to_markdown(paper: Paper) -> str:
    """Write a paper in Markdown."""
    return f"# {markdown(paper.title)}\n\n{_body(paper)}"


def to_quarto(paper: Paper) -> str:
    """Write a paper for Quarto: the same text below what Quarto reads first."""
    # A quote within would end the title.
    title = paper.title.replace("\\", "\\\\").replace('"', '\\"')
    return QUARTO.format(title=f'"{title}"') + _body(paper)


def to_latex(paper: Paper) -> str:
    """Write a paper in LaTeX, to be compiled in the folder of the report."""
    parts = [r"\section*{Main Results}", *(latex(text) for text in paper.main)]
    for heading, passages in paper.sections:
        parts.append(rf"\section*{{{heading}}}")
        parts += [part for one in passages for part in _latex_passage(one)]
    parts += [r"\section*{References}", *(_latex_reference(one) for one in paper.references)]
    parts.append(r"\clearpage")
    parts += [rf"\input{{tables/{table.name}.tex}}" for table in paper.tables]
    parts += [
        FIGURE.format(title=latex(one.title), name=one.name, note=latex(one.caption))
        for one in paper.figures
    ]
    return LATEX.format(title=latex(paper.title), body="\n\n".join(parts))


def to_word(paper: Paper, pictures: Mapping[str, bytes]) -> bytes:
    """Write a paper as a Word document.

    Parameters
    ----------
    pictures : mapping of str to bytes
        The png file of each figure, by its name.
    """
    figures = [
        word.Picture(
            title=one.title,
            note=one.caption,
            alt=one.alt,
            png=pictures[one.name],
            inches=float(one.drawing.get_size_inches()[0]),
        )
        for one in paper.figures
    ]
    return word.document(
        paper.tables,
        text=paper.sections,
        title=paper.title,
        main=paper.main,
        figures=figures,
        references=paper.references,
    )


def _body(paper: Paper) -> str:
    parts = ["## Main Results", *(f"- {markdown(text)}" for text in paper.main)]
    for heading, passages in paper.sections:
        parts.append(f"## {heading}")
        parts += [part for one in passages for part in _markdown_passage(one)]
    parts += ["## References", *(_markdown_reference(one) for one in paper.references)]
    parts += [
        f"## Table {number}\n\n{table.to_markdown().strip()}"
        for number, table in enumerate(paper.tables, start=1)
    ]
    parts += [
        f"## Figure {number}\n\n*{markdown(one.title)}*\n\n![{_alt(one.alt)}](figures/"
        f"{one.name}.png)\n\n*Note.* {markdown(one.caption)}"
        for number, one in enumerate(paper.figures, start=1)
    ]
    return "\n\n".join(parts) + "\n"


def _latex_passage(one: Passage) -> list[str]:
    parts = [f"\\subsection*{{{latex(one.head)}}}\n{latex(one.text).strip()}"]
    if one.equations:
        lines = displayed(one.equations)
        parts.append(f"\\begin{{align*}}\n{lines}\n\\end{{align*}}")
        parts.append("\\noindent " + _pieces(one, latex))
    return parts


def _markdown_passage(one: Passage) -> list[str]:
    parts = [f"### {markdown(one.head)}", markdown(one.text)]
    if one.equations:
        lines = displayed(one.equations)
        parts.append(f"$$\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n$$")
        parts.append(_pieces(one, markdown))
    return parts


def _pieces(one: Passage, escaped: Callable[[str], str]) -> str:
    """What the symbols of equations mean, the symbols as mathematics."""
    return "".join(
        f"${inline(piece)}$" if isinstance(piece, Symbols) else escaped(piece)
        for piece in one.meaning
    )


def _alt(text: str) -> str:
    return markdown(text.replace("[", "(").replace("]", ")"))


def _markdown_reference(one: Reference) -> str:
    return f"{markdown(one.before)}*{markdown(one.italic)}*{markdown(one.after)}"


def _latex_reference(one: Reference) -> str:
    return f"{REFERENCE}{latex(one.before)}\\textit{{{latex(one.italic)}}}{latex(one.after)}"
