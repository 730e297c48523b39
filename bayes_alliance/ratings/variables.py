"""What the numbers in a ratings file mean: the scale, the time axis, the covariates.

Three small values that travel with the ratings. Priors are stated in units of the scale
(`center`, `spread`), slopes in units of the time axis (`per`), and a covariate knows at which
level it varies and how it is coded, so that no later step guesses from the data.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from bayes_alliance.arrays import Floats
from bayes_alliance.levels import LEVELS, LevelName
from bayes_alliance.numerals import exact

type CovariateLevel = LevelName | Literal["occasion"]
type Kind = Literal["numeric", "binary", "categorical"]

COVARIATE_LEVELS: tuple[CovariateLevel, ...] = (*LEVELS, "occasion")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The possible range of a rating, or its centre and spread where there is no range.

    Ratings that come in steps are rounded: one at an end stands for all that lies less than half a
    step inside this end, or beyond it (`bounds`).

    Parameters
    ----------
    lower, upper : float or None
        Lowest and highest possible rating; None on both sides for an unbounded scale.
    center : float
        Where priors for levels are centred; the midpoint of a bounded scale. Rating points.
    spread : float
        Unit of priors; half the range of a bounded scale. Rating points.
    step : float or None
        Smallest step of a rating, in rating points; 0: any number may be given. None: not known,
        which counts as 0.

    Raises
    ------
    ValueError
        If one bound is given without the other, a number is not finite, `lower` is not below
        `upper`, `spread` is not positive, or `step` is negative or larger than the range.

    Examples
    --------
    >>> Scale.bounded(lower=12, upper=48)
    Scale(lower=12.0, upper=48.0, center=30.0, spread=18.0, step=None)
    """

    lower: float | None
    upper: float | None
    center: float
    spread: float
    step: float | None = None

    def __post_init__(self) -> None:
        if (self.lower is None) != (self.upper is None):
            raise ValueError("give both lower and upper, or neither")
        if self.lower is not None and self.upper is not None:
            if not (math.isfinite(self.lower) and math.isfinite(self.upper)):
                raise ValueError("lower and upper must be finite")
            if self.lower >= self.upper:
                raise ValueError(f"lower ({self.lower:g}) must be below upper ({self.upper:g})")
        if not (math.isfinite(self.center) and math.isfinite(self.spread)):
            raise ValueError("center and spread must be finite")
        if self.spread <= 0:
            raise ValueError(f"spread ({self.spread:g}) must be positive")
        if self.step is not None and not 0 <= self.step < math.inf:
            raise ValueError(f"step ({self.step:g}) must be a number of at least 0")
        if self.lower is not None and (self.step or 0.0) > 2.0 * self.spread:
            raise ValueError(f"step ({self.step:g}) must not be larger than the range of the scale")

    @classmethod
    def bounded(cls, *, lower: float, upper: float, step: float | None = None) -> "Scale":
        """Make a bounded scale; its center is the midpoint, its spread half the range.

        Parameters
        ----------
        lower, upper : float
            Lowest and highest possible rating.
        step : float, optional
            Smallest step of a rating.
        """
        low, high = float(lower), float(upper)
        if low >= high:
            raise ValueError(f"lower ({low:g}) must be below upper ({high:g})")
        middle, half = (low + high) / 2, (high - low) / 2
        return cls(lower=low, upper=high, center=middle, spread=half, step=step)

    @classmethod
    def unbounded(cls, *, center: float, spread: float, step: float | None = None) -> "Scale":
        """Make a scale without bounds.

        Parameters
        ----------
        center, spread : float
            Where a typical rating lies and how far ratings spread, known before seeing the data.
        step : float, optional
            Smallest step of a rating.
        """
        return cls(lower=None, upper=None, center=float(center), spread=float(spread), step=step)

    def without_ends(self) -> "Scale":
        """Return an unbounded scale of the same center, spread and step."""
        return Scale.unbounded(center=self.center, spread=self.spread, step=self.step)

    def of_ratings(self, ratings: ArrayLike) -> "Scale":
        """Return the scale with a step of one point, if ratings show it and none is stated.

        Parameters
        ----------
        ratings : array_like of float
            All ratings on this scale; NaN where there is none. They show it if all of them, and the
            ends, are whole points.
        """
        ends = [end for end in (self.lower, self.upper) if end is not None]
        values = np.append(np.asarray(ratings, dtype=np.float64), ends)
        values = values[~np.isnan(values)]
        whole = self.step is None and len(values) > 0 and bool((values == np.rint(values)).all())
        return replace(self, step=1.0) if whole else self

    @property
    def bounds(self) -> tuple[float, float]:
        """Up to which number the lower end is rated, and from which number the upper end.

        Half a step inside the ends, as rounding puts them there; infinite without ends.
        """
        if self.lower is None or self.upper is None:
            return -math.inf, math.inf
        half = 0.5 * (self.step or 0.0)
        return self.lower + half, self.upper - half

    @property
    def is_bounded(self) -> bool:
        """Whether the scale has a lowest and a highest rating."""
        return self.lower is not None

    def __str__(self) -> str:
        if self.is_bounded:
            return f"{self.lower:g} to {self.upper:g}"
        return f"unbounded (center {self.center:g}, spread {self.spread:g})"


@dataclass(frozen=True, kw_only=True)
class TimeAxis:
    """How times are read: where the level is, and the unit of a slope.

    Parameters
    ----------
    origin : float
        Time at which the level is read, in units of the time column.
    per : float
        A slope is the change per this many units of the time column.
    unit : str
        Name of the time column's unit (``"months"``).

    Raises
    ------
    ValueError
        If a number is not finite or `per` is not positive.
    """

    origin: float = 0.0
    per: float = 1.0
    unit: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.origin) and math.isfinite(self.per)):
            raise ValueError("origin and per must be finite")
        if self.per <= 0:
            raise ValueError(f"per ({self.per:g}) must be positive")

    def scaled(self, times: ArrayLike) -> Floats:
        """Return (times - origin) / per.

        Parameters
        ----------
        times : array_like of float
            Times in units of the time column; any shape.

        Returns
        -------
        ndarray of float64
            Same shape.
        """
        return (np.asarray(times, dtype=np.float64) - self.origin) / self.per

    def said(self, number: float | str) -> str:
        """Write a time, or a stretch of time, with its unit, as in a sentence.

        Parameters
        ----------
        number : float or str
            As it is to be written, if a str.

        Returns
        -------
        str
            ``"4 months"``, ``"1 day"``; ``"time 4"`` if the study file names no unit.
        """
        text = number if isinstance(number, str) else exact(number)
        if not self.unit:
            return f"time {text}"
        return f"{text} {self._one if float(text) == 1 else self.unit}"

    @property
    def step(self) -> str:
        """What a slope is the change per: ``"month"``, ``"4 months"``, ``"4 units of time"``."""
        if self.per == 1:
            return self._one or "unit of time"
        return f"{self.per:g} {self.unit or 'units of time'}"

    @property
    def _one(self) -> str:
        # Of "s" and "ms" nothing would be left.
        return self.unit.removesuffix("s") if len(self.unit) > 3 else self.unit


@dataclass(frozen=True, kw_only=True)
class Covariate:
    """A covariate: what it describes and how it is coded.

    Parameters
    ----------
    name : str
        Column of the ratings file.
    level : {"child", "therapist", "clinic", "occasion"}
        What it describes; one that varies over time describes the occasion.
    kind : {"numeric", "binary", "categorical"}
        A binary covariate holds 0.0 and 1.0.
    unit : str
        Unit of a numeric covariate (``"years"``), empty if not given.
    categories : tuple of str
        Of a categorical covariate; the first is the reference.
    """

    name: str
    level: CovariateLevel
    kind: Kind
    unit: str = ""
    categories: tuple[str, ...] = ()


def sorted_categories(categories: Iterable[str]) -> list[str]:
    """Categories as sorted; numerals by size, before other text."""
    return sorted(categories, key=_by_size)


def _by_size(text: str) -> tuple[int, float, str]:
    try:
        return (0, float(text), text)
    except ValueError:
        return (1, 0.0, text)
