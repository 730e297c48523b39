"""A table for a paper that sets several fits beside each other, a column for each.

A row is what has the same labels, and is read at the same time and per the same unit, in all of
them; where a model has no such quantity a dash stands.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from bayes_alliance.errors import checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.prose.estimates import each_row, place, who
from bayes_alliance.reporting.prose.wording import (
    DAGGER,
    driven,
    headed,
    listed,
    lowered,
    span_label,
    spoken,
)
from bayes_alliance.reporting.tables.cells import arranged, cell
from bayes_alliance.reporting.tables.notes import (
    MADE_UP,
    coefficient_heading,
    effect_heading,
    percent,
    units,
)
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.of_agreement import CORRELATION
from bayes_alliance.results.reported import COURSE, noun
from bayes_alliance.results.side_by_side import SideBySide
from bayes_alliance.results.summaries import STATISTICS
from bayes_alliance.specification.printing import brief
from bayes_alliance.specification.priors import stated

type Stub = tuple[str, str]


@checked_arguments
def side_by_side(beside: SideBySide, *, show: Sequence[str] | None = None) -> PaperTable:
    """Fits side by side, for a paper.

    Parameters
    ----------
    beside : SideBySide
        As from ``ba.side_by_side``.
    show : sequence of str, optional
        Quantities and estimands to show, without what each is of: ``"slope"``, ``"child_sd"``,
        ``"agreement.correlation"``. Averages, effects of covariates, standard deviations, change,
        and how children's levels correlate between informants if not given.

    Returns
    -------
    PaperTable
        A column per fit. Its ``frame`` has a row per fit and everything reported of it.
    """
    cells = {name: _cells(records, show) for name, records in beside.records.items()}
    stubs = _merged([list(own) for own in cells.values()])
    rows: list[dict[str, object]] = []
    for stub in stubs:
        alike = [by[one] for by in cells.values() for one in by if one[0] == stub[0]]
        kind = pd.concat(alike)
        bounded = bool(kind["is_bounded"].all())
        row: dict[str, object] = {"stub": stub}
        for name, by in cells.items():
            row[name] = cell(by.get(stub, kind.head(0)), kind, bounded=bounded)
        rows.append(row)
    rows += _counts(beside.fits)
    shown = arranged(rows, "Of")
    return PaperTable(
        name="side_by_side",
        title="Estimates of Several Fits Side by Side",
        frame=beside.table[["fit", "name", *STATISTICS, "contraction", "prior_driven"]],
        shown=shown,
        note=_note(beside, shown),
    )


def _cells(records: Reported, show: Sequence[str] | None) -> dict[Stub, pd.DataFrame]:
    """Rows of a fit by what heads them."""
    fit, rows = records.fit, {}
    for one in each_row(records.of_quantities):
        if _usual_quantity(fit, one) if show is None else one.quantity in show:
            rows[_of_quantity(fit, one)] = records.of_quantities.loc[[one.Index]]
    listed_ones = records.of_results[records.of_results["is_listed"]]
    for one in each_row(listed_ones):
        if _usual_estimand(one) if show is None else one.estimand in show:
            rows[_of_estimand(fit, one)] = listed_ones.loc[[one.Index]]
    return rows


def _usual_quantity(fit: Fit, row: Any) -> bool:
    """Whether a quantity is an average, an effect, a standard deviation or one of the model."""
    if pd.isna(row.informant):
        return row.quantity in fit.spec.quantities and pd.isna(row.covariate)
    is_effect = pd.notna(row.covariate) and pd.notna(row.coefficient)
    is_spread = pd.notna(row.level) and pd.isna(row.informant_)
    return row.quantity in fit.design.coefficients or is_effect or is_spread


def _usual_estimand(row: Any) -> bool:
    """Whether an estimand is a change, or a correlation of children's levels."""
    is_latent = row.level == "child" and row.coefficient == "level"
    return (row.estimand == COURSE and pd.notna(row.time_)) or (
        row.estimand == CORRELATION and is_latent
    )


def _of_quantity(fit: Fit, row: Any) -> Stub:
    words = fit.ratings.words
    if pd.isna(row.informant):
        known = fit.spec.quantities.get(row.quantity)
        named = spoken(row.quantity) if known is None else words.said(known.brief)
        return headed(named), headed(who(fit.ratings, row))
    if row.quantity in fit.design.coefficients:
        head = f"Average {lowered(coefficient_heading(fit, row.quantity))}"
    elif pd.notna(row.covariate) and pd.notna(row.coefficient):
        head = effect_heading(fit, row.covariate, row.coefficient)
    elif pd.notna(row.level):
        head = _of_variation(fit, row)
    else:
        head = headed(", ".join([spoken(row.quantity), *_labels(row)]))
    return head, headed(who(fit.ratings, row))


def _of_variation(fit: Fit, row: Any) -> str:
    """Head a standard deviation or a correlation at a level."""
    kind = "SD" if pd.isna(row.informant_) else "Correlation"
    if pd.isna(row.coefficient):
        return f"{kind} of residuals"
    of = [row.coefficient] if pd.isna(row.informant_) else [row.coefficient, row.coefficient_]
    read = listed([lowered(coefficient_heading(fit, one)) for one in dict.fromkeys(of)])
    return f"{kind} between {fit.ratings.words.several(row.level)}: {read}"


def _labels(row: Any) -> list[str]:
    return [spoken(one) for one in (row.covariate, row.item, row.step) if pd.notna(one)]


def _of_estimand(fit: Fit, row: Any) -> Stub:
    if row.estimand == COURSE and pd.notna(row.time_):
        head = f"Change, {span_label(fit.ratings, row.time, row.time_)}"
    else:
        head = headed(", ".join([noun(row.estimand), *place(fit.ratings, row)]))
    return head, headed(who(fit.ratings, row))


def _merged(lists: Sequence[Sequence[Stub]]) -> list[Stub]:
    """Put rows of all fits in one order: what has one head stands together."""
    every = list(dict.fromkeys(stub for own in lists for stub in own))
    heads: list[str] = []
    for own in lists:
        new = list(dict.fromkeys(head for head, _ in own))
        at = next((heads.index(head) for head in new if head in heads), len(heads))
        for head in new:
            # A head that is new stands behind the one before it in its own fit.
            if head in heads:
                at = heads.index(head) + 1
            else:
                heads.insert(at, head)
                at += 1
    return sorted(every, key=lambda stub: heads.index(stub[0]))


def _counts(fits: Mapping[str, Fit]) -> list[dict[str, object]]:
    """Rows with the size of what each model was fitted to."""
    first = next(iter(fits.values()))
    counted: dict[str, Callable[[Fit], int]] = {
        headed(first.ratings.words.children): _n_children,
        headed(first.ratings.words.therapists): _n_therapists,
        "Ratings": _n_ratings,
    }
    return [
        {"stub": ("Number", head)} | {name: _number(count(fit)) for name, fit in fits.items()}
        for head, count in counted.items()
    ]


def _n_children(fit: Fit) -> int:
    return len(fit.ratings.children)


def _n_therapists(fit: Fit) -> int:
    ratings = fit.ratings
    return len(ratings.therapists) - len(ratings.alone) if ratings.has_therapists else 0


def _n_ratings(fit: Fit) -> int:
    return len(fit.ratings.observed)


def _number(count: int) -> str:
    return f"{count:,}" if count else "–"


def _note(beside: SideBySide, shown: pd.DataFrame) -> str:
    fits = beside.fits
    prob = next(iter(beside.records.values())).prob
    made_up = f"{MADE_UP} " if any(one.ratings.synthetic for one in fits.values()) else ""
    models = {
        name: f"{one.spec.title} ({one.ratings.words.said(brief(one.spec))})"
        for name, one in fits.items()
    }
    scales = {name: units(one.ratings) for name, one in fits.items()}
    sizes = {name: _draws(one) for name, one in fits.items()}
    some = shown.astype(str).apply(lambda column: column.str.contains(DAGGER)).to_numpy().any()
    words = next(iter(fits.values())).ratings.words
    alike = words.said(
        "Averages over the children of the study; standard deviations and correlations are among "
        "children alike in the covariates of their model."
        if any(one.spec.covariates for one in fits.values())
        else "Averages over the children of the study."
    )
    points = dict.fromkeys(
        one.spec.family.points for one in fits.values() if one.spec.family.points
    )
    texts = [
        f"Entries: posterior medians with equal-tailed {percent(prob)} posterior intervals, in "
        "rating points but for correlations; –: no part of the model, or the ratings do not tell.",
        alike,
        *points,
        max(map(driven, fits.values()), key=len) if some else "",
        _each("Models", models),
        _each("Priors in units of the scale", scales),
        _priors(fits),
        _each("Draws", sizes),
    ]
    return made_up + " ".join(text for text in texts if text)


def _draws(fit: Fit) -> str:
    sizes = fit.moments.sizes
    stopped = ", interrupted" if fit.interrupted else ""
    return f"{sizes['chain']} chains of {sizes['draw']:,}{stopped}"


def _each(head: str, by_fit: Mapping[str, str]) -> str:
    """Say something once if it is the same for all fits, or of each."""
    if len(set(by_fit.values())) == 1:
        return f"{head}: {next(iter(by_fit.values()))}."
    return f"{head}: {'; '.join(f'“{name}”: {text}' for name, text in by_fit.items())}."


def _priors(fits: Mapping[str, Fit]) -> str:
    """State the priors that differ between fits that both have them."""
    by_key: dict[str, dict[str, str]] = {}
    briefs: dict[str, str] = {}
    for name, fit in fits.items():
        for key, quantity in fit.spec.quantities.items():
            by_key.setdefault(key, {})[name] = stated(quantity, fit.spec.priors[key])
            briefs.setdefault(key, fit.ratings.words.said(quantity.brief))
    differing = [
        f"{briefs[key]} {', '.join(f'{text} (“{name}”)' for name, text in own.items())}"
        for key, own in by_key.items()
        if len(set(own.values())) > 1
    ]
    return f"Priors that differ: {'; '.join(differing)}." if differing else ""
