r"""Child means of covariates that vary over occasions, as parameters of the graph.

See `design.latent_means` for the model. Priors, in standard deviations of the covariate: intercept
and weights Normal(0, 1), both standard deviations HalfNormal(1): judgement, wide for standardised
covariates, as for missing values of covariates.

With :math:`\xi_i = \mu_i + \sigma_b r_i` a rating is what it would be with :math:`\mu_i` in the
place of the mean, plus :math:`(\beta_b - \beta_w) \sigma_b r_i`. So the means can be integrated out
with the effects of children: the covariate is one more outcome of every occasion, with residuals of
its own, and `r` one more effect of the child, on the level of the ratings and of the covariate.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.design.latent_means import LatentMean

type Values = NDArray[np.float64] | TensorVariable


@dataclass(frozen=True, kw_only=True, eq=False)
class Beside:
    """Covariates that are outcomes beside the ratings.

    Parameters
    ----------
    error : tensor, shape (R, L)
        The covariates minus what is expected of the child's mean.
    sd : tensor, shape (L,)
        Of the deviations from the child's mean.
    own : tensor, shape (L,)
        Standard deviation of the child's mean around what is expected.
    on_level : tensor, shape (K, L)
        What one such standard deviation adds to the level of the ratings.
    n : int
        The number `L` of covariates.
    """

    error: TensorVariable
    sd: TensorVariable
    own: TensorVariable
    on_level: TensorVariable
    n: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Filled:
    """Covariates with child means that are parameters, or with what is expected of these.

    Parameters
    ----------
    x : array or tensor, shape (n_rows, P)
    z : array or tensor, shape (R, Q)
    error : tuple of tensor, shape (R,)
        By covariate, its values minus the means that were put in.
    sd, own : tuple of tensor, scalar
        As in `Beside`.
    """

    x: Values
    z: Values
    error: tuple[TensorVariable, ...] = ()
    sd: tuple[TensorVariable, ...] = ()
    own: tuple[TensorVariable, ...] = ()

    def beside(self, arrays: Design, effects: Mapping[str, TensorVariable]) -> Beside | None:
        """Return what is integrated out with the effects of children.

        Parameters
        ----------
        effects : mapping of str to tensor
            ``level_on`` (P, K) and ``rating_on`` (Q, K): of the columns of `x` on the level, and
            of those of `z`.

        Returns
        -------
        Beside or None
            None without such covariates.
        """
        if not self.error:
            return None
        own = pt.stack(self.own)
        between = pt.stack(
            [effects["level_on"][one.between] for one in arrays.latent_means], axis=1
        )
        within = pt.stack([effects["rating_on"][one.within] for one in arrays.latent_means], axis=1)
        return Beside(
            error=pt.stack(self.error, axis=1),
            sd=pt.stack(self.sd),
            own=own,
            # A child's mean acts as itself and, with the other sign, in every deviation from it.
            on_level=(between - within) * own,
            n=len(self.error),
        )


def filled(arrays: Design, x: Values, child: NDArray[np.int64], *, integrated: bool) -> Filled:
    """Put estimated means, and deviations from them, in the place of computed ones.

    Parameters
    ----------
    x : array or tensor, shape (n_rows, P)
        Coded covariates of children, nothing missing.
    child : array of int, shape (n_rows,)
        The child of each row; the first rows are the children in order.
    integrated : bool
        Put in what is expected of the means, which are to be integrated out.

    Notes
    -----
    Registered for a covariate ``mood`` are ``mean_mood_intercept``, ``mean_mood_weight``,
    ``mean_mood_between`` and ``mean_mood_within``, in standard deviations; unless integrated out
    ``mean_mood_raw`` (child), ``mean_mood`` (child) in its own unit, centred as the design's column
    is, and the observed ``given_mood``.
    """
    z: Values = arrays.z
    error, sds, owns = [], [], []
    for one in arrays.latent_means:
        mean = _expected(arrays, one, x)
        between = pm.HalfNormal(f"{one.variable}_between", 1.0)
        within = pm.HalfNormal(f"{one.variable}_within", 1.0)
        if not integrated:
            raw = pm.Normal(f"{one.variable}_raw", 0.0, 1.0, dims="child")
            mean = pm.Deterministic(one.variable, mean + one.sd * between * raw, dims="child")
            of_occasion = mean[arrays.occasion_child] / one.sd
            pm.Normal(f"given_{one.name}", of_occasion, within, observed=one.values / one.sd)
        deviation = one.values - mean[arrays.occasion_child]
        x = pt.set_subtensor(pt.as_tensor(x)[:, one.between], mean[child])
        z = pt.set_subtensor(pt.as_tensor(z)[:, one.within], deviation)
        error.append(deviation)
        sds.append(one.sd * within)
        owns.append(one.sd * between)
    return Filled(x=x, z=z, error=tuple(error), sd=tuple(sds), own=tuple(owns))


def _expected(arrays: Design, one: LatentMean, x: Values) -> TensorVariable:
    """What other covariates let expect of the mean of every child, in the covariate's unit."""
    model, n = pm.modelcontext(None), len(arrays.children)
    mean = pm.Normal(f"{one.variable}_intercept", 0.0, 1.0) + pt.zeros(n)
    if one.given:
        model.add_coord(f"{one.variable}_given", [arrays.covariates[p] for p in one.given])
        weight = pm.Normal(f"{one.variable}_weight", 0.0, 1.0, dims=f"{one.variable}_given")
        columns = [x[:n, p] / arrays.covariate_sd[p] for p in one.given]
        mean = mean + pt.dot(pt.stack(columns, axis=1), weight)
    return one.sd * mean
