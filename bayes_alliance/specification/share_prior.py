"""Priors for what lies between 0 and 1, such as an autocorrelation.

`Beta` is the one of them. It has no unit, so it is stated as it is on every scale.
"""

import math
from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from scipy.special import betaincinv, betaln

from bayes_alliance.specification.entries import PositiveNumber, Text, in_plain_words


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
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

    @property
    def parameters(self) -> tuple[float, float]:
        """Alpha and beta, in this order."""
        return (self.alpha, self.beta)

    def log_density(self, x: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the density at x, constants included, in the shape of x."""
        x = np.asarray(x, dtype=np.float64)
        within = np.clip(x, math.ulp(0.0), 1.0 - 2.0**-53)
        inside = (self.alpha - 1.0) * np.log(within) + (self.beta - 1.0) * np.log1p(-within)
        inside = inside - betaln(self.alpha, self.beta)
        return np.where((x < 0.0) | (x > 1.0), -np.inf, inside)[()]

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Value with probability p below it, in the shape of p."""
        return betaincinv(self.alpha, self.beta, p)

    def scaled(self, factor: float, shift: float = 0.0) -> "Beta":
        """Return the same prior: a share has no unit."""
        return self
