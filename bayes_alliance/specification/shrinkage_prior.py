"""Priors that shrink the effects of many covariates together, to screen predictors.

`RegularizedHorseshoe` (Piironen and Vehtari 2017) lets most effects be near zero and a few be free
of that; `R2D2` (Zhang, Naughton, Bondell and Reich 2022) says how much of the differences between
children covariates explain altogether and lets the ratings split it among them. Both are priors for
`covariate` only.
"""

from dataclasses import field
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from bayes_alliance.specification.entries import PositiveNumber, Text, in_plain_words

STRICT = ConfigDict(extra="forbid")

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

    @property
    def parameters(self) -> tuple[float, float, float]:
        """Global scale, slab scale and slab nu, in this order."""
        return (self.global_scale, self.slab_scale, self.slab_nu)

    def scaled(self, factor: float, shift: float = 0.0) -> "RegularizedHorseshoe":
        """Prior of effects in a unit `factor` times smaller; no shift."""
        if shift != 0:
            raise ValueError(f"a prior that shrinks to 0 has no shift {shift}")
        return RegularizedHorseshoe(
            global_scale=factor * self.global_scale,
            slab_scale=factor * self.slab_scale,
            slab_nu=self.slab_nu,
            reason=self.reason,
        )


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

    @property
    def parameters(self) -> tuple[float, float, float]:
        """Mean, precision and concentration, in this order."""
        return (self.mean, self.precision, self.concentration)

    def scaled(self, factor: float, shift: float = 0.0) -> "R2D2":
        """Return the same prior: an explained share has no unit."""
        if shift != 0:
            raise ValueError(f"a prior that shrinks to 0 has no shift {shift}")
        return self
