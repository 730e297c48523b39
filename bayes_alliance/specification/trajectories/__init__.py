"""The shapes of trajectories: one file each, found in this folder and listed nowhere.

`SHAPES` holds them by the name they have in a model file, those that need the fewest knots first.
"""

import importlib
import pkgutil
from collections.abc import Mapping

from bayes_alliance.specification.trajectories.shape import Coefficient, Shape, knot_symbol

_EVERY: Mapping[str, Shape] = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").SHAPE
    for module in pkgutil.iter_modules(__path__)
    if module.name != "shape"
}


def _simplicity(name: str) -> tuple[int, bool, int, str]:
    shape = _EVERY[name]
    return shape.n_knots, not shape.is_straight, len(shape.coefficients(shape.n_knots)), name


SHAPES: Mapping[str, Shape] = {name: _EVERY[name] for name in sorted(_EVERY, key=_simplicity)}
WORDS: Mapping[str, str] = {
    coefficient.name: coefficient.words
    for shape in SHAPES.values()
    for coefficient in shape.coefficients(shape.n_knots)
    if coefficient.words
}


def in_words(coefficient: str) -> str:
    """Return a growth coefficient as it is said: ``"slope change 1"``."""
    return WORDS.get(coefficient, coefficient.replace("_", " "))


def straight_shapes(n_times: int) -> tuple[str, ...]:
    """Names of the straight shapes that this many distinct times determine."""
    return tuple(
        name
        for name, shape in SHAPES.items()
        if shape.is_straight and len(shape.coefficients(0)) <= n_times
    )


__all__ = ["SHAPES", "Coefficient", "Shape", "in_words", "knot_symbol", "straight_shapes"]
