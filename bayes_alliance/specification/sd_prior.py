"""Priors for standard deviations, which are never negative.

`HalfNormal` and `HalfStudentT` put most mass near zero and let the ratings pull it away; Gelman
(2006) explains why families of this kind serve better than inverse gamma ones. `Exponential` and
`Gamma` are there for users who think in these. Parameters are in units of the informant's scale:
`spread` is half its range.
"""

import math
from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from scipy.special import gammaincinv, ndtri, stdtrit

from bayes_alliance.specification.coefficient_prior import log_t
from bayes_alliance.specification.entries import PositiveNumber, Text, in_plain_words

STRICT = ConfigDict(extra="forbid")


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

    @property
    def parameters(self) -> tuple[float]:
        """Scale."""
        return (self.scale,)

    def log_density(self, x: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the density at x, constants included, in the shape of x."""
        z = np.asarray(x, dtype=np.float64) / self.scale
        constant = 0.5 * math.log(2 / math.pi) - math.log(self.scale)
        return _where_not_negative(z, constant - 0.5 * z**2)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Value with probability p below it, in the shape of p."""
        return self.scale * ndtri((1 + np.asarray(p)) / 2)

    def scaled(self, factor: float, shift: float = 0.0) -> "HalfNormal":
        """Prior of ``factor * X``; factor positive, no shift."""
        _check_unshifted(shift)
        return HalfNormal(scale=factor * self.scale, reason=self.reason)


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

    @property
    def parameters(self) -> tuple[float, float]:
        """Nu and scale, in this order."""
        return (self.nu, self.scale)

    def log_density(self, x: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the density at x, constants included, in the shape of x."""
        z = np.asarray(x, dtype=np.float64) / self.scale
        constant = math.log(2) - math.log(self.scale)
        return _where_not_negative(z, constant + log_t(z, nu=self.nu))

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Value with probability p below it, in the shape of p."""
        return self.scale * stdtrit(self.nu, (1 + np.asarray(p)) / 2)

    def scaled(self, factor: float, shift: float = 0.0) -> "HalfStudentT":
        """Prior of ``factor * X``; factor positive, no shift."""
        _check_unshifted(shift)
        return HalfStudentT(nu=self.nu, scale=factor * self.scale, reason=self.reason)


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

    @property
    def parameters(self) -> tuple[float]:
        """Rate."""
        return (self.rate,)

    def log_density(self, x: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the density at x, constants included, in the shape of x."""
        x = np.asarray(x, dtype=np.float64)
        return _where_not_negative(x, math.log(self.rate) - self.rate * x)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Value with probability p below it, in the shape of p."""
        return -np.log1p(-np.asarray(p, dtype=np.float64)) / self.rate

    def scaled(self, factor: float, shift: float = 0.0) -> "Exponential":
        """Prior of ``factor * X``; factor positive, no shift."""
        _check_unshifted(shift)
        return Exponential(rate=self.rate / factor, reason=self.reason)


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

    @property
    def parameters(self) -> tuple[float, float]:
        """Alpha and beta, in this order."""
        return (self.alpha, self.beta)

    def log_density(self, x: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the density at x, constants included, in the shape of x."""
        x = np.asarray(x, dtype=np.float64)
        constant = self.alpha * math.log(self.beta) - math.lgamma(self.alpha)
        if self.alpha == 1:
            return _where_not_negative(x, constant - self.beta * x)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = constant + (self.alpha - 1) * np.log(x) - self.beta * x
        return _where_not_negative(x, inside)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Value with probability p below it, in the shape of p."""
        return gammaincinv(self.alpha, p) / self.beta

    def scaled(self, factor: float, shift: float = 0.0) -> "Gamma":
        """Prior of ``factor * X``; factor positive, no shift."""
        _check_unshifted(shift)
        return Gamma(alpha=self.alpha, beta=self.beta / factor, reason=self.reason)


def _where_not_negative(x: NDArray[np.float64], inside: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(x < 0, -np.inf, inside)[()]


def _check_unshifted(shift: float) -> None:
    if shift != 0:
        raise ValueError(f"a prior for a standard deviation starts at 0; it has no shift {shift}")
