"""What acts on how much ratings scatter, and what options of the residual ask of ratings."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.design.coding import Column
from bayes_alliance.design.missing import lacking
from bayes_alliance.errors import Problem
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec


def columns(
    spec: ModelSpec,
    of_child: tuple[Column, ...],
    of_occasion: tuple[Column, ...],
    *,
    occasion_child: NDArray[np.int64],
) -> tuple[Column, ...]:
    """Columns that also act on how much ratings scatter, by occasion.

    Parameters
    ----------
    of_child, of_occasion : tuple of Column
        As from `child_columns` and `occasion_columns`.
    occasion_child : array of int, shape (R,)
        Child of each occasion.

    Returns
    -------
    tuple of Column
        Of a covariate within and between children only the deviations within.
    """
    chosen: list[Column] = []
    for name in spec.residual.sd_on:
        chosen += [column for column in of_occasion if column.term.name == name]
        chosen += [
            replace(column, values=column.values[occasion_child])
            for column in of_child
            if column.term.name == name and not column.term.splits
        ]
    return tuple(chosen)


def problems(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Missing values where no model of them reaches: in the spread."""
    absent = lacking(spec, ratings)
    return [
        Problem(
            where="residual.sd_on",
            value=name,
            message="has missing values, which are modelled in what acts on ratings only",
        )
        for name in spec.residual.sd_on
        if any(one.name == name for one in absent)
    ]
