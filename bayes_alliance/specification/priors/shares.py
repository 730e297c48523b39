"""Priors for what lies between 0 and 1, such as an autocorrelation.

`Beta` is the one of them. It has no unit, so it is stated as it is on every scale.
"""

import math
from dataclasses import field, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic.dataclasses import dataclass
from scipy.special import betaincinv, betaln

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.entries import STRICT, PositiveNumber, Text, in_plain_words
from bayes_alliance.specification.priors.answers import (
    Coordinate,
    Counterpart,
    Traits,
    drawn,
    expected,
)


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Beta:
    """Beta distribution with mean ``alpha / (alpha + beta)``.

    Parameters
    ----------
    alpha, beta : float
        Positive; both 1: every value between 0 and 1 alike.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    alpha: PositiveNumber
    beta: PositiveNumber
    reason: Text
    distribution: Literal["Beta"] = field(default="Beta", repr=False)
    traits: ClassVar[Traits] = Traits(fits=("share",))
    draw = drawn
    words = expected

    def log_density(self, x: ArrayLike) -> Floats:
        """Logarithm of the density at x, constants included, in the shape of x."""
        x = np.asarray(x, dtype=np.float64)
        within = np.clip(x, math.ulp(0.0), 1.0 - 2.0**-53)
        inside = (self.alpha - 1.0) * np.log(within) + (self.beta - 1.0) * np.log1p(-within)
        inside = inside - betaln(self.alpha, self.beta)
        return np.where((x < 0.0) | (x > 1.0), -np.inf, inside)[()]

    def quantile(self, p: ArrayLike) -> Floats:
        """Value with probability p below it, in the shape of p."""
        return betaincinv(self.alpha, self.beta, p)

    def scaled(self, factor: float, shift: float = 0.0) -> "Beta":
        """Return the same prior: a share has no unit."""
        return self

    def widened(self, factor: float) -> "Beta":
        """The weaker prior for a factor above 1."""
        return replace(self, alpha=self.alpha / factor, beta=self.beta / factor)

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        return Coordinate(
            form="share",
            constant=-float(betaln(self.alpha, self.beta)),
            shape=self.alpha,
            location=self.beta,
        )

    def counterpart(self, *, factor: ArrayLike = 1.0, shift: ArrayLike = 0.0) -> Counterpart:
        """PyMC's distribution of ``shift + factor * X``."""
        return Counterpart(name="Beta", arguments={"alpha": self.alpha, "beta": self.beta})
