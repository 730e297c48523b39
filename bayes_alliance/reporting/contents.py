"""What a report is made of, before it becomes HTML or Markdown.

A report is a sequence of sections. Each opens with plain sentences computed from the draws; figures
and tables follow. Both renderings are made from these values, so they cannot disagree.
"""

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure as Drawing

from bayes_alliance.reporting import tables

INTERVALS = "Brackets and bounds are equal-tailed 95 % posterior intervals."


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table of the report.

    Parameters
    ----------
    name : str
        Of its csv file.
    caption : str
    data : DataFrame
        In full precision, as the csv file holds it.
    shown : DataFrame
        Text, as the report shows it.
    """

    name: str
    caption: str
    data: pd.DataFrame
    shown: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """A figure of the report.

    Parameters
    ----------
    name : str
        Of its files.
    caption : str
    alt : str
        What it shows, for readers who do not see it.
    drawing : matplotlib Figure
    """

    name: str
    caption: str
    alt: str
    drawing: Drawing


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """A section of the report.

    Parameters
    ----------
    key : str
        Its anchor.
    title : str
    lead : str
        The plain sentence it opens with.
    points : tuple of str
        Further sentences, shown as a list.
    verbatim : str
        Text shown as it is (the model in words and symbols).
    figures, tables : tuple
    """

    key: str
    title: str
    lead: str
    points: tuple[str, ...] = ()
    verbatim: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


def summarised(name: str, caption: str, data: pd.DataFrame) -> Table:
    """Make a table of the report of a summary.

    Parameters
    ----------
    name, caption : str
    data : DataFrame
        With the columns of `tables.summarise`.

    Returns
    -------
    Table
        Shown as `tables.rounded` writes it.
    """
    return Table(name=name, caption=caption, data=data, shown=tables.rounded(data))
