"""The report of a fit: one HTML file that stands alone, the same in Markdown, figures and tables.

`write` composes the sections (data, model, priors, checks, results, provenance) and puts all files
into the folder when all are made. Every number shown stands in full precision in ``tables/``.
"""

from collections.abc import Sequence
from pathlib import Path

from bayes_alliance.errors import checked_arguments
from bayes_alliance.posterior import checks as checking
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.document import composition
from bayes_alliance.reporting.files import folder_for, put
from bayes_alliance.reporting.prose import courses
from bayes_alliance.reporting.tables import Study
from bayes_alliance.results.collection import Reported, collected


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
        docx), and a paper to be edited, with text, tables, figures and references: ``paper.md``,
        ``paper.qmd`` (Quarto), ``paper.tex`` and ``paper.docx``. Files ending in docx are written
        where python-docx (the extra ``word``) is installed.
    checks : tuple of Check, optional
        Checks to report; `checks.standard` if not given.
    studies : sequence
        Studies to report with the fit, in this order: ``UsualAnalysis``, ``PriorStudy``,
        ``PowerScaling``, ``Comparison``, ``SideBySide``, ``LeavingStudy``, ``Atlas``.
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
    contents = composition.composed(everything, checks=done, studies=studies)
    return put(folder, {"report": contents}, force=force) / "report.html"


@checked_arguments
def headline(records: Reported) -> str:
    """Say the main results in a few lines of plain text."""
    mark = ["SYNTHETIC DATA"] if records.fit.ratings.synthetic else []
    return "\n".join(["", *mark, *courses.growth(records)])
