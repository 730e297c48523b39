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
"""

from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import covariance
from bayes_alliance.specification import R2D2, ModelSpec, RegularizedHorseshoe

# Effects, and the standard deviation each has given the local scales of a prior that shrinks.
type Pair = tuple[TensorVariable, TensorVariable | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Acting:
    """Columns that act on one thing.

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
    spread_of_column : array, shape (n_columns,)
        Standard deviation of the coded column.
    """

    name: str
    dim: str
    labels: tuple[str, ...]
    acts: NDArray[np.int64]
    unit: NDArray[np.float64]
    spread_of_column: NDArray[np.float64]


def on_coefficient(spec: ModelSpec, arrays: Design, index: int) -> TensorVariable | None:
    """Register the effects on one growth coefficient.

    Parameters
    ----------
    spec : ModelSpec
    arrays : Design
    index : int
        Of the coefficient.

    Returns
    -------
    tensor, shape (P, K), or None
        Rating points per unit of the coded column, zero for columns that do not act on it; None if
        none does. Registered as ``level_on`` ..., dims (covariate, informant); beside it, with a
        prior that shrinks effects, ``level_on_scale`` ..., their standard deviations given the
        local scales.
    """
    acts = np.flatnonzero(arrays.covariate_on[:, index])
    if not len(acts):
        return None
    coefficient = arrays.coefficients[index]
    acting = Acting(
        name=f"{coefficient}_on",
        dim="covariate",
        labels=arrays.covariates,
        acts=acts,
        unit=arrays.covariate_sd,
        spread_of_column=np.nanstd(arrays.x, axis=0),
    )
    return _registered(spec, arrays, acting, left=f"child_sd_{coefficient}")


def on_rating(spec: ModelSpec, arrays: Design) -> TensorVariable | None:
    """Register the effects of what varies over occasions.

    Parameters
    ----------
    spec : ModelSpec
    arrays : Design

    Returns
    -------
    tensor, shape (Q, K), or None
        Registered as ``rating_on``, dims (occasion_covariate, informant); None without columns.
    """
    if not arrays.occasion_covariates:
        return None
    acting = Acting(
        name="rating_on",
        dim="occasion_covariate",
        labels=arrays.occasion_covariates,
        acts=np.arange(len(arrays.occasion_covariates)),
        unit=arrays.occasion_covariate_sd,
        spread_of_column=np.std(arrays.z, axis=0),
    )
    return _registered(spec, arrays, acting, left="residual_sd")


def _registered(spec: ModelSpec, arrays: Design, acting: Acting, *, left: str) -> TensorVariable:
    """Effects of all columns, shape (n_columns, K), under their name."""
    is_shared = np.array([acting.labels[p] in arrays.shared for p in acting.acts], dtype=bool)
    own, shared = acting.acts[~is_shared], acting.acts[is_shared]
    dims = (acting.dim, "informant")
    if len(own) == len(acting.labels):
        effects, scale = _of_each(spec, arrays, acting, own, names=(acting.name, *dims, left))
    else:
        effects, scale = _put_together(spec, arrays, acting, own, shared, left=left)
        pm.Deterministic(acting.name, effects, dims=dims)
    if scale is not None:
        pm.Deterministic(f"{acting.name}_scale", scale, dims=dims)
    return effects


def _put_together(
    spec: ModelSpec,
    arrays: Design,
    acting: Acting,
    own: NDArray[np.int64],
    shared: NDArray[np.int64],
    *,
    left: str,
) -> Pair:
    """Effects, and their scales, of each informant's own and of shared columns, zero elsewhere."""
    model = pm.modelcontext(None)
    dim = f"{acting.dim}_on_{acting.name.removesuffix('_on')}"  # "covariate_on_level"
    found: list[tuple[NDArray[np.int64], Pair]] = []
    if len(own):
        model.add_coord(dim, [acting.labels[p] for p in own])
        names = (f"{acting.name}_acting", dim, "informant", left)
        found.append((own, _of_each(spec, arrays, acting, own, names=names)))
    if len(shared):
        model.add_coord(f"{dim}_shared", [acting.labels[p] for p in shared])
        found.append((shared, _of_all(spec, arrays, acting, shared, dim=f"{dim}_shared")))
    n = len(acting.labels)
    effects = sum(_selection(rows, n) @ values for rows, (values, _) in found)
    scales = [_selection(rows, n) @ scale for rows, (_, scale) in found if scale is not None]
    return effects, sum(scales) if scales else None


def _selection(rows: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    select = np.zeros((n, len(rows)))
    select[rows, np.arange(len(rows))] = 1.0
    return select


def _of_each(
    spec: ModelSpec,
    arrays: Design,
    acting: Acting,
    rows: NDArray[np.int64],
    *,
    names: tuple[str, str, str, str],
) -> Pair:
    """Effects of columns for each informant, and their scales, shape (n_rows, K)."""
    name, *dims, left = names
    unit = arrays.spread[None, :] / acting.unit[rows, None]
    prior = spec.priors["covariate"]
    match prior:
        case RegularizedHorseshoe():
            scale = _horseshoe(prior, name, tuple(dims)) * unit
        case R2D2():
            shape = (len(arrays.informants), len(rows))
            scale = _explained(prior, name, shape, tuple(dims))
            scale = scale * _left_over(left)[None, :] / acting.spread_of_column[rows, None]
        case _:
            zero = np.zeros_like(unit)
            drawn = covariance.coefficient(name, prior, shift=zero, factor=unit, dims=tuple(dims))
            return drawn, None
    raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=tuple(dims))
    return pm.Deterministic(name, raw * scale, dims=tuple(dims)), scale


def _of_all(
    spec: ModelSpec, arrays: Design, acting: Acting, rows: NDArray[np.int64], *, dim: str
) -> Pair:
    """Effects of columns that all informants share, and their scales, shape (n_rows, K)."""
    name, per = f"{acting.name}_shared", 1.0 / acting.unit[rows]
    prior, spread = spec.priors["covariate"], arrays.spread[None, :]
    if isinstance(prior, RegularizedHorseshoe):
        scale = _horseshoe(prior, name, (dim,)) * per
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=dim)
        drawn = pm.Deterministic(name, raw * scale, dims=dim)
        return drawn[:, None] * spread, scale[:, None] * spread
    drawn = covariance.coefficient(name, prior, shift=np.zeros_like(per), factor=per, dims=(dim,))
    return drawn[:, None] * spread, None


def _horseshoe(prior: RegularizedHorseshoe, name: str, dims: tuple[str, ...]) -> TensorVariable:
    """Standard deviation of each effect given its local scale, in spreads per sd or contrast."""
    model = pm.modelcontext(None)
    if "covariate_global" not in model.named_vars:
        half, slab = 0.5 * prior.slab_nu, prior.slab_scale
        pm.HalfCauchy("covariate_global", prior.global_scale)
        pm.InverseGamma("covariate_slab", alpha=half, beta=half * slab**2)
    tau, squared_slab = model["covariate_global"], model["covariate_slab"]
    local = pm.HalfCauchy(f"{name}_local", 1.0, dims=dims)
    return tau * local * pt.sqrt(squared_slab / (squared_slab + (tau * local) ** 2))


def _explained(
    prior: R2D2, name: str, shape: tuple[int, int], dims: tuple[str, ...]
) -> TensorVariable:
    """Square root of the share of each column, as a multiple of what is left, shape (n_rows, K)."""
    informants = (dims[1],)
    alpha, beta = prior.mean * prior.precision, (1.0 - prior.mean) * prior.precision
    r2 = pm.Beta(f"{name}_r2", alpha=alpha, beta=beta, dims=informants)
    if shape[1] == 1:
        return pt.sqrt(r2 / (1.0 - r2))[None, :]
    share = pm.Dirichlet(f"{name}_share", np.full(shape, prior.concentration), dims=dims[::-1])
    return pt.sqrt((r2 / (1.0 - r2))[:, None] * share).T


def _left_over(name: str) -> TensorVariable:
    return pm.modelcontext(None)[name]
