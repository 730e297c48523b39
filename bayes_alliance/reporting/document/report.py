"""The report of a fit: one HTML file that stands alone, the same in Markdown, figures and tables.

`write` composes the sections (data, model, priors, checks, results, provenance), draws the figures
once, and renders HTML with the figures inside (no network needed, prints well, readable by screen
readers) and Markdown with links. Every number shown stands in full precision in ``tables/``.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bayes_alliance.posterior import checks as checking
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.document.contents import Figure, Section
from bayes_alliance.reporting.document.files import folder_for, write_text
from bayes_alliance.reporting.document.result_sections import for_paper, sections
from bayes_alliance.reporting.plots import save
from bayes_alliance.reporting.plots.style import DOUBLE
from bayes_alliance.reporting.prose import sentences
from bayes_alliance.reporting.prose.wording import piped
from bayes_alliance.reporting.tables import PaperTable, Study, word

FIGURES = (
    "convergence",
    "posterior_predictive",
    "trajectories",
    "agreement",
    "shares",
    "flow",
    "effects_*",
    "prior_support_*",
)
TABLES = (
    "checks",
    "posterior_predictive",
    "growth",
    "agreement",
    "shares",
    "covariates",
    "ratings_by_occasion",
    "observed",
    "covariates_described",
    "priors",
    "quantities",
    "provenance",
    "agreement_by_pair",
    "checklist",
    "comparison_by_child",
    "comparison_by_clinic",
    "comparison_by_rating",
    "comparison_by_therapist",
    "covariate_effects",
    "dyads",
    "estimands",
    "fixed_effects",
    "power_scaling",
    "prior_sensitivity",
    "usual",
    "variation",
)
PAPER = ("paper.md", "paper.docx")
PREVIEW = ("svg", "png", "pdf")
TEXTS = (
    "quantity",
    "statistic",
    "estimand",
    "of",
    "time",
    "verdict",
    "reference",
    "describes",
    "kind",
    "distribution",
    "stands for",
    "prior",
    "95 % of the prior, in rating points",
    "reason",
    "value",
    "item",
    "status",
    "where",
    "how",
    "guideline",
    "Verdict",
    "Blocks that matter",
    "Diagnosis",
)


@dataclass(frozen=True, kw_only=True)
class _Banner:
    text: str
    urgent: bool


def write(
    fit: Fit,
    folder: str | Path,
    *,
    checks: tuple[Check, ...] | None = None,
    studies: Sequence[Study] = (),
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
    force : bool
        Whether an earlier report in the folder may be replaced.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    InputError
        If there is a report already and `force` is False.
    """
    place = folder_for(folder, "report.html", *PAPER, "report.md", force=force)
    done = checking.standard(fit) if checks is None else checks
    for name in ("figures", "tables"):
        (place / name).mkdir(exist_ok=True)
    _clear(place)
    papers = for_paper(fit, studies=studies)
    composed = tuple(sections(fit, checks=done, studies=studies, papers=papers))
    inline = _write_parts(composed, place)
    _write_paper(_title(fit), composed, papers, place)
    said = {
        "title": _title(fit),
        "banners": _banners(fit, done),
        "sections": composed,
        "inline": inline,
        "texts": TEXTS,
        "version": fit.versions.get("bayes-alliance", ""),
    }
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
    write_text(place / "report.md", environment.get_template("report.md.j2").render(said))
    html = environment.get_template("report.html.j2").render(said)
    return write_text(place / "report.html", html)


def headline(fit: Fit) -> str:
    """Say the main results in a few lines of plain text."""
    mark = ["SYNTHETIC DATA"] if fit.ratings.synthetic else []
    return "\n".join(["", *mark, *sentences.growth(fit)])


def _title(fit: Fit) -> str:
    return f"{fit.spec.title}: {fit.ratings.title}" if fit.ratings.title else fit.spec.title


def _banners(fit: Fit, checks: tuple[Check, ...]) -> list[_Banner]:
    found = []
    if fit.ratings.synthetic:
        text = "SYNTHETIC DATA. The ratings are made up; nothing here is a finding about families."
        found.append(_Banner(text=text, urgent=False))
    if fit.interrupted:
        text = (
            "INTERRUPTED. Sampling was stopped early; this report rests on fewer draws than asked."
        )
        found.append(_Banner(text=text, urgent=True))
    for check in checks:
        if check.verdict == "fail":
            use = (
                "Do not use these results."
                if check.name == "convergence"
                else "Read the results with this in mind."
            )
            text = f"CHECK FAILED: {check.name}. {use} {check.sentence}"
            found.append(_Banner(text=text, urgent=True))
    return found


def _clear(place: Path) -> None:
    """Take away parts of an earlier report, which this one may not have."""
    for name in FIGURES:
        for ending in PREVIEW:
            for old in (place / "figures").glob(f"{name}.{ending}"):
                old.unlink()
    for name in TABLES:
        for ending in ("csv", "tex", "docx"):
            (place / "tables" / f"{name}.{ending}").unlink(missing_ok=True)
    for name in PAPER:
        (place / name).unlink(missing_ok=True)


def _write_parts(composed: tuple[Section, ...], place: Path) -> dict[str, str]:
    """Write figures and tables; return each figure as the address of an inlined image."""
    inline = {}
    for section in composed:
        for table in (*section.tables, *section.unshown):
            write_text(place / "tables" / f"{table.name}.csv", table.data.to_csv(index=False))
        for figure in section.figures:
            files = save(figure.drawing, place / "figures" / figure.name, formats=PREVIEW)
            plt.close(figure.drawing)
            code = base64.b64encode(files[0].read_bytes()).decode("ascii")
            inline[figure.name] = f"data:image/svg+xml;base64,{code}"
    return inline


def _write_paper(
    title: str, composed: tuple[Section, ...], papers: Sequence[PaperTable], place: Path
) -> None:
    """Write text and tables for a paper, to be edited."""
    (section,) = (section for section in composed if section.key == "text")
    text = tuple(zip(("Method", "Results"), section.paragraphs, strict=True))
    parts = [f"# {title}", *(f"## {heading}\n\n{paragraph}" for heading, paragraph in text)]
    parts += [f"## Table {i}\n\n{paper.to_markdown()}" for i, paper in enumerate(papers, start=1)]
    write_text(place / "paper.md", "\n\n".join(part.strip() for part in parts) + "\n")
    for paper in papers:
        own = place / "tables" / paper.name
        paper.to_csv(own.with_suffix(".csv"))
        write_text(own.with_suffix(".tex"), paper.to_latex())
        if word.installed():
            paper.to_docx(own.with_suffix(".docx"))
    if word.installed():
        word.write(papers, place / "paper.docx", text=text, title=title)


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    """Rows of text."""
    return [[str(value) for value in row] for row in frame.itertuples(index=False)]


def _percent_of_width(figure: Figure) -> str:
    """How much of the page a figure takes: all of it if it has the width of two columns."""
    return f"{min(100.0, 100.0 * figure.drawing.get_size_inches()[0] / DOUBLE):.0f}"
