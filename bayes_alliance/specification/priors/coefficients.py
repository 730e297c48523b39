"""Priors for growth coefficients and covariate effects, which may be of either sign.

`Normal` for most uses; `StudentT` where a few large values should remain believable. Parameters are
in units of the informant's scale: `center` is its midpoint, `spread` half its range.
"""

import math
from dataclasses import field, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from scipy.special import ndtri, stdtrit

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.entries import Number, PositiveNumber, Text, in_plain_words
from bayes_alliance.specification.priors.answers import (
    Coordinate,
    Counterpart,
    Traits,
    drawn,
    expected,
)

STRICT = ConfigDict(extra="forbid")


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Normal:
    """Normal distribution.

    Parameters
    ----------
    sd : float
        Positive.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    mean: Number
    sd: PositiveNumber
    reason: Text
    distribution: Literal["Normal"] = field(default="Normal", repr=False)
    traits: ClassVar[Traits] = Traits(
        fits=("coefficient", "effect", "effect on sd", "difference"), normal=True
    )
    draw = drawn
    words = expected

    def log_density(self, x: ArrayLike) -> Floats:
        """Logarithm of the density at x, constants included, in the shape of x."""
        z = (np.asarray(x, dtype=np.float64) - self.mean) / self.sd
        return -0.5 * z**2 - math.log(self.sd) - 0.5 * math.log(2 * math.pi)

    def quantile(self, p: ArrayLike) -> Floats:
        """Value with probability p below it, in the shape of p."""
        return self.mean + self.sd * ndtri(p)

    def scaled(self, factor: float, shift: float = 0.0) -> "Normal":
        """Prior of ``shift + factor * X``; factor positive."""
        return replace(self, mean=shift + factor * self.mean, sd=factor * self.sd)

    def widened(self, factor: float) -> "Normal":
        """The weaker prior for a factor above 1."""
        return replace(self, sd=factor * self.sd)

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        return Coordinate(
            form="normal", constant=-0.5 * math.log(2.0 * math.pi), location=self.mean, unit=self.sd
        )

    def counterpart(self, *, factor: ArrayLike = 1.0, shift: ArrayLike = 0.0) -> Counterpart:
        """PyMC's distribution of ``shift + factor * X``."""
        mean = shift + np.multiply(factor, self.mean)
        return Counterpart(
            name="Normal", arguments={"mu": mean, "sigma": np.multiply(factor, self.sd)}
        )


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class StudentT:
    """Student's t distribution: like a normal, with heavier tails.

    Parameters
    ----------
    nu : float
        Degrees of freedom, positive; the smaller, the heavier the tails.
    mean : float
        Centre (the mean, where nu is above 1).
    scale : float
        Positive.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    nu: PositiveNumber
    mean: Number
    scale: PositiveNumber
    reason: Text
    distribution: Literal["StudentT"] = field(default="StudentT", repr=False)
    traits: ClassVar[Traits] = Traits(fits=("coefficient", "effect", "effect on sd"))
    draw = drawn
    words = expected

    def log_density(self, x: ArrayLike) -> Floats:
        """Logarithm of the density at x, constants included, in the shape of x."""
        z = (np.asarray(x, dtype=np.float64) - self.mean) / self.scale
        return log_t(z, nu=self.nu) - math.log(self.scale)

    def quantile(self, p: ArrayLike) -> Floats:
        """Value with probability p below it, in the shape of p."""
        return self.mean + self.scale * stdtrit(self.nu, p)

    def scaled(self, factor: float, shift: float = 0.0) -> "StudentT":
        """Prior of ``shift + factor * X``; factor positive."""
        return replace(self, mean=shift + factor * self.mean, scale=factor * self.scale)

    def widened(self, factor: float) -> "StudentT":
        """The weaker prior for a factor above 1."""
        return replace(self, scale=factor * self.scale)

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        return Coordinate(
            form="student_t",
            constant=t_constant(self.nu),
            shape=self.nu,
            location=self.mean,
            unit=self.scale,
        )

    def counterpart(self, *, factor: ArrayLike = 1.0, shift: ArrayLike = 0.0) -> Counterpart:
        """PyMC's distribution of ``shift + factor * X``."""
        return Counterpart(
            name="StudentT",
            arguments={
                "nu": self.nu,
                "mu": shift + np.multiply(factor, self.mean),
                "sigma": np.multiply(factor, self.scale),
            },
        )


def log_t(z: Floats, *, nu: float) -> Floats:
    """Log density of the standard Student's t distribution with nu degrees of freedom."""
    return t_constant(nu) - (nu + 1) / 2 * np.log1p(z**2 / nu)


def t_constant(nu: float) -> float:
    """Logarithm of the normalising constant of that density."""
    return math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)


# Of effects of covariates, where a user gives none.
COVARIATE_PRIOR = Normal(
    mean=0.0,
    sd=0.25,
    reason=(
        "judgement: per contrast or per standard deviation of a covariate; effects of more than "
        "half a spread (9 points on a 12-48 scale) are unlikely, and the direction is left open"
    ),
)
