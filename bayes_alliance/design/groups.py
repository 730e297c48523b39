"""Rows of coded covariates in a few groups that differ little inside.

Averages over children, or over occasions, of what is not linear in covariates are taken over groups
of those who are alike in them, or much alike: what differs inside a group is taken to be normal.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]

# More groups change averages in the third digit.
MOST_GROUPS = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Rows with the same coded covariates, or much the same.

    Parameters
    ----------
    share : float
        Of all rows.
    mean : array, shape (P,)
    cov : array, shape (P, P)
        What differs between them.
    """

    share: float
    mean: Floats
    cov: Floats


def groups(x: Floats, unit: Floats) -> Iterator[Group]:
    """Put rows into at most `MOST_GROUPS` groups that differ little inside.

    Groups are cut in two at their mean, the one that differs most first, until nobody differs
    inside a group: children with a few binary covariates end up with those exactly like them.

    Parameters
    ----------
    x : array, shape (n, P)
        Coded covariates.
    unit : array, shape (P,)
        Standard deviations that make columns comparable; 1 for contrasts.
    """
    parts = [x]
    while len(parts) < MOST_GROUPS:
        spread = [len(part) * (part / unit).var(axis=0) for part in parts]
        most = int(np.argmax([one.max(initial=0.0) for one in spread]))
        part, column = parts[most], spread[most]
        if column.max(initial=0.0) < 1e-9:
            break
        values = part[:, int(np.argmax(column))]
        above = values > values.mean()
        parts[most : most + 1] = [part[~above], part[above]]
    for part in parts:
        around = part - part.mean(axis=0)
        yield Group(
            share=len(part) / len(x), mean=part.mean(axis=0), cov=around.T @ around / len(part)
        )
