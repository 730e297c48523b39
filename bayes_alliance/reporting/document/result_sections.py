"""The sections of a report, and among them those with results.

Trust first, then what users ask: is the alliance stable, do informants agree, where does variance
lie, what goes with covariates; then what studies add, how it was done, and text for a paper.
"""

from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt

from bayes_alliance.estimands.profiles import changes
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document import method_sections, paper_sections
from bayes_alliance.reporting.document.contents import (
    INTERVALS,
    Figure,
    Section,
    at_ends,
    ends,
    of_paper,
    summarised,
    whole,
)
from bayes_alliance.reporting.plots.style import DOUBLE, house_style
from bayes_alliance.reporting.prose import sentences
from bayes_alliance.reporting.tables import PaperTable, Study
from bayes_alliance.results.collection import Reported


def sections(
    found: Reported,
    *,
    checks: tuple[Check, ...],
    studies: Sequence[Study] = (),
    papers: Sequence[PaperTable] | None = None,
) -> Iterator[Section]:
    """Compose the sections of a report.

    Parameters
    ----------
    studies : sequence
        Studies to report with the fit.
    papers : sequence of PaperTable, optional
        As from `for_paper`; made here if not given.
    """
    fit = found.fit
    shown = for_paper(found) if papers is None else papers
    by_name = {paper.name: paper for paper in shown}
    yield method_sections.trust(found, checks=checks)
    yield _growth(found, by_name["fixed_effects"])
    if "agreement_by_pair" in by_name:
        yield _agreement(found, by_name["agreement_by_pair"])
    if sentences.dyads(found):
        yield _dyads(found)
    yield _variance(found, by_name["variation"])
    if "covariate_effects" in by_name:
        yield _covariates(found, by_name["covariate_effects"])
    yield from paper_sections.of(studies)
    yield method_sections.data(fit)
    yield method_sections.model(fit)
    yield method_sections.priors(found)
    yield paper_sections.text(found, checks=checks)
    yield paper_sections.checklists(found, checks=checks, studies=studies)
    yield method_sections.quantities(found)
    yield method_sections.estimands(found)
    yield method_sections.provenance(fit)


def for_paper(found: Reported, *, studies: Sequence[Study] = ()) -> tuple[PaperTable, ...]:
    """Make the tables for a paper that a fit, and studies of it, give."""
    fit, prob = found.fit, found.prob
    made = [
        tables.fixed_effects(fit, prob=prob, found=found),
        tables.variation(fit, prob=prob, found=found),
    ]
    if len(fit.ratings.informants) > 1:
        made.append(tables.agreement(fit, prob=prob, found=found))
    if not found.covariate_effects().empty:
        made.append(tables.covariate_effects(fit, prob=prob))
    return *made, *(paper_sections.paper(study) for study in studies)


def _growth(found: Reported, paper: PaperTable) -> Section:
    fit = found.fit
    said = sentences.growth(found)
    axes = plots.trajectories(fit)
    left = " and of children in treatment" if fit.ratings.has_treatment else ""
    covariates = (
        " Covariates are at their mean or reference category." if fit.spec.covariates else ""
    )
    figure = Figure(
        name="trajectories",
        caption="Expected rating of an average child (median and 95 % band) and observed means "
        f"(points), with the number of ratings{left}. Observed means are of "
        f"those still rated; the line is the model's for all children.{covariates}",
        alt=" ".join(said),
        drawing=whole(axes[0].figure),
    )
    known = found.of_quantities["quantity"].isin(fit.spec.trajectory.coefficients)
    own = found.summary[known].reset_index(drop=True)
    return Section(
        key="growth",
        title="Levels and change: are ratings stable?",
        lead=sentences.change_over_time(found),
        points=(*said, *sentences.stability(found)),
        figures=(figure,),
        tables=(of_paper(paper),),
        unshown=(summarised("growth", "", own),),
    )


def _agreement(found: Reported, paper: PaperTable) -> Section:
    fit = found.fit
    levels = [level for level in ("child", "total") if level == "total" or fit.spec.child]
    said = {
        level: sentences.agreement_range(found, level=level)
        for level in (*LEVELS, "total")
        if level == "total" or f"{level}_cov" in fit.moments
    }
    n_cells = len(fit.ratings.informants) - 1
    with house_style():
        drawing, axes = plt.subplots(
            1,
            len(levels),
            figsize=(DOUBLE / 2 * len(levels), 0.55 * n_cells + 1.1),
            squeeze=False,
        )
    for ax, level in zip(axes[0], levels, strict=True):
        plots.agreement(fit, level=level, found=found, ax=ax)  # type: ignore[arg-type]
    figure = Figure(
        name="agreement",
        caption="Correlation of each pair of informants (median and 95 % interval): between "
        "children, free of what varies from occasion to occasion, and between single ratings.",
        alt=" ".join(said[level] for level in levels),
        drawing=drawing,
    )
    return Section(
        key="agreement",
        title="Do informants agree?",
        lead=said[levels[0]],
        points=(
            *(text for level, text in said.items() if level != levels[0]),
            *sentences.together(found),
            "Differences between informants are read as different perspectives on a relationship, "
            "not as error.",
        ),
        figures=(figure,),
        tables=(of_paper(paper),),
        unshown=(at_ends(found, "agreement", "", estimand="agreement.correlation"),),
    )


def _dyads(found: Reported) -> Section:
    data, bounded = found.listed("dyads")
    caption = (
        "Dyads: shares of variance of perceiver, partner and relationship, reciprocity (therapist "
        "first), and points of the therapist's view per point of the client's (tracking). "
        f"{INTERVALS}"
    )
    return Section(
        key="dyads",
        title="Is the alliance returned?",
        lead="Therapists and their clients as dyads (one therapist with many clients; Marcus, "
        "Kashy and Baldwin 2009; tracking: West and Kenny 2011).",
        points=tuple(sentences.dyads(found)),
        tables=(summarised("dyads", caption, data, bounded=bounded),),
    )


def _variance(found: Reported, paper: PaperTable) -> Section:
    fit = found.fit
    shown = ends(fit)
    n_rows = len(fit.ratings.informants)
    with house_style():
        drawing, axes = plt.subplots(
            1,
            len(shown),
            figsize=(DOUBLE if len(shown) > 1 else DOUBLE / 2, 0.36 * n_rows + 1.0),
            squeeze=False,
            sharey=True,
        )
    for ax, time in zip(axes[0], shown, strict=True):
        plots.shares(fit, time=time, found=found, ax=ax)
    said = sentences.shares(found, time=shown[0])
    figure = Figure(
        name="shares",
        caption="Shares of the variance of single ratings (posterior means), by informant; "
        "'occasion' is what varies between occasions of the same child (the residual).",
        alt=" ".join(said),
        drawing=drawing,
    )
    when = tables.time_label(fit.ratings, shown[0])
    caption = f"Shares of variance (intraclass correlations). {INTERVALS}"
    return Section(
        key="shares",
        title="Where does the variance lie?",
        lead=f"Shares of the variance of single ratings at {when}, the largest first.",
        points=tuple(said),
        figures=(figure,),
        tables=(at_ends(found, "shares", caption, estimand="variance.shares"), of_paper(paper)),
    )


def _effects(found: Reported) -> Iterator[Figure]:
    """Draw the effects on each growth coefficient."""
    fit = found.fit
    known = changes(fit)
    for column, name in enumerate(fit.design.coefficients):
        acts = fit.design.covariate_on[:, column]
        labels = [
            label
            for label, acting in zip(fit.design.covariates, acts, strict=True)
            if acting and label in known
        ]
        if not labels:
            continue
        said = [text for target, text in sentences.effects(found) if target == name]
        yield Figure(
            name=f"effects_{name}",
            caption=f"What goes with covariates in the {name.replace('_', ' ')}: posterior "
            "medians, 50 and 95 % intervals, and the probability of the direction.",
            alt=" ".join(said),
            drawing=whole(plots.effects(fit, labels, on=name).figure),
        )


def _covariates(found: Reported, paper: PaperTable) -> Section:
    own = found.summary.loc[found.covariate_effects().index].reset_index(drop=True)
    return Section(
        key="covariates",
        title="What goes with covariates?",
        lead="Differences in rating points that go with a covariate, others in the model held "
        "fixed; per unit of a numeric covariate, against the reference category otherwise.",
        points=tuple(sentences.covariate_effects(found)),
        figures=tuple(_effects(found)),
        tables=(of_paper(paper),),
        unshown=(summarised("covariates", "", own),),
    )
