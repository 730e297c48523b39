r"""Who of new families leaves treatment, drawn as a model of leaving says.

A family in treatment at occasion `t` has left before the next one where

.. math:: z_{it} = a_t + c'w_i + \sum_k \tau_k (w m_{itk} + (1 - w) y_{itk}) + h' slope_i + v_j
          + \epsilon, \qquad \epsilon \sim N(0, 1),

is above 0, with the current alliance `m`, the rating `y` and the slope less those of the average
curve. A rating that is missing, or beyond the ends of its scale, is followed as it would be.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.leavers import associations, offsets
from bayes_alliance.design import AtRisk, Design
from bayes_alliance.posterior.replicate import Replicate


def in_treatment(
    arrays: Design,
    leaving: AtRisk,
    made: Replicate,
    moments: Mapping[str, Floats],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Draw who is in treatment at each time.

    Parameters
    ----------
    arrays : Design
        With an occasion of every child at every time, child by child and in order.
    leaving : AtRisk
        Of the same children; who of them left does not matter.
    made : Replicate
        Of `arrays`.
    moments : mapping
        Named moments of one draw.

    Returns
    -------
    array of bool, shape (n_children, T)
        Never True again after False.
    """
    n, n_times, k = len(arrays.children), len(leaving.times), len(arrays.informants)
    one = {name: np.asarray(values)[None] for name, values in moments.items()}
    on, on_slope, r = (of[0][leaving.group] for of in associations(leaving, one, 1, k))
    average = np.stack([moments[name] for name in arrays.coefficients])
    away = made.theta - average
    alliance = np.einsum("rc,rck->rk", arrays.basis, away[arrays.occasion_child])
    rating = made.latent - arrays.basis @ average
    child = arrays.occasion_child
    followed = ((on - r)[child] * alliance + r[child] * rating).sum(axis=1).reshape(n, n_times)
    z = followed[:, :-1] + _whatever_is_rated(arrays, leaving, made.x, one)
    if leaving.acts_by_slope:
        slope = away[:, arrays.coefficients.index("slope")]
        z = z + (on_slope * slope).sum(axis=1)[:, None]
    if leaving.therapist:
        level = next(one for one in arrays.levels if one.name == "therapist")
        sd = moments["leaving_therapist_sd"]
        effect = sd * rng.standard_normal(len(level.labels))
        z = z + effect[arrays.unit_of_child()["therapist"]][:, None]
    stays = z + rng.standard_normal(z.shape) <= 0.0
    return np.logical_and.accumulate(np.hstack([np.ones((n, 1), dtype=bool), stays]), axis=1)


def _whatever_is_rated(
    arrays: Design, leaving: AtRisk, x: Floats, moments: Mapping[str, Floats]
) -> Floats:
    """What intervals and covariates add, shape (n_children, T - 1)."""
    n, n_intervals = len(arrays.children), len(leaving.times) - 1
    child, interval = (axis.ravel() for axis in np.indices((n, n_intervals)))
    own = leaving.x.copy()
    known = leaving.column >= 0
    own[:, known] = x[:, leaving.column[known]]
    everybody = replace(leaving, child=child, interval=interval, x=own)
    complete = replace(arrays, incomplete=())
    return offsets(everybody, complete, moments)[0].reshape(n, n_intervals)
