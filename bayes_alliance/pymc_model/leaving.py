r"""Leaving treatment in the graph: the probability that each child at risk leaves, or stays.

Given growth coefficients and ratings, the latent number `z` of leaving is normal. With residuals
`e` of the informants `o` who rated, those of absent ones integrated out,

.. math:: E[z] = a_t + c'w_i + \tau' \phi_t'(\theta_i - \gamma) + h'(\theta_i - \gamma)_{slope}
          + r' \delta z_{it} + (S r)_o' \Omega_o e_o, \quad
          \mathrm{Var}[z] = 1 + r' S r - (S r)_o' \Omega_o (S r)_o,

so that :math:`P(\mathrm{left}) = \Phi(E[z] / \mathrm{sd}[z])`; no latent number is sampled.
"""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.dist_math import normal_lcdf
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import AtRisk, Design
from bayes_alliance.likelihoods.leaving import dims, units
from bayes_alliance.pymc_model import covariance
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.pymc_model.response import occasion_sets
from bayes_alliance.specification import ModelSpec


def registered(spec: ModelSpec, arrays: Design, theta: TensorVariable, expected: Expected) -> None:
    """Register what leaving follows, and who left.

    Parameters
    ----------
    theta : tensor, shape (rows of the table, T, K)
        Growth coefficients, effects included.
    expected : Expected
        What ratings, as they are observed, are normal around.

    Notes
    -----
    Free variables are those of `likelihoods.leaving.dims`; where not all informants count, what is
    free is ``leaving_on_own`` instead. The density of who left is the potential ``leaving``.
    """
    leaving = arrays.leaving
    if leaving is None:
        return
    free = {key: _free(key, spec, arrays, leaving) for key in dims(leaving)}
    child, interval, group = leaving.child, leaving.interval, leaving.group[leaving.child]
    k = len(arrays.informants)
    basis = np.concatenate([arrays.basis, leaving.added_basis])[leaving.row]
    model = pm.modelcontext(None)
    average = pt.stack([model[name] for name in arrays.coefficients])
    away = theta[child] - average
    predictor = free["leaving_baseline"][interval]
    if leaving.covariates:
        predictor = predictor + pt.dot(_covariates(leaving, expected), free["leaving_covariate"])
    variance: TensorVariable | float = 1.0
    if leaving.acts_now:
        on = free["leaving_on"].reshape((leaving.n_groups, k))[group]
        predictor = predictor + (on * (away * basis[:, :, None]).sum(axis=1)).sum(axis=1)
        if leaving.share != 1.0:
            # The rest of the association is with the rating of the day.
            r = (1.0 - free.get("leaving_share", pt.constant(leaving.share or 0.0))) * on
            if arrays.occasion_covariates:
                z = np.pad(arrays.z, ((0, len(leaving.added_child)), (0, 0)))[leaving.row]
                predictor = predictor + (r * pt.dot(z, model["rating_on"])).sum(axis=1)
            shift, explained = _by_residuals(arrays, leaving, r, expected)
            spread = (pt.dot(r, model["residual_cov"]) * r).sum(axis=1)
            predictor, variance = predictor + shift, 1.0 + spread - explained
    if leaving.acts_by_slope:
        on = free["leaving_on_slope"].reshape((leaving.n_groups, k))[group]
        predictor = predictor + (on * away[:, arrays.coefficients.index("slope")]).sum(axis=1)
    if leaving.therapist:
        raw = pm.Normal("leaving_therapist_raw", 0.0, 1.0, dims="therapist")
        of_child = arrays.unit_of_child()["therapist"]
        predictor = predictor + free["leaving_therapist_sd"] * raw[of_child[child]]
    z_score = leaving.direction * predictor / pt.sqrt(variance)
    pm.Potential("leaving", normal_lcdf(0.0, 1.0, z_score))


def _free(key: str, spec: ModelSpec, arrays: Design, leaving: AtRisk) -> TensorVariable:
    unit, own, prior = units(key, arrays, leaving), dims(leaving)[key], spec.priors[key]
    if "informant" not in own or len(leaving.informants) == len(arrays.informants):
        return covariance.free(key, prior, factor=unit if unit.ndim else 1.0, dims=own)
    model = pm.modelcontext(None)
    acting = [arrays.informants[k] for k in leaving.informants]
    model.add_coord("leaving_informant", acting)
    subset = tuple("leaving_informant" if dim == "informant" else dim for dim in own)
    factor = unit[..., leaving.informants]
    values = covariance.free(f"{key}_own", prior, factor=factor, dims=subset)
    select = covariance.selection(leaving.informants, len(arrays.informants))
    return pm.Deterministic(key, pt.dot(values, select), dims=own)


def _covariates(leaving: AtRisk, expected: Expected) -> TensorVariable:
    """Coded covariates of those at risk, missing values as they are completed."""
    columns = []
    for p, column in enumerate(leaving.column):
        known = leaving.x[:, p]
        missing = np.isnan(known).any()
        of_child = expected.table.x[: len(known), column] if missing else pt.constant(known)
        columns.append(of_child[leaving.child])
    return pt.stack(columns, axis=1)


def _by_residuals(
    arrays: Design, leaving: AtRisk, r: TensorVariable, expected: Expected
) -> tuple[TensorVariable, TensorVariable]:
    """What residuals of ratings add to the mean of `z`, and take from its variance, (n,) each."""
    cov = pm.modelcontext(None)["residual_cov"]
    k = len(arrays.informants)
    sets, set_of_row = occasion_sets(arrays.present)
    precisions = []
    for present in sets:
        select = np.eye(k)[present]
        inverse = pt.linalg.inv(select @ cov @ select.T)
        precisions.append(select.T @ inverse @ select)
    nobody = pt.zeros((1, k, k))
    omega = pt.concatenate([pt.stack(precisions), nobody])
    # Occasions without ratings have those of nobody.
    n_added = len(leaving.added_child)
    which = np.append(set_of_row, np.full(n_added, len(sets)))[leaving.row]
    present = np.concatenate([arrays.present, np.zeros((n_added, k), dtype=bool)])[leaving.row]
    error = pt.constant(arrays.y) - expected.of_occasions(arrays)
    error = pt.concatenate([error, pt.zeros((n_added, k))])[leaving.row] * present
    weighted = (omega[which] * pt.dot(r, cov)[:, None, :]).sum(axis=2)
    return (weighted * error).sum(axis=1), (weighted * pt.dot(r, cov)).sum(axis=1)
