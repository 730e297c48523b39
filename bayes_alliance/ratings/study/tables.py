"""The tables of a study file, one frozen value each.

`Study` puts them together. Each checks itself alone; what only shows between tables is checked by
`study_problems`.
"""

import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import nearest
from bayes_alliance.ratings.items import Items
from bayes_alliance.ratings.study.entries import (
    SMALLEST_UNIT,
    STRICT,
    Name,
    Number,
    Text,
    keys_as_text,
    value_as_text,
)
from bayes_alliance.ratings.variables import Kind, TimeAxis

IN_TREATMENT = "in_treatment"
DAYS = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
"""What times may be counted in where they are dates, in days."""
TIME = "{time}"
"""Stands for the time in names of columns, where every time has columns of its own."""
ITEM_COLUMN = "{informant}_item_{item}"
"""Columns of the files the package itself writes; those of totals are `rating_column`."""


def rating_column(informant: str) -> str:
    """Name of the column with an informant's ratings in files the package writes."""
    return f"rating_{informant}"


def item_columns(informant: str, items: Items) -> list[str]:
    """Names of the columns with an informant's items in files the package writes."""
    return [filled(ITEM_COLUMN, informant=informant, item=item) for item in items.names]


def filled(pattern: str, *, informant: str, item: str) -> str:
    """Name of a column: the pattern with its informant and item, which may hold any character."""
    values = {"{informant}": informant, "{item}": item}
    return re.sub(r"\{informant\}|\{item\}", lambda match: values[match[0]], pattern)


def name_over_time(pattern: str) -> str:
    """What a covariate is called of which every time has a column: all but ``{time}``."""
    return pattern.replace(TIME, "").strip(" _.-") if TIME in pattern else pattern


def informant_columns(informants: Iterable[str], items: Items | None) -> dict[str, str]:
    """What [informants] says of files the package writes: a column, or what items begin with."""
    return {label: rating_column(label) if items is None else label for label in informants}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Columns:
    """The identifying columns of a ratings file.

    Parameters
    ----------
    time : str or None
        Without it there is one occasion, at the origin of the time axis.
    entry : str or None
        Date from which times are counted; the child's first without it. With dates only.
    informant, rating : str or None
        Who rated, and the rating; long layout only.
    no_therapist : {"own"} or None
        What is done with a child that has no therapist in any row: "own": it stands alone, and
        counts as without a therapist. None: it is an error.
    """

    child: Name
    time: Name | None = None
    entry: Name | None = None
    therapist: Name | None = None
    clinic: Name | None = None
    informant: Name | None = None
    rating: Name | None = None
    no_therapist: Literal["own"] | None = None

    @property
    def given(self) -> dict[str, str]:
        """The columns that are named, by key."""
        keys = [field.name for field in fields(self) if field.name != "no_therapist"]
        columns = {key: getattr(self, key) for key in keys}
        return {key: name for key, name in columns.items() if name is not None}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TimeTable:
    """The time axis as the study file states it.

    Parameters
    ----------
    origin, per : float
        See `TimeAxis`.
    occasions : tuple of float
        Planned times, where everybody has the same; a rating at another time is then an error.
    labels : dict of str to float
        Time of what is written in the time column, or in names of columns in the place of
        ``{time}``: a code or its value label. Empty: what is written is the time.
    dates : bool
        The time column holds dates; times are counted from the child's first, or from
        [columns] entry.
    """

    origin: Number = 0.0
    per: Annotated[Number, Field(gt=0, ge=SMALLEST_UNIT)] = 1.0
    unit: Text = ""
    occasions: tuple[Number, ...] = ()
    labels: Annotated[dict[Name, Number], BeforeValidator(keys_as_text)] = Field(
        default_factory=dict
    )
    dates: Annotated[bool, Field(strict=True)] = False

    def __post_init__(self) -> None:
        if self.dates and self.unit and self.unit not in DAYS:
            units = ", ".join(f'"{unit}"' for unit in DAYS)
            raise ValueError(f"unit must be one of {units} where times are dates")
        if self.dates and self.labels:
            raise ValueError("times are dates or have labels: leave one of the two out")

    def axis(self) -> TimeAxis:
        """Return the `TimeAxis` stated here."""
        return TimeAxis(origin=self.origin, per=self.per, unit=self.counted_in)

    @property
    def counted_in(self) -> str:
        """Unit of times; that of dates is months unless stated."""
        return self.unit or ("months" if self.dates else "")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ItemsTable:
    """The items of a questionnaire, from which the ratings are made; the same for all informants.

    Parameters
    ----------
    names : tuple of str
        Numbers may be given without quotes.
    lower, upper : int
        Lowest and highest possible response.
    reverse : tuple of str
        Items that are turned around before they are summed.
    column : str or None
        How their columns are named, with ``{item}`` for the item and, in wide layout,
        ``{informant}`` for what [informants] says. None: ``"{informant}_{item}"`` in wide,
        ``"{item}"`` in long layout.
    prorate : float
        Least share of the items that must be answered for a total, above 0 and at most 1.
    """

    names: tuple[Annotated[Name, BeforeValidator(value_as_text)], ...]
    lower: Annotated[int, Field(strict=True)]
    upper: Annotated[int, Field(strict=True)]
    reverse: tuple[Annotated[Name, BeforeValidator(value_as_text)], ...] = ()
    column: Name | None = None
    prorate: Annotated[Number, Field(gt=0, le=1)] = 0.8

    def __post_init__(self) -> None:
        problems = []
        if not self.names:
            problems.append("names must list at least one item")
        if len(set(self.names)) < len(self.names):
            problems.append("names lists an item twice")
        if self.lower >= self.upper:
            problems.append(f"lower ({self.lower}) must be less than upper ({self.upper})")
        problems += [
            f"reverse: '{name}' is not an item.{nearest(name, self.names)}"
            for name in self.reverse
            if name not in self.names
        ]
        if self.column is not None and "{item}" not in self.column:
            problems.append('column must contain {item}, as in "{informant}_{item}"')
        if problems:
            raise ValueError("; ".join(problems))

    @classmethod
    def of(cls, items: Items) -> Self:
        """State items as the study file does, in the columns of the package's own files."""
        return cls(
            names=items.names,
            lower=items.lower,
            upper=items.upper,
            reverse=items.reverse,
            column=ITEM_COLUMN,
            prorate=items.prorate,
        )

    def items(self) -> Items:
        """Return the `Items` stated here."""
        return Items(
            names=self.names,
            lower=self.lower,
            upper=self.upper,
            reverse=self.reverse,
            prorate=self.prorate,
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TreatmentColumns:
    """The column that tells who was in treatment when; exactly one of the two.

    Parameters
    ----------
    in_treatment : str or None
        A column of 0 and 1, given in every row.
    last_occasion : str or None
        A column with the last time in treatment, the same in all rows of a child.
    rated_after_leaving : {"drop", "keep"} or None
        What is done with ratings at times out of treatment. None: they are an error.
    """

    in_treatment: Name | None = None
    last_occasion: Name | None = None
    rated_after_leaving: Literal["drop", "keep"] | None = None

    def __post_init__(self) -> None:
        if (self.in_treatment is None) == (self.last_occasion is None):
            raise ValueError("name one column: in_treatment or last_occasion")

    @property
    def column(self) -> str:
        """The column that is named."""
        return self.in_treatment or self.last_occasion or ""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class CovariateColumns:
    """Covariate columns by the level they describe.

    Parameters
    ----------
    child, therapist, clinic : tuple of str
        Constant within a child, therapist or clinic. What describes the caregiver goes with
        the child.
    occasion : tuple of str
        Vary over time within a child.
    """

    child: tuple[Name, ...] = ()
    therapist: tuple[Name, ...] = ()
    clinic: tuple[Name, ...] = ()
    occasion: tuple[Name, ...] = ()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class CovariateTable:
    """What the ratings file alone cannot say about a covariate.

    Parameters
    ----------
    type : {"numeric", "binary", "categorical"} or None
        None: categorical if its values have labels, here or in the file; else binary if all values
        are 0 or 1, numeric if all are numbers, and categorical if not.
    reference : str or None
        Reference category, by its label or its code; None: the first of the labels, or the first in
        sorted order.
    labels : dict of str to str
        What the codes of a categorical covariate stand for, in the order shown.
    """

    type: Kind | None = None
    unit: Text = ""
    reference: Annotated[Name, BeforeValidator(value_as_text)] | None = None
    labels: Annotated[dict[Name, Name], BeforeValidator(keys_as_text)] = Field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.labels and self.type in ("numeric", "binary"):
            raise ValueError(f"only a categorical covariate has labels; this one is {self.type}")
        if len(set(self.labels.values())) < len(self.labels):
            raise ValueError("labels must differ from each other")
