"""Named tuples of arrays through a C function's one pointer: a table of addresses and lengths.

The only address arithmetic of the engine. `table` writes where the arrays of some tuples lie and
how long they are, a row each; to compiled functions a tuple is the address of its first row, and
asking it for a field reads that row. Tuples of arrays themselves, handed on from function to
function, would be most of what there is to compile. The number of dimensions and the kind of number
come from the tuple's annotations, the lengths from the table, so that nothing is compiled again for
other data.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, get_args, get_type_hints

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model
from numba.np.arrayobj import make_array, populate_array

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.kernel.lanes import LANES

# Of a row: the address, then as many lengths as there are dimensions.
WIDTH = 5
_WORD = ir.IntType(64)


def aligned(*shape: int) -> Floats:
    """Zeros that start where eight numbers do, so that a vector is in one line of the cache."""
    size = int(np.prod(shape))
    memory = np.zeros(size + LANES)
    start = -memory.ctypes.data // 8 % LANES
    return memory[start : start + size].reshape(shape)


def table(tuples: Sequence[NamedTuple]) -> Integers:
    """Address and lengths of every array, shape (n_arrays, WIDTH); valid while the arrays live."""
    arrays = [array for fields in tuples for array in fields]
    # Whoever adds an array must hear of it here: the kernel would write into other memory.
    if not all(array.flags.c_contiguous for array in arrays):
        raise ValueError("the kernel takes contiguous arrays only")
    rows = np.zeros((len(arrays), WIDTH), dtype=np.int64)
    for row, array in zip(rows, arrays, strict=True):
        row[0], row[1 : 1 + array.ndim] = array.ctypes.data, array.shape
    return rows


def table_length(kinds: Sequence[type]) -> int:
    """Numbers in the table of such tuples."""
    return WIDTH * sum(len(_types_of(kind)) for kind in kinds)


class _Fields(types.Type):
    """Numba's type of a named tuple of arrays that is read from a table."""

    def __init__(self, kind: type) -> None:
        super().__init__(name=f"Fields({kind.__module__}.{kind.__qualname__})")
        self.types = dict(zip(kind._fields, _types_of(kind), strict=True))  # type: ignore[attr-defined]


@register_model(_Fields)
class _FieldsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _WORD)


@infer_getattr
class _FieldsAttributes(AttributeTemplate):
    key = _Fields

    def generic_resolve(self, fields: Any, name: str) -> Any:
        """Numba's type of a field."""
        return fields.types.get(name)


@lower_getattr_generic(_Fields)
def _field(context: Any, builder: Any, fields: Any, address: Any, name: str) -> Any:
    words = builder.inttoptr(address, _WORD.as_pointer())
    row, array = list(fields.types).index(name), fields.types[name]
    # Nothing writes to the table while it is read: what was read once need not be read again.
    constant = builder.module.add_metadata([])

    def word(column: int) -> Any:
        loaded = builder.load(builder.gep(words, [_WORD(row * WIDTH + column)]))
        loaded.set_metadata("invariant.load", constant)
        return loaded

    return _array(context, builder, array, [word(column) for column in range(1 + array.ndim)])


def reader(kinds: Sequence[type], place: int) -> Callable[[Any], Any]:
    """Compiled function from the address of a table of such tuples to the one at a place."""
    seen, start = _Fields(kinds[place]), 8 * table_length(kinds[:place])

    @intrinsic
    def read(typing_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
            return builder.add(arguments[0], _WORD(start))

        return seen(address), generate

    return read


def nothing(kind: type) -> Any:
    """A tuple of this kind, all of whose arrays are empty."""
    return kind(*(np.zeros((0,) * one.ndim, one.dtype.name) for one in _types_of(kind)))


def _types_of(kind: type) -> list[types.Array]:
    """Numba's types of the arrays of a kind of named tuple, from its annotations."""
    return [get_args(hint)[1] for hint in get_type_hints(kind, include_extras=True).values()]


def _array(context: Any, builder: Any, kind: types.Array, words: list[Any]) -> Any:
    """An array that is already in memory, from its address and lengths."""
    made = make_array(kind)(context, builder)
    address, shape = words[0], words[1:]
    stride = _WORD(8)
    strides: list[Any] = []
    for length in reversed(shape):
        strides.insert(0, stride)
        stride = builder.mul(stride, length)
    populate_array(
        made,
        data=builder.inttoptr(address, made.data.type),
        shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides),
        itemsize=_WORD(8),
        meminfo=None,
    )
    return made._getvalue()


@intrinsic
def taken(typing_context: Any, address: Any) -> Any:
    """Change the number at an address from 0 to 1 at once; whether it was 0."""

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        number = builder.inttoptr(arguments[0], _WORD.as_pointer())
        exchanged = builder.cmpxchg(number, _WORD(0), _WORD(1), "acq_rel", "acquire")
        return builder.extract_value(exchanged, 1)

    return types.boolean(types.int64), generate


@intrinsic
def given_back(typing_context: Any, address: Any) -> Any:
    """Set the number at an address to 0."""

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        number = builder.inttoptr(arguments[0], _WORD.as_pointer())
        builder.store_atomic(_WORD(0), number, "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64), generate
