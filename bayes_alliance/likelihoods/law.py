r"""How observed ratings follow from expected ones: a `Law` for each likelihood family.

Expected ratings lie on a scale without ends. A law says what makes the ratings of one occasion
differ there, and what is observed of them: how ratings are drawn, what they are on average and how
likely the upper end of their scale is where everything else varies normally,

.. math:: E[y] = E[f(m)], \qquad m \sim N(\mu, \sigma^2).

It also knows the named moments that only its family has, and what their priors say of them. Arrays
of named moments have the dims that `Law.moments` names, behind those of the draws.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design
from bayes_alliance.likelihoods.residual import Density, Drawing, Moments, Variables, residuals
from bayes_alliance.specification import ModelSpec

NODES = 21


class Observing(Protocol):
    """Draws observed ratings."""

    def __call__(
        self,
        latent: Floats,
        moments: Moments,
        arrays: Design,
        rng: np.random.Generator,
        *,
        planned: bool,
    ) -> Floats:
        """Ratings as they are observed.

        Parameters
        ----------
        latent : array, shape (n, K)
            Expected ratings with everything that varies normally added, rating points.
        moments : mapping
            Named moments of one draw.
        planned : bool
            Whether the rows are the occasions of the design, of which everything is missing that
            is missing there; otherwise they are new, and complete.
        """


class Averaging(Protocol):
    """Averages what is observed over a normal variable."""

    def __call__(self, mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
        """Averages of D draws at T times.

        Parameters
        ----------
        mean, variance : array, shape (D, T, K)
            Of the expected rating, on the scale without ends.
        moments : mapping
            Named moments of D draws.

        Returns
        -------
        array, shape (D, T, K)
        """


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """How single items measure the alliance behind them.

    Parameters
    ----------
    loadings : callable
        From the variance of the alliance (D, T, K), moments and design: correlation of each item
        with it before it is cut into responses, shape (D, T, J, K).
    reliability : callable
        Share of the variance of totals that differences in the alliance make.
    responses : callable
        Draws responses above the lowest one to all items, shape (R, K, J), from the alliance at all
        occasions (R, K).
    """

    loadings: Callable[[Floats, Moments, Design], Floats]
    reliability: Averaging
    responses: Callable[[Floats, Moments, Design, np.random.Generator], Integers]


def as_expected(
    latent: Floats, moments: Moments, arrays: Design, rng: np.random.Generator, *, planned: bool
) -> Floats:
    """Ratings of a family that knows no ends of the scale."""
    return latent


def no_prior_draws(drawing: Drawing, spec: ModelSpec, arrays: Design, level: Floats) -> Variables:
    """Nothing, for families without quantities of their own."""
    return {}


def no_log_prior(key: str, log_density: Density, moments: Moments, arrays: Design) -> Floats:
    """Fail, for families without quantities of their own."""
    raise KeyError(key)


@dataclass(frozen=True, kw_only=True)
class Law:
    """How ratings of a family are made and observed.

    Parameters
    ----------
    moments : mapping of str to tuple of str
        Named moments that only this family has, and their dims.
    residuals : callable
        Draws what makes ratings of one occasion differ, on the scale without ends.
    expected : Averaging or None
        Expected observed rating. None: that on the scale without ends.
    at_ceiling : Averaging or None
        Chance of a rating at the upper end of its scale. None: not worked out.
    measurement : Measurement or None
        None: there are no items.
    prior_draws : callable
        Draws its own named moments from their priors, given drawn levels (..., K), in rating
        points.
    log_prior : callable
        Log density, in rating points, of one of its own quantities, shape (...), from the density
        of its prior.
    """

    observed: Observing = as_expected
    moments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    residuals: Callable[[Design, Moments, np.random.Generator], Floats] = residuals
    expected: Averaging | None = None
    at_ceiling: Averaging | None = None
    measurement: Measurement | None = None
    prior_draws: Callable[[Drawing, ModelSpec, Design, Floats], Variables] = no_prior_draws
    log_prior: Callable[[str, Density, Moments, Design], Floats] = no_log_prior


def hermite() -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss-Hermite quadrature over a standard normal variable.

    Returns
    -------
    nodes, weights : array, shape (NODES,)
        Weights add up to 1.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()
