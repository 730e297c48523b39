"""The sections of a report on how its results came about.

Whether the fit can be trusted, on which all others rest; data, model, priors, every number,
provenance.
"""

import matplotlib.pyplot as plt
import pandas as pd

from bayes_alliance.estimands.profiles import reference
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document import results
from bayes_alliance.reporting.document.contents import (
    INTERVALS,
    Figure,
    Section,
    Table,
    at_ends,
    drawing_of,
    of_paper,
    summarised,
)
from bayes_alliance.reporting.plots.style import DOUBLE, house_style
from bayes_alliance.reporting.prose.wording import listed, percent, printed, probability
from bayes_alliance.reporting.tables import PaperTable
from bayes_alliance.reporting.tables.data_tables import MOST_OCCASIONS, in_words, occasion_labels
from bayes_alliance.results.collection import Reported
from bayes_alliance.studies.names import readable

VERDICTS = {"pass": "passed", "warn": "passed with a warning", "fail": "FAILED"}


def trust(records: Reported, *, checks: tuple[Check, ...]) -> Section:
    """Compose the section on convergence and on what ratings replicated from the fit look like."""
    fit = records.fit
    known = records.of_quantities.dropna(subset="ess_bulk").sort_values("ess_bulk")["name"]
    worst = str(known.iloc[0]) if len(known) else None
    with house_style():
        drawing, (left, right) = plt.subplots(1, 2, figsize=(DOUBLE, 2.5))
    plots.convergence(fit, records=records, ax=left)
    plots.ranks(fit, quantity=worst, ax=right)
    verdicts = ", ".join(f"{check.name} {VERDICTS[check.verdict]}" for check in checks)
    said = tuple(readable(check.sentence, fit.ratings.words) for check in checks)
    columns = ["name", "verdict", "reference", "sentence"]
    rows = [[getattr(check, name) for name in columns] for check in checks]
    table = pd.DataFrame(rows, columns=columns)
    figure = Figure(
        name="convergence",
        caption="Left: effective sample size and R-hat of every quantity, with the wanted limits "
        "dashed. Right: ranks of the quantity explored worst; chains that agree stay near the "
        "line.",
        alt=" ".join(said),
        drawing=drawing,
    )
    compared = [check for check in checks if check.name == "posterior predictive"]
    return Section(
        key="checks",
        title="Can this fit be trusted?",
        lead=f"Checks: {verdicts}." if checks else "No checks were made.",
        points=said,
        figures=(figure, *(_compared(check) for check in compared)),
        tables=(
            Table(name="checks", caption="Checks.", data=table, shown=table[columns[:3]]),
            *(_tests(check, check.tests) for check in compared if check.tests is not None),
            *(_statistics(check) for check in compared),
        ),
    )


def data(fit: Fit, paper: PaperTable) -> Section:
    """Compose the section on who rated whom and when, and who left."""
    ratings = fit.ratings
    texts = in_words(ratings)
    counts, observed = tables.counts(ratings), tables.observed(ratings)
    seen = observed.assign(time=occasion_labels(ratings, observed["time"]))
    for column in ("mean", "sd"):
        seen[column] = [printed(value, 1) for value in seen[column]]
    for column in ("at_floor", "at_ceiling"):
        seen[column] = [percent(share) for share in seen[column]]
    grouped = (
        " Times are grouped, and a group is named by its mean time."
        if ratings.long["time"].nunique() > MOST_OCCASIONS
        else ""
    )
    shown = [
        of_paper(paper),
        Table(
            name="ratings_by_occasion",
            caption="Ratings by informant and occasion, and why the others are absent." + grouped,
            data=counts,
            shown=_named(counts, ratings, "informant"),
        ),
        Table(
            name="observed",
            caption="Observed ratings: mean, sd, and share at the ends of the scale.",
            data=observed,
            shown=_named(seen, ratings, "informant"),
            stubs=2,
        ),
    ]
    if ratings.covariates:
        described = tables.covariates(ratings)
        shown.append(
            Table(
                name="covariates_described",
                caption="Covariates in the ratings file.",
                data=described,
                shown=_named(described, ratings, "covariate").assign(
                    describes=described["describes"].map(ratings.words.said)
                ),
            )
        )
    figure = Figure(
        name="flow",
        caption=ratings.words.said(
            "Families rated, not rated although in treatment (missing), and no longer in "
            "treatment, by informant and occasion."
        ),
        alt=" ".join(texts),
        drawing=drawing_of(plots.flow(ratings)[0].figure),
    )
    return Section(
        key="data",
        title="Data and flow",
        lead=texts[0],
        points=tuple(texts[1:]),
        figures=(figure,),
        tables=tuple(shown),
    )


def _named(table: pd.DataFrame, ratings: Ratings, column: str) -> pd.DataFrame:
    """A table as text, its informants or covariates by their names for print."""
    text = table.astype(str)
    return text.assign(**{column: text[column].map(ratings.words.name)})


def quantities(records: Reported) -> Section:
    """Compose the section with every quantity of the model."""
    fit, summary = records.fit, records.summary
    caption = f"Posterior of every quantity. {INTERVALS}"
    bounded = records.of_quantities["is_bounded"]
    return Section(
        key="quantities",
        title="Every quantity",
        lead=f"All {len(summary)} quantities of the model, in rating points: standard deviations "
        f"(sd), correlations (cor) and what was shown above.{_reference(fit)}",
        tables=(summarised("quantities", caption, summary, bounded=bounded),),
    )


def estimands(records: Reported) -> Section:
    """Compose the section with every estimand."""
    caption = (
        f"Posterior of every estimand: its function and what it is of. {INTERVALS} Contraction: "
        "how much of the prior's variance the ratings took away; prior driven: less than half."
    )
    return Section(
        key="estimands",
        title="Every estimand",
        lead=f"All {len(records.estimands)} quantities that the model implies, beside its "
        "parameters.",
        tables=(at_ends(records, "estimands", caption),),
    )


def provenance(fit: Fit) -> Section:
    """Compose the section on versions, seed, data and privacy."""
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
            fit.ratings.words.said(
                "This report holds summaries only. The saved fit (fit.nc) contains the rating of "
                "every child: keep it as you keep the data, and do not pass it on with this report."
            ),
        ),
        tables=(Table(name="provenance", caption="Provenance.", data=table, shown=table),),
    )


def _reference(fit: Fit) -> str:
    """Name the profile that quantities at the reference are of."""
    profile = reference(fit)
    if not profile:
        return ""
    words = fit.ratings.words
    named = [
        f"{words.spoken(name)} {value if isinstance(value, str) else format(value, '.3g')}"
        for name, value in profile.items()
    ]
    said = words.said(" Growth coefficients are averages over the children of the study;")
    return f"{said} those with at_reference in their name are of one profile: {listed(named)}."


def _compared(check: Check) -> Figure:
    return Figure(
        name="rating_distributions",
        caption="Shares of the ratings at a time that were each rating (bars), and those among "
        "ratings replicated from the fit (line: median, band: central 95%); n: ratings given. "
        "Dotted: where the scale ends; a model without ends may expect ratings beyond it.",
        alt=check.sentence,
        drawing=drawing_of(plots.rating_distributions(check)[0].get_figure(root=True)),
    )


def _tests(check: Check, tests: pd.DataFrame) -> Table:
    """Tabulate the largest statistic of every kind that could be tested."""
    tested = tests.dropna(subset="z")
    largest = tested.loc[tested["z"].abs().groupby(level="kind", sort=False).idxmax()]
    shown = largest.reset_index()
    shown["z"] = [printed(value, 1) for value in shown["z"]]
    shown["p_kind"] = [probability(value) for value in shown["p_kind"]]
    shown = _called(shown, check, kind="kind")
    return Table(
        name="tests_of_fit",
        caption="Tests of fit, of each kind the largest statistic: z is about standard normal if "
        "the model is right, whoever left by what was rated; p of a kind is of its largest.",
        data=tests.reset_index(),
        shown=shown[["kind", "of", "z", "p_kind"]],
    )


def _called(shown: pd.DataFrame, check: Check, *, kind: str) -> pd.DataFrame:
    """Statistics by what they and those they are of are called for print."""
    kinds = shown[kind].map(check.words.said)
    return shown.assign(**{kind: kinds, "of": shown["of"].map(check.name_of)})


def _statistics(check: Check) -> Table:
    data = check.table.reset_index()
    shown = data[["statistic", "of", "observed", "median", "lower", "upper", "p"]].copy()
    outside = (data["observed"] < data["lower"]) | (data["observed"] > data["upper"])
    shown = shown[outside].reset_index(drop=True)
    for name in ("observed", "median", "lower", "upper"):
        shown[name] = [printed(value, 2) for value in shown[name]]
    shown["p"] = [probability(value) for value in shown["p"]]
    shown = _called(shown, check, kind="statistic")
    few = "" if len(shown) else " None."
    return Table(
        name="posterior_predictive",
        caption="Observed statistics outside the central 95% of replicated ones (p: twice the "
        f"smaller tail); one in twenty would be no surprise, and no verdict rests on them.{few}",
        data=data,
        shown=shown,
    )
