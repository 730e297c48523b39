"""The sections of a report on what studies add: other priors, other models, the usual analysis."""

from collections.abc import Iterator, Sequence

from bayes_alliance.estimands.usual import UsualAnalysis
from bayes_alliance.posterior.compare import Comparison
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.checklist.item import OTHER_PRIORS
from bayes_alliance.reporting.document.contents import Figure, Section, of_paper, whole
from bayes_alliance.reporting.tables import PaperTable, Study
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.power_scaling import PowerScaling


def of(studies: Sequence[Study]) -> Iterator[Section]:
    """Compose a section for every study.

    Parameters
    ----------
    studies : sequence
        ``UsualAnalysis``, ``Comparison``, ``PriorStudy``, ``PowerScaling``.
    """
    for number, study in enumerate(studies, start=1):
        yield _section(study, number)


def paper(study: Study) -> PaperTable:
    """Make the table for a paper that a study gives."""
    match study:
        case UsualAnalysis():
            return tables.usual(study)
        case Comparison():
            return tables.comparison(study)
        case PriorStudy() | PowerScaling():
            return tables.prior_sensitivity(study)


def _section(study: Study, number: int) -> Section:
    shown = of_paper(paper(study))
    match study:
        case UsualAnalysis():
            return Section(
                key=f"study-{number}",
                title="The usual analysis beside it",
                lead=study.sentence,
                tables=(shown,),
            )
        case Comparison():
            return Section(
                key=f"study-{number}",
                title=f"Which model predicts a {study.unit} left out?",
                lead=study.sentence,
                tables=(shown,),
            )
        case PowerScaling():
            return Section(
                key=f"study-{number}", title=OTHER_PRIORS, lead=study.sentence, tables=(shown,)
            )
        case PriorStudy():
            return Section(
                key=f"study-{number}",
                title=OTHER_PRIORS,
                lead=study.sentence,
                figures=_support(study),
                tables=(shown,),
            )


def _support(study: PriorStudy) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            name=f"prior_support_{number}",
            caption=f"Posterior probability of '{conclusion}' under each block of priors made "
            "narrower and wider.",
            alt=study.sentence,
            drawing=whole(plots.prior_support(study, str(conclusion)).get_figure(root=True)),
        )
        for number, conclusion in enumerate(study.verdicts.index, start=1)
    )
