"""What a report is made of, before it becomes HTML or Markdown.

A report is a sequence of sections. Each opens with plain sentences computed from the draws; figures
and tables follow. Both renderings are made from these values, so they cannot disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure as Drawing

from bayes_alliance.estimands.at_time import reference_times
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.prose.passage import Passage
from bayes_alliance.reporting.tables import PaperTable
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.record import LABELS

SHORT = 8  # rows of a table that a page shows unasked
INTERVALS = "Brackets and bounds are equal-tailed 95% posterior intervals."


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table of the report.

    Parameters
    ----------
    name : str
        Of its csv file.
    data : DataFrame
        In full precision, as the csv file holds it.
    shown : DataFrame
        Text, as the report shows it.
    note : str
        What stands below it.
    stubs : int
        How many columns head the rows.
    numbers : tuple of str
        Columns of `shown` that hold numbers although `data` has no numbers of that name.
    open : bool
        Whether the page shows it however long it is.
    """

    name: str
    caption: str
    data: pd.DataFrame
    shown: pd.DataFrame
    note: str = ""
    stubs: int = 1
    numbers: tuple[str, ...] = ()
    open: bool = False

    @property
    def folded(self) -> bool:
        """Whether the page shows it when it is asked for."""
        return not self.open and len(self.shown) > SHORT

    @property
    def words(self) -> frozenset[str]:
        """Columns of `shown` that hold words, not numbers."""
        measured = self.data.select_dtypes(["number", "bool"]).columns
        return frozenset(self.shown.columns.difference([*measured, *self.numbers]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """A figure of the report.

    Parameters
    ----------
    name : str
        Of its files.
    alt : str
        What it shows, for readers who do not see it.
    title : str
        What it is called in a paper; those without a title are in the report only.
    """

    name: str
    caption: str
    alt: str
    drawing: Drawing
    title: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """A section of the report.

    Parameters
    ----------
    key : str
        Its anchor.
    lead : str
        The plain sentence it opens with.
    points : tuple of str
        Further sentences, shown as a list.
    paragraphs : tuple of str
        Further text, shown as paragraphs.
    passages : tuple of Passage
        Text shown as paragraphs with their headings.
    equations : tuple of str
        As from `formulas`; MathML on a page, lines of text elsewhere.
    symbols : str
        What stands below equations: what their symbols mean.
    verbatim : str
        Text shown as it is (priors with their reasons).
    unshown : tuple of Table
        Written to their csv files only.
    """

    key: str
    title: str
    lead: str
    points: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    equations: tuple[str, ...] = ()
    symbols: str = ""
    verbatim: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    unshown: tuple[Table, ...] = ()


def summarised(
    name: str, caption: str, data: pd.DataFrame, *, bounded: Iterable[bool] | None = None
) -> Table:
    """Make a table of the report of a summary.

    Parameters
    ----------
    data : DataFrame
        With the columns of `tables.summarise`.
    bounded : iterable of bool, optional
        As in `tables.rounded`.

    Returns
    -------
    Table
        Shown as `tables.rounded` writes it, the labels as one text.
    """
    shown = tables.rounded(
        data, bounded=None if bounded is None else [bool(one) for one in bounded]
    )
    shown = shown.drop(columns=[label for label in LABELS if label in shown])
    return Table(name=name, caption=caption, data=data, shown=shown)


def of_paper(table: PaperTable) -> Table:
    """Make a table of the report of a table for a paper."""
    return Table(
        name=table.name,
        caption=f"{table.title}.",
        data=table.frame,
        shown=table.flat,
        note=table.note,
        stubs=table.shown.index.nlevels,
        numbers=tuple(name for name in table.shown.columns if name not in table.words),
        open=True,
    )


def drawing_of(figure: object) -> Drawing:
    """Take a figure that has a canvas of its own, not a part of another figure."""
    if not isinstance(figure, Drawing):
        raise TypeError("a figure of its own is needed")
    return figure


def ends(fit: Fit) -> tuple[float, ...]:
    """First and last reference time, once if they are the same, in units of the time column."""
    times = reference_times(fit.spec, fit.ratings)
    return times if len(times) < 2 else (times[0], times[-1])


def at_ends(
    records: Reported, name: str, caption: str, *, rows: pd.DataFrame | None = None
) -> Table:
    """Make a table that shows the first and last time only; its csv file has them all.

    Parameters
    ----------
    rows : DataFrame, optional
        Those of the one estimand that is shown, without its name; all estimands if not given.
    """
    data, bounded = records.listed(rows)
    times = data["time"]
    kept = (times.isna() | data["time_"].notna() | times.isin(ends(records.fit))).to_numpy()
    more = " Times between these are in the csv file." if not kept.all() else ""
    made = summarised(name, caption + more, data[kept], bounded=bounded[kept])
    shown = made.shown if rows is None else made.shown.drop(columns="estimand")
    return replace(made, data=data, shown=shown)
