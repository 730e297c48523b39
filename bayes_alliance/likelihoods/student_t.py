r"""Residuals with heavy tails: normal ones, larger or smaller by a factor of the occasion.

.. math:: e = r \sqrt{(\nu - 2) / q}, \quad r \sim N(0, S), \quad q \sim \chi^2_\nu

has covariance `S`, for every :math:`\nu > 2` (Lange, Little and Taylor 1989).
"""

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.likelihoods import law
from bayes_alliance.likelihoods.law import Density, Drawing, Law, Moments, Variables
from bayes_alliance.specification import ModelSpec

LEAST = 2.0  # degrees of freedom, below which residuals have no covariance


def residuals(arrays: Design, moments: Moments, rng: np.random.Generator) -> Floats:
    """Residuals of all informants at all occasions of a design, shape (R, K)."""
    normal = law.residuals(arrays, moments, rng)
    nu = float(moments["residual_nu"])
    return normal * np.sqrt((nu - LEAST) / rng.chisquare(nu, size=(len(normal), 1)))


def prior_draws(drawing: Drawing, spec: ModelSpec, arrays: Design, level: Floats) -> Variables:
    """Draw the degrees of freedom, whose prior is for what exceeds 2."""
    nu = LEAST + drawing("residual_nu", level.shape[:-1])
    return {"residual_nu": (("chain", "draw"), nu)}


def log_prior(key: str, log_density: Density, moments: Moments, arrays: Design) -> Floats:
    """Log density of the degrees of freedom."""
    return log_density(moments[key] - LEAST)


LAW = Law(
    moments={"residual_nu": (), "residual_weight": ("occasion",)},
    residuals=residuals,
    prior_draws=prior_draws,
    log_prior=log_prior,
)
