"""The sections of a report, and among them those with results.

The answer first, then what users ask: is the alliance stable, do informants agree, where does
variance lie, what goes with covariates; what studies add; whether the fit can be trusted, how it
was done, and text for a paper.
"""

from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt

from bayes_alliance.estimands.profiles import changes
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document import method_sections, paper_sections, prior_section
from bayes_alliance.reporting.document.contents import (
    INTERVALS,
    Figure,
    Section,
    at_ends,
    drawing_of,
    ends,
    of_paper,
    summarised,
)
from bayes_alliance.reporting.document.model_section import model
from bayes_alliance.reporting.document.paper import paper_of
from bayes_alliance.reporting.document.paper_tables import for_paper
from bayes_alliance.reporting.plots.style import DOUBLE, house_style
from bayes_alliance.reporting.prose import courses, sentences
from bayes_alliance.reporting.prose.main_results import main_results
from bayes_alliance.reporting.prose.result_passages import EFFECTS
from bayes_alliance.reporting.prose.wording import DAGGER, DRIVEN, coefficient_said, driven
from bayes_alliance.reporting.tables import PaperTable, Study, coverage
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.of_agreement import correlations_among
from bayes_alliance.results.reported import dyads_among, shares_among

NO_LEAD = "What these ratings say here stands on the prior, more than half of it."


def sections(
    records: Reported,
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
    fit = records.fit
    shown = for_paper(records) if papers is None else papers
    yield _main(records)
    parts = [*_results(records, shown), *paper_sections.of(studies)]
    yield from parts
    by_name = {paper.name: paper for paper in shown}
    yield method_sections.trust(records, checks=checks)
    yield method_sections.data(fit, by_name["participants"])
    yield model(fit)
    yield prior_section.priors(records)
    yield paper_sections.text(paper_of(records, checks=checks, parts=parts, papers=shown))
    yield paper_sections.checklists(records, checks=checks, studies=studies)
    yield method_sections.quantities(records)
    yield method_sections.estimands(records)
    yield method_sections.provenance(fit)


def _main(records: Reported) -> Section:
    """Compose the answer: what a reader who reads one thing should read."""
    lead, *points = main_results(records)
    return Section(key="main", title="Main results", lead=lead, points=tuple(points))


def _results(records: Reported, papers: Sequence[PaperTable]) -> Iterator[Section]:
    """Compose the sections on what users ask."""
    by_name = {paper.name: paper for paper in papers}
    stable = by_name.get("stability")
    yield _growth(records, [by_name["fixed_effects"], *([stable] if stable else [])])
    if "agreement_by_pair" in by_name:
        yield _agreement(records, by_name["agreement_by_pair"])
    if sentences.dyads(records):
        yield _dyads(records)
    yield _variance(records, by_name["variation"])
    if "covariate_effects" in by_name:
        yield _covariates(records, by_name["covariate_effects"])


def _growth(records: Reported, papers: Sequence[PaperTable]) -> Section:
    fit = records.fit
    texts = courses.growth(records)
    axes = plots.trajectories(fit)
    in_treatment = " and of children in treatment" if fit.ratings.has_treatment else ""
    each = ", each with its own covariates" if fit.spec.covariates else ""
    figure = Figure(
        name="trajectories",
        title="Expected and Observed Ratings Over Time",
        caption=fit.ratings.words.said(
            f"Expected rating, averaged over the children of the study{each} (median and 95% "
            f"band), and observed means (points), with the number of ratings{in_treatment}. "
            "Observed means are of those still rated; the line is the model's for all children."
        ),
        alt=" ".join(texts),
        drawing=drawing_of(axes[0].figure),
    )
    known = records.of_quantities["quantity"].isin(fit.spec.trajectory.coefficients)
    own = records.summary[known].reset_index(drop=True)
    change = courses.change_over_time(records)
    lead, points = _led([change], (*texts, *courses.stability(records)))
    return Section(
        key="growth",
        title="Levels and change: are ratings stable?",
        lead=lead,
        points=points,
        figures=(figure,),
        tables=tuple(of_paper(paper) for paper in papers),
        unshown=(summarised("growth", "", own),),
    )


def _led(
    leads: Sequence[str], points: Sequence[str], mark: str = DRIVEN
) -> tuple[str, tuple[str, ...]]:
    """Choose what leads a section: the first sentence whose numbers do not stand on the prior.

    Comes with the other sentences, and what marks mean if there are any.
    """
    lead = next((text for text in leads if DAGGER not in text), NO_LEAD)
    others = [text for text in dict.fromkeys((*leads, *points)) if text != lead]
    return lead, (*others, *([mark] if any(DAGGER in text for text in others) else []))


def _agreement(records: Reported, paper: PaperTable) -> Section:
    fit = records.fit
    levels = [level for level in ("child", "total") if level == "total" or fit.spec.child]
    texts = {
        level: sentences.agreement_range(records, level=level)
        for level in (*LEVELS, "total")
        if level == "total" or f"{level}_cov" in fit.moments
    }
    n_cells = len(fit.ratings.informants) - 1
    alike = " who are alike in the covariates" if fit.spec.covariates else ""
    with house_style():
        drawing, axes = plt.subplots(
            1, len(levels), figsize=(DOUBLE / 2 * len(levels), 0.55 * n_cells + 1.1), squeeze=False
        )
    for ax, level in zip(axes[0], levels, strict=True):
        plots.agreement(fit, level=level, records=records, ax=ax)  # type: ignore[arg-type]
    figure = Figure(
        name="agreement",
        title="Correlations Between Informants",
        caption=fit.ratings.words.said(
            f"Correlation of each pair of informants (median and 95% interval): between "
            f"children{alike}, free of what varies from occasion to occasion, and between "
            f"{fit.spec.family.single}."
        ),
        alt=" ".join(texts[level] for level in levels),
        drawing=drawing,
    )
    lead, points = _led(
        [texts[level] for level in levels],
        (
            *texts.values(),
            *sentences.together(records),
            "Differences between informants are read as different perspectives on a relationship, "
            "not as error.",
        ),
    )
    return Section(
        key="agreement",
        title="Do informants agree?",
        lead=lead,
        points=points,
        figures=(figure,),
        tables=(of_paper(paper),),
        unshown=(at_ends(records, "agreement", "", rows=correlations_among(records.of_results)),),
    )


def _dyads(records: Reported) -> Section:
    data, bounded = records.listed(dyads_among(records.of_results))
    caption = (
        "Dyads: shares of variance of perceiver, partner and relationship, reciprocity (therapist "
        "first), and points of the therapist's view per point of the client's (tracking). "
        f"{INTERVALS} {coverage.OF_TRACKING}"
    )
    words = records.fit.ratings.words
    return Section(
        key="dyads",
        title="Is the alliance returned?",
        lead=words.said("Therapists and their clients as dyads (one therapist with many clients")
        + "; Marcus, Kashy and Baldwin 2009; tracking: West and Kenny 2011).",
        points=_led([""], sentences.dyads(records))[1],
        tables=(summarised("dyads", words.said(caption), data, bounded=bounded),),
    )


def _variance(records: Reported, paper: PaperTable) -> Section:
    fit = records.fit
    shown = ends(fit)
    if shares_among(records.of_results).empty:
        return Section(
            key="shares",
            title="Where does the variance lie?",
            lead=fit.ratings.words.said(
                "No share of variance is reported: no child was rated at several occasions, so "
                "nothing tells what children differ in from what occasions do."
            ),
            tables=(of_paper(paper),),
        )
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
        plots.shares(fit, time=time, records=records, ax=ax)
    texts = sentences.shares(records, time=shown[0])
    explained = (
        " 'covariates' is what children of the study differ in by theirs; the other shares are of "
        "children alike in them."
        if fit.spec.covariates
        else ""
    )
    figure = Figure(
        name="shares",
        title="Shares of the Variance of Single Ratings",
        caption=fit.ratings.words.said(
            f"Shares of the variance of {fit.spec.family.single} (posterior means), by informant; "
            "'occasion' is what varies between occasions of the same child (the residual)."
            f"{explained}"
        ),
        alt=" ".join(texts),
        drawing=drawing,
    )
    when = tables.time_label(fit.ratings, shown[0])
    caption = f"Shares of variance (intraclass correlations). {INTERVALS}"
    return Section(
        key="shares",
        title="Where does the variance lie?",
        lead=f"Shares of the variance of {fit.spec.family.single} at {when}, the largest first.",
        points=_led([""], texts)[1],
        figures=(figure,),
        tables=(
            at_ends(records, "shares", caption, rows=shares_among(records.of_results)),
            of_paper(paper),
        ),
    )


def _effects(records: Reported) -> Iterator[Figure]:
    """Draw the effects on each growth coefficient."""
    fit = records.fit
    known = changes(fit)
    for column, name in enumerate(fit.design.coefficients):
        acts = fit.design.covariate_on[:, column]
        labels = [
            label
            for label, has_effect in zip(fit.design.covariates, acts, strict=True)
            if has_effect and label in known
        ]
        if not labels:
            continue
        texts, said = sentences.covariate_effects(records, on=name), coefficient_said(fit, name)
        marked = f" {driven(fit)}" if any(DAGGER in text for text in texts) else ""
        yield Figure(
            name=f"{EFFECTS}{name}",
            title=f"Effects of Covariates on the {said.title().replace(' To ', ' to ')}",
            caption=f"What goes with covariates in the {said}: posterior "
            f"medians, 50 and 95% intervals, and the probability of the direction.{marked}",
            alt=" ".join(texts),
            drawing=drawing_of(plots.effects(fit, labels, on=name, records=records).figure),
        )


def _covariates(records: Reported, paper: PaperTable) -> Section:
    own = records.summary.loc[records.covariate_effects().index].reset_index(drop=True)
    return Section(
        key="covariates",
        title="What goes with covariates?",
        lead="Differences in rating points that go with a covariate, others in the model held "
        "fixed; per unit of a numeric covariate, against the reference category otherwise.",
        points=_led([""], sentences.covariate_effects(records), driven(records.fit))[1],
        figures=tuple(_effects(records)),
        tables=(of_paper(paper),),
        unshown=(summarised("covariates", "", own),),
    )
