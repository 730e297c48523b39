r"""What makes ratings normal: a few numbers, sampled, that complete what is given of them.

Normal ratings have effects that integrate out exactly (`kernel.recursion`). Many ratings are normal
only given something that nobody saw: what a rating at the end of its scale would be without that
end, how much an odd occasion counts, a missing covariate. A `Completion` samples it. From its
values it writes what the recursion is given (`kernel.arrays.Given`), returns what the density has
beyond that of these ratings, and turns derivatives by what it wrote into derivatives by its values,
in closed form. Everything it needs to know of the data are arrays: nothing is compiled for a model.

Each completion is one file of this folder. Two compiled functions do its work in the sampler;
functions of NumPy say its coordinates before, and what its values mean for ratings after sampling.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.priors import Coordinate
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec

type Moments = Mapping[str, Floats]
type Named = dict[str, tuple[tuple[str, ...], Floats]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Where numbers are among all coordinates.

    Parameters
    ----------
    own : array of int
        Those that the completion samples.
    sds : mapping of str to array of int
        Standard deviations of all terms that vary between children (``"child"``) and of the
        residuals of informants (``"residual"``); -1 where a term does not vary.
    row : array of int, shape (R,)
        The occasion that each occasion of the design is or, behind these, is a copy of
        (`assumed`); values that complete ratings are those of the first.
    at_risk : array of int
        Likewise of those at risk of leaving.
    """

    own: Integers
    sds: Mapping[str, Integers]
    row: Integers
    at_risk: Integers


def nothing_rewritten(own: Any, design: Design, values: Floats) -> Named:
    """Leave the values of all coordinates as they are."""
    return {}


def no_moments(design: Design, values: Floats) -> Named:
    """Nothing, where what is completed has no name or is named elsewhere."""
    return {}


def no_change(design: Design, moments: Moments, error: Floats) -> None:
    """Leave residuals as they are."""


def no_scale(design: Design, moments: Moments) -> Floats | None:
    """Let the residuals of all occasions have the same covariance."""
    return None


def no_autocorrelation(moments: Moments) -> Floats | None:
    """Leave residuals of different occasions unrelated."""
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class OfRatings:
    """Values that exist because ratings do, and that leave with the ratings they complete.

    Parameters
    ----------
    name : str
        Of the moment.
    row, informant : array of int, shape (n,)
        Occasion and informant of the rating that each completes; informant -1: all ratings of the
        occasion.
    values : array, shape (n_draws, n)
        On a scale without ends.
    log_density : array, shape (n_draws, n)
        What the joint density of ratings and these values has beyond that of the completed ratings,
        the slope of the values included.
    to_moment : callable
        From values (..., n) to the moment.
    """

    name: str
    row: Integers
    informant: Integers
    values: Floats
    log_density: Floats
    to_moment: Callable[[Floats], Floats]


def without_ends(positive: Floats) -> tuple[Floats, Floats]:
    r"""Positive numbers on a scale without ends, and the logarithms of their slopes there.

    From `v` to :math:`\log(1 + e^v)`: like the exponential function near zero, and like `v` itself
    where that is large, so that neither end has a heavy tail.
    """
    positive = np.maximum(positive, np.finfo(np.float64).tiny)
    values = positive + np.log(-np.expm1(-positive))
    return values, -np.logaddexp(0.0, -values)


def of_no_ratings(design: Design, moments: Moments) -> OfRatings | None:
    """None, where what is completed is not single ratings."""
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Completion:
    """What completes the ratings of some models, and does nothing in others.

    Parameters
    ----------
    own : type
        Named tuple of its arrays, annotated as those of `kernel.arrays`; all empty where a model
        does not need it.
    complete : compiled function
        ``complete(own, seats, given, point)``: from ``point.values`` to `given`; returns what the
        log density has beyond that of the completed ratings and of the coordinates. Where
        derivatives of this come at hardly any cost, it adds them to ``point.by_values`` at once.
    differentiate : compiled function
        ``differentiate(own, seats, given, by, point)``: adds to ``point.by_values``, from the
        derivatives ``by`` of all that is given and those of what `complete` returned.
    coordinates : callable
        What it samples; nothing where a model does not need it.
    arrays : callable
        Its arrays, given where children sit and where numbers are among all coordinates.
    scratch : tuple of str
        Those of its arrays that `complete` writes to: every thread has its own.
    rewrite : callable
        ``rewrite(own, design, values)``: changes the values of all coordinates (..., n) as
        `complete` does, in place; returns moments of what it takes for that.
    moments : callable
        From its values (..., n) to named moments, without the dims of draws.
    add_to_errors : callable
        Changes residuals without random effects (n_draws, R, K) to those of completed ratings, by
        the named moments that are there.
    scale : callable
        What residuals (n_draws, R, K) are multiplied by to have the residual covariance; None: 1.
    autocorrelation : callable
        Correlation of residuals one unit of scaled time apart (n_draws,); None: unrelated.
    of_ratings : callable
        Values that complete single ratings, which another data set without these lacks.
    observes : bool
        Whether it says how ratings follow from values behind them, which are written before it.
    alone : bool
        Whether no two children share what it writes, so that none share a pattern.
    relates_occasions : bool
        Whether residuals of different occasions are autocorrelated.
    """

    own: type
    complete: Any
    differentiate: Any
    coordinates: Callable[[ModelSpec, Design], Iterable[Coordinate]]
    arrays: Callable[[ModelSpec, Design, Seating, Places], NamedTuple]
    scratch: tuple[str, ...] = ()
    rewrite: Callable[[Any, Design, Floats], Named] = nothing_rewritten
    moments: Callable[[Design, Floats], Named] = no_moments
    add_to_errors: Callable[[Design, Moments, Floats], None] = no_change
    scale: Callable[[Design, Moments], Floats | None] = no_scale
    autocorrelation: Callable[[Moments], Floats | None] = no_autocorrelation
    of_ratings: Callable[[Design, Moments], OfRatings | None] = of_no_ratings
    observes: bool = False
    alone: bool = False
    relates_occasions: bool = False
