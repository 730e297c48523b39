"""Priors for growth coefficients and covariate effects, which may be of either sign.

`Normal` for most uses; `StudentT` where a few large values should remain believable. Parameters are
in units of the informant's scale: `center` is its midpoint, `spread` half its range.
"""

from dataclasses import field, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic.dataclasses import dataclass

from bayes_alliance.specification.entries import (
    STRICT,
    Number,
    PositiveNumber,
    Text,
    in_plain_words,
)
from bayes_alliance.specification.priors.answers import (
    Coordinate,
    Counterpart,
    Traits,
    drawn,
    expected,
)
from bayes_alliance.specification.priors.standard import (
    NORMAL_CONSTANT,
    log_density,
    quantile,
    t_constant,
)


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
    log_density = log_density
    quantile = quantile
    draw = drawn
    words = expected

    def scaled(self, factor: float, shift: float = 0.0) -> "Normal":
        """Prior of ``shift + factor * X``; factor positive."""
        return replace(self, mean=shift + factor * self.mean, sd=factor * self.sd)

    def widened(self, factor: float) -> "Normal":
        """The weaker prior for a factor above 1."""
        return replace(self, sd=factor * self.sd)

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        return Coordinate(form="normal", constant=NORMAL_CONSTANT, location=self.mean, unit=self.sd)

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
    log_density = log_density
    quantile = quantile
    draw = drawn
    words = expected

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


# Of effects of covariates, where a user gives none.
COVARIATE_PRIOR = Normal(
    mean=0.0,
    sd=0.25,
    reason=(
        "judgement: per contrast or per standard deviation of a covariate; effects of more than "
        "half a spread (9 points on a 12-48 scale) are unlikely, and the direction is left open"
    ),
)
