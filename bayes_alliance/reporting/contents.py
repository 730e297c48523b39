"""What a report says, section by section, before it becomes HTML or Markdown.

Each section opens with plain sentences computed from the draws; tables and figures follow. Both
renderings are made from this one value, so they cannot disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure as Drawing

from bayes_alliance.posterior.checks import Check
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import plots, results, sentences, tables
from bayes_alliance.reporting.plots.style import DOUBLE, house_style

INTERVALS = "Brackets and bounds are equal-tailed 95 % posterior intervals."


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table of the report.

    Parameters
    ----------
    name : str
        Of its csv file.
    caption : str
    data : DataFrame
        In full precision, as the csv file holds it.
    shown : DataFrame
        Text, as the report shows it.
    """

    name: str
    caption: str
    data: pd.DataFrame
    shown: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """A figure of the report.

    Parameters
    ----------
    name : str
        Of its files.
    caption : str
    alt : str
        What it shows, for readers who do not see it.
    drawing : matplotlib Figure
    """

    name: str
    caption: str
    alt: str
    drawing: Drawing


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """A section of the report.

    Parameters
    ----------
    key : str
        Its anchor.
    title : str
    lead : str
        The plain sentence it opens with.
    points : tuple of str
        Further sentences, shown as a list.
    verbatim : str
        Text shown as it is (the model in words and symbols).
    figures, tables : tuple
    """

    key: str
    title: str
    lead: str
    points: tuple[str, ...] = ()
    verbatim: str = ""
    figures: tuple[Figure, ...] = field(default=())
    tables: tuple[Table, ...] = field(default=())


def sections(fit: Fit, *, checks: tuple[Check, ...]) -> Iterator[Section]:
    """Compose the sections of a report.

    Parameters
    ----------
    fit : Fit
    checks : tuple of Check

    Yields
    ------
    Section
    """
    summary = tables.summary(fit)
    estimands = tables.estimands(fit)
    yield _trust(fit, checks)
    yield _growth(fit, summary)
    if len(fit.ratings.informants) > 1:
        yield _agreement(fit, estimands)
    yield _shares(fit, estimands)
    if sentences.covariate_effects(fit):
        yield _covariates(fit, summary)
    yield _data(fit)
    yield _model(fit)
    yield _priors(fit)
    yield _quantities(summary)
    yield _provenance(fit)


def _trust(fit: Fit, checks: tuple[Check, ...]) -> Section:
    with house_style():
        drawing, (left, right) = plt.subplots(1, 2, figsize=(DOUBLE, 2.5))
    plots.convergence(fit, ax=left)
    plots.ranks(fit, ax=right)
    found = {"pass": "passed", "warn": "passed with a warning", "fail": "FAILED"}
    verdicts = ", ".join(f"{check.name} {found[check.verdict]}" for check in checks)
    columns = ["name", "verdict", "reference", "sentence"]
    table = pd.DataFrame([{name: getattr(check, name) for name in columns} for check in checks])
    figure = Figure(
        name="convergence",
        caption="Left: effective sample size and R-hat of every quantity, with the wanted limits "
        "dashed. Right: ranks of the quantity explored worst; chains that agree stay near the "
        "line.",
        alt=" ".join(check.sentence for check in checks),
        drawing=drawing,
    )
    return Section(
        key="checks",
        title="Can this fit be trusted?",
        lead=f"Checks: {verdicts}.",
        points=tuple(check.sentence for check in checks),
        figures=(figure,),
        tables=(
            Table(name="checks", caption="Checks.", data=table, shown=table[columns[:3]]),
        ),
    )


def _growth(fit: Fit, summary: pd.DataFrame) -> Section:
    said = sentences.growth(fit)
    axes = plots.trajectories(fit)
    covariates = (
        " Covariates are at their mean or reference category." if fit.spec.covariates else ""
    )
    figure = Figure(
        name="trajectories",
        caption="Expected rating of an average child (median and 95 % band) and observed means "
        "(points), with the number of ratings and of children in treatment. Observed means are of "
        f"those still rated; the line is the model's for all children.{covariates}",
        alt=" ".join(said),
        drawing=_drawing(axes[0].figure),
    )
    coefficients = tuple(f"{name}[" for name in fit.spec.trajectory.coefficients)
    own = summary[summary["quantity"].str.startswith(coefficients)].reset_index(drop=True)
    return Section(
        key="growth",
        title="Levels and change: is the alliance stable?",
        lead=sentences.stability(fit),
        points=tuple(said),
        figures=(figure,),
        tables=(_summarised("growth", f"Growth coefficients, in rating points. {INTERVALS}", own),),
    )


def _agreement(fit: Fit, estimands: pd.DataFrame) -> Section:
    origin = float(fit.ratings.time.origin)
    levels = [level for level in ("child", "total") if level == "total" or fit.spec.child]
    said = {
        level: sentences.agreement_range(fit, level=level, time=origin)
        for level in ("child", "therapist", "clinic", "total")
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
        plots.agreement(fit, level=level, ax=ax)  # type: ignore[arg-type]
    figure = Figure(
        name="agreement",
        caption="Correlation of each pair of informants, with its 95 % interval: between children "
        "of one therapist, free of the residual (child), and between single ratings (total).",
        alt=" ".join(said[level] for level in levels),
        drawing=drawing,
    )
    own = estimands[estimands["estimand"] == "agreement.correlation"].reset_index(drop=True)
    return Section(
        key="agreement",
        title="Do informants agree?",
        lead=said[levels[0]],
        points=(
            *(text for level, text in said.items() if level != levels[0]),
            "Differences between informants are different perspectives on a relationship; they are "
            "not errors of measurement.",
        ),
        figures=(figure,),
        tables=(
            _at_ends(
                fit,
                "agreement",
                "Correlations between informants, by level (child, therapist, clinic: of a growth "
                f"coefficient; total: of single ratings). {INTERVALS}",
                own,
            ),
        ),
    )


def _shares(fit: Fit, estimands: pd.DataFrame) -> Section:
    ends = _ends(fit)
    n_rows = len(fit.ratings.informants)
    with house_style():
        drawing, axes = plt.subplots(
            1,
            len(ends),
            figsize=(DOUBLE if len(ends) > 1 else DOUBLE / 2, 0.36 * n_rows + 1.0),
            squeeze=False,
            sharey=True,
        )
    for ax, time in zip(axes[0], ends, strict=True):
        plots.shares(fit, time=time, ax=ax)
    said = sentences.shares(fit, time=ends[0])
    own = estimands[estimands["estimand"] == "variance.shares"].reset_index(drop=True)
    figure = Figure(
        name="shares",
        caption="Shares of the variance of ratings (posterior means), by informant: between "
        "clinics, therapists and children, and between occasions of the same child (residual).",
        alt=" ".join(said),
        drawing=drawing,
    )
    when = tables.time_label(fit.ratings, ends[0])
    return Section(
        key="shares",
        title="Where does the variance lie?",
        lead=f"Shares of the variance of single ratings at {when}, the largest first.",
        points=tuple(said),
        figures=(figure,),
        tables=(
            _at_ends(
                fit, "shares", f"Shares of variance (intraclass correlations). {INTERVALS}", own
            ),
        ),
    )


def _covariates(fit: Fit, summary: pd.DataFrame) -> Section:
    own = summary[summary["quantity"].str.contains("_on[", regex=False)].reset_index(drop=True)
    return Section(
        key="covariates",
        title="What goes with covariates?",
        lead="Differences in rating points that go with a covariate, others in the model held "
        "fixed; per unit of a numeric covariate, against the reference category otherwise.",
        points=tuple(sentences.covariate_effects(fit)),
        tables=(_summarised("covariates", f"Effects of covariates. {INTERVALS}", own),),
    )


def _data(fit: Fit) -> Section:
    ratings = fit.ratings
    said = sentences.data(ratings)
    counts, observed = tables.counts(ratings), tables.observed(ratings)
    seen = observed.assign(time=[tables.time_label(ratings, time) for time in observed["time"]])
    for column in ("mean", "sd"):
        seen[column] = seen[column].map("{:.1f}".format).replace("nan", "-")
    for column in ("at_floor", "at_ceiling"):
        seen[column] = seen[column].map("{:.0%}".format).replace("nan%", "-")
    found = [
        Table(
            name="ratings_by_occasion",
            caption="Ratings by informant and occasion, and why the others are absent.",
            data=counts,
            shown=counts.astype(str),
        ),
        Table(
            name="observed",
            caption="Observed ratings: mean, sd, and share at the ends of the scale.",
            data=observed,
            shown=seen.astype(str),
        ),
    ]
    if ratings.covariates:
        described = tables.covariates(ratings)
        found.append(
            Table(
                name="covariates_described",
                caption="Covariates in the ratings file.",
                data=described,
                shown=described.astype(str),
            )
        )
    return Section(
        key="data",
        title="Data and flow",
        lead=said[0],
        points=tuple(said[1:]),
        tables=tuple(found),
    )


def _model(fit: Fit) -> Section:
    return Section(
        key="model",
        title="The model",
        lead=f"{fit.spec.title} ({fit.spec.name}; {fit.spec.status}).",
        verbatim=str(fit.spec),
    )


def _priors(fit: Fit) -> Section:
    found = tables.priors(fit.spec, fit.ratings)
    headed = found.rename(columns={"points": "95 % of the prior, in rating points"})
    scale = fit.ratings.common_scale
    units = (
        f"center {scale.center:g}, spread {scale.spread:g} points"
        if scale is not None
        else "each informant's own center and spread"
    )
    return Section(
        key="priors",
        title="Priors, and what they say in rating points",
        lead=f"Priors are stated in units of the scale ({units}), not taken from these ratings.",
        tables=(
            Table(name="priors", caption="Priors with their reasons.", data=found, shown=headed),
        ),
    )


def _quantities(summary: pd.DataFrame) -> Section:
    return Section(
        key="quantities",
        title="Every quantity",
        lead=f"All {len(summary)} quantities of the model, in rating points: standard deviations "
        "(sd), correlations (cor) and what was shown above.",
        tables=(_summarised("quantities", f"Posterior of every quantity. {INTERVALS}", summary),),
    )


def _provenance(fit: Fit) -> Section:
    made = results.run(fit)
    seconds = {f"seconds: {stage}": f"{value:.1f}" for stage, value in fit.seconds.items()}
    steps = {
        f"gradient evaluations: {stage}": f"{count}"
        for stage, count in fit.gradient_evaluations.items()
    }
    rows = {key: str(made[key]) for key in ("model", "engine", "seed", "chains", "draws")}
    rows |= seconds | steps | {"data (sha-256)": str(made["data_hash"])} | fit.versions
    table = pd.DataFrame({"what": list(rows), "value": list(rows.values())})
    return Section(
        key="provenance",
        title="How this was made, and privacy",
        lead=f"Engine {fit.engine}, seed {fit.seed}: the same seed, versions and data give the "
        "same draws.",
        points=(
            "This report holds summaries only. The saved fit (fit.nc) contains the rating of every "
            "child: keep it as you keep the data, and do not pass it on with this report.",
        ),
        tables=(Table(name="provenance", caption="Provenance.", data=table, shown=table),),
    )


def _summarised(name: str, caption: str, data: pd.DataFrame) -> Table:
    return Table(name=name, caption=caption, data=data, shown=tables.rounded(data))


def _ends(fit: Fit) -> tuple[float, ...]:
    """First and last reference time, once if they are the same."""
    times = tables.reference_times(fit.spec, fit.ratings)
    return times if len(times) < 2 else (times[0], times[-1])


def _at_ends(fit: Fit, name: str, caption: str, data: pd.DataFrame) -> Table:
    """Show the first and last time only; the csv file has them all."""
    marks = tuple(f"time={time:g}" for time in _ends(fit))
    kept = [
        "time=" not in label or any(mark in label.split(",") for mark in marks)
        for label in data["of"]
    ]
    more = " Times between these are in the csv file." if not all(kept) else ""
    shown = tables.rounded(data[kept]).drop(columns="estimand")
    return Table(name=name, caption=caption + more, data=data, shown=shown)


def _drawing(figure: object) -> Drawing:
    if not isinstance(figure, Drawing):
        raise TypeError("a figure of its own is needed")
    return figure
