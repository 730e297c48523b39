"""What the priors say in rating points.

Priors are stated in units of the scale; readers judge them in points. Each prior becomes the range
that holds 95% of it. For one correlation under an LKJ prior of a matrix with `d` rows the range is
that of its marginal, `(r + 1) / 2 ~ Beta(eta - 1 + d/2, eta - 1 + d/2)` (Lewandowski, Kurowicka and
Joe 2009).
"""

import pandas as pd

from bayes_alliance.errors import checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings, Scale
from bayes_alliance.reporting.prose.estimates import about, each_row
from bayes_alliance.reporting.prose.wording import headed, printed, probability, with_interval
from bayes_alliance.reporting.tables.cells import arranged
from bayes_alliance.reporting.tables.notes import MADE_UP, correlated_rows, is_factor, units
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.of_agreement import agreement_among
from bayes_alliance.results.record import LABELS
from bayes_alliance.results.reported import noun
from bayes_alliance.results.summaries import FAR_OUT
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.phrases import at_numbers
from bayes_alliance.specification.priors import NumberPrior, of_correlations, of_numbers, stated
from bayes_alliance.specification.quantity import Quantity

TAILS = [0.025, 0.975]
MIDDLE = ("median", "lower", "upper")


@checked_arguments
def priors(spec: ModelSpec, ratings: Ratings) -> pd.DataFrame:
    """Tabulate the priors with what they mean in rating points.

    Parameters
    ----------
    ratings : Ratings
        Tell the scale and the number of informants.

    Returns
    -------
    DataFrame
        Columns ``parameter``, ``stands for``, ``prior`` (in units of the scale), ``points`` (the
        range that holds 95% of the prior, in rating points; for correlations, of the correlation)
        and ``reason``.
        Where informants use different scales, the range names the informant.
    """
    rows = [
        {
            "parameter": key,
            "stands for": ratings.words.said(quantity.meaning),
            "prior": stated(quantity, spec.priors[key]),
            "points": _meaning(quantity, spec, ratings),
            "reason": at_numbers(spec.priors[key].reason),
        }
        for key, quantity in spec.quantities.items()
    ]
    return pd.DataFrame(rows, columns=["parameter", "stands for", "prior", "points", "reason"])


@checked_arguments
def priors_for_paper(fit: Fit) -> PaperTable:
    """Priors with what they say in rating points, for a paper.

    Returns
    -------
    PaperTable
        Its ``frame`` is the table of `priors`.
    """
    spec, ratings = fit.spec, fit.ratings
    table = priors(spec, ratings)
    rows = [
        {
            "stub": headed(ratings.words.said(spec.quantities[row["parameter"]].brief)),
            "Prior": row["prior"],
            "95% of it, in rating points": row["points"],
        }
        for row in table.to_dict(orient="records")
    ]
    made_up = f"{MADE_UP} " if ratings.synthetic else ""
    return PaperTable(
        name="priors",
        title="Priors, and What They Say in Rating Points",
        frame=table,
        shown=arranged(rows, "Of"),
        note=f"{made_up}Priors are stated in units of the scale ({units(ratings)}). Reasons for "
        "each are in the report of the fit.",
        words=("Prior", "95% of it, in rating points"),
    )


def agreement_expected(records: Reported) -> pd.DataFrame:
    """Tabulate agreement as the prior expects it beside what the ratings say.

    Returns
    -------
    DataFrame
        A row per estimand of agreement that has no unit: ``estimand``, ``of``, the labels of
        estimands.csv, median and interval of the prior and of the posterior, and ``prior_tail``,
        twice the share of the prior beyond the posterior median.
    """
    own = agreement_among(records.of_results[records.of_results["is_listed"]])
    own = own.dropna(subset=["median", "prior_median"])
    columns = [*(f"prior_{one}" for one in MIDDLE), *MIDDLE, "prior_tail"]
    return own[["estimand", "of", *LABELS, *columns]].reset_index(drop=True)


def expected_in_words(ratings: Ratings, table: pd.DataFrame) -> pd.DataFrame:
    """Write `agreement_expected` for readers; what lies far out is marked."""
    rows = []
    for one, row in zip(each_row(table), table.to_dict(orient="records"), strict=True):
        prior, posterior = (
            with_interval(*(row[f"{which}{one}"] for one in MIDDLE), decimals=2, bounded=True)
            for which in ("prior_", "")
        )
        far = " (far out)" if row["prior_tail"] < FAR_OUT else ""
        rows.append(
            {
                "Agreement": noun(one.estimand),
                "of": about(ratings, one),
                "Prior": prior,
                "Posterior": posterior,
                "Tail of the prior": f"{probability(row['prior_tail'])}{far}",
            }
        )
    return pd.DataFrame(rows)


def _meaning(quantity: Quantity, spec: ModelSpec, ratings: Ratings) -> str:
    prior = spec.priors[quantity.key]
    if quantity.kind == "correlation":
        rows = correlated_rows(quantity, spec, len(ratings.informants))
        if len(rows) < 2:
            return "no correlation"
        lower, upper = of_correlations(prior).marginal_quantile(TAILS, rows)
        of = "correlation with the factor" if is_factor(quantity, spec) else "correlation"
        expects = "" if is_factor(quantity, spec) else prior.words(quantity)
        numbers = f"{printed(lower, 2, bounded=True)} to {printed(upper, 2, bounded=True)}"
        return ratings.words.said(f"{of} {numbers}{f'; {expects}' if expects else ''}")
    if prior.traits.shrinks or quantity.unit == "none":
        return prior.words(quantity)
    in_spreads = of_numbers(prior)
    if ratings.common_scale is not None:
        return _points(quantity, in_spreads, ratings.common_scale)
    name = ratings.words.name
    return "; ".join(
        f"{name(informant)}: {_points(quantity, in_spreads, ratings.scales[informant])}"
        for informant in ratings.informants
    )


def _points(quantity: Quantity, prior: NumberPrior, scale: Scale) -> str:
    center = scale.center if quantity.from_center else 0.0
    lower, upper = prior.scaled(scale.spread, center).quantile(TAILS)
    places = 1 if upper - lower > 0.5 else 3
    per = f" per {quantity.per}" if quantity.per else ""
    return f"{printed(lower, places)} to {printed(upper, places)}{per}"
