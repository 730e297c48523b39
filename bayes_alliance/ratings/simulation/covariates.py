"""Covariates to simulate: how their values are spread, and what they do to the growth of alliance.

Values of a covariate are drawn independently of everything else; its effects act on level and
slope, per informant, coded as the models code them. Each way of spreading values draws them,
codes them, and says what is wrong with it and what a study file says of the covariate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Problem
from bayes_alliance.levels import LevelName
from bayes_alliance.ratings.study.tables import CovariateTable

type Values = Floats | NDArray[np.str_]


@dataclass(frozen=True, kw_only=True)
class Numeric:
    """Values of a numeric covariate: normal, cut off at the ends, rounded.

    Parameters
    ----------
    mean, sd : float
        Before cutting off and rounding.
    lower, upper : float
        Values beyond are set to the end.
    decimals : int
        Decimal places kept.
    unit : str
        For the reports (``"years"``).
    """

    mean: float = 0.0
    sd: float = 1.0
    lower: float = -np.inf
    upper: float = np.inf
    decimals: int = 2
    unit: str = ""

    @property
    def contrasts(self) -> tuple[str, ...]:
        """Category of each column it is coded in; "" for the only one."""
        return ("",)

    @property
    def problem(self) -> str:
        """What is wrong with it; empty if nothing is."""
        right = self.sd >= 0 and self.lower < self.upper
        return "" if right else "sd is at least 0 and lower is below upper"

    @property
    def table(self) -> CovariateTable:
        """What a study file says of the covariate."""
        return CovariateTable(type="numeric", unit=self.unit)

    def draw(self, rng: np.random.Generator, n_units: int) -> Values:
        """Draw a value for every unit."""
        drawn = self.mean + self.sd * rng.standard_normal(n_units)
        return np.round(np.clip(drawn, self.lower, self.upper), self.decimals)

    def coded(self, values: Values) -> list[Floats]:
        """Around the mean of the children simulated."""
        numbers = values.astype(np.float64)
        return [numbers - numbers.mean()]

    def __str__(self) -> str:
        ends = f"cut at {self.lower:g} and {self.upper:g} {self.unit}"
        return f"normal({self.mean:g}, {self.sd:g}), {ends}"


@dataclass(frozen=True, kw_only=True)
class Binary:
    """Values of a 0/1 covariate.

    Parameters
    ----------
    share : float
        Share of 1, between 0 and 1.
    """

    share: float = 0.5

    @property
    def contrasts(self) -> tuple[str, ...]:
        """As for a numeric covariate."""
        return ("",)

    @property
    def problem(self) -> str:
        """What is wrong with it; empty if nothing is."""
        return "" if 0 <= self.share <= 1 else "a share lies between 0 and 1"

    @property
    def table(self) -> CovariateTable:
        """What a study file says of the covariate."""
        return CovariateTable(type="binary")

    def draw(self, rng: np.random.Generator, n_units: int) -> Values:
        """Draw a value for every unit."""
        return (rng.random(n_units) < self.share).astype(np.float64)

    def coded(self, values: Values) -> list[Floats]:
        """As they are."""
        return [values.astype(np.float64)]

    def __str__(self) -> str:
        return f"1 in {self.share:.0%}"


@dataclass(frozen=True, kw_only=True)
class Categorical:
    """Values of a categorical covariate.

    Parameters
    ----------
    shares : mapping of str to float
        Share per category, adding up to 1; the first category is the reference.
    """

    shares: Mapping[str, float]

    @property
    def contrasts(self) -> tuple[str, ...]:
        """All categories but the reference."""
        return tuple(self.shares)[1:]

    @property
    def problem(self) -> str:
        """What is wrong with it; empty if nothing is."""
        values = list(self.shares.values())
        right = len(values) >= 2 and min(values) >= 0 and abs(sum(values) - 1) <= 1e-9
        return (
            "" if right else "at least two categories, with shares of at least 0 that add up to 1"
        )

    @property
    def table(self) -> CovariateTable:
        """What a study file says of the covariate."""
        return CovariateTable(type="categorical", reference=next(iter(self.shares)))

    def draw(self, rng: np.random.Generator, n_units: int) -> Values:
        """Draw a value for every unit."""
        ends = np.cumsum(list(self.shares.values()))[:-1]
        return np.array(list(self.shares))[np.searchsorted(ends, rng.random(n_units))]

    def coded(self, values: Values) -> list[Floats]:
        """Each category against the reference."""
        return [(values == category) * 1.0 for category in self.contrasts]

    def __str__(self) -> str:
        return ", ".join(f"{name} {share:.0%}" for name, share in self.shares.items())


type Distribution = Numeric | Binary | Categorical


@dataclass(frozen=True, kw_only=True)
class SimulatedCovariate:
    """A covariate and how its values are spread over units, independently of everything else.

    Parameters
    ----------
    level : {"child", "therapist", "clinic"}
        The unit it describes; caregivers are described with their child.
    """

    name: str
    level: LevelName = "child"
    distribution: Distribution = field(default_factory=Binary)

    @property
    def contrasts(self) -> tuple[str, ...]:
        """Labels of its effects: its name, or ``name[category]`` for all but the reference."""
        return tuple(
            f"{self.name}[{category}]" if category else self.name
            for category in self.distribution.contrasts
        )

    def problems(self) -> list[Problem]:
        """Everything wrong with how the values are spread."""
        message, where = self.distribution.problem, f"covariates[{self.name}]"
        return [Problem(where=where, value=self.distribution, message=message)] if message else []


@dataclass(frozen=True, kw_only=True)
class CovariateEffect:
    """What a covariate does to the level and slope of each informant.

    Numeric covariates act per unit around their mean over the children simulated, as the models
    centre them; binary ones act as 1 against 0; categorical ones against the reference category.

    Parameters
    ----------
    of : str
        The covariate's name, or ``name[category]``.
    level, slope : mapping of str to float
        Effect per informant, rating points (for slope: per ``time.per``); informants left out
        have none.
    """

    of: str
    level: Mapping[str, float] = field(default_factory=dict)
    slope: Mapping[str, float] = field(default_factory=dict)
