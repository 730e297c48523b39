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

:math:`\sigma` the standard deviation of these differences given covariates (of the residual, for
effects on the rating itself).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pymc as pm
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import covariance
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import ShrinkagePrior, of_shrinkage


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """What columns act on: a growth coefficient, or the rating.

    Parameters
    ----------
    name : str
        What their effects are called: ``"level_on"``, ``"rating_on"``.
    dim : {"covariate", "occasion_covariate"}
    labels : tuple of str
        Of all columns.
    acts : array of int
        Positions of those that act.
    unit : array, shape (n_columns,)
        What the prior is per: the standard deviation, or 1 for a contrast.
    coded : array, shape (n_children or R, n_columns)
        The columns.
    unexplained : str
        The variable with the standard deviations of what columns do not explain.
    """

    name: str
    dim: str
    labels: tuple[str, ...]
    acts: NDArray[np.int64]
    unit: NDArray[np.float64]
    coded: NDArray[np.float64]
    unexplained: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Columns that act on a target with effects of each informant's own, or of all of them.

    Parameters
    ----------
    name : str
        Of the variable with the effects.
    dims : tuple of str
        ``("covariate", "informant")``; of effects that all informants share the first only.
    rows : array of int
        Positions of the columns.
    """

    target: Target
    name: str
    dims: tuple[str, ...]
    rows: NDArray[np.int64]

    @property
    def shared_effects(self) -> bool:
        """Whether all informants share the effects."""
        return len(self.dims) == 1


def targets(arrays: Design) -> list[Target]:
    """All that covariates act on: growth coefficients, and the rating itself."""
    out = []
    for index, coefficient in enumerate(arrays.coefficients):
        acts = np.flatnonzero(arrays.covariate_on[:, index])
        if len(acts):
            out.append(
                Target(
                    name=f"{coefficient}_on",
                    dim="covariate",
                    labels=arrays.covariates,
                    acts=acts,
                    unit=arrays.covariate_sd,
                    coded=arrays.x,
                    unexplained=f"child_sd_{coefficient}",
                )
            )
    if arrays.occasion_covariates:
        out.append(
            Target(
                name="rating_on",
                dim="occasion_covariate",
                labels=arrays.occasion_covariates,
                acts=np.arange(len(arrays.occasion_covariates)),
                unit=arrays.occasion_covariate_sd,
                coded=arrays.z,
                unexplained="residual_sd",
            )
        )
    return out


def parts(arrays: Design, target: Target) -> list[Part]:
    """Take columns with effects of each informant's own and shared columns apart.

    Returns
    -------
    list of Part
        Their dims are coordinates of the model that is being built.
    """
    is_shared = np.array(
        [target.labels[p] in arrays.shared_effects for p in target.acts], dtype=bool
    )
    own, shared = target.acts[~is_shared], target.acts[is_shared]
    if len(own) == len(target.labels):
        dims = (target.dim, "informant")
        return [Part(target=target, name=target.name, dims=dims, rows=own)]
    model = pm.modelcontext(None)
    dim = f"{target.dim}_on_{target.name.removesuffix('_on')}"  # "covariate_on_level"
    out = []
    if len(own):
        model.add_coord(dim, [target.labels[p] for p in own])
        name, dims = f"{target.name}_own", (dim, "informant")
        out.append(Part(target=target, name=name, dims=dims, rows=own))
    if len(shared):
        model.add_coord(f"{dim}_shared", [target.labels[p] for p in shared])
        name = f"{target.name}_shared"
        out.append(Part(target=target, name=name, dims=(f"{dim}_shared",), rows=shared))
    return out


def registered(spec: ModelSpec, arrays: Design) -> dict[str, TensorVariable]:
    """Register the effects of all covariates.

    Returns
    -------
    dict
        ``level_on`` ... to tensors of shape (P, K), ``rating_on`` to one of shape (Q, K): rating
        points per unit of the coded column, zero for columns that do not act. Registered under
        these names, dims (covariate, informant) or (occasion_covariate, informant); beside them,
        with a prior that shrinks effects, ``level_on_scale`` ..., their standard deviations given
        the local scales.
    """
    all_targets = targets(arrays)
    all_parts = [part for target in all_targets for part in parts(arrays, target)]
    shrinking = of_shrinkage(spec.priors.get("covariate"))
    if shrinking is not None:
        scales = [_scale(shrinking, arrays, part) for part in all_parts]
        effects = [_shrunk(*pair) for pair in zip(all_parts, scales, strict=True)]
    else:
        scales, priors = [], spec.priors
        effects = [
            covariance.free(
                part.name, priors["covariate"], factor=_unit(arrays, part), dims=part.dims
            )
            for part in all_parts
        ]
    out = {}
    for target in all_targets:
        dims = (target.dim, "informant")
        own = [n for n, part in enumerate(all_parts) if part.target is target]
        out[target.name] = effects[own[0]]
        if all_parts[own[0]].name != target.name:
            together = _put_together(arrays, [(all_parts[n], effects[n]) for n in own])
            out[target.name] = pm.Deterministic(target.name, together, dims=dims)
        if scales:
            scale = _put_together(arrays, [(all_parts[n], scales[n]) for n in own])
            pm.Deterministic(f"{target.name}_scale", scale, dims=dims)
    return out


def _put_together(arrays: Design, pieces: Sequence[tuple[Part, TensorVariable]]) -> TensorVariable:
    """Values of all columns for each informant, zero for those that do not act."""
    n = len(pieces[0][0].target.labels)
    total = 0.0
    for part, values in pieces:
        select = covariance.selection(part.rows, n).T
        total = total + select @ (
            values[:, None] * arrays.spread if part.shared_effects else values
        )
    return total


def _unit(arrays: Design, part: Part) -> NDArray[np.float64]:
    """What the prior's unit is in that of the effects: (n_rows, K), of shared ones (n_rows,)."""
    per = 1.0 / part.target.unit[part.rows]
    return per if part.shared_effects else arrays.spread[None, :] * per[:, None]


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
    unexplained = model[part.target.unexplained]
    spread = np.nanstd(part.target.coded[:, part.rows], axis=0)
    return scale * unexplained[None, :] / spread[:, None]


def _shrunk(part: Part, scale: TensorVariable) -> TensorVariable:
    """Register effects with these standard deviations."""
    raw = pm.Normal(f"{part.name}_raw", 0.0, 1.0, dims=part.dims)
    return pm.Deterministic(part.name, raw * scale, dims=part.dims)
