"""The likelihood families: one file each, found in this folder and listed nowhere.

`FAMILIES` holds them by name.
"""

import importlib
import pkgutil
from collections.abc import Mapping

from bayes_alliance.specification.families.family import Family

FAMILIES: Mapping[str, Family] = {
    name: importlib.import_module(f"{__name__}.{name}").FAMILY
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name != "family"
}
DEFAULT = next(family for family in FAMILIES.values() if family.default)

__all__ = ["DEFAULT", "FAMILIES", "Family"]
