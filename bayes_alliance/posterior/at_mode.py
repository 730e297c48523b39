r"""The normal approximation of a posterior at its mode: a fit in a fraction of a second.

The collapsed log posterior density :math:`\ell` is maximised on the unconstrained scale, with its
gradient, and its curvature there taken from differences of gradients,

.. math:: x \sim N(\hat x, H^{-1}), \qquad \hat x = \arg\max \ell(x), \quad
          H = -\nabla^2 \ell(\hat x).

Draws of the unconstrained vector become named moments as those of the sampler do, so that
quantities with a bound, as standard deviations and correlations, are within it and not normal.
Where the curvature is not that of a maximum in every direction, there is no such approximation.
"""

import numpy as np
import xarray as xr
from scipy.linalg import LinAlgError, cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.density import CollapsedModel, collapse, turned
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.design import Design, design, modelled
from bayes_alliance.errors import Count, Seed, checked_arguments
from bayes_alliance.posterior.fit import Fit, with_design
from bayes_alliance.posterior.moments import coords
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec

ENGINE = "normal approximation at the mode"
STEP = 1e-4  # of differences of gradients; coordinates are about standard normal a priori
FAR = 0.1  # from the mode, in posterior standard deviations, where the climb ended too early


@checked_arguments
def approximated(
    spec: ModelSpec, ratings: Ratings, *, seed: Seed, draws: Count = 1000
) -> Fit | None:
    """Approximate a posterior by a normal distribution at its mode.

    Parameters
    ----------
    spec : ModelSpec
        With normal ratings; of values that complete ratings there are too many.
    draws : int
        Draws of the approximation, in one chain.

    Returns
    -------
    Fit or None
        None if the mode lies at a boundary or was not found: the curvature there is not positive
        definite.

    Raises
    ------
    InputError
        If the model does not go with the ratings.
    """
    arrays = design(spec, ratings)
    model = turned(collapse(spec, arrays))
    drawn = _draws(model, seed=seed, n=draws)
    if drawn is None:
        return None
    made = Fit(
        spec=spec,
        ratings=modelled(spec, ratings),
        posterior=xr.DataTree.from_dict({"posterior": _named(model, arrays, drawn)}),
        engine=ENGINE,
        seed=seed,
        versions={},
        seconds={},
        gradient_evaluations={},
    )
    return with_design(made, arrays)


def _named(model: CollapsedModel, arrays: Design, drawn: Floats) -> xr.Dataset:
    chain_draw = {"chain": np.arange(1), "draw": np.arange(len(drawn))}
    return xr.Dataset(moments(model, drawn[None]), coords={**chain_draw, **coords(arrays)})


def _draws(model: CollapsedModel, *, seed: int, n: int) -> Floats | None:
    """Draws of the unconstrained vector, shape (n, n_parameters)."""
    density = model.density()

    def down(x: Floats) -> tuple[float, Floats]:
        value, gradient = density(x)
        # Of the density's own array, which the next call overwrites.
        return -value, -gradient

    found = minimize(
        down, model.layout.start, jac=True, method="L-BFGS-B", options={"maxiter": 1000}
    )
    mode = np.asarray(found.x)
    hessian = np.empty((len(mode), len(mode)))
    for row, unit in zip(hessian, np.eye(len(mode)), strict=True):
        row[:] = (down(mode + STEP * unit)[1] - down(mode - STEP * unit)[1]) / (2.0 * STEP)
    hessian = 0.5 * (hessian + hessian.T)
    try:
        root = cholesky(hessian, lower=True)
    except (LinAlgError, ValueError):
        return None
    # One step of Newton's method is exact where the density is as good as normal.
    gradient = down(mode)[1]
    away = cho_solve((root, True), gradient)
    if np.sqrt(gradient @ away) > FAR:
        return None
    noise = np.random.default_rng(seed).standard_normal((len(mode), n))
    return np.asarray(mode - away + solve_triangular(root, noise, lower=True, trans=1).T)
