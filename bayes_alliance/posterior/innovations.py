r"""What ratings add to the earlier ones of the same child.

With the ratings of a child in order of time, `L` the Cholesky factor of their covariance and
:math:`z = L^{-1} r`, the part of `L z` from earlier occasions is what these let expect of a rating,
and the rest of its row of `L` how far the rating scatters around that. Innovations are normal and
unrelated to what came before, whoever leaves by what was rated before.
"""

from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.posterior.marginal import Marginal


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """Ratings of children of a group given the earlier ones of the same child.

    Parameters
    ----------
    row, informant : array of int, shape (m, n)
    slopes : array, shape (m, n, n)
        Of each rating on all of the child; zero but for earlier occasions.
    sd : array, shape (m, n)
        What these leave.
    """

    row: Integers
    informant: Integers
    slopes: Floats
    sd: Floats


def predictions(made: Marginal) -> tuple[Prediction, ...]:
    """How each rating of a child follows from its earlier ones, by group of children."""
    shared = sum((level.root @ level.root.T for level in made.above), np.zeros((1, 1)))
    out = []
    for group in made.groups:
        within = group.root @ np.swapaxes(group.root, 1, 2)
        if made.above:
            within = within + group.loading @ shared @ np.swapaxes(group.loading, 1, 2)
        root = np.linalg.cholesky(within)
        before = group.row[:, None, :] < group.row[:, :, None]
        slopes = np.where(before, root, 0.0) @ np.linalg.inv(root)
        sd = np.sqrt((np.where(before, 0.0, root) ** 2).sum(axis=-1))
        out.append(Prediction(row=group.row, informant=group.informant, slopes=slopes, sd=sd))
    return tuple(out)


def innovations_of(errors: Floats, from_earlier: tuple[Prediction, ...]) -> tuple[Floats, Floats]:
    """Ratings less what earlier ones of their child let expect, and how far these scatter.

    Parameters
    ----------
    errors : array, shape (R, K, n_sets)

    Returns
    -------
    innovations : array, shape (R, K, n_sets)
    sd : array, shape (R, K)
        1 where there is no rating.
    """
    out, sd = np.zeros_like(errors), np.ones(errors.shape[:2])
    for group in from_earlier:
        own = errors[group.row, group.informant]
        out[group.row, group.informant] = own - group.slopes @ own
        sd[group.row, group.informant] = group.sd
    return out, sd
