"""The tables of a study file, one frozen value each.

`Study` puts them together. Each checks itself alone; what only shows between tables is checked by
`study_problems`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import nearest
from bayes_alliance.ratings.items import Items
from bayes_alliance.ratings.study.entries import (
    MOST_STEPS,
    SMALLEST_UNIT,
    Name,
    Number,
    Text,
    value_as_text,
)
from bayes_alliance.ratings.variables import Kind, Scale, TimeAxis

STRICT = ConfigDict(extra="forbid")

IN_TREATMENT = "in_treatment"
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


def informant_columns(informants: Iterable[str], items: Items | None) -> dict[str, str]:
    """What [informants] says of files the package writes: a column, or what items begin with."""
    return {label: rating_column(label) if items is None else label for label in informants}


def scale_tag(table: object) -> str:
    """Tell one common scale from a table of scales, one per informant."""
    if isinstance(table, Mapping):
        own = any(isinstance(value, Mapping | ScaleTable) for value in table.values())
        return "own" if own else "common"
    return "common"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Columns:
    """The identifying columns of a ratings file.

    Parameters
    ----------
    time : str or None
        Without it there is one occasion, at the origin of the time axis.
    informant, rating : str or None
        Who rated, and the rating; long layout only.
    """

    child: Name
    time: Name | None = None
    therapist: Name | None = None
    clinic: Name | None = None
    informant: Name | None = None
    rating: Name | None = None

    @property
    def given(self) -> dict[str, str]:
        """The columns that are named, by key."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: name for key, name in columns.items() if name is not None}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ScaleTable:
    """A scale as the study file states it: lower and upper, or center and spread.

    Parameters
    ----------
    step : float or None
        Smallest step of a rating; 0: any number may be given. None: a whole point if all ratings
        on the scale, and its ends, are whole.
    """

    lower: Number | None = None
    upper: Number | None = None
    center: Number | None = None
    spread: Number | None = None
    step: Number | None = None

    def __post_init__(self) -> None:
        scale = self.scale()
        if scale.spread < SMALLEST_UNIT:
            raise ValueError(f"spans less than {SMALLEST_UNIT:g}: give ratings in another unit")
        if scale.step and scale.step < scale.spread / MOST_STEPS:
            raise ValueError("step must be 0, for none, or at least a millionth of the range")

    @classmethod
    def of(cls, scale: Scale) -> Self:
        """State a scale as the study file does."""
        if scale.is_bounded:
            return cls(lower=scale.lower, upper=scale.upper, step=scale.step)
        return cls(center=scale.center, spread=scale.spread, step=scale.step)

    def scale(self) -> Scale:
        """Return the `Scale` stated here."""
        match (self.lower, self.upper, self.center, self.spread):
            case (float(lower), float(upper), None, None):
                return Scale.bounded(lower=lower, upper=upper, step=self.step)
            case (None, None, float(center), float(spread)):
                return Scale.unbounded(center=center, spread=spread, step=self.step)
            case _:
                raise ValueError("give lower and upper, or, without bounds, center and spread")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TimeTable:
    """The time axis as the study file states it.

    Parameters
    ----------
    origin, per : float
        See `TimeAxis`.
    occasions : tuple of float
        Planned times, where everybody has the same; a rating at another time is then an error.
    """

    origin: Number = 0.0
    per: Annotated[Number, Field(gt=0, ge=SMALLEST_UNIT)] = 1.0
    unit: Text = ""
    occasions: tuple[Number, ...] = ()

    def axis(self) -> TimeAxis:
        """Return the `TimeAxis` stated here."""
        return TimeAxis(origin=self.origin, per=self.per, unit=self.unit)


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
    """

    in_treatment: Name | None = None
    last_occasion: Name | None = None

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
        None: binary if all values are 0 or 1, else numeric if all are numbers, else categorical.
    reference : str or None
        Reference category; None: the first in sorted order.
    """

    type: Kind | None = None
    unit: Text = ""
    reference: Annotated[Name, BeforeValidator(value_as_text)] | None = None
