r"""Ratings on the observed scale: cut off at its ends, counted in points, summed over items.

Some likelihood families speak of ratings on a scale without ends, of which the observed scale
differs (`likelihoods`). Moments of observed ratings have no simple form, so new families are
simulated for every posterior draw: what varies normally on the scale without ends, then what is
observed of it by the family's own law. All draws use the same standard normal numbers, drawn in
pairs of opposite sign and scaled to have exactly mean 0, variance 1 and correlation 0: without ends
the simulation returns the moments it was given.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.estimands.comparable import the_same
from bayes_alliance.likelihoods import law_of
from bayes_alliance.posterior.exact import in_order
from bayes_alliance.posterior.fit import Fit

type Observed = bool | Literal["whole points"]

N_FAMILIES = 1000  # simulated for every draw; their Monte Carlo error is shared by all draws


def check_observed(fit: Fit, observed: Observed, seed: int | None, *, level: str) -> int:
    """Refuse observed ratings where the model or the level has none; the seed, which they need."""
    problems: list[Problem] = []
    if observed not in (True, "whole points"):
        message = "False, True (cut off at the ends of the scale) or 'whole points' (and rounded)"
        problems.append(Problem(where="observed", value=observed, message=message))
    if not fit.spec.family.observed_differs:
        problems.append(the_same(fit, observed))
    if level not in ("total", "alike"):
        message = "only whole ratings are observed: observed goes with level='total' or 'alike'"
        problems.append(Problem(where="level", value=level, message=message))
    if seed is None:
        message = "is needed to simulate observed ratings, as in seed=1"
        problems.append(Problem(where="seed", message=message))
    if problems or seed is None:
        raise InputError(problems, "observed ratings")
    return seed


def simulated(
    fit: Fit,
    mean: xr.DataArray,
    cov: xr.DataArray,
    *,
    reduce: Callable[[Floats], Floats],
    seed: int,
    rounded: bool,
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
    rounded : bool
        Whether ratings are rounded to whole points.

    Returns
    -------
    array
        Leading dims as those of the mean before ``informant``.
    """
    arrays, moments, law = fit.design, in_order(fit), law_of(fit.spec)
    own = {name: moments[name].values for name in law.moments if name in moments}
    varying = cov.broadcast_like(mean.isel(informant=0, drop=True))
    root = covariance.symmetric_root(
        varying.transpose("chain", "draw", ..., "informant", "informant_").values
    )
    standard = _standard_normals(len(arrays.informants), seed=seed)
    middle = mean.transpose("chain", "draw", ..., "informant").values
    lower = arrays.ends[0]
    # A chain at a time keeps the memory of many draws times many families small.
    pieces = []
    for chain in range(len(middle)):
        ratings = standard @ root[chain] + middle[chain][..., None, :]
        for place in np.ndindex(ratings.shape[:-2]):
            one = {name: values[chain, place[0]] for name, values in own.items()}
            # The same numbers for all draws, as far as the law allows.
            rng = np.random.default_rng([seed, 1])
            ratings[place] = law.observed(ratings[place], one, arrays, rng, planned=False)
        pieces.append(reduce(lower + np.rint(ratings - lower) if rounded else ratings))
    return np.stack(pieces)


def _standard_normals(n_informants: int, *, seed: int) -> Floats:
    """Numbers with mean 0 and covariance the identity, both exactly, shape (N_FAMILIES, K)."""
    half = np.random.default_rng(seed).standard_normal((N_FAMILIES // 2, n_informants))
    # Whitened, so that covariances are exactly those asked for; pairs of opposite sign make the
    # mean exactly 0.
    root = np.linalg.cholesky(half.T @ half / len(half))
    half = np.linalg.solve(root, half.T).T
    return np.concatenate([half, -half])
