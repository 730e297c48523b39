"""A table for a paper of what varies at each level, and of what goes together."""

import pandas as pd

from bayes_alliance.errors import Prob, checked_arguments
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.tables.cells import arranged, cell, decimals_of, numbered
from bayes_alliance.reporting.tables.notes import below, coefficient_heading
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.results.collection import Reported, drawn_prior, of_quantities
from bayes_alliance.results.summaries import STATISTICS


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
    rows = [
        row
        for level in (*LEVELS, "residual")
        if f"{level}_cov" in fit.moments
        for coefficient in (fit.design.coefficients if level != "residual" else (None,))
        for row in _rows(fit, own, level, coefficient)
    ]
    shown = arranged(rows, "Informant").fillna("")
    kept = [name for name in shown if (shown[name] != "").any()]
    alike = " among children alike in the covariates" if fit.spec.covariates else ""
    said = fit.ratings.words.said(f"SD: standard deviation{alike}, in rating points.")
    entries = (
        f"{said} Numbered columns: correlation with the numbered informant; other correlations are "
        f"in the csv file.{_extra(fit, own)}{_known(fit, own)}"
    )
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


def _rows(
    fit: Fit, rows: pd.DataFrame, level: str, coefficient: str | None
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
        else f"{words.said(level.capitalize())}: {_lowered(coefficient_heading(fit, coefficient))}"
    )
    lines = []
    for position, name in enumerate(informants):
        sd = sds[sds["informant"] == name]
        if sd.empty:
            continue
        row: dict[str, object] = {
            "stub": (where, numbered(position, words.name(name), informants)),
            "SD": cell(sd, decimals=decimals_of(sds)),
        }
        for earlier, other in enumerate(informants[:-1]):
            pair = pairs[(pairs["informant"] == other) & (pairs["informant_"] == name)]
            row[str(earlier + 1)] = cell(pair, bounded=True) if earlier < position else ""
        same = with_level[with_level["informant"] == name]
        row["With level"] = "" if same.empty else cell(same, bounded=True)
        lines.append(row)
    return lines


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _extra(fit: Fit, rows: pd.DataFrame) -> str:
    texts = []
    for one in fit.spec.quantities.values():
        own = rows[rows["quantity"] == one.key]
        if not one.dims and not own.empty:
            text = cell(own, bounded=one.kind == "share")
            said = fit.ratings.words.said(f"{one.brief[0].upper()}{one.brief[1:]}")
            texts.append(f" {said}: {text}.")
    return "".join(texts)


def _known(fit: Fit, rows: pd.DataFrame) -> str:
    """What is known of intervals of standard deviations of change (kept with the tests)."""
    rates = fit.spec.trajectory.rates
    if not ((rows["quantity"] == "child_sd") & rows["coefficient"].isin(rates)).any():
        return ""
    return (
        " In simulated cohorts of 120 families 90% intervals of standard deviations of slopes held "
        "the true one 88% of the time."
    )
