"""The structures of effects: one file each, found in this folder and listed nowhere.

`STRUCTURES` holds them by the name they have in a model file, the simplest first.
"""

import importlib
import pkgutil
from collections.abc import Mapping

from bayes_alliance.specification.structures.structure import Structure, correlation_draws

_EVERY: tuple[Structure, ...] = tuple(
    importlib.import_module(f"{__name__}.{module.name}").STRUCTURE
    for module in pkgutil.iter_modules(__path__)
    if module.name != "structure"
)


def _simplicity(structure: Structure) -> tuple[bool, bool, str]:
    return bool(structure.correlations), structure.has_factors, structure.name


STRUCTURES: Mapping[str, Structure] = {
    structure.name: structure for structure in sorted(_EVERY, key=_simplicity)
}
SIMPLEST: Structure = next(iter(STRUCTURES.values()))
WITHOUT_FACTORS: tuple[str, ...] = tuple(
    name for name, structure in STRUCTURES.items() if not structure.has_factors
)

__all__ = ["SIMPLEST", "STRUCTURES", "WITHOUT_FACTORS", "Structure", "correlation_draws"]
