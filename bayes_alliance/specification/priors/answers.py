"""What a prior answers: the protocols of its kinds, and two records that engines read.

A `NumberPrior` is for single numbers, a `CorrelationPrior` for correlation matrices, a
`ShrinkagePrior` for many effects together. To whoever samples, a prior says its coordinate in an
unconstrained space (`Coordinate`) and its distribution in PyMC (`Counterpart`), both as data:
nothing here knows an engine.
"""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from bayes_alliance.arrays import Floats
from bayes_alliance.specification.priors.average import AverageFactor
from bayes_alliance.specification.quantity import Kind, Quantity

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

type Shape = tuple[int, ...]
type Form = Literal[
    "normal",
    "student_t",
    "half_normal",
    "half_student_t",
    "gamma",
    "partial_correlation",
    "share",
    "log_odds",
]

LARGEST_LOG = math.log(sys.float_info.max)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What is true of every prior of a class.

    Parameters
    ----------
    fits : tuple of Kind
        The quantities it can be for.
    shrinks : bool
        Is it for many effects together (`ShrinkagePrior`)?
    explains : bool
        Does it say what share of differences between children these effects explain?
    normal : bool
        Is what it is for normal, given scales of its own?
    """

    fits: tuple[Kind, ...]
    shrinks: bool = False
    explains: bool = False
    normal: bool = False


@dataclass(frozen=True, kw_only=True)
class Coordinate:
    r"""A prior as the density of one unconstrained number `x` of order one.

    A coefficient is ``location + unit x``, a number above 0 is ``unit t(x)`` with
    :math:`t(x) = x \Phi(x) + \varphi(x)`, a partial correlation ``tanh(x)``, a share
    ``1 / (1 + exp(-x))``; of form ``"log_odds"`` it is `x` itself, of which this is a share.

    Parameters
    ----------
    form : str
        The shape of the density of the number, before the Jacobian.
    shape : float
        Degrees of freedom of a t, shape of a gamma, `b` of a partial correlation
        ``2 Beta(b, b) - 1``, the first shape of a share.
    location : float
        Of a share, or of its log odds: its second shape.
    constant : float
        Logarithm of the normalising constant of the density of `x`.
    """

    form: Form
    constant: float
    shape: float = 0.0
    location: float = 0.0
    unit: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Counterpart:
    """The same distribution in PyMC.

    Parameters
    ----------
    name : str
        Of the PyMC distribution.
    arguments : mapping
        Its parameters.
    unit : float or array, optional
        Where the density is flat towards 0: the unit of the coordinate to sample in, as for
        `Coordinate`; None: PyMC's own transform serves.
    """

    name: str
    arguments: Mapping[str, ArrayLike]
    unit: ArrayLike | None = None


class NumberPrior(Protocol):
    """A prior of single numbers, independent of each other."""

    traits: ClassVar[Traits]

    def log_density(self, x: ArrayLike) -> Floats:
        """Logarithm of the density at x, constants included, in the shape of x."""
        ...

    def quantile(self, p: ArrayLike) -> Floats:
        """Value with probability p below it, in the shape of p."""
        ...

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Independent draws."""
        ...

    def scaled(self, factor: float, shift: float = 0.0) -> "NumberPrior":
        """Prior of ``shift + factor * X``; factor positive."""
        ...

    def widened(self, factor: float) -> Any:
        """The weaker prior for a factor above 1."""
        ...

    def words(self, quantity: Quantity) -> str:
        """Where it expects a quantity."""
        ...

    @property
    def coordinate(self) -> Coordinate:
        """As the density of an unconstrained number."""
        ...

    def counterpart(self, *, factor: ArrayLike = 1.0, shift: ArrayLike = 0.0) -> Counterpart:
        """PyMC's distribution of ``shift + factor * X``."""
        ...


class CorrelationPrior(Protocol):
    """A prior of correlation matrices whose rows of one growth coefficient lie together."""

    traits: ClassVar[Traits]

    def log_density(self, cor: Floats, coefficient: ArrayLike) -> Floats:
        """Logarithm of the density at matrices of shape (..., n, n)."""
        ...

    def draw(self, rng: np.random.Generator, shape: Shape, coefficient: ArrayLike) -> Floats:
        """Partial correlations of matrices with n rows, shape (*shape, n (n - 1) / 2)."""
        ...

    def marginal_quantile(self, p: ArrayLike, coefficient: ArrayLike) -> Floats:
        """Quantiles of the correlation of the first two rows."""
        ...

    def governed(self) -> "CorrelationPrior":
        """The prior whose density raised to a power is its parameter's doing alone."""
        ...

    def coordinates(self, coefficient: ArrayLike) -> Mapping[tuple[int, int], Coordinate]:
        """Coordinates of the partial correlations of row `i` with `j < i`, given those before."""
        ...

    def counterpart(self, n: int) -> Counterpart:
        """PyMC's distribution of the Cholesky factor of a matrix with `n` rows."""
        ...

    def beyond_counterpart(self, coefficient: ArrayLike) -> tuple[float, Floats]:
        """What the log density has beyond that: a constant, and factors of the log diagonal."""
        ...

    def average_factor(self, coefficient: ArrayLike) -> AverageFactor | None:
        """A factor that counterpart and coordinates lack, by the average of the first rows."""
        ...

    def pair_counterpart(self) -> Counterpart:
        """PyMC's distribution of ``(1 + r) / 2``, `r` the correlation of two rows alone."""
        ...


@dataclass(frozen=True, kw_only=True)
class Hyperparameter:
    """A number behind the scales of effects, with a distribution of its own.

    Parameters
    ----------
    per : {"model", "effect", "informant", "split"}
        What there is one of it for; split: a simplex over effects for each informant.
    coordinates : tuple of Coordinate
        One; of a simplex over `n` effects ``n - 1``, each the log odds of an effect's part in what
        those before it leave.
    role : {"odds", "part", "slab"}
        What makes squared scales: they are multiplied by the odds and by the squared unit of these;
        multiplied by their part of the whole; or their inverse is raised by this precision.
    """

    name: str
    counterpart: Counterpart
    per: Literal["model", "effect", "informant", "split"]
    coordinates: tuple[Coordinate, ...]
    role: Literal["odds", "part", "slab"]


class ShrinkagePrior(Protocol):
    """A prior of many effects together, each normal given its scale."""

    traits: ClassVar[Traits]

    @property
    def distribution(self) -> str:
        """Its name."""
        ...

    def hyperparameters(self, n_effects: int) -> tuple[Hyperparameter, ...]:
        """What the scales of the effects on one thing are made of."""
        ...

    def scale(self, **values: Any) -> Any:
        """Scales of effects given the hyperparameters by name, arrays or tensors."""
        ...

    def draw_of_model(self, rng: np.random.Generator, size: Shape) -> Mapping[str, Floats]:
        """Draws of what a model has once, by name."""
        ...

    def draw_scale(
        self, rng: np.random.Generator, shape: Shape, of_model: Mapping[str, Floats]
    ) -> Floats:
        """Draws of scales, shape (..., effect, informant)."""
        ...


def drawn(prior: NumberPrior, rng: np.random.Generator, shape: Shape) -> Floats:
    """Independent draws, by the quantile function."""
    return np.asarray(prior.quantile(rng.random(shape)), dtype=np.float64)


def expected(prior: NumberPrior, quantity: Quantity) -> str:
    """Where a prior expects a quantity: ``"95% below 0.98 spreads"``."""
    said = {}
    for name, p in {"lower": 0.025, "upper": 0.975, "below": 0.95}.items():
        value = float(prior.quantile(p)) + quantity.above
        value = math.exp(min(value, LARGEST_LOG)) if quantity.logarithm else value
        said[name] = f"{value:.2g}".replace("-", "−")
    return quantity.expects.format_map(said)


def stated(quantity: Quantity, prior: "DataclassInstance") -> str:
    """The prior of a quantity in symbols: ``"Normal(mean 0, sd 0.5)"``."""
    values = {entry.name: getattr(prior, entry.name) for entry in fields(prior)}
    given = ", ".join(
        f"{name} {value}" if isinstance(value, str) else f"{name} {value:g}".replace("-", "−")
        for name, value in values.items()
        if name not in ("reason", "distribution") and value is not None
    )
    above = f"{quantity.above:g} + " if quantity.above else ""
    return f"{above}{values['distribution']}({given})"
