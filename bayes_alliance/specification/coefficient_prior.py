"""Priors for growth coefficients and covariate effects, which may be of either sign.

`Normal` for most uses; `StudentT` where a few large values should remain believable. Parameters are
in units of the informant's scale: `center` is its midpoint, `spread` half its range.
"""

import math
from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from scipy.special import ndtri, stdtrit

from bayes_alliance.specification.entries import Number, PositiveNumber, Text, in_plain_words

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

    @property
    def parameters(self) -> tuple[float, float]:
        """Mean and sd, in this order."""
        return (self.mean, self.sd)

    def log_density(self, x: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the density at x, constants included, in the shape of x."""
        z = (np.asarray(x, dtype=np.float64) - self.mean) / self.sd
        return -0.5 * z**2 - math.log(self.sd) - 0.5 * math.log(2 * math.pi)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Value with probability p below it, in the shape of p."""
        return self.mean + self.sd * ndtri(p)

    def scaled(self, factor: float, shift: float = 0.0) -> "Normal":
        """Prior of ``shift + factor * X``; factor positive."""
        return Normal(mean=shift + factor * self.mean, sd=factor * self.sd, reason=self.reason)


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

    @property
    def parameters(self) -> tuple[float, float, float]:
        """Nu, mean and scale, in this order."""
        return (self.nu, self.mean, self.scale)

    def log_density(self, x: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the density at x, constants included, in the shape of x."""
        z = (np.asarray(x, dtype=np.float64) - self.mean) / self.scale
        return log_t(z, nu=self.nu) - math.log(self.scale)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Value with probability p below it, in the shape of p."""
        return self.mean + self.scale * stdtrit(self.nu, p)

    def scaled(self, factor: float, shift: float = 0.0) -> "StudentT":
        """Prior of ``shift + factor * X``; factor positive."""
        return StudentT(
            nu=self.nu,
            mean=shift + factor * self.mean,
            scale=factor * self.scale,
            reason=self.reason,
        )


def log_t(z: NDArray[np.float64], *, nu: float) -> NDArray[np.float64]:
    """Log density of the standard Student's t distribution.

    Parameters
    ----------
    z : array
    nu : float
        Degrees of freedom.

    Returns
    -------
    array
        In the shape of z.
    """
    constant = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)
    return constant - (nu + 1) / 2 * np.log1p(z**2 / nu)
