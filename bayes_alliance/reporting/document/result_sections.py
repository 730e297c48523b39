"""The sections of a report, and among them those with results.

Trust first, then what users ask: is the alliance stable, do informants agree, where does variance
lie, what goes with covariates; then what studies add, how it was done, and text for a paper.
"""

from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt
import pandas as pd

from bayes_alliance.estimands.profiles import changes
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document import method_sections, paper_sections, study_sections
from bayes_alliance.reporting.document.agreement_sections import agreement, dyads
from bayes_alliance.reporting.document.check_sections import trust
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
from bayes_alliance.reporting.prose import implied_sentences, sentences
from bayes_alliance.reporting.tables import PaperTable, Study


def sections(
    fit: Fit,
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
    summary = tables.summary(fit)
    prior = tables.drawn_prior(fit)
    estimands = tables.estimands(fit, prior=prior)
    shown = for_paper(fit) if papers is None else papers
    by_name = {paper.name: paper for paper in shown}
    yield trust(fit, checks=checks, summary=summary)
    yield _growth(fit, summary, estimands, by_name["fixed_effects"])
    if "agreement_by_pair" in by_name:
        yield agreement(fit, estimands=estimands, paper=by_name["agreement_by_pair"])
    if implied_sentences.dyads(estimands):
        yield dyads(estimands)
    yield _variance(fit, estimands, by_name["variation"])
    if "covariate_effects" in by_name:
        yield _covariates(fit, summary, by_name["covariate_effects"])
    yield from study_sections.of(studies)
    yield method_sections.data(fit)
    yield method_sections.model(fit)
    yield method_sections.priors(fit, estimands=estimands)
    yield paper_sections.text(fit, checks=checks, estimands=estimands)
    yield paper_sections.checklists(fit, checks=checks, studies=studies, estimands=estimands)
    yield method_sections.quantities(summary)
    yield method_sections.estimands(fit, estimands)
    yield method_sections.provenance(fit)


def for_paper(fit: Fit, *, studies: Sequence[Study] = ()) -> tuple[PaperTable, ...]:
    """Make the tables for a paper that a fit, and studies of it, give."""
    found = [tables.fixed_effects(fit), tables.variation(fit)]
    if len(fit.ratings.informants) > 1:
        found.append(tables.agreement(fit))
    if sentences.covariate_effects(fit):
        found.append(tables.covariate_effects(fit))
    return *found, *(study_sections.paper(study) for study in studies)


def _growth(fit: Fit, summary: pd.DataFrame, estimands: pd.DataFrame, paper: PaperTable) -> Section:
    said = sentences.growth(fit)
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
    coefficients = tuple(f"{name}[" for name in fit.spec.trajectory.coefficients)
    own = summary[summary["quantity"].str.startswith(coefficients)].reset_index(drop=True)
    return Section(
        key="growth",
        title="Levels and change: are ratings stable?",
        lead=sentences.stability(fit),
        points=(*said, *implied_sentences.stability(fit, estimands)),
        figures=(figure,),
        tables=(of_paper(paper),),
        unshown=(summarised("growth", "", own),),
    )


def _variance(fit: Fit, estimands: pd.DataFrame, paper: PaperTable) -> Section:
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
        plots.shares(fit, time=time, ax=ax)
    said = sentences.shares(fit, time=shown[0])
    own = estimands[estimands["estimand"] == "variance.shares"].reset_index(drop=True)
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
        tables=(at_ends(fit, "shares", caption, own), of_paper(paper)),
    )


def _effects(fit: Fit) -> Iterator[Figure]:
    """Draw the effects on each growth coefficient."""
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
        said = [one for one in sentences.covariate_effects(fit) if f" on {name}:" in one]
        yield Figure(
            name=f"effects_{name}",
            caption=f"What goes with covariates in the {name.replace('_', ' ')}: posterior "
            "medians, 50 and 95 % intervals, and the probability of the direction.",
            alt=" ".join(said),
            drawing=whole(plots.effects(fit, labels, on=name).figure),
        )


def _covariates(fit: Fit, summary: pd.DataFrame, paper: PaperTable) -> Section:
    own = summary[summary["quantity"].str.contains("_on[", regex=False)].reset_index(drop=True)
    return Section(
        key="covariates",
        title="What goes with covariates?",
        lead="Differences in rating points that go with a covariate, others in the model held "
        "fixed; per unit of a numeric covariate, against the reference category otherwise.",
        points=tuple(sentences.covariate_effects(fit)),
        figures=tuple(_effects(fit)),
        tables=(of_paper(paper),),
        unshown=(summarised("covariates", "", own),),
    )
