"""The kernel as plain Python, in which every index is looked at.

Run as a program with ``NUMBA_DISABLE_JIT=1``: numba's functions are then what stands in their
source. What Python lacks, numbers of eight lanes and tuples at an address, is given here. An index
beyond an array's end is an `IndexError`; compiled code would read or write there without a word.
Prints log density and gradient of each model where it starts, then what one missing row leads to.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from bayes_alliance.collapsed.evaluation import Evaluation
from bayes_alliance.collapsed.kernel import entry, lanes, memory
from bayes_alliance.collapsed.kernel.arrays import Work
from tests.collapsed.test_likelihood import models_of_all_kinds


class Eight:
    """A number of eight lanes."""

    def __init__(self, values: Any) -> None:
        self.values = np.broadcast_to(np.asarray(values, dtype=float), (lanes.LANES,))

    def __add__(self, other: Any) -> "Eight":
        return Eight(self.values + values_of(other))

    def __sub__(self, other: Any) -> "Eight":
        return Eight(self.values - values_of(other))

    def __mul__(self, other: Any) -> "Eight":
        return Eight(self.values * values_of(other))

    def __truediv__(self, other: Any) -> "Eight":
        return Eight(self.values / values_of(other))

    def __radd__(self, other: Any) -> "Eight":
        return Eight(other) + self

    def __rsub__(self, other: Any) -> "Eight":
        return Eight(other) - self

    def __rmul__(self, other: Any) -> "Eight":
        return Eight(other) * self

    def __rtruediv__(self, other: Any) -> "Eight":
        return Eight(other) / self


def values_of(number: Any) -> Any:
    """Lanes of a number that has some, or an ordinary number."""
    return number.values if isinstance(number, Eight) else number


class Eights:
    """An array of such numbers in the memory of an array of doubles."""

    def __init__(self, array: np.ndarray) -> None:
        assert array.shape[-1] == lanes.LANES
        self.array, self.shape = array, array.shape[:-1]
        self.ndim = array.ndim - 1

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        part = self.array[index if isinstance(index, tuple) else (index,)]
        # As many indices as dimensions make a number, whose lanes later writing does not change.
        return Eight(part.copy()) if part.ndim == 1 else Eights(part)

    def __setitem__(self, index: Any, value: Any) -> None:
        place = index if isinstance(index, tuple) else (index,)
        if isinstance(value, Eights):
            self.array[place] = value.array
        else:
            part = self.array[place]
            part[...] = values_of(value)


def seen_as_tuples(kinds: Any, place: int) -> Callable[[Any], Any]:
    """Read the tuple at a place of a list of tuples, which stands for the address of a table."""
    return lambda tuples: tuples[place]


def square_root(number: Eight) -> Eight:
    """Square root of every lane."""
    return Eight(np.sqrt(number.values))


def summed(number: Eight) -> float:
    """Sum of the lanes."""
    return float(number.values.sum())


def zero() -> Eight:
    """Zero in every lane."""
    return Eight(0.0)


def main() -> None:
    """Evaluate every model."""
    for name, ours in {
        "lanes": Eights,
        "zero": zero,
        "square_root": square_root,
        "summed": summed,
    }.items():
        compiled = getattr(lanes, name)
        for module in [m for n, m in sys.modules.items() if n.startswith("bayes_alliance.")]:
            if getattr(module, name, None) is compiled:
                setattr(module, name, ours)
    memory.reader = seen_as_tuples
    importlib.reload(entry)
    np.seterr(all="ignore")
    for model in models_of_all_kinds():
        tuples = tuples_of(model.evaluation())
        x, gradient = np.zeros((2, model.n_parameters))
        value = np.zeros(1)
        assert entry._evaluated(x, gradient, value, tuples) == 0
        print(float(value[0]), *gradient.tolist())
    # Not for nothing: with a round less than there are, the last is beyond the end.
    place = entry.KINDS.index(Work)
    tuples[place] = tuples[place]._replace(information=tuples[place].information[:-1])
    try:
        entry._evaluated(x, gradient, value, tuples)
    except IndexError as error:
        print(error)


def tuples_of(one: Evaluation) -> list[Any]:
    """What the table of a workspace has, in its order."""
    data = (one.constants.seating.seats, one.constants.tree, one.parameters)
    tuples = [*data, one.given, one.by, one.aside, one.work, one.point, *one.completions]
    assert len(tuples) == len(entry.KINDS)
    return tuples


if __name__ == "__main__":
    sys.exit(main())
