"""The likelihood families: one file each, found in this folder and listed nowhere.

`FAMILIES` holds them by name, `own_quantity` finds what belongs to one of them alone.
"""

import importlib
import pkgutil
from collections.abc import Mapping

from bayes_alliance.specification.families.family import Family, Own

FAMILIES: Mapping[str, Family] = {
    name: importlib.import_module(f"{__name__}.{name}").FAMILY
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name != "family"
}
DEFAULT = next(family for family in FAMILIES.values() if family.default)


def own_quantity(key: str) -> tuple[Family, Own] | None:
    """The family that has a quantity to itself, and this quantity; None if every family has it."""
    return next(
        ((family, own) for family in FAMILIES.values() for own in family.own if own.key == key),
        None,
    )


def above(key: str) -> float:
    """What a quantity exceeds, whose prior is for the rest; 0 for most."""
    found = own_quantity(key)
    return found[1].above if found else 0.0


__all__ = ["DEFAULT", "FAMILIES", "Family", "Own", "above", "own_quantity"]
