"""Tables for a paper that show a fit: averages, variation, agreement, effects of covariates.

Every table is a `PaperTable`: it holds its numbers in full precision and the text that is printed.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pandas as pd

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments
from bayes_alliance.estimands.at_time import reference_times
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scalars import Scalar
from bayes_alliance.reporting.prose.wording import (
    headed,
    marked,
    printed,
    printed_interval,
    probability,
    time_label,
)
from bayes_alliance.reporting.tables import coverage
from bayes_alliance.reporting.tables.cells import arranged, cell, decimals_of, numbered, pair_label
from bayes_alliance.reporting.tables.notes import (
    below,
    coefficient_heading,
    effect_heading,
    percent,
)
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.results.collection import Reported, of_quantities
from bayes_alliance.results.of_agreement import TOGETHER, correlations, indices_of_agreement
from bayes_alliance.results.record import identified
from bayes_alliance.results.reported import effects_of
from bayes_alliance.results.summaries import STATISTICS
from bayes_alliance.results.summaries import rows as rows_of

# Headings of columns, with the estimand and the level they show.
COLUMNS = {
    "Latent r": ("agreement.correlation", "child"),
    "Total r": ("agreement.correlation", "total"),
    "Mean difference": ("agreement.mean_difference", None),
    "Concordance": ("agreement.concordance", None),
}
AGREEMENT = {estimand for estimand, _ in COLUMNS.values()} | {
    "agreement.limits",
    *(index.estimand for index in TOGETHER),
}


@checked_arguments
def fixed_effects(fit: Fit, *, prob: Prob = 0.95, records: Reported | None = None) -> PaperTable:
    """Average growth coefficients of every informant, for a paper.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.
    records : Reported, optional
        As from `collected`, with its own `prob`; what is needed is computed if not given.

    Returns
    -------
    PaperTable
        Its ``frame`` has a row per growth coefficient and informant, rating points.
    """
    every = of_quantities(fit, prob=prob) if records is None else records.of_quantities
    rows, frames, words = [], [], fit.ratings.words
    decimals = decimals_of(every[every["quantity"].isin(fit.design.coefficients)])
    for coefficient in fit.design.coefficients:
        own = every[every["quantity"] == coefficient]
        heading = coefficient_heading(fit, coefficient)
        for row in own.to_dict(orient="records"):
            rows.append(
                {
                    "stub": (heading, headed(words.name(str(row["informant"])))),
                    "Estimate": marked(printed(row["median"], decimals), row["prior_driven"]),
                    "SD": printed(row["sd"], decimals),
                    f"{percent(prob)} CI": printed_interval(row["lower"], row["upper"], decimals),
                    "P(> 0)": "–" if coefficient == "level" else probability(row["above"]),
                }
            )
        frames.append(own[["coefficient", "informant", *STATISTICS, "above"]])
    frame = pd.concat(frames, ignore_index=True).rename(columns={"above": "probability_positive"})
    each = ", each with its own covariates" if fit.spec.covariates else ""
    entries = words.said(
        f"Averages over the children of the study{each}, in rating points. SD is the posterior "
        "standard deviation; P(> 0) is the posterior probability of being positive."
    )
    shown = arranged(rows, "Informant")
    priors = fit.design.coefficients
    return PaperTable(
        name="fixed_effects",
        title="Average Level and Change of Ratings by Informant",
        frame=frame,
        shown=shown,
        note=below(fit, entries=entries, priors=priors, prob=prob, shown=shown),
    )


@checked_arguments
def agreement(
    fit: Fit, *, time: float | None = None, prob: Prob = 0.95, records: Reported | None = None
) -> PaperTable:
    """Agreement between informants at a time, for a paper.

    Parameters
    ----------
    fit : Fit
        Of at least two informants.
    time : float, optional
        In units of the time column; where the level is read if not given.
    prob : float
        Posterior probability inside the intervals.
    records : Reported, optional
        As from `collected`, with its own `prob`; what is needed is computed if not given.

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
    own = _of_agreement(fit, when, prob, records)
    rows, words = [], fit.ratings.words
    for first, second in combinations(informants, 2):
        row: dict[str, object] = {"stub": pair_label(words.name(first), words.name(second))}
        for head, (estimand, level) in COLUMNS.items():
            kind = own[own["estimand"] == estimand]
            kind = kind if level is None else kind[kind["level"] == level]
            if not kind.empty:
                bounded = bool(kind["is_bounded"].iloc[0])
                row[head] = cell(_of_pair(kind, first, second), kind, bounded=bounded)
            if head == "Mean difference":
                every = own[own["estimand"] == "agreement.limits"]
                limits = _of_pair(every, first, second)
                if len(limits) == 2:
                    low, high = limits.set_index("source").loc[["lower", "upper"], "median"]
                    row["Limits of agreement"] = printed_interval(low, high, 1)
                elif not every.empty:
                    row["Limits of agreement"] = "–"
        rows.append(row)
    alike = " who are alike in the covariates" if fit.spec.covariates else ""
    entries = words.said(
        f"At {time_label(fit.ratings, when)}. Latent r: correlation between children{alike}, free "
        "of what varies from occasion to occasion; all else is of new families, as different as "
        f"those of the study. Total r: correlation of {fit.spec.family.single}. Differences are "
        "first minus second informant, in rating points, averaged over the children of the "
        "study. Limits of agreement: where the difference of a new family lies with 95% "
        "probability (medians of both limits)."
    ) + _together(own)
    shown = arranged(rows, "Informants")
    return PaperTable(
        name="agreement_by_pair",
        title="Agreement Between Informants",
        frame=own[["estimand", "of", *STATISTICS]].reset_index(drop=True),
        shown=shown,
        note=below(
            fit,
            entries=entries,
            priors=("child_cor", "therapist_cor", "clinic_cor", "residual_cor"),
            prob=prob,
            shown=shown,
        ),
    )


@checked_arguments
def covariate_effects(
    fit: Fit, *, prob: Prob = 0.95, records: Reported | None = None
) -> PaperTable:
    """Effects of covariates on every informant's ratings, and how they differ, for a paper.

    Parameters
    ----------
    fit : Fit
        Of a model with covariates.
    prob : float
        Posterior probability inside the intervals.
    records : Reported, optional
        As from `collected`, with its own `prob`; what is needed is computed if not given.

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
    rows, frames, words = [], [], fit.ratings.words
    by_covariate = effects_of(fit)
    for (target, label), effects in by_covariate.items():
        own = _effects(effects, prob, apart=one_scale or target == "residual_sd")
        if records is not None:
            known = records.of_quantities.set_index("name")["prior_driven"]
            own["prior_driven"] = own["name"].map(known).where(own["informant_"].isna())
        decimals = decimals_of(own)
        for position, name in enumerate(informants):
            by_itself = own[(own["informant"] == name) & own["informant_"].isna()]
            row: dict[str, object] = {
                "stub": (
                    effect_heading(fit, label, target),
                    numbered(position, words.name(name), informants),
                ),
                "Estimate": cell(by_itself, decimals=decimals),
                "P(> 0)": probability(by_itself["above"].item()),
            }
            for earlier, other in enumerate(informants[:-1]):
                if own["informant_"].notna().any():
                    pair = _of_pair(own, other, name)
                    row[f"{earlier + 1} minus own"] = (
                        cell(pair, decimals=decimals) if earlier < position else ""
                    )
            rows.append(row)
        frames.append(own)
    if not frames:
        message = "the model has none; add them with with_covariates"
        raise InputError([Problem(where="covariates", message=message)], "table")
    has_slopes = any(target in fit.spec.trajectory.rates for target, _ in by_covariate)
    per_time = "; effects on the slope per unit of its time" if has_slopes else ""
    entries = (
        "Rating points that go with a covariate, per unit of a numeric one, against the reference "
        f"category of others{per_time}. P(> 0) is the posterior probability of being positive."
    )
    if one_scale:
        entries += " Numbered columns: effect on the numbered informant minus that on the row's."
    entries += f" {words.said(coverage.OF_EFFECTS)}"
    if any(target == "residual_sd" for target, _ in by_covariate):
        entries += " Effects on the log residual SD are no points: exp(effect) is a factor."
    priors = [key for key, quantity in fit.spec.quantities.items() if quantity.per]
    shown = arranged(rows, "Informant").fillna("")
    return PaperTable(
        name="covariate_effects",
        title="Effects of Covariates by Informant",
        frame=pd.concat(frames, ignore_index=True)[
            ["of", "target", "covariate", *STATISTICS, "probability_positive"]
        ],
        shown=shown,
        note=below(fit, entries=entries, priors=priors, prob=prob, shown=shown),
    )


def _of_agreement(fit: Fit, time: float, prob: float, records: Reported | None) -> pd.DataFrame:
    """Summaries of agreement at a time, with the text of what each is of."""
    if records is not None and time in reference_times(fit.spec, fit.ratings):
        every = records.of_results
        own = every[every["estimand"].isin(AGREEMENT) & (every["time"] == time)]
        return own[own["level"].isna() | own["level"].isin(("child", "total"))]
    made = [*correlations(fit, "total", (time,)), *indices_of_agreement(fit, (time,))]
    results = list(identified(fit.design, made))
    return rows_of(results, prob=prob).assign(of=[one.of for one in results])


def _effects(effects: Sequence[Scalar], prob: float, *, apart: bool) -> pd.DataFrame:
    """Summaries of an effect on every informant and, of the first minus the second, every pair."""
    pairs = [
        replace(one, informant_=other.informant, draws=one.draws - other.draws)
        for one, other in combinations(effects, 2)
        if apart
    ]
    own = rows_of([*effects, *pairs], prob=prob)
    of = [
        str(one.informant) if one.informant_ is None else f"{one.informant};{one.informant_}"
        for one in (*effects, *pairs)
    ]
    return own.assign(of=of, target=own["coefficient"], probability_positive=own["above"])


def _of_pair(rows: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    return rows[(rows["informant"] == first) & (rows["informant_"] == second)]


def _together(rows: pd.DataFrame) -> str:
    """The indices over all informants, in a sentence."""
    parts = []
    for index in TOGETHER:
        own = rows[rows["estimand"] == index.estimand]
        if not own.empty:
            parts.append(f"{index.symbol} = {cell(own, bounded=True)}")
    if not parts:
        return ""
    return f" All informants together: {', '.join(parts)}. {coverage.OF_ALL_TOGETHER}"
