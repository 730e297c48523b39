r"""A posterior by a short chain from its mode: a fit in a fraction of a second.

The collapsed log posterior density :math:`\ell` is maximised on the unconstrained scale, with its
gradient, and its curvature there taken from differences of gradients,

.. math:: \hat x = \arg\max \ell(x), \qquad H = -\nabla^2 \ell(\hat x) = L L'.

In coordinates :math:`z = L' (x - \hat x)` the posterior is about standard normal, so that
Hamiltonian Monte Carlo with a fixed step needs no warm-up to learn its shape: a quarter of a period
takes a draw to one that hardly depends on it (Neal 2011, Handbook of Markov Chain Monte Carlo,
chapter 5). Unlike the normal distribution with this mean and covariance it is right where the
posterior is skewed, as that of a standard deviation near 0 is. There is one chain and nothing that
says whether it has converged: this is for studies of many fits, of which some are sampled in full.
Where the curvature is not that of a maximum in every direction, there is no such chain.
"""

from collections.abc import Callable

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
from bayes_alliance.ratings.simulation.draws import stream
from bayes_alliance.specification import ModelSpec

ENGINE = "short chain from the mode"
STEP = 1e-4  # of differences of gradients; coordinates are about standard normal a priori
FAR = 0.1  # from the mode, in posterior standard deviations, where the climb ended too early
WARM = 20  # first draws, which may still be near the mode
# Steps shrink with the number of coordinates d as d^(-1/4): most proposals are accepted.
STRIDE = 1.3
QUARTER = 0.5 * np.pi  # of the period of a standard normal coordinate


@checked_arguments
def from_mode(spec: ModelSpec, ratings: Ratings, *, seed: Seed, draws: Count = 400) -> Fit | None:
    """Sample a posterior by a short chain from its mode.

    Parameters
    ----------
    spec : ModelSpec
        With normal ratings; of values that complete ratings there are too many.
    draws : int
        Of one chain.

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
    gradient = down(mode)[1]
    for row, unit in zip(hessian, np.eye(len(mode)), strict=True):
        row[:] = (down(mode + STEP * unit)[1] - gradient) / STEP
    hessian = 0.5 * (hessian + hessian.T)
    try:
        root = cholesky(hessian, lower=True)
    except (LinAlgError, ValueError):
        return None
    # One step of Newton's method is exact where the density is as good as normal.
    away = cho_solve((root, True), gradient)
    if np.sqrt(gradient @ away) > FAR:
        return None
    return chain(density, mode - away, root, seed=seed, n=n)


def chain(
    density: Callable[[Floats], tuple[float, Floats]],
    middle: Floats,
    root: Floats,
    *,
    seed: int,
    n: int,
) -> Floats:
    """Draws by Hamiltonian Monte Carlo in the metric of the curvature at a mode.

    Parameters
    ----------
    density : callable
        From a point to the log density and its gradient.
    middle : array, shape (d,)
        The mode, where the chain begins.
    root : array, shape (d, d)
        Lower Cholesky factor of the curvature there.

    Returns
    -------
    array, shape (n, d)
    """
    d = len(middle)
    outward = solve_triangular(root, np.eye(d), lower=True, trans=1)
    # A stream of its own: ratings of a study may be made by the same seed.
    rng = stream(seed, "chain from the mode")
    stride = STRIDE * d**-0.25

    def at(z: Floats) -> tuple[float, Floats]:
        value, gradient = density(middle + outward @ z)
        return value, gradient @ outward

    z = np.zeros(d)
    value, gradient = at(z)
    drawn = np.empty((n, d))
    for number in range(-WARM, n):
        momentum = rng.standard_normal(d)
        energy = value - 0.5 * momentum @ momentum
        # Paths of one length can come back to where they began.
        n_steps = int(np.ceil(rng.uniform(0.5, 1.0) * QUARTER / stride))
        new, new_value, new_gradient = z.copy(), value, gradient
        momentum += 0.5 * stride * gradient
        for _ in range(n_steps):
            new += stride * momentum
            new_value, new_gradient = at(new)
            if not np.isfinite(new_value):
                break
            momentum += stride * new_gradient
        # The last half of a step is taken back.
        momentum -= 0.5 * stride * new_gradient
        if np.log(rng.random()) < new_value - 0.5 * momentum @ momentum - energy:
            z, value, gradient = new, new_value, new_gradient
        if number >= 0:
            drawn[number] = middle + outward @ z
    return drawn
