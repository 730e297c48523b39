"""Every file of a report, composed before any of them is written.

`composed` draws the figures once, and renders HTML with the figures inside (no network needed,
prints well, readable by screen readers) and Markdown with links, both from the same sections.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import matplotlib.pyplot as plt
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check, Verdict
from bayes_alliance.reporting import rendering
from bayes_alliance.reporting.document.contents import Figure, Section
from bayes_alliance.reporting.document.method_sections import VERDICTS
from bayes_alliance.reporting.document.paper import Paper, paper_of
from bayes_alliance.reporting.document.paper_files import (
    to_latex,
    to_markdown,
    to_quarto,
    to_word,
)
from bayes_alliance.reporting.document.paper_tables import for_paper
from bayes_alliance.reporting.document.result_sections import sections
from bayes_alliance.reporting.escaping import csv, fenced, markdown, piped
from bayes_alliance.reporting.plots.style import DOUBLE, RULES
from bayes_alliance.reporting.tables import Study, word
from bayes_alliance.results.collection import Reported
from bayes_alliance.specification.mathml import mathml
from bayes_alliance.studies.names import readable

PREVIEW = ("svg", "png", "pdf")
# What a report may consist of; which figures and tables it has depends on the fit.
FILES = (
    *("report.html", "report.md", "paper.md", "paper.qmd", "paper.tex", "paper.docx"),
    *(f"figures/*.{ending}" for ending in PREVIEW),
    *(f"tables/*.{ending}" for ending in ("csv", "tex", "docx")),
)


@dataclass(frozen=True, kw_only=True)
class Banner:
    """What stands above everything else on a page."""

    text: str
    urgent: bool


@dataclass(frozen=True, kw_only=True)
class Badge:
    """What the checks came to, on a page that has a section on them."""

    verdict: Verdict
    text: str


def _banners(fit: Fit, checks: tuple[Check, ...]) -> list[Banner]:
    banners = []
    if fit.ratings.synthetic:
        text = "SYNTHETIC DATA. The ratings are made up; nothing here is a finding about families."
        text = fit.ratings.words.said(text)
        banners.append(Banner(text=text, urgent=False))
    if fit.interrupted:
        text = (
            "INTERRUPTED. Sampling was stopped early; this report rests on fewer draws than asked."
        )
        banners.append(Banner(text=text, urgent=True))
    for check in checks:
        if check.verdict == "fail":
            use = (
                "Do not use these results."
                if check.name == "convergence"
                else "Read the results with this in mind."
            )
            said = readable(check.sentence, fit.ratings.words)
            text = f"CHECK FAILED: {check.name}. {use} {said}"
            banners.append(Banner(text=text, urgent=True))
    return banners


def _badge(checks: tuple[Check, ...]) -> Badge:
    """Compose the badge of the worst verdict."""
    if not checks:
        return Badge(verdict="warn", text="No checks were made.")
    verdicts = {check.verdict for check in checks}
    worst: Verdict = "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "pass"
    said = ", ".join(f"{check.name} {VERDICTS[check.verdict]}" for check in checks)
    return Badge(verdict=worst, text=f"Checks: {said}.")


def composed(
    records: Reported, *, checks: tuple[Check, ...], studies: Sequence[Study]
) -> dict[str, bytes]:
    """Compose every file of the report.

    Parameters
    ----------
    checks, studies
        As in `write`.

    Returns
    -------
    dict
        Path below the folder to content.
    """
    fit = records.fit
    parts: list[Section] = []
    begun: dict[str, rendering.Begun] = {}
    with rendering.beside(formats=PREVIEW, rules=RULES) as process:
        papers = for_paper(records, studies=studies)
        for part in sections(records, checks=checks, studies=studies, papers=papers):
            parts.append(part)
            for figure in part.figures:
                plt.close(figure.drawing)
                begun[figure.name] = rendering.begun(
                    figure.drawing, formats=PREVIEW, rules=RULES, process=process
                )
        shown = [table for part in parts for table in (*part.tables, *part.unshown)]
        texts = {f"tables/{table.name}.csv": csv(table.data) for table in shown}
        paper = paper_of(records, checks=checks, parts=parts, papers=papers)
        files = _files(paper)
        contents = rendering.finished(list(begun.values()))
    figures = {
        f"figures/{name}.{ending}": content
        for name, rendered in zip(begun, contents, strict=True)
        for ending, content in rendered.items()
    }
    if word.installed():
        pictures = {name: rendered["png"] for name, rendered in zip(begun, contents, strict=True)}
        files["paper.docx"] = to_word(paper, pictures)
    for name in ("report.md", "report.html"):
        texts[name] = page(
            paper.title,
            parts,
            banners=_banners(fit, checks),
            badge=_badge(checks),
            figures=figures,
            version=fit.versions.get("bayes-alliance", ""),
            name=name,
        )
    pages = {name: text.encode() for name, text in texts.items()}
    return pages | figures | files


def page(
    title: str,
    parts: Sequence[Section],
    *,
    banners: Sequence[Banner],
    figures: Mapping[str, bytes],
    version: str,
    badge: Badge | None = None,
    name: str = "report.html",
) -> str:
    """Compose one page of sections, figures inside it if it is HTML.

    Parameters
    ----------
    figures : mapping
        Path to content, ``figures/*.svg`` of every figure among them.
    version : str
        Of the package.
    badge : Badge, optional
        What the checks came to.
    name : {"report.html", "report.md"}
    """
    inline = {path: content for path, content in figures.items() if path.endswith(".svg")}
    content = {
        "title": title,
        "banners": banners,
        "badge": badge,
        "sections": parts,
        "svg": {path: b64encode(one).decode("ascii") for path, one in inline.items()},
        "version": version,
    }
    return _templates().get_template(f"{name}.j2").render(content)


def _files(paper: Paper) -> dict[str, bytes]:
    """Compose the files of a paper that need no picture."""
    files = {
        "paper.md": to_markdown(paper).encode(),
        "paper.qmd": to_quarto(paper).encode(),
        "paper.tex": to_latex(paper).encode(),
    }
    for table in paper.tables:
        files[f"tables/{table.name}.tex"] = table.to_latex().encode()
        if word.installed():
            files[f"tables/{table.name}.docx"] = word.document([table])
    return files


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("bayes_alliance.reporting.document"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cells"] = _cells
    environment.filters |= {"pipes": piped, "markdown": markdown, "fenced": fenced}
    environment.filters["mathml"] = mathml
    environment.filters["first_sentence"] = _first_sentence
    environment.filters["percent_of_width"] = _percent_of_width
    return environment


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    """Rows of text."""
    return [[str(value) for value in row] for row in frame.itertuples(index=False)]


def _first_sentence(text: str) -> str:
    first = re.match(r".*?\.(?=\s|$)", text)
    return first[0] if first else text


def _percent_of_width(figure: Figure) -> str:
    """How much of the page a figure takes: all of it if it has the width of two columns."""
    return f"{min(100.0, 100.0 * figure.drawing.get_size_inches()[0] / DOUBLE):.0f}"
