r"""Child means of a covariate that varies over occasions, where they are estimated.

A covariate of few occasions has a noisy mean for each child. With ``within_between = "latent"`` the
mean is not computed but a parameter (Lüdtke et al. 2008): at occasion `t` of child `i`

.. math:: x_{it} = \xi_i + d_{it}, \qquad \xi_i \sim N(a + b'w_i, \sigma_b^2), \qquad
          d_{it} \sim N(0, \sigma_w^2),

`w` the other covariates of children, and :math:`\xi_i` and :math:`x_{it} - \xi_i` act on the level
and on the rating.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.design.coding import Column, values_of
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentMean:
    """A covariate whose child means are parameters.

    Parameters
    ----------
    between : int
        Column of the design's ``x`` that stands for the child's mean.
    within : int
        Column of the design's ``z`` that stands for the deviation from it.
    values : array, shape (R,)
        The covariate at every occasion, minus the centre of column `between`.
    sd : float
        Standard deviation of these, the unit of the priors of `a`, `b` and both sds.
    given : tuple of int
        Columns of ``x`` that the child's mean is regressed on.
    """

    name: str
    between: int
    within: int
    values: NDArray[np.float64]
    sd: float
    given: tuple[int, ...]

    @property
    def variable(self) -> str:
        """What the means are called: ``"mean_mood"``."""
        return f"mean_{self.name}"

    @property
    def moments(self) -> tuple[str, ...]:
        """Parameters of the means that are kept with a fit, in standard deviations."""
        parts = ("intercept", "between", "within", *(("weight",) if self.given else ()))
        return tuple(f"{self.variable}_{part}" for part in parts)


def latent_means(
    spec: ModelSpec,
    ratings: Ratings,
    of_child: tuple[Column, ...],
    of_occasion: tuple[Column, ...],
) -> tuple[LatentMean, ...]:
    """Covariates of a specification whose child means are parameters."""
    known = {covariate.name: covariate for covariate in ratings.covariates}
    complete = tuple(
        p
        for p, column in enumerate(of_child)
        if not (column.product or column.term.splits or np.isnan(column.values).any())
    )
    means = []
    for term in spec.covariates:
        if not term.estimates_means:
            continue
        between = next(p for p, column in enumerate(of_child) if column.term == term)
        within = next(q for q, column in enumerate(of_occasion) if column.term == term)
        values = values_of(known[term.name], ratings).to_numpy(dtype=np.float64)
        means.append(
            LatentMean(
                name=term.name,
                between=between,
                within=within,
                values=values - of_child[between].centre,
                sd=float(np.std(values)),
                given=complete,
            )
        )
    return tuple(means)
