"""Ratings that are normal given everything else, or heavier in their tails: seen, or integrated.

With effects in the graph the ratings of every occasion are observed; with effects integrated out
one potential holds the density of all of them.
"""

import pymc as pm
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import integrated, residual
from bayes_alliance.pymc_model.expected import Expected, Over
from bayes_alliance.pymc_model.residual import Residual


def registered(arrays: Design, of: Residual, expected: Expected) -> None:
    """Register the ratings.

    Parameters
    ----------
    of : Residual
        What makes those of one occasion differ.
    """
    if expected.over is not None:
        integrate(arrays, of, arrays.y - expected.mean, expected.over)
        return

    def log_density(y: TensorVariable, mean: TensorVariable, occasion: NDArray) -> TensorVariable:
        return residual.log_density(of, arrays, y, mean, occasion)

    residual.ratings(of, arrays, expected.of_occasions(arrays))
    expected.sum_over_categories(arrays, log_density)


def integrate(arrays: Design, of: Residual, error: TensorVariable, over: Over) -> None:
    """Register the density of all ratings, effects integrated out.

    Parameters
    ----------
    error : tensor, shape (R, K)
        Ratings minus what is expected before any effect.
    """
    density = integrated.log_density(
        of,
        arrays,
        error,
        roots={name: root.embedded(len(arrays.terms)) for name, root in over.roots.items()},
        ranks={name: root.rank for name, root in over.roots.items()},
        weight=None if of.tail is None else of.tail.weights(of.tail.parameter),
        beside=over.beside,
    )
    pm.Potential("ratings", density)
