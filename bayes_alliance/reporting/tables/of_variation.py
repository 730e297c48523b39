"""Tables for a paper of what varies at each level, what goes together, and what is stable."""

import pandas as pd

from bayes_alliance.errors import Prob, checked_arguments
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.prose.courses import change_assumed, stable_of
from bayes_alliance.reporting.prose.estimates import span
from bayes_alliance.reporting.prose.wording import headed, lowered, spoken, time_label
from bayes_alliance.reporting.tables import coverage
from bayes_alliance.reporting.tables.cells import arranged, cell, decimals_of, numbered
from bayes_alliance.reporting.tables.notes import below, coefficient_heading
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.results.collection import Reported, collected, drawn_prior, of_quantities
from bayes_alliance.results.reported import shares_among
from bayes_alliance.results.summaries import STATISTICS
from bayes_alliance.specification.phrases import capitalised


@checked_arguments
def variation(
    fit: Fit, *, prob: Prob = 0.95, prior: Fit | None = None, records: Reported | None = None
) -> PaperTable:
    """Standard deviations and correlations at every level, for a paper.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.
    prior : Fit, optional
        The prior, as from ``prior_fit``; drawn here, with the seed of the fit, if not given.
    records : Reported, optional
        As from `collected`, instead of `prob` and `prior`; what is needed is computed if not given.

    Returns
    -------
    PaperTable
        A row per level, growth coefficient and informant: standard deviation, correlations with
        the informants before, and with the same informant's level. Its ``frame`` has all
        standard deviations and correlations, with ``contraction`` and ``prior_driven``.
    """
    if records is None:
        before = drawn_prior(fit) if prior is None else prior
        every = of_quantities(fit, prob=prob, prior=before)
    else:
        every = records.of_quantities
    own = every[every["level"].notna()]
    decimals = decimals_of(own[own["quantity"].str.endswith("_sd")])
    rows = [
        row
        for level in (*LEVELS, "residual")
        if f"{level}_cov" in fit.moments
        for coefficient in (fit.design.coefficients if level != "residual" else (None,))
        for row in _rows(fit, own, level, coefficient, decimals)
    ]
    shown = arranged(rows, "Informant").fillna("")
    kept = [name for name in shown if (shown[name] != "").any()]
    alike = " among children alike in the covariates" if fit.spec.covariates else ""
    said = fit.ratings.words.said(f"SD: standard deviation{alike}, in rating points.")
    columns = (
        " Numbered columns: correlation with the numbered informant; other correlations are in the "
        "csv file."
        if len(fit.ratings.informants) > 1
        else ""
    )
    entries = f"{said}{columns}{_extra(fit, own)}{_known(fit, own)}"
    keys = [
        key
        for key, quantity in fit.spec.quantities.items()
        if quantity.kind in ("sd", "correlation") or quantity.block == "residuals"
    ]
    return PaperTable(
        name="variation",
        title="Standard Deviations and Correlations by Level and Informant",
        frame=own[["name", *STATISTICS, "contraction", "prior_driven"]]
        .rename(columns={"name": "quantity"})
        .reset_index(drop=True),
        shown=shown[kept],
        note=below(fit, entries=entries, priors=keys, prob=prob, shown=shown[kept]),
    )


@checked_arguments
def stability(fit: Fit, *, prob: Prob = 0.95, records: Reported | None = None) -> PaperTable | None:
    """How stable ratings are, and where the variance of single ratings lies, for a paper.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.
    records : Reported, optional
        As from `collected`, with its own `prob`; computed here if not given.

    Returns
    -------
    PaperTable or None
        A row per informant: correlations of a child's ratings at the first and the last time, of
        the ratings and free of what varies from occasion to occasion, and shares of variance where
        the level is read. None if the ratings tell neither.
    """
    everything = collected(fit, prob=prob) if records is None else records
    origin, words = float(fit.ratings.time.origin), fit.ratings.words
    stable = stable_of(everything)
    shares = shares_among(everything.select(time=origin))
    if stable.empty and shares.empty:
        return None
    columns = {
        **{head: stable[stable["source"] == source] for source, head in KINDS.items()},
        **{
            words.said(f"Share: {spoken(str(source))}"): own
            for source, own in shares.groupby("source", sort=False)
        },
    }
    columns = {head: own for head, own in columns.items() if not own.empty}
    rows: list[dict[str, object]] = []
    for name in fit.ratings.informants:
        row: dict[str, object] = {"stub": headed(words.name(name))}
        for head, own in columns.items():
            row[head] = cell(own[own["informant"] == name], bounded=True)
        rows.append(row)
    family, when = fit.spec.family, time_label(fit.ratings, origin)
    said = f"Shares of the variance of {family.single} at {when}."
    if not stable.empty:
        both = f"{span(fit.ratings, stable, joined='and')} {family.without}".strip()
        said = (
            f"{words.said(f'Stability: correlation of the ratings of a child at {both}')}; true: "
            f"free of what varies from occasion to occasion. {said}"
        )
        if assumed := change_assumed(fit):
            said = f"{said} {assumed}"
    shown = arranged(rows, "Informant")
    frame = pd.concat([stable, shares])[["estimand", "of", *STATISTICS]]
    return PaperTable(
        name="stability",
        title="Stability of Ratings and Shares of Their Variance by Informant",
        frame=frame.reset_index(drop=True),
        shown=shown,
        note=below(fit, entries=said, priors=(), prob=everything.prob, shown=shown),
    )


KINDS = {"total": "Stability", "disattenuated": "True stability"}


def _rows(
    fit: Fit, rows: pd.DataFrame, level: str, coefficient: str | None, decimals: int
) -> list[dict[str, object]]:
    informants = fit.ratings.informants
    own = rows[rows["level"] == level]
    if coefficient is not None:
        own = own[own["coefficient"] == coefficient]
    sds = own[own["quantity"] == f"{level}_sd"]
    correlations = rows[rows["quantity"] == f"{level}_cor"]
    both = (correlations["coefficient"] == coefficient) & (
        correlations["coefficient_"] == coefficient
    )
    pairs = correlations if coefficient is None else correlations[both]
    first = correlations[correlations["coefficient"] == fit.design.coefficients[0]]
    with_level = first[
        (first["informant"] == first["informant_"]) & (first["coefficient_"] == coefficient)
    ]
    words = fit.ratings.words
    where = (
        "Occasion (residual)"
        if coefficient is None
        else f"{words.said(level.capitalize())}: {lowered(coefficient_heading(fit, coefficient))}"
    )
    lines = []
    for position, name in enumerate(informants):
        sd = sds[sds["informant"] == name]
        if sd.empty:
            continue
        row: dict[str, object] = {
            "stub": (where, numbered(position, words.name(name), informants)),
            "SD": cell(sd, decimals=decimals),
        }
        for earlier, other in enumerate(informants[:-1]):
            pair = pairs[(pairs["informant"] == other) & (pairs["informant_"] == name)]
            row[str(earlier + 1)] = cell(pair, bounded=True) if earlier < position else ""
        same = with_level[with_level["informant"] == name]
        row["With level"] = "" if same.empty else cell(same, bounded=True)
        lines.append(row)
    return lines


def _extra(fit: Fit, rows: pd.DataFrame) -> str:
    texts = []
    for one in fit.spec.quantities.values():
        own = rows[rows["quantity"] == one.key]
        if not one.dims and not own.empty:
            text = cell(own, bounded=one.kind == "share")
            said = fit.ratings.words.said(capitalised(one.brief))
            texts.append(f" {said}: {text}.")
    return "".join(texts)


def _known(fit: Fit, rows: pd.DataFrame) -> str:
    """What is known of intervals of standard deviations of change."""
    rates = fit.spec.trajectory.rates
    if not ((rows["quantity"] == "child_sd") & rows["coefficient"].isin(rates)).any():
        return ""
    return f" {coverage.OF_SLOPE_SDS}"
