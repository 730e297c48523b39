"""The parts of a specification: one small frozen value per table of a model file.

`Trajectory` says how ratings move over time, `Effects` what varies at a level (child, therapist,
clinic), `Residual` what happens between informants at one occasion, `Likelihood` the family of
the ratings, `CovariateTerm` what a covariate acts on.
"""

from itertools import pairwise
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.specification.entries import CovariateName, Number, Text, in_plain_words

STRICT = ConfigDict(extra="forbid")

type Structure = Literal["independent", "correlated", "common_factor"]


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Trajectory:
    """How the ratings of one child by one informant move over time.

    Parameters
    ----------
    shape : {"level", "linear", "quadratic", "piecewise"}
    knots : tuple of float
        Times at which the slope may change, increasing, in units of the time column; piecewise
        only.
    """

    shape: Literal["level", "linear", "quadratic", "piecewise"]
    knots: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        value = list(self.knots)
        if self.shape == "piecewise":
            if not self.knots:
                message = "is needed for a piecewise trajectory: times where the slope may change"
                raise InputError([Problem(where="knots", message=message)], "trajectory")
            if any(later <= earlier for earlier, later in pairwise(self.knots)):
                message = "must increase from one knot to the next"
                raise InputError(
                    [Problem(where="knots", value=value, message=message)], "trajectory"
                )
        elif self.knots:
            message = f'belongs to shape "piecewise" only; this shape is "{self.shape}"'
            raise InputError([Problem(where="knots", value=value, message=message)], "trajectory")

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Names of the growth coefficients, ``"level"`` first."""
        match self.shape:
            case "level":
                return ("level",)
            case "linear":
                return ("level", "slope")
            case "quadratic":
                return ("level", "slope", "quadratic")
            case "piecewise":
                changes = (f"slope_change_{n}" for n in range(1, len(self.knots) + 1))
                return ("level", "slope", *changes)


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Effects:
    """What varies between the units of one level (children, therapists or clinics).

    Parameters
    ----------
    terms : tuple of str
        Growth coefficients that vary.
    structure : {"independent", "correlated", "common_factor"}
        Correlated: one correlation matrix over all informants and terms of the level. Common
        factor: for each coefficient one factor behind all informants, and what is each informant's
        own; the factors of different coefficients are independent.
    """

    terms: tuple[Text, ...]
    structure: Structure

    def __post_init__(self) -> None:
        if not self.terms:
            message = "must name at least one coefficient; to switch a level off, leave it out"
            raise InputError([Problem(where="terms", value=[], message=message)], "effects")
        if len(set(self.terms)) < len(self.terms):
            problem = Problem(
                where="terms", value=list(self.terms), message="names a coefficient twice"
            )
            raise InputError([problem], "effects")


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Residual:
    """What is left of the ratings of one child at one occasion.

    Parameters
    ----------
    structure : {"independent", "correlated"}
        Correlated: what is left goes together between informants.
    """

    structure: Literal["independent", "correlated"]


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Likelihood:
    """The family of the ratings, given the model.

    Parameters
    ----------
    family : {"normal", "censored_normal"}
        Censored: a rating at an end of its scale says "this much or more" (or less), so the model
        is one of ratings as they would be on a scale without ends (Tobin 1958).
    """

    family: Literal["normal", "censored_normal"] = "normal"


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class CovariateTerm:
    """A covariate and what it acts on, for each informant separately.

    Parameters
    ----------
    name : str
        As in the study file.
    on : tuple of str
        Growth coefficients; for a covariate that varies over occasions exactly ``("rating",)``.
    """

    name: CovariateName
    on: tuple[Text, ...]

    def __post_init__(self) -> None:
        value = list(self.on)
        if not self.on:
            message = 'must name what the covariate acts on, as in ["level", "slope"]'
        elif len(set(self.on)) < len(self.on):
            message = "names a coefficient twice"
        elif "rating" in self.on and len(self.on) > 1:
            message = (
                'acts either on growth coefficients or, if it varies over occasions, on ["rating"] '
                "alone"
            )
        else:
            return
        raise InputError([Problem(where="on", value=value, message=message)], "covariate")
