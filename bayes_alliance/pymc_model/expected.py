"""What ratings are expected to be, given everything but what makes those of one occasion differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import missing
from bayes_alliance.pymc_model.covariates import Beside
from bayes_alliance.pymc_model.effects import Root


@dataclass(frozen=True, kw_only=True, eq=False)
class Over:
    """Effects that ratings are integrated over, and covariates that are outcomes beside them.

    Parameters
    ----------
    roots : mapping of str to Root
        By level.
    beside : Beside or None
        None: no covariate is an outcome.
    """

    roots: Mapping[str, Root]
    beside: Beside | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Expected:
    """Expected ratings: all occasions once, then those of children with several rows in the table.

    Parameters
    ----------
    mean : tensor, shape (n, K)
        Rating points, effects included unless `over` is given.
    row : array of int, shape (n,)
        Row of the table.
    occasion : array of int, shape (n,)
    table : Completed
        Children with everything filled in.
    over : Over or None
        What is integrated out of the density of ratings; None: nothing.
    """

    mean: TensorVariable
    row: NDArray[np.int64]
    occasion: NDArray[np.int64]
    table: missing.Completed
    over: Over | None

    def of_occasions(self, arrays: Design) -> TensorVariable:
        """Expected ratings of each occasion once, shape (R, K)."""
        return self.mean[: len(arrays.y)]

    def sum_over_categories(
        self,
        arrays: Design,
        log_density: Callable[[TensorVariable, TensorVariable, NDArray[np.int64]], TensorVariable],
    ) -> None:
        """Register what missing categories of covariates add to the density of the ratings.

        Parameters
        ----------
        log_density : callable
            Of ratings (n, K), given their expectation (n, K) and occasion (n,), shape (n,).
        """
        if self.table.log_probability is None:
            return
        summed = np.flatnonzero(np.isin(self.row, self.table.summed))
        occasion = self.occasion[summed]
        found = log_density(pt.constant(arrays.y[occasion]), self.mean[summed], occasion)
        missing.add_categories(self.table, found, self.row[summed])
