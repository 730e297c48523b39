r"""Ratings as they are written down: cut off at the ends of the scale, perhaps whole points.

A model with censored ends speaks of ratings as they would be on a scale without ends. What two
informants write down is :math:`\min(\max(y, lower), upper)`, rounded where ratings are whole
points. Its moments have no simple form, so new families are simulated for every posterior draw. All
draws use the same standard normal numbers, drawn in pairs of opposite sign and scaled to have
exactly mean 0, variance 1 and correlation 0: without ends the simulation returns the moments it was
given.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayes_alliance import covariance
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.posterior.fit import Fit

type Floats = NDArray[np.float64]
type Observed = bool | Literal["whole points"]

N_FAMILIES = 1000  # simulated for every draw; their Monte Carlo error is shared by all draws


def check_observed(fit: Fit, observed: Observed, seed: int | None, *, level: str) -> int:
    """Refuse observed ratings where the model has none, and ask for the seed.

    Parameters
    ----------
    level : str
        Whole ratings are written down, so only the total is observed.

    Returns
    -------
    int
        The seed.

    Raises
    ------
    InputError
        With every problem.
    """
    found: list[Problem] = []
    if observed not in (True, "whole points"):
        message = "False, True (cut off at the ends of the scale) or 'whole points' (and rounded)"
        found.append(Problem(where="observed", value=observed, message=message))
    if fit.spec.likelihood.family != "censored_normal":
        message = (
            "only a model of the family censored_normal tells ratings as written down from those "
            f"on a scale without ends; in a {fit.spec.likelihood.family} model they are the same"
        )
        found.append(Problem(where="observed", value=observed, message=message))
    if level != "total":
        message = "only whole ratings are written down: observed goes with level='total'"
        found.append(Problem(where="level", value=level, message=message))
    if seed is None:
        message = "is needed to simulate observed ratings, as in seed=1"
        found.append(Problem(where="seed", message=message))
    if found or seed is None:
        raise InputError(found, "observed ratings")
    return seed


def simulated(
    fit: Fit,
    mean: xr.DataArray,
    cov: xr.DataArray,
    *,
    reduce: Callable[[Floats], Floats],
    seed: int,
    whole: bool,
) -> Floats:
    """Reduce simulated ratings of new families, chain by chain.

    Parameters
    ----------
    mean : DataArray
        Dims (chain, draw, [time,] informant).
    cov : DataArray
        Dims (chain, draw, [time,] informant, informant_).
    reduce : callable
        From ratings, shape (..., N_FAMILIES, K), to what is wanted of them.
    whole : bool
        Whether ratings are rounded to whole points.

    Returns
    -------
    array
        Leading dims as those of the mean before ``informant``.
    """
    scales = [fit.ratings.scales[informant] for informant in fit.design.informants]
    lower = np.array([-np.inf if scale.lower is None else scale.lower for scale in scales])
    upper = np.array([np.inf if scale.upper is None else scale.upper for scale in scales])
    standard = standard_normals(len(scales), seed=seed)
    middle = mean.transpose("chain", "draw", ..., "informant").values
    cov = cov.broadcast_like(mean.isel(informant=0, drop=True))
    root = covariance.symmetric_root(
        cov.transpose("chain", "draw", ..., "informant", "informant_").values
    )
    # A chain at a time keeps the memory of many draws times many families small.
    pieces = []
    for chain in range(len(middle)):
        ratings = standard @ root[chain]
        ratings += middle[chain][..., None, :]
        np.clip(ratings, lower, upper, out=ratings)
        pieces.append(reduce(np.rint(ratings, out=ratings) if whole else ratings))
    return np.stack(pieces)


def standard_normals(n_informants: int, *, seed: int) -> Floats:
    """Standard normal numbers with exactly these moments.

    Returns
    -------
    array, shape (N_FAMILIES, n_informants)
        Mean 0, covariance the identity, both exactly; symmetric around 0.
    """
    half = np.random.default_rng(seed).standard_normal((N_FAMILIES // 2, n_informants))
    root = np.linalg.cholesky(half.T @ half / len(half))
    half = np.linalg.solve(root, half.T).T
    return np.concatenate([half, -half])
