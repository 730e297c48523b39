"""The tables of a paper."""

from collections.abc import Sequence

from bayes_alliance.estimands.usual import UsualAnalysis
from bayes_alliance.posterior.compare import Comparison
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.tables import PaperTable, Study
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.side_by_side import SideBySide
from bayes_alliance.studies.atlas import Atlas
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.leaving import LeavingStudy
from bayes_alliance.studies.power_scaling import PowerScaling


def for_paper(records: Reported, *, studies: Sequence[Study] = ()) -> tuple[PaperTable, ...]:
    """Make the tables for a paper that a fit, and studies of it, give."""
    fit, prob = records.fit, records.prob
    made = [
        tables.participants(fit.ratings),
        tables.priors_for_paper(fit),
        tables.fixed_effects(fit, prob=prob, records=records),
    ]
    if (stable := tables.stability(fit, prob=prob, records=records)) is not None:
        made.append(stable)
    if len(fit.ratings.informants) > 1:
        made.append(tables.agreement(fit, prob=prob, records=records))
    made.append(tables.variation(fit, prob=prob, records=records))
    if not records.covariate_effects().empty:
        made.append(tables.covariate_effects(fit, prob=prob, records=records))
    return *made, *(of_study(study) for study in studies)


def of_study(study: Study) -> PaperTable:
    """Make the table for a paper that a study gives."""
    match study:
        case UsualAnalysis():
            return tables.usual(study)
        case Comparison():
            return tables.comparison(study)
        case SideBySide():
            return tables.side_by_side(study)
        case PriorStudy() | PowerScaling():
            return tables.prior_sensitivity(study)
        case LeavingStudy():
            return tables.leaving(study)
        case Atlas():
            return tables.atlas(study)
