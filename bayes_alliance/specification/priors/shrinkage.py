"""Priors that shrink the effects of many covariates together, to screen predictors.

`RegularizedHorseshoe` (Piironen and Vehtari 2017) lets most effects be near zero and a few be free
of that; `R2D2` (Zhang, Naughton, Bondell and Reich 2022) says how much of the differences between
children covariates explain altogether and lets the ratings split it among them. Both are priors for
`covariate` only.
"""

import math
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass
from scipy.special import betaln

from bayes_alliance.arrays import Floats
from bayes_alliance.numerals import percent
from bayes_alliance.specification.entries import STRICT, PositiveNumber, Text, in_plain_words
from bayes_alliance.specification.priors.answers import (
    Coordinate,
    Counterpart,
    Hyperparameter,
    Shape,
    Traits,
)
from bayes_alliance.specification.quantity import Quantity

type Share = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, lt=1)]


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class RegularizedHorseshoe:
    r"""Regularised horseshoe: most effects near zero, a few as large as a slab allows.

    Parameters
    ----------
    global_scale : float
        Scale of the half-Cauchy prior of the global scale, in spreads per standard deviation of a
        covariate or per contrast. With :math:`p_0` effects of :math:`D` expected to matter, `n`
        children and `s` the standard deviation of the residual of a child's level (in spreads),
        Piironen and Vehtari (2017, eq. 3.12) advise :math:`p_0 / (D - p_0) \cdot s / \sqrt{n}`.
    slab_scale, slab_nu : float
        An effect that escapes has a Student's t prior with this scale, in the same unit, and these
        degrees of freedom.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    global_scale: PositiveNumber
    slab_scale: PositiveNumber
    slab_nu: PositiveNumber
    reason: Text
    distribution: Literal["RegularizedHorseshoe"] = field(
        default="RegularizedHorseshoe", repr=False
    )
    traits: ClassVar[Traits] = Traits(fits=("effect",), shrinks=True, normal=True)

    def widened(self, factor: float) -> "RegularizedHorseshoe":
        """The weaker prior for a factor above 1."""
        return replace(
            self, global_scale=factor * self.global_scale, slab_scale=factor * self.slab_scale
        )

    def words(self, quantity: Quantity) -> str:
        """Where it expects effects."""
        return f"most near 0, those that are not within about {2 * self.slab_scale:.2g} spreads"

    def hyperparameters(self, n_effects: int) -> tuple[Hyperparameter, ...]:
        """Global scale and squared slab of the model, a local scale for each effect."""
        half = 0.5 * self.slab_nu
        slab = {"alpha": half, "beta": half * self.slab_scale**2}
        # One over the squared slab has a gamma distribution.
        precision = Coordinate(
            form="gamma", constant=-math.lgamma(half), shape=half, unit=1.0 / slab["beta"]
        )
        return (
            _half_cauchy("global", self.global_scale, per="model"),
            Hyperparameter(
                name="slab",
                counterpart=Counterpart(name="InverseGamma", arguments=slab),
                per="model",
                coordinates=(precision,),
                role="slab",
            ),
            _half_cauchy("local", 1.0, per="effect"),
        )

    def scale(self, **values: Any) -> Any:
        """Scales of effects, in spreads per standard deviation of a covariate or per contrast."""
        tau, squared_slab, local = (values[name] for name in ("global", "slab", "local"))
        return tau * local * (squared_slab / (squared_slab + (tau * local) ** 2)) ** 0.5

    def draw_of_model(self, rng: np.random.Generator, size: Shape) -> dict[str, Floats]:
        """Draws of the global scale and of the squared slab."""
        half = 0.5 * self.slab_nu
        squared_slab = half * self.slab_scale**2 / rng.gamma(half, size=size)
        return {
            "slab": squared_slab[..., None, None],
            "global": (self.global_scale * _drawn_half_cauchy(rng, size))[..., None, None],
        }

    def draw_scale(
        self, rng: np.random.Generator, shape: Shape, of_model: Mapping[str, Floats]
    ) -> Floats:
        """Draws of scales, shape (..., effect, informant)."""
        return self.scale(local=_drawn_half_cauchy(rng, shape), **of_model)


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class R2D2:
    """R2D2: a prior for the share of differences that covariates explain, split among them.

    Parameters
    ----------
    mean, precision : float
        Of the beta prior of the explained share, one for each growth coefficient and informant:
        ``Beta(mean * precision, (1 - mean) * precision)``; mean between 0 and 1.
    concentration : float
        Of the Dirichlet prior that splits it; below 1: a few covariates take most.
    reason : str
        A source, or the word *judgement* and what was judged.
    """

    mean: Share
    precision: PositiveNumber
    concentration: PositiveNumber
    reason: Text
    distribution: Literal["R2D2"] = field(default="R2D2", repr=False)
    traits: ClassVar[Traits] = Traits(fits=("effect",), shrinks=True, explains=True, normal=True)

    @property
    def shape_parameters(self) -> dict[str, float]:
        """Alpha and beta of the prior of the explained share."""
        return {"alpha": self.mean * self.precision, "beta": (1.0 - self.mean) * self.precision}

    def widened(self, factor: float) -> "R2D2":
        """The weaker prior for a factor above 1: the odds of the explained share, times it."""
        # The odds, so that the share stays below 1.
        return replace(self, mean=factor * self.mean / (1.0 - self.mean + factor * self.mean))

    def words(self, quantity: Quantity) -> str:
        """What it expects effects to explain together."""
        return f"together {percent(self.mean)} of the differences explained on average"

    def hyperparameters(self, n_effects: int) -> tuple[Hyperparameter, ...]:
        """The explained share for each informant and, of several effects, how it is split."""
        share = Counterpart(name="Beta", arguments=self.shape_parameters)
        explained = Hyperparameter(
            name="r2",
            counterpart=share,
            per="informant",
            coordinates=(_log_odds(*self.shape_parameters.values()),),
            role="odds",
        )
        if n_effects == 1:
            return (explained,)
        concentrations = np.full(n_effects, self.concentration)
        # Of what parts before it leave, a part has a beta distribution.
        parts = tuple(
            _log_odds(self.concentration, self.concentration * n_after)
            for n_after in range(n_effects - 1, 0, -1)
        )
        split = Hyperparameter(
            name="share",
            counterpart=Counterpart(name="Dirichlet", arguments={"a": concentrations}),
            per="split",
            coordinates=parts,
            role="part",
        )
        return (explained, split)

    def scale(self, **values: Any) -> Any:
        """Scales of effects per standard deviation of a column, in those of what is unexplained."""
        r2, share = values["r2"], values.get("share", 1.0)
        return (r2 / (1.0 - r2) * share) ** 0.5

    def draw_of_model(self, rng: np.random.Generator, size: Shape) -> dict[str, Floats]:
        """Nothing: each thing covariates act on has an explained share of its own."""
        return {}

    def draw_scale(
        self, rng: np.random.Generator, shape: Shape, of_model: Mapping[str, Floats]
    ) -> Floats:
        """Draws of scales, shape (..., effect, informant)."""
        alpha, beta = self.shape_parameters.values()
        r2 = rng.beta(alpha, beta, (*shape[:-2], 1, shape[-1]))
        parts = rng.gamma(self.concentration, size=shape)
        return self.scale(r2=r2, share=parts / parts.sum(axis=-2, keepdims=True))


def _half_cauchy(name: str, scale: float, *, per: Literal["model", "effect"]) -> Hyperparameter:
    """A half-Cauchy number, in units the root of the odds of a share that is Beta(1/2, 1/2)."""
    return Hyperparameter(
        name=name,
        counterpart=Counterpart(name="HalfCauchy", arguments={"beta": scale}),
        per=per,
        coordinates=(_log_odds(0.5, 0.5, unit=scale),),
        role="odds",
    )


def _log_odds(alpha: float, beta: float, *, unit: float = 1.0) -> Coordinate:
    """Of a share with a beta distribution."""
    constant = -float(betaln(alpha, beta))
    return Coordinate(form="log_odds", constant=constant, shape=alpha, location=beta, unit=unit)


def _drawn_half_cauchy(rng: np.random.Generator, shape: Shape) -> Floats:
    return np.tan(0.5 * np.pi * rng.random(shape))
