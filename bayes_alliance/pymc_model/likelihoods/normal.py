"""Normal ratings."""

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import residual
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.specification import ModelSpec


def registered(spec: ModelSpec, arrays: Design, expected: Expected) -> Expected:
    """Register the residual and the ratings."""
    residual.observed(residual.registered(spec, arrays), arrays, expected)
    return expected
