"""The sections of a report that go into a paper: paragraphs to edit, checklists."""

from collections.abc import Sequence

from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import checklist
from bayes_alliance.reporting.document.contents import Section, Table
from bayes_alliance.reporting.prose import paragraphs
from bayes_alliance.reporting.tables import Study
from bayes_alliance.results.collection import Reported


def text(found: Reported, *, checks: tuple[Check, ...]) -> Section:
    """Compose the section with a methods and a results paragraph."""
    return Section(
        key="text",
        title="Text for a paper",
        lead="A methods and a results paragraph of this fit, to be edited; the same text, with the "
        "tables, stands in paper.md (and in paper.docx where python-docx is installed).",
        paragraphs=(
            paragraphs.methods(found.fit, checks=checks),
            paragraphs.results(found.fit, found=found),
        ),
    )


def checklists(found: Reported, *, checks: tuple[Check, ...], studies: Sequence[Study]) -> Section:
    """Compose the section with the checklists of reviewers."""
    items = checklist.filled(found.fit, checks=checks, studies=studies, found=found)
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
