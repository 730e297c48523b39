"""Covariance matrices as plain arrays: roots, draws, standard deviations and correlations.

Every layer meets covariances, whether of simulated children, of prior draws or of a posterior. They
may be singular, because a term need not vary and effects may be perfectly correlated: roots are
taken from eigenvalues, and those that rounding made negative count as zero. All functions work on
many matrices at once, along the last two dimensions.
"""

import numpy as np

from bayes_alliance.arrays import Floats


def root(cov: Floats) -> Floats:
    """Square roots `L` with `L L' = S`, which also exist for singular covariances.

    Parameters
    ----------
    cov : array, shape (..., n, n)

    Returns
    -------
    array, shape (..., n, n)
        Not triangular.
    """
    values, vectors = np.linalg.eigh(cov)
    return vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]


def symmetric_root(cov: Floats) -> Floats:
    """Symmetric square roots, which follow a relabelling of rows and columns.

    Parameters
    ----------
    cov : array, shape (..., n, n)

    Returns
    -------
    array, shape (..., n, n)
    """
    values, vectors = np.linalg.eigh(cov)
    scaled = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    return scaled @ np.swapaxes(vectors, -1, -2)


def normal_draws(cov: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Draws from normal distributions around zero.

    Parameters
    ----------
    cov : array, shape (..., n_terms, n_terms)
    n : int
        Draws for each covariance.

    Returns
    -------
    array, shape (..., n, n_terms)
    """
    noise = rng.standard_normal((*cov.shape[:-2], n, cov.shape[-1]))
    return noise @ np.swapaxes(root(cov), -1, -2)


def variances(cov: Floats) -> Floats:
    """Diagonals, shape (..., n)."""
    return np.diagonal(cov, axis1=-2, axis2=-1)


def standard_deviations(cov: Floats) -> Floats:
    """Square roots of the diagonals, shape (..., n)."""
    return np.sqrt(variances(cov))


def correlations(cov: Floats) -> Floats:
    """Correlation matrices, shape (..., n, n); NaN beside what does not vary or is infinite."""
    sd = standard_deviations(cov)
    sd = np.where(sd > 0.0, sd, np.nan)
    with np.errstate(invalid="ignore"):
        return cov / sd[..., :, None] / sd[..., None, :]


def from_correlations(cor: Floats, sd: Floats) -> Floats:
    """Covariance matrices of correlation matrices (..., n, n) and standard deviations (..., n)."""
    return cor * sd[..., :, None] * sd[..., None, :]
