"""The tables of a design file, one frozen value each; `plan.Plan` puts them together."""

from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from bayes_alliance.ratings.study.entries import SMALLEST_UNIT, STRICT, Name, Number, Text
from bayes_alliance.ratings.study.scales import scale_of
from bayes_alliance.ratings.variables import Scale


def as_list(entry: object) -> object:
    """Take one number for a list of one, and nothing for none."""
    if entry is None:
        return ()
    return entry if isinstance(entry, list | tuple) else [entry]


type Share = Annotated[Number, Field(ge=0, lt=1)]
type Price = Annotated[Number, Field(ge=0)]
type Positive = Annotated[Number, Field(gt=0, ge=SMALLEST_UNIT)]
type Whole = Annotated[int, Field(strict=True, ge=0, le=100_000)]
# How few there may be is said by the table that they stand in.
type Count = Annotated[int, Field(strict=True, le=100_000)]
type Counts = Annotated[tuple[Count, ...], BeforeValidator(as_list)]
type Shares = Annotated[tuple[Share, ...], BeforeValidator(as_list)]
type Ends = Annotated[tuple[Number, ...], BeforeValidator(as_list)]
type Method = Literal["approximate", "exact"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Times:
    """When ratings are made.

    Parameters
    ----------
    first : float
        Time of the first occasion.
    every : float or None
        Time between two occasions: more occasions make a longer study.
    last : float or None
        Instead: time of the last occasion, between which and the first the others lie evenly.
    origin : float or None
        Where the level is read; at the first occasion if not said.
    per : float
        Slopes are change per so many units.
    """

    first: Number = 0.0
    every: Positive | None = None
    last: Number | None = None
    origin: Number | None = None
    per: Positive = 1.0
    unit: Text = ""

    def __post_init__(self) -> None:
        if (self.every is None) == (self.last is None):
            raise ValueError("give every (time between two occasions) or last, one of them")
        if self.last is not None and self.last <= self.first:
            raise ValueError("last must be later than first")

    def of(self, occasions: int) -> tuple[float, ...]:
        """Times of so many occasions."""
        if self.last is not None:
            return tuple(np.linspace(self.first, self.last, occasions).tolist())
        return tuple((self.first + (self.every or 0.0) * np.arange(occasions)).tolist())


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PlannedScale:
    """A scale of all informants, which may end at several numbers: one for each design.

    Parameters
    ----------
    upper : tuple of float
        Upper ends: how soon ratings come to their ceiling.
    lower, center, spread, step : float or None
        As in a study file.
    """

    lower: Number | None = None
    upper: Ends = ()
    center: Number | None = None
    spread: Number | None = None
    step: Number | None = None

    def __post_init__(self) -> None:
        for upper in self.upper or (None,):
            self.up_to(upper)

    @property
    def longest(self) -> Scale:
        """The scale of the largest upper end: of what true values are drawn, in all designs."""
        return self.up_to(max(self.upper, default=None))

    def up_to(self, upper: float | None) -> Scale:
        """The scale that ends there."""
        return scale_of(
            lower=self.lower, upper=upper, center=self.center, spread=self.spread, step=self.step
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrueValues:
    """Where the true values of a simulated study come from.

    Parameters
    ----------
    prior : bool
        Every study has values of its own, drawn from the prior of the model.
    fit : str or None
        Every study has a posterior draw of this saved fit.
    values : dict of str to float
        Stated values, by their names in ``summary.csv``. Alone: what is not stated does not vary
        and is 0. With a prior or a fit: in place of what is drawn.
    """

    prior: Annotated[bool, Field(strict=True)] = False
    fit: Text | None = None
    values: dict[Name, Number] = Field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.prior and self.fit is not None:
            raise ValueError("give prior = true or a fit, one of them")
        if not (self.prior or self.fit is not None or self.values):
            raise ValueError("give prior = true, a fit, or values")

    @property
    def drawn(self) -> bool:
        """Whether every study has values of its own."""
        return self.prior or self.fit is not None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LeavingTable:
    """How families leave treatment.

    Parameters
    ----------
    hazard : tuple of float
        Share of the families in treatment that leave after each occasion but the last; of several,
        each is that of designs of its own.
    log_odds : dict of str to float
        Change in the log odds of leaving per rating point, by informant. Empty: at random.
    follows : {"rating", "alliance"}
        What these act on: the rating of the day, or the growth curve behind it.
    """

    hazard: Shares
    log_odds: dict[Name, Number] = Field(default_factory=dict)
    follows: Literal["rating", "alliance"] = "rating"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Costs:
    """What a study costs, in any one unit.

    Parameters
    ----------
    study : float
        Whatever its size.
    budget : float or None
        What may be spent.
    """

    study: Price = 0.0
    family: Price = 0.0
    therapist: Price = 0.0
    rating: Price = 0.0
    budget: Positive | None = None

    def of(self, *, families: int, therapists: int, ratings: float) -> float:
        """Cost of a study of this size."""
        return (
            self.study
            + self.family * families
            + self.therapist * therapists
            + self.rating * ratings
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Fits:
    """How studies are simulated and fitted.

    Parameters
    ----------
    fits : int
        Simulated studies of each design.
    method : {"approximate", "exact"} or None
        By a short chain from the mode of the posterior, or by sampling it in full. None:
        approximate where the ratings of the model are normal.
    compared : int
        Designs of which studies are also fitted in full, to measure the error of the approximation.
    compared_fits : int
        Studies of each of these that are.
    target : float
        The assurance that is wanted.
    """

    fits: Annotated[int, Field(strict=True, ge=10, le=100_000)] = 100
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = 1
    method: Method | None = None
    compared: Whole = 3
    compared_fits: Annotated[int, Field(strict=True, ge=10, le=100_000)] = 20
    target: Annotated[Number, Field(gt=0, lt=1)] = 0.8
