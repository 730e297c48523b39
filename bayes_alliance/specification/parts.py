"""The parts of a specification: one small frozen value per table of a model file.

`Trajectory` says how ratings move over time, `Effects` what varies at a level (child, therapist,
clinic), `Residual` what happens between informants at one occasion, `Likelihood` the family of
the ratings, `CovariateTerm` what a covariate acts on.
"""

from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.specification.entries import (
    CovariateName,
    Number,
    Text,
    in_plain_words,
    one_of,
)
from bayes_alliance.specification.families import DEFAULT, FAMILIES
from bayes_alliance.specification.structures import STRUCTURES, WITHOUT_FACTORS
from bayes_alliance.specification.trajectories import SHAPES, Coefficient, knot_symbol

STRICT = ConfigDict(extra="forbid")

type Floats = NDArray[np.float64]
type Yes = Annotated[bool, Field(strict=True)]


def _split(value: object) -> object:
    if value is True or value is False or value == "latent":
        return value
    raise ValueError('must be true, false or "latent"')


type Split = Annotated[bool | str, BeforeValidator(_split)]


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Trajectory:
    """How the ratings of one child by one informant move over time.

    Parameters
    ----------
    shape : str
        The name of a shape; each says what it is in a file of `specification.trajectories`.
    knots : tuple of float
        Increasing times in units of the time column, for shapes that have them.
    """

    shape: Annotated[str, one_of(SHAPES)]
    knots: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        shape = SHAPES[self.shape]
        if self.knots and not shape.n_knots:
            having = " or ".join(f'"{name}"' for name, other in SHAPES.items() if other.n_knots)
            message = f'belongs to shape {having} only; this shape is "{self.shape}"'
        elif len(self.knots) < shape.n_knots:
            message = shape.too_few_knots
        elif any(later <= earlier for earlier, later in pairwise(self.knots)):
            message = "must increase from one knot to the next"
        else:
            return
        value = list(self.knots) or None
        raise InputError([Problem(where="knots", value=value, message=message)], "trajectory")

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Names of the growth coefficients, ``"level"`` first."""
        return tuple(coefficient.name for coefficient in self._coefficients)

    @property
    def factors(self) -> tuple[str, ...]:
        """What each coefficient is multiplied by in the equation; empty for the level."""
        return tuple(coefficient.factor for coefficient in self._coefficients)

    @property
    def rates(self) -> tuple[str, ...]:
        """Those coefficients that are changes per unit of scaled time."""
        return tuple(coefficient.name for coefficient in self._coefficients if coefficient.is_rate)

    @property
    def changes(self) -> bool:
        """Whether ratings move over time at all."""
        return len(self._coefficients) > 1

    @property
    def slope_is_change(self) -> bool:
        """Whether the slope is the change per unit of scaled time, wherever one looks."""
        return self.changes and SHAPES[self.shape].is_straight

    @property
    def starts_after(self) -> float:
        """Scaled time that all times must exceed."""
        return SHAPES[self.shape].starts_after

    @property
    def sentence(self) -> str:
        """What the model says about time."""
        return SHAPES[self.shape].sentence(self.knots)

    @property
    def legend(self) -> tuple[str, ...]:
        """What the symbols of its equation mean, but for time itself."""
        if not self.knots:
            return ()
        names = ", ".join(knot_symbol(n) for n in range(1, len(self.knots) + 1))
        knots = "knot" if len(self.knots) == 1 else "knots"
        return f"{names}: {knots}, scaled as s is", *SHAPES[self.shape].legend

    def basis(self, s: Floats, knots: Floats) -> Floats:
        """Growth basis `phi(s)` at scaled times and for scaled knots: (n_times, n_coefficients)."""
        return SHAPES[self.shape].basis(s, knots)

    @property
    def _coefficients(self) -> tuple[Coefficient, ...]:
        return SHAPES[self.shape].coefficients(len(self.knots))


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Effects:
    """What varies between the units of one level (children, therapists or clinics).

    Parameters
    ----------
    terms : tuple of str
        Growth coefficients that vary.
    structure : str
        The name of a structure; each says what it is in a file of `specification.structures`.
    """

    terms: tuple[Text, ...]
    structure: Annotated[str, one_of(STRUCTURES)]

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
    structure : str
        Of residuals of different informants; one without common factors.
    sd_on : tuple of str
        Covariates of the model that also act on how much ratings scatter, on the logarithm of the
        residual standard deviation (Hedeker, Mermelstein and Demirtas 2008).
    autoregression : bool
        What is left goes on over occasions: its correlation with itself falls geometrically with
        the time in between, in the same way for all informants.
    """

    structure: Annotated[str, one_of(WITHOUT_FACTORS)]
    sd_on: tuple[Text, ...] = ()
    autoregression: Yes = False

    def __post_init__(self) -> None:
        if len(set(self.sd_on)) < len(self.sd_on):
            message = "names a covariate twice"
            problem = Problem(where="sd_on", value=list(self.sd_on), message=message)
            raise InputError([problem], "residual")

    @property
    def is_correlated(self) -> bool:
        """Whether residuals of one occasion are correlated between informants."""
        return bool(STRUCTURES[self.structure].correlations)

    @property
    def same_everywhere(self) -> bool:
        """Whether occasions are alike and unrelated, given everything else."""
        return not (self.sd_on or self.autoregression)


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Likelihood:
    """The family of the ratings, given the model.

    Parameters
    ----------
    family : str
        The name of a family; each says what it is in a file of `specification.families`.
    """

    family: Annotated[str, one_of(FAMILIES)] = DEFAULT.name


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class CovariateTerm:
    """A covariate, or the interaction of two, and what it acts on.

    Parameters
    ----------
    name : str
        As in the study file. Two names with a colon between, ``"anxiety:female"``, are the
        interaction of two covariates that are in the model themselves: the product of their coded
        columns.
    on : tuple of str
        Growth coefficients; for a covariate that varies over occasions exactly ``("rating",)``.
    shared : bool
        One effect for all informants, in spreads of their scales; otherwise one for each.
    within_between : bool or "latent"
        For a covariate that varies over occasions: its deviation from the child's mean acts on
        the rating (within children), and the child's mean, as a column of its own, on the level
        (between children; Curran and Bauer 2011). The child's mean is the average over the
        occasions at which the child was rated. With few of these it is a noisy stand-in for what
        the child is like in the long run, and the effect between children is then pulled towards
        the one within; ``"latent"`` makes the means parameters instead (Lüdtke et al. 2008).
    """

    name: CovariateName
    on: tuple[Text, ...]
    shared: Yes = False
    within_between: Split = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The covariates of the study file behind it: one, or the two of an interaction."""
        return tuple(self.name.split(":"))

    def __post_init__(self) -> None:
        problems = [*self._problem_of_name(), *self._problem_of_on()]
        if self.within_between and self.on != ("rating",):
            message = 'belongs to covariates that vary over occasions, which act on ["rating"]'
            value = self.within_between
            problems.append(Problem(where="within_between", value=value, message=message))
        if problems:
            raise InputError(problems, "covariate")

    def _problem_of_name(self) -> list[Problem]:
        if len(self.parts) == 1:
            return []
        if len(self.parts) > 2 or len(set(self.parts)) < 2 or not all(map(str.strip, self.parts)):
            message = 'joins two different covariates with one colon, as in "anxiety:female"'
        elif "rating" in self.on:
            message = "is an interaction, which acts on growth coefficients, not on the rating"
        else:
            return []
        return [Problem(where="name", value=self.name, message=message)]

    def _problem_of_on(self) -> list[Problem]:
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
            return []
        return [Problem(where="on", value=value, message=message)]
