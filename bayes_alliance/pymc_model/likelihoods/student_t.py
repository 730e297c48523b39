r"""Residuals with heavy tails: a multivariate Student's t for all informants together.

With covariance `S` its scale matrix is :math:`S (\nu - 2) / \nu` (Lange, Little and Taylor 1989).
With :math:`n_o` informants present and :math:`q = r_o' S_{oo}^{-1} r_o` the density is, the
marginal of a t keeping its :math:`\nu`,

.. math::
   \log \Gamma(\tfrac{\nu + n_o}{2}) - \log \Gamma(\tfrac{\nu}{2})
   - \tfrac{n_o}{2} \log((\nu - 2) \pi) - \tfrac12 \log|S_{oo}|
   - \tfrac{\nu + n_o}{2} \log\!\Big(1 + \frac{q}{\nu - 2}\Big).
"""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import covariance, residual
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.pymc_model.residual import Tail
from bayes_alliance.pymc_model.response import LOG_2_PI
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers


def registered(spec: ModelSpec, arrays: Design, expected: Expected) -> Expected:
    """Register the residual, its degrees of freedom, and the ratings.

    Notes
    -----
    ``residual_nu_above_2`` is free, ``residual_nu`` follows from it.
    """
    normal = residual.registered(spec, arrays)
    prior = of_numbers(spec.priors["residual_nu"])
    above = covariance.registered("residual_nu_above_2", prior.counterpart())
    nu = pm.Deterministic("residual_nu", 2.0 + above)
    tail = Tail(parameter=nu, log_density=log_density, factor=factor)
    residual.observed(replace(normal, tail=tail), arrays, expected)
    return expected


def log_density(
    normal: TensorVariable,
    at_zero: TensorVariable,
    n_present: NDArray[np.float64],
    nu: TensorVariable,
) -> TensorVariable:
    """Log density of the residuals of each occasion from that of normal ones."""
    # The normal density at zero holds the determinant, its difference the quadratic form.
    q, below = 2.0 * (at_zero - normal), nu - 2.0
    constant = (
        pt.gammaln(0.5 * (nu + n_present))
        - pt.gammaln(0.5 * nu)
        - 0.5 * n_present * (pt.log(below) - LOG_2_PI + np.log(np.pi))
        + at_zero
    )
    return constant - 0.5 * (nu + n_present) * pt.log1p(q / below)


def factor(nu: float, n: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw what normal residuals are multiplied by, one number for each occasion."""
    return np.sqrt((nu - 2.0) / rng.chisquare(nu, size=n))
