"""The closed list of priors, and what of it fits which kind of quantity.

`PRIORS` is the list, in the order in which errors name them, read off the type `Prior`. Every prior
carries its reason. A specification holds its priors in `Priors`, a mapping that cannot be changed.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, cast, get_args

from pydantic import Discriminator

from bayes_alliance.specification.priors.answers import (
    CorrelationPrior,
    NumberPrior,
    ShrinkagePrior,
)
from bayes_alliance.specification.priors.coefficients import Normal, StudentT
from bayes_alliance.specification.priors.correlations import LKJ
from bayes_alliance.specification.priors.sds import Exponential, Gamma, HalfNormal, HalfStudentT
from bayes_alliance.specification.priors.shares import Beta
from bayes_alliance.specification.priors.shrinkage import R2D2, RegularizedHorseshoe
from bayes_alliance.specification.quantity import Kind

Prior = Annotated[
    Normal
    | StudentT
    | RegularizedHorseshoe
    | R2D2
    | HalfNormal
    | HalfStudentT
    | Exponential
    | Gamma
    | Beta
    | LKJ,
    Discriminator("distribution"),
]
PRIORS: tuple[type[Prior], ...] = get_args(get_args(Prior)[0])


def fitting(kind: Kind) -> tuple[str, ...]:
    """Names of the priors that fit a kind of quantity."""
    return tuple(prior.__name__ for prior in PRIORS if kind in prior.traits.fits)


# What a quantity's kind lets fit is checked when a model is made, so that these only tell mypy.


def of_numbers(prior: Prior) -> NumberPrior:
    """The prior of a quantity whose numbers are independent of each other."""
    return cast(NumberPrior, prior)


def of_correlations(prior: Prior) -> CorrelationPrior:
    """The prior of a quantity of kind "correlation"."""
    return cast(CorrelationPrior, prior)


def of_shrinkage(prior: Prior | None) -> ShrinkagePrior | None:
    """The prior, if it is one of many effects together."""
    return cast(ShrinkagePrior, prior) if prior is not None and prior.traits.shrinks else None


class Priors(Mapping[str, Prior]):
    """Priors by the quantity they are for; cannot be changed.

    Parameters
    ----------
    priors : mapping of str to prior
        Quantities as in a model file: ``"level"``, ``"child_sd.level"``, ``"child_cor"``.
    """

    __slots__ = ("_priors",)

    def __init__(self, priors: Mapping[str, Prior]) -> None:
        self._priors = dict(priors)

    def __getitem__(self, quantity: str) -> Prior:
        return self._priors[quantity]

    def __iter__(self) -> Iterator[str]:
        return iter(self._priors)

    def __len__(self) -> int:
        return len(self._priors)

    def __hash__(self) -> int:
        return hash(frozenset(self._priors.items()))

    def __repr__(self) -> str:
        return f"Priors({self._priors!r})"
