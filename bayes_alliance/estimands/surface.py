r"""Polynomial regression with response surface, one draw at a time.

.. math::
   Z_i = b_0 + b_1 X_i + b_2 Y_i + b_3 X_i^2 + b_4 X_i Y_i + b_5 Y_i^2 + \epsilon_i

Along the line of congruence (`X = Y`) the surface has slope `a1` and curvature `a2`, along the line
of incongruence (`X = -Y`) slope `a3` and curvature `a4` (Edwards 1993; Shanock et al. 2010):

.. math:: a_1 = b_1 + b_2, \quad a_2 = b_3 + b_4 + b_5, \quad
          a_3 = b_1 - b_2, \quad a_4 = b_3 - b_4 + b_5 .

Scores go in as draws and coefficients come out as draws: for every draw of the scores, one draw of
the coefficients given them, under a flat prior on `b` and :math:`\log \sigma`.
"""

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem

POLYNOMIAL = ("b0", "b1", "b2", "b3", "b4", "b5")
SURFACE = ("a1", "a2", "a3", "a4")


def surface(
    outcome: Floats, first: xr.DataArray, second: xr.DataArray, *, seed: int
) -> xr.DataArray:
    r"""Coefficients of the polynomial and its response surface.

    Parameters
    ----------
    outcome : array, shape (n_children,)
        `Z`, in its own unit; no missing values.
    first, second : DataArray
        `X` and `Y`, dims (chain, draw, child), centred.
    seed : int
        For the uncertainty of a regression given its scores.

    Returns
    -------
    DataArray
        Dims (chain, draw, coefficient): ``b0`` to ``b5``, ``a1`` to ``a4``, and ``sigma``, the
        residual sd of the outcome.

    Raises
    ------
    InputError
        With fewer than eight children, or scores that do not vary independently of each other.

    Notes
    -----
    Given scores, with `n` children and :math:`\hat b` least squares,
    :math:`(n - 6) s^2 / \sigma^2 \sim \chi^2_{n-6}` and
    :math:`b \sim N(\hat b, \sigma^2 (D'D)^{-1})`, `D` the six columns (Gelman et al. 2013,
    section 14.2).
    """
    x = first.transpose("chain", "draw", "child").values
    y = second.transpose("chain", "draw", "child").values
    n_children = x.shape[-1]
    n_free = n_children - len(POLYNOMIAL)
    if n_free < 2:
        message = f"{n_children} children have this outcome; the surface needs at least eight"
        raise InputError([Problem(where="outcome", message=message)], "response surface")
    rng = np.random.default_rng(seed)
    shape = x.shape[:2]
    values = np.empty((*shape, len(POLYNOMIAL) + len(SURFACE) + 1))
    # A chain at a time: the columns of all draws together would be six times the scores.
    for chain in range(shape[0]):
        u, v = x[chain], y[chain]
        columns = np.stack([np.ones_like(u), u, v, u**2, u * v, v**2], axis=-2)
        values[chain, :, :6], values[chain, :, -1] = _regression(outcome, columns, n_free, rng)
    b = values[..., :6]
    values[..., 6] = b[..., 1] + b[..., 2]
    values[..., 7] = b[..., 3] + b[..., 4] + b[..., 5]
    values[..., 8] = b[..., 1] - b[..., 2]
    values[..., 9] = b[..., 3] - b[..., 4] + b[..., 5]
    return xr.DataArray(
        values,
        dims=("chain", "draw", "coefficient"),
        coords={
            "chain": first["chain"].values,
            "draw": first["draw"].values,
            "coefficient": [*POLYNOMIAL, *SURFACE, "sigma"],
        },
    )


def _regression(
    outcome: Floats, columns: Floats, n_free: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """One posterior draw of coefficients and residual sd for each draw of the columns."""
    # Columns of length one keep the cross products of squared scores well conditioned.
    length = np.sqrt((columns**2).sum(axis=-1))
    scaled = columns / np.maximum(length, np.finfo(float).tiny)[..., None]
    gram = scaled @ np.swapaxes(scaled, -1, -2)
    # Of columns of length one, so that the bound does not depend on the unit of the scores.
    smallest = np.linalg.eigvalsh(gram)[..., 0]
    if not (smallest > 1e-10).all():
        message = "the two scores do not vary apart from each other, so they determine no surface"
        raise InputError([Problem(where="informants", message=message)], "response surface")
    inverse = np.linalg.inv(gram)
    fitted = (inverse @ (scaled @ outcome)[..., None])[..., 0]
    residual = outcome - (fitted[..., None, :] @ scaled)[..., 0, :]
    sigma = np.sqrt((residual**2).sum(axis=-1) / rng.chisquare(n_free, len(columns)))
    # sigma is drawn before the coefficients: together they are a draw from their joint posterior.
    noise = np.linalg.cholesky(inverse) @ rng.standard_normal((*fitted.shape, 1))
    drawn = fitted + sigma[:, None] * noise[..., 0]
    return drawn / length, sigma
