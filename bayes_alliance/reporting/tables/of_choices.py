"""Tables for a paper of what conclusions depend on: priors at which they fall, every choice."""

import math

import pandas as pd

from bayes_alliance.errors import checked_arguments
from bayes_alliance.reporting.prose.wording import printed
from bayes_alliance.reporting.tables.cells import arranged
from bayes_alliance.reporting.tables.notes import MADE_UP
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.studies.atlas import Atlas
from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.names import readable

PLACES = 3  # decimals of support


@checked_arguments
def tipping(study: PriorStudy) -> PaperTable:
    """The prior at which each conclusion changes, for a paper.

    Parameters
    ----------
    study : PriorStudy
        As from ``sensitivity.grid``.

    Returns
    -------
    PaperTable
        Its ``frame`` is ``study.tipping``; shown are the directions in which something changes.
    """
    changing = study.tipping[study.tipping["change"] != ""]
    rows = [
        {
            "stub": readable(str(row["conclusion"]), study.words),
            "Block of priors": study.words.said(row["block"]),
            "Change": f"{row['change']} where {row['way']}",
            "At": _place(row, row["factor"], row["shift"]),
            "Range": " to ".join(_place(row, row[end], row[end]) for end in ("lower", "upper")),
            "How": row["how"],
        }
        for _, row in changing.iterrows()
    ] or [{"stub": "No conclusion changes", "Change": "–"}]
    made_up = f"{MADE_UP} " if study.synthetic else ""
    return PaperTable(
        name="tipping",
        title="Priors at Which Conclusions Change",
        frame=study.tipping,
        shown=arranged(rows, "Conclusion"),
        note=f"{made_up}At: the width of the block's priors, times the width as stated, or the "
        "shift of their means in their standard deviations (SD). Range: where Monte-Carlo error "
        f"leaves open whether support is above {printed(SUPPORTED, PLACES, bounded=True)}. "
        "Refit: the model was fitted at both ends of the gap in which the verdict changes; "
        "reweighted: support at an end of it is read by importance weights, and a fit there or "
        "further on confirms the change.",
        words=("Block of priors", "Change", "At", "Range", "How"),
    )


@checked_arguments
def atlas(study: Atlas) -> PaperTable:
    """Every conclusion in every analysis, for a paper.

    Parameters
    ----------
    study : Atlas
        As from ``atlas.of``.

    Returns
    -------
    PaperTable
        Its ``frame`` is the table of the study.
    """
    said, names = study.words.said, list(dict.fromkeys(study.table["conclusion"]))
    rows = []
    for (what, setting), own in study.table.groupby(["what", "setting"], sort=False):
        by_name = own.set_index("conclusion")
        rows.append(
            {"stub": (said(str(what)), said(study.words.name(str(setting))) or "–")}
            | {readable(name, study.words): _support(by_name.loc[name]) for name in names}
            | {"How": str(own["how"].iloc[0])}
        )
    made_up = f"{MADE_UP} " if study.synthetic else ""
    limit = printed(SUPPORTED, PLACES, bounded=True)
    return PaperTable(
        name="atlas",
        title="Conclusions in Every Analysis",
        frame=study.table,
        shown=arranged(rows or [{"stub": ("–", "–")}], "Analysis"),
        note=f"{made_up}Posterior probability of each conclusion; supported above "
        f"{limit}. –: the model of the analysis does not have what the conclusion is about. † The "
        "ratings took away less than half of the prior's variance of a quantity that the "
        "conclusion is about. Refit: by a fit of its own; reweighted: by importance weights from "
        "the fit as stated, without another fit; shifted: averages moved by known amounts. Every "
        f"fit: four chains of {study.draws} draws.{_errors(study.table)}",
        words=("How",),
    )


def _errors(table: pd.DataFrame) -> str:
    """How large Monte-Carlo standard errors are, of fits and by weights."""
    weighted = table["how"] == "reweighted"
    rows = (("of fits", table[~weighted]), ("of what is reweighted", table[weighted]))
    most = [(whose, own["mcse"].astype(float).max()) for whose, own in rows]
    parts = [
        f"{printed(error, PLACES, bounded=True)} {whose}"
        for whose, error in most
        if not math.isnan(error)
    ]
    return f" Monte-Carlo standard errors are at most {' and '.join(parts)}." if parts else ""


def _support(row: pd.Series) -> str:
    mark = "†" if row["prior_driven"] is True else ""
    return printed(row["support"], PLACES, bounded=True) + mark


def _place(row: pd.Series, factor: float, shift: float) -> str:
    if pd.isna(row["factor"]):
        return f"{printed(shift, 2)} SD"
    return f"{factor:#.2g}".removesuffix(".")
