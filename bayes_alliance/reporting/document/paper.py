"""A paper to be edited: its text, tables, figures and references, before they become files.

Tables and figures are numbered in the order in which the text calls them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.document.contents import Figure, Section
from bayes_alliance.reporting.prose import citing, paragraphs
from bayes_alliance.reporting.prose.citing import Reference
from bayes_alliance.reporting.prose.main_results import main_results
from bayes_alliance.reporting.prose.passage import Calls, Passage, called
from bayes_alliance.reporting.tables import PaperTable
from bayes_alliance.results.collection import Reported

STUDIES = "study-"  # begins the keys of sections on studies
OPEN, CLOSE = "\ue000", "\ue001"  # around a name in a text whose numbers are not yet known


@dataclass(frozen=True, kw_only=True, eq=False)
class Paper:
    """A paper to be edited.

    Parameters
    ----------
    main : tuple of str
        Main results in words.
    """

    title: str
    main: tuple[str, ...]
    methods: tuple[Passage, ...]
    results: tuple[Passage, ...]
    tables: tuple[PaperTable, ...]
    figures: tuple[Figure, ...]
    references: tuple[Reference, ...]

    @property
    def sections(self) -> tuple[tuple[str, tuple[Passage, ...]], ...]:
        """The text: headings, each with its paragraphs."""
        return (("Method", self.methods), ("Results", self.results))


def title_of(fit: Fit) -> str:
    """Title of a report and of its paper."""
    return f"{fit.spec.title}: {fit.ratings.title}" if fit.ratings.title else fit.spec.title


def paper_of(
    records: Reported,
    *,
    checks: tuple[Check, ...],
    parts: Sequence[Section],
    papers: Sequence[PaperTable],
) -> Paper:
    """Put a paper together.

    Parameters
    ----------
    parts : sequence of Section
        Of the report; what they show with a title is a figure of the paper.
    papers : sequence of PaperTable
        Its tables.
    """
    fit = records.fit
    figures = [figure for part in parts for figure in part.figures if figure.title]
    names = [*(paper.name for paper in papers), *(figure.name for figure in figures)]
    calls = {name: f"{OPEN}{name}{CLOSE}" for name in names}
    methods = paragraphs.methods(fit, checks=checks, calls=calls)
    results = paragraphs.results(fit, records=records, calls=calls)
    results = (*results, *_of_studies(parts, calls))
    text = "".join(one.text for one in (*methods, *results))
    tables = sorted(papers, key=partial(_place, text))
    shown = sorted(figures, key=partial(_place, text))
    numbers = {calls[one.name]: f"Table {number}" for number, one in enumerate(tables, start=1)}
    numbers |= {calls[one.name]: f"Figure {number}" for number, one in enumerate(shown, start=1)}
    own = citing.of_the_package(fit.versions.get("bayes-alliance", ""))
    references = (*citing.references(paragraphs.cited(fit)), own)
    return Paper(
        title=title_of(fit),
        main=tuple(main_results(records)),
        methods=tuple(_numbered(one, numbers) for one in methods),
        results=tuple(_numbered(one, numbers) for one in results),
        tables=tuple(tables),
        figures=tuple(shown),
        references=tuple(sorted(references, key=str)),
    )


def _place(text: str, one: PaperTable | Figure) -> int:
    """Where a text first calls a table or figure; behind all others if it does not."""
    place = text.find(f"{OPEN}{one.name}{CLOSE}")
    return place if place >= 0 else len(text)


def _numbered(passage: Passage, numbers: Mapping[str, str]) -> Passage:
    text = passage.text
    for call, number in numbers.items():
        text = text.replace(call, number)
    return replace(passage, text=text)


def _of_studies(parts: Sequence[Section], calls: Calls) -> tuple[Passage, ...]:
    """What studies beside the fit say, each with its table and figures; nothing without studies."""
    said = []
    for part in parts:
        if part.key.startswith(STUDIES):
            names = (part.tables[0].name, *(figure.name for figure in part.figures))
            said.append(f"{part.lead.rstrip('.')}{called(calls, *names)}.")
    return (Passage(head="Further Analyses", text=" ".join(said)),) if said else ()
