"""The graph of each likelihood family: one file each, looked up by the family's name.

Each has `registered`, which takes what ratings are expected to be and registers what makes those of
one occasion differ, and the observed ratings.
"""

import importlib
from typing import Protocol

from bayes_alliance.design import Design
from bayes_alliance.pymc_model.expected import Expected
from bayes_alliance.specification import ModelSpec


class Registering(Protocol):
    """Registers the ratings of a family."""

    def __call__(self, spec: ModelSpec, arrays: Design, expected: Expected) -> Expected:
        """In the model of the context; returns what ratings as they are observed lie around."""


def registering(spec: ModelSpec) -> Registering:
    """What registers the ratings of a model's family."""
    own: Registering = importlib.import_module(f"{__name__}.{spec.family.name}").registered
    return own
