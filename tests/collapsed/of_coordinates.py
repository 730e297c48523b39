"""Densities of coordinates in NumPy, beside the compiled ones: for checks of priors and layouts."""

import numpy as np
from scipy.special import log_expit, log_ndtr

from bayes_alliance.collapsed import CollapsedModel
from bayes_alliance.collapsed.kernel import coordinates
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.collapsed.priors import Coordinate, standard_deviation

COEFFICIENTS = (coordinates.NORMAL, coordinates.STUDENT_T)


def log_density(coordinate: Coordinate, x: np.ndarray) -> np.ndarray:
    """Log density of a coordinate, in the shape of x."""
    match coordinate.kind:
        case coordinates.NORMAL:
            varying = -0.5 * x**2
        case coordinates.STUDENT_T:
            varying = -0.5 * (coordinate.shape + 1.0) * np.log1p(x**2 / coordinate.shape)
        case coordinates.HALF_NORMAL:
            varying = log_ndtr(x) - 0.5 * standard_deviation(x) ** 2
        case coordinates.HALF_STUDENT_T:
            squared = standard_deviation(x) ** 2
            varying = log_ndtr(x) - 0.5 * (coordinate.shape + 1.0) * np.log1p(
                squared / coordinate.shape
            )
        case coordinates.POSITIVE:
            varying = log_ndtr(x)
        case coordinates.FREE:
            varying = np.zeros_like(x)
        case coordinates.GAMMA:
            t = standard_deviation(x)
            varying = log_ndtr(x) + (coordinate.shape - 1.0) * np.log(t) - t
        case coordinates.SHARE | coordinates.LOG_ODDS:
            varying = coordinate.shape * log_expit(x) + coordinate.location * log_expit(-x)
        case _:
            varying = -2.0 * coordinate.shape * np.logaddexp(
                x, -x
            ) + 2.0 * coordinate.shape * np.log(2.0)
    return coordinate.constant + varying


def log_prior(model: CollapsedModel, draws: np.ndarray) -> dict[str, np.ndarray]:
    """Log prior density of coefficients, standard deviations and correlation matrices.

    Unlike the density the sampler climbs, this has no Jacobian: it is the density of the quantities
    themselves, in rating points, as prior sensitivity needs it.

    Parameters
    ----------
    draws : array, shape (..., n_parameters)

    Returns
    -------
    dict
        Key of the prior in the specification to an array of the draws' shape, summed over all
        quantities that share the prior.
    """
    out: dict[str, np.ndarray] = {}
    for position, coordinate in enumerate(model.layout.coordinates):
        if coordinate.kind in (coordinates.POSITIVE, coordinates.FREE):
            continue
        x = draws[..., position]
        values = log_density(coordinate, x)
        if coordinate.kind in COEFFICIENTS:
            values = values - np.log(coordinate.unit)
        elif coordinate.kind != coordinates.CORRELATION:
            values = values - np.log(coordinate.unit) - log_ndtr(x)
        out[coordinate.prior] = out.get(coordinate.prior, 0.0) + values
    for covariance in model.layout.covariances:
        n = len(covariance.terms)
        position = covariance.first_correlation
        columns = {
            "correlated": [(n, j) for i in range(n) for j in range(i)],
            "common_factor": [(2, 0)] * n,
        }.get(covariance.structure, [])
        for size, column in columns:
            # z = tanh(x), and the Jacobian of the correlation matrix by its partial correlations.
            power = 1.0 + 0.5 * (size - 2 - column)
            x = np.abs(draws[..., position])
            log_cosh = x + np.log1p(np.exp(-2.0 * x)) - np.log(2.0)
            out[f"{covariance.name}_cor"] = out[f"{covariance.name}_cor"] + 2.0 * power * log_cosh
            position += 1
    for key, factor in of_averages(model, draws).items():
        out[key] = out[key] + factor
    return out


def of_averages(model: CollapsedModel, draws: np.ndarray) -> dict[str, np.ndarray]:
    """What priors that are flat in the average correlation have besides, by key of the prior."""
    out = {}
    for covariance in model.layout.covariances:
        if own := covariance.average:
            rows = covariance.terms[: own.n_rows]
            flat = draws.reshape(1, -1, draws.shape[-1])
            cov = moments(model, flat)[f"{covariance.name}_cov"][1][0][:, rows[:, None], rows]
            sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
            u = (cov / sd[:, :, None] / sd[:, None, :]).mean(axis=(-2, -1))
            factor = own.constant - own.exponent * (np.log(u) / own.n_rows + np.log1p(-u))
            out[f"{covariance.name}_cor"] = factor.reshape(draws.shape[:-1])
    return out
