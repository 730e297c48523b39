"""What ratings are expected to be, given everything but what makes those of one occasion differ."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import missing


@dataclass(frozen=True, kw_only=True, eq=False)
class Expected:
    """Expected ratings: all occasions once, then those of children with several rows in the table.

    Parameters
    ----------
    mean : tensor, shape (n, K)
        Rating points, effects included.
    row : array of int, shape (n,)
        Row of the table.
    occasion : array of int, shape (n,)
    table : Completed
        Children with everything filled in.
    """

    mean: TensorVariable
    row: NDArray[np.int64]
    occasion: NDArray[np.int64]
    table: missing.Completed

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
        table, total = self.table, self.table.log_probability
        if total is None:
            return
        at = np.flatnonzero(np.isin(self.row, table.summed))
        row, occasion = self.row[at], self.occasion[at]
        of_occasion = log_density(pt.constant(arrays.y[occasion]), self.mean[at], occasion)
        alone = np.setdiff1d(np.arange(len(table.child)), table.summed)
        of_alone = total[alone].sum()
        total = pt.inc_subtensor(total[row], of_occasion) if len(row) else total
        children = np.unique(table.child[table.summed])
        rows_of = [np.flatnonzero(table.child == child) for child in children]
        most = max(map(len, rows_of))
        # Children have different numbers of rows: filled up with any row, which is masked.
        index = np.array([[*rows, *[0] * (most - len(rows))] for rows in rows_of])
        there = np.array([[True] * len(rows) + [False] * (most - len(rows)) for rows in rows_of])
        marginal = missing.log_sum_exp(pt.where(there, total[index], missing.IMPOSSIBLE))
        # Ratings themselves are observed given each child's first row, which is taken out again.
        first = np.flatnonzero(np.isin(row, children))
        pm.Potential("missing_categories", of_alone + marginal.sum() - of_occasion[first].sum())
