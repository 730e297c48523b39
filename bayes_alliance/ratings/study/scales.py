"""The [scale] table of a study file: one for all informants, or one for each."""

from collections.abc import Mapping
from typing import Self

from pydantic.dataclasses import dataclass

from bayes_alliance.ratings.study.entries import MOST_STEPS, SMALLEST_UNIT, STRICT, Number
from bayes_alliance.ratings.variables import Scale


def scale_tag(table: object) -> str:
    """Tell one common scale from a table of scales, one per informant."""
    if isinstance(table, Mapping):
        own = any(isinstance(value, Mapping | ScaleTable) for value in table.values())
        return "own" if own else "common"
    return "common"


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
        self.scale()

    @classmethod
    def of(cls, scale: Scale) -> Self:
        """State a scale as the study file does."""
        if scale.is_bounded:
            return cls(lower=scale.lower, upper=scale.upper, step=scale.step)
        return cls(center=scale.center, spread=scale.spread, step=scale.step)

    def scale(self) -> Scale:
        """Return the `Scale` stated here."""
        return scale_of(
            lower=self.lower,
            upper=self.upper,
            center=self.center,
            spread=self.spread,
            step=self.step,
        )


def scale_of(
    *,
    lower: float | None,
    upper: float | None,
    center: float | None,
    spread: float | None,
    step: float | None,
) -> Scale:
    """Make a scale of its ends, or of its center and spread.

    Raises
    ------
    ValueError
        If neither both ends nor center and spread alone are given, or there is no such scale.
    """
    match (lower, upper, center, spread):
        case (float(lower), float(upper), None, None):
            scale = Scale.bounded(lower=lower, upper=upper, step=step)
        case (None, None, float(center), float(spread)):
            scale = Scale.unbounded(center=center, spread=spread, step=step)
        case _:
            raise ValueError("give lower and upper, or, without bounds, center and spread")
    if scale.spread < SMALLEST_UNIT:
        raise ValueError(f"spans less than {SMALLEST_UNIT:g}: give ratings in another unit")
    if scale.step and scale.step < scale.spread / MOST_STEPS:
        raise ValueError("step must be 0, for none, or at least a millionth of the range")
    return scale
