"""Tables for a paper that show a fit: averages, variation, agreement, effects of covariates.

Every table is a `PaperTable`: it holds its numbers in full precision and the text that is printed.
"""

from itertools import combinations

import pandas as pd

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.estimands import agreement as agreeing
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.prose.wording import headed, printed, printed_interval
from bayes_alliance.reporting.tables.cells import (
    arranged,
    cell,
    decimals_of,
    direction,
    numbered,
    pair_label,
)
from bayes_alliance.reporting.tables.data_tables import time_label
from bayes_alliance.reporting.tables.implied import acting, of_agreement
from bayes_alliance.reporting.tables.notes import below, coefficient_heading, percent
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.reporting.tables.summaries import summarise


@checked_arguments
def fixed_effects(fit: Fit, *, prob: Prob = 0.95) -> PaperTable:
    """Average growth coefficients of every informant, for a paper.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    PaperTable
        Its ``frame`` has a row per growth coefficient and informant, rating points.
    """
    rows, frames = [], []
    for coefficient in fit.design.coefficients:
        draws = fit.moments[coefficient].reset_coords(drop=True)
        found = summarise(draws, prob=prob)
        above = (draws > 0).mean(("chain", "draw"))
        found["probability_positive"] = above.sel(informant=found.index.to_numpy()).to_numpy()
        decimals = decimals_of(found)
        heading = coefficient_heading(fit, coefficient)
        for informant, row in found.iterrows():
            positive = row["probability_positive"]
            rows.append(
                {
                    "stub": (heading, headed(str(informant))),
                    "Estimate": printed(row["median"], decimals),
                    "SD": printed(row["sd"], decimals),
                    f"{percent(prob)} CI": printed_interval(row["lower"], row["upper"], decimals),
                    "P(> 0)": "–" if coefficient == "level" else direction(positive),
                }
            )
        found.insert(0, "coefficient", coefficient)
        frames.append(found.reset_index(names="informant"))
    frame = pd.concat(frames, ignore_index=True)
    entries = (
        "Averages over children, in rating points. SD is the posterior standard deviation; P(> 0) "
        "is the posterior probability of being positive."
    )
    if fit.spec.covariates:
        entries += " Numeric covariates are at their mean, others at their reference category."
    return PaperTable(
        name="fixed_effects",
        title="Average Level and Change of Ratings by Informant",
        frame=frame.set_index(["coefficient", "informant"]).reset_index(),
        shown=arranged(rows, "Informant"),
        note=below(fit, entries=entries, priors=fit.design.coefficients, prob=prob),
    )


@checked_arguments
def agreement(fit: Fit, *, time: float | None = None, prob: Prob = 0.95) -> PaperTable:
    """Agreement between informants at a time, for a paper.

    Parameters
    ----------
    fit : Fit
        Of at least two informants.
    time : float, optional
        In units of the time column; where the level is read if not given.
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    PaperTable
        A row per pair; its ``frame`` has a row per estimand and pair, as ``estimands.csv``. What
        the model cannot tell (differences in points of different scales) has no column.

    Raises
    ------
    InputError
        If the model is about one informant.
    """
    informants = fit.ratings.informants
    if len(informants) < 2:
        message = "needs at least two informants"
        raise InputError([Problem(where="agreement", message=message)], "table")
    when = float(fit.ratings.time.origin) if time is None else float(time)
    total = agreeing.correlation(fit, level="total", time=when)
    named = {
        f"agreement.correlation|total,time={when:g},{first};{second}": total.sel(
            informant=first, informant_=second, drop=True
        )
        for first, second in combinations(informants, 2)
    } | dict(of_agreement(fit, when))
    found = summarise(diagnostics.stacked(named.items()), prob=prob)
    at = f"time={when:g}"
    columns = {
        "Latent r": (f"agreement.correlation|child,{at}", True),
        "Total r": (f"agreement.correlation|total,{at}", True),
        "Mean difference": (f"agreement.mean_difference|{at}", False),
        "Concordance": (f"agreement.concordance|{at}", True),
    }
    rows = []
    for first, second in combinations(informants, 2):
        row: dict[str, object] = {"stub": pair_label(first, second)}
        for head, (start, bounded) in columns.items():
            kind = found[found.index.str.startswith(f"{start},")]
            if len(kind):
                row[head] = cell(found, f"{start},{first};{second}", kind, bounded=bounded)
            limits = [f"agreement.limits|{end},{at},{first};{second}" for end in ("lower", "upper")]
            if head == "Mean difference" and set(limits) <= set(found.index):
                low, high = found.loc[limits, "median"]
                row["Limits of agreement"] = printed_interval(low, high, 1)
        rows.append(row)
    entries = (
        f"At {time_label(fit.ratings, when)}. Latent r: correlation between children, free of what "
        "varies from occasion to occasion; total r: correlation of single ratings. Differences are "
        "first minus second informant, in rating points. Limits of agreement: where the difference "
        "of a new family lies with 95% probability (medians of both limits). "
        + _together(found, at)
    )
    names = found.index.to_series().str.partition("|")
    found = found.assign(estimand=names[0].to_numpy(), of=names[2].to_numpy())
    return PaperTable(
        name="agreement_by_pair",
        title="Agreement Between Informants",
        frame=found.set_index(["estimand", "of"]).reset_index(),
        shown=arranged(rows, "Informants"),
        note=below(
            fit,
            entries=entries,
            priors=("child_cor", "therapist_cor", "clinic_cor", "residual_cor"),
            prob=prob,
        ),
    )


@checked_arguments
def covariate_effects(fit: Fit, *, prob: Prob = 0.95) -> PaperTable:
    """Effects of covariates on every informant's ratings, and how they differ, for a paper.

    Parameters
    ----------
    fit : Fit
        Of a model with covariates.
    prob : float
        Posterior probability inside the intervals.

    Returns
    -------
    PaperTable
        Its ``frame`` has a row per target, covariate and informant, and, where informants share a
        scale, per pair of informants (first minus second).

    Raises
    ------
    InputError
        If the model has no covariates.
    """
    informants = fit.ratings.informants
    one_scale = fit.ratings.common_scale is not None and len(informants) > 1
    rows, frames = [], []
    for target, label, draws in acting(fit):
        apart = {
            f"{first};{second}": draws.sel(informant=first, drop=True)
            - draws.sel(informant=second, drop=True)
            for first, second in combinations(informants, 2)
            if one_scale or target == "residual_sd"
        }
        own = {name: draws.sel(informant=name, drop=True) for name in informants}
        everything = own | apart
        found = summarise(diagnostics.stacked(everything.items()), prob=prob)
        above = {name: float((one > 0).mean()) for name, one in everything.items()}
        found["probability_positive"] = pd.Series(above)
        decimals = decimals_of(found)
        on = "log residual SD" if target == "residual_sd" else target.replace("_", " ")
        for position, name in enumerate(informants):
            row: dict[str, object] = {
                "stub": (f"{headed(label)} on {on}", numbered(position, name, informants)),
                "Estimate": cell(found, name, decimals=decimals),
                "P(> 0)": direction(above[name]),
            }
            for earlier, other in enumerate(informants[:-1]):
                if apart:
                    key = f"{other};{name}"
                    row[f"{earlier + 1} minus own"] = (
                        cell(found, key, decimals=decimals) if earlier < position else ""
                    )
            rows.append(row)
        found.insert(0, "target", target)
        found.insert(1, "covariate", label)
        frames.append(found.rename_axis("of").reset_index())
    if not frames:
        message = "the model has none; add them with with_covariates"
        raise InputError([Problem(where="covariates", message=message)], "table")
    entries = (
        "Rating points that go with a covariate, per unit of a numeric one, against the reference "
        "category of others; effects on the slope per unit of its time. P(> 0) is the posterior "
        "probability of being positive."
    )
    if one_scale:
        entries += " Numbered columns: effect on the numbered informant minus that on the row's."
    if any(target == "residual_sd" for target, _, _ in acting(fit)):
        entries += " Effects on the log residual SD are no points: exp(effect) is a factor."
    effects = [key for key, quantity in fit.spec.quantities.items() if quantity.per]
    return PaperTable(
        name="covariate_effects",
        title="Effects of Covariates by Informant",
        frame=pd.concat(frames, ignore_index=True),
        shown=arranged(rows, "Informant").fillna(""),
        note=below(fit, entries=entries, priors=effects, prob=prob),
    )


def _together(found: pd.DataFrame, at: str) -> str:
    """The indices over all informants, in a sentence."""
    told = []
    for name, symbol in (
        ("intraclass_agreement", "ICC(A,1)"),
        ("intraclass_consistency", "ICC(C,1)"),
    ):
        key = f"agreement.{name}|{at},all"
        if key in found.index:
            told.append(f"{symbol} = {cell(found, key, bounded=True)}")
    return f"All informants together: {', '.join(told)}." if told else ""
