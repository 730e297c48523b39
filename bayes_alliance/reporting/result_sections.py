"""The sections of a report, and among them those with results.

Trust first, then what users ask: is the alliance stable, do informants agree, where does variance
lie, what goes with covariates.
"""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure as Drawing

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import method_sections, plots, sentences, tables
from bayes_alliance.reporting.contents import INTERVALS, Figure, Section, Table, summarised
from bayes_alliance.reporting.plots.style import DOUBLE, house_style


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
    yield _trust(fit, checks, summary)
    yield _growth(fit, summary)
    if len(fit.ratings.informants) > 1:
        yield _agreement(fit, estimands)
    yield _shares(fit, estimands)
    if sentences.covariate_effects(fit):
        yield _covariates(fit, summary)
    yield method_sections.data(fit)
    yield method_sections.model(fit)
    yield method_sections.priors(fit)
    yield method_sections.quantities(summary)
    yield method_sections.provenance(fit)


def _trust(fit: Fit, checks: tuple[Check, ...], summary: pd.DataFrame) -> Section:
    known = summary.dropna(subset="ess_bulk").sort_values("ess_bulk")["quantity"]
    worst = str(known.iloc[0]) if len(known) else None
    with house_style():
        drawing, (left, right) = plt.subplots(1, 2, figsize=(DOUBLE, 2.5))
    plots.convergence(fit, ax=left)
    plots.ranks(fit, quantity=worst, ax=right)
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
    compared = [check for check in checks if check.name == "posterior predictive"]
    return Section(
        key="checks",
        title="Can this fit be trusted?",
        lead=f"Checks: {verdicts}.",
        points=tuple(check.sentence for check in checks),
        figures=(figure, *(_compared(check) for check in compared)),
        tables=(
            Table(name="checks", caption="Checks.", data=table, shown=table[columns[:3]]),
            *(_statistics(check) for check in compared),
        ),
    )


def _compared(check: Check) -> Figure:
    return Figure(
        name="posterior_predictive",
        caption="Observed statistics (marks) among those of ratings replicated from the fit (bars: "
        "central 95 %, ticks: median). A mark outside its bar is open.",
        alt=check.sentence,
        drawing=_drawing(plots.predictive(check).get_figure(root=True)),
    )


def _statistics(check: Check) -> Table:
    data = check.table.reset_index()
    shown = data[["statistic", "of", "observed", "median", "lower", "upper", "p"]].copy()
    outside = (data["observed"] < data["lower"]) | (data["observed"] > data["upper"])
    shown = shown[outside].reset_index(drop=True)
    for name in ("observed", "median", "lower", "upper", "p"):
        shown[name] = [f"{value:.2f}" for value in shown[name]]
    few = "" if len(shown) else " None."
    return Table(
        name="posterior_predictive",
        caption="Observed statistics outside the central 95 % of replicated ones (p: twice the "
        f"smaller tail); one in twenty would be no surprise.{few}",
        data=data,
        shown=shown,
    )


def _growth(fit: Fit, summary: pd.DataFrame) -> Section:
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
        drawing=_drawing(axes[0].figure),
    )
    coefficients = tuple(f"{name}[" for name in fit.spec.trajectory.coefficients)
    own = summary[summary["quantity"].str.startswith(coefficients)].reset_index(drop=True)
    return Section(
        key="growth",
        title="Levels and change: are ratings stable?",
        lead=sentences.stability(fit),
        points=tuple(said),
        figures=(figure,),
        tables=(summarised("growth", f"Growth coefficients, in rating points. {INTERVALS}", own),),
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
        caption="Correlation of each pair of informants (median and 95 % interval): between "
        "children, free of what varies from occasion to occasion, and between single ratings.",
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
            "Differences between informants are read as different perspectives on a relationship, "
            "not as error.",
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
        caption="Shares of the variance of single ratings (posterior means), by informant; "
        "'occasion' is what varies between occasions of the same child (the residual).",
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
        tables=(summarised("covariates", f"Effects of covariates. {INTERVALS}", own),),
    )


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
