r"""Effects of covariates in the graph: for each informant, or one for all of them.

With a `Normal` or `StudentT` prior every effect has the same prior, per standard deviation of a
numeric covariate or per contrast, in spreads of the informant's scale. Two priors shrink many
effects together. The regularised horseshoe (Piironen and Vehtari 2017), in these same units,

.. math:: \beta_j = \tau \tilde\lambda_j z_j, \quad
          \tilde\lambda_j^2 = \frac{c^2 \lambda_j^2}{c^2 + \tau^2 \lambda_j^2}, \quad
          \lambda_j \sim \mathrm{C}^+(0, 1), \quad \tau \sim \mathrm{C}^+(0, \tau_0), \quad
          c^2 \sim \mathrm{InvGamma}(\nu / 2, \nu s^2 / 2),

with one `tau` and one `c` for all effects of a model. And R2D2 (Zhang, Naughton, Bondell and Reich
2022), here with normal effects: for each growth coefficient and informant the share :math:`R^2` of
the differences between children that covariates explain gets the prior, and is split among them,

.. math:: \beta_j \sim \mathrm{N}\!\left(0,\ \frac{R^2}{1 - R^2} \phi_j
          \frac{\sigma^2}{\mathrm{sd}(x_j)^2}\right), \quad
          \phi \sim \mathrm{Dirichlet}(a, \ldots, a),

:math:`\sigma` the standard deviation of what is left of these differences (of the residual, for
effects on the rating itself).

Where sampled, these effects are placed by what ratings tell of them (see `information`).
"""

from collections.abc import Sequence

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import covariance, information
from bayes_alliance.pymc_model.acting import Part, everything, parts
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import ShrinkagePrior, of_shrinkage


def registered(
    spec: ModelSpec, arrays: Design, *, placed: bool = False
) -> dict[str, TensorVariable]:
    """Register the effects of all covariates.

    Parameters
    ----------
    placed : bool
        Sample effects of a prior that shrinks them as `information` says, an easier form of the
        same model: ``level_on_raw`` ... are then not the effects in their prior standard
        deviations but where they lie in what ratings tell of them.

    Returns
    -------
    dict
        ``level_on`` ... to tensors of shape (P, K), ``rating_on`` to one of shape (Q, K): rating
        points per unit of the coded column, zero for columns that do not act. Registered under
        these names, dims (covariate, informant) or (occasion_covariate, informant); beside them,
        with a prior that shrinks effects, ``level_on_scale`` ..., their standard deviations given
        the local scales.
    """
    things = everything(arrays)
    all_parts = [part for acting in things for part in parts(arrays, acting)]
    shrinking = of_shrinkage(spec.priors.get("covariate"))
    if shrinking is not None:
        scales = [_scale(shrinking, arrays, part) for part in all_parts]
        effects = _shrunk(arrays, all_parts, scales, placed=placed)
    else:
        scales, effects = [], [_free(spec, arrays, part) for part in all_parts]
    out = {}
    for acting in things:
        dims = (acting.dim, "informant")
        own = [n for n, part in enumerate(all_parts) if part.acting is acting]
        out[acting.name] = effects[own[0]]
        if all_parts[own[0]].name != acting.name:
            together = _put_together(arrays, [(all_parts[n], effects[n]) for n in own])
            out[acting.name] = pm.Deterministic(acting.name, together, dims=dims)
        if scales:
            scale = _put_together(arrays, [(all_parts[n], scales[n]) for n in own])
            pm.Deterministic(f"{acting.name}_scale", scale, dims=dims)
    return out


def _put_together(arrays: Design, found: Sequence[tuple[Part, TensorVariable]]) -> TensorVariable:
    """Values of all columns for each informant, zero for those that do not act."""
    n = len(found[0][0].acting.labels)
    total = 0.0
    for part, values in found:
        select = np.zeros((n, len(part.rows)))
        select[part.rows, np.arange(len(part.rows))] = 1.0
        total = total + select @ (values[:, None] * arrays.spread if part.shared else values)
    return total


def _unit(arrays: Design, part: Part) -> NDArray[np.float64]:
    """What the prior's unit is in that of the effects: (n_rows, K), of shared ones (n_rows,)."""
    per = 1.0 / part.acting.unit[part.rows]
    return per if part.shared else arrays.spread[None, :] * per[:, None]


def _free(spec: ModelSpec, arrays: Design, part: Part) -> TensorVariable:
    """Effects that do not depend on each other in the prior."""
    unit = _unit(arrays, part)
    return covariance.free(
        part.name,
        spec.priors["covariate"],
        factor=unit,
        dims=part.dims,
    )


def _scale(prior: ShrinkagePrior, arrays: Design, part: Part) -> TensorVariable:
    """Standard deviation of effects given what a prior that shrinks them needs beside them."""
    model, values = pm.modelcontext(None), {}
    for one in prior.hyperparameters(len(part.rows)):
        name = f"covariate_{one.name}" if one.per == "model" else f"{part.name}_{one.name}"
        dims = {
            "model": (),
            "effect": part.dims,
            "informant": ("informant",),
            "split": ("informant", part.dims[0]),
        }[one.per]
        if name not in model.named_vars:
            covariance.registered(name, one.counterpart, dims=dims)
        values[one.name] = model[name].T if one.per == "split" else model[name]
    scale = prior.scale(**values)
    if not prior.traits.explains:
        return scale * _unit(arrays, part)
    unexplained = model[part.acting.left]
    return scale * unexplained[None, :] / part.acting.spread_of_column[part.rows, None]


def _shrunk(
    arrays: Design, parts: list[Part], scales: list[TensorVariable], *, placed: bool
) -> list[TensorVariable]:
    """Register effects with these standard deviations."""
    if placed:
        raws = [pm.Flat(f"{part.name}_raw", dims=part.dims) for part in parts]
        for shared in (False, True):
            taken = [n for n, part in enumerate(parts) if part.shared == shared]
            if taken:
                chosen = ([values[n] for n in taken] for values in (parts, scales, raws))
                for n, raw in zip(taken, _placed(arrays, *chosen), strict=True):
                    raws[n] = raw
    else:
        raws = [pm.Normal(f"{part.name}_raw", 0.0, 1.0, dims=part.dims) for part in parts]
    return [
        pm.Deterministic(part.name, raw * scale, dims=part.dims)
        for part, scale, raw in zip(parts, scales, raws, strict=True)
    ]


def _placed(
    arrays: Design,
    parts: list[Part],
    scales: list[TensorVariable],
    where: list[TensorVariable],
) -> list[TensorVariable]:
    """Effects in their prior standard deviations, all shared or none."""
    shared = parts[0].shared
    columns = np.column_stack([part.acting.values[:, part.rows] for part in parts])
    told, score = information.told(arrays, columns, shared=shared)
    ends = np.cumsum([len(part.rows) for part in parts])
    scale, w = pt.concatenate(scales), pt.concatenate(where)
    if shared:
        scale, w = scale[:, None], w[:, None]
    blocks = [
        information.placed(w[:, k], scale[:, k], told[k], score[k]) for k in range(len(score))
    ]
    name = "covariate_placed_shared" if shared else "covariate_placed"
    pm.Potential(name, pt.sum(pt.stack([log_density for _, log_density in blocks])))
    raw = blocks[0][0] if shared else pt.stack([raw for raw, _ in blocks], axis=1)
    return [raw[end - len(part.rows) : end] for part, end in zip(parts, ends, strict=True)]
