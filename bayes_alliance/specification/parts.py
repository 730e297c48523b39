"""The parts of a specification: one small frozen value per table of a model file.

`Trajectory` says how ratings move over time, `Effects` what varies at a level (child, therapist,
clinic), `Likelihood` the family of the ratings. Residual and covariates, which have options, are in
modules of their own.
"""

from itertools import pairwise
from typing import Annotated

from pydantic.dataclasses import dataclass

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.specification.entries import STRICT, Number, Text, in_plain_words, one_of
from bayes_alliance.specification.families import DEFAULT, FAMILIES
from bayes_alliance.specification.structures import STRUCTURES
from bayes_alliance.specification.trajectories import SHAPES, Coefficient, in_words, knot_symbol


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
    def grows(self) -> tuple[str, ...]:
        """What a covariate acts on if nothing else is said: level and slope, or what is like it."""
        return tuple(dict.fromkeys(("level", *(self.meant("slope") if self.changes else ()))))

    @property
    def only_at_knots(self) -> bool:
        """Whether ratings lie at the time origin and at all knots, and at no other time."""
        return SHAPES[self.shape].only_at_knots

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

    def meant(self, coefficient: str) -> tuple[str, ...]:
        """Growth coefficients that are meant by a name.

        Where change has no slope, ``"slope"`` means all coefficients by which ratings change.
        """
        known = self.coefficients
        if coefficient == "slope" and coefficient not in known and self.changes:
            return known[1:]
        return (coefficient,)

    def changes_to(self, coefficient: str) -> float | None:
        """The time to which a coefficient is the change from the origin; None: to none."""
        knots = {one.name: one.knot for one in self._coefficients if one.knot}
        return self.knots[knots[coefficient] - 1] if coefficient in knots else None

    def said(self, coefficient: str) -> str:
        """A coefficient in words: ``"slope change 1"``, or ``"change to 8"`` of one to a time."""
        to = self.changes_to(coefficient)
        return in_words(coefficient) if to is None else f"change to {to:g}"

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

    @property
    def in_change(self) -> bool:
        """Whether units differ in more than their level."""
        return not set(self.terms) <= {"level"}


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
