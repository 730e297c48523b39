"""Priors for standard deviations, which are never negative.

`HalfNormal` and `HalfStudentT` put most mass near zero and let the ratings pull it away; Gelman
(2006) explains why families of this kind serve better than inverse gamma ones. `Exponential` and
`Gamma` are there for users who think in these. Parameters are in units of the informant's scale:
`spread` is half its range.
"""

import math
from dataclasses import field, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic.dataclasses import dataclass

from bayes_alliance.specification.entries import STRICT, PositiveNumber, Text, in_plain_words
from bayes_alliance.specification.priors.answers import (
    Coordinate,
    Counterpart,
    Traits,
    drawn,
    expected,
)
from bayes_alliance.specification.priors.standard import (
    HALF_NORMAL_CONSTANT,
    log_density,
    quantile,
    t_constant,
)


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class HalfNormal:
    """Absolute value of a normal variable with mean 0.

    Parameters
    ----------
    scale : float
        Sd of that normal variable, positive.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    scale: PositiveNumber
    reason: Text
    distribution: Literal["HalfNormal"] = field(default="HalfNormal", repr=False)
    traits: ClassVar[Traits] = Traits(fits=("sd", "loading"))
    log_density = log_density
    quantile = quantile
    draw = drawn
    words = expected

    def scaled(self, factor: float, shift: float = 0.0) -> "HalfNormal":
        """Prior of ``factor * X``; factor positive, no shift."""
        _check_unshifted(shift)
        return replace(self, scale=factor * self.scale)

    widened = scaled

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        return Coordinate(form="half_normal", constant=HALF_NORMAL_CONSTANT, unit=self.scale)

    def counterpart(self, *, factor: ArrayLike = 1.0, shift: ArrayLike = 0.0) -> Counterpart:
        """PyMC's distribution of ``shift + factor * X``."""
        _check_unshifted(shift)
        unit = np.multiply(factor, self.scale)
        return Counterpart(name="HalfNormal", arguments={"sigma": unit}, unit=unit)


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class HalfStudentT:
    """Absolute value of a Student's t variable with centre 0.

    Parameters
    ----------
    nu : float
        Degrees of freedom, positive; the smaller, the heavier the tail.
    scale : float
        Positive.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    nu: PositiveNumber
    scale: PositiveNumber
    reason: Text
    distribution: Literal["HalfStudentT"] = field(default="HalfStudentT", repr=False)
    traits: ClassVar[Traits] = Traits(fits=("sd",))
    log_density = log_density
    quantile = quantile
    draw = drawn
    words = expected

    def scaled(self, factor: float, shift: float = 0.0) -> "HalfStudentT":
        """Prior of ``factor * X``; factor positive, no shift."""
        _check_unshifted(shift)
        return replace(self, scale=factor * self.scale)

    widened = scaled

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        return Coordinate(
            form="half_student_t",
            constant=math.log(2.0) + t_constant(self.nu),
            shape=self.nu,
            unit=self.scale,
        )

    def counterpart(self, *, factor: ArrayLike = 1.0, shift: ArrayLike = 0.0) -> Counterpart:
        """PyMC's distribution of ``shift + factor * X``."""
        _check_unshifted(shift)
        unit = np.multiply(factor, self.scale)
        return Counterpart(name="HalfStudentT", arguments={"nu": self.nu, "sigma": unit}, unit=unit)


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Exponential:
    """Exponential distribution.

    Parameters
    ----------
    rate : float
        One over the mean, positive.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    rate: PositiveNumber
    reason: Text
    distribution: Literal["Exponential"] = field(default="Exponential", repr=False)
    traits: ClassVar[Traits] = Traits(fits=("sd", "tail", "loading"))
    log_density = log_density
    quantile = quantile
    draw = drawn
    words = expected

    def scaled(self, factor: float, shift: float = 0.0) -> "Exponential":
        """Prior of ``factor * X``; factor positive, no shift."""
        _check_unshifted(shift)
        return replace(self, rate=self.rate / factor)

    widened = scaled

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        return Coordinate(form="gamma", constant=0.0, shape=1.0, unit=1.0 / self.rate)

    def counterpart(self, *, factor: ArrayLike = 1.0, shift: ArrayLike = 0.0) -> Counterpart:
        """PyMC's distribution of ``shift + factor * X``."""
        _check_unshifted(shift)
        unit = np.divide(factor, self.rate)
        return Counterpart(name="Exponential", arguments={"scale": unit}, unit=unit)


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Gamma:
    """Gamma distribution with mean ``alpha / beta``.

    Parameters
    ----------
    alpha : float
        Shape, positive.
    beta : float
        Rate, positive.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    alpha: PositiveNumber
    beta: PositiveNumber
    reason: Text
    distribution: Literal["Gamma"] = field(default="Gamma", repr=False)
    traits: ClassVar[Traits] = Traits(fits=("sd", "tail", "loading"))
    log_density = log_density
    quantile = quantile
    draw = drawn
    words = expected

    def scaled(self, factor: float, shift: float = 0.0) -> "Gamma":
        """Prior of ``factor * X``; factor positive, no shift."""
        _check_unshifted(shift)
        return replace(self, beta=self.beta / factor)

    widened = scaled

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        return Coordinate(
            form="gamma", constant=-math.lgamma(self.alpha), shape=self.alpha, unit=1.0 / self.beta
        )

    def counterpart(self, *, factor: ArrayLike = 1.0, shift: ArrayLike = 0.0) -> Counterpart:
        """PyMC's distribution of ``shift + factor * X``."""
        _check_unshifted(shift)
        rate = np.divide(self.beta, factor)
        return Counterpart(name="Gamma", arguments={"alpha": self.alpha, "beta": rate})


def _check_unshifted(shift: ArrayLike) -> None:
    if np.any(shift):
        raise ValueError(f"a prior for a standard deviation starts at 0; it has no shift {shift!r}")
