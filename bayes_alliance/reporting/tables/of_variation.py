"""A table for a paper of what varies at each level, and of what goes together."""

from collections.abc import Sequence

import pandas as pd

from bayes_alliance.errors import Prob, checked_arguments
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.quantity import by_name
from bayes_alliance.reporting.tables.cells import arranged, cell, decimals_of, numbered
from bayes_alliance.reporting.tables.notes import DAGGER, below, coefficient_heading
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.reporting.tables.prior_told import drawn_prior, informed
from bayes_alliance.reporting.tables.summaries import summarise
from bayes_alliance.specification.quantity import Quantity


@checked_arguments
def variation(fit: Fit, *, prob: Prob = 0.95, prior: Fit | None = None) -> PaperTable:
    """Standard deviations and correlations at every level, for a paper.

    Parameters
    ----------
    prob : float
        Posterior probability inside the intervals.
    prior : Fit, optional
        The prior, as from ``prior_fit``; drawn here, with the seed of the fit, if not given.

    Returns
    -------
    PaperTable
        A row per level, growth coefficient and informant: standard deviation, correlations with
        the informants before, and with the same informant's level. Its ``frame`` has all
        standard deviations and correlations, with ``contraction`` and ``prior_driven``.
    """
    single = [one for one in fit.spec.quantities.values() if not one.dims]
    starts = (*_STARTS, *(one.key for one in single))
    draws = diagnostics.stacked(
        entry for entry in by_name(fit.moments).items() if entry[0].startswith(starts)
    )
    found = summarise(draws, prob=prob)
    before = drawn_prior(fit) if prior is None else prior
    told = informed(draws, by_name(before.moments) if before else {})
    found = found.assign(contraction=told["contraction"], prior_driven=told["prior_driven"])
    rows = [
        row
        for level in (*LEVELS, "residual")
        if f"{level}_cov" in fit.moments
        for coefficient in (fit.design.coefficients if level != "residual" else ("",))
        for row in _rows(fit, found, level, coefficient)
    ]
    shown = arranged(rows, "Informant").fillna("")
    kept = [name for name in shown if (shown[name] != "").any()]
    driven = (
        f" {DAGGER} The ratings took away less than half of the prior's variance: read with the "
        "prior."
        if found["prior_driven"].fillna(False).any()
        else ""
    )
    entries = (
        "SD: standard deviation, in rating points. Numbered columns: correlation with the numbered "
        f"informant; other correlations are in the csv file.{driven}{_extra(found, single)}"
    )
    keys = [
        key
        for key, quantity in fit.spec.quantities.items()
        if quantity.kind in ("sd", "correlation") or quantity.block == "residuals"
    ]
    return PaperTable(
        name="variation",
        title="Standard Deviations and Correlations by Level and Informant",
        frame=found.rename_axis("quantity").reset_index(),
        shown=shown[kept],
        note=below(fit, entries=entries, priors=keys, prob=prob),
    )


_STARTS = tuple(f"{level}_{what}[" for level in (*LEVELS, "residual") for what in ("sd", "cor"))


def _rows(fit: Fit, found: pd.DataFrame, level: str, coefficient: str) -> list[dict[str, object]]:
    informants = fit.ratings.informants
    term = {name: f"{name},{coefficient}" if coefficient else name for name in informants}
    sds = [f"{level}_sd[{term[name]}]" for name in informants]
    kind = found.loc[[key for key in sds if key in found.index]]
    if kind.empty:
        return []
    first = fit.design.coefficients[0]
    where = (
        f"{level.capitalize()}: {_lowered(coefficient_heading(fit, coefficient))}"
        if coefficient
        else "Occasion (residual)"
    )
    rows = []
    for position, name in enumerate(informants):
        if sds[position] not in found.index:
            continue
        row: dict[str, object] = {
            "stub": (where, numbered(position, name, informants)),
            "SD": cell(found, sds[position], decimals=decimals_of(kind)),
        }
        for earlier, other in enumerate(informants[:-1]):
            key = f"{level}_cor[{term[other]};{term[name]}]"
            row[str(earlier + 1)] = cell(found, key, bounded=True) if earlier < position else ""
        key = f"{level}_cor[{name},{first};{term[name]}]"
        row["With level"] = cell(found, key, bounded=True) if key in found.index else ""
        rows.append(row)
    return rows


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _extra(found: pd.DataFrame, single: Sequence[Quantity]) -> str:
    said = [
        f" {one.brief[0].upper()}{one.brief[1:]}: "
        f"{cell(found, one.key, found.loc[[one.key]], bounded=one.kind == 'share')}."
        for one in single
        if one.key in found.index
    ]
    return "".join(said)
