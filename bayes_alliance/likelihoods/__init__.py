"""How ratings of each likelihood family are made and observed: one file each, NumPy only.

`law_of` finds the file with the name of a family.
"""

import importlib

from bayes_alliance.likelihoods.law import Law
from bayes_alliance.specification import ModelSpec


def law_of(spec: ModelSpec) -> Law:
    """The law of the ratings of a model."""
    law: Law = importlib.import_module(f"{__name__}.{spec.family.name}").LAW
    return law


__all__ = ["Law", "law_of"]
