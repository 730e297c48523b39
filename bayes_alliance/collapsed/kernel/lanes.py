"""Eight numbers that numba treats as one: the vector registers of the processor.

The likelihood does the same small matrix algebra for thousands of children. Written for one child
it is easy to read but slow; loops over children inside every product are fast but unreadable, and
a compiler vectorises them only sometimes. Here a number type of `LANES` doubles is added to numba,
so that kernels read as the formula for one child and compute it for eight children at once. LLVM
splits the vector where a processor's registers are shorter (AVX-512: one register; AVX2: two; SSE2
and NEON: four).

`load` and `store` move eight neighbours of a float64 array; `plus`, `times` and `over` work lane
by lane; `fma` is ``a * b + c``, `fnma` is ``c - a * b``. The type exists only inside functions
compiled by numba (see *Low-level extension API* in numba's documentation).
"""

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

LANES = 8

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)


class Lanes(types.Type):
    """Numba's type of a vector of `LANES` doubles."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes{LANES}")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, lanes_type):  # type: ignore[no-untyped-def]
        super().__init__(manager, lanes_type, _VECTOR)


_LANES = Lanes()


def _address(context, builder, array_type, array, index):  # type: ignore[no-untyped-def]
    data = context.make_array(array_type)(context, builder, array).data
    element = cgutils.gep_inbounds(builder, data, index)
    return builder.bitcast(element, _VECTOR.as_pointer())


@intrinsic
def load(typing_context, array, index):  # type: ignore[no-untyped-def]
    """Elements ``index`` to ``index + LANES - 1`` of a float64 array."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointer = _address(context, builder, signature.args[0], *arguments)
        return builder.load(pointer, align=8)

    return _LANES(array, types.int64), generate


@intrinsic
def store(typing_context, array, index, value):  # type: ignore[no-untyped-def]
    """Write ``value`` to elements ``index`` to ``index + LANES - 1``."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array, index, value = arguments
        pointer = _address(context, builder, signature.args[0], array, index)
        builder.store(value, pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, types.int64, _LANES), generate


@intrinsic
def splat(typing_context, number):  # type: ignore[no-untyped-def]
    """The same number in every lane."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, arguments[0], ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(first, undefined, zeros)

    return _LANES(types.float64), generate


@intrinsic
def fma(typing_context, a, b, c):  # type: ignore[no-untyped-def]
    """``a * b + c`` in every lane, rounded once where the processor can."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        name = f"llvm.fmuladd.v{LANES}f64"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, arguments)

    return _LANES(_LANES, _LANES, _LANES), generate


@intrinsic
def fnma(typing_context, a, b, c):  # type: ignore[no-untyped-def]
    """``c - a * b`` in every lane, rounded once where the processor can."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        a, b, c = arguments
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        name = f"llvm.fmuladd.v{LANES}f64"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [builder.fneg(a), b, c])

    return _LANES(_LANES, _LANES, _LANES), generate


@intrinsic
def square_root(typing_context, a):  # type: ignore[no-untyped-def]
    """Square root of every lane."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        name = f"llvm.sqrt.v{LANES}f64"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, arguments)

    return _LANES(_LANES), generate


def _lane_by_lane(instruction: str):  # type: ignore[no-untyped-def]
    @intrinsic
    def operation(typing_context, a, b):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return getattr(builder, instruction)(*arguments)

        return _LANES(_LANES, _LANES), generate

    return operation


plus = _lane_by_lane("fadd")
times = _lane_by_lane("fmul")
over = _lane_by_lane("fdiv")
