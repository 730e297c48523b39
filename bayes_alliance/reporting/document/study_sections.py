"""The sections of reports of a prior study and of an atlas, and their figures."""

import pandas as pd

from bayes_alliance.reporting import plots
from bayes_alliance.reporting.document.contents import Figure, Section, Table, drawing_of, of_paper
from bayes_alliance.reporting.prose.wording import headed
from bayes_alliance.reporting.tables import atlas as atlas_table
from bayes_alliance.reporting.tables import prior_sensitivity, tipping
from bayes_alliance.studies.atlas import Atlas
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.names import readable

# Columns of ``not_made.csv``, as a reader sees them.
NOT_MADE = {"what": "Choice", "setting": "Setting", "reason": "Why it was not made"}


def prior_sections(study: PriorStudy, *, key: str = "study") -> tuple[Section, ...]:
    """Compose the sections of a prior study."""
    verdicts = Section(
        key=f"{key}-verdicts",
        title="Does each conclusion stand?",
        lead=study.standing,
        figures=support_figures(study),
        tables=(of_paper(prior_sensitivity(study)),),
    )
    at = Section(
        key=f"{key}-tipping",
        title="At which prior would it fall?",
        lead=" ".join(study.tipping_sentences) or "No conclusion was stated.",
        paragraphs=(
            "One block of priors at a time is made narrower and wider, up to 64 times, and that of "
            "average levels and slopes moved by up to eight of its standard deviations. Support is "
            "read from the draws by importance weights where their Pareto k is at most 0.7 and "
            "they are worth at least a quarter of the draws, and by refits elsewhere. A change "
            "counts where a fit has the other verdict by at least two Monte-Carlo standard errors; "
            "the gap in which it lies is halved until Monte-Carlo error hides it or neighbours "
            "meet.",
        ),
        tables=(of_paper(tipping(study)),),
    )
    settings = Section(
        key=f"{key}-settings",
        title="What is estimated under each prior?",
        lead="Means and 95% intervals of what the conclusions are about, under every prior; the "
        "band is the interval under the priors as stated.",
        figures=quantity_figures(study),
    )
    return (verdicts, at, settings) if settings.figures else (verdicts, at)


def atlas_sections(study: Atlas, *, key: str = "atlas") -> tuple[Section, ...]:
    """Compose the sections of an atlas."""
    refused = study.not_made
    counted = study.table[["what", "setting"]].drop_duplicates().shape[0]
    n = len(refused)
    shown = pd.DataFrame(
        {
            heading: [study.words.said(str(one)) for one in refused[name]]
            for name, heading in NOT_MADE.items()
        }
    )
    return (
        Section(
            key=key,
            title="In how many analyses does each conclusion stand?",
            lead=f"Every conclusion in {counted} analyses, one choice made otherwise in each.",
            points=study.sentences,
            figures=atlas_figures(study),
            tables=(of_paper(atlas_table(study)),),
        ),
        Section(
            key=f"{key}-not-made",
            title="What was not looked at, and why",
            lead=f"{n} {'analysis does' if n == 1 else 'analyses do'} not go with this model or "
            "these ratings.",
            tables=(
                Table(
                    name="not_made",
                    caption="Analyses that were not made.",
                    data=refused,
                    shown=shown,
                    stubs=2,
                    note="Choice: what would be chosen otherwise than in the analysis as stated. "
                    "Setting: how; any: whatever is chosen.",
                ),
            ),
        ),
    )


def atlas_figures(study: Atlas) -> tuple[Figure, ...]:
    """One figure of all conclusions."""
    if study.table.empty:
        return ()
    return (
        Figure(
            name="conclusions_in_atlas",
            title="Conclusions in Every Analysis",
            caption="Posterior probability of each conclusion in every analysis, on a scale of log "
            "odds; above .975 it is supported. Hatched, with hollow marks: the prior drives a "
            "quantity that the conclusion is about.",
            alt=study.sentence,
            drawing=drawing_of(plots.atlas(study)[0].get_figure(root=True)),
        ),
    )


def support_figures(study: PriorStudy) -> tuple[Figure, ...]:
    """Support of every conclusion, a line for each block of priors."""
    return tuple(
        Figure(
            name=f"prior_support_{number}",
            title=f"Support of Conclusion {number} Under Other Priors",
            caption=f"Posterior probability of “{readable(str(conclusion), study.words)}” under "
            "each block of priors made narrower and wider.",
            alt=study.sentence,
            drawing=drawing_of(plots.prior_support(study, str(conclusion)).get_figure(root=True)),
        )
        for number, conclusion in enumerate(study.verdicts.index, start=1)
    )


def quantity_figures(study: PriorStudy) -> tuple[Figure, ...]:
    """The posterior of every quantity that a conclusion is about, under each prior."""
    there: pd.Index = pd.Index(study.quantities.get("quantity", pd.Series(dtype=str)).unique())
    named = [name for name in there if any(name in str(one) for one in study.verdicts.index)]
    return tuple(
        Figure(
            name=f"prior_study_{number}",
            caption=f"{_head(name, study)} under every prior (mean and 95% interval).",
            alt=f"Means and intervals of {readable(name, study.words)} under every prior; tables/ "
            "holds the numbers.",
            drawing=drawing_of(plots.prior_study(study, name).get_figure(root=True)),
        )
        for number, name in enumerate(named, start=1)
    )


def _head(name: str, study: PriorStudy) -> str:
    return headed(readable(name, study.words))
