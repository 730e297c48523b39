"""The report of a fit: one HTML file that stands alone, the same in Markdown, figures and tables.

`write` composes the sections (data, model, priors, checks, results, provenance), draws the figures
once, and renders HTML with the figures inside (no network needed, prints well, readable by screen
readers) and Markdown with links; files are put into the folder when all are made. Every number
shown stands in full precision in ``tables/``.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bayes_alliance.errors import checked_arguments
from bayes_alliance.posterior import checks as checking
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import rendering
from bayes_alliance.reporting.document.contents import Figure, Section
from bayes_alliance.reporting.document.result_sections import for_paper, sections
from bayes_alliance.reporting.files import folder_for, put
from bayes_alliance.reporting.plots.style import DOUBLE, RULES
from bayes_alliance.reporting.prose import sentences
from bayes_alliance.reporting.prose.wording import piped
from bayes_alliance.reporting.tables import PaperTable, Study, word
from bayes_alliance.results.collection import Reported, collected

PREVIEW = ("svg", "png", "pdf")
# What a report may consist of; which figures and tables it has depends on the fit.
FILES = (
    *("report.html", "report.md", "paper.md", "paper.docx"),
    *(f"figures/*.{ending}" for ending in PREVIEW),
    *(f"tables/*.{ending}" for ending in ("csv", "tex", "docx")),
)


@dataclass(frozen=True, kw_only=True)
class _Banner:
    text: str
    urgent: bool


@checked_arguments
def write(
    fit: Fit,
    folder: str | Path,
    *,
    checks: tuple[Check, ...] | None = None,
    studies: Sequence[Study] = (),
    records: Reported | None = None,
    force: bool = False,
) -> Path:
    """Write the report of a fit.

    Parameters
    ----------
    folder : path
        Made if it is not there. Gets ``report.html``, ``report.md``, ``figures/`` (pdf, svg and
        png of each figure), ``tables/`` (csv, in full precision; those for a paper also as tex and
        docx), and ``paper.md`` and ``paper.docx`` with text and tables for a paper. Files ending
        in docx are written where python-docx (the extra ``word``) is installed.
    checks : tuple of Check, optional
        Checks to report; `checks.standard` if not given.
    studies : sequence
        Studies to report with the fit, in this order: ``UsualAnalysis``, ``PriorStudy``,
        ``PowerScaling``, ``Comparison``.
    records : Reported, optional
        As from `collected`; computed here if not given.
    force : bool
        Whether an earlier report in the folder may be replaced: its files go, others stay.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    InputError
        If there is a report already and `force` is False, or a file is in the way that no earlier
        run wrote.
    """
    folder_for(folder, "report.html", force=force)
    done = checking.standard(fit) if checks is None else checks
    everything = collected(fit) if records is None else records
    contents = composed(everything, checks=done, studies=studies)
    return put(folder, {"report": contents}, force=force) / "report.html"


@checked_arguments
def headline(records: Reported) -> str:
    """Say the main results in a few lines of plain text."""
    mark = ["SYNTHETIC DATA"] if records.fit.ratings.synthetic else []
    return "\n".join(["", *mark, *sentences.growth(records)])


def _title(fit: Fit) -> str:
    return f"{fit.spec.title}: {fit.ratings.title}" if fit.ratings.title else fit.spec.title


def _banners(fit: Fit, checks: tuple[Check, ...]) -> list[_Banner]:
    banners = []
    if fit.ratings.synthetic:
        text = "SYNTHETIC DATA. The ratings are made up; nothing here is a finding about families."
        banners.append(_Banner(text=text, urgent=False))
    if fit.interrupted:
        text = (
            "INTERRUPTED. Sampling was stopped early; this report rests on fewer draws than asked."
        )
        banners.append(_Banner(text=text, urgent=True))
    for check in checks:
        if check.verdict == "fail":
            use = (
                "Do not use these results."
                if check.name == "convergence"
                else "Read the results with this in mind."
            )
            text = f"CHECK FAILED: {check.name}. {use} {check.sentence}"
            banners.append(_Banner(text=text, urgent=True))
    return banners


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
        texts = {f"tables/{table.name}.csv": table.data.to_csv(index=False) for table in shown}
        paper = _paper(_title(fit), parts, papers)
        contents = rendering.finished(list(begun.values()))
    figures = {
        f"figures/{name}.{ending}": content
        for name, rendered in zip(begun, contents, strict=True)
        for ending, content in rendered.items()
    }
    inline = {name: content for name, content in figures.items() if name.endswith(".svg")}
    content = {
        "title": _title(fit),
        "banners": _banners(fit, checks),
        "sections": parts,
        "svg": {name: b64encode(content).decode("ascii") for name, content in inline.items()},
        "version": fit.versions.get("bayes-alliance", ""),
    }
    for name in ("report.md", "report.html"):
        texts[name] = _templates().get_template(f"{name}.j2").render(content)
    pages = {name: text.encode() for name, text in texts.items()}
    return pages | figures | paper


def _paper(
    title: str, composed: Sequence[Section], papers: Sequence[PaperTable]
) -> dict[str, bytes]:
    """Compose text and tables for a paper, to be edited."""
    (section,) = (section for section in composed if section.key == "text")
    text = tuple(zip(("Method", "Results"), section.paragraphs, strict=True))
    parts = [f"# {title}", *(f"## {heading}\n\n{paragraph}" for heading, paragraph in text)]
    parts += [f"## Table {i}\n\n{paper.to_markdown()}" for i, paper in enumerate(papers, start=1)]
    files = {"paper.md": ("\n\n".join(part.strip() for part in parts) + "\n").encode()}
    for paper in papers:
        files[f"tables/{paper.name}.tex"] = paper.to_latex().encode()
        if word.installed():
            files[f"tables/{paper.name}.docx"] = word.document([paper])
    if word.installed():
        files["paper.docx"] = word.document(papers, text=text, title=title)
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
    environment.filters["pipes"] = piped
    environment.filters["percent_of_width"] = _percent_of_width
    return environment


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    """Rows of text."""
    return [[str(value) for value in row] for row in frame.itertuples(index=False)]


def _percent_of_width(figure: Figure) -> str:
    """How much of the page a figure takes: all of it if it has the width of two columns."""
    return f"{min(100.0, 100.0 * figure.drawing.get_size_inches()[0] / DOUBLE):.0f}"
