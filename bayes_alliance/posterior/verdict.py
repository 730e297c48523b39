"""What every check returns: a verdict, the table it rests on, one sentence, and its source."""

from dataclasses import dataclass, field
from html import escape
from typing import Literal

import pandas as pd

from bayes_alliance.numerals import effective
from bayes_alliance.ratings.words import Words

type Verdict = Literal["pass", "warn", "fail"]

# How improbable, over everything a check looks at, ratings must be under the model; the usual
# levels, used by every check that rests on a probability.
WARN_BELOW, FAIL_BELOW = 0.05, 0.01
# Rows of a table that a notebook shows without being asked.
SHORT = 12


def verdict_of(p: float) -> Verdict:
    """Verdict of a check that rests on a probability.

    Parameters
    ----------
    p : float
        Of ratings as far out as the observed ones, over everything looked at.
    """
    return "fail" if p < FAIL_BELOW else "warn" if p < WARN_BELOW else "pass"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Check:
    """The result of one check.

    Parameters
    ----------
    table : DataFrame
        What was looked at, and what the verdict rests on unless there are `tests`.
    sentence : str
        The verdict in words, with advice if it is not a pass.
    synthetic : bool
        Whether it is about synthetic ratings.
    tests : DataFrame, optional
        What the verdict rests on.
    distributions : DataFrame, optional
        How often ratings were given and how often replicates have them, for a picture
        (`distributions.described`).
    places : DataFrame, optional
        Of how many ratings the place is at or below a point, by point and informant, for a picture
        (`pit`).
    words : Words
        What the rows of its tables are called for print.
    unit : str
        Unit of the times of `distributions`; empty: the study file names none.
    """

    name: str
    verdict: Verdict
    table: pd.DataFrame
    sentence: str
    reference: str
    synthetic: bool = False
    tests: pd.DataFrame | None = None
    distributions: pd.DataFrame | None = None
    places: pd.DataFrame | None = None
    words: Words = field(default_factory=Words)
    unit: str = ""

    def name_of(self, of: object) -> str:
        """What a statistic is of, for print."""
        if self.distributions is None:
            return str(of)
        informants = self.distributions.index.get_level_values("informant").unique()
        return self.words.name_of(str(of), informants)

    def __repr__(self) -> str:
        return f"{self.name}: {self.verdict.upper()}. {self.sentence}"

    def _repr_html_(self) -> str:
        said = f"<p><b>{self.name}: {self.verdict}.</b> {escape(self.sentence)}</p>"
        return said + (folded(self.table) if self.tests is None else folded(self.tests))


def folded(table: pd.DataFrame) -> str:
    """A table as HTML, closed until it is clicked if it is long.

    Returns
    -------
    str
        Numbers with four significant digits, effective sample sizes as `effective` writes them.
    """
    sizes = [str(column) for column in table.columns if str(column).startswith("ess_")]
    shown = table.assign(**{column: table[column].map(effective) for column in sizes})
    html = shown.to_html(float_format=lambda value: f"{value:.4g}")
    if len(table) <= SHORT:
        return html
    return f"<details><summary>Table, {len(table)} rows</summary>{html}</details>"
