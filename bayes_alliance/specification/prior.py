"""The closed list of priors, and which of them fit which kind of quantity.

Growth coefficients and covariate effects take `Normal` or `StudentT`, covariate effects also
`RegularizedHorseshoe` or `R2D2`; standard deviations take
`HalfNormal`, `HalfStudentT`, `Exponential` or `Gamma`; correlation matrices take `LKJ`
(Lewandowski, Kurowicka and Joe 2009), an autocorrelation `Beta`. Every prior carries its reason.
A specification holds its priors in `Priors`, a mapping that cannot be changed.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Discriminator

from bayes_alliance.specification.coefficient_prior import Normal, StudentT
from bayes_alliance.specification.correlation_prior import LKJ
from bayes_alliance.specification.quantity import Kind
from bayes_alliance.specification.sd_prior import Exponential, Gamma, HalfNormal, HalfStudentT
from bayes_alliance.specification.share_prior import Beta
from bayes_alliance.specification.shrinkage_prior import R2D2, RegularizedHorseshoe

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

FAMILIES = (
    Normal,
    StudentT,
    RegularizedHorseshoe,
    R2D2,
    HalfNormal,
    HalfStudentT,
    Exponential,
    Gamma,
    Beta,
    LKJ,
)

DISTRIBUTIONS: Mapping[Kind, tuple[str, ...]] = {
    "coefficient": ("Normal", "StudentT"),
    "effect": ("Normal", "StudentT", "RegularizedHorseshoe", "R2D2"),
    "sd": ("HalfNormal", "HalfStudentT", "Exponential", "Gamma"),
    "correlation": ("LKJ",),
    "tail": ("Gamma", "Exponential"),
    "effect on sd": ("Normal", "StudentT"),
    "share": ("Beta",),
    "loading": ("Gamma", "HalfNormal", "Exponential"),
    "difference": ("Normal",),
}


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
