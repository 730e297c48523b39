"""The section of a report that all others rest on: whether the fit can be trusted."""

import matplotlib.pyplot as plt
import pandas as pd

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.document.contents import Figure, Section, Table, whole
from bayes_alliance.reporting.plots.style import DOUBLE, house_style


def trust(fit: Fit, *, checks: tuple[Check, ...], summary: pd.DataFrame) -> Section:
    """Compose the section on convergence and on what ratings replicated from the fit look like.

    Parameters
    ----------
    summary : DataFrame
        As from `tables.summary`.
    """
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
        drawing=whole(plots.predictive(check).get_figure(root=True)),
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
