"""The sections of a report for a paper: studies beside the fit, paragraphs to edit, checklists."""

from collections.abc import Iterator, Sequence

from bayes_alliance.estimands.usual import UsualAnalysis
from bayes_alliance.posterior.compare import Comparison
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import checklist, plots, tables
from bayes_alliance.reporting.checklist.item import OTHER_PRIORS
from bayes_alliance.reporting.document.contents import Figure, Section, Table, drawing_of, of_paper
from bayes_alliance.reporting.document.paper import STUDIES, Paper
from bayes_alliance.reporting.document.paper_tables import of_study
from bayes_alliance.reporting.document.study_sections import atlas_figures, support_figures
from bayes_alliance.reporting.prose.leaving import sentences as of_leaving
from bayes_alliance.reporting.prose.leaving import shown as shown_of_leaving
from bayes_alliance.reporting.tables import Study
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.side_by_side import SideBySide
from bayes_alliance.studies.atlas import Atlas
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.leaving import LeavingStudy
from bayes_alliance.studies.power_scaling import PowerScaling


def of(studies: Sequence[Study]) -> Iterator[Section]:
    """Compose a section for every study.

    Parameters
    ----------
    studies : sequence
        ``UsualAnalysis``, ``Comparison``, ``SideBySide``, ``PriorStudy``, ``PowerScaling``,
        ``LeavingStudy``, ``Atlas``.
    """
    for number, study in enumerate(studies, start=1):
        yield _section(study, number)


def text(paper: Paper) -> Section:
    """Compose the section with methods and results in short paragraphs."""
    return Section(
        key="text",
        title="Text for a paper",
        lead="Methods and results of this fit, to be edited; the same text, with equations, "
        "tables, figures and references, stands in paper.md, paper.qmd (Quarto) and paper.tex (and "
        "in paper.docx where python-docx is installed).",
        passages=(*paper.methods, *paper.results),
    )


def checklists(
    records: Reported, *, checks: tuple[Check, ...], studies: Sequence[Study]
) -> Section:
    """Compose the section with the checklists of reviewers."""
    items = checklist.filled(records.fit, checks=checks, studies=studies, records=records)
    return Section(
        key="checklist",
        title="Is the report complete?",
        lead=checklist.counted(items),
        points=(
            "BARG: Bayesian Analysis Reporting Guidelines (Kruschke 2021). WAMBS: When to Worry "
            "and How to Avoid the Misuse of Bayesian Statistics (Depaoli and van de Schoot 2017). "
            "Items are in our words. Letters are those of BARG's table; the roman numerals of step "
            "3 and later are ours.",
        ),
        tables=(
            Table(
                name="checklist",
                caption="Items of both checklists: done, with value and place, or missing, with "
                "what to do.",
                data=items,
                shown=items,
            ),
        ),
    )


def _section(study: Study, number: int) -> Section:
    match study:
        case UsualAnalysis():
            title = "The usual analysis beside it"
        case Comparison():
            title = f"Which model predicts a {study.unit} left out?"
        case SideBySide():
            title = "What do other fits say?"
        case PriorStudy() | PowerScaling():
            title = OTHER_PRIORS
        case LeavingStudy():
            title = "Does leaving matter?"
        case Atlas():
            title = "Does any other choice matter?"
    return Section(
        key=f"{STUDIES}{number}",
        title=title,
        lead=study.sentence,
        points=tuple(of_leaving(study)) if isinstance(study, LeavingStudy) else (),
        figures=_figures(study),
        tables=(of_paper(of_study(study)), *_tables(study)),
    )


def _tables(study: Study) -> tuple[Table, ...]:
    match study:
        case PriorStudy() if len(study.tipping):
            return (of_paper(tables.tipping(study)),)
        case LeavingStudy():
            who = tables.who_left(study)
            data = study.groups.reset_index()
            caption = study.words.said(
                "Families in treatment at each time: all, and by covariates. Numbers are split at "
                "their median."
            )
            return (Table(name="who_left", caption=caption, data=data, shown=who, stubs=2),)
    return ()


def _figures(study: Study) -> tuple[Figure, ...]:
    match study:
        case PriorStudy():
            return support_figures(study)
        case Atlas():
            return atlas_figures(study)
        case LeavingStudy():
            return _leaving(study)
    return ()


def _leaving(study: LeavingStudy) -> tuple[Figure, ...]:
    said, shown = study.words.said, shown_of_leaving(study)
    return (
        Figure(
            name="in_treatment",
            title="In Treatment Over Time",
            caption=said(
                "Families in treatment (marks, with their number), and the share that a model of "
                "ratings and leaving expects of new families."
            ),
            alt=shown["in_treatment"],
            drawing=drawing_of(plots.in_treatment(study).get_figure(root=True)),
        ),
        Figure(
            name="tipping",
            title="Average Change Under Shifts of Ratings After Leaving",
            caption="Average change (median, 95% interval) if ratings after leaving are so many "
            "points lower than the model expects. Dashed: from where on it falls, and up to where "
            "it rises, with a chance of at least .95.",
            alt=shown["tipping"],
            drawing=drawing_of(plots.tipping(study)[0].get_figure(root=True)),
        ),
        *_two(study),
    )


def _two(study: LeavingStudy) -> tuple[Figure, ...]:
    if study.two.empty:
        return ()
    return (
        Figure(
            name="two_shifts",
            title="A Difference in Change Under Two Shifts",
            caption="Chance that the difference in change between two sides is positive, if their "
            "ratings after leaving are by different numbers of points lower than expected. Dashed: "
            "where it passes .95 and .05. Circle: nothing is shifted.",
            alt=study.sentence,
            drawing=drawing_of(plots.two_shifts(study)[0].get_figure(root=True)),
        ),
    )
